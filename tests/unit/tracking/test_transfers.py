"""The caller handed on, and how long he talked and was on hold."""

import pytest

from callcenter.ami import events as ev
from callcenter.facts import CallEnded
from callcenter.record import Call
from callcenter.terms import AttemptOutcome, Outcome
from tests.support.script import Pbx


def _answered() -> tuple[Pbx, str, str]:
    """A caller who talks with 1001 since the fourth second."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = pbx.dial(caller)
    pbx.ring(caller, leg)
    pbx.at(4).connect(caller, leg)
    return pbx, caller, leg


def _transfers(call: Call) -> list[tuple[str, str | None, str | None, bool]]:
    return [(t.kind, t.by, t.to, t.answered) for t in call.transfers]


def test_a_blind_transfer_that_nobody_answers() -> None:
    """The target rang in vain: told as tried, and no attempt of the call's own."""
    pbx, caller, leg = _answered()
    pbx.at(8).transfer_blind(leg, caller, "1004")
    pbx.leave(leg)
    pbx.leave(caller)
    pbx.hangup(leg)
    target = pbx.dial(caller, "PJSIP/1004")
    pbx.ring(caller, target)
    pbx.at(28).end_dial(caller, target, "NOANSWER")
    pbx.hangup(target, 0)
    pbx.hangup(caller)

    call = pbx.told()
    assert (call.outcome, call.hung_up_by) == (Outcome.ANSWERED, "pbx")
    assert _transfers(call) == [("blind", "1001", "1004", False)]
    assert [attempt.phone for attempt in call.attempts] == ["1001"]
    assert (call.talk_seconds, call.hold_seconds) == (4.0, 0.0)


def test_a_redirect_by_ami_is_a_blind_transfer_without_an_event() -> None:
    """The caller dials again although his agent did not hang up."""
    pbx, caller, leg = _answered()
    pbx.at(8).leave(leg)
    pbx.leave(caller)
    pbx.hangup(leg)
    target = pbx.dial(caller, "PJSIP/1004")
    pbx.ring(caller, target)
    pbx.at(10).connect(caller, target, name="b2")
    pbx.at(13).ask_hangup(target)
    pbx.hangup(target)
    pbx.hangup(caller)

    call = pbx.told()
    assert _transfers(call) == [("blind", "1001", "1004", True)]
    assert (call.talk_seconds, call.hung_up_by, call.answered_by) == (7.0, "agent", "1001")


def test_who_hung_up_is_told_by_the_clock_also_where_what_followed_is_said_first() -> None:
    """The caller's leaving of the bridge overtakes the agent's request to hang up, which caused it."""
    pbx, caller, leg = _answered()
    pbx.at(8.0003).leave(caller)
    pbx.at(8).ask_hangup(leg)
    pbx.at(8.001).hangup(leg)
    pbx.hangup(caller)

    assert pbx.told().hung_up_by == "agent"


def test_a_redirect_is_by_whom_the_caller_was_with_last() -> None:
    """After an attended transfer to a phone behind a Local channel, whose channels are gone by then."""
    pbx, caller, leg = _answered()
    near = pbx.at(6).new("Local/1004@phones-1;1", state=ev.DOWN, of=caller)
    far = pbx.new("Local/1004@phones-1;2", of=caller)
    target = pbx.dial(far, "PJSIP/1004")
    pbx.at(7).connect(far, target, name="b2")
    pbx.leave(leg)
    pbx.bridge(near)
    pbx.hangup(leg)
    pbx.at(9).leave(caller)
    for line in (far, target, near):
        pbx.hangup(line)
    third = pbx.dial(caller, "PJSIP/1005")
    pbx.at(11).connect(caller, third, name="b3")
    pbx.at(13).ask_hangup(third)
    pbx.hangup(third)
    pbx.hangup(caller)

    told = _transfers(pbx.told())
    assert ("blind", "1004", "1005", True) in told, told


def test_a_step_after_the_agent_hung_up_is_no_transfer() -> None:
    """The dialplan goes on, e.g. to a survey's phone; nobody handed the caller on."""
    pbx, caller, leg = _answered()
    pbx.at(8).ask_hangup(leg)
    pbx.leave(leg)
    pbx.leave(caller)
    pbx.hangup(leg)
    target = pbx.dial(caller, "PJSIP/1004")
    pbx.at(9).ring_off(caller, target)

    assert _transfers(pbx.told()) == []


