"""Gzip that may be cut or broken: whatever can be read is read, the rest is said."""

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from callcenter.ami.wire import Fault

MAGIC: Final = b"\x1f\x8b"
_MEMBER: Final = b"\x1f\x8b\x08"
_LOOK_BACK: Final = 512
_GZIP: Final = 16 + zlib.MAX_WBITS


class Gunzip:
    """Inflates a file's chunks, member after member."""

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(_GZIP)
        self._begun = False
        self._offset = 0
        self._tail = b""

    def feed(self, chunk: bytes) -> Iterator[bytes | Fault]:
        """The plain bytes of *chunk*. After broken bytes it goes on at the next member, e.g. that of a
        program which was killed and started again."""
        rest = chunk
        while rest:
            before = self._inflater.copy()
            try:
                plain = self._inflater.decompress(rest)
            except zlib.error:
                plain, good = _up_to_the_break(before, rest)
                if plain:
                    yield plain
                at = self._offset + len(chunk) - len(rest) + good
                yield Fault(offset=at, what="broken gzip data: skipped to the next part")
                rest = _from_next_member(self._tail if self._begun else b"", rest, good)
                self._tail = b""
                self._restart()
                continue
            self._begun = True
            if plain:
                yield plain
            rest = self._inflater.unused_data
            if self._inflater.eof:
                self._restart()
                rest = rest.lstrip(b"\0")
        self._offset += len(chunk)
        self._tail = chunk[-_LOOK_BACK:]

    def close(self) -> Iterator[bytes | Fault]:
        """What is left, and whether the file ended early."""
        if self._begun:
            plain = self._inflater.flush()
            if plain:
                yield plain
            yield Fault(offset=self._offset, what="the gzip data end early")

    def _restart(self) -> None:
        self._inflater = zlib.decompressobj(_GZIP)
        self._begun = False


def _up_to_the_break(inflater: "zlib._Decompress", data: bytes) -> tuple[bytes, int]:
    """A call that fails gives nothing: byte by byte, what came before the broken one, and its place."""
    plain = b""
    for at in range(len(data)):
        try:
            plain += inflater.decompress(data[at : at + 1])
        except zlib.error:
            return plain, at
    return plain, len(data)


def _from_next_member(tail: bytes, data: bytes, good: int) -> bytes:
    """Where to go on, later than where *data* begins if a member begins there: a member that was cut may
    have swallowed the beginning of the next one. *tail* is what came before *data*."""
    both = tail + data
    broken = len(tail) + good
    found = both.rfind(_MEMBER, max(1, broken - _LOOK_BACK), broken)
    if found < 0:
        found = both.find(_MEMBER, max(1, broken))
    return b"" if found < 0 else both[found:]


def gunzip(chunks: Iterable[bytes]) -> Iterator[bytes | Fault]:
    """The plain bytes of *chunks*, and what was broken, by its offset in the gzip file."""
    inflater = Gunzip()
    for chunk in chunks:
        yield from inflater.feed(chunk)
    yield from inflater.close()
