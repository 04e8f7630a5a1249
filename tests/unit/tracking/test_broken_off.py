"""Stories of which a part was not seen: what was seen of a phone is told of it, and nobody is blamed."""

import pytest

from callcenter.ami import events as ev
from callcenter.record import Call
from callcenter.terms import AttemptOutcome, Instant, Outcome, Truncated
from tests.support.script import BEGIN, Pbx
from tests.support.traces import calls

ELSEWHERE = 26


def _broken_off(pbx: Pbx) -> Call:
    """The one call, as told when the recording ends here."""
    now = Instant(BEGIN * 1_000_000 + round(pbx.now * 1_000_000))
    facts = [*pbx.facts, *pbx.tracker.finish(now)]
    (call,) = [call for call in calls(facts) if call.hotline]
    return call


def _attempts(call: Call) -> dict[str, AttemptOutcome | None]:
    return {attempt.phone: attempt.outcome for attempt in call.attempts}


def test_a_phone_that_was_slower_missed_nothing_though_the_link_broke_before_the_two_were_connected() -> None:
    """The PBX took it back because another was picked up; no_answer would be a call missed."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    fast, slow = pbx.dial(caller, "PJSIP/1001"), pbx.dial(caller, "PJSIP/1002")
    pbx.at(0.1).ring(caller, fast)
    pbx.ring(caller, slow)
    pbx.at(4).state(fast, ev.UP)
    pbx.end_dial(caller, slow, "CANCEL")
    pbx.hangup(slow, ELSEWHERE)

    call = _broken_off(pbx)
    assert (call.outcome, call.truncated) == (Outcome.LOST, Truncated.END)
    assert _attempts(call) == {"1001": AttemptOutcome.LOST, "1002": AttemptOutcome.ANSWERED_ELSEWHERE}


def test_a_phone_whose_call_was_picked_up_missed_nothing_though_the_link_broke_then() -> None:
    """The rung phone gets no DialEnd, and its Hangup may say nothing of the pickup."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = pbx.dial(caller)
    pbx.at(0.1).ring(caller, leg)
    picker = pbx.at(3).new("PJSIP/1005", context="phones", exten="*8", number="1005")
    pbx.state(picker, ev.UP)
    pbx.at(3.5).channel(ev.Pickup, picker, target_uniqueid=pbx.uniqueid(leg))
    pbx.hangup(leg)

    assert _attempts(_broken_off(pbx)) == {"1001": AttemptOutcome.ANSWERED_ELSEWHERE}


def test_a_phone_seen_from_its_creation_is_told_with_its_rings_though_the_caller_came_before() -> None:
    """We attach between the caller's coming and the first dial: the dial is what names him first."""
    pbx = Pbx()
    caller = pbx.at(0).caller(quietly=True)
    leg = pbx.at(1).dial(caller)
    pbx.at(1.1).ring(caller, leg)
    pbx.at(8).connect(caller, leg)
    pbx.at(20).ask_hangup(caller)
    pbx.hangup(leg)
    pbx.hangup(caller)

    call = pbx.told()
    assert (call.outcome, call.truncated, call.caller_rings) == (Outcome.ANSWERED, Truncated.START, None)
    assert _attempts(call) == {"1001": AttemptOutcome.ANSWERED}
    assert (call.ring_seconds, call.rings) == (pytest.approx(6.9), 2)


def test_one_phone_on_two_devices_is_one_try_that_rings_from_the_first_of_them() -> None:
    """What is told of the try is what is told of the call."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    desk, mobile = pbx.dial(caller, dial_string="1001"), pbx.dial(caller, dial_string="1001")
    pbx.at(0.1).ring(caller, desk)
    pbx.at(3).ring(caller, mobile)
    pbx.at(7).connect(caller, mobile)
    pbx.hangup(desk, ELSEWHERE)
    pbx.at(9).ask_hangup(caller)
    pbx.hangup(mobile)
    pbx.hangup(caller)

    call = pbx.told()
    (attempt,) = call.attempts
    assert (attempt.ring_seconds, attempt.rings) == (call.ring_seconds, call.rings) == (pytest.approx(6.9), 2)
