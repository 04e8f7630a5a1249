"""What is read back after a login costs as much as there is to read, and not more."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from callcenter.ami import events as ev
from tests.support.script import Pbx


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
