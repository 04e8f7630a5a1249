"""The plan in force, read once: for a command that has no service beside it."""

from datetime import datetime, timedelta
from typing import Final

from callcenter.config import Config, agents, hotlines
from callcenter.roster.calendar import WorkCalendar
from callcenter.roster.people import People
from callcenter.roster.plan import Plan
from callcenter.store.calendar import CalendarStore
from callcenter.store.people import PeopleStore
from callcenter.store.pool import Pool
from callcenter.store.roster import RosterStore
from callcenter.store.routing import RoutingStore

_BEHIND: Final = timedelta(days=3)
"""A shift that is in force began at most so long ago."""


async def read_plan(pool: Pool, config: Config, start: datetime, end: datetime) -> Plan:
    """Everything about duty from *start* to *end*. Raises StoreAway."""
    people = People(await PeopleStore(pool).all()).with_agents(agents(config))
    days, official = await CalendarStore(pool).days()
    return Plan.of(
        hotlines(config),
        book=await RosterStore(pool).book(start - _BEHIND, end),
        people=people,
        calendar=WorkCalendar(days, official, config.roster.country),
        forced=await RoutingStore(pool).forced(),
    )
