"""Who signed in and out, and what was found amiss: written once, and never changed."""

from collections.abc import Iterable
from datetime import datetime

import asyncpg

from callcenter.roster.attendance import Finding, LapseKind, Sign, SignSource
from callcenter.roster.logbook import Draft, EntryKind
from callcenter.store.logbook import append
from callcenter.store.pool import Pool, reading
from callcenter.store.queries import load
from callcenter.store.text import clean
from callcenter.terms import AgentId, HotlineNumber, Phone, ShiftId, SignKind

_SQL = load("attendance")
_KINDS = {SignKind.IN: EntryKind.SIGN_IN, SignKind.OUT: EntryKind.SIGN_OUT}


class AttendanceStore:
    """Every method raises StoreAway when PostgreSQL can't be asked."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def sign(
        self, sign: Sign, shift: ShiftId | None = None, hotline: HotlineNumber | None = None
    ) -> bool:
        """Record *sign*, and tell the duty log under *shift* and *hotline*; False for one already known."""
        async with reading(self._pool) as connection, connection.transaction():
            values = clean(sign.person), sign.at, sign.kind, sign.source, clean(sign.phone)
            if not await connection.fetchval(_SQL["sign"], *values):
                return False
            draft = Draft(
                author=sign.person, kind=_KINDS[sign.kind], text=sign.source, hotline=hotline, shift_id=shift
            )
            await append(connection, draft)
        return True

    async def signs(self, start: datetime, end: datetime, person: AgentId | None = None) -> list[Sign]:
        """The signs from *start* until before *end*, in order of time."""
        async with reading(self._pool) as connection:
            return [_sign(row) for row in await connection.fetch(_SQL["signs"], start, end, clean(person))]

    async def note(self, findings: Iterable[Finding]) -> list[Finding]:
        """Keep *findings*; those that nobody knew of. Of a known one an end that has come is added."""
        news = []
        async with reading(self._pool) as connection, connection.transaction():
            for found in findings:
                key = found.shift_id, clean(found.person), found.kind, found.hotline
                if await connection.fetchval(_SQL["note"], *key, found.start, found.end):
                    news.append(found)
        return news

    async def findings(
        self,
        start: datetime,
        end: datetime,
        hotline: HotlineNumber | None = None,
        person: AgentId | None = None,
    ) -> list[Finding]:
        """What was found that began from *start* until before *end*, in order of time."""
        async with reading(self._pool) as connection:
            rows = await connection.fetch(_SQL["findings"], start, end, hotline, clean(person))
        return [_finding(row) for row in rows]


def _sign(row: asyncpg.Record) -> Sign:
    return Sign(
        person=AgentId(row["person"]),
        at=row["at"],
        kind=SignKind(row["kind"]),
        source=SignSource(row["source"]),
        phone=None if row["phone"] is None else Phone(row["phone"]),
    )


def _finding(row: asyncpg.Record) -> Finding:
    return Finding(
        kind=LapseKind(row["kind"]),
        shift_id=ShiftId(row["shift_id"]),
        hotline=HotlineNumber(row["hotline"]),
        person=AgentId(row["person"]),
        start=row["starts_at"],
        end=row["ends_at"],
    )
