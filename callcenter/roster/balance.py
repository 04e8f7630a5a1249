"""How evenly is the load shared: hours, nights, weekends and holidays of each person.

A duty that covers several hotlines counts once, and so does one that goes on from shift to shift.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from callcenter.roster.calendar import DayKind, WorkCalendar
from callcenter.roster.localtime import days_between, instant, local_day
from callcenter.roster.model import Assignment
from callcenter.terms import AgentId

NIGHT: Final = (22 * 60, 6 * 60)
"""Minutes after midnight between which it is night."""
NIGHT_WORK: Final = timedelta(hours=2)
"""Whoever works longer than this in a night has worked that night."""

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one person does in a stretch of time."""

    person: AgentId
    hours: float
    """As they really pass: the night on which clocks go back is an hour longer."""
    duties: int
    """Uninterrupted stretches."""
    nights: int
    """Nights (22:00 to 06:00) with more than two hours of duty."""
    weekends: int
    """Days that are off for offices, but no public holidays, on which the person is on duty."""
    holidays: int
    """Public holidays on which the person is on duty."""


def balance(
    assignments: Iterable[Assignment],
    people: Iterable[AgentId],
    start: datetime,
    end: datetime,
    *,
    zone: ZoneInfo,
    calendar: WorkCalendar,
) -> tuple[Load, ...]:
    """The load of each of *people* between two instants, in their order; also of those without any."""
    held: dict[AgentId, list[Span]] = {}
    for one in assignments:
        if one.start < end and one.end > start:
            held.setdefault(one.person, []).append((max(one.start, start), min(one.end, end)))
    return tuple(_load(person, joined(held.get(person, [])), zone, calendar) for person in people)


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same time in as few spans as will do, in order."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, end))
    return merged


def _load(person: AgentId, spans: list[Span], zone: ZoneInfo, calendar: WorkCalendar) -> Load:
    worked = sum((end - start for start, end in spans), timedelta())
    days = {day for span in spans for day in _days(span, zone)}
    kinds = [calendar.kind(day) for day in days]
    evenings = days | {day - timedelta(days=1) for day in days}
    return Load(
        person=person,
        hours=worked / timedelta(hours=1),
        duties=len(spans),
        nights=sum(_in_night(spans, day, zone) > NIGHT_WORK for day in evenings),
        weekends=kinds.count(DayKind.REST_DAY),
        holidays=kinds.count(DayKind.HOLIDAY),
    )


def _days(span: Span, zone: ZoneInfo) -> list[date]:
    """The local days of which the span has some part."""
    start, end = span
    return days_between(local_day(start, zone), local_day(end - timedelta(microseconds=1), zone))


def _in_night(spans: list[Span], day: date, zone: ZoneInfo) -> timedelta:
    """How much of the night that begins on *day* lies in the spans."""
    dusk = instant(day, NIGHT[0], zone)
    dawn = instant(day + timedelta(days=1), NIGHT[1], zone)
    parts = (min(end, dawn) - max(start, dusk) for start, end in spans)
    return sum((part for part in parts if part > timedelta()), timedelta())
