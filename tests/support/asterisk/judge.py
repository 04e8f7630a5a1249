"""What a call must be told as, worked out from what its phones saw: an independent, slow reading.

It knows the contract's words and the phones' own clocks, and nothing of the AMI.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.support.asterisk.plans import Leg, Plan, Step, Truth

PERIOD = 5.0
TARGET = 3
SHORT = 5.0
RING_TOLERANCE = 0.1
WAIT_TOLERANCE = 0.15
TALK_TOLERANCE = 0.3
AT_ONCE = 0.2
EDGE = 0.01
"""Seconds around a ring's edge where the phone's clock and the PBX's may see different rings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One call of a day and what must come of it."""

    name: str
    dials: str
    outcome: str
    phones: dict[str, Plan | tuple[Plan, ...]] = field(default_factory=dict)
    caller: str = ""
    """Given by the day unless it matters."""
    origin: str = "trunk"
    gives_up: float | None = None
    hangs_up: float | None = None
    then: tuple[Step, ...] = ()
    media: bool = False
    direction: str = "inbound"
    hotline: str | None = ""
    """Empty: the number dialled."""
    by_menu: bool = False
    """The caller arrives when the menu sends him on: as the first phone is tried."""
    recording: bool = False
    attempts: dict[str, str] = field(default_factory=dict)
    """Outcomes of attempts that the phones themselves can't tell."""
    told: dict[str, Any] = field(default_factory=dict)
    """Values that the phones can't tell."""
    transfers: tuple[tuple[str, str | None, bool], ...] = ()
    """Kind, to whom, answered; in order."""
    loose: tuple[str, ...] = ()
    """Keys that are not judged."""


def to_json(scenario: Scenario) -> dict[str, Any]:
    """What is needed to judge it again later: everything but how it was acted out."""
    acted = ("phones", "gives_up", "hangs_up", "then", "media")
    return {f.name: getattr(scenario, f.name) for f in fields(scenario) if f.name not in acted}


def from_json(told: dict[str, Any]) -> Scenario:
    """A scenario to judge by."""
    transfers = tuple((kind, to, answered) for kind, to, answered in told["transfers"])
    return Scenario(**{**told, "transfers": transfers, "loose": tuple(told["loose"])})


def disagreements(scenario: Scenario, truth: Truth, call: dict[str, Any]) -> list[str]:
    """Where *call*, as JSON, says otherwise than the phones; empty is what is wanted."""
    found: list[str] = []
    for key, (wanted, tolerance) in _wanted(scenario, truth).items():
        if key not in scenario.loose and not _alike(wanted, call[key], tolerance and tolerance + truth.late):
            found.append(f"{key}: phones say {wanted!r}, told {call[key]!r}")
    handed_on = tuple((hand["kind"], hand["to"], hand["answered"]) for hand in call["transfers"])
    if handed_on != scenario.transfers:
        found.append(f"transfers: played {scenario.transfers}, told {handed_on}")
    if "attempts" not in scenario.loose:
        found += _attempts(scenario, truth, call)
    return [f"{scenario.name}: {text}" for text in found]


def picked_up_by(scenario: Scenario, truth: Truth) -> Leg | None:
    """The leg that answered the caller: the first that did, and was not merely a machine's."""
    legs = [leg for leg in truth.legs if leg.t_answer and scenario.attempts.get(leg.phone) != "unconfirmed"]
    return min(legs, key=lambda leg: leg.t_answer or 0.0, default=None)


def arrival(scenario: Scenario, truth: Truth) -> float:
    """When the caller reached the hotline."""
    return min(leg.t_invite for leg in truth.legs) if scenario.by_menu else truth.t_invite


def epoch(told: str | None) -> float | None:
    """An ISO 8601 instant as seconds since the epoch."""
    return None if told is None else datetime.fromisoformat(told).timestamp()


def ring_of(seconds: float) -> int:
    """The ring that sounds after so many seconds."""
    return math.floor(seconds / PERIOD) + 1


def _wanted(scenario: Scenario, truth: Truth) -> dict[str, tuple[Any, float | None]]:
    """Key of the call → what it must be, and how far it may be off (None: exact)."""
    answered = scenario.outcome == "answered"
    leg = picked_up_by(scenario, truth) if answered else None
    hotline = scenario.dials if scenario.hotline == "" else scenario.hotline
    ring = leg.ring_seconds if leg else None
    end = leg.t_answer if leg else _end_of_waiting(scenario, truth)
    waited = None if end is None else end - arrival(scenario, truth)
    caller_ring = None if truth.t_first_ring is None or end is None else end - truth.t_first_ring
    wanted: dict[str, tuple[Any, float | None]] = {
        "direction": (scenario.direction, None),
        "hotline": (hotline, None),
        "caller": (None if truth.caller == "anonymous" else truth.caller, None),
        "outcome": (scenario.outcome, None),
        "answered_by": (leg.phone if leg else None, None),
        "agent_id": (leg.phone if leg else None, None),
        "ring_seconds": (ring, RING_TOLERANCE),
        "rings": (_rings(hotline, ring), None),
        "caller_ring_seconds": (caller_ring, RING_TOLERANCE),
        "caller_rings": (_rings(hotline, caller_ring), None),
        "wait_seconds": (waited, WAIT_TOLERANCE),
        "talk_seconds": (_talk(truth, leg) if leg else None, TALK_TOLERANCE),
        "hung_up_by": (truth.ended_by, None),
        "truncated": (None, None),
        "clock": ("pbx", None),
    }
    if hotline is not None:
        wanted["on_time"] = (_on_time(truth, leg, caller_ring) if leg else None, None)
        short = scenario.outcome == "abandoned" and waited is not None and waited < SHORT
        wanted["short_abandoned"] = (short, None)
    wanted.update({key: (value, None) for key, value in scenario.told.items()})
    return wanted


