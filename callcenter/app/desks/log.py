"""The duty log: written, read, signed for, checked, and in the end destroyed by two."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from callcenter.app.duty.desk import Desk
from callcenter.roster.changes import Refused
from callcenter.roster.logbook import Draft, Entry, EntryKind
from callcenter.roster.reading import days_to_sign, reports_due, unread
from callcenter.store.logbook import LogbookRefused, LogbookStore, Purge, Verdict
from callcenter.store.pool import Pool
from callcenter.terms import AgentId, HotlineNumber
from callcenter.web.desks import EntryFilter, LogDue, Unknown

LOOKS_BACK: Final = timedelta(days=92)
"""How old an entry may be that somebody still has to read or to report on."""


class Log:
    """Raises StoreAway where PostgreSQL can't be asked."""

    def __init__(self, pool: Pool, desk: Desk, zones: Mapping[HotlineNumber, str]) -> None:
        self._store = LogbookStore(pool)
        self._desk = desk
        self._zones = {number: ZoneInfo(zone) for number, zone in zones.items()}

    async def get(self, number: int) -> Entry | None:
        """The entry of that number."""
        return await self._store.get(number)

    async def entries(self, wanted: EntryFilter, before: int | None, limit: int) -> Sequence[Entry]:
        """The newest first."""
        return await self._store.entries(wanted, before, limit)

    async def append(self, draft: Draft) -> Entry:
        """Write it. Raises Refused."""
        if draft.kind is EntryKind.ITEM_DONE and draft.refers_to is not None:
            await self._refuse_done(draft.refers_to)
        try:
            return await self._store.append(draft)
        except LogbookRefused as error:
            raise Refused(str(error)) from None

    async def verify(self) -> Verdict:
        """Whether the chain holds."""
        return await self._store.verify()

    async def due(self, hotline: HotlineNumber, at: datetime) -> LogDue:
        """What a supervisor has to read and sign, and which reports are missing."""
        entries = await self._store.story(hotline, at - LOOKS_BACK, at)
        zone, calendar = self._zones[hotline], self._desk.plan.calendar
        return LogDue(
            unread=unread(entries, hotline),
            days=days_to_sign(entries, hotline, at, zone=zone, calendar=calendar),
            reports=reports_due(entries, at, zone=zone),
        )

    async def purges(self) -> Sequence[Purge]:
        """The newest first."""
        return sorted(await self._store.purges(), key=lambda purge: purge.id, reverse=True)

    async def ask_purge(self, before: date, by: AgentId) -> Purge:
        """Raises Refused."""
        try:
            return await self._store.ask_purge(before, by)
        except LogbookRefused as error:
            raise Refused(str(error)) from None

    async def agree_purge(self, purge: int, by: AgentId) -> Purge:
        """Raises Unknown, Refused."""
        if all(one.id != purge for one in await self._store.purges()):
            raise Unknown(f"there is no purge {purge}")
        try:
            return await self._store.agree_purge(purge, by)
        except LogbookRefused as error:
            raise Refused(str(error)) from None

    async def _refuse_done(self, number: int) -> None:
        wanted = EntryFilter(refers_to=number, kind=EntryKind.ITEM_DONE)
        if await self._store.entries(wanted, None, 1):
            raise Refused(f"Entry {number} is done already")
