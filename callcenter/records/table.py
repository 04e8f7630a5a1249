"""Records in a table that ``cel_pgsql``, ``cdr_pgsql`` or their ODBC kin fill, columns matched by name."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Generic

import asyncpg

from callcenter.records.kinds import CEL, Kind, R
from callcenter.records.place import RecordsAway, Table
from callcenter.records.rows import between
from callcenter.terms import Instant

MOST: Final = 500_000
"""Rows in one answer; of what is beyond them calls are not over, and nothing is told."""
CONNECT: Final = 10.0
ANSWER: Final = 60.0
"""Seconds that PostgreSQL has to let us in and to answer: these tables may have no index on the time."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK_JUMP: Final = 3_600_000_000
"""Microseconds by which local times may be off in the night in which clocks are put back or forward."""
_EMPTY: Final = "SELECT * FROM :table LIMIT 0"
_LAST: Final = "SELECT * FROM :table:starts ORDER BY :column DESC LIMIT 50"
_STARTS: Final = " WHERE eventtype::text IN ('CHAN_START', '1')"
_BETWEEN: Final = "SELECT * FROM :table WHERE :column >= $1 AND :column < $2 ORDER BY :column LIMIT $3"

_Write = Callable[[int], object]


def _aware(at: int) -> datetime:
    return _EPOCH + timedelta(microseconds=at)


def _naive(at: int) -> datetime:
    return _aware(at).replace(tzinfo=None)


def _text(at: int) -> str:
    return _naive(at).isoformat(" ", "microseconds")


_TIMES: Final[Mapping[str, _Write]] = {
    "timestamptz": _aware,
    "timestamp": _naive,
    "text": _text,
    "varchar": _text,
    "bpchar": _text,
    "float8": lambda at: at / 1e6,
    "numeric": lambda at: Decimal(at) / 1_000_000,
    "int8": lambda at: at // 1_000_000,
    "int4": lambda at: at // 1_000_000,
}
"""Types of a time's column, and how a time is written for it: text as Asterisk does."""


class TableRecords(Generic[R]):
    """The records of one table, read over a connection of their own, which changes nothing."""

    def __init__(self, table: Table, kind: Kind[R]) -> None:
        self._table = table
        self._kind: Kind[R] = kind

    async def read(self, start: Instant, end: Instant) -> list[R]:
        """The rows from *start* until *end*. Raises RecordsAway."""
        try:
            connection = await asyncpg.connect(
                self._table.dsn, timeout=CONNECT, command_timeout=ANSWER, server_settings={"timezone": "UTC"}
            )
            try:
                async with connection.transaction(readonly=True):
                    return await self._read(connection, start, end)
            finally:
                await connection.close(timeout=CONNECT)
        except RecordsAway:
            raise
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
            raise RecordsAway(f"the table {self._table.name} can't be read: {_why(error)}") from error

    async def _read(self, connection: "asyncpg.Connection[Any]", start: Instant, end: Instant) -> list[R]:
        column, write = await self._time_column(connection)
        starts = _STARTS if self._kind is CEL else ""
        last = await connection.fetch(self._said(_LAST.replace(":starts", starts), column))
        shifts = self._kind.shifts(self._rows(last))
        bounds = (write(start - max(shifts) - _CLOCK_JUMP), write(end - min(shifts) + _CLOCK_JUMP))
        found = await connection.fetch(self._said(_BETWEEN, column), *bounds, MOST)
        return await asyncio.to_thread(lambda: between(self._kind, self._rows(found), start, end))

    def _said(self, statement: str, column: str = "") -> str:
        """*statement* about this table: identifiers can't be parameters, and these are nothing else."""
        return statement.replace(":table", self._table.quoted).replace(":column", f'"{column}"')

    async def _time_column(self, connection: "asyncpg.Connection[Any]") -> tuple[str, _Write]:
        """The column that times are in, and how it is told one (microseconds since the epoch)."""
        empty = await connection.prepare(self._said(_EMPTY))
        types = {attribute.name: attribute.type.name for attribute in empty.get_attributes()}
        for names in (self._kind.times, *self._kind.needed):
            if not types.keys() & set(names):
                raise RecordsAway(f"the table {self._table.name} has no column {' or '.join(names)}")
        column = next(name for name in self._kind.times if name in types)
        if types[column] not in _TIMES:
            kinds = "timestamptz, timestamp, text or double precision"
            raise RecordsAway(f"{self._table.name}.{column} must be {kinds}, and is {types[column]}")
        return column, _TIMES[types[column]]

    def _rows(self, found: list[asyncpg.Record]) -> list[R]:
        rows = (self._kind.row(dict(record)) for record in found)
        return [row for row in rows if row is not None]


def _why(error: BaseException) -> str:
    """The kind of error and the server's code, never a row's contents."""
    state = getattr(error, "sqlstate", None)
    return f"{type(error).__name__} ({state})" if state else type(error).__name__
