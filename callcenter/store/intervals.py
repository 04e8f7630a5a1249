"""Cutting time into intervals, in a hotline's time zone.

A length that is not whole days is counted in elapsed time from the start. Whole days, weeks and months
follow the wall clock, so a day in which the clock jumps has 23 or 25 hours.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import takewhile
from zoneinfo import ZoneInfo

MOST = 20_000
"""Intervals in one answer."""
_DAY = timedelta(days=1)


class Step(StrEnum):
    """Intervals of the calendar. The first and the last may be cut short by the time asked for."""

    DAY = "day"
    WEEK = "week"
    """From Monday."""
    MONTH = "month"


_SHORTEST = {Step.DAY: _DAY, Step.WEEK: 7 * _DAY, Step.MONTH: 28 * _DAY}


def edges(start: datetime, end: datetime, step: timedelta | Step, zone: str) -> list[datetime]:
    """*start*, the cuts after it, and *end*; aware UTC. Raises ValueError for too many or for none.

    *step*: a length counted from *start*, or an interval of the calendar in *zone*.
    """
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if end <= start:
        raise ValueError("the end must come after the start")
    shortest = _SHORTEST[step] if isinstance(step, Step) else step
    if shortest <= timedelta(0) or (end - start) / shortest > MOST:
        raise ValueError(f"more than {MOST} intervals")
    return [start, *takewhile(lambda cut: cut < end, _cuts(start, step, ZoneInfo(zone))), end]


def _cuts(start: datetime, step: timedelta | Step, zone: ZoneInfo) -> Iterator[datetime]:
    """The cuts after *start*, without end."""
    match step:
        case Step():
            yield from _calendar(start, step, zone)
        case timedelta() if step % _DAY:
            cut = start
            while True:
                yield (cut := cut + step)
        case timedelta():
            wall = start.astimezone(zone).replace(tzinfo=None)
            while True:
                wall += step
                yield wall.replace(tzinfo=zone).astimezone(UTC)


def _calendar(start: datetime, step: Step, zone: ZoneInfo) -> Iterator[datetime]:
    day = start.astimezone(zone).date()
    while True:
        day = _next(day, step)
        cut = datetime.combine(day, time(), zone).astimezone(UTC)
        if cut > start:
            yield cut


def _next(day: date, step: Step) -> date:
    match step:
        case Step.DAY:
            return day + _DAY
        case Step.WEEK:
            return day + timedelta(days=7 - day.weekday())
        case Step.MONTH:
            return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
