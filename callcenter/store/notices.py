"""Telling other processes, and ourselves, that something about duty has changed: LISTEN and NOTIFY.

A notice is sent with the commit that it tells of, or not at all. It says what to look at, never what
is there; whoever hears it asks.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from callcenter.store.pool import AWAY, REFUSING, Connection, StoreAway, why

DUTY: Final = "callcenter_duty"
"""Rung with what has changed: ``people``, ``roster``, ``change``, ``calendar`` or ``routing``."""
ALIVE: Final = 30.0
"""Seconds after which a silent connection is asked whether it is still one: a pulled cable says nothing."""


async def ring(connection: Connection, channel: str, what: str) -> None:
    """Tell listeners of *channel*, once the transaction that *connection* is in has been committed."""
    await connection.execute("SELECT pg_notify($1, $2)", channel, what)


class Notices:
    """What comes in on a channel, for one who waits for it."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._heard: set[str] = set()
        self._news = asyncio.Event()
        connection.add_termination_listener(lambda _: self._news.set())

    def hear(self, *notice: object) -> None:
        """The callback: connection, pid, channel, payload."""
        self._heard.add(str(notice[-1]))
        self._news.set()

    async def next(self) -> frozenset[str]:
        """Wait for news: all that was rung since the last time. Raises StoreAway once the line is cut."""
        while not self._heard:
            if self._connection.is_closed():
                raise StoreAway("the connection on which PostgreSQL tells of changes was cut")
            await self._silence()
        heard, self._heard = frozenset(self._heard), set()
        self._news.clear()
        return heard

    async def _silence(self) -> None:
        """Until something is heard or the line is cut; a line that is silent for long is tried."""
        try:
            async with asyncio.timeout(ALIVE):
                await self._news.wait()
        except TimeoutError:
            try:
                await self._connection.execute("SELECT 1")
            except (*AWAY, *REFUSING) as error:
                raise StoreAway(why(error)) from error


@asynccontextmanager
async def listening(dsn: str, channel: str = DUTY) -> AsyncIterator[Notices]:
    """Hear what is rung on *channel* from now on, over a connection of its own. Raises StoreAway.

    Whoever needs the whole picture listens first and asks then.
    """
    try:
        connection = await asyncpg.connect(dsn, timeout=10, command_timeout=10)
    except (*AWAY, *REFUSING) as error:
        raise StoreAway(why(error)) from error
    try:
        notices = Notices(connection)
        await connection.add_listener(channel, notices.hear)
        yield notices
    finally:
        connection.terminate()
