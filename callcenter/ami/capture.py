r"""Recording an AMI stream, and reading recordings of any kind.

The capture format. A file is a sequence of records, each a line of text, a payload, a line end:

    connected <µs> 0 <crc>\n\n
    bytes <µs> <length> <crc>\n<exactly what came in one read>\n
    lost <µs> <length> <crc>\n<why, UTF-8>\n

``<µs>`` is when it happened (the recorder's clock, microseconds since the epoch), ``<length>`` the
payload's, ``<crc>`` the CRC-32, eight hex digits, of the line up to the crc and the payload. Lines
that begin with ``#`` and empty lines between records mean nothing; each program that writes begins
with ``# callcenter capture 1``. Files are only ever appended to. A record that was cut (kill -9, full
disk) or broken is told by its crc; reading goes on at the next whole one. With a name that ends in
``.gz`` the same goes through gzip, flushed after each record.

Only what the PBX sent is in it: our actions, and so the secret, never are. It does hold callers'
numbers, so the file is for its owner alone.

Raw recordings are what Asterisk wrote, nothing else; they say nothing of when bytes arrived.
"""

import os
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from callcenter.ami.gunzip import MAGIC as GZIP
from callcenter.ami.gunzip import gunzip
from callcenter.ami.received import LinkLost, LinkOpened, Messages
from callcenter.ami.records import LINE, LONGEST_LINE, Record, encode, records
from callcenter.ami.wire import Fault, Framer
from callcenter.terms import Instant

HEADER: Final = b"# callcenter capture 1\n"
Item = Messages | LinkOpened | LinkLost | Fault
"""What a recording says, in order."""

_CHUNK: Final = 1 << 16


class CaptureWriter:
    """Appends to a capture; a :class:`~callcenter.ami.client.Tee`. Its methods may raise OSError."""

    def __init__(self, path: Path) -> None:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._file = os.fdopen(handle, "ab", buffering=0)
        self._deflate = zlib.compressobj(wbits=16 + zlib.MAX_WBITS) if path.suffix == ".gz" else None
        self._write(b"\n" + HEADER if self._file.tell() and not self._deflate else HEADER)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def opened(self, at: Instant) -> None:
        """A connection was opened."""
        self._write(encode(b"connected", at, b""))

    def received(self, at: Instant, data: bytes) -> None:
        """Bytes came."""
        self._write(encode(b"bytes", at, data))

    def lost(self, at: Instant, reason: str) -> None:
        """The connection ended."""
        self._write(encode(b"lost", at, reason.encode()))

    def close(self) -> None:
        """Finish the file."""
        if self._deflate is not None and not self._file.closed:
            self._all(self._deflate.flush())
        self._file.close()

    def _write(self, record: bytes) -> None:
        if self._deflate is not None:
            record = self._deflate.compress(record) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        self._all(record)

    def _all(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) or 0 :]


def open_recording(path: str) -> Iterator[Item]:
    """Read a recording: raw AMI, our capture format, either of them through gzip; ``-`` is standard input.

    What is broken is yielded as a Fault, with its offset in the (unpacked) bytes, and skipped. Raises
    OSError where the file can't be read.
    """
    with ExitStack() as stack:
        file: IO[bytes] = sys.stdin.buffer if path == "-" else stack.enter_context(Path(path).open("rb"))
        yield from read_recording(iter(lambda: file.read(_CHUNK), b""))


def read_recording(chunks: Iterable[bytes]) -> Iterator[Item]:
    """As :func:`open_recording`, from slices of the file's bytes."""
    whole, head = _with_head(iter(chunks), len(GZIP))
    plain: Iterator[bytes | Fault] = gunzip(whole) if head.startswith(GZIP) else whole
    faults: list[Fault] = []
    sifted, head = _with_head(_sift(plain, faults), LONGEST_LINE)
    reader = _capture(sifted) if head.startswith(b"#") or LINE.match(head) else _raw(sifted)
    for item in reader:
        yield from _drain(faults)
        yield item
    yield from _drain(faults)


def _with_head(chunks: Iterator[bytes], length: int) -> tuple[Iterator[bytes], bytes]:
    """The same bytes again, and the first *length* of them."""
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= length:
            break

    def again() -> Iterator[bytes]:
        yield head
        yield from chunks

    return again(), head[:length]


def _sift(parts: Iterator[bytes | Fault], faults: list[Fault]) -> Iterator[bytes]:
    for part in parts:
        if isinstance(part, Fault):
            faults.append(part)
        else:
            yield part


def _drain(faults: list[Fault]) -> Iterator[Fault]:
    yield from faults
    faults.clear()


def _raw(chunks: Iterator[bytes]) -> Iterator[Item]:
    framer = Framer()
    for chunk in chunks:
        messages = framer.feed(chunk)
        yield from _drain(framer.faults)
        if messages:
            yield Messages(arrival=None, messages=messages, starts=tuple(framer.starts))
    framer.close()
    yield from _drain(framer.faults)


def _capture(chunks: Iterator[bytes]) -> Iterator[Item]:
    playback = Playback()
    for part in records(chunks):
        yield from playback.broken(part) if isinstance(part, Fault) else playback.take(part)
    yield from playback.end()


class Playback:
    """Tells the records of a capture as its client told them: a link is open from the login on."""

    def __init__(self) -> None:
        self._framer = Framer()
        self._open = False
        self._logged_in = False
        self._at = Instant(0)
        self._offset = 0
        self._taken = 0

    def take(self, record: Record) -> Iterator[Item]:
        """What *record* says."""
        match record.kind:
            case b"connected":
                self._logged_in = False
                yield from self._lose(self._at, "the recording was interrupted")
            case b"lost":
                yield from self._lose(record.at, record.payload.decode("utf-8", "replace"))
            case _:
                yield from self._bytes(record)
        self._at = record.at

    def broken(self, fault: Fault) -> Iterator[Item]:
        """A part of the recording is gone, and with it what it held: a gap in the link."""
        yield fault
        self._logged_in = self._open
        yield from self._lose(self._at, "a part of the recording is broken")

    def end(self) -> Iterator[Item]:
        """The recording ends."""
        self._framer.close()
        yield from self._faults()

    def _bytes(self, record: Record) -> Iterator[Item]:
        self._offset = record.offset
        messages = self._framer.feed(record.payload)
        yield from self._faults()
        self._taken += len(record.payload)
        if messages and not self._open:
            messages = messages if self._logged_in else _from_login_on(messages)
            if messages:
                self._open = True
                yield LinkOpened(at=record.at)
        if messages:
            yield Messages(arrival=record.at, messages=messages)

    def _lose(self, at: Instant, reason: str) -> Iterator[Item]:
        self._framer.close()
        yield from self._faults()
        self._framer = Framer()
        self._taken = 0
        if self._open:
            self._open = False
            yield LinkLost(at=at, reason=reason)

    def _faults(self) -> Iterator[Fault]:
        """Offsets in the recording; of a message that began in an earlier record, this record's."""
        for fault in self._framer.faults:
            yield Fault(offset=self._offset + max(0, fault.offset - self._taken), what=fault.what)
        self._framer.faults.clear()


def _from_login_on(messages: list[bytes]) -> list[bytes]:
    """From the response that accepts the login; a challenge is a success too, but not that one."""
    for index, message in enumerate(messages):
        accepted = message.startswith(b"Response: Success") and b"\r\nChallenge: " not in message
        if accepted or message.startswith(b"Event: "):
            return messages[index:]
    return []
