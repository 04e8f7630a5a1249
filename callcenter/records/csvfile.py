"""Records in files of lines, only appended to: ``cel_custom``, ``cdr_custom``, ``cdr_csv``, ``queue_log``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Generic

from callcenter.records.kinds import Kind, R
from callcenter.records.place import RecordsAway
from callcenter.records.rows import between
from callcenter.records.tail import tail
from callcenter.terms import Instant

_FIRST_LOOK: Final = 1 << 20
MOST: Final = 1 << 29
"""Bytes from the end that are looked through at most."""


class CsvRecords(Generic[R]):
    """The records of one file. *columns* are those of *kind* unless the file was configured otherwise."""

    def __init__(self, path: Path, kind: Kind[R], columns: Sequence[str] = ()) -> None:
        self._path = path
        self._kind: Kind[R] = kind
        self._columns = tuple(columns) or tuple(kind.columns)

    def read(self, start: Instant, end: Instant) -> list[R]:
        """The rows from *start* until *end*. Reads from the end, as far as it must. Raises RecordsAway."""
        size = _FIRST_LOOK
        try:
            while True:
                text, whole = tail(self._path, size)
                rows = self._rows(text)
                shifts = self._kind.shifts(rows)
                if whole or size >= MOST or (rows and self._kind.at(rows[0]) + max(shifts) < start):
                    break
                size *= 8
        except OSError as error:
            raise RecordsAway(f"{self._path} can't be read: {error.strerror}") from error
        return between(self._kind, rows, start, end)

    def _rows(self, text: str) -> list[R]:
        rows = []
        for line in text.split("\n"):
            row = self._kind.row(dict(zip(self._columns, self._kind.cells(line), strict=False)))
            if row is not None:
                rows.append(row)
        return rows