def test_whoever_answers_after_the_agent_hung_up_is_told_among_the_transfers() -> None:
    """The dialplan went on to another phone: `answered_by` stays the first, and nobody handed him on."""
    pbx, caller, leg = _answered()
    pbx.at(8).ask_hangup(leg)
    pbx.leave(leg)
    pbx.leave(caller)
    pbx.hangup(leg)
    target = pbx.dial(caller, "PJSIP/1004")
    pbx.ring(caller, target)
    pbx.at(10).connect(caller, target, name="b2")
    pbx.at(13).ring_off(caller)
    pbx.hangup(target)

    call = pbx.told()
    assert _transfers(call) == [("blind", None, "1004", True)]
    assert (call.answered_by, call.talk_seconds) == ("1001", 7.0)


def test_a_caller_whom_a_panel_connects_to_somebody_else_was_handed_on() -> None:
    """AMI's Bridge: no transfer event, nobody dials; the caller leaves one bridge and is in another. Whoever
    waited on the line for that has no call of his own."""
    pbx, caller, leg = _answered()
    pbx.at(6).say(ev.Tick)
    boss = pbx.new("PJSIP/1009", exten="*1", context="phones", number="1009")
    pbx.state(boss, ev.UP)
    pbx.at(8).leave(caller)
    pbx.bridge(boss, caller, name="b2")
    pbx.leave(leg)
    pbx.hangup(leg)
    pbx.at(12).ask_hangup(boss)
    pbx.hangup(boss)
    pbx.hangup(caller)

    (call,) = [fact.call for fact in pbx.facts if isinstance(fact, CallEnded)]
    assert _transfers(call) == [("blind", "1001", "1009", True)]
    assert (call.answered_by, call.talk_seconds) == ("1001", pytest.approx(8.0))


def _consult(pbx: Pbx, leg: str) -> tuple[str, str]:
    """1001 puts the caller on hold and calls 1004 on a second line."""
    pbx.at(6).channel(ev.Hold, leg)
    second = pbx.new("PJSIP/1001", exten="1004", context="phones", number="1001")
    target = pbx.dial(second, "PJSIP/1004")
    pbx.ring(second, target)
    return second, target


def _attended(pbx: Pbx, leg: str, second: str, *, caller: str, target: str) -> None:
    pbx.say(
        ev.AttendedTransfer,
        orig_transferer_uniqueid=pbx.uniqueid(leg),
        second_transferer_uniqueid=pbx.uniqueid(second),
        transferee_uniqueid=pbx.uniqueid(caller),
        transfer_target_uniqueid=pbx.uniqueid(target),
        transfer_target_channel=target,
        dest_bridge_uniqueid=None,
        result="Success",
    )


def test_a_consultation_is_told_in_its_transfer_and_not_as_a_call() -> None:
    """Hold while she asks; then the caller and the colleague are joined."""
    pbx, caller, leg = _answered()
    second, target = _consult(pbx, leg)
    pbx.at(8).connect(second, target, name="b2")
    _attended(pbx.at(10), leg, second, caller=caller, target=target)
    pbx.leave(caller)
    pbx.leave(second, "b2")
    pbx.bridge(caller, name="b2")
    pbx.hangup(second)
    pbx.hangup(leg)
    pbx.at(15).ring_off(caller)
    pbx.hangup(target)

    call = pbx.told()
    assert _transfers(call) == [("attended", "1001", "1004", True)]
    assert (call.talk_seconds, call.hold_seconds) == (7.0, 4.0)


def test_a_transfer_completed_while_the_target_rings_is_blonde() -> None:
    """One entry, not a blind one besides."""
    pbx, caller, leg = _answered()
    second, target = _consult(pbx, leg)
    _attended(pbx.at(8), leg, second, caller=caller, target=target)
    pbx.leave(caller)
    pbx.hangup(leg)
    pbx.at(11).state(target, ev.UP)
    pbx.bridge(caller, target, name="b2")
    pbx.hangup(second)
    pbx.at(15).ring_off(caller)
    pbx.hangup(target)

    assert _transfers(pbx.told()) == [("blonde", "1001", "1004", True)]


