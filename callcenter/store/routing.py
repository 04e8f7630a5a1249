"""Hotlines forced open or closed by hand: every order is kept, the last one is in force until its time."""

from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from callcenter.record_json import iso
from callcenter.roster.logbook import Draft, EntryKind
from callcenter.roster.plan import Forced
from callcenter.store.logbook import append
from callcenter.store.notices import DUTY, ring
from callcenter.store.pool import Pool, reading
from callcenter.store.queries import load
from callcenter.store.text import clean
from callcenter.terms import AgentId, HotlineNumber, RoutingMode

_SQL = load("routing")


@dataclass(frozen=True, slots=True, kw_only=True)
class ForcedMode:
    """One order."""

    hotline: HotlineNumber
    mode: RoutingMode | None
    """None: as the schedule says, again."""
    at: datetime
    """When it was given, by the database's clock."""
    until: datetime | None
    """None: until the next order."""
    author: str
    reason: str


class RoutingStore:
    """Every method raises StoreAway when PostgreSQL can't be asked."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def force(
        self, hotline: HotlineNumber, mode: RoutingMode | None, until: datetime | None, by: str, reason: str
    ) -> ForcedMode:
        """Force *hotline* open or closed until then, or (None) give it back to its schedule.

        The duty log tells of it. An order that was the last one anyway is not given again.
        """
        async with reading(self._pool) as connection, connection.transaction():
            await connection.execute(_SQL["lock"])
            last = await connection.fetchrow(_SQL["last"], hotline)
            if last is not None and (last["mode"], last["until"]) == (mode, until):
                return _mode(last)
            values = hotline, mode, until, clean(by), clean(reason)
            row = await connection.fetchrow(_SQL["force"], *values)
            if row is None:
                raise RuntimeError("an order that was written has to be there")
            end = f" until {iso(until.astimezone(UTC))}" if until else ""
            text = f"{mode or 'by schedule'}{end}. {reason}"
            draft = Draft(author=AgentId(by), kind=EntryKind.FORCED_MODE, text=text, hotline=hotline)
            await append(connection, draft)
            await ring(connection, DUTY, "routing")
        return _mode(row)

    async def forced(self) -> dict[HotlineNumber, Forced]:
        """What is forced, by hotline. Whether its time is over `Forced.holds` says."""
        async with reading(self._pool) as connection:
            orders = [_mode(row) for row in await connection.fetch(_SQL["last"], None)]
        return {
            order.hotline: Forced(mode=order.mode, since=order.at, until=order.until)
            for order in orders
            if order.mode is not None
        }

    async def history(self, hotline: HotlineNumber, limit: int = 100) -> list[ForcedMode]:
        """The last *limit* orders for *hotline*, the newest first."""
        async with reading(self._pool) as connection:
            return [_mode(row) for row in await connection.fetch(_SQL["history"], hotline, limit)]


def _mode(row: asyncpg.Record) -> ForcedMode:
    return ForcedMode(
        hotline=HotlineNumber(row["hotline"]),
        mode=None if row["mode"] is None else RoutingMode(row["mode"]),
        at=row["at"],
        until=row["until"],
        author=row["author"],
        reason=row["reason"],
    )
