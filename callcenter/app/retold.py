"""Calls that somebody judges again while the service runs are followed on the live boards, too."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from callcenter.facts import CallRetold
from callcenter.store.pool import StoreAway
from callcenter.store.versions import VersionStore
from callcenter.terms import CallId

log = structlog.get_logger(__name__)

EVERY: Final = 3.0
"""Seconds between two looks."""
OVERLAP: Final = timedelta(minutes=2)
"""A transaction may show so long after the time that it bears."""
BOARDS: Final = timedelta(days=2)
"""How far back boards remember."""


class Retold:
    """Tells *hear* of calls of the last days that were judged again in PostgreSQL."""

    def __init__(
        self, versions: VersionStore, *, hear: Callable[[CallRetold], object], now: Callable[[], datetime]
    ) -> None:
        self._versions = versions
        self._hear = hear
        self._now = now
        self._since: datetime | None = None
        self._told: dict[CallId, int] = {}

    async def run(self) -> None:
        """Look now and then, until cancelled. While PostgreSQL is away there is nothing to be seen."""
        while True:
            try:
                await self.look()
            except StoreAway as away:
                log.debug("retold_unknown", why=str(away))
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """Tell what is new since the last look. Raises StoreAway."""
        now = await self._versions.now()
        if self._since is not None:
            calls = await self._versions.since(self._since - OVERLAP, self._now() - BOARDS)
            for call in calls:
                if self._told.get(call.call_id) != call.seq:
                    self._hear(CallRetold(at=self._now(), call=call))
            self._told = {call.call_id: call.seq for call in calls}
        self._since = now
