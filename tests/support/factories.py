"""Calls and hotlines for tests: say what matters to the test, the rest is an ordinary day."""

from datetime import UTC, datetime, timedelta
from typing import Any

from callcenter.record import Attempt, Call
from callcenter.sites import Hotline
from callcenter.terms import (
    AgentId,
    AttemptOutcome,
    CallId,
    CallState,
    Direction,
    HangupSide,
    HotlineNumber,
    Linkedid,
    Outcome,
    PbxName,
    Phone,
    Uniqueid,
)

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
"""Twelve o'clock in Shanghai, on a Friday."""


def make_hotline(number: str = "4001", **changes: Any) -> Hotline:
    """A hotline of PBX ``main`` with the Chinese cadence and three rings."""
    settings: dict[str, Any] = {
        "number": HotlineNumber(number), "name": f"Hotline {number}", "pbx": PbxName("main"),
    }  # fmt: skip
    return Hotline(**settings | changes)


def make_attempt(**changes: Any) -> Attempt:
    """Phone 1002 rang for 7 s from `NOON` and was picked up."""
    told: dict[str, Any] = {
        "phone": Phone("1002"), "agent_id": AgentId("1002"), "started_at": NOON, "ring_started_at": NOON,
        "ring_seconds": 7.0, "rings": 2, "outcome": AttemptOutcome.ANSWERED,
    }  # fmt: skip
    return Attempt(**told | changes)


def make_call(n: int = 1, **changes: Any) -> Call:
    """Call *n*: in at `NOON`, answered by 1002 in ring 2 after 7.03 s, talked for 6 s, and over."""
    uniqueid = Uniqueid(f"{int(NOON.timestamp())}.{n}")
    answered = NOON + timedelta(seconds=7.03)
    told: dict[str, Any] = {
        "call_id": CallId(f"main:{uniqueid}"), "pbx": PbxName("main"), "linkedid": Linkedid(uniqueid),
        "uniqueid": uniqueid, "direction": Direction.INBOUND, "hotline": HotlineNumber("4001"),
        "dialled": "4001", "caller": "4930200001", "arrived_at": NOON,
        "first_ring_at": NOON + timedelta(seconds=0.03), "answered_at": answered,
        "ended_at": answered + timedelta(seconds=6), "outcome": Outcome.ANSWERED,
        "answered_by": Phone("1002"), "agent_id": AgentId("1002"), "wait_seconds": 7.03, "caller_rings": 2,
        "caller_ring_seconds": 7.0,
        "ring_seconds": 7.0, "rings": 2, "target_rings": 3, "cadence": (1.0, 4.0), "on_time": True,
        "short_abandon_seconds": 5.0, "talk_seconds": 6.0, "hold_seconds": 0.0,
        "hung_up_by": HangupSide.AGENT, "attempts": (make_attempt(),), "state": CallState.ENDED,
        "decided_at": answered, "final": True, "seq": 5,
    }  # fmt: skip
    return Call(**told | changes)


def waiting_call(n: int = 1, **changes: Any) -> Call:
    """Call *n*, arrived at `NOON` and undecided: nobody's phone rings yet."""
    untold: dict[str, Any] = {
        "first_ring_at": None, "answered_at": None, "ended_at": None, "outcome": None, "answered_by": None,
        "agent_id": None, "wait_seconds": None, "caller_ring_seconds": None, "caller_rings": None,
        "ring_seconds": None, "rings": None, "on_time": None, "talk_seconds": None, "hold_seconds": None,
        "hung_up_by": None, "attempts": (), "state": CallState.WAITING, "waiting_since": NOON,
        "decided_at": None, "final": False, "seq": 0,
    }  # fmt: skip
    return make_call(n, **untold | changes)


def missed_call(n: int = 1, outcome: Outcome = Outcome.ABANDONED, **changes: Any) -> Call:
    """Call *n*: rang from `NOON` and was missed after 12 s, by default since the caller gave up."""
    ended = changes.get("arrived_at", NOON) + timedelta(seconds=12)
    told: dict[str, Any] = {
        "first_ring_at": changes.get("arrived_at", NOON), "ended_at": ended, "decided_at": ended,
        "outcome": outcome, "wait_seconds": 12.0, "caller_ring_seconds": 12.0, "caller_rings": 3,
        "waiting_since": None,
        "state": CallState.ENDED, "final": True, "seq": 3,
    }  # fmt: skip
    return waiting_call(n, **told | changes)
