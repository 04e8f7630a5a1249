// All hotlines, a tile each.

import { $, mark, text } from "./dom.js";
import { dutyLine, dutyState } from "./duty.js";
import { standing, VERDICT_WORDS } from "./rings.js";
import { Screen } from "./screen.js";

const RANK = ["none", "unknown", "early", "near", "last", "over"];

const screen = new Screen();
const { words } = screen;
const tiles = new Map([...document.querySelectorAll("[data-hotline]")].map((tile) => [tile.dataset.hotline, tile]));
const part = (tile, name) => tile.querySelector(`[data-part="${name}"]`);

function draw(live) {
  const tile = tiles.get(live.hotline);
  const { today } = live;
  const hasData = today.three_ring_rate !== null;
  text(part(tile, "rate"), hasData ? words.percent(today.three_ring_rate) : words.say("noData"));
  part(tile, "sign").hidden = !hasData;
  mark(tile, "data", hasData ? "some" : "none");
  const bounds = today.bounds?.three_ring_rate;
  part(tile, "bounds").hidden = !bounds;
  if (bounds) text(part(tile, "bounds"), words.range(bounds));
  text(part(tile, "strict"), words.percentSign(today.strict));
  text(part(tile, "answer-rate"), words.percentSign(today.answer_rate));
  text(part(tile, "answered"), words.count(today.answered));
  text(part(tile, "missed"), words.count(today.missed));
  mark(part(tile, "missed"), "some", String(today.missed > 0));
  mark(tile, "duty", dutyState(live));
  text(part(tile, "duty"), dutyLine(live, words));
}

function tick(now) {
  for (const [number, live] of screen.lives) {
    const moment = screen.timeOf(live);
    if (moment !== null) drawNow(tiles.get(number), live, moment);
  }
  const zone = screen.setup.hotlines[0]?.time_zone;
  text($("clock"), words.time(now, zone));
  text($("date"), words.date(now, zone));
}

function drawNow(tile, live, now) {
  const isTrue = screen.isTrue(live);
  mark(tile, "true", String(isTrue));
  const standings = isTrue ? live.in_progress.map((call) => standing(call, now)) : [];
  const worst = standings.reduce((a, b) => (isWorse(b, a) ? b : a), { ring: null, verdict: "none" });
  mark(tile, "verdict", worst.verdict);
  text(part(tile, "waiting"), isTrue ? words.count(live.waiting) : words.none);
  text(part(tile, "now"), nowText(live, isTrue, worst));
  const since = Date.parse(live.at) - (live.longest_wait_seconds ?? 0) * 1000;
  const waits = isTrue && live.longest_wait_seconds !== null;
  text(part(tile, "longest"), waits ? words.span((now - since) / 1000) : words.none);
}

function isWorse(a, b) {
  const difference = RANK.indexOf(a.verdict) - RANK.indexOf(b.verdict);
  return difference > 0 || (difference === 0 && (a.ring ?? 0) > (b.ring ?? 0));
}

function nowText(live, isTrue, worst) {
  if (!isTrue) return words.say(live.link.up ? "serverLost" : "linkDown");
  if (worst.ring !== null) return `${words.say("ring", { n: worst.ring })} · ${words.say(VERDICT_WORDS[worst.verdict])}`;
  return live.waiting ? words.states.waiting : words.say("noCallsNow");
}

screen.run({ draw, tick });
