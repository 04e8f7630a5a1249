"""What is read back after a login costs as much as there is to read, and not more."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from callcenter.ami import events as ev
from callcenter.terms import Clock
from tests.support.script import BEGIN, Pbx


def attached(callers: int) -> Pbx:
    """We attach while so many callers ring at three phones each; both lists tell of them."""
    pbx = Pbx()
    channels = []
    for number in range(callers):
        caller = pbx.at(number / callers).caller(quietly=True)
        channels.append((caller, "Dial"))
        for phone in ("1001", "1002", "1003"):
            leg = pbx.new(f"PJSIP/{phone}", state=ev.RINGING, exten="", of=caller, quietly=True)
            channels.append((leg, "AppDial"))
    pbx.at(10).say(ev.Connected)
    pbx.say(ev.FullyBooted, uptime=86_400)
    for _ in range(2):
        for channel, application in channels:
            dnid = "4001" if application == "Dial" else ""
            pbx.channel(ev.Status, channel, application=application, bridge_id="", dnid=dnid, variables=())
        pbx.say(ev.ChannelsComplete)
    return pbx


def steps_of(work: Callable[[], object]) -> int:
    """How many of Python's own steps the work takes: a measure that no busy machine changes."""
    steps = 0

    def count(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal steps
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        steps += event == "opcode"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        work()
    finally:
        sys.settrace(before)
    return steps


def test_reading_back_takes_as_many_steps_for_each_channel_however_many_there_are() -> None:
    """Twice the calls in progress are twice the work, not four times."""
    few, many = steps_of(lambda: attached(40)), steps_of(lambda: attached(160))

    assert many < 4.4 * few


@pytest.mark.parametrize("callers", [1, 50])
def test_each_leg_read_back_is_its_own_callers(callers: int) -> None:
    """The legs do not say who dialled them; what they have in common with one caller does."""
    pbx = attached(callers)

    tracks = pbx.tracker._state.calls.values()
    assert len(tracks) == callers
    assert all(len(pbx.tracker._state.mirror.channels[track.uniqueid].legs) == 3 for track in tracks)


def listed(pbx: Pbx, *channels: str) -> None:
    """One list of the channels that there are."""
    for channel in channels:
        application = "Dial" if "trunk" in channel else "AppDial"
        pbx.channel(ev.Status, channel, application=application, bridge_id="b1", dnid="4001", variables=())
    pbx.say(ev.ChannelsComplete)


def talking(pbx: Pbx) -> tuple[str, str]:
    caller = pbx.at(0).caller()
    leg = pbx.dial(caller)
    pbx.at(1).ring(caller, leg)
    pbx.at(3).connect(caller, leg)
    return caller, leg


def test_a_call_whose_end_was_lost_on_the_wire_is_over_once_two_lists_do_not_have_it() -> None:
    """Its end was not seen, and the call says so."""
    pbx = Pbx()
    talking(pbx)
    pbx.at(60).say(ev.Doubted)
    listed(pbx)
    assert pbx.tracker.in_progress == 1
    listed(pbx.at(61))

    call = pbx.told()
    assert (call.outcome, call.truncated, call.talk_seconds) == ("answered", "end", None)


def test_a_call_that_goes_on_is_told_as_if_nothing_had_been_read_back() -> None:
    """Doubt is no gap: nothing is lost of a call that the lists confirm."""
    pbx, undisturbed = Pbx(), Pbx()
    for one in (pbx, undisturbed):
        caller, leg = talking(one)
        if one is pbx:
            one.at(20).say(ev.Doubted)
            listed(one, caller, leg)
            listed(one, caller, leg)
        one.at(30).ask_hangup(caller)
        one.hangup(caller)
        one.hangup(leg)

    assert pbx.told() == undisturbed.told()


def test_a_call_that_began_while_the_lists_were_made_is_not_taken_for_gone() -> None:
    """Its first event came after the doubt; the lists were made before."""
    pbx = Pbx()
    pbx.at(0).say(ev.Doubted)
    caller = pbx.caller()
    listed(pbx)
    listed(pbx)
    pbx.at(3).ring_off(caller)

    assert pbx.told().truncated is None


def test_lists_that_were_themselves_broken_end_no_call() -> None:
    """Bytes were lost within the second list; time alone makes the part that came no proof."""
    pbx = Pbx()
    caller, leg = talking(pbx)
    pbx.at(10).say(ev.Doubted)
    listed(pbx, caller, leg)
    pbx.say(ev.Doubted)
    listed(pbx, caller)
    for second in (20, 40):
        pbx.at(second).say(ev.Tick)
    assert pbx.tracker.in_progress == 1
    pbx.at(50).say(ev.Doubted)
    listed(pbx, caller, leg)
    listed(pbx, caller, leg)
    pbx.at(60).ask_hangup(caller)
    pbx.hangup(caller)
    pbx.hangup(leg)

    assert (pbx.told().truncated, pbx.told().talk_seconds) == (None, 57.0)


def test_a_mobile_that_is_asked_for_its_key_while_we_attach_is_no_call_of_its_own() -> None:
    """It is on a trunk, up, and runs an application like a caller; only what it was dialled by tells."""
    pbx = Pbx()
    caller = pbx.at(0).caller(quietly=True)
    mobile = pbx.new("PJSIP/trunk", state=ev.UP, exten="s", context="confirm", of=caller, quietly=True)
    pbx.at(5).say(ev.Connected)
    pbx.say(ev.FullyBooted, uptime=86_400)
    dialled_by = (("DIALEDPEERNUMBER", "13800138000@trunk"),)
    for _ in range(2):
        for channel, dnid, application, told in (
            (caller, "4001", "Dial", ()),
            (mobile, "", "Read", dialled_by),
        ):
            pbx.channel(ev.Status, channel, application=application, bridge_id="", dnid=dnid, variables=told)
        pbx.say(ev.ChannelsComplete)
    pbx.at(8).connect(caller, mobile)
    pbx.at(20).ask_hangup(mobile)
    pbx.hangup(mobile)
    pbx.hangup(caller)

    call = pbx.told()
    assert (call.outcome, call.answered_by, call.agent_id) == ("answered", "13800138000", "wang")
    assert [attempt.phone for attempt in call.attempts] == ["13800138000"]


def test_how_long_a_caller_talked_who_was_handed_on_unheard_is_not_told() -> None:
    """He talked to one before the gap and to another after it, and in between to whom for how long?"""
    pbx = Pbx()
    caller, _ = talking(pbx)
    pbx.at(10).say(ev.Disconnected, reason="cut")
    colleague = pbx.new("PJSIP/1002", state=ev.UP, exten="", of=caller, quietly=True)
    pbx.at(15).say(ev.Connected)
    pbx.say(ev.FullyBooted, uptime=86_400)
    listed(pbx, caller, colleague)
    listed(pbx, caller, colleague)
    pbx.at(30).ask_hangup(caller)
    pbx.hangup(caller)
    pbx.hangup(colleague)

    call = pbx.told()
    assert (call.answered_by, call.talk_seconds, call.talks) == ("1001", None, ())
    assert (call.hung_up_by, call.truncated) == ("caller", None)


def test_a_talk_that_goes_on_after_a_gap_with_the_same_phone_is_one_talk() -> None:
    """What was so before and is so afterwards is taken to have been so in between."""
    pbx = Pbx()
    caller, leg = talking(pbx)
    pbx.at(10).say(ev.Disconnected, reason="cut")
    pbx.at(15).say(ev.Connected)
    pbx.say(ev.FullyBooted, uptime=86_400)
    listed(pbx, caller, leg)
    listed(pbx, caller, leg)
    pbx.at(30).ask_hangup(caller)
    pbx.hangup(caller)
    pbx.hangup(leg)

    assert pbx.told().talk_seconds == 27.0


def away(pbx: Pbx, *channels: str) -> None:
    """Nothing is heard from the tenth to the fifteenth second; the channels are there afterwards."""
    pbx.at(10).say(ev.Disconnected, reason="cut")
    pbx.at(15).say(ev.Connected)
    pbx.say(ev.FullyBooted, uptime=86_400)
    listed(pbx, *channels)
    listed(pbx, *channels)


@pytest.mark.parametrize("unheard", ["put on hold", "taken back"])
def test_a_hold_of_which_a_part_was_not_heard_is_not_told(unheard: str) -> None:
    """No list says who is on hold: how much of the time was talk nobody knows."""
    pbx = Pbx()
    caller, leg = talking(pbx)
    if unheard == "taken back":
        pbx.at(8).channel(ev.Hold, leg)
    away(pbx, caller, leg)
    if unheard == "put on hold":
        pbx.at(20).channel(ev.Unhold, leg)
    pbx.at(30).ring_off(caller)
    pbx.hangup(leg)

    call = pbx.told()
    assert (call.outcome, call.talk_seconds, call.hold_seconds) == ("answered", None, None)
    assert (call.hung_up_by, call.truncated) == ("caller", None)


def test_a_hold_after_a_gap_is_told_with_the_talk() -> None:
    """Put on hold and taken back within hearing."""
    pbx = Pbx()
    caller, leg = talking(pbx)
    away(pbx, caller, leg)
    pbx.at(20).channel(ev.Hold, leg)
    pbx.at(24).channel(ev.Unhold, leg)
    pbx.at(30).ring_off(caller)
    pbx.hangup(leg)

    call = pbx.told()
    assert (call.talk_seconds, call.hold_seconds) == (23.0, 4.0)


def test_lists_bear_no_time_and_make_no_call_one_of_another_clock() -> None:
    """The PBX says of every event when it was: so it does of a call that was read back, before or after
    the first of them."""
    pbx = Pbx()
    caller = pbx.at(0).caller(quietly=True)
    leg = pbx.new("PJSIP/1001", state=ev.RINGING, exten="", of=caller, quietly=True)
    pbx.at(5).say(ev.Connected)
    for _ in range(2):
        for channel, application in ((caller, "Dial"), (leg, "AppDial")):
            pbx.channel(
                ev.Status, channel, application=application, bridge_id="", dnid="", variables=(),
                clock=Clock.ARRIVAL,
            )  # fmt: skip
        pbx.say(ev.ChannelsComplete, clock=Clock.ARRIVAL)
    assert [track.clock for track in pbx.tracker._state.calls.values()] == [Clock.ARRIVAL]
    pbx.at(8).connect(caller, leg)
    pbx.at(20).ask_hangup(caller)
    pbx.hangup(caller)
    pbx.hangup(leg)

    assert (pbx.told().clock, pbx.told().truncated) == ("pbx", "start")


def test_who_picked_up_unheard_and_had_to_press_a_key_first_talked_from_then_on() -> None:
    """The pick-up is the answer; the two were connected when the caller's own line was answered."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = pbx.dial(caller)
    pbx.at(1).ring(caller, leg)
    pbx.at(2).say(ev.Disconnected, reason="cut")
    pbx.at(10).say(ev.Connected)
    pbx.say(ev.FullyBooted, uptime=86_400)
    for _ in range(2):
        for channel, answered in ((leg, 4), (caller, 7)):
            pbx.channel(
                ev.Status, channel, application="", bridge_id="b1", dnid="", channel_state=ev.UP,
                variables=(("CDR(answer,u)", f"{BEGIN + answered}.000000"),),
            )  # fmt: skip
        pbx.say(ev.ChannelsComplete)
    pbx.at(20).ask_hangup(caller)
    pbx.hangup(caller)
    pbx.hangup(leg)

    call = pbx.told()
    assert (call.wait_seconds, call.ring_seconds, call.talk_seconds) == (4.0, 3.0, 13.0)


def test_when_voicemail_took_a_caller_unheard_his_waiting_has_no_end() -> None:
    """A phone rang before the gap, and voicemail says at its end that it had him."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    pbx.state(caller, ev.UP)
    leg = pbx.dial(caller)
    pbx.at(1).ring(caller, leg)
    pbx.at(5).say(ev.Disconnected, reason="cut")
    pbx.at(15).say(ev.Connected)
    pbx.say(ev.FullyBooted, uptime=86_400)
    listed(pbx, caller)
    listed(pbx, caller)
    pbx.at(30).variable(caller, "VMSTATUS", "SUCCESS")
    pbx.ask_hangup(caller)
    pbx.hangup(caller)

    call = pbx.told()
    assert (call.outcome, call.wait_seconds, call.caller_rings) == ("voicemail", None, None)


@pytest.mark.parametrize("first", ["caller", "phone"])
def test_the_order_in_which_the_pbx_lists_its_channels_changes_nothing(first: str) -> None:
    """A leg that is listed before its caller is his all the same, with all that its variables tell."""
    pbx = Pbx()
    caller = pbx.at(0).caller(quietly=True)
    leg = pbx.new("PJSIP/1001", state=ev.UP, exten="", of=caller, quietly=True)
    pbx.at(5).say(ev.Connected)
    pbx.say(ev.FullyBooted, uptime=86_400)
    told = (("CDR(answer,u)", f"{BEGIN + 3}.000000"), ("MIXMONITOR_FILENAME", "a.wav"))
    rows = [(caller, "Dial", ()), (leg, "AppDial", told)]
    for _ in range(2):
        for channel, application, variables in rows if first == "caller" else reversed(rows):
            pbx.channel(
                ev.Status, channel, application=application, bridge_id="b1", dnid="", variables=variables
            )
        pbx.say(ev.ChannelsComplete)
    pbx.at(20).ask_hangup(caller)
    pbx.hangup(caller)
    pbx.hangup(leg)

    call = pbx.told()
    assert (call.answered_by, call.talk_seconds, len(call.recordings)) == ("1001", 17.0, 1)


def test_a_phone_that_an_event_named_before_the_lists_came_is_its_callers_all_the_same() -> None:
    pbx = Pbx()
    caller = pbx.at(0).caller(quietly=True)
    leg = pbx.new("PJSIP/1001", state=ev.RINGING, exten="", of=caller, quietly=True)
    pbx.at(5).say(ev.Connected)
    pbx.say(ev.FullyBooted, uptime=86_400)
    pbx.state(leg, ev.UP)
    for _ in range(2):
        for channel, application in ((caller, "Dial"), (leg, "AppDial")):
            pbx.channel(ev.Status, channel, application=application, bridge_id="", dnid="", variables=())
        pbx.say(ev.ChannelsComplete)
    pbx.at(9).bridge(leg, caller)
    pbx.at(20).ask_hangup(caller)
    pbx.hangup(caller)
    pbx.hangup(leg)

    assert (pbx.told().outcome, pbx.told().answered_by) == ("answered", "1001")


def test_a_caller_first_seen_as_he_left_whoever_had_answered_him_was_not_turned_away() -> None:
    """Nobody knows who that was: what became of the call was not seen."""
    pbx = Pbx()
    caller = pbx.at(0).caller(state=ev.UP, quietly=True)
    pbx.at(5).say(ev.Connected)
    pbx.say(ev.FullyBooted, uptime=86_400)
    pbx.leave(caller)
    pbx.variable(caller, "DIALSTATUS", "ANSWER")
    pbx.hangup(caller)

    assert (pbx.told().outcome, pbx.told().truncated) == ("lost", "start")


def cut_off(pbx: Pbx, began: float, ended: float) -> None:
    """Nothing can be heard from the one second to the other."""
    pbx.at(began).say(ev.Disconnected, reason="cut")
    pbx.at(ended).say(ev.Connected)
    pbx.say(ev.FullyBooted, uptime=86_400)


def test_the_first_ring_that_was_heard_after_a_gap_need_not_be_the_first() -> None:
    """Another phone may have rung in it: how long it rang for the caller is not known."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    cut_off(pbx, 1, 6)
    for _ in range(2):
        pbx.channel(ev.Status, caller, application="Queue", bridge_id="", dnid="4001", variables=())
        pbx.say(ev.ChannelsComplete)
    leg = pbx.at(7).dial(caller)
    pbx.ring(caller, leg)
    pbx.at(9).connect(caller, leg)
    pbx.at(20).ask_hangup(caller)
    pbx.hangup(caller)
    pbx.hangup(leg)

    call = pbx.told()
    assert (call.caller_rings, call.first_ring_at) == (None, None)
    assert (call.ring_seconds, call.wait_seconds, call.on_time) == (2.0, 9.0, True)


def test_a_phone_that_was_tried_again_in_a_gap_did_not_ring_all_the_while() -> None:
    pbx = Pbx()
    caller = pbx.at(0).caller()
    first = pbx.dial(caller)
    pbx.ring(caller, first)
    again = pbx.new("PJSIP/1001", state=ev.RINGING, exten="", of=caller, quietly=True)
    cut_off(pbx, 2, 6)
    for _ in range(2):
        for channel, application in ((caller, "Dial"), (again, "AppDial")):
            pbx.channel(ev.Status, channel, application=application, bridge_id="", dnid="", variables=())
        pbx.say(ev.ChannelsComplete)
    pbx.at(9).connect(caller, again)
    pbx.at(20).ask_hangup(caller)
    pbx.hangup(caller)
    pbx.hangup(again)

    call = pbx.told()
    assert (call.answered_by, call.rings, call.caller_ring_seconds) == ("1001", None, 9.0)


def test_a_ringing_that_was_heard_whole_is_known_although_the_end_of_the_talk_was_not() -> None:
    pbx = Pbx()
    talking(pbx)
    cut_off(pbx, 5, 9)
    for second in (10, 11):
        pbx.at(second).say(ev.ChannelsComplete)

    call = pbx.told()
    assert (call.outcome, call.truncated, call.talk_seconds) == ("answered", "end", None)
    assert (call.ring_seconds, call.rings, call.caller_ring_seconds) == (2.0, 1, 2.0)
