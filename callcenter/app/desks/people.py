"""People who may be on duty, and which days are worked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from callcenter.app.duty.desk import AHEAD, Desk
from callcenter.config import Config
from callcenter.roster.calendar import DayKind, WorkCalendar
from callcenter.roster.changes import Refused
from callcenter.roster.model import Person
from callcenter.roster.people import sort_key_of
from callcenter.store.calendar import CalendarStore
from callcenter.store.people import PeopleStore, PersonVersion
from callcenter.store.pool import Pool
from callcenter.store.roster import RosterStore
from callcenter.terms import AgentId
from callcenter.web.desks import CalendarYear, Unknown

_SATURDAY = 5


class Staff:
    """Raises StoreAway where PostgreSQL can't be asked."""

    def __init__(self, pool: Pool, desk: Desk, now: Callable[[], datetime]) -> None:
        self._store = PeopleStore(pool)
        self._roster = RosterStore(pool)
        self._desk = desk
        self._now = now

    async def all(self) -> Sequence[Person]:
        """In order of their sort keys; configured agents and those who left too."""
        return await self._everybody()

    async def put(self, person: Person, by: str, reason: str) -> Person:
        """Add or change somebody. Raises Refused for a phone that is somebody else's."""
        whole = person if person.sort_key else replace(person, sort_key=sort_key_of(person.name))
        for other in await self._everybody():
            shared = set(other.phones) & set(whole.phones)
            if shared and other.id != whole.id and other.active_until is None:
                phone = min(shared)
                raise Refused(
                    f"The phone {phone} is that of {other.name} ({other.id}): a phone has one owner"
                )
        await self._store.put(whole, by, reason)
        await self._desk.catch_up()
        return whole

    async def leave(self, person: AgentId, last_day: date, by: str, reason: str) -> Person:
        """Let *last_day* be the last. Raises Unknown, Refused."""
        known = await self._known(person)
        after = datetime.combine(last_day, datetime.min.time(), self._now().tzinfo) + timedelta(days=2)
        for one in await self._roster.assignments(after, max(after, self._now()) + AHEAD):
            if one.person == person and one.start >= after:
                day = f"{one.start:%Y-%m-%d}"
                raise Refused(
                    f"There are shifts of {person} after that day, the next on {day}: move them first"
                )
        if not await self._store.history(person):  # so far the configuration alone names this person
            await self._store.put(known, by, reason)
        gone = await self._store.leave(person, last_day, by, reason)
        await self._desk.catch_up()
        return gone

    async def history(self, person: AgentId) -> Sequence[PersonVersion]:
        """The newest first; nothing of whom only the configuration names. Raises Unknown."""
        await self._known(person)
        found = await self._store.history(person)
        return sorted(found, key=lambda one: one.version, reverse=True)

    async def _known(self, person: AgentId) -> Person:
        for one in await self._everybody():
            if one.id == person:
                return one
        raise Unknown(f"nobody has the id {person}")

    async def _everybody(self) -> Sequence[Person]:
        stored = {person.id: person for person in await self._store.all()}
        configured = [one for one in self._desk.plan.people if one.id not in stored]
        everybody = [*stored.values(), *configured]
        return sorted(everybody, key=lambda one: (one.sort_key or sort_key_of(one.name), one.id))


class Days:
    """Raises StoreAway where PostgreSQL can't be asked."""

    def __init__(self, pool: Pool, config: Config, desk: Desk) -> None:
        self._store = CalendarStore(pool)
        self._desk = desk
        self._country = config.roster.country

    async def year(self, year: int) -> CalendarYear:
        """What is special about the days of a year."""
        calendar = WorkCalendar(*await self._store.days(), self._country)
        day, special = date(year, 1, 1), {}
        while day.year == year:
            usual = DayKind.REST_DAY if day.weekday() >= _SATURDAY else DayKind.WORKDAY
            if (kind := calendar.kind(day)) is not usual:
                special[day] = kind
            if day == date.max:
                break
            day += timedelta(days=1)
        return CalendarYear(year=year, status=calendar.status(year), days=special)

    async def bring_year(self, year: int, days: Mapping[date, DayKind], by: str) -> CalendarYear:
        """Take the official calendar of a year. Raises Refused."""
        try:
            await self._store.import_year(year, days, by)
        except ValueError as error:
            raise Refused(str(error)) from None
        await self._desk.catch_up()
        return await self.year(year)
