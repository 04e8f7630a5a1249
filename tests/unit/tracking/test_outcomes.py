"""What became of a call, and of each phone that was tried."""

import pytest

from callcenter.ami import events as ev
from callcenter.record import Call
from callcenter.terms import AttemptOutcome, HangupSide, Outcome
from tests.support.script import Pbx


def _attempts(call: Call) -> list[tuple[str, AttemptOutcome | None]]:
    return [(attempt.phone, attempt.outcome) for attempt in call.attempts]


def test_a_caller_who_gives_up_before_any_phone_was_tried_has_abandoned() -> None:
    """Still in the announcement: nobody could have answered."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    pbx.at(8).ring_off(caller)

    call = pbx.told()
    assert (call.outcome, call.wait_seconds, call.short_abandoned) == (Outcome.ABANDONED, 8.0, False)
    assert call.caller_rings is None


def test_all_phones_busy_is_busy() -> None:
    """486 from one, 603 from the other: everybody who could be tried refused."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    one, two = pbx.dial(caller, "PJSIP/1001"), pbx.dial(caller, "PJSIP/1002")
    pbx.at(0.1).refuse(caller, one, 17)
    pbx.ring(caller, two)
    pbx.at(3).refuse(caller, two, 21, "NOANSWER")
    pbx.hangup(caller, 17)

    call = pbx.told()
    assert call.outcome is Outcome.BUSY
    assert _attempts(call) == [("1001", AttemptOutcome.BUSY), ("1002", AttemptOutcome.REJECTED)]
    assert call.hung_up_by is HangupSide.PBX


def test_who_let_it_ring_did_not_refuse_because_a_colleague_did() -> None:
    """When the caller gives up the PBX ends the legs that ring with the cause that it heard last."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    one, two = pbx.dial(caller, "PJSIP/1001"), pbx.dial(caller, "PJSIP/1002")
    pbx.ring(caller, one)
    pbx.ring(caller, two)
    pbx.at(1).refuse(caller, one, 21, "NOANSWER")
    pbx.at(4).ask_hangup(caller)
    pbx.end_dial(caller, two, "CANCEL")
    pbx.hangup(caller, 21)
    pbx.hangup(two, 21)

    told = [("1001", AttemptOutcome.REJECTED), ("1002", AttemptOutcome.CALLER_GAVE_UP)]
    assert _attempts(pbx.told()) == told


def test_who_is_stopped_behind_a_local_channel_did_not_refuse_because_a_colleague_did() -> None:
    """The queue's patience with the Local member ends; what rang behind it rang in vain."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    near = pbx.dial(caller, "Local/anna@devices-1;1")
    far = pbx.new("Local/anna@devices-1;2", state=ev.RING, context="devices", of=caller)
    one, two = pbx.dial(far, "PJSIP/1001"), pbx.dial(far, "PJSIP/1002")
    pbx.ring(far, one)
    pbx.ring(far, two)
    pbx.at(1).refuse(far, one, 21, "NOANSWER")
    pbx.at(8).end_dial(caller, near, "NOANSWER")
    pbx.hangup(near, 0)
    pbx.end_dial(far, two, "CANCEL")
    pbx.hangup(far, 21)
    pbx.hangup(two, 21)
    pbx.hangup(caller)

    call = pbx.told()
    assert _attempts(call) == [("1001", AttemptOutcome.REJECTED), ("1002", AttemptOutcome.NO_ANSWER)]
    assert call.outcome is Outcome.NO_ANSWER


