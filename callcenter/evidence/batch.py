"""What is kept of a PBX, gathered into records that compress well."""

from dataclasses import dataclass, field
from typing import Final

from callcenter.ami.records import encode
from callcenter.terms import Instant

_END: Final = b"\r\n\r\n"
_LONGEST: Final = 64 * 1024
"""Bytes in one record, about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing to be kept."""

    at: Instant
    """When it came, by our clock."""
    kind: bytes
    """``bytes``, ``connected`` or ``lost``, as the capture format has them."""
    messages: tuple[bytes, ...] = ()
    reason: str = ""
    alone: bool = True
    """Whether its own time of arrival must be kept: it is what some message in it is timed by."""

    @property
    def size(self) -> int:
        """Bytes, about."""
        return sum(map(len, self.messages)) + len(self.reason) + 64


@dataclass(slots=True)
class Records:
    """Notes in, encoded records out. Reads whose messages are all stamped by the PBX go into one record,
    with the arrival of the last."""

    _held: list[bytes] = field(default_factory=list)
    _held_size: int = 0
    _held_at: Instant | None = None
    _out: list[bytes] = field(default_factory=list)

    def add(self, note: Note) -> None:
        """Take in one note."""
        if note.kind != b"bytes":
            self._close()
            self._out.append(encode(note.kind, note.at, note.reason.encode()))
            return
        if note.alone:
            self._close()
        self._held += note.messages
        self._held_size += note.size
        self._held_at = note.at
        if note.alone or self._held_size >= _LONGEST:
            self._close()

    def take(self) -> bytes:
        """Everything that was added since the last time."""
        self._close()
        taken = b"".join(self._out)
        self._out.clear()
        return taken

    def _close(self) -> None:
        if self._held_at is not None:
            payload = _END.join(self._held) + _END
            self._out.append(encode(b"bytes", self._held_at, payload))
            self._held, self._held_size, self._held_at = [], 0, None
