"""The records of our capture format, and finding them again after bytes that are none.

See :mod:`callcenter.ami.capture` for the format.
"""

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from callcenter.ami.wire import Fault
from callcenter.terms import Instant

LINE: Final = re.compile(rb"(connected|bytes|lost) (\d{1,18}) (\d{1,8}) ([0-9a-f]{8})\n")
LONGEST_LINE: Final = 64
_LONGEST: Final = 1 << 24
"""Bytes of a payload; a length beyond is broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A whole record."""

    kind: bytes
    at: Instant
    payload: bytes
    offset: int
    """Of the payload, in the file's bytes."""


def encode(kind: bytes, at: Instant, payload: bytes) -> bytes:
    """One record as it is written."""
    head = b"%b %d %d" % (kind, at, len(payload))
    return b"%b %08x\n%b\n" % (head, _crc(head, payload), payload)


def _crc(head: bytes, payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(head))


def records(chunks: Iterable[bytes]) -> Iterator[Record | Fault]:
    """Whole records of *chunks*, and one fault for each stretch of bytes between them that is none."""
    scanner = Scanner()
    for chunk in chunks:
        yield from scanner.feed(chunk)
    yield from scanner.close()


class Scanner:
    """Walks over a capture: from record to record, and from line to line where there is none."""

    def __init__(self) -> None:
        self._buffer = b""
        self._pos = 0
        self._base = 0
        self._broken: int | None = None

    def feed(self, chunk: bytes) -> Iterator[Record | Fault]:
        """What *chunk* completes."""
        self._base += self._pos
        self._buffer = self._buffer[self._pos :] + chunk
        self._pos = 0
        yield from self._scan(final=False)

    def close(self) -> Iterator[Record | Fault]:
        """What is left, which may be the beginning of a record that was never finished."""
        yield from self._scan(final=True)
        yield from self._mended()

    def _scan(self, *, final: bool) -> Iterator[Record | Fault]:
        while self._pos < len(self._buffer):
            record = self._record()
            if record is not None:
                yield from self._mended()
                yield record
            elif not final and self._may_become_one():
                return
            else:
                self._skip_line()

    def _record(self) -> Record | None:
        line = LINE.match(self._buffer, self._pos)
        if line is None:
            return None
        end = line.end() + int(line[3])
        payload = self._buffer[line.end() : end]
        whole = self._buffer[end : end + 1] == b"\n" and len(payload) == int(line[3])
        if not whole or _crc(line[0][:-10], payload) != int(line[4], 16):
            return None
        offset = self._base + line.end()
        self._pos = end + 1
        return Record(kind=line[1], at=Instant(int(line[2])), payload=payload, offset=offset)

    def _may_become_one(self) -> bool:
        """Whether more bytes could make a record, or a line, of what begins here."""
        line = LINE.match(self._buffer, self._pos)
        left = len(self._buffer) - self._pos
        if line is not None:
            length = int(line[3])
            return length <= _LONGEST and left <= len(line[0]) + length
        return left < LONGEST_LINE and self._buffer.find(b"\n", self._pos) < 0

    def _skip_line(self) -> None:
        """Go to the next line; comments and empty lines are no fault."""
        end = self._buffer.find(b"\n", self._pos)
        after = len(self._buffer) if end < 0 else end + 1
        nothing = self._buffer[self._pos : self._pos + 1] in (b"#", b"\n")
        if not nothing and self._broken is None:
            self._broken = self._base + self._pos
        self._pos = after

    def _mended(self) -> Iterator[Fault]:
        if self._broken is not None:
            yield Fault(offset=self._broken, what="bytes that are no whole record of a capture: skipped")
            self._broken = None
