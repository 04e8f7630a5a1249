"""Callers whom the dialplan turned away, and phones that were picked up for nobody."""

import pytest

from callcenter.ami import events as ev
from callcenter.record import Call
from callcenter.terms import AttemptOutcome, HangupSide, Outcome
from tests.support.script import Pbx

BUSY, CONGESTION, ELSEWHERE = 17, 34, 26


def _attempts(call: Call) -> list[tuple[str, AttemptOutcome | None]]:
    return [(attempt.phone, attempt.outcome) for attempt in call.attempts]


def turned_away(pbx: Pbx, caller: str, cause: int) -> None:
    """As Busy() and Congestion() do: the caller's own channel then asks to be hung up."""
    pbx.state(caller, ev.BUSY)
    pbx.ask_hangup(caller)
    pbx.hangup(caller, cause)


@pytest.mark.parametrize(("cause", "outcome"), [(BUSY, Outcome.BUSY), (CONGESTION, Outcome.UNREACHABLE)])
def test_a_caller_whom_the_dialplan_turns_away_did_not_give_up(cause: int, outcome: Outcome) -> None:
    """The hotline is not to be disturbed, or its lines are all taken: he hears a tone at once."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    turned_away(pbx, caller, cause)

    call = pbx.told()
    assert (call.outcome, call.hung_up_by, call.short_abandoned) == (outcome, HangupSide.PBX, False)


@pytest.mark.parametrize("end_first", [False, True])
def test_a_busy_tone_after_busy_phones_is_busy(*, end_first: bool) -> None:
    """The route ends with Busy(), a blink after the last phone refused: nobody gave up, whichever of the two
    the PBX tells first, that it refused the caller or that his end heard so."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = pbx.dial(caller)
    pbx.at(0.1).refuse(caller, leg, BUSY)
    pbx.at(0.1005)
    if end_first:
        pbx.ask_hangup(caller)
    turned_away(pbx, caller, BUSY)

    call = pbx.told()
    assert (call.outcome, call.hung_up_by) == (Outcome.BUSY, HangupSide.PBX)
    assert _attempts(call) == [("1001", AttemptOutcome.BUSY)]


def test_queue_members_who_are_not_to_be_disturbed_are_busy() -> None:
    """The dialplan behind a Local member says Busy() for him: no phone is tried, and the queue gives up."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    pbx.channel(ev.QueueCallerJoin, caller, queue="sales")
    near = pbx.dial(caller, "Local/1001@members-1;1")
    far = pbx.new("Local/1001@members-1;2", state=ev.RING, of=caller)
    pbx.state(far, ev.BUSY)
    pbx.end_dial(caller, near, "NOANSWER")
    pbx.hangup(near, 0)
    pbx.hangup(far, BUSY)
    pbx.at(20).channel(ev.QueueCallerLeave, caller, queue="sales")
    pbx.variable(caller, "QUEUESTATUS", "TIMEOUT")
    pbx.hangup(caller)

    assert (pbx.told().outcome, _attempts(pbx.told())) == (Outcome.BUSY, [])


def test_who_stopped_ringing_because_a_voicemail_was_faster_missed_nothing() -> None:
    """Two mobiles ring, one's voicemail picks up: the other stops at once, and nobody presses the key."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    one, two = pbx.dial(caller, "PJSIP/1001"), pbx.dial(caller, "PJSIP/1002")
    pbx.ring(caller, one)
    pbx.ring(caller, two)
    pbx.at(2).state(one, ev.UP)
    pbx.end_dial(caller, two, "CANCEL")
    pbx.hangup(two, ELSEWHERE)
    pbx.at(6).end_dial(caller, one, "ANSWER")
    pbx.hangup(one)
    pbx.hangup(caller)

    call = pbx.told()
    assert call.outcome is Outcome.NO_ANSWER
    told = [("1001", AttemptOutcome.UNCONFIRMED), ("1002", AttemptOutcome.ANSWERED_ELSEWHERE)]
    assert _attempts(call) == told


