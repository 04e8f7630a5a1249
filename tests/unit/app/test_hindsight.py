"""From what was kept back to calls: the same verdicts as live, whatever hour, clock or fault lies between."""

import gzip
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callcenter.ami.events import Event
from callcenter.ami.parse import parse
from callcenter.ami.received import LinkLost, LinkOpened, Messages, Received
from callcenter.ami.wire import Framer
from callcenter.app.hindsight import Hindsight, NoEvidence
from callcenter.evidence import HOLE, Recorder, Shelf
from callcenter.pipeline import Line
from callcenter.record import Call
from callcenter.terms import Instant, Uniqueid
from callcenter.tracking.tracker import Tracker
from tests.support import traces
from tests.support.traces import PBX, SITE

WHOLE = [name for name in traces.NAMES if name != "45-ami-cut-and-reconnect"]
TRACE = "05-ringgroup-answer-2nd-ring"


def stream(name: str, offset: timedelta = timedelta()) -> list[Received]:
    """The recording as its link brought it, read by read, arriving *offset* after the PBX's own time."""
    delay = offset // timedelta(microseconds=1) + 300
    now = next(Instant(event.at) for event in traces.events(name) if event.at)
    found: list[Received] = [LinkOpened(at=Instant(now + delay))]
    for wire in traces.wires(name):
        for message in Framer().feed(wire):
            event = parse(message, now)
            now = Instant(max(now, event.at)) if isinstance(event, Event) else now
            found.append(Messages(arrival=Instant(now + delay), messages=[message]))
    return [*found, LinkLost(at=Instant(now + delay), reason="we are shutting down")]


def live(heard: Iterable[Received]) -> list[Call]:
    """What the service tells of it while it happens."""
    line = Line(PBX, Tracker(SITE))
    return traces.calls([fact for received in heard for fact in line.take(received)])


def kept(root: Path, heard: Iterable[Received]) -> Hindsight:
    recorder = Recorder(Shelf(root), keep=timedelta(days=90), max_bytes=1 << 40)
    recorder.start()
    hear = recorder.beside(PBX, lambda _: None)
    for received in heard:
        hear(received)
    recorder.close(20)
    return Hindsight(Shelf(root), {PBX: SITE}, frozenset())


def around(call: Call) -> tuple[datetime, datetime]:
    return call.arrived_at - timedelta(minutes=30), call.arrived_at + timedelta(minutes=30)


def untold(calls: Iterable[Call]) -> list[Call]:
    """Without the count of tellings, and when an unanswered call was decided: time alone may do that."""
    return [replace(call, seq=0, decided_at=call.answered_at) for call in calls]


@pytest.mark.parametrize("name", WHOLE)
def test_calls_judged_again_by_the_same_rule_are_told_as_they_were(name: str, tmp_path: Path) -> None:
    heard = stream(name)
    told = live(heard)
    judged = kept(tmp_path, heard).judged(PBX, *around(told[0]))
    again = sorted(judged.calls.values(), key=lambda call: (call.arrived_at, call.call_id))
    assert untold(again) == untold(told)
    assert judged.spoiled == frozenset()


@pytest.mark.parametrize("minutes", [-3, 0, 5, 55])
def test_a_call_over_the_full_hour_has_its_whole_story(minutes: int, tmp_path: Path) -> None:
    """Whatever the distance of the PBX's clock from ours, that of the trace puts the hour into the call."""
    (call,) = traces.inbound(traces.follow(traces.events(TRACE)))
    hour = call.arrived_at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    offset = hour - call.arrived_at - timedelta(seconds=4) + timedelta(minutes=minutes)
    hindsight = kept(tmp_path, stream(TRACE, offset))
    story = hindsight.story(PBX, call.uniqueid, call.arrived_at)
    assert story.over
    assert untold([story.call]) == untold([call])
    files = len(Shelf(tmp_path).volumes(PBX))
    assert files == (2 if minutes == 0 else 1)


@pytest.mark.parametrize("hours", [-8, 3, 13])
def test_a_pbx_whose_clock_is_hours_off_is_found_all_the_same(hours: int, tmp_path: Path) -> None:
    (call,) = traces.inbound(traces.follow(traces.events(TRACE)))
    hindsight = kept(tmp_path, stream(TRACE, timedelta(hours=hours)))
    assert hindsight.story(PBX, call.uniqueid, call.arrived_at).over