def _rings(hotline: str | None, seconds: float | None) -> int | None:
    """Only a hotline has a cadence to count in."""
    return None if hotline is None or seconds is None else either(ring_of, seconds)


def either(rule: Callable[[float], Any], seconds: float) -> Any:
    """What the rule makes of so many seconds; at an edge, the two values that are both right."""
    values = frozenset((rule(max(0.0, seconds - EDGE)), rule(seconds), rule(seconds + EDGE)))
    return values if len(values) > 1 else rule(seconds)


def _on_time(truth: Truth, leg: Leg, caller_ring: float | None) -> Any:
    if caller_ring is not None:
        return either(lambda seconds: ring_of(seconds) <= TARGET, caller_ring)
    upper = (leg.t_answer or 0.0) - min(tried.t_invite for tried in truth.legs)
    return True if upper < TARGET * PERIOD else None


def _talk(truth: Truth, leg: Leg) -> float | None:
    """The time in which a phone was up for the caller; holding is not taken off."""
    if truth.t_end is None or leg.t_answer is None or truth.t_connected is None:
        return None
    spans = sorted(
        (max(up.t_answer, leg.t_answer, truth.t_connected), min(up.t_end or truth.t_end, truth.t_end))
        for up in truth.legs
        if up.t_answer is not None and up.t_answer >= leg.t_answer
    )
    total, covered = 0.0, 0.0
    for begin, end in spans:
        total += max(0.0, end - max(begin, covered))
        covered = max(covered, end)
    return total


def _end_of_waiting(scenario: Scenario, truth: Truth) -> float | None:
    """Of a caller nobody answered: when voicemail took over, else when he was gone."""
    if scenario.outcome != "voicemail":
        return truth.t_end
    last = max((leg.t_end for leg in truth.legs if leg.t_end is not None), default=None)
    return max(last or 0.0, truth.t_connected or 0.0)


def _attempts(scenario: Scenario, truth: Truth, call: dict[str, Any]) -> list[str]:
    """Phones tried, in what order, for how long and with what end."""
    winner = picked_up_by(scenario, truth) if scenario.outcome == "answered" else None
    answered = winner.t_answer if winner else None
    legs = sorted(
        (leg for leg in truth.legs if not leg.by_pickup and (answered is None or leg.t_invite <= answered)),
        key=lambda leg: leg.t_invite,
    )
    legs = _tries(legs)
    wanted = sorted((leg.phone, scenario.attempts.get(leg.phone) or _became(leg, truth)) for leg in legs)
    told = sorted((attempt["phone"], attempt["outcome"]) for attempt in call["attempts"])
    if scenario.direction == "outbound":
        told = [("trunk", outcome) for _, outcome in told]
    found = [] if wanted == told else [f"attempts: phones say {wanted}, told {told}"]
    for phone in {leg.phone for leg in legs}:
        theirs = [leg.ring_seconds for leg in legs if leg.phone == phone]
        ours = [attempt["ring_seconds"] for attempt in call["attempts"] if attempt["phone"] == phone]
        tolerance = RING_TOLERANCE + truth.late
        if ours and not all(_alike(a, b, tolerance) for a, b in zip(theirs, ours, strict=False)):
            found.append(f"attempts of {phone}: it rang {theirs} s, told {ours}")
    return found


def _tries(legs: list[Leg]) -> list[Leg]:
    """Of devices called at once as one phone the one that answered, or refused, or any."""
    told: list[Leg] = []
    for leg in legs:
        before = next((o for o in told if o.phone == leg.phone and leg.t_invite - o.t_invite < AT_ONCE), None)
        if before is None:
            told.append(leg)
        elif leg.t_answer is not None or (before.t_answer is None and leg.outcome == "refused"):
            told[told.index(before)] = leg
    return told


def _became(leg: Leg, truth: Truth) -> str:
    if leg.t_answer is not None:
        return "answered"
    if leg.outcome == "refused":
        return {302: "forwarded", 603: "rejected"}.get(leg.code or 0, "busy")
    if leg.elsewhere:
        return "answered_elsewhere"
    gone = truth.t_end is not None and leg.t_end is not None and abs(leg.t_end - truth.t_end) < 0.1
    return "caller_gave_up" if gone and truth.ended_by == "caller" else "no_answer"


def _alike(wanted: Any, told: Any, tolerance: float | None) -> bool:
    if isinstance(wanted, frozenset):
        return told in wanted
    if tolerance is None or wanted is None or told is None:
        return bool(wanted == told)
    return abs(wanted - told) <= tolerance


def recording_faults(scenario: Scenario, call: dict[str, Any], monitor_dir: Path) -> list[str]:
    """Whether the recording that must be there is named, and lies where it is said to lie."""
    paths = [recording["path"] for recording in call["recordings"]]
    if scenario.recording and not paths:
        return [f"{scenario.name}: no recording is named"]
    return [f"{scenario.name}: no file at {path}" for path in paths if not (monitor_dir / path).is_file()]


def verdict(scenario: Scenario, truth: Truth) -> tuple[bool | None, bool]:
    """Whether the caller was answered on time, and whether it was a short abandonment."""
    wanted = _wanted(scenario, truth)
    return wanted["on_time"][0], wanted["short_abandoned"][0]
