"""The roster as the API asks for it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from callcenter.app.rosters.office import RosterOffice
from callcenter.roster.model import Assignment, Shift
from callcenter.sheets.grids import Unreadable
from callcenter.sheets.values import Month
from callcenter.store.pool import Pool
from callcenter.store.roster import RosterStore, RosterVersion
from callcenter.terms import AgentId, HotlineNumber
from callcenter.web.desks import BadFile, SheetKind, Unknown


class RosterFront:
    """A :class:`callcenter.web.desks.RosterDesk`; every method may raise StoreAway."""

    def __init__(self, pool: Pool, office: RosterOffice) -> None:
        self._store = RosterStore(pool)
        self._office = office

    async def shifts(self, start: datetime, end: datetime, hotline: HotlineNumber | None) -> Sequence[Shift]:
        return await self._store.shifts(start, end, hotline)

    async def assignments(
        self, start: datetime, end: datetime, hotline: HotlineNumber | None
    ) -> Sequence[Assignment]:
        return await self._store.assignments(start, end, hotline)

    async def names(self) -> Mapping[AgentId, str]:
        about = await self._office.known()
        return {person.id: person.name for person in about.directory.people}

    async def bring(
        self, data: bytes, *, dry_run: bool, by: str, reason: str, month: date | None
    ) -> Mapping[str, Any]:
        of_month = Month(month.year, month.month) if month is not None else None
        try:
            brought = await self._office.bring(data, dry_run=dry_run, by=by, reason=reason, month=of_month)
        except Unreadable as error:
            raise BadFile(str(error)) from None
        return brought.to_json()

    async def check(self, hotline: HotlineNumber, start: datetime, end: datetime) -> Mapping[str, Any]:
        return await self._office.check(hotline, start, end)

    async def versions(self, hotline: HotlineNumber | None, limit: int) -> Sequence[RosterVersion]:
        return await self._store.versions(hotline, limit)

    async def template(self, first_day: date) -> bytes:
        return await self._office.template(Month(first_day.year, first_day.month))

    async def export(
        self, first_day: date, last_day: date, hotline: HotlineNumber | None, kind: SheetKind
    ) -> bytes:
        lines = (await self._office.known()).directory.hotlines
        numbers = [line.number for line in lines if hotline in (None, line.number)]
        return await self._office.export(first_day, last_day, numbers, as_csv=kind is SheetKind.CSV)

    async def calendar_of_hotline(self, hotline: HotlineNumber) -> bytes:
        return await self._office.calendar_of_hotline(hotline)

    async def calendar_of_person(self, person: AgentId) -> bytes:
        try:
            return await self._office.calendar_of_person(person)
        except LookupError as error:
            raise Unknown(str(error)) from None
