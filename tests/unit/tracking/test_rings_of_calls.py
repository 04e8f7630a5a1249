"""How many rings, by whose bell, and what is said where that was not seen."""

import pytest

from callcenter.ami import events as ev
from callcenter.facts import LinkUp
from callcenter.record import Call
from callcenter.terms import Clock
from tests.support.script import Pbx


def _answered(pbx: Pbx, *, ring: float | None = 0.1, up: float = 7.0, progress: float | None = None) -> Call:
    caller = pbx.at(0).caller()
    leg = pbx.dial(caller)
    for second, tell in sorted((s, t) for s, t in ((ring, "ring"), (progress, "progress")) if s is not None):
        (pbx.at(second).ring if tell == "ring" else pbx.at(second).progress)(caller, leg)
    pbx.at(up).connect(caller, leg)
    pbx.at(up + 5).ring_off(caller)
    pbx.hangup(leg)
    return pbx.told()


@pytest.mark.parametrize(
    ("up", "rings", "on_time"), [(5.099999, 1, True), (5.1, 2, True), (15.099999, 3, True), (15.1, 4, False)]
)
def test_the_rings_edge_is_exact(up: float, rings: int, on_time: bool) -> None:
    """Ring four begins at fifteen seconds, to the microsecond."""
    call = _answered(Pbx(), up=up)

    assert (call.caller_rings, call.rings, call.on_time) == (rings, rings, on_time)


def test_early_media_counts_as_ringing_where_no_180_comes() -> None:
    """183 alone is all that this phone says."""
    assert _answered(Pbx(), ring=None, progress=1.0, up=8.0).ring_seconds == pytest.approx(7.0)


def test_early_media_does_not_begin_the_ringing_where_a_180_comes() -> None:
    """183, then 180: the bell began with the 180."""
    assert _answered(Pbx(), progress=1.0, ring=3.0, up=8.0).ring_seconds == pytest.approx(5.0)


def test_early_media_after_the_180_does_not_restart_the_clock() -> None:
    """180, then 183."""
    assert _answered(Pbx(), ring=1.0, progress=3.0, up=8.0).ring_seconds == pytest.approx(7.0)


@pytest.mark.parametrize(("up", "on_time"), [(7.0, True), (20.0, None)])
def test_a_phone_that_never_alerted_is_judged_by_its_upper_bound(up: float, on_time: bool | None) -> None:
    """200 without 180: no ring count; on time only if even the time since the INVITE is short enough."""
    call = _answered(Pbx(), ring=None, up=up)

    assert (call.ring_seconds, call.rings, call.caller_rings, call.on_time) == (None, None, None, on_time)
    assert call.wait_seconds == up


def test_announcements_are_waiting_and_not_ringing() -> None:
    """Twelve seconds of welcome, then one ring."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = pbx.at(12).dial(caller)
    pbx.ring(caller, leg)
    pbx.at(15).connect(caller, leg)
    pbx.at(20).ring_off(caller)
    pbx.hangup(leg)

    call = pbx.told()
    assert (call.wait_seconds, call.caller_ring_seconds, call.on_time) == (15.0, 3.0, True)


def _attached_late(pbx: Pbx, *, answered: float, application: str = "Dial") -> Call:
    """We attach at 10 s; the caller came at 0 s and 1002 has talked with him since *answered*."""
    caller = pbx.at(0).caller(quietly=True)
    leg = pbx.new("PJSIP/1002", state=ev.UP, exten="", context="phones", of=caller, quietly=True)
    pbx.at(10).say(ev.Connected)
    pbx.say(ev.FullyBooted, uptime=86_400)
    variables = (("CDR(answer,u)", f"{1_795_000_000 + answered:.6f}"),)
    for _ in range(2):
        for channel, runs, told in ((leg, "AppDial", variables), (caller, application, ())):
            pbx.channel(
                ev.Status,
                channel,
                application=runs,
                bridge_id="b1",
                dnid="4001" if channel == caller else "",
                variables=told,
                channel_state=ev.UP,
            )
        pbx.say(ev.ChannelsComplete)
    pbx.at(30).ask_hangup(leg)
    pbx.hangup(leg)
    pbx.hangup(caller)
    return pbx.told()


@pytest.mark.parametrize(("answered", "on_time"), [(4.0, True), (9.0, True)])
def test_attaching_in_mid_call_knows_who_answered_and_not_after_how_many_rings(
    answered: float, on_time: bool
) -> None:
    """What began before we watched is null; arrival is the channel's creation by the PBX."""
    call = _attached_late(Pbx(), answered=answered)

    assert (call.hotline, call.answered_by, call.truncated) == ("4001", "1002", "start")
    assert (call.wait_seconds, call.caller_ring_seconds, call.ring_seconds) == (None, None, None)
    assert (call.on_time, call.arrived_at.timestamp()) == (on_time, 1_795_000_000)


