"""From the outbox to PostgreSQL: in batches, as often as it takes, and never twice.

Theory of operation. The writer reads the outbox in order and puts each batch into PostgreSQL in one
transaction; only then are its rows dropped. Killed in between, it writes the batch again, which
changes nothing. When PostgreSQL is away, or there and unable, the batch waits and is tried again with
growing pauses; the outbox grows meanwhile. When PostgreSQL refuses a *value*, the batch is halved
until the row that it refuses stands alone, and that row is set aside in the outbox's quarantine: one
bad row holds nobody up, and nothing is thrown away.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Protocol

import asyncpg
import structlog

from callcenter.store import batch
from callcenter.store.outbox import Kept
from callcenter.store.pool import AWAY, Connection, Pool, is_bad_value, why

log = structlog.get_logger(__name__)

AT_ONCE = 2000
"""Facts in one transaction at most."""
LINGER = 0.2
"""Seconds between two transactions at least, while one takes all that there is: a busy hour's facts come
every few milliseconds, and each transaction costs as much as a hundred of them."""
PATIENCE = (0.2, 30.0)
"""Seconds between two tries while PostgreSQL is away: at first, at last."""
HEARTBEAT = 5.0
"""Seconds of quiet after which the connection is tried."""


class Source(Protocol):
    """The outbox, as the writer needs it."""

    @property
    def depth(self) -> int: ...
    @property
    def oldest(self) -> datetime | None: ...
    def read(self, after: int, limit: int) -> list[Kept]: ...
    def delivered(self, rows: Sequence[Kept]) -> None: ...
    def set_aside(self, kept: Kept, why: str) -> None: ...
    def listen(self, listener: Callable[[], object]) -> Callable[[], None]: ...


class Writer:
    """Empties *spool* into PostgreSQL.

    *on_set_aside* is told of each row that PostgreSQL would not take, by the kind of its fact.
    """

    def __init__(
        self, spool: Source, pool: Pool, *, on_set_aside: Callable[[str], None] = lambda _: None
    ) -> None:
        self._spool = spool
        self._pool = pool
        self._on_set_aside = on_set_aside
        self._news = asyncio.Event()
        self._idle = asyncio.Event()
        self._after = 0
        self._pause = PATIENCE[0]
        self.why: str | None = "PostgreSQL has not been asked yet"
        """Why facts can't be delivered at present, for an operator; None when they can."""

    @property
    def store_up(self) -> bool:
        """Whether PostgreSQL takes what it is given."""
        return self.why is None

    @property
    def depth(self) -> int:
        """Facts that PostgreSQL does not have yet."""
        return self._spool.depth

    @property
    def oldest(self) -> datetime | None:
        """When the first fact was that PostgreSQL does not have yet."""
        return self._spool.oldest

    async def run(self) -> None:
        """Deliver until cancelled."""
        loop = asyncio.get_running_loop()
        stop = self._spool.listen(lambda: loop.call_soon_threadsafe(self._news.set))
        try:
            while True:
                try:
                    async with self._pool.acquire(timeout=10) as connection:
                        await batch.prepare(connection)
                        await self._deliver_all(connection)
                except (*AWAY, asyncpg.PostgresError, sqlite3.Error) as error:
                    self._failed(error)
                await asyncio.sleep(self._pause)
                self._pause = min(2 * self._pause, PATIENCE[1])
        finally:
            stop()

    async def drain(self, timeout: float) -> bool:
        """Until everything that is kept has been delivered, at most *timeout* seconds; whether it was."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while self.depth:
                    self._idle.clear()
                    self._news.set()
                    await self._idle.wait()
        return not self.depth

    async def _deliver_all(self, connection: Connection) -> None:
        while True:
            self._news.clear()
            rows = await asyncio.to_thread(self._spool.read, self._after, AT_ONCE)
            if rows:
                await self._deliver(connection, rows)
                self._after = rows[-1].id
                self._recovered()
                if len(rows) < AT_ONCE:
                    await asyncio.sleep(LINGER)
                continue
            self._idle.set()
            await self._quiet(connection)

    async def _quiet(self, connection: Connection) -> None:
        """Wait for news, and in a long silence see whether PostgreSQL is still there."""
        try:
            async with asyncio.timeout(HEARTBEAT):
                await self._news.wait()
        except TimeoutError:
            await connection.execute("SELECT 1")
            self._recovered()

    async def _deliver(self, connection: Connection, rows: Sequence[Kept]) -> None:
        try:
            await batch.apply(connection, [kept.row for kept in rows])
        except Exception as error:
            if not is_poison(error):
                raise
            if len(rows) > 1:
                half = len(rows) // 2
                await self._deliver(connection, rows[:half])
                await self._deliver(connection, rows[half:])
            else:
                self._set_aside(rows[0], error)
        else:
            self._spool.delivered(rows)

    def _set_aside(self, kept: Kept, error: Exception) -> None:
        reason = f"{type(error).__name__} {getattr(error, 'sqlstate', None) or ''}".strip()
        kind, subject = _sayable(kept.row.kind), _sayable(kept.row.subject)
        log.error("fact_set_aside", kind=kind, subject=subject, seq=kept.row.seq, why=reason)
        self._spool.set_aside(kept, reason)
        self._on_set_aside(kind)

    def _failed(self, error: BaseException) -> None:
        reason = f"the outbox can't be read: {error}" if isinstance(error, sqlite3.Error) else why(error)
        if self.why != reason:
            log.warning("store_away", why=reason, depth=self.depth)
        self.why = reason

    def _recovered(self) -> None:
        if self.why is not None:
            log.info("store_up", depth=self.depth)
        self.why = None
        self._pause = PATIENCE[0]


def _sayable(text: object) -> str:
    """What a log can take of a row that may be broken."""
    return str(text).encode("utf-8", "replace").decode()


def is_poison(error: Exception) -> bool:
    """Whether the row is at fault and would be at any other time, too."""
    if is_bad_value(error):
        return True
    if isinstance(error, asyncpg.CheckViolationError):
        return False  # its month's partition was made in this moment: the next try finds it
    if isinstance(error, asyncpg.PostgresError):
        return isinstance(
            error, asyncpg.IntegrityConstraintViolationError | asyncpg.ProgramLimitExceededError
        )
    return not isinstance(error, (*AWAY, sqlite3.Error))
