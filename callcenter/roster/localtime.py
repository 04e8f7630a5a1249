"""Clock times of a roster as instants: the one place where a wall clock becomes UTC.

A roster says "20:00 to 08:00"; the nights on which clocks are changed make that 11, 13 or 11½ hours.
Three rules keep it simple. A time that the clock shows twice means its first showing. A time that the
clock skips means the instant at which it jumps. And a shift's edges are each turned into an instant by
themselves, so shifts that touch on the clock touch in time, whatever the night.
"""

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

DAY_MINUTES: Final = 24 * 60
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")


def instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """When the clock of *zone* shows *minutes* after midnight on *day* (0…1440; 1440 is 24:00), in UTC.

    Raises ValueError for other minutes.
    """
    if not 0 <= minutes <= DAY_MINUTES:
        raise ValueError(f"a time of day lies between 00:00 and 24:00; {minutes} minutes do not")
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    first = wall.replace(tzinfo=zone).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == wall:
        return first
    return _jump(wall.replace(tzinfo=zone, fold=1).astimezone(UTC), first, zone)


def shift_span(day: date, start: int, end: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """A shift of *day* from *start* to *end*, minutes after midnight; an end at or before the start is the
    next day's. Start and end are the same instant where the clock skips the whole shift: it does not take
    place that night.
    """
    last_day = day if end > start else day + timedelta(days=1)
    return instant(day, start, zone), instant(last_day, end, zone)


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """The day that the calendar of *zone* shows at an instant."""
    return at.astimezone(zone).date()


def day_span(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """A local day from midnight to midnight: 23, 24 or 25 hours, or what the clock makes of it."""
    return instant(day, 0, zone), instant(day, DAY_MINUTES, zone)


def month_span(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The local month that *day* is in, from midnight to midnight."""
    first = day.replace(day=1)
    return instant(first, 0, zone), instant(next_month(first), 0, zone)


def next_month(day: date) -> date:
    """The first day of the month after that of *day*."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def days_between(first: date, last: date) -> list[date]:
    """Every day from *first* to *last*, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def clock_minutes(text: str) -> int:
    """``HH:MM`` as minutes after midnight; ``24:00`` and full-width digits are understood.

    Raises ValueError with a sentence that names the text.
    """
    found = _CLOCK.fullmatch(unicodedata.normalize("NFKC", text).strip())
    hours, minutes = (int(found[1]), int(found[2])) if found else (99, 99)
    if minutes > 59 or hours * 60 + minutes > DAY_MINUTES:
        raise ValueError(f'"{text}" is no time of day: write HH:MM from 00:00 to 24:00')
    return hours * 60 + minutes


def clock_text(minutes: int) -> str:
    """Minutes after midnight as ``HH:MM``."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the clock jumps, which lies after *before* and at or before *after*."""
    offset, low, high = before.astimezone(zone).utcoffset(), 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return before + timedelta(seconds=high)
