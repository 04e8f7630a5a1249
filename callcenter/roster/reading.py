"""What the supervisor still has to read and sign, and which incidents still lack their report.

The supervisor reads the duty log every working day: a sign-off refers to the last entry that was read, and
signs for all before it. An incident gets a written report by the end of the next day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from callcenter.roster.calendar import WorkCalendar
from callcenter.roster.localtime import DAY_MINUTES, instant, local_day
from callcenter.roster.logbook import Entry, EntryKind
from callcenter.terms import HotlineNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDue:
    """An incident without a report."""

    incident: Entry
    due: datetime
    """The end of the local day after it."""
    overdue: bool


def unread(entries: Iterable[Entry], hotline: HotlineNumber) -> tuple[Entry, ...]:
    """The entries of *hotline*, and of no hotline in particular, that no supervisor has signed off."""
    own = [one for one in entries if one.hotline in (hotline, None)]
    signed = (one.refers_to or one.number for one in own if one.kind is EntryKind.SIGN_OFF)
    read = max(signed, default=0)
    return tuple(one for one in own if one.number > read and one.kind is not EntryKind.SIGN_OFF)


def days_to_sign(
    entries: Iterable[Entry],
    hotline: HotlineNumber,
    now: datetime,
    *,
    zone: ZoneInfo,
    calendar: WorkCalendar,
) -> tuple[date, ...]:
    """The local days whose entries should have been signed off by now: by the end of the next workday."""
    days = sorted({local_day(one.at, zone) for one in unread(entries, hotline)})
    return tuple(day for day in days if now >= instant(_next_workday(day, calendar), DAY_MINUTES, zone))


def reports_due(entries: Iterable[Entry], now: datetime, *, zone: ZoneInfo) -> tuple[ReportDue, ...]:
    """Incidents whose report is not written yet, oldest first."""
    entries = tuple(entries)
    reported = {one.refers_to for one in entries if one.kind is EntryKind.INCIDENT_REPORT}
    found: list[ReportDue] = []
    for one in entries:
        if one.kind is EntryKind.INCIDENT and one.number not in reported:
            due = instant(local_day(one.at, zone) + timedelta(days=1), DAY_MINUTES, zone)
            found.append(ReportDue(incident=one, due=due, overdue=now >= due))
    return tuple(found)


def _next_workday(day: date, calendar: WorkCalendar) -> date:
    day += timedelta(days=1)
    while not calendar.is_workday(day):
        day += timedelta(days=1)
    return day
