"""Recordings of the stream: written, cut, broken, read back."""

import gzip
import os
import stat
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from callcenter.ami.capture import CaptureWriter, open_recording, read_recording
from callcenter.ami.received import LinkLost, LinkOpened, Messages
from callcenter.ami.wire import Fault
from callcenter.terms import Instant

GREETING = b"Asterisk Call Manager/11.0.0\r\n"
CHALLENGE = b"Response: Success\r\nActionID: 1\r\nChallenge: 123\r\n\r\n"
ACCEPTED = b"Response: Success\r\nActionID: 2\r\nMessage: Authentication accepted\r\n\r\n"
REFUSED = b"Response: Error\r\nActionID: 2\r\nMessage: Authentication failed\r\n\r\n"


def event(n):
    return f"Event: Hangup\r\nUniqueid: 1.{n}\r\nCallerIDName: 张伟 {n}\r\n\r\n".encode()


def body(n):
    return event(n)[:-4]


def write(path, reads, *, login=ACCEPTED, lost="the PBX was shut down"):
    with CaptureWriter(path) as writer:
        writer.opened(Instant(1_000_000))
        writer.received(Instant(1_000_001), GREETING + CHALLENGE)
        writer.received(Instant(1_000_002), login)
        for n, data in enumerate(reads):
            writer.received(Instant(2_000_000 + n), data)
        if lost:
            writer.lost(Instant(3_000_000), lost)


def messages_of(items):
    return [m for item in items if isinstance(item, Messages) for m in item.messages]


def faults_of(items):
    return [item for item in items if isinstance(item, Fault)]


def read(path):
    return list(open_recording(str(path)))


@pytest.mark.parametrize("name", ["rec.cap", "rec.cap.gz"])
def test_what_was_recorded_is_read_back_with_its_times(tmp_path, name):
    stream = b"".join(event(n) for n in range(5))
    reads = [stream[:50], stream[50:57], stream[57:]]
    write(tmp_path / name, reads)
    items = read(tmp_path / name)
    assert items[0] == LinkOpened(at=Instant(1_000_002))
    assert items[-1] == LinkLost(at=Instant(3_000_000), reason="the PBX was shut down")
    assert messages_of(items)[1:] == [body(n) for n in range(5)]
    arrivals = [item.arrival for item in items if isinstance(item, Messages)]
    assert arrivals == [1_000_002, 2_000_001, 2_000_002]
    assert not faults_of(items)


def test_a_refused_login_opens_no_link(tmp_path):
    write(tmp_path / "rec", [], login=REFUSED)
    assert read(tmp_path / "rec") == []


def test_a_recording_is_for_its_owner_alone(tmp_path):
    write(tmp_path / "rec", [])
    assert stat.S_IMODE((tmp_path / "rec").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["rec", "rec.gz"])
def test_a_second_run_is_appended_to_the_first(tmp_path, name):
    write(tmp_path / name, [event(1)], lost=None)
    write(tmp_path / name, [event(2)])
    items = read(tmp_path / name)
    assert messages_of(items)[1::2] == [body(1), body(2)]
    kinds = [type(item) for item in items if not isinstance(item, Messages)]
    assert kinds == [LinkOpened, LinkLost, LinkOpened, LinkLost]


