"""AMI's framing: a byte stream to whole messages, without I/O.

An AMI stream is one banner line, then messages: ``Key: Value`` lines, each ended by CRLF, each
message ended by an empty line (Asterisk docs, "AMI v2 Specification", section Protocol). Every
message starts with ``Event:`` or ``Response:``. Bytes that break this rule are never raised upon:
they become :class:`Fault`, with their offset, and the stream goes on at the next message that can
be told, because one broken byte must not cost the calls that follow it.
"""

import re
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

MAX_MESSAGE: Final = 64 * 1024
"""Bytes. The longest real message is a few kilobytes; an endless one must not fill the memory."""

_END: Final = b"\r\n\r\n"
_BANNER: Final = b"Asterisk Call Manager/"
_STARTS: Final = (b"Event: ", b"Response: ")
_TELLS_A_RESPONSE: Final = b"Event: OriginateResponse\r\n"
"""The one event that has a header ``Response`` of its own."""
_CONTROL: Final = bytes(c for c in range(32) if c not in b"\t\r\n") + b"\x7f"
"""Characters that no header holds."""
_CONTROLS: Final = re.compile(b"[" + re.escape(_CONTROL) + b"]")
_MARKED: Final = bytes.maketrans(_CONTROL, b"\xff" * len(_CONTROL))
"""To look for control characters quickly: a text that holds none comes out as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Bytes that are no AMI message."""

    offset: int
    """Of the first broken byte, counted from the start of the stream."""
    what: str
    """One sentence; it never quotes the bytes, which may hold a caller's number."""


class Framer:
    """Cuts a byte stream into messages. Feed it any slices of the stream, in order."""

    __slots__ = ("_offset", "_plain", "_skipping", "_starts", "_suspect", "_tail", "banner", "faults")

    def __init__(self) -> None:
        self._tail = b""
        self._offset = 0
        self._skipping = False
        self._suspect = False
        self.banner: str | None = None
        """What follows ``Asterisk Call Manager/``, once seen: AMI's version."""
        self.faults: list[Fault] = []
        """What was broken so far; the reader empties it."""
        self._plain: list[bytes] = []
        self._starts: list[int] = []

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that *data* completes, each without its closing empty line."""
        suspect = self._suspect or _is_suspect(data)
        buffer = self._take_banner(self._tail + data)
        parts = buffer.split(_END)
        self._tail = parts.pop()
        self._suspect = suspect and bool(self._tail)
        suspect = suspect and not _is_harmless(buffer[: len(buffer) - len(self._tail)])
        if not suspect and not self._skipping and _are_plain(parts, buffer):
            self._plain, self._starts = parts, [self._offset]
            self._offset += len(buffer) - len(self._tail)
            self._bound_tail()
            return parts
        self._plain, self._starts = [], []
        messages: list[bytes] = []
        for part in parts:
            if not self._skipping and not suspect and _is_plain(part):
                self._starts.append(self._offset)
                messages.append(part)
            else:
                self._sort_out(part, messages)
            self._offset += len(part) + 4
        self._bound_tail()
        return messages

    @property
    def starts(self) -> list[int]:
        """Offset in the stream of each message that the last :meth:`feed` returned."""
        if not self._plain:
            return self._starts
        lengths = (len(message) + len(_END) for message in self._plain[:-1])
        return list(accumulate(lengths, initial=self._starts[0]))

    def close(self) -> None:
        """Say so if the stream ended in the middle of a message."""
        if self._tail.strip() and not self._skipping:
            self._fault(self._offset, f"the stream ends inside a message ({len(self._tail)} bytes)")
        self._tail = b""

    def _take_banner(self, buffer: bytes) -> bytes:
        if not buffer.startswith(_BANNER):
            return buffer
        line, newline, rest = buffer.partition(b"\n")
        if not newline:
            return buffer
        self._note_banner(line)
        self._offset += len(line) + 1
        return rest

    def _note_banner(self, line: bytes) -> None:
        """The first tells the version; recordings of several connections have more, and broken bytes."""
        if self.banner is None:
            self.banner = line[len(_BANNER) :].strip().decode("ascii", "replace")

    def _sort_out(self, part: bytes, messages: list[bytes]) -> None:
        """Anything but a plain event: a response, a late banner, or broken bytes around a good message."""
        if self._skipping:
            self._skipping = False
            return
        body = part.lstrip(b"\r\n")
        start = self._offset + len(part) - len(body)
        if body.startswith(_BANNER):
            rest = self._take_banner_inside(body)
            start += len(body) - len(rest)
            body = rest
        if not body:
            return
        if len(body) > MAX_MESSAGE:
            self._fault(start, f"a message of {len(body)} bytes is longer than any of Asterisk's: skipped")
            return
        good = _last_start(body)
        if good != 0:
            self._fault(start, "bytes that are no AMI message: skipped")
        if good >= 0 and self._is_text(body[good:], start + good):
            self._starts.append(start + good)
            messages.append(body[good:])

    def _is_text(self, message: bytes, start: int) -> bool:
        """Whether *message* may be read. Names in another encoding than UTF-8 are told and let pass;
        control characters mean that no header's value can be trusted."""
        control = _CONTROLS.search(message) if _holds_controls(message) else None
        if control is not None:
            self._fault(start + control.start(), "control characters inside a message: skipped")
            return False
        try:
            message.decode()
        except UnicodeDecodeError as error:
            self._fault(start + error.start, "text that is not UTF-8: read as far as it can be")
        return True

    def _take_banner_inside(self, body: bytes) -> bytes:
        line, _, rest = body.partition(b"\n")
        self._note_banner(line)
        return rest.lstrip(b"\r\n")

    def _bound_tail(self) -> None:
        if len(self._tail) <= MAX_MESSAGE:
            return
        if not self._skipping:
            self._fault(self._offset, f"more than {MAX_MESSAGE} bytes without an end of message: skipped")
        self._skipping = True
        self._offset += len(self._tail) - 3
        self._tail = self._tail[-3:]

    def _fault(self, offset: int, what: str) -> None:
        self.faults.append(Fault(offset=offset, what=what))


