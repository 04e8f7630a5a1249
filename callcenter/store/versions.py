"""Calls judged again: the new telling in force, the old one kept for whoever asks what was said before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from callcenter.facts import CallRetold
from callcenter.record import Call
from callcenter.record_json import call_from_json, call_to_json
from callcenter.store import batch
from callcenter.store.calls import whole
from callcenter.store.pool import Connection, Pool, reading
from callcenter.store.queries import load
from callcenter.store.rows import row_of
from callcenter.terms import CallId, PbxName

_SQL = load("version")


class Retelling(NamedTuple):
    """One call: as it is stored, and as it is to be told from now on."""

    before: Call
    after: Call
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What a call was told until it was judged again."""

    version: int
    """1 is the oldest."""
    replaced_at: datetime
    reason: str
    told: Call


class VersionStore:
    """Every method raises StoreAway when PostgreSQL can't be asked."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def arrived(self, pbx: PbxName, start: datetime, end: datetime) -> list[Call]:
        """All calls of *pbx* that arrived from *start* until before *end*, in order of arrival."""
        async with (
            reading(self._pool) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            return await whole(connection, await connection.fetch(_SQL["arrived"], pbx, start, end))

    async def retell(self, retellings: Sequence[Retelling]) -> list[Call]:
        """Put *retellings* in force, all or none; what is in force now.

        A call that was told otherwise meanwhile is left alone.
        """
        if not retellings:
            return []
        async with reading(self._pool) as connection:
            await batch.prepare(connection)
            async with connection.transaction():
                current = await _lock(connection, retellings)
                due = [r for r in retellings if current.get(r.before.call_id) == r.before.seq]
                await connection.executemany(_SQL["keep"], [_kept(retelling) for retelling in due])
                facts = [CallRetold(at=r.after.ended_at or r.after.arrived_at, call=r.after) for r in due]
                await batch.apply(connection, [row_of(fact) for fact in facts])
        return [retelling.after for retelling in due]

    async def versions(self, call: Call) -> list[Version]:
        """What *call* was told before, the oldest first."""
        async with reading(self._pool) as connection:
            rows = await connection.fetch(_SQL["versions"], call.call_id, call.arrived_at)
        return [
            Version(
                version=row["version"],
                replaced_at=row["replaced_at"],
                reason=row["reason"],
                told=call_from_json(msgspec.json.decode(row["told"])),
            )
            for row in rows
        ]

    async def since(self, at: datetime, arrived: datetime) -> list[Call]:
        """The calls that were judged again since *at* (by PostgreSQL's clock) and came after *arrived*."""
        async with (
            reading(self._pool) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            found = await connection.fetch(_SQL["since"], at, arrived)
            if not found:
                return []
            ids, arrivals = [row["call_id"] for row in found], [row["arrived_at"] for row in found]
            rows = await connection.fetch(_SQL["told"], ids, min(arrivals), max(arrivals))
            return await whole(connection, rows)

    async def now(self) -> datetime:
        """The time by PostgreSQL's clock."""
        async with reading(self._pool) as connection:
            found: datetime = await connection.fetchval(_SQL["now"])
            return found


async def _lock(connection: Connection, retellings: Sequence[Retelling]) -> dict[CallId, int]:
    arrivals = [retelling.before.arrived_at for retelling in retellings]
    ids = [retelling.before.call_id for retelling in retellings]
    rows = await connection.fetch(_SQL["lock"], ids, min(arrivals), max(arrivals))
    return {CallId(row["call_id"]): row["seq"] for row in rows}


def _kept(retelling: Retelling) -> tuple[Any, ...]:
    before = retelling.before
    told = msgspec.json.encode(call_to_json(before, caller="full")).decode()
    return before.call_id, before.arrived_at, told.replace(r"\u0000", "\ufffd"), retelling.reason