def test_a_parked_caller_whom_nobody_fetches() -> None:
    """Parked by 1001; he gives up in the lot. Parking is neither talk nor hold."""
    pbx, caller, leg = _answered()
    pbx.at(8).transfer_blind(leg, caller, "700")
    pbx.leave(leg)
    pbx.leave(caller)
    pbx.say(
        ev.ParkedCall,
        parkee_uniqueid=pbx.uniqueid(caller),
        parker_dial_string="PJSIP/1001",
        parking_space="701",
    )
    pbx.bridge(caller, name="lot", kind="parking", technology="holding_bridge")
    pbx.hangup(leg)
    pbx.at(30).ring_off(caller)

    call = pbx.told()
    assert _transfers(call) == [("park", "1001", None, False)]
    assert (call.talk_seconds, call.hold_seconds, call.hung_up_by) == (4.0, 0.0, "caller")


def test_two_in_the_parking_lot_do_not_answer_each_other() -> None:
    """One shared bridge, and nobody hears anybody."""
    pbx = Pbx()
    one, two = pbx.at(0).caller(), pbx.caller()
    pbx.bridge(one, two, name="lot", kind="parking", technology="holding_bridge")
    pbx.at(5).ring_off(one)

    assert pbx.told().outcome is Outcome.ABANDONED


def test_an_agent_who_leaves_the_bridge_and_keeps_the_line_has_the_caller_on_hold() -> None:
    """A DTMF consultation: the agent is elsewhere for a while."""
    pbx, caller, leg = _answered()
    pbx.at(8).leave(leg)
    pbx.at(13).bridge(leg)
    pbx.at(15).ring_off(caller)
    pbx.hangup(leg)

    call = pbx.told()
    assert (call.talk_seconds, call.hold_seconds) == (6.0, 5.0)


def test_a_caller_who_hung_up_is_not_on_hold_while_the_pbx_takes_the_call_down() -> None:
    """The agent leaves the bridge a moment before the caller is gone."""
    pbx, caller, leg = _answered()
    pbx.at(8).ask_hangup(caller)
    pbx.at(8.001).leave(leg)
    pbx.at(8.003).hangup(caller)
    pbx.hangup(leg)

    call = pbx.told()
    assert (call.talk_seconds, call.hold_seconds) == (4.001, 0.0)


def test_a_colleague_who_picks_the_call_up_answers_it() -> None:
    """The rung phone rang, the picker answered; the picker's own channel is no call."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = pbx.dial(caller)
    pbx.ring(caller, leg)
    picker = pbx.at(5).new("PJSIP/1005", exten="*8", context="phones", number="1005")
    pbx.channel(ev.Pickup, picker, target_uniqueid=pbx.uniqueid(leg))
    pbx.state(picker, ev.UP)
    pbx.end_dial(caller, picker, "ANSWER")
    pbx.state(caller, ev.UP)
    pbx.bridge(picker, caller)
    pbx.hangup(leg, 26)
    pbx.at(9).ring_off(caller)
    pbx.hangup(picker)

    call = pbx.told()
    assert (call.answered_by, call.caller_ring_seconds, call.ring_seconds) == ("1005", 5.0, None)
    assert [(a.phone, a.outcome) for a in call.attempts] == [("1001", AttemptOutcome.ANSWERED_ELSEWHERE)]


def test_a_supervisor_who_joins_does_not_answer_again() -> None:
    """A third party in the bridge: still one answer, and talk goes on until the last has gone."""
    pbx, caller, leg = _answered()
    pbx.at(6).say(ev.Tick)
    boss = pbx.new("PJSIP/1009", exten="*1", context="phones", number="1009")
    pbx.state(boss, ev.UP)
    pbx.bridge(boss)
    pbx.at(8).ask_hangup(leg)
    pbx.leave(leg)
    pbx.hangup(leg)
    pbx.at(12).ring_off(caller)
    pbx.hangup(boss)

    call = next(fact.call for fact in pbx.facts if getattr(fact, "call", None) and fact.call.final)
    assert (call.answered_by, call.talk_seconds, call.hung_up_by) == ("1001", pytest.approx(8.0), "caller")
    assert _transfers(call) == [("blind", "1001", "1009", True)], "left with the caller, he has him now"


def test_a_renamed_channel_stays_the_same_channel() -> None:
    """A masquerade changes the name, not the call."""
    pbx, caller, leg = _answered()
    pbx.at(6).say(ev.Rename, uniqueid=pbx.uniqueid(caller), newname="PJSIP/trunk-zzzz")
    pbx.at(9).ring_off(caller)
    pbx.hangup(leg)

    assert pbx.told().talk_seconds == 5.0
