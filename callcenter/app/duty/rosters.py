"""The plan's parts, out of PostgreSQL."""

from datetime import datetime

from callcenter.app.duty.desk import Days
from callcenter.roster.book import DutyBook
from callcenter.roster.people import People
from callcenter.roster.plan import Forced
from callcenter.store.calendar import CalendarStore
from callcenter.store.people import PeopleStore
from callcenter.store.pool import Pool
from callcenter.store.roster import RosterStore
from callcenter.store.routing import RoutingStore
from callcenter.terms import HotlineNumber


class StoredRosters:
    """What the desk reads. Each raises StoreAway."""

    def __init__(self, pool: Pool) -> None:
        self._roster = RosterStore(pool)
        self._people = PeopleStore(pool)
        self._calendar = CalendarStore(pool)
        self._routing = RoutingStore(pool)

    async def book(self, start: datetime, end: datetime) -> DutyBook:
        """Who holds what in that time."""
        return await self._roster.book(start, end)

    async def people(self) -> People:
        """Everybody who was ever known."""
        return People(await self._people.all())

    async def calendar(self) -> Days:
        """Days that were imported."""
        return await self._calendar.days()

    async def forced(self) -> dict[HotlineNumber, Forced]:
        """What is forced."""
        return await self._routing.forced()
