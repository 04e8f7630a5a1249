"""Whose call it is, from where, and on which hotline."""

from callcenter.ami import events as ev
from callcenter.facts import Anomaly, CallOffered
from callcenter.terms import Direction, Outcome
from tests.support.script import Pbx
from tests.support.traces import calls


def test_a_number_after_an_underscore_is_a_pattern() -> None:
    """4031 is one of _40[2-4]X, told under the configured number."""
    pbx = Pbx()
    caller = pbx.at(0).caller("4031")
    pbx.at(3).ring_off(caller)

    call = pbx.told()
    assert (call.hotline, call.dialled) == ("_40[2-4]X", "4031")


def test_an_anonymous_caller_has_no_number() -> None:
    """Withheld is no value, not a word."""
    pbx = Pbx()
    caller = pbx.at(0).caller(number="anonymous")
    pbx.at(3).ring_off(caller)

    assert pbx.told().caller is None


def test_an_agent_who_dials_the_hotline_from_the_desk_is_internal() -> None:
    """Direction is told by the channel, never by the number or the variable."""
    pbx = Pbx()
    desk = pbx.at(0).new("PJSIP/1004", context="phones", number="1004")
    pbx.variable(desk, "CC_HOTLINE", "4001")
    pbx.at(3).ring_off(desk)

    call = pbx.told()
    assert (call.direction, call.hotline, call.target_rings) == (Direction.INTERNAL, None, None)
    assert not [fact for fact in pbx.facts if isinstance(fact, CallOffered)]


def test_a_call_out_over_a_trunk_is_outbound() -> None:
    """An agent's channel first, then a leg to the trunk."""
    pbx = Pbx()
    desk = pbx.at(0).new("PJSIP/1004", context="phones", number="1004", exten="913912345678")
    leg = pbx.dial(desk, "PJSIP/trunk", dial_string="13912345678@trunk")
    pbx.ring(desk, leg)
    pbx.at(5).connect(desk, leg)
    pbx.at(9).ring_off(desk)
    pbx.hangup(leg)

    call = pbx.told()
    assert (call.direction, call.outcome, call.answered_by) == (
        Direction.OUTBOUND,
        Outcome.ANSWERED,
        "13912345678",
    )


def test_click_to_call_is_one_outbound_call_of_the_agent() -> None:
    """The PBX calls the agent, then the far end."""
    pbx = Pbx()
    desk = pbx.at(0).originate("PJSIP/1004")
    pbx.state(desk, ev.RINGING)
    pbx.at(2).state(desk, ev.UP)
    leg = pbx.dial(desk, "PJSIP/trunk", dial_string="13912345678@trunk")
    pbx.ring(desk, leg)
    pbx.at(5).connect(desk, leg)
    pbx.at(9).ring_off(desk)
    pbx.hangup(leg)

    call = pbx.told()
    assert (call.direction, call.caller, call.outcome) == (Direction.OUTBOUND, "1004", Outcome.ANSWERED)
    assert call.dialled == "13912345678"
    assert call.uniqueid == pbx.uniqueid(desk)


def test_click_to_call_through_a_local_channel_is_the_agents_call_too() -> None:
    """One half calls the agent's phone, the other then dials out."""
    pbx = Pbx()
    one = pbx.at(0).new("Local/1004@phones-0001;1", state=ev.DOWN)
    two = pbx.new("Local/1004@phones-0001;2", state=ev.RING, of=one)
    desk = pbx.dial(two, "PJSIP/1004")
    pbx.ring(two, desk)
    pbx.at(2).connect(two, desk, name="b1")
    leg = pbx.dial(one, "PJSIP/trunk", dial_string="13912345678@trunk")
    pbx.ring(one, leg)
    pbx.at(5).connect(one, leg, name="b2")
    pbx.at(9).ask_hangup(desk)
    for channel in (desk, two, one, leg):
        pbx.hangup(channel)

    call = pbx.told()
    assert (call.direction, call.caller, call.answered_by) == (Direction.OUTBOUND, "1004", "13912345678")
    assert (call.uniqueid, call.talk_seconds, call.hung_up_by) == (pbx.uniqueid(desk), 4.0, "caller")
    assert pbx.tracker._state.mirror.channels == {}


def test_a_hotline_behind_an_ivr_counts_from_where_the_dialplan_says_so() -> None:
    """The IVR's own number is no hotline; the variable begins the wait."""
    pbx = Pbx()
    caller = pbx.at(0).caller("9000")
    pbx.at(20).variable(caller, "CC_HOTLINE", "4001")
    pbx.at(27).ring_off(caller)

    call = pbx.told()
    assert (call.hotline, call.wait_seconds) == ("4001", 7.0)


