"""Changes that came too late: what nobody approved before it began is not in force, and says so."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Final

import structlog

from callcenter.roster.changes import OPEN, Refused, expire, first_start
from callcenter.store.changes import ChangeStore
from callcenter.store.pool import StoreAway

log = structlog.get_logger(__name__)

EVERY: Final = 30.0
"""Seconds between two looks."""


class Expiry:
    """*now* is the service's time."""

    def __init__(self, changes: ChangeStore, now: Callable[[], datetime]) -> None:
        self._changes = changes
        self._now = now

    async def run(self) -> None:
        """Look for ever; cancel to stop."""
        while True:
            with suppress(StoreAway):  # told by whoever reads the roster
                await self.look()
            await asyncio.sleep(EVERY)

    async def look(self) -> int:
        """Let those expire whose first stretch has begun; how many. Raises StoreAway."""
        now, expired = self._now(), 0
        for change in await self._changes.list(states=OPEN):
            if first_start(change) > now:
                continue
            try:
                await self._changes.advance(change.id, lambda one, _: expire(one, now))
            except (Refused, LookupError):  # somebody decided it in the meantime
                continue
            log.info("change_expired", change=change.id)
            expired += 1
        return expired
