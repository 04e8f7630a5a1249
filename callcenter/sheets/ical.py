"""Duty as iCalendar (RFC 5545), for the calendars that people have on their phones."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from icalendar import Calendar, Event

from callcenter.roster.model import Assignment
from callcenter.sheets.directory import Directory
from callcenter.terms import AgentId, DutyRole, ShiftId

DAY: Final = timedelta(days=1)
_ROLES: Final[Mapping[DutyRole, str]] = {
    DutyRole.PRIMARY: "主班",
    DutyRole.BACKUP: "备班",
    DutyRole.SUPERVISOR: "主管",
}


def to_ical(
    assignments: Iterable[Assignment],
    directory: Directory,
    *,
    title: str,
    told_at: datetime,
    whose: AgentId | None,
) -> bytes:
    """Who effectively holds what, as events in each hotline's own time zone.

    An event keeps its UID while its shift stands, so that a calendar that reads the feed again moves it and
    does not double it. *whose*: one person's feed, which need not say who. *told_at* is when it was asked.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//callcenter//duty roster//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", title)
    seen: dict[ShiftId, int] = {}
    held = sorted(assignments, key=lambda one: (one.start, one.hotline, one.role, one.seat))
    for one in held:
        seen[one.shift_id] = seen.get(one.shift_id, 0) + 1
        calendar.add_component(_event(one, directory, seen[one.shift_id], told_at, whose))
    if held:
        first, last = held[0].start.date() - DAY, max(one.end for one in held).date() + DAY
        calendar.add_missing_timezones(first_date=first, last_date=last)
    return bytes(calendar.to_ical())


def _event(one: Assignment, directory: Directory, n: int, told_at: datetime, whose: AgentId | None) -> Event:
    """*n*: which stretch of its shift this is, of those in the feed."""
    zone = directory.zone(one.hotline)
    names = {hotline.number: hotline.name for hotline in directory.hotlines}
    who = "" if whose is not None else f"{directory.people.name(one.person)} "
    event = Event()
    event.add("uid", f"{one.shift_id}{f'-{n}' if n > 1 else ''}@callcenter")
    event.add("dtstamp", told_at.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", one.start.astimezone(zone))
    event.add("dtend", one.end.astimezone(zone))
    event.add("summary", f"{who}{_ROLES[one.role]} {one.role.value} · {names[one.hotline]}")
    event.add("location", one.hotline)
    if one.planned != one.person:
        event.add("description", f"原定 planned: {directory.people.name(one.planned)}")
    event.add("transp", "OPAQUE")
    return event