def test_a_phone_that_a_panel_took_the_caller_from_rang_in_vain() -> None:
    """AMI's Redirect of a waiting caller: the PBX stopped 1001 before anybody else had the caller."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = pbx.dial(caller)
    pbx.ring(caller, leg)
    pbx.at(2).end_dial(caller, leg, "CANCEL")
    pbx.hangup(leg, 0)
    other = pbx.dial(caller, "PJSIP/1004")
    pbx.ring(caller, other)
    pbx.at(4).connect(caller, other)
    pbx.at(9).ring_off(caller)
    pbx.hangup(other)

    told = [("1001", AttemptOutcome.NO_ANSWER), ("1004", AttemptOutcome.ANSWERED)]
    assert _attempts(pbx.told()) == told


def test_one_busy_and_one_that_rang_in_vain_is_no_answer() -> None:
    """A phone that rang decides over one that was busy."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    one, two = pbx.dial(caller, "PJSIP/1001"), pbx.dial(caller, "PJSIP/1002")
    pbx.at(0.1).refuse(caller, one, 17)
    pbx.ring(caller, two)
    pbx.at(20.1).end_dial(caller, two, "NOANSWER")
    pbx.hangup(two, 0)
    pbx.hangup(caller)

    call = pbx.told()
    assert call.outcome is Outcome.NO_ANSWER
    assert call.attempts[1].ring_seconds == pytest.approx(20.0)
    assert (call.caller_rings, call.rings, call.on_time) == (5, None, None)


def test_a_caller_who_hangs_up_in_the_closing_announcement_is_judged_by_the_tries() -> None:
    """He did not give up while waiting: the last try had ended."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = pbx.dial(caller)
    pbx.ring(caller, leg)
    pbx.at(20).end_dial(caller, leg, "NOANSWER")
    pbx.hangup(leg, 0)
    pbx.at(24).ring_off(caller)

    call = pbx.told()
    assert (call.outcome, call.hung_up_by) == (Outcome.NO_ANSWER, HangupSide.CALLER)
    assert call.wait_seconds == 24.0


def test_nobody_registered_and_a_closing_announcement_is_unreachable() -> None:
    """Dial found no phone at all; the caller hears so and hangs up."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    pbx.variable(caller, "DIALSTATUS", "CHANUNAVAIL")
    pbx.at(3).ring_off(caller)

    assert pbx.told().outcome is Outcome.UNREACHABLE


def test_a_phone_that_was_called_and_never_rang_is_unreachable() -> None:
    """INVITE without an answer: not a miss of the agent's."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = pbx.dial(caller)
    pbx.at(20).end_dial(caller, leg, "NOANSWER")
    pbx.hangup(leg, 0)
    pbx.hangup(caller)

    call = pbx.told()
    assert call.outcome is Outcome.UNREACHABLE
    assert _attempts(call) == [("1001", AttemptOutcome.UNREACHABLE)]


def test_a_queue_whose_members_are_all_on_the_phone_is_busy() -> None:
    """Nobody was tried because everybody talked."""
    pbx = Pbx()
    pbx.say(ev.QueueMemberStatus, queue="hot", interface="PJSIP/1001", status=2)
    caller = pbx.at(0).caller()
    pbx.channel(ev.QueueCallerJoin, caller, queue="hot")
    pbx.at(30).channel(ev.QueueCallerLeave, caller, queue="hot")
    pbx.variable(caller, "QUEUESTATUS", "TIMEOUT")
    pbx.hangup(caller)

    assert pbx.told().outcome is Outcome.BUSY


def test_a_queue_without_a_reachable_member_is_unreachable() -> None:
    """All members unregistered, and the queue gives up."""
    pbx = Pbx()
    pbx.say(ev.QueueMemberStatus, queue="hot", interface="PJSIP/1001", status=5)
    caller = pbx.at(0).caller()
    pbx.channel(ev.QueueCallerJoin, caller, queue="hot")
    pbx.at(30).channel(ev.QueueCallerLeave, caller, queue="hot")
    pbx.hangup(caller)

    assert pbx.told().outcome is Outcome.UNREACHABLE


def test_giving_up_between_two_tries_of_a_queue_is_abandoned() -> None:
    """The queue's retry pause is waiting too."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    pbx.channel(ev.QueueCallerJoin, caller, queue="hot")
    leg = pbx.dial(caller)
    pbx.ring(caller, leg)
    pbx.at(10).end_dial(caller, leg, "NOANSWER")
    pbx.hangup(leg, 0)
    pbx.at(10.5).ask_hangup(caller)
    pbx.channel(ev.QueueCallerLeave, caller, queue="hot")
    pbx.hangup(caller)

    call = pbx.told()
    assert call.outcome is Outcome.ABANDONED
    assert _attempts(call) == [("1001", AttemptOutcome.NO_ANSWER)]


