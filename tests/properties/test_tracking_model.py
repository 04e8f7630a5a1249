"""Whatever callers and phones intend, what is told is what a watcher in the room would write down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.record import Call
from callcenter.terms import Outcome
from tests.support.hotline_model import Phone, Plan, Play, Step, Truth
from tests.support.script import BEGIN
from tests.support.traces import calls

TARGET_SECONDS = 15.0
_seconds = st.integers(1, 300).map(lambda tenths: tenths / 10 + 0.013)
_behaviours = st.sampled_from(["answers", "ignores", "ignores", "busy", "declines", "unregistered"])


@st.composite
def steps(draw: st.DrawFn) -> Step:
    """A ring group or a queue of one to three phones."""
    numbers = draw(
        st.lists(st.sampled_from(["1001", "1002", "1003", "1004"]), min_size=1, max_size=3, unique=True)
    )
    phones = tuple(
        Phone(
            number=number,
            does=draw(_behaviours),
            alerts=draw(st.sampled_from(["180", "180", "183", "both", "none"])),
            after=draw(st.integers(1, 40)) / 20,
            rings=draw(_seconds) + index * 0.0017,
        )
        for index, number in enumerate(numbers)
    )
    return Step(phones=phones, limit=draw(_seconds) + 0.0071, queue=draw(st.booleans()))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A visit of up to three steps."""
    return Plan(
        arrives=draw(st.integers(0, 600)) / 10,
        greeting=draw(st.sampled_from([0.0, 0.02, 6.0])),
        steps=tuple(draw(st.lists(steps(), min_size=1, max_size=3))),
        patience=draw(st.one_of(_seconds, st.just(10_000.0))) + 0.0113,
        closing=draw(st.sampled_from(["hangup", "announcement", "voicemail"])),
        talks=draw(_seconds),
        agent_ends=draw(st.booleans()),
        holds=draw(st.sampled_from([0.0, 4.0])),
    )


def _same(call: Call, truth: Truth, plan: Plan) -> None:
    assert (call.outcome, call.answered_by, call.hung_up_by) == (
        truth.outcome,
        truth.answered_by,
        truth.hung_up_by,
    )
    assert sorted((a.phone, str(a.outcome)) for a in call.attempts) == sorted(
        (phone, str(outcome)) for phone, outcome in truth.attempts
    )
    assert call.wait_seconds == pytest.approx(truth.waited, abs=1e-5)
    assert call.ring_seconds == (
        pytest.approx(truth.own_ring, abs=1e-5) if truth.own_ring is not None else None
    )
    assert call.talk_seconds == (pytest.approx(truth.talked, abs=0.02) if truth.talked is not None else None)
    assert call.hold_seconds == (pytest.approx(truth.held, abs=0.02) if truth.held is not None else None)
    ends = truth.answered if truth.answered is not None else plan.arrives + truth.waited
    rang = ends - truth.first_ring if truth.first_ring is not None else None
    assert call.caller_ring_seconds == (pytest.approx(rang, abs=1e-5) if rang is not None else None)
    assert call.caller_rings == (int(rang // 5) + 1 if rang is not None else None)
    if truth.outcome is Outcome.ANSWERED and rang is not None:
        assert call.on_time is (rang < TARGET_SECONDS)
    elif truth.outcome is not Outcome.ANSWERED:
        assert call.on_time is None


@given(st.lists(plans(), min_size=1, max_size=4))
def test_what_is_told_is_what_a_watcher_would_write_down(visits: list[Plan]) -> None:
    """Several callers at once, on the same phones, each told as he was."""
    play = Play()
    truths = [play.call(f"caller {number}", plan) for number, plan in enumerate(visits)]
    play.run()
    told = {call.uniqueid: call for call in calls(play.pbx.facts)}

    assert len(told) == len(visits)
    for number, (plan, truth) in enumerate(zip(visits, truths, strict=True)):
        call = told[play.uniqueid(f"caller {number}")]
        assert call.arrived_at.timestamp() == pytest.approx(BEGIN + plan.arrives)
        _same(call, truth, plan)