def _is_suspect(data: bytes) -> bool:
    """Whether *data* holds anything but plain text; quick, for it is asked of every read."""
    return not data.isascii() or _holds_controls(data)


def _is_harmless(text: bytes) -> bool:
    """Whether *text*, whole messages, is suspect for names in other letters alone, and each of its events
    may be taken as it is: what a closer look at every message would find too, but four times as slowly."""
    if b"\nResponse: " in text or _holds_controls(text):
        return False
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _holds_controls(data: bytes) -> bool:
    return data.translate(_MARKED) != data


def _are_plain(parts: list[bytes], buffer: bytes) -> bool:
    """Whether all *parts*, with which *buffer* begins, are plain: the same question as of each of them,
    put to all at once because that is quicker. Each must begin with the word, and no other line may."""
    others = [part for part in parts if not part.startswith(b"Event: ")]
    if others or len(buffer) > MAX_MESSAGE:
        return False
    return buffer.count(b"\nEvent: ", 0, buffer.rfind(_END) + 1) < len(parts)


def _is_plain(part: bytes) -> bool:
    return part.startswith(b"Event: ") and len(part) <= MAX_MESSAGE and part.find(b"\nEvent: ", 7) < 0


def _last_start(body: bytes) -> int:
    """Where the last message inside *body* starts; -1 if none does. A cut message and the next one
    run together when a connection breaks in mid-message, and only the last of them is whole."""
    event, response = (_last_start_of(body, start) for start in _STARTS)
    if event >= 0 and body.startswith(_TELLS_A_RESPONSE, event):
        return event
    return max(event, response)


def _last_start_of(body: bytes, start: bytes) -> int:
    at_line = body.rfind(b"\n" + start)
    if at_line >= 0:
        return at_line + 1
    return 0 if body.startswith(start) else _glued(body, start)


def _glued(body: bytes, start: bytes) -> int:
    """Garbage may end without a line end right before a good message."""
    if body.startswith(_STARTS):
        return -1
    return body.rfind(start) if start == b"Event: " else -1
