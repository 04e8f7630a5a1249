"""What is kept of a PBX: all that a verdict needs, by the hour, for as long as configured, come what may."""

import errno
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from callcenter.ami.capture import open_recording
from callcenter.ami.parse import parse
from callcenter.ami.received import LinkLost, LinkOpened, Messages, Received
from callcenter.ami.wire import Fault, Framer
from callcenter.evidence import HOLE, Recorder, Shelf, is_needed, volume
from callcenter.terms import Instant, PbxName
from tests.support import traces

PBX = PbxName("main")
TRACE = "05-ringgroup-answer-2nd-ring"
EIGHT = datetime(2026, 11, 21, 8, tzinfo=UTC)
WAIT = 20.0


def instant(at: datetime) -> Instant:
    return Instant((at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1))


def messages(name: str = TRACE) -> list[bytes]:
    return Framer().feed(traces.wires(name)[0])


def said(at: datetime, *wanted: bytes) -> Messages:
    return Messages(arrival=instant(at), messages=list(wanted))


def hangup(number: int) -> bytes:
    return (
        f"Event: Hangup\r\nTimestamp: 1795248000.{number:06}\r\nChannel: PJSIP/trunk-{number:08x}\r\n"
        f"Uniqueid: 1795248000.{number}\r\nCause: 16"
    ).encode()


def kept(path: Path) -> list[bytes]:
    """Every message in a file of evidence."""
    found: list[bytes] = []
    for item in open_recording(str(path)):
        if isinstance(item, Messages):
            found += item.messages
    return found


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "evidence")


def recorded(shelf: Shelf, *heard: Received) -> None:
    recorder = Recorder(shelf, keep=timedelta(days=90), max_bytes=1 << 30)
    recorder.start()
    hear = recorder.beside(PBX, lambda _: None)
    for received in heard:
        hear(received)
    recorder.close(WAIT)


@pytest.mark.parametrize("name", traces.NAMES)
def test_nothing_that_a_verdict_needs_is_left_out_and_nothing_else_is_kept(name: str) -> None:
    for message in messages(name):
        assert is_needed(message) == (parse(message, Instant(1)) is not None)


def test_every_message_reaches_the_pump_and_the_needed_ones_the_file(shelf: Shelf) -> None:
    pump: list[Received] = []
    recorder = Recorder(shelf, keep=timedelta(days=90), max_bytes=1 << 30)
    recorder.start()
    hear = recorder.beside(PBX, pump.append)
    heard = [
        LinkOpened(at=instant(EIGHT)),
        said(EIGHT, *messages()),
        LinkLost(at=instant(EIGHT), reason="cut"),
    ]
    for received in heard:
        hear(received)
    assert recorder.flush(WAIT)
    assert pump == heard
    needed = [message for message in messages() if is_needed(message)]
    (hour,) = shelf.volumes(PBX)
    assert kept(hour.path) == needed
    assert len(needed) < len(messages()) / 2
    recorder.close()


def test_the_link_s_beginning_and_loss_are_in_it(shelf: Shelf) -> None:
    at = instant(EIGHT)
    recorded(
        shelf, LinkOpened(at=at), said(EIGHT, hangup(1)), LinkLost(at=Instant(at + 5), reason="gone silent")
    )
    (hour,) = shelf.volumes(PBX)
    opened, _, lost = open_recording(str(hour.path))
    assert opened == LinkOpened(at=at)
    assert lost == LinkLost(at=Instant(at + 5), reason="gone silent")


def test_a_full_hour_begins_a_new_file_and_ends_the_old_one_well(shelf: Shelf) -> None:
    last, first = EIGHT + timedelta(minutes=59, seconds=59), EIGHT + timedelta(hours=1)
    recorded(shelf, said(last, hangup(1)), said(first, hangup(2)))
    volumes = shelf.volumes(PBX)
    assert [volume.path.name for volume in volumes] == ["2026-11-21T08.ccap.gz", "2026-11-21T09.ccap.gz"]
    assert [kept(volume.path) for volume in volumes] == [[hangup(1)], [hangup(2)]]
    items = [item for hour in volumes for item in open_recording(str(hour.path))]
    assert not [item for item in items if isinstance(item, Fault)]


def test_a_clock_that_is_set_back_reopens_no_hour(shelf: Shelf) -> None:
    recorded(shelf, said(EIGHT, hangup(1)), said(EIGHT - timedelta(hours=2), hangup(2)))
    (hour,) = shelf.volumes(PBX)
    assert kept(hour.path) == [hangup(1), hangup(2)]


