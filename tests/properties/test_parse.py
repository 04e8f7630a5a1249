"""A message is read alike whether its headers stand where Asterisk writes them or anywhere else."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.ami.events import Event
from callcenter.ami.parse import parse
from callcenter.ami.wire import Framer
from callcenter.terms import Instant
from tests.support import traces

RECORDINGS = Path(__file__).parent.parent / "recordings"
ARRIVAL = Instant(1)


def _messages(wire: bytes) -> list[bytes]:
    return Framer().feed(wire)


TRACED = [message for name in traces.NAMES for wire in traces.wires(name) for message in _messages(wire)]
READ = [message for message in TRACED if isinstance(parse(message, ARRIVAL), Event)]


def _with_a_strange_header(message: bytes) -> bytes:
    """The same message, as another version might write it."""
    name, end, rest = message.partition(b"\r\n")
    return name + end + b"SystemName: lab" + end + rest


@pytest.mark.parametrize("folder", [folder.name for folder in sorted(RECORDINGS.iterdir())])
def test_a_header_of_another_version_changes_nothing(folder: str) -> None:
    """Every message of the recordings, of both versions, is read the same with a header in the way."""
    for message in _messages(gzip.decompress((RECORDINGS / folder / "wire.ami.gz").read_bytes())):
        assert parse(_with_a_strange_header(message), ARRIVAL) == parse(message, ARRIVAL)


@st.composite
def disarranged(draw: st.DrawFn) -> bytes:
    """A message with lines dropped, doubled, moved, emptied, and lengthened."""
    name, *lines = draw(st.sampled_from(READ)).split(b"\r\n")
    for _ in range(draw(st.integers(0, 6))):
        place = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["drop", "double", "move", "empty", "lengthen"])):
            case "drop" if len(lines) > 1:
                del lines[place]
            case "double":
                lines.insert(draw(st.integers(0, len(lines))), lines[place])
            case "move":
                lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(place))
            case "empty":
                lines[place] = lines[place].partition(b":")[0] + b": "
            case _:
                lines[place] += draw(st.sampled_from([b"0", b".5", b"x", b" ", b"\n", b": "]))
    return b"\r\n".join([name, *lines])


@given(disarranged())
def test_a_message_is_read_alike_in_whatever_order(message: bytes) -> None:
    """The quick way and the way that searches give one answer, also where the message is broken."""
    assert parse(_with_a_strange_header(message), ARRIVAL) == parse(message, ARRIVAL)
