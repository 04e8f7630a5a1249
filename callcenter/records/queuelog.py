"""Asterisk's ``queue_log``: one line an event, its fields between bars, times in whole seconds."""

from pathlib import Path
from typing import Final

from callcenter.records.place import RecordsAway
from callcenter.records.tail import tail
from callcenter.terms import Instant, Uniqueid
from callcenter.tracking.records import QueueRow

_LOOK: Final = 1 << 24
"""Bytes from the end that are looked through: weeks of a busy queue."""


class QueueLog:
    """The log at *path*."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, start: Instant, end: Instant) -> list[QueueRow]:
        """The lines from *start* until *end* that are about a caller. Raises RecordsAway."""
        try:
            text, _ = tail(self._path, _LOOK)
        except OSError as error:
            raise RecordsAway(f"{self._path} can't be read: {error.strerror}") from error
        rows = (_row(line.split("|")) for line in text.split("\n"))
        return [row for row in rows if row is not None and start <= row.at < end]


def _row(fields: list[str]) -> QueueRow | None:
    """``epoch|caller|queue|agent|event|data1|data2|data3``; None for a line that is about no caller."""
    if len(fields) < 5 or not fields[0].isdecimal() or fields[1] in {"", "NONE"}:
        return None
    waited = fields[7] if fields[4] == "ABANDON" and len(fields) > 7 else ""
    return QueueRow(
        at=Instant(int(fields[0]) * 1_000_000),
        uniqueid=Uniqueid(fields[1]),
        queue=fields[2],
        event=fields[4],
        seconds=int(waited) if waited.isdecimal() else None,
    )