def test_it_is_for_its_owner_alone(shelf: Shelf) -> None:
    recorded(shelf, said(EIGHT, hangup(1)))
    (hour,) = shelf.volumes(PBX)
    assert hour.path.stat().st_mode & 0o777 == 0o600
    assert {folder.stat().st_mode & 0o777 for folder in (shelf.root, hour.path.parent)} == {0o700}


def test_a_restart_within_the_hour_goes_on_in_its_file(shelf: Shelf) -> None:
    recorded(shelf, said(EIGHT, hangup(1)))
    recorded(shelf, said(EIGHT + timedelta(minutes=5), hangup(2)))
    (hour,) = shelf.volumes(PBX)
    assert kept(hour.path) == [hangup(1), hangup(2)]


def test_reads_without_a_clock_of_their_own_keep_when_they_came(shelf: Shelf) -> None:
    """Others share a record, because that packs better."""
    booted = b"Event: FullyBooted\r\nUptime: 5"
    times = [EIGHT + timedelta(milliseconds=n) for n in range(4)]
    heard = [
        said(times[0], hangup(1)),
        said(times[1], hangup(2)),
        said(times[2], booted),
        said(times[3], hangup(3)),
    ]
    recorded(shelf, *heard)
    (hour,) = shelf.volumes(PBX)
    reads = [item for item in open_recording(str(hour.path)) if isinstance(item, Messages)]
    assert [(read.arrival, read.messages) for read in reads] == [
        (instant(times[1]), [hangup(1), hangup(2)]),
        (instant(times[2]), [booted]),
        (instant(times[3]), [hangup(3)]),
    ]


def test_a_pbx_that_is_timed_by_arrival_keeps_every_arrival(shelf: Shelf) -> None:
    recorder = Recorder(shelf, keep=timedelta(days=90), max_bytes=1 << 30)
    recorder.start()
    hear = recorder.beside(PBX, lambda _: None, by_arrival=True)
    for n in range(3):
        hear(said(EIGHT + timedelta(seconds=n), hangup(n)))
    recorder.close(WAIT)
    (hour,) = shelf.volumes(PBX)
    reads = [item for item in open_recording(str(hour.path)) if isinstance(item, Messages)]
    assert [read.arrival for read in reads] == [instant(EIGHT + timedelta(seconds=n)) for n in range(3)]


KILLED = """
import os, sys
from datetime import timedelta
from pathlib import Path
from callcenter.evidence import Recorder, Shelf
from callcenter.ami.received import Messages
from callcenter.terms import Instant, PbxName
from tests.unit.evidence.test_recorder import hangup, instant, EIGHT, PBX
recorder = Recorder(Shelf(Path(sys.argv[1])), keep=timedelta(days=1), max_bytes=1 << 30)
recorder.start()
hear = recorder.beside(PBX, lambda _: None)
for n in range(10_000_000):
    hear(Messages(arrival=instant(EIGHT), messages=[hangup(n)]))
    if n == 50_000:
        recorder.flush(60)
        print("written", flush=True)
"""


def test_killed_in_the_middle_of_writing_it_keeps_all_that_was_written(shelf: Shelf) -> None:
    """And the next start goes on in the same file, which reads past the torn end."""
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(shelf.root)], cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": "."},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == b"written\n"
    process.send_signal(signal.SIGKILL)
    process.wait(WAIT)
    process.stdout.close()
    recorded(shelf, LinkOpened(at=instant(EIGHT)), said(EIGHT, hangup(999_999)))
    (hour,) = shelf.volumes(PBX)
    *before, after = kept(hour.path)
    assert len(before) > 50_000
    assert before == [hangup(n) for n in range(len(before))]
    assert after == hangup(999_999)


def test_what_is_too_old_goes_when_an_hour_begins(shelf: Shelf) -> None:
    for day in range(5):
        recorded(shelf, said(EIGHT + timedelta(days=day), hangup(day)))
    recorder = Recorder(shelf, keep=timedelta(days=2), max_bytes=1 << 30)
    recorder.start()
    recorder.beside(PBX, lambda _: None)(said(EIGHT + timedelta(days=5), hangup(9)))
    recorder.close(WAIT)
    assert [volume.start.day for volume in shelf.volumes(PBX)] == [24, 25, 26]


def test_the_oldest_go_when_there_is_too_much_but_never_what_is_being_written(shelf: Shelf) -> None:
    for hour in range(4):
        recorded(shelf, said(EIGHT + timedelta(hours=hour), *messages()))
    size = sum(volume.path.stat().st_size for volume in shelf.volumes(PBX))
    shelf.expire(EIGHT - timedelta(days=1), size - 1)
    assert [volume.start.hour for volume in shelf.volumes(PBX)] == [9, 10, 11]
    shelf.expire(EIGHT + timedelta(days=9), 0)
    assert [volume.start.hour for volume in shelf.volumes(PBX)] == [11]


