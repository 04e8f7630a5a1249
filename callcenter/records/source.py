"""One PBX's records, wherever they lie."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from callcenter.records.csvfile import CsvRecords
from callcenter.records.kinds import CDR, CEL, QUEUE_LOG, Kind, R
from callcenter.records.place import place_of
from callcenter.records.table import TableRecords
from callcenter.terms import Instant
from callcenter.tracking.records import CdrRow, CelRow, QueueRow

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class PbxRecords:
    """CEL, CDR and queue log of one PBX; None for what is not kept.

    *cel*, *cdr*, *queue_log*: as `place.place_of` takes them.

    Every method raises RecordsAway.
    """

    def __init__(
        self,
        *,
        cel: str | None,
        cdr: str | None,
        queue_log: str | None = None,
        cel_columns: Sequence[str] = (),
        cdr_columns: Sequence[str] = (),
    ) -> None:
        self._cel = _reader(cel, CEL, cel_columns)
        self._cdr = _reader(cdr, CDR, cdr_columns)
        self._queue_log = _reader(queue_log, QUEUE_LOG, ())

    async def cel(self, start: datetime, end: datetime) -> list[CelRow]:
        """The channel events from *start* until *end*."""
        return await _read(self._cel, start, end)

    async def cdr(self, start: datetime, end: datetime) -> list[CdrRow]:
        """The call detail records that start from *start* until *end*."""
        return await _read(self._cdr, start, end)

    async def queue_log(self, start: datetime, end: datetime) -> list[QueueRow]:
        """What the queues say of callers from *start* until *end*."""
        return await _read(self._queue_log, start, end)


def _reader(
    place: str | None, kind: Kind[R], columns: Sequence[str]
) -> CsvRecords[R] | TableRecords[R] | None:
    if place is None:
        return None
    found = place_of(place, kind.table)
    return CsvRecords(found, kind, columns) if isinstance(found, Path) else TableRecords(found, kind)


async def _read(reader: CsvRecords[R] | TableRecords[R] | None, start: datetime, end: datetime) -> list[R]:
    match reader:
        case None:
            return []
        case CsvRecords():
            return await asyncio.to_thread(reader.read, _instant(start), _instant(end))
        case TableRecords():
            return await reader.read(_instant(start), _instant(end))


def _instant(at: datetime) -> Instant:
    return Instant((at - _EPOCH) // timedelta(microseconds=1))
