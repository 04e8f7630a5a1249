"""Calls whose end was perhaps not seen, for those who look for it elsewhere."""

from collections.abc import Collection
from datetime import datetime

from callcenter.record import Call
from callcenter.store.calls import whole
from callcenter.store.pool import Pool, reading
from callcenter.store.queries import load
from callcenter.terms import CallId, PbxName

_SQL = load("completion")


class CompletionStore:
    """Every method raises StoreAway when PostgreSQL can't be asked."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def told(self, ids: Collection[CallId], start: datetime, end: datetime) -> dict[CallId, Call]:
        """The last tellings of those of *ids* that are stored; they arrived from *start* to *end*."""
        async with (
            reading(self._pool) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            rows = await connection.fetch(_SQL["told"], list(ids), start, end)
            return {call.call_id: call for call in await whole(connection, rows)}

    async def withdrawn(self, ids: Collection[CallId]) -> set[CallId]:
        """Those of *ids* that turned out to be part of other calls."""
        async with reading(self._pool) as connection:
            return {CallId(row["call_id"]) for row in await connection.fetch(_SQL["withdrawn"], list(ids))}

    async def unfinished(self, pbx: PbxName, start: datetime, end: datetime) -> list[datetime]:
        """When the calls arrived, in order, that were not seen to their end, or go on."""
        async with reading(self._pool) as connection:
            rows = await connection.fetch(_SQL["unfinished"], pbx, start, end)
            return [row["arrived_at"] for row in rows]
