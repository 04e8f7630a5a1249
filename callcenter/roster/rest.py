"""Does everybody get rest: hours between two days' work, and a day off now and then.

A day's work is everything that begins on one local day: the parts of a split shift are one, and the
pause between them is no rest. It may end the next day. A supervisor's stand-by behind the others is
no work and is left out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from callcenter.roster.findings import Finding, FindingKind
from callcenter.roster.localtime import local_day
from callcenter.roster.model import Assignment
from callcenter.terms import AgentId, DutyRole


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    day: date
    start: datetime
    end: datetime


def rest_faults(
    assignments: Iterable[Assignment], min_rest_hours: float, max_days_in_row: int, *, zone: ZoneInfo
) -> list[Finding]:
    """Who works again before *min_rest_hours* have passed (the finding is the rest that there was), and who
    works more than *max_days_in_row* local days in a row (the finding is the work after those days)."""
    rest = timedelta(hours=min_rest_hours)
    found: list[Finding] = []
    for person, works in _by_person(assignments, zone).items():
        found += _too_soon(person, works, rest)
        found += _too_many(person, works, max_days_in_row)
    return sorted(found, key=lambda one: (one.start, one.end, one.people))


def _by_person(assignments: Iterable[Assignment], zone: ZoneInfo) -> dict[AgentId, list[_Work]]:
    works: dict[AgentId, list[_Work]] = {}
    for one in sorted(assignments, key=lambda held: held.start):
        if one.role is DutyRole.SUPERVISOR:
            continue
        days = works.setdefault(one.person, [])
        day = local_day(one.start, zone)
        if days and days[-1].day == day:
            days[-1] = _Work(day=day, start=days[-1].start, end=max(days[-1].end, one.end))
        else:
            days.append(_Work(day=day, start=one.start, end=one.end))
    return works


def _too_soon(person: AgentId, works: list[_Work], rest: timedelta) -> Iterable[Finding]:
    for before, after in pairwise(works):
        # Work that overlaps is a clash and told as such; here the rest is none or too short.
        if timedelta() <= after.start - before.end < rest:
            yield _finding(person, before.end, after.start)


def _too_many(person: AgentId, works: list[_Work], most: int) -> Iterable[Finding]:
    run: list[_Work] = []
    for work in works:
        if run and work.day - run[-1].day > timedelta(days=1):
            yield from _run(person, run, most)
            run = []
        run.append(work)
    yield from _run(person, run, most)


def _run(person: AgentId, run: list[_Work], most: int) -> Iterable[Finding]:
    if len(run) > most:
        yield _finding(person, run[most].start, run[-1].end)


def _finding(person: AgentId, start: datetime, end: datetime) -> Finding:
    return Finding(kind=FindingKind.REST, start=start, end=end, people=(person,))