def test_the_same_phone_tried_twice_is_two_attempts() -> None:
    """Each try has its own ringing and its own end."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    first = pbx.dial(caller)
    pbx.ring(caller, first)
    pbx.at(8).end_dial(caller, first, "NOANSWER")
    pbx.hangup(first, 0)
    second = pbx.at(8.1).dial(caller)
    pbx.ring(caller, second)
    pbx.at(12.1).connect(caller, second)
    pbx.at(20).ring_off(caller)
    pbx.hangup(second)

    call = pbx.told()
    assert _attempts(call) == [("1001", AttemptOutcome.NO_ANSWER), ("1001", AttemptOutcome.ANSWERED)]
    assert (call.caller_rings, call.rings) == (3, 1)
    assert (call.ring_seconds, call.caller_ring_seconds) == (pytest.approx(4.0), pytest.approx(12.1))


def test_one_phone_registered_twice_is_one_attempt() -> None:
    """Two devices of one extension ring together: the person was tried once."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    desk, soft = pbx.dial(caller), pbx.dial(caller)
    pbx.ring(caller, desk)
    pbx.at(0.5).ring(caller, soft)
    pbx.at(4).connect(caller, soft)
    pbx.end_dial(caller, desk, "CANCEL")
    pbx.hangup(desk, 26)
    pbx.at(9).ring_off(caller)
    pbx.hangup(soft)

    call = pbx.told()
    assert _attempts(call) == [("1001", AttemptOutcome.ANSWERED)]
    assert call.ring_seconds == pytest.approx(4.0)


def test_two_devices_dialled_each_by_its_address_are_one_phone() -> None:
    """PJSIP_DIAL_CONTACTS names each device's own address: still one person and one try."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    desk = pbx.dial(caller, dial_string="1001/sip:1001@192.0.2.1:5060")
    soft = pbx.dial(caller, dial_string="1001/sip:k3x9@192.0.2.2:51123;transport=ws")
    pbx.ring(caller, desk)
    pbx.ring(caller, soft)
    pbx.at(2).ask_hangup(desk)
    pbx.refuse(caller, desk, 21, "NOANSWER")
    pbx.at(20).end_dial(caller, soft, "NOANSWER")
    pbx.hangup(soft, 0)
    pbx.hangup(caller)

    assert _attempts(pbx.told()) == [("1001", AttemptOutcome.REJECTED)]


def test_two_numbers_behind_one_trunk_are_two_attempts() -> None:
    """They share the trunk's name, and are two people's mobiles."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    one = pbx.dial(caller, "PJSIP/trunk", dial_string="trunk/sip:13800138000@192.0.2.9")
    two = pbx.dial(caller, "PJSIP/trunk", dial_string="trunk/sip:13900139000@192.0.2.9")
    pbx.ring(caller, one)
    pbx.ring(caller, two)
    pbx.at(4).ring_off(caller, one, two)

    assert [phone for phone, _ in _attempts(pbx.told())] == ["13800138000", "13900139000"]


def test_a_phone_that_is_called_for_the_caller_without_being_dialled_was_tried() -> None:
    """Page and Stasis applications call phones themselves: only the caller's Linkedid says for whom."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = pbx.new("PJSIP/1001", state=ev.DOWN, exten="", context="phones", number="", of=caller)
    pbx.say(ev.DialBegin, **pbx.dialling(None, leg), dial_string="1001")
    pbx.say(ev.DialState, **pbx.dialling(None, leg), dial_status="RINGING")
    pbx.at(3).state(leg, ev.UP)
    pbx.bridge(leg, caller)
    pbx.at(8).ring_off(caller)
    pbx.hangup(leg)

    call = pbx.told()
    assert _attempts(call) == [("1001", AttemptOutcome.ANSWERED)]
    assert (call.answered_by, call.ring_seconds, call.caller_ring_seconds) == ("1001", 3.0, 3.0)


def test_a_mobile_whose_key_is_not_pressed_did_not_answer() -> None:
    """The mobile's own voicemail picks up: unconfirmed, and the call goes on to the next."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    mobile = pbx.dial(caller, "PJSIP/trunk", dial_string="13800138000@trunk")
    pbx.at(2).ring(caller, mobile)
    pbx.at(12).state(mobile, ev.UP)
    pbx.at(20).end_dial(caller, mobile, "NOANSWER")
    pbx.hangup(mobile)
    pbx.hangup(caller)

    call = pbx.told()
    assert call.outcome is Outcome.NO_ANSWER
    assert _attempts(call) == [("13800138000", AttemptOutcome.UNCONFIRMED)]
    assert (call.attempts[0].agent_id, call.attempts[0].ring_seconds) == ("wang", 10.0)


