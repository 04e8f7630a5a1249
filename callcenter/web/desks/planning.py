"""Who is on duty, the roster behind it, and the people and days that it is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal, Protocol

from callcenter.roster.book import Standing
from callcenter.roster.calendar import DayKind
from callcenter.roster.model import Assignment, Person, Shift
from callcenter.terms import AgentId, HotlineNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyView:
    """What the roster says of one hotline and one instant."""

    effective: Standing
    """After swaps, leave and edits."""
    planned: Standing
    """As the roster was published."""
    next_at: datetime | None
    """When who is on duty changes next; None: not within what the roster knows."""
    next: Standing | None
    is_rostered: bool
    """Whether there is a roster for this hotline at all: without one nobody can be missing."""
    after_hours: bool
    names: Mapping[AgentId, str]
    """Of everybody in it."""


class DutyReader(Protocol):
    """Who is on duty. Answered from memory where it can be, so that it works without the store."""

    async def duty(self, hotline: HotlineNumber, at: datetime) -> DutyView: ...


class RosterVersion(Protocol):
    """One publishing of the roster."""

    @property
    def version(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def author(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def added(self) -> int: ...
    @property
    def kept(self) -> int: ...
    @property
    def withdrawn(self) -> int: ...


class SheetKind(StrEnum):
    """What a roster is written out as."""

    XLSX = "xlsx"
    CSV = "csv"


class RosterDesk(Protocol):
    """The roster as planned and as it came to be."""

    async def shifts(self, start: datetime, end: datetime, hotline: HotlineNumber | None) -> Sequence[Shift]:
        """As published, those that overlap *start* … *end*, in order of their start."""
        ...

    async def assignments(
        self, start: datetime, end: datetime, hotline: HotlineNumber | None
    ) -> Sequence[Assignment]:
        """Who effectively holds what, likewise."""
        ...

    async def names(self) -> Mapping[AgentId, str]:
        """Everybody's name, of those who have left too."""
        ...

    async def bring(
        self, data: bytes, *, dry_run: bool, by: str, reason: str, month: date | None
    ) -> Mapping[str, Any]:
        """Read a file and publish what it says, all or nothing. *month*: a day of the month that days without
        one belong to. The answer is what ``roster import --json`` prints: ``ok`` … ``faults``, ``warnings``.
        Raises BadFile."""
        ...

    async def check(self, hotline: HotlineNumber, start: datetime, end: datetime) -> Mapping[str, Any]:
        """JSON-ready: ``findings`` (each with ``kind``, ``start``, ``end``, ``people``), ``balance`` (each
        with ``person``, ``name`` and what they have to do) and ``month`` (whether the next month's roster is
        complete, and whether that is due)."""
        ...

    async def versions(self, hotline: HotlineNumber | None, limit: int) -> Sequence[RosterVersion]:
        """The newest first."""
        ...

    async def template(self, first_day: date) -> bytes:
        """An xlsx to fill in, for the month that begins on that day."""
        ...

    async def export(
        self, first_day: date, last_day: date, hotline: HotlineNumber | None, kind: SheetKind
    ) -> bytes:
        """The planned shifts that start on those local days, as a file that `bring` takes."""
        ...

    async def calendar_of_hotline(self, hotline: HotlineNumber) -> bytes:
        """An iCalendar of everybody's duty at the hotline."""
        ...

    async def calendar_of_person(self, person: AgentId) -> bytes:
        """An iCalendar of one person's duty. Raises Unknown."""
        ...


class PersonVersion(Protocol):
    """What was told of a person from some time on."""

    @property
    def at(self) -> datetime: ...
    @property
    def author(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def person(self) -> Person: ...


class PeopleDesk(Protocol):
    """People who may be on duty."""

    async def all(self) -> Sequence[Person]:
        """In order of their sort keys; those who left too."""
        ...

    async def put(self, person: Person, by: str, reason: str) -> Person:
        """Add or change somebody; the sort key is made here where it is empty. Raises Refused."""
        ...

    async def leave(self, person: AgentId, last_day: date, by: str, reason: str) -> Person:
        """Let *last_day* be the last. Raises Unknown, and Refused while shifts after it are theirs."""
        ...

    async def history(self, person: AgentId) -> Sequence[PersonVersion]:
        """The newest first. Raises Unknown."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarYear:
    """The statutory holidays and make-up workdays of a year."""

    year: int
    status: Literal["official", "provisional"]
    """Official once the announced calendar has been brought in; until then it is computed."""
    days: Mapping[date, DayKind]
    """Those that are not what their day of the week says: holidays, weekdays off, make-up workdays."""


class CalendarDesk(Protocol):
    """Which days are worked."""

    async def year(self, year: int) -> CalendarYear: ...

    async def bring_year(self, year: int, days: Mapping[date, DayKind], by: str) -> CalendarYear:
        """Take the official calendar of a year, in place of what was known of it. Raises Refused."""
        ...