def test_a_call_that_was_going_on_when_the_evidence_begins_is_not_told_as_seen(tmp_path: Path) -> None:
    heard = stream(TRACE)
    (call,) = traces.inbound(traces.follow(traces.events(TRACE)))
    hindsight = kept(tmp_path, heard[len(heard) // 2 :])
    story = hindsight.story(PBX, call.uniqueid, call.arrived_at)
    assert story.call.truncated is not None


def test_a_hole_spoils_the_calls_in_it_and_no_others(tmp_path: Path) -> None:
    heard = stream("47-two-simultaneous")
    (first, second) = traces.inbound(traces.follow(traces.events("47-two-simultaneous")))
    at = heard[40]
    assert isinstance(at, Messages)
    assert at.arrival is not None
    hole: list[Received] = [LinkLost(at=at.arrival, reason=HOLE), LinkOpened(at=at.arrival)]
    judged = kept(tmp_path / "a", [*heard[:40], *hole, *heard[40:]]).judged(PBX, *around(first))
    assert judged.spoiled
    assert judged.spoiled <= {call.call_id for call in (first, second)}
    after = kept(tmp_path / "b", [*heard, *hole]).judged(PBX, *around(first))
    assert after.spoiled == frozenset()


def test_a_file_that_is_broken_in_the_middle_is_a_hole(tmp_path: Path) -> None:
    (call,) = traces.inbound(traces.follow(traces.events(TRACE)))
    recorder = Recorder(Shelf(tmp_path), keep=timedelta(days=90), max_bytes=1 << 40)
    recorder.start()
    hear = recorder.beside(PBX, lambda _: None, by_arrival=True)
    for received in stream(TRACE):
        hear(received)
    recorder.close(20)
    (volume,) = Shelf(tmp_path).volumes(PBX)
    plain = bytearray(gzip.decompress(volume.path.read_bytes()))
    middle = plain.find(b"DialBegin") + 20
    plain[middle : middle + 40] = b"?" * 40
    volume.path.write_bytes(gzip.compress(bytes(plain)))
    hindsight = Hindsight(Shelf(tmp_path), {PBX: SITE}, frozenset())
    assert hindsight.judged(PBX, *around(call)).spoiled == {call.call_id}
    assert [gap.reason for gap in hindsight.story(PBX, call.uniqueid, call.arrived_at).gaps] == [HOLE]


def test_a_pbx_timed_by_arrival_is_judged_by_arrival_again(tmp_path: Path) -> None:
    heard = stream(TRACE, timedelta(seconds=40))
    line = Line(PBX, Tracker(SITE), trust_clock=False)
    told = traces.calls([fact for received in heard for fact in line.take(received)])
    recorder = Recorder(Shelf(tmp_path), keep=timedelta(days=90), max_bytes=1 << 40)
    recorder.start()
    hear = recorder.beside(PBX, lambda _: None, by_arrival=True)
    for received in heard:
        hear(received)
    recorder.close(20)
    judged = Hindsight(Shelf(tmp_path), {PBX: SITE}, frozenset({PBX})).judged(PBX, *around(told[0]))
    assert untold(judged.calls.values()) == untold(told)
    assert {call.clock for call in judged.calls.values()} == {"arrival"}


def test_another_rule_gives_another_verdict(tmp_path: Path) -> None:
    heard = stream(TRACE)
    (call,) = traces.inbound(traces.follow(traces.events(TRACE)))
    kept(tmp_path, heard)
    strict = replace(SITE, hotlines=tuple(replace(hotline, target_rings=1) for hotline in SITE.hotlines))
    judged = Hindsight(Shelf(tmp_path), {PBX: strict}, frozenset()).judged(PBX, *around(call))
    assert (call.on_time, judged.calls[call.call_id].on_time) == (True, False)


def test_what_is_missing_is_said_in_whole_hours(tmp_path: Path) -> None:
    (call,) = traces.inbound(traces.follow(traces.events(TRACE)))
    hindsight = kept(tmp_path, stream(TRACE))
    hour = call.arrived_at.replace(minute=0, second=0, microsecond=0)
    one = timedelta(hours=1)
    assert hindsight.missing(PBX, hour, hour + one) == []
    assert hindsight.missing(PBX, hour - 2 * one, hour + 3 * one) == [
        (hour - 2 * one, hour),
        (hour + one, hour + 3 * one),
    ]


def test_why_there_is_no_story_is_said_in_one_sentence(tmp_path: Path) -> None:
    (call,) = traces.inbound(traces.follow(traces.events(TRACE)))
    nothing = Hindsight(Shelf(tmp_path / "none"), {PBX: SITE}, frozenset())
    with pytest.raises(NoEvidence, match="nothing is kept of what lab said"):
        nothing.story(PBX, call.uniqueid, call.arrived_at)
    hindsight = kept(tmp_path, stream(TRACE))
    for days, why in ((-9, "is not kept any more: there is evidence from"), (9, "nothing was kept of")):
        with pytest.raises(NoEvidence, match=why):
            hindsight.story(PBX, Uniqueid("1.1"), call.arrived_at + timedelta(days=days))
    with pytest.raises(NoEvidence, match="does not hold this call"):
        hindsight.story(PBX, Uniqueid("1.1"), call.arrived_at)


def test_reading_stops_where_the_call_is_over(tmp_path: Path) -> None:
    """A day of evidence behind a call costs nothing."""
    (call,) = traces.inbound(traces.follow(traces.events(TRACE)))
    hindsight = kept(tmp_path, stream(TRACE))
    broken = Shelf(tmp_path).place(PBX, datetime(2026, 11, 22, 1, tzinfo=UTC))
    broken.mkdir()
    assert hindsight.story(PBX, call.uniqueid, call.arrived_at).over
