"""The roster as planned and as it came to be, in and out."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from callcenter.app.duty.desk import Desk
from callcenter.app.rosters import RosterOffice
from callcenter.config import Config, hotlines
from callcenter.roster.model import Assignment, Shift
from callcenter.sheets.grids import Unreadable
from callcenter.sheets.values import Month
from callcenter.store.pool import Pool
from callcenter.store.roster import RosterStore, RosterVersion
from callcenter.terms import AgentId, HotlineNumber
from callcenter.web.desks import BadFile, SheetKind, Unknown


class Rosters:
    """Raises StoreAway where PostgreSQL can't be asked."""

    def __init__(self, pool: Pool, config: Config, desk: Desk, now: Callable[[], datetime]) -> None:
        self._store = RosterStore(pool)
        self._office = RosterOffice(pool, config, now)
        self._desk = desk
        self._numbers = tuple(line.number for line in hotlines(config))

    async def shifts(self, start: datetime, end: datetime, hotline: HotlineNumber | None) -> Sequence[Shift]:
        """As published."""
        return await self._store.shifts(start, end, hotline)

    async def assignments(
        self, start: datetime, end: datetime, hotline: HotlineNumber | None
    ) -> Sequence[Assignment]:
        """Who effectively holds what."""
        return await self._store.assignments(start, end, hotline)

    async def names(self) -> Mapping[AgentId, str]:
        """Everybody's name."""
        return {person.id: person.name for person in self._desk.plan.people}

    async def bring(
        self, data: bytes, *, dry_run: bool, by: str, reason: str, month: date | None
    ) -> Mapping[str, Any]:
        """Read a file and publish what it says. Raises BadFile."""
        about = Month(month.year, month.month) if month is not None else None
        try:
            brought = await self._office.bring(data, dry_run=dry_run, by=by, reason=reason, month=about)
        except Unreadable as error:
            raise BadFile(str(error)) from None
        if brought.published is not None:
            await self._desk.catch_up()
        return brought.to_json()

    async def check(self, hotline: HotlineNumber, start: datetime, end: datetime) -> Mapping[str, Any]:
        """Findings, balance, and whether the next month is complete."""
        return await self._office.check(hotline, start, end)

    async def versions(self, hotline: HotlineNumber | None, limit: int) -> Sequence[RosterVersion]:
        """The newest first."""
        return await self._store.versions(hotline, limit)

    async def template(self, first_day: date) -> bytes:
        """An xlsx to fill in."""
        return await self._office.template(Month(first_day.year, first_day.month))

    async def export(
        self, first_day: date, last_day: date, hotline: HotlineNumber | None, kind: SheetKind
    ) -> bytes:
        """A file that `bring` takes."""
        numbers = self._numbers if hotline is None else (hotline,)
        return await self._office.export(first_day, last_day, numbers, as_csv=kind is SheetKind.CSV)

    async def calendar_of_hotline(self, hotline: HotlineNumber) -> bytes:
        """An iCalendar of everybody's duty there."""
        return await self._office.calendar_of_hotline(hotline)

    async def calendar_of_person(self, person: AgentId) -> bytes:
        """An iCalendar of one person's duty. Raises Unknown."""
        try:
            return await self._office.calendar_of_person(person)
        except LookupError as error:
            raise Unknown(str(error)) from None
