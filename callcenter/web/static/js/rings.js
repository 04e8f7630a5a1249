// Which ring is sounding, and how a screen says so. The rule itself is the server's; this only lets it tick.

/** The ring (1, 2, 3 …) that sounds `now` if ringing began at `began` (milliseconds); cadence in seconds. */
export function ringAt(began, now, cadence) {
  const period = Math.round(cadence.reduce((sum, part) => sum + part, 0) * 1000);
  return Math.floor(Math.max(now - began, 0) / period) + 1;
}

/** early: no hurry · near: the ring before the last · last: the last ring in time · over: too late. */
export function verdict(ring, target) {
  if (ring > target) return "over";
  if (ring === target) return "last";
  return ring === target - 1 ? "near" : "early";
}

export const VERDICT_WORDS = {
  early: "verdictEarly",
  near: "verdictNear",
  last: "verdictLast",
  over: "verdictOver",
  unknown: "verdictUnknown",
};

/** How a call stands at `now`: {ring, verdict, word}; ring null where it does not ring or began unseen. */
export function standing(call, now) {
  if (call.first_ring_at === null || call.state === "voicemail") return { ring: null, verdict: "none" };
  if (call.rings === null) return { ring: null, verdict: "unknown" };
  const ring = ringAt(Date.parse(call.first_ring_at), now, call.cadence);
  return { ring, verdict: verdict(ring, call.target_rings) };
}
