"""Months as partitions: made ahead, filled from the default partition when late, dropped when expired.

The owner's work. A row whose month has no partition lands in the table's ``…_default``; the next round
makes the month and moves its rows there, so back-filled history ends where it belongs. Dropping a month
takes no time and leaves no holes, which is why nothing is ever deleted row by row.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

import asyncpg
import structlog

from callcenter.store.pool import AWAY, StoreAway, why
from callcenter.store.queries import load

log = structlog.get_logger(__name__)

_SQL = load("partition")

TABLES: Final[Mapping[str, str]] = {
    "call": "arrived_at",
    "attempt": "arrived_at",
    "transfer": "arrived_at",
    "recording": "arrived_at",
    "call_version": "arrived_at",
    "fact": "at",
    "access_log": "at",
}
"""The partitioned tables and what they are cut by."""
AHEAD: Final = 3
"""Months made before they begin."""
WAIT: Final = "SET LOCAL lock_timeout = '5s'"
"""A table in use is waited for so long: behind us everybody else would wait, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round did, as names of partitions."""

    made: tuple[str, ...]
    filled: tuple[str, ...]
    """Of those made, the ones whose rows had come before them."""
    dropped: tuple[str, ...]


async def keep(
    owner_dsn: str, now: datetime, *, ahead: int = AHEAD, months: Mapping[str, int] | None = None
) -> Round:
    """Make the months from the last one to *ahead* months on, place late rows, drop what has expired.

    *months*: how many whole months before the running one each table keeps; a table that isn't named
    keeps them all. Safe to repeat. Raises StoreAway.
    """
    try:
        connection = await asyncpg.connect(owner_dsn, timeout=10, command_timeout=600)
    except (*AWAY, asyncpg.PostgresError) as error:
        raise StoreAway(why(error)) from error
    try:
        rounds = [await _keep(connection, table, now, ahead, (months or {}).get(table)) for table in TABLES]
    except (*AWAY, asyncpg.PostgresError) as error:
        raise StoreAway(f"the months can't be made: {why(error)}") from error
    finally:
        await connection.close(timeout=5)
    done = Round(
        made=tuple(name for each in rounds for name in each.made),
        filled=tuple(name for each in rounds for name in each.filled),
        dropped=tuple(name for each in rounds for name in each.dropped),
    )
    if done.made or done.dropped:
        log.info("partitions_kept", made=len(done.made), filled=done.filled, dropped=done.dropped)
    return done


async def _keep(
    connection: asyncpg.Connection, table: str, now: datetime, ahead: int, months: int | None
) -> Round:
    """One table's round, in a transaction of its own so that no table is locked for another's sake."""
    async with connection.transaction():
        await connection.execute(WAIT)
        await connection.execute(_SQL["lock"])
        there = await _there(connection, table)
        late = [row["month"] for row in await connection.fetch(_fill("unplaced", table))]
        running = now.astimezone(UTC).date().replace(day=1)
        wanted = {_shift(running, n) for n in range(-1, ahead + 1)}
        made = [month for month in sorted(wanted | set(late)) if _name(table, month) not in there]
        for month in made:
            await _make(connection, table, month, filled=month in late)
        dropped = await _expire(connection, table, running, months)
    return Round(
        made=_names(table, made),
        filled=_names(table, (month for month in made if month in late)),
        dropped=dropped,
    )


async def _make(connection: asyncpg.Connection, table: str, month: date, *, filled: bool) -> None:
    await connection.execute(_fill("create", table, month))
    if filled:
        await connection.execute(_fill("move", table, month))
    await connection.execute(_fill("attach", table, month))


async def _expire(
    connection: asyncpg.Connection, table: str, running: date, months: int | None
) -> tuple[str, ...]:
    if months is None:
        return ()
    oldest = _name(table, _shift(running, -months))
    expired = tuple(name for name in await _there(connection, table) if name < oldest)
    for name in expired:
        await connection.execute(_SQL["drop"].format(partition=f"callcenter.{name}"))
    return expired


async def _there(connection: asyncpg.Connection, table: str) -> list[str]:
    return [row["name"] for row in await connection.fetch(_SQL["partitions"], f"callcenter.{table}")]


def _fill(statement: str, table: str, month: date | None = None) -> str:
    """The statement for *table* and *month*: names and bounds can't be parameters."""
    names = {"table": f"callcenter.{table}", "default": f"callcenter.{table}_default", "key": TABLES[table]}
    if month is not None:
        names["partition"] = f"callcenter.{_name(table, month)}"
        names["start"], names["end"] = _bound(month), _bound(_shift(month, 1))
    return _SQL[statement].format(**names)


def _bound(month: date) -> str:
    return f"timestamptz '{month.isoformat()} 00:00:00+00'"


def _names(table: str, months: Iterable[date]) -> tuple[str, ...]:
    return tuple(_name(table, month) for month in months)


def _name(table: str, month: date) -> str:
    return f"{table}_{month:%Y_%m}"


def _shift(month: date, by: int) -> date:
    """The month *by* months later."""
    years, index = divmod(month.month - 1 + by, 12)
    return date(month.year + years, index + 1, 1)
