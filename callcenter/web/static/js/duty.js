// Who is on duty now and who is next. Nobody on duty is seen before any call comes.

import { $, keep, make, mark, text } from "./dom.js";

const SHOWN = 3;
const NEXT_SHOWN = 2;
const A_DAY = 86_400_000;

/** How it stands: "none" without a roster, "staffed", "ends" if nobody comes after, "nobody", "alarm" if callers
 *  should reach somebody on duty now. */
export function dutyState(live) {
  if (typeof live.staffed !== "boolean") return "none";
  if (!live.staffed) return live.after_hours ? "alarm" : "nobody";
  return live.next_duty && live.next_duty.on_duty.length === 0 ? "ends" : "staffed";
}

export function drawDuty(live, words) {
  const state = dutyState(live);
  $("duty").hidden = state === "none";
  mark($("grid"), "duty", state);
  mark($("duty"), "state", state);
  if (state === "none") return;
  $("duty-nobody").hidden = live.staffed;
  text($("duty-nobody"), live.staffed ? "" : words.say("nobodyOnDuty"));
  drawPeople($("duty-now"), live.on_duty, SHOWN, (row, one) => fillNow(row, one, live, words), words);
  drawNext(live, words);
}

function drawNext(live, words) {
  const next = live.next_duty;
  $("duty-next").hidden = !next;
  if (!next) return;
  text($("duty-next-at"), words.say("nextDuty", { time: moment(next.at, live, words) }));
  const isNobody = next.on_duty.length === 0;
  $("duty-next-nobody").hidden = !isNobody;
  text($("duty-next-nobody"), isNobody ? words.say("nobodyOnDuty") : "");
  drawPeople($("duty-next-people"), newcomers(live), NEXT_SHOWN, (row, one) => fillNext(row, one, words), words);
}

/** Who comes on duty then; those who simply stay are not news. All of them where nobody new comes. */
function newcomers(live) {
  const seats = new Set(live.on_duty.map((one) => `${one.person} ${one.role}`));
  const coming = live.next_duty.on_duty.filter((one) => !seats.has(`${one.person} ${one.role}`));
  return coming.length ? coming : live.next_duty.on_duty;
}

function drawPeople(list, people, most, fill, words) {
  const shown = people.length > most ? people.slice(0, most - 1) : people;
  const rest = people.length - shown.length;
  const rows = rest ? [...shown, { more: rest }] : shown;
  const key = (one) => (one.more ? "more" : `${one.role} ${one.person} ${one.shift_id}`);
  const build = () => make("li", "", make("b"), make("i"), make("span"));
  keep(list, rows, key, build, (row, one) => {
    if (!one.more) return fill(row, one);
    text(row.children[0], words.say("morePeople", { n: one.more }));
    text(row.children[1], "");
    text(row.children[2], "");
  });
}

function fillNow(row, one, live, words) {
  const [name, role, span] = row.children;
  mark(row, "role", one.role);
  text(name, one.name);
  text(role, words.roles[one.role]);
  const until = moment(one.until, live, words).replace("00:00", "24:00"); // the midnight at which a day ends
  text(span, `${moment(one.since, live, words)}–${until}`);
}

function fillNext(row, one, words) {
  const [name, role, span] = row.children;
  mark(row, "role", one.role);
  text(name, one.name);
  text(role, words.roles[one.role]);
  text(span, "");
}

/** Who is on duty, as one line of text. */
export function dutyLine(live, words) {
  const state = dutyState(live);
  if (state === "none") return "";
  if (!live.staffed) return words.say("nobodyOnDuty");
  const names = live.on_duty.filter((one) => one.role === live.on_duty[0].role).map((one) => one.name);
  return words.say("onDutyAre", { names: names.join(words.say("between")) });
}

/** A moment of the hotline's day; one further off says its day of the week. */
function moment(at, live, words) {
  const ms = Date.parse(at);
  const isFar = Math.abs(ms - Date.parse(live.at)) > A_DAY;
  return words.time(ms, live.time_zone, { seconds: false, weekday: isFar });
}
