"""Is there somebody for every seat? What is to be said of a roster before anybody depends on it.

`check` holds the primaries of a hotline against the seats it wants; `month_complete` does so for the
coming month.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from callcenter.roster.calendar import WorkCalendar
from callcenter.roster.findings import Finding, FindingKind
from callcenter.roster.hours import Hours, Need
from callcenter.roster.localtime import local_day, month_span, next_month
from callcenter.roster.model import Assignment
from callcenter.terms import DutyRole, HotlineNumber, ShiftId


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthAhead:
    """Whether the roster of the month that comes is finished."""

    month: date
    """Its first day."""
    due: bool
    """Whether it should be finished by now."""
    findings: tuple[Finding, ...]
    """Gaps, and stretches with too few seats."""

    @property
    def complete(self) -> bool:
        """Whether every seat that is wanted is filled."""
        return not self.findings


def check(
    assignments: Iterable[Assignment],
    hotline: HotlineNumber,
    start: datetime,
    end: datetime,
    seats: Hours,
    *,
    zone: ZoneInfo,
    calendar: WorkCalendar,
) -> list[Finding]:
    """Gaps, stretches with too few seats, and overlaps of *hotline* between two instants, in order.

    *assignments* should reach to where the shifts at both ends begin and end. Only primaries count. More
    primaries than seats are an overlap only if their shifts have different hours: several people with the
    same hours are several seats.
    """
    held = [one for one in assignments if one.hotline == hotline and one.role is DutyRole.PRIMARY]
    needs = seats.spans(start, end, zone, calendar)
    hours = _shift_hours(held)
    found: list[Finding] = []
    for a, b, wanted, present in _pieces(held, needs, start, end):
        kind = _judge(wanted, present, hours)
        if kind is None:
            continue
        people = tuple(dict.fromkeys(one.person for one in present))
        _append(found, Finding(kind=kind, start=a, end=b, people=people))
    return found


def month_complete(
    assignments: Iterable[Assignment],
    hotline: HotlineNumber,
    at: datetime,
    seats: Hours,
    *,
    zone: ZoneInfo,
    calendar: WorkCalendar,
    due_from_day: int = 25,
) -> MonthAhead:
    """How the coming (local) month stands. It is due from day *due_from_day* of this month on, or from its
    last day if the month is shorter."""
    today = local_day(at, zone)
    month = next_month(today)
    findings = check(assignments, hotline, *month_span(month, zone), seats, zone=zone, calendar=calendar)
    return MonthAhead(
        month=month,
        due=today.day >= due_from_day or next_month(today + date.resolution) > month,
        findings=tuple(one for one in findings if one.kind is not FindingKind.OVERLAP),
    )


def _shift_hours(held: list[Assignment]) -> dict[ShiftId, tuple[datetime, datetime]]:
    """The hours of each shift as planned, however many people share it now."""
    hours: dict[ShiftId, tuple[datetime, datetime]] = {}
    for one in held:
        start, end = hours.get(one.shift_id, (one.start, one.end))
        hours[one.shift_id] = min(start, one.start), max(end, one.end)
    return hours


def _pieces(
    held: list[Assignment], needs: tuple[Need, ...], start: datetime, end: datetime
) -> Iterable[tuple[datetime, datetime, int, list[Assignment]]]:
    """Between two instants, wherever anything changes: from when, until when, seats wanted, who is there."""
    spans = [*((one.start, one.end) for one in held), *((need.start, need.end) for need in needs)]
    edges = {edge for span in spans for edge in span if start < edge < end}
    coming = sorted(held, key=lambda one: one.start, reverse=True)
    waiting = list(reversed(needs))
    present: list[Assignment] = []
    for a, b in pairwise([start, *sorted(edges), end]):
        while coming and coming[-1].start <= a:
            present.append(coming.pop())
        present = sorted((one for one in present if one.end > a), key=lambda one: (one.seat, one.start))
        while waiting and waiting[-1].end <= a:
            waiting.pop()
        wanted = waiting[-1].seats if waiting and waiting[-1].start <= a else 0
        yield a, b, wanted, present


def _judge(
    wanted: int, present: list[Assignment], hours: dict[ShiftId, tuple[datetime, datetime]]
) -> FindingKind | None:
    if not present:
        return FindingKind.GAP if wanted else None
    if len(present) < wanted:
        return FindingKind.TOO_FEW_SEATS
    different = len({hours[one.shift_id] for one in present}) > 1
    return FindingKind.OVERLAP if len(present) > wanted and different else None


def _append(found: list[Finding], more: Finding) -> None:
    """Stretches that touch and say the same are one."""
    last = found[-1] if found else None
    if last and (last.kind, last.end, last.people) == (more.kind, more.start, more.people):
        found[-1] = Finding(kind=last.kind, start=last.start, end=more.end, people=last.people)
    else:
        found.append(more)
