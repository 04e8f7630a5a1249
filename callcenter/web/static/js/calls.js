// The callers who are there now, each with its ring.

import { $, keep, make, mark, text } from "./dom.js";
import { standing, VERDICT_WORDS } from "./rings.js";

const SHOWN = 5;

/** Draw them as of `now`. Returns the ids of those that ring past the target. */
export function drawCalls(live, now, isTrue, words) {
  const calls = isTrue ? ordered(live.in_progress) : [];
  keep($("calls"), calls.slice(0, SHOWN), (call) => call.call_id, build, (row, call) => fill(row, call, now, words));
  const more = calls.length - SHOWN;
  $("calls-more").hidden = more <= 0;
  text($("calls-more"), more > 0 ? words.say("more", { n: more }) : "");
  $("calls-none").hidden = calls.length > 0;
  text($("calls-none"), words.say(isTrue ? "noCallsNow" : "unknownNow"));
  const overdue = calls.filter((call) => standing(call, now).verdict === "over");
  mark($("now-card"), "worst", overdue.length ? "over" : "");
  return overdue.map((call) => call.call_id);
}

/** Who has rung longest comes first, then who has waited longest. */
function ordered(calls) {
  const key = (call) => [call.first_ring_at ?? "9", call.arrived_at];
  return [...calls].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function build() {
  const words = make("span", "words", make("span", "verdict"), make("span", "phones"));
  return make("li", "call", make("span", "ring"), words, make("span", "waited"));
}

function fill(row, call, now, words) {
  const { ring, verdict } = standing(call, now);
  const [counter, told, waited] = row.children;
  mark(row, "verdict", verdict);
  mark(row, "state", call.state);
  text(counter, counterText(call, ring, verdict, words));
  text(told.children[0], verdict === "none" ? "" : words.say(VERDICT_WORDS[verdict]));
  const phones = call.ringing.join(" ");
  text(told.children[1], phones ? words.say("phone", { phones }) : "");
  const since = Date.parse(call.waiting_since ?? call.arrived_at);
  text(waited, words.span((now - since) / 1000));
}

function counterText(call, ring, verdict, words) {
  if (ring !== null) return words.say("ring", { n: ring });
  return verdict === "unknown" ? words.say("ringUnknown") : words.states[call.state];
}
