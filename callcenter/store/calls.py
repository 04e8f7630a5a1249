"""Calls out of history."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from asyncpg import Record

from callcenter.record import Call
from callcenter.store.columns import CALL, call_of
from callcenter.store.pool import Connection, Pool, reading
from callcenter.store.queries import load
from callcenter.terms import AgentId, CallId, Direction, HotlineNumber, Outcome

_SQL = load("call")


class Wanted(Protocol):
    """Which calls are wanted; None leaves a side open."""

    @property
    def hotline(self) -> HotlineNumber | None: ...
    @property
    def start(self) -> datetime | None: ...
    @property
    def end(self) -> datetime | None: ...
    @property
    def outcome(self) -> Outcome | None: ...
    @property
    def agent(self) -> AgentId | None: ...
    @property
    def direction(self) -> Direction | None: ...
    @property
    def missed(self) -> bool | None: ...


class Place(Protocol):
    """Where a page ended."""

    @property
    def arrived_at(self) -> datetime: ...
    @property
    def call_id(self) -> CallId: ...


class CallStore:
    """The calls that are stored. Every method raises StoreAway when PostgreSQL can't be asked."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def get(self, call_id: CallId) -> Call | None:
        """The call of that id; None for none, and for one that turned out to be part of another."""
        found = await self._calls("get", call_id)
        return found[0] if found else None

    async def page(self, wanted: Wanted, after: Place | None, limit: int) -> Sequence[Call]:
        """At most *limit* calls that come after *after*: latest arrival first, then call id downwards.

        ``start`` is included and ``end`` is not; ``agent`` is the one who answered. A call that comes
        in between two pages shifts nothing.
        """
        return await self._calls(
            "page",
            wanted.hotline,
            wanted.start,
            wanted.end,
            wanted.outcome,
            wanted.agent,
            wanted.direction,
            wanted.missed,
            after.arrived_at if after else None,
            after.call_id if after else None,
            limit,
        )

    async def day(self, hotline: HotlineNumber, start: datetime, end: datetime) -> list[Call]:
        """All calls of *hotline* that arrived from *start* until before *end*, in order of arrival."""
        return await self._calls("day", hotline, start, end)

    async def _calls(self, statement: str, *values: Any) -> list[Call]:
        if any(isinstance(value, str) and "\0" in value for value in values):
            return []
        async with (
            reading(self._pool) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            rows = await connection.fetch(_SQL[statement], *values)
            return await whole(connection, rows)


async def whole(connection: Connection, rows: Sequence[Record]) -> list[Call]:
    """The calls of *rows* with their attempts, transfers and recordings."""
    if not rows:
        return []
    arrivals = [row["arrived_at"] for row in rows]
    around = [row["call_id"] for row in rows], min(arrivals), max(arrivals)
    parts = [
        _by_call(await connection.fetch(_SQL[name], *around))
        for name in ("attempts", "transfers", "recordings")
    ]
    return [
        call_of({name: row[name] for name in CALL}, *(part[row["call_id"]] for part in parts)) for row in rows
    ]


def _by_call(rows: Sequence[Record]) -> Mapping[str, list[Record]]:
    by_call: defaultdict[str, list[Record]] = defaultdict(list)
    for row in rows:
        by_call[row["call_id"]].append(row)
    return by_call