def test_a_restart_of_the_pbx_loses_the_calls_that_were_waiting() -> None:
    """Up for less time than we were away: nothing of before is there any more."""
    pbx = Pbx()
    pbx.at(0).say(ev.Connected)
    caller = pbx.caller()
    leg = pbx.dial(caller)
    pbx.at(1).ring(caller, leg)
    pbx.at(2).say(ev.Disconnected, reason="killed")
    pbx.at(9).say(ev.Connected)
    pbx.say(ev.FullyBooted, uptime=3)

    call = pbx.told()
    assert (call.outcome, call.truncated, call.wait_seconds) == ("lost", "end", None)
    assert [attempt.outcome for attempt in call.attempts] == ["lost"]


def _listed(pbx: Pbx, channel: str, **changes: object) -> None:
    told = {"application": "Dial", "bridge_id": "", "dnid": "4001", "variables": ()}
    pbx.channel(ev.Status, channel, **(told | changes))


def test_a_list_that_overtakes_the_call_it_lists_does_not_make_it_a_late_one() -> None:
    """A caller arrives in the moment of the login: he is in the list before his own first event comes."""
    pbx = Pbx()
    pbx.at(0).say(ev.Connected)
    pbx.say(ev.FullyBooted, uptime=100)
    caller = pbx.at(0.4).caller(quietly=True)
    _listed(pbx, caller)
    pbx.say(ev.ChannelsComplete)
    pbx.channel(ev.Newchannel, caller)
    _listed(pbx, caller)
    pbx.say(ev.ChannelsComplete)
    pbx.at(3.4).ring_off(caller)

    call = pbx.told()
    assert (call.truncated, call.wait_seconds, call.arrived_at.microsecond) == (None, 3.0, 400_000)


def test_a_channel_that_only_the_first_list_knew_is_gone_and_not_late() -> None:
    """It hung up between the two lists."""
    pbx = Pbx()
    pbx.at(0).say(ev.Connected)
    caller = pbx.caller(quietly=True)
    _listed(pbx, caller)
    pbx.say(ev.ChannelsComplete)
    pbx.say(ev.ChannelsComplete)

    assert pbx.tracker.in_progress == 0


def test_talk_goes_back_to_an_answer_that_was_read_back() -> None:
    """Answered at 5 s while the link was down from 2 s to 8 s; the agent hangs up at 12 s: seven seconds."""
    pbx = Pbx()
    pbx.at(0).say(ev.Connected)
    caller = pbx.caller()
    leg = pbx.dial(caller)
    pbx.at(1).ring(caller, leg)
    pbx.at(2).say(ev.Disconnected, reason="cut")
    pbx.at(8).say(ev.Connected)
    pbx.say(ev.FullyBooted, uptime=9_000)
    answer = (("CDR(answer,u)", "1795000005.000000"),)
    for _ in range(2):
        _listed(pbx, caller, bridge_id="b1", channel_state=ev.UP)
        _listed(pbx, leg, application="AppDial", bridge_id="b1", channel_state=ev.UP, variables=answer)
        pbx.say(ev.ChannelsComplete)
    pbx.at(12).ask_hangup(leg)
    pbx.hangup(leg)
    pbx.hangup(caller)

    call = pbx.told()
    assert (call.caller_ring_seconds, call.caller_rings, call.talk_seconds) == (4.0, 1, 7.0)
    assert (call.truncated, call.on_time) == (None, True)


def test_a_gap_is_measured_by_the_pbxs_clock() -> None:
    """The login's own answers carry our clock, here an hour ahead; the gap is six seconds all the same."""
    pbx = Pbx()
    pbx.say(ev.Connected)
    pbx.at(3_600).say(ev.FullyBooted, uptime=100, clock=Clock.ARRIVAL)
    caller = pbx.at(0).caller()
    pbx.at(2).ring_off(caller)
    pbx.at(2.5).say(ev.Disconnected, reason="cut")
    pbx.at(8).say(ev.Connected)
    pbx.say(ev.FullyBooted, uptime=100)

    assert [fact.gap_seconds for fact in pbx.facts if isinstance(fact, LinkUp)] == [None, 6.0]
