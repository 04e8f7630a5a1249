// One hotline's wallboard.

import { drawCalls } from "./calls.js";
import { $, keep, make, mark, text } from "./dom.js";
import { drawDuty } from "./duty.js";
import { drawHistogram } from "./histogram.js";
import { Screen } from "./screen.js";

const MISSED_SHOWN = 6;

const screen = new Screen();
const { words } = screen;
let live = null;
let trend = null;
let spokenOf = [];

function draw(now) {
  live = now;
  const isTrue = screen.isTrue(live);
  drawDuty(live, words);
  drawRates(live.today);
  text($("waiting"), isTrue ? words.count(live.waiting) : words.none);
  text($("talking"), isTrue ? words.count(live.talking) : words.none);
  for (const name of ["answered", "missed", "short", "offered"]) text($(name), words.count(live.today[name]));
  mark($("missed"), "some", String(live.today.missed > 0));
  text($("answer-rate"), words.percentSign(live.today.answer_rate));
  drawHistogram($("histogram"), live, words);
  drawMissed(live.missed);
  $("blind").hidden = !live.today.gap_seconds;
  text($("blind"), words.say("blindFor", { time: words.span(live.today.gap_seconds) }));
  trend?.draw(live);
}

function drawRates(today) {
  const hasData = today.three_ring_rate !== null;
  text($("rate"), hasData ? words.percent(today.three_ring_rate) : words.say("noData"));
  $("rate-sign").hidden = !hasData;
  mark($("rate-card"), "data", hasData ? "some" : "none");
  text($("strict"), words.percentSign(today.strict));
  const counted = today.offered - today.short;
  const values = { on_time: today.on_time, counted, target: live.target_rings };
  text($("rate-of"), hasData ? words.say("onTimeOf", values) : today.arrived ? "" : words.say("noCallsToday"));
  drawBounds(today);
}

/** Where our own blindness cost calls, a rate alone would pretend. */
function drawBounds(today) {
  const { three_ring_rate: rate, strict, answer_rate: answer } = today.bounds ?? {};
  const n = today.lost + today.on_time_unknown;
  const show = (id, bounds, tell) => {
    $(id).hidden = !bounds;
    if (bounds) text($(id), tell(bounds));
  };
  show("bounds", rate, (b) => words.say("bounds", { low: words.percentSign(b.low), high: words.percentSign(b.high), n }));
  show("strict-bounds", strict, (b) => words.range(b));
  $("strict-meaning").hidden = Boolean(strict);
  show("answer-bounds", today.lost ? answer : null, (b) => words.range(b));
}

function drawMissed(missed) {
  $("missed-none").hidden = missed.length > 0;
  $("missed-list").hidden = missed.length === 0;
  const shown = missed.slice(0, MISSED_SHOWN);
  const build = () => make("li", "", make("time"), make("span", "what"), make("span", "rings"));
  keep($("missed-list"), shown, (miss) => `${miss.at} ${miss.outcome}`, build, (row, miss) => {
    const [at, what, rings] = row.children;
    text(at, words.time(Date.parse(miss.at), live.time_zone, { seconds: false }));
    text(what, words.outcomes[miss.outcome]);
    text(rings, miss.caller_rings === null ? words.say("neverRang") : words.say("rings", { n: miss.caller_rings }));
  });
}

function tick(now) {
  if (!live) return;
  text($("clock"), words.time(now, live.time_zone));
  text($("date"), words.date(now, live.time_zone));
  const moment = screen.timeOf(live);
  if (moment !== null) tickCalls(moment);
}

function tickCalls(now) {
  const isTrue = screen.isTrue(live);
  const since = Date.parse(live.at) - (live.longest_wait_seconds ?? 0) * 1000;
  const waits = isTrue && live.longest_wait_seconds !== null;
  text($("longest"), waits ? words.span((now - since) / 1000) : words.none);
  speak(drawCalls(live, now, isTrue, words));
}

/** Tell people who listen to the screen about each call that has become overdue, once. */
function speak(overdue) {
  const isNews = overdue.some((id) => !spokenOf.includes(id));
  spokenOf = overdue;
  if (isNews) text($("spoken"), words.say("overdueSpoken", { n: live.target_rings }));
  else if (!overdue.length) text($("spoken"), "");
}

screen.run({ draw, tick });

import("./trend.js").then(({ Trend }) => {
  trend = new Trend($("trend"), words);
  if (live) trend.draw(live);
}).catch((error) => console.error(error));
