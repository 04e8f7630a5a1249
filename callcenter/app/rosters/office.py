"""Rosters in and out of the database, as files and as findings."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from callcenter.app.rosters.known import Known, known, windows
from callcenter.app.rosters.preview import Preview, Warned, preview, reach
from callcenter.config import Config
from callcenter.roster.balance import balance
from callcenter.roster.book import Standing
from callcenter.roster.coverage import check, month_complete
from callcenter.roster.findings import Finding
from callcenter.roster.localtime import days_between, local_day
from callcenter.roster.model import Shift
from callcenter.sheets.faults import Fault, FaultKind
from callcenter.sheets.ical import to_ical
from callcenter.sheets.reading import Reading, read_roster
from callcenter.sheets.template import template
from callcenter.sheets.values import Month
from callcenter.sheets.writing import to_csv, to_xlsx
from callcenter.store.assignments import RosterClash
from callcenter.store.pool import Pool
from callcenter.store.roster import Published, RosterStore
from callcenter.terms import AgentId, HotlineNumber

FEED_BEHIND: Final = timedelta(days=62)
FEED_AHEAD: Final = timedelta(days=400)
"""What of the roster a calendar feed holds."""
_AROUND: Final = timedelta(days=3)
"""A shift that reaches into a time began at most so long before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What became of a file."""

    preview: Preview
    published: Published | None
    """None: nothing was written."""
    dry_run: bool
    faults: tuple[Fault, ...]

    @property
    def ok(self) -> bool:
        """Whether there is nothing wrong with it."""
        return not self.faults

    @property
    def warnings(self) -> tuple[Warned, ...]:
        """What is to be looked at all the same."""
        return self.preview.warnings if self.ok else ()

    def to_json(self) -> dict[str, Any]:
        """As ``roster import --json`` prints it."""
        added, kept, withdrawn = self.preview.counts if self.ok else (0, 0, 0)
        return {
            "ok": self.ok,
            "dry_run": self.dry_run,
            "version": self.published.version if self.published else None,
            "shifts": len(self.preview.shifts),
            "added": added,
            "kept": kept,
            "withdrawn": withdrawn,
            "changes_dropped": list(self.published.changes_dropped) if self.published else [],
            "faults": [_fault_json(fault) for fault in self.faults],
            "warnings": [warned.to_json() for warned in self.warnings],
        }


def _fault_json(fault: Fault) -> dict[str, Any]:
    return {
        "kind": str(fault.kind),
        "where": fault.where,
        "row": fault.place.row if fault.place else None,
        "column": fault.column,
        "value": fault.value,
        "what": fault.what,
    }


def _clashed(clash: RosterClash, found: Preview, reading: Reading) -> Iterator[Fault]:
    """What swaps and leave in force make of the file: told where the file has one of the two shifts."""
    ids = {shift.id: shift for shift in found.shifts}
    lines = {replace(line.shift, seat=0): line for line in reading.lines}
    for one in clash.clashes:
        shifts = [ids[name] for name in one.shifts if name in ids]
        line = lines[replace(shifts[0], seat=0)] if shifts else None
        yield Fault(
            kind=FaultKind.CLASH,
            place=line.place if line else None,
            column="person",
            value=line.value if line else "",
            what=f"can't stand beside the changes in force: {one}",
        )


def _unplaced(clash: RosterClash) -> Fault:
    return Fault(kind=FaultKind.CLASH, place=None, column=None, value="", what=str(clash))


class RosterOffice:
    """*now* is the time. Every method raises StoreAway when PostgreSQL can't be asked."""

    def __init__(self, pool: Pool, config: Config, now: Callable[[], datetime]) -> None:
        self._pool = pool
        self._config = config
        self._now = now
        self._store = RosterStore(pool)

    async def known(self) -> Known:
        """People, hotlines, calendar and rules as they are."""
        return await known(self._pool, self._config)

    async def bring(
        self, data: bytes, *, dry_run: bool, by: str, reason: str, month: Month | None = None
    ) -> Brought:
        """Read a file and publish what it says, all of it or nothing. *month* is what bare days belong to.
        Raises Unreadable for a file that is no table at all."""
        about, now = await self.known(), self._now()
        reading = await asyncio.to_thread(read_roster, data, about.directory, today=now.date(), month=month)
        span = reach(reading, about)
        stored = await self._store.shifts(*span) if span else []
        found = await asyncio.to_thread(preview, reading, stored, about, now)
        if found.faults or dry_run:
            return Brought(preview=found, published=None, dry_run=dry_run, faults=found.faults)
        try:
            published = await self._store.publish(found.shifts, found.windows, AgentId(by), reason)
        except RosterClash as clash:
            faults = tuple(_clashed(clash, found, reading)) or (_unplaced(clash),)
            return Brought(preview=found, published=None, dry_run=dry_run, faults=faults)
        return Brought(preview=found, published=published, dry_run=dry_run, faults=())

    async def findings(
        self, hotline: HotlineNumber, start: datetime, end: datetime, about: Known
    ) -> list[Finding]:
        """Gaps, overlaps and too few seats of what is effectively held."""
        held = await self._store.assignments(start - _AROUND, end + _AROUND, hotline)
        zone = about.directory.zone(hotline)
        return check(held, hotline, start, end, about.seats[hotline], zone=zone, calendar=about.calendar)

    async def check(self, hotline: HotlineNumber, start: datetime, end: datetime) -> dict[str, Any]:
        """JSON-ready: the findings, how the load is shared, and whether the next month is complete."""
        about = await self.known()
        zone = about.directory.zone(hotline)
        held = await self._store.assignments(start - _AROUND, end + _AROUND, hotline)
        seats, days = about.seats[hotline], about.calendar
        people = [one.id for one in about.directory.people if any(h.person == one.id for h in held)]
        loads = balance(held, people, start, end, zone=zone, calendar=days)
        now = self._now()
        ahead = await self._store.assignments(now, now + timedelta(days=70), hotline)
        month = month_complete(
            ahead, hotline, now, seats, zone=zone, calendar=days, due_from_day=about.month_complete_day
        )
        findings = check(held, hotline, start, end, seats, zone=zone, calendar=days)
        names = about.directory.people
        return {
            "findings": [one.to_json() for one in findings],
            "balance": [
                {
                    "person": load.person, "name": names.name(load.person), "hours": load.hours,
                    "duties": load.duties, "nights": load.nights, "weekends": load.weekends,
                    "holidays": load.holidays,
                }
                for load in loads
            ],
            "month": {
                "month": f"{month.month:%Y-%m}",
                "due": month.due,
                "complete": month.complete,
                "findings": [one.to_json() for one in month.findings],
            },
        }  # fmt: skip

    async def standing(self, hotline: HotlineNumber, at: datetime) -> Standing:
        """Who is effectively on duty at an instant."""
        return (await self._store.book(at - _AROUND, at + _AROUND)).at(hotline, at)

    async def export(
        self, first: date, last: date, hotlines: Sequence[HotlineNumber], *, as_csv: bool
    ) -> bytes:
        """The planned shifts that start on those local days, as a file that `bring` takes."""
        about = await self.known()
        shifts: list[Shift] = []
        for number in hotlines:
            (span,) = windows(days_between(first, last), about.directory, number)
            stored = await self._store.shifts(*span, number)
            shifts += [shift for shift in stored if span[0] <= shift.start < span[1]]
        write = to_csv if as_csv else to_xlsx
        return await asyncio.to_thread(write, shifts, about.directory)

    async def template(self, month: Month) -> bytes:
        """An xlsx to fill in."""
        about = await self.known()
        return await asyncio.to_thread(template, about.directory, month)

    async def calendar_of_hotline(self, hotline: HotlineNumber) -> bytes:
        """An iCalendar of everybody's duty at the hotline."""
        about = await self.known()
        names = {line.number: line.name for line in about.directory.hotlines}
        return await self._feed(about, names[hotline], hotline, None)

    async def calendar_of_person(self, person: AgentId) -> bytes:
        """An iCalendar of one person's duty. Raises LookupError for somebody who is not known."""
        about = await self.known()
        who = about.directory.people.get(person)
        if who is None:
            raise LookupError(f"nobody has the id {person}")
        return await self._feed(about, who.name, None, person)

    async def _feed(
        self, about: Known, title: str, hotline: HotlineNumber | None, person: AgentId | None
    ) -> bytes:
        now = self._now()
        held = await self._store.assignments(now - FEED_BEHIND, now + FEED_AHEAD, hotline)
        known_lines = {line.number for line in about.directory.hotlines}
        wanted = [one for one in held if person in (None, one.person) and one.hotline in known_lines]
        return await asyncio.to_thread(
            to_ical, wanted, about.directory, title=title, told_at=now, whose=person
        )


def next_month(now: datetime, about: Known) -> Month:
    """The month after this one where the first hotline is."""
    line = about.directory.hotlines[0].number
    today = local_day(now, about.directory.zone(line))
    return Month(today.year + today.month // 12, today.month % 12 + 1)
