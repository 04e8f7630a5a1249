"""Records in a table that ``cel_pgsql``, ``cdr_pgsql`` or their ODBC kin fill, columns matched by name."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final, Generic

import asyncpg

from callcenter.records.kinds import Kind, R
from callcenter.records.place import RecordsAway, Table
from callcenter.terms import Instant

MOST: Final = 500_000
"""Rows in one answer; of what is beyond them calls are not over, and nothing is told."""
CONNECT: Final = 10.0
ANSWER: Final = 60.0
"""Seconds that PostgreSQL has to let us in and to answer: these tables may have no index on the time."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK_JUMP: Final = timedelta(hours=1)
_EMPTY: Final = "SELECT * FROM :table LIMIT 0"
_LAST: Final = "SELECT * FROM :table:starts ORDER BY :column DESC LIMIT 50"
_STARTS: Final = " WHERE eventtype = 'CHAN_START'"
_BETWEEN: Final = "SELECT * FROM :table WHERE :column >= $1 AND :column < $2 ORDER BY :column LIMIT $3"
_TIMES: Final = frozenset({"timestamptz", "timestamp"})


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
        column, kind = await self._time_column(connection)
        if kind not in _TIMES:
            raise RecordsAway(f"{self._table.name}.{column} must be timestamptz or timestamp, and is {kind}")
        starts = _STARTS if self._kind.time == "eventtime" else ""
        last = await connection.fetch(self._said(_LAST.replace(":starts", starts), column))
        shift = self._kind.shift(self._rows(last))
        slack = timedelta() if kind == "timestamptz" else _CLOCK_JUMP
        bounds = (_time(start - shift, kind) - slack, _time(end - shift, kind) + slack)
        found = await connection.fetch(self._said(_BETWEEN, column), *bounds, MOST)
        rows = self._rows(found)
        shift = self._kind.shift(rows) if rows else 0
        return [self._kind.moved(row, shift) for row in rows if start <= self._kind.at(row) + shift < end]

    def _said(self, statement: str, column: str = "") -> str:
        """*statement* about this table: identifiers can't be parameters, and these are nothing else."""
        return statement.replace(":table", self._table.quoted).replace(":column", f'"{column}"')

    async def _time_column(self, connection: "asyncpg.Connection[Any]") -> tuple[str, str]:
        empty = await connection.prepare(self._said(_EMPTY))
        types = {attribute.name: attribute.type.name for attribute in empty.get_attributes()}
        for column in (self._kind.time, "calldate"):
            if column in types:
                return column, types[column]
        raise RecordsAway(f"the table {self._table.name} has no column {self._kind.time}")

    def _rows(self, found: list[asyncpg.Record]) -> list[R]:
        rows = (self._kind.row(dict(record)) for record in found)
        return [row for row in rows if row is not None]


def _time(at: int, kind: str) -> datetime:
    moment = _EPOCH + timedelta(microseconds=at)
    return moment if kind == "timestamptz" else moment.replace(tzinfo=None)


def _why(error: BaseException) -> str:
    """The kind of error and the server's code, never a row's contents."""
    state = getattr(error, "sqlstate", None)
    return f"{type(error).__name__} ({state})" if state else type(error).__name__
