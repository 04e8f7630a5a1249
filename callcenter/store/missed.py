"""Missed calls and whether anybody called back, without their callers."""

from datetime import datetime

from callcenter.roster.handover import MissedCall
from callcenter.store.pool import Pool, reading
from callcenter.store.queries import load
from callcenter.terms import CallId, HotlineNumber

_SQL = load("missed")


class MissedStore:
    """Raises StoreAway when PostgreSQL can't be asked."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def since(self, hotline: HotlineNumber, start: datetime, end: datetime) -> list[MissedCall]:
        """The calls missed from *start* until before *end*, short ones left out, in order of arrival."""
        async with reading(self._pool) as connection:
            rows = await connection.fetch(_SQL["since"], hotline, start, end)
        return [
            MissedCall(
                call_id=CallId(row["call_id"]),
                hotline=hotline,
                at=row["arrived_at"],
                returned=row["returned"],
            )
            for row in rows
        ]
