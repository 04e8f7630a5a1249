"""What a roster is read and judged with: people, hotlines, the calendar and the house's rules."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from callcenter.config import Config, agents, hotlines
from callcenter.roster.calendar import WorkCalendar
from callcenter.roster.hours import Hours
from callcenter.roster.localtime import day_span
from callcenter.roster.people import People
from callcenter.sheets.directory import Directory
from callcenter.store.calendar import CalendarStore
from callcenter.store.people import PeopleStore
from callcenter.store.pool import Pool
from callcenter.terms import HotlineNumber

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """As it is now."""

    directory: Directory
    calendar: WorkCalendar
    seats: dict[HotlineNumber, Hours]
    """How many primaries each hotline wants, when."""
    min_rest_hours: float
    max_days_in_row: int
    month_complete_day: int

    @property
    def margin(self) -> timedelta:
        """How far around a day rest rules look."""
        return timedelta(days=self.max_days_in_row + 2)


async def known(pool: Pool, config: Config) -> Known:
    """Reads it. Raises StoreAway."""
    people = People(await PeopleStore(pool).all()).with_agents(agents(config))
    overrides, official = await CalendarStore(pool).days()
    lines = hotlines(config)
    return Known(
        directory=Directory(lines, people),
        calendar=WorkCalendar(overrides, official, config.roster.country),
        seats={
            line.number: Hours.parse(line.seats, where=f"[[hotline]] {line.number} seats") for line in lines
        },
        min_rest_hours=config.roster.min_rest_hours,
        max_days_in_row=config.roster.max_days_in_row,
        month_complete_day=config.roster.month_complete_day,
    )


def runs(days: Iterable[date]) -> list[tuple[date, date]]:
    """The same days as stretches, each with its first and its last."""
    found: list[tuple[date, date]] = []
    for day in sorted(set(days)):
        if found and day == found[-1][1] + timedelta(days=1):
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def windows(days: Iterable[date], directory: Directory, hotline: HotlineNumber) -> list[Span]:
    """Those local days of the hotline as stretches of time."""
    zone = directory.zone(hotline)
    return [(day_span(first, zone)[0], day_span(last, zone)[1]) for first, last in runs(days)]