def test_the_pick_up_counts_once_the_key_connects_the_two() -> None:
    """Picked up at 6 s, key at 9 s: the answer was at 6 s, talk began at 9 s."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    mobile = pbx.dial(caller, "PJSIP/trunk", dial_string="trunk/sip:13800138000@host")
    pbx.ring(caller, mobile)
    pbx.at(6).state(mobile, ev.UP)
    pbx.at(9).end_dial(caller, mobile, "ANSWER")
    pbx.bridge(mobile, caller)
    pbx.at(19).ring_off(caller)
    pbx.hangup(mobile)

    call = pbx.told()
    assert (call.answered_by, call.agent_id, call.caller_ring_seconds, call.rings) == (
        "13800138000",
        "wang",
        6.0,
        2,
    )
    assert call.talk_seconds == 10.0


def test_a_leg_picked_up_after_the_caller_had_gone_is_no_answer() -> None:
    """The caller's hang-up crosses the agent's pick-up."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = pbx.dial(caller)
    pbx.ring(caller, leg)
    pbx.at(3).ask_hangup(caller)
    pbx.state(leg, ev.UP)
    pbx.end_dial(caller, leg, "NOANSWER")
    pbx.hangup(leg)
    pbx.hangup(caller)

    call = pbx.told()
    assert (call.outcome, call.short_abandoned) == (Outcome.ABANDONED, True)
    assert _attempts(call) == [("1001", AttemptOutcome.CALLER_GAVE_UP)]


def test_voicemail_behind_a_local_channel_is_no_person() -> None:
    """The ring group's last member is a Local channel that leads to voicemail."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = pbx.dial(caller)
    pbx.ring(caller, leg)
    one = pbx.dial(caller, "Local/vm@out-0001;1")
    two = pbx.new("Local/vm@out-0001;2", state=ev.RING, of=caller)
    pbx.at(10).channel(ev.Newexten, two, application="VoiceMail")
    pbx.state(one, ev.UP)
    pbx.end_dial(caller, leg, "CANCEL")
    pbx.hangup(leg, 26)
    pbx.bridge(one, caller)
    pbx.at(30).ring_off(caller)
    pbx.hangup(one)
    pbx.hangup(two)

    call = pbx.told()
    assert (call.outcome, call.wait_seconds) == (Outcome.VOICEMAIL, 10.0)


def test_a_pbx_that_drops_the_caller_did_so() -> None:
    """Nobody asked to hang up: a restart, or the end of the route."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = pbx.dial(caller)
    pbx.ring(caller, leg)
    pbx.at(4).connect(caller, leg)
    pbx.at(9).hangup(leg)
    pbx.hangup(caller)

    assert pbx.told().hung_up_by is HangupSide.PBX


@pytest.mark.parametrize(
    ("agent", "caller_after", "side"),
    [(10.0, None, HangupSide.AGENT), (10.0, 10.2, HangupSide.AGENT), (10.0, 25.0, HangupSide.CALLER)],
)
def test_who_hung_up_first_ended_the_call(agent: float, caller_after: float | None, side: HangupSide) -> None:
    """Unless the caller went on after the agent, e.g. in a survey, and ended that himself."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = pbx.dial(caller)
    pbx.ring(caller, leg)
    pbx.at(4).connect(caller, leg)
    pbx.at(agent).ask_hangup(leg)
    pbx.leave(leg)
    pbx.hangup(leg)
    pbx.leave(caller)
    if caller_after is not None:
        pbx.at(caller_after).ask_hangup(caller)
    pbx.hangup(caller)

    assert pbx.told().hung_up_by is side
