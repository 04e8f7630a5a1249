"""Hypothesis strategies for calls as a tracker may tell them: each consistent, otherwise anything."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from callcenter.record import Call
from callcenter.rings import ring_count, within
from callcenter.terms import AgentId, AttemptOutcome, CallState, HotlineNumber, Outcome, Phone
from tests.support.factories import NOON, make_attempt, make_call, missed_call, waiting_call

CN = (1.0, 4.0)
PHONES = ("1001", "1002", "1003")
MISSED = tuple(outcome for outcome in Outcome if outcome is not Outcome.ANSWERED)

microseconds = st.one_of(
    st.integers(0, 200_000_000),
    st.sampled_from([0, 4_999_999, 5_000_000, 14_999_999, 15_000_000, 20_000_000, 20_000_001, 30_000_000]),
)
hotlines = st.sampled_from(["4001", "4002", None])


@st.composite
def answered_calls(draw: st.DrawFn, n: int, arrived_at: datetime) -> Call:
    """Answered at a known or unknown ring, still talking, over, or with its end unseen."""
    rang, waited = draw(microseconds), draw(st.none() | microseconds)
    known = draw(st.booleans())
    over, seen = draw(st.booleans()), draw(st.booleans())
    changes: dict[str, Any] = {
        "caller_rings": ring_count(rang, CN) if known else None,
        "on_time": within(rang, 3, CN) if known else None,
        "wait_seconds": None if waited is None else waited / 1e6,
        "ended_at": arrived_at + timedelta(minutes=5) if over else None,
        "talk_seconds": draw(microseconds) / 1e6 if over and seen else None,
        "hold_seconds": draw(microseconds) / 1e6 if over and seen else None,
        "state": CallState.ENDED if over else draw(st.sampled_from([CallState.TALKING, CallState.HELD])),
        "decided_at": arrived_at + timedelta(microseconds=waited or 0),
        "final": over,
    }
    return make_call(n, arrived_at=arrived_at, **changes)


@st.composite
def missed_calls(draw: st.DrawFn, n: int, arrived_at: datetime) -> Call:
    """Any missed outcome; an abandoned one short by its wait."""
    outcome, waited = draw(st.sampled_from(MISSED)), draw(microseconds)
    return missed_call(
        n,
        outcome,
        arrived_at=arrived_at,
        wait_seconds=waited / 1e6,
        caller_rings=draw(st.none() | st.integers(1, 9)),
        short_abandoned=outcome is Outcome.ABANDONED and waited < 5_000_000,
    )


@st.composite
def waiting_calls(draw: st.DrawFn, n: int, arrived_at: datetime) -> Call:
    """Undecided: in an announcement or a queue, with phones ringing, or in voicemail."""
    state = draw(st.sampled_from([CallState.WAITING, CallState.RINGING, CallState.VOICEMAIL]))
    phones = draw(st.lists(st.sampled_from(PHONES), unique=True, max_size=3))
    ring_at = arrived_at + timedelta(microseconds=draw(microseconds))
    attempts = tuple(
        make_attempt(
            phone=Phone(phone),
            agent_id=AgentId(phone),
            ring_started_at=ring_at if draw(st.booleans()) else None,
            ring_seconds=None,
            rings=None,
            outcome=draw(st.sampled_from([None, AttemptOutcome.NO_ANSWER])),
        )
        for phone in phones
    )
    return waiting_call(
        n,
        arrived_at=arrived_at,
        state=state,
        attempts=attempts,
        first_ring_at=ring_at if attempts else None,
        waiting_since=None if state is CallState.VOICEMAIL else arrived_at,
    )


@st.composite
def calls(draw: st.DrawFn, *, n: int | None = None, around: datetime = NOON, spread_hours: int = 30) -> Call:
    """Any call, of any hotline or none, arrived up to *spread_hours* before or after *around*."""
    number = draw(st.integers(1, 12)) if n is None else n
    spread = spread_hours * 3_600_000_000
    arrived_at = around + timedelta(microseconds=draw(st.integers(-spread, spread)))
    kinds = [answered_calls(number, arrived_at), missed_calls(number, arrived_at)]
    call: Call = draw(st.one_of(*kinds, waiting_calls(number, arrived_at)))
    hotline = draw(hotlines)
    changes = {"hotline": None if hotline is None else HotlineNumber(hotline), "seq": draw(st.integers(0, 9))}
    return replace(call, **changes)
