"""Which part of a call a recording holds."""

from callcenter.ami import events as ev
from tests.support.script import Pbx


def test_who_stops_one_of_two_recordings_leaves_the_other_running() -> None:
    """The dialplan records the call, and a supervisor a part of it by hand: his own is stopped."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    pbx.variable(caller, "MIXMONITOR_FILENAME", "/var/spool/asterisk/monitor/whole.wav")
    leg = pbx.dial(caller)
    pbx.at(2).connect(caller, leg)
    pbx.at(3).variable(caller, "MIXMONITOR_FILENAME", "/var/spool/asterisk/monitor/part.wav")
    pbx.at(5).channel(ev.MixMonitorStop, caller)
    pbx.at(9).ring_off(caller, leg)

    call = pbx.told()
    lasted = {
        tape.path: (tape.ended_at - tape.started_at).total_seconds()
        for tape in call.recordings
        if tape.ended_at and tape.started_at
    }
    assert lasted == {"whole.wav": 9.0, "part.wav": 2.0}
