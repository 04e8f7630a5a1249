"""What no PBX should say, found by breaking recordings at random: told or left out, never a failure."""

import pytest

from callcenter.ami import events as ev
from callcenter.ami.parse import parse
from callcenter.terms import Clock, Instant, Uniqueid
from callcenter.tracking.channels import creation_of
from tests.support.script import Pbx

ARRIVED = Instant(1_795_000_000_000_000)


@pytest.mark.parametrize("stamp", ["99999999999999999999", "9" * 5000, "9" * 5000 + ".1", "nan", "-1.5"])
def test_an_instant_that_no_calendar_has_is_none(stamp: str) -> None:
    """The event counts as of when it arrived."""
    head = f"Event: Hangup\r\nTimestamp: {stamp}\r\nUniqueid: 1.1\r\nChannel: PJSIP/1001-1\r\nLinkedid: 1.1"
    event = parse(f"{head}\r\nChannelState: {'9' * 5000}\r\nCause: {'9' * 5000}".encode(), ARRIVED)
    assert isinstance(event, ev.Hangup)
    assert (event.at, event.clock, event.cause) == (ARRIVED, Clock.ARRIVAL, 0)


def test_a_channel_of_a_year_that_no_calendar_has() -> None:
    """Its creation is not known."""
    assert creation_of(Uniqueid("99999999999.1")) is None
    assert creation_of(Uniqueid("9" * 5000 + ".1")) is None


def test_half_a_local_channel_dials_when_the_other_half_is_gone() -> None:
    """Nobody's call is behind it then, and nothing fails."""
    pbx = Pbx()
    one = pbx.at(0).new("Local/1004@phones-0001;1", state=ev.DOWN)
    two = pbx.new("Local/1004@phones-0001;2", state=ev.RING, of=one)
    pbx.at(1).hangup(one)
    leg = pbx.dial(two, "PJSIP/1004")
    pbx.at(2).hangup(leg)
    assert pbx.tracker.in_progress == 0


def test_a_caller_whom_somebody_is_said_to_dial_is_still_told_to_the_end() -> None:
    """He stays a caller: counted when he came, told when he is gone."""
    pbx = Pbx()
    caller, stranger = pbx.at(0).caller(), pbx.new("PJSIP/1009")
    pbx.say(ev.DialBegin, **pbx.dialling(stranger, caller), dial_string="x")
    pbx.at(3).hangup(stranger)
    pbx.at(4).ask_hangup(caller)
    pbx.hangup(caller)
    assert pbx.told().hotline == "4001"
    pbx.at(20).say(ev.Tick)
    assert pbx.tracker.in_progress == 0


def test_a_channel_that_enters_a_bridge_after_its_end_does_not_stay_in_it() -> None:
    """Nothing is left of either."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    leg = pbx.dial(caller, "PJSIP/1001")
    pbx.at(1).hangup(leg)
    pbx.bridge(leg)
    pbx.at(2).ask_hangup(caller)
    pbx.hangup(caller)
    mirror = pbx.tracker._state.mirror
    assert (mirror.channels, mirror.bridges) == ({}, {})
