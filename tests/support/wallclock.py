"""Rosters as they hang on the wall: local days and HH:MM-HH:MM."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from callcenter.roster.calendar import WorkCalendar
from callcenter.roster.localtime import clock_minutes, shift_span
from callcenter.roster.model import Shift
from tests.support.duty import make_shift

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
CHICAGO = ZoneInfo("America/Chicago")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
"""Half an hour of daylight saving."""
ZONES = (SHANGHAI, BERLIN, CHICAGO, LORD_HOWE)

FRIDAY = date(2026, 11, 20)
LAW = WorkCalendar({}, frozenset())
"""China's calendar as the law and the notices have it, nothing imported."""

CLOCK_CHANGES = {
    BERLIN: (date(2026, 3, 29), date(2026, 10, 25)),
    CHICAGO: (date(2026, 3, 8), date(2026, 11, 1)),
    LORD_HOWE: (date(2026, 10, 4), date(2026, 4, 5)),
}
"""In 2026: the day on which clocks go forward, and the day on which they go back, both in the small hours."""


def on(day: date, hours: str, person: str = "1001", zone: ZoneInfo = SHANGHAI, **changes: Any) -> Shift:
    """*person*'s shift of *day*, e.g. ``20:00-08:00``."""
    start, end = shift_span(day, *map(clock_minutes, hours.split("-")), zone)
    return make_shift(person, start, end - start, **changes)


def local(day: date, clock: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    """What the clock of *zone* shows on *day*, in UTC; naively, for clocks that are not changed then."""
    return datetime.combine(day, datetime.min.time(), zone).astimezone(UTC) + timedelta(
        minutes=clock_minutes(clock)
    )