def test_our_dialplans_user_event_says_so_too() -> None:
    """UserEvent(CallcenterOffered) on the caller's own channel."""
    pbx = Pbx()
    caller = pbx.at(0).caller("9000")
    pbx.at(5).channel(ev.CallcenterOffered, caller, hotline="4025")
    pbx.at(27).ring_off(caller)

    assert pbx.told().hotline == "_40[2-4]X"


def test_the_inherited_variable_on_a_leg_makes_no_call_of_it() -> None:
    """Legs inherit __CC_HOTLINE; there is one call."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = pbx.dial(caller)
    pbx.variable(leg, "CC_HOTLINE", "4001")
    pbx.at(9).ring_off(caller, leg)

    assert pbx.told().hotline == "4001"


def test_a_caller_sent_on_to_another_hotline_stays_with_the_first() -> None:
    """Counted where he came, once somebody was tried for him."""
    pbx = Pbx()
    caller = pbx.at(0).caller("4001")
    leg = pbx.dial(caller)
    pbx.at(9).refuse(caller, leg, 17)
    pbx.variable(caller, "CC_HOTLINE", "4025")
    pbx.at(12).ring_off(caller)

    assert pbx.told().hotline == "4001"


def test_a_variable_that_names_no_hotline_is_an_anomaly() -> None:
    """A slip in the dialplan is counted, not guessed around."""
    pbx = Pbx()
    caller = pbx.at(0).caller("9000")
    pbx.variable(caller, "CC_HOTLINE", "4999")
    pbx.at(12).ring_off(caller)

    assert [fact.kind for fact in pbx.facts if isinstance(fact, Anomaly)] == ["unknown_hotline"]
    assert pbx.told().hotline is None


def test_a_number_that_is_no_hotline_is_told_and_not_lost() -> None:
    """A trunk caller's unconfigured number ends up in a list of its own."""
    pbx = Pbx()
    caller = pbx.at(0).caller("9000")
    pbx.at(12).ring_off(caller)

    call = pbx.told()
    assert (call.direction, call.hotline, call.dialled) == (Direction.INBOUND, None, "9000")


def test_the_older_sip_driver_comes_down_first_and_then_rings() -> None:
    """chan_sip: Newchannel 0, then 4."""
    pbx = Pbx()
    caller = pbx.at(0).caller(state=ev.DOWN)
    pbx.state(caller, ev.RING)
    pbx.at(3).ring_off(caller)

    assert pbx.told().hotline == "4001"


def test_one_caller_twice_within_a_second_is_two_calls() -> None:
    """Each visit is a call."""
    pbx = Pbx()
    first = pbx.at(0).caller()
    second = pbx.at(0.4).caller()
    pbx.at(2).ring_off(first)
    pbx.at(3).ring_off(second)

    assert len(calls(pbx.facts)) == 2


def test_who_was_tried_before_the_hotline_was_reached_is_no_part_of_the_visit() -> None:
    """The operator's phone rang in vain; only then does the dialplan send the caller to the hotline."""
    pbx = Pbx()
    caller = pbx.at(0).caller("9000")
    operator = pbx.dial(caller, "PJSIP/1009")
    pbx.ring(caller, operator)
    pbx.at(10).end_dial(caller, operator, "NOANSWER")
    pbx.variable(caller, "DIALSTATUS", "NOANSWER")
    pbx.hangup(operator, 0)
    pbx.at(11).variable(caller, "CC_HOTLINE", "4001")
    leg = pbx.dial(caller)
    pbx.at(12).ring(caller, leg)
    pbx.at(14).connect(caller, leg)
    pbx.at(20).ring_off(caller)
    pbx.hangup(leg)

    call = pbx.told()
    assert [attempt.phone for attempt in call.attempts] == ["1001"]
    assert (call.wait_seconds, call.caller_ring_seconds, call.on_time) == (3.0, 2.0, True)


def test_a_local_channel_behind_itself_is_no_endless_story() -> None:
    """Broken bytes may say that a half dials the other; the call is told all the same."""
    pbx = Pbx()
    one = pbx.at(0).new("Local/1004@phones-0001;1", state=ev.DOWN)
    two = pbx.new("Local/1004@phones-0001;2", state=ev.RING, of=one)
    desk = pbx.dial(two, "PJSIP/1004")
    pbx.say(ev.DialBegin, **pbx.dialling(two, one), dial_string="x")
    for channel in (desk, two, one):
        pbx.at(5).hangup(channel)

    assert pbx.told().caller == "1004"