def test_files_that_are_not_ours_are_left_alone(shelf: Shelf) -> None:
    recorded(shelf, said(EIGHT, hangup(1)))
    stray = shelf.root / PBX / "notes.ccap.gz"
    stray.write_bytes(b"")
    (shelf.root / PBX / "2026-99-99T99.ccap.gz").write_bytes(b"")
    shelf.expire(EIGHT + timedelta(days=900), 0)
    assert stray.exists()
    assert len(shelf.volumes(PBX)) == 1


def test_volumes_are_found_by_the_time_that_they_cover(shelf: Shelf) -> None:
    for hour in range(4):
        recorded(shelf, said(EIGHT + timedelta(hours=hour), hangup(hour)))
    found = shelf.volumes(PBX, EIGHT + timedelta(minutes=61), EIGHT + timedelta(hours=3))
    assert [volume.start.hour for volume in found] == [9, 10]
    assert shelf.volumes(PbxName("other")) == []


def test_a_full_disk_costs_evidence_is_said_once_and_shows_as_a_hole(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = True
    write = os.write

    def refuse(handle: int, data: bytes) -> int:
        if full and handle > 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(handle, data)

    recorder = Recorder(shelf, keep=timedelta(days=90), max_bytes=1 << 30)
    recorder.start()
    hear = recorder.beside(PBX, lambda _: None)
    hear(said(EIGHT, hangup(1)))
    assert recorder.flush(WAIT)
    monkeypatch.setattr(volume.os, "write", refuse)
    with capture_logs() as logged:
        for n in (2, 3):
            hear(said(EIGHT, hangup(n)))
            assert recorder.flush(WAIT)
            assert recorder.failing
        full = False
        hear(said(EIGHT, hangup(4)))
        assert recorder.flush(WAIT)
        assert not recorder.failing
    recorder.close(WAIT)

    assert [entry["event"] for entry in logged].count("evidence_not_kept") == 1
    (hour,) = shelf.volumes(PBX)
    assert kept(hour.path) == [hangup(1), hangup(4)]
    lost = [item for item in open_recording(str(hour.path)) if isinstance(item, LinkLost)]
    assert [item.reason for item in lost] == [HOLE]


def test_a_pbx_whose_file_fails_is_told_of_once_while_anothers_goes_on(tmp_path: Path) -> None:
    other = PbxName("other")
    (tmp_path / PBX).write_bytes(b"")
    recorder = Recorder(Shelf(tmp_path), keep=timedelta(days=90), max_bytes=1 << 30)
    recorder.start()
    hears = [recorder.beside(pbx, lambda _: None) for pbx in (PBX, other)]
    with capture_logs() as logged:
        for n in (1, 2, 3):
            for hear in hears:
                hear(said(EIGHT, hangup(n)))
                assert recorder.flush(WAIT)
    assert recorder.failing
    recorder.close(WAIT)

    assert [(entry["event"], entry["pbx"]) for entry in logged] == [("evidence_not_kept", PBX)]


def test_a_folder_that_can_t_be_made_keeps_nobody_from_anything(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    pump: list[Received] = []
    recorder = Recorder(Shelf(tmp_path / "file" / "evidence"), keep=timedelta(days=90), max_bytes=1 << 30)
    recorder.start()
    recorder.beside(PBX, pump.append)(said(EIGHT, hangup(1)))
    assert recorder.flush(WAIT)
    assert recorder.failing
    assert len(pump) == 1
    recorder.close(WAIT)


def test_a_disk_that_is_too_slow_costs_evidence_and_not_memory(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callcenter.evidence.recorder.MOST", 10)
    recorder = Recorder(shelf, keep=timedelta(days=90), max_bytes=1 << 30)
    hear = recorder.beside(PBX, lambda _: None)
    for n in range(100):  # nobody writes yet
        hear(said(EIGHT, hangup(n)))
    recorder.start()
    assert recorder.flush(WAIT)
    hear(said(EIGHT, hangup(100)))
    recorder.close(WAIT)
    (hour,) = shelf.volumes(PBX)
    *before, after = kept(hour.path)
    assert 0 < len(before) < 20
    assert after == hangup(100)
    assert HOLE in [item.reason for item in open_recording(str(hour.path)) if isinstance(item, LinkLost)]