@pytest.mark.parametrize("name", ["rec", "rec.gz"])
def test_a_run_killed_while_writing_loses_no_more_than_what_it_was_writing(tmp_path, name):
    path = tmp_path / name
    writer = CaptureWriter(path)  # never closed, as after kill -9
    writer.opened(Instant(1))
    writer.received(Instant(2), ACCEPTED)
    writer.received(Instant(3), event(1))
    whole = path.stat().st_size
    writer.received(Instant(4), event(2) * 20)
    os.truncate(path, (whole + path.stat().st_size) // 2)
    writer._file.close()
    write(path, [event(3)])
    items = read(path)
    assert messages_of(items)[1] == body(1)
    assert messages_of(items)[-1] == body(3)
    assert faults_of(items)


RAW = GREETING + ACCEPTED + b"".join(event(n) for n in range(4))


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_raw_bytes_of_asterisk_are_read_without_times(tmp_path, pack):
    (tmp_path / "wire.ami").write_bytes(pack(RAW))
    items = read(tmp_path / "wire.ami")
    assert messages_of(items)[1:] == [body(n) for n in range(4)]
    assert all(item.arrival is None for item in items)


def test_garbage_in_raw_bytes_is_told_by_its_offset(tmp_path):
    garbage = b"\xff\x00 garbage\r\n\r\n"
    (tmp_path / "wire.ami").write_bytes(RAW + garbage + event(9))
    items = read(tmp_path / "wire.ami")
    assert [fault.offset for fault in faults_of(items)] == [len(RAW)]
    assert messages_of(items)[-1] == body(9)


def test_an_empty_file_holds_nothing(tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    assert read(tmp_path / "empty") == []


def test_a_file_that_is_not_there_is_an_error_of_the_caller(tmp_path):
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "nowhere")


def test_a_cut_gzip_gives_what_is_there_and_says_that_it_ends_early(tmp_path):
    packed = gzip.compress(RAW * 50)
    (tmp_path / "wire.gz").write_bytes(packed[: len(packed) // 2])
    items = read(tmp_path / "wire.gz")
    assert any("end early" in fault.what for fault in faults_of(items))


def capture_bytes(tmp_path_factory, name="rec"):
    path = tmp_path_factory.mktemp("cap") / name
    write(path, [event(n) for n in range(6)])
    return path.read_bytes()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return capture_bytes(tmp_path_factory)


@pytest.fixture(scope="module")
def whole_gz(tmp_path_factory):
    return capture_bytes(tmp_path_factory, "rec.gz")


def is_prefix(short, long):
    return long[: len(short)] == short


@pytest.mark.parametrize("kind", ["whole", "whole_gz"])
def test_cut_at_any_byte_a_recording_tells_a_prefix_of_the_truth(kind, request):
    data = request.getfixturevalue(kind)
    truth = messages_of(read_recording([data]))
    assert len(truth) == 7
    told = 0
    for length in range(len(data) + 1):
        seen = messages_of(read_recording([data[:length]]))
        assert is_prefix(seen, truth)
        assert len(seen) >= told
        told = len(seen)
    assert told == 7


@given(cuts=st.lists(st.integers(0, 2000), max_size=20))
def test_how_the_file_is_sliced_does_not_matter(whole, cuts):
    edges = [0, *sorted(min(c, len(whole)) for c in cuts), len(whole)]
    slices = [whole[a:b] for a, b in pairwise(edges)]
    assert list(read_recording(slices)) == list(read_recording([whole]))


@given(at=st.integers(0, 10_000), junk=st.binary(min_size=1, max_size=40))
def test_bytes_broken_in_the_middle_cost_at_most_the_records_they_touch(whole, at, junk):
    at %= len(whole)
    broken = whole[:at] + junk + whole[at + len(junk) :]
    assume(not broken.startswith(b"\x1f\x8b"))  # that is a gzip file, and a broken one
    truth = messages_of(read_recording([whole]))
    seen = [m for m in messages_of(read_recording([broken])) if m in truth]
    assert len(seen) >= len(truth) - 3
    assert seen == [m for m in truth if m in seen]


@given(st.binary(max_size=300))
def test_no_file_makes_it_raise(data):
    for head in (b"", b"# callcenter capture 1\n", b"\x1f\x8b", b"\x1f\x8b\x08\0\0\0\0\0\0\3"):
        list(read_recording([head + data]))


@given(
    st.lists(st.sampled_from([b"\x1f\x8b\x08", gzip.compress(b"x" * 40), b"\0", b"\xff\x07"]), max_size=12)
)
def test_any_mixture_of_gzip_members_and_junk_ends(parts):
    whole = gzip.compress(RAW) + b"".join(parts)
    for size in (1, 7, len(whole)):
        slices = [whole[n : n + size] for n in range(0, len(whole), size)]
        assert messages_of(read_recording(slices))[1:] == [body(n) for n in range(4)]