@pytest.mark.parametrize(
    ("held", "became"), [(0.05, AttemptOutcome.ANSWERED_ELSEWHERE), (3.0, AttemptOutcome.UNCONFIRMED)]
)
def test_a_phone_that_was_asked_for_a_key_while_another_pressed_it(
    held: float, became: AttemptOutcome
) -> None:
    """Both are picked up at once. One that is dropped at once lost a race; one that stays up is asked for the
    key, and it is the other's user who presses it."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    one, two = pbx.dial(caller, "PJSIP/1001"), pbx.dial(caller, "PJSIP/1002")
    pbx.ring(caller, one)
    pbx.ring(caller, two)
    pbx.at(4.0).state(two, ev.UP)
    pbx.at(4.01).state(one, ev.UP)
    pbx.at(4.0 + held).connect(caller, two)
    pbx.at(4.01 + held).hangup(one, ELSEWHERE)
    pbx.at(20).ring_off(caller, two)

    told = [("1001", became), ("1002", AttemptOutcome.ANSWERED)]
    assert _attempts(pbx.told()) == told


def in_voicemail(pbx: Pbx, *, answered_before: bool = False) -> str:
    """A caller for whom a phone rang in vain, up to 20 s, and whom voicemail has answered."""
    caller = pbx.at(0).caller()
    if answered_before:
        pbx.state(caller, ev.UP)
    leg = pbx.dial(caller)
    pbx.ring(caller, leg)
    pbx.at(20).end_dial(caller, leg, "NOANSWER")
    pbx.hangup(leg, 0)
    if not answered_before:
        pbx.state(caller, ev.UP)
    return caller


def test_a_mailbox_that_does_not_exist_takes_nobody() -> None:
    """Voicemail fails before it has said a word, and the PBX drops the caller."""
    pbx = Pbx()
    caller = in_voicemail(pbx)
    pbx.channel(ev.Newexten, caller, application="VoiceMail")
    pbx.at(20.5).variable(caller, "VMSTATUS", "FAILED")
    pbx.hangup(caller)

    assert pbx.told().outcome is Outcome.NO_ANSWER


@pytest.mark.parametrize("after", [0.01, 8.0], ids=["at once", "after the tone"])
def test_a_caller_who_leaves_no_message_was_in_voicemail(after: float) -> None:
    """Voicemail calls that a failure, too."""
    pbx = Pbx()
    caller = in_voicemail(pbx)
    pbx.channel(ev.Newexten, caller, application="VoiceMail")
    pbx.at(20 + after).ask_hangup(caller)
    pbx.variable(caller, "VMSTATUS", "FAILED")
    pbx.hangup(caller)

    call = pbx.told()
    assert (call.outcome, call.wait_seconds) == (Outcome.VOICEMAIL, 20.0)


@pytest.mark.parametrize("answered_before", [False, True])
def test_where_only_the_end_of_voicemail_is_told_it_began_after_the_last_try(
    *, answered_before: bool
) -> None:
    """The service may not read which applications run; the PBX may have answered the caller long before."""
    pbx = Pbx()
    caller = in_voicemail(pbx, answered_before=answered_before)
    pbx.at(31).ask_hangup(caller)
    pbx.variable(caller, "VMSTATUS", "SUCCESS")
    pbx.hangup(caller)

    call = pbx.told()
    assert (call.outcome, call.wait_seconds, call.caller_ring_seconds) == (Outcome.VOICEMAIL, 20.0, 20.0)


def test_a_caller_who_hung_up_before_the_pbx_connected_him_was_not_answered() -> None:
    """The phone is picked up, the caller goes, and the PBX puts both into a bridge all the same."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = pbx.dial(caller)
    pbx.ring(caller, leg)
    pbx.at(3).state(leg, ev.UP)
    pbx.end_dial(caller, leg, "ANSWER")
    pbx.at(3.001).ask_hangup(caller)
    pbx.at(3.002).bridge(leg, caller)
    pbx.at(3.003).leave(caller)
    pbx.leave(leg)
    pbx.hangup(caller)
    pbx.hangup(leg)

    call = pbx.told()
    assert (call.outcome, call.answered_by, call.talk_seconds) == (Outcome.ABANDONED, None, None)
    assert _attempts(call) == [("1001", AttemptOutcome.CALLER_GAVE_UP)]


def test_the_agent_hung_up_though_the_caller_is_told_first_to_have_left() -> None:
    """Events of two channels may come in either order."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = pbx.dial(caller)
    pbx.ring(caller, leg)
    pbx.at(3).connect(caller, leg)
    pbx.at(9.001).leave(caller)
    pbx.at(9.0005).ask_hangup(leg)
    pbx.at(9.001).leave(leg)
    pbx.hangup(leg)
    pbx.hangup(caller)

    assert pbx.told().hung_up_by is HangupSide.AGENT
