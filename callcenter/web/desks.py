"""What the web needs for roster, changes, attendance, log, handover and routing: one Protocol a desk.

They satisfy these by shape; the application binds them, in a `Desks`. Every method may raise one of the
exceptions that mean "the store is away" (503). An act that the rules don't allow raises the domain's
`Refused` (409), one
on something that is not there `Unknown` (404); their texts are one sentence for whoever asked and name no
caller. An act asked for again that has already been done as asked answers the same again and does nothing.

``by`` is a person's id; where an act needs no person it may be ``token:<id>`` instead. Times are aware UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal, Protocol

from callcenter.roster.attendance import Finding as Lapse
from callcenter.roster.attendance import Sign
from callcenter.roster.book import Standing
from callcenter.roster.calendar import DayKind
from callcenter.roster.figures import PersonFigures, ShiftFigures
from callcenter.roster.handover import Handover
from callcenter.roster.logbook import Break, Draft, Entry, EntryKind
from callcenter.roster.model import Assignment, Change, ChangeKind, ChangeState, Move, Person, Shift
from callcenter.roster.reading import ReportDue
from callcenter.terms import AgentId, CallId, HotlineNumber, Phone, RoutingMode, ShiftId, SignKind


class Unknown(Exception):
    """There is no such thing."""


class BadFile(Exception):
    """A file that is no table at all; what is wrong in a table is told by its preview."""


# Who is on duty


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


# The roster


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


# People and the calendar


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


# Changes


class ChangeAct(StrEnum):
    """What is done to a change after it was asked for."""

    AGREE = "agree"
    APPROVE = "approve"
    DECLINE = "decline"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAsked:
    """What somebody asks for."""

    id: str | None
    """Given by who asks, so that it can be asked again without being asked twice; None: any."""
    kind: ChangeKind
    moves: tuple[Move, ...]
    asked_by: AgentId
    other: AgentId | None
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFilter:
    """Which changes are wanted; None leaves a side open."""

    state: ChangeState | None = None
    person: AgentId | None = None
    """Who asked, whose agreement it needs, or who gives or takes a shift by it."""
    hotline: HotlineNumber | None = None
    start: datetime | None = None
    """Concerns a stretch that ends after this."""
    end: datetime | None = None
    """Concerns a stretch that starts before this."""


class ChangeDesk(Protocol):
    """Swaps, leave, take-overs and edits."""

    async def get(self, change: str) -> Change | None: ...

    async def find(self, wanted: ChangeFilter, limit: int) -> Sequence[Change]:
        """Asked last comes first."""
        ...

    async def ask(self, asked: ChangeAsked) -> Change:
        """Raises Refused. A supervisor's edit is in force when this returns."""
        ...

    async def act(self, change: str, act: ChangeAct, by: AgentId, note: str, at: datetime) -> Change:
        """Raises Unknown, and Refused."""
        ...


# Attendance


class AttendanceDesk(Protocol):
    """Who was there."""

    async def sign(self, person: AgentId, kind: SignKind, at: datetime, phone: Phone | None) -> Sign: ...

    async def signs(self, start: datetime, end: datetime, person: AgentId | None) -> Sequence[Sign]:
        """In order of time."""
        ...

    async def findings(
        self, start: datetime, end: datetime, hotline: HotlineNumber | None, person: AgentId | None
    ) -> Sequence[Lapse]:
        """In order of time."""
        ...


# Log and handover


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Which entries are wanted; None leaves a side open."""

    hotline: HotlineNumber | None = None
    """Of this hotline, or of none."""
    shift: ShiftId | None = None
    kind: EntryKind | None = None
    author: AgentId | None = None
    call: CallId | None = None
    refers_to: int | None = None
    is_open: bool | None = None
    """True: marked for follow-up and not done."""
    start: datetime | None = None
    end: datetime | None = None


class Verdict(Protocol):
    """Whether the log's chain holds."""

    @property
    def entries(self) -> int:
        """How many were looked at."""
        ...

    @property
    def breaks(self) -> Sequence[Break]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LogDue:
    """What a supervisor still has to read and sign, and what still has to be written."""

    unread: Sequence[Entry]
    days: Sequence[date]
    """Local days whose entries should have been signed off by now."""
    reports: Sequence[ReportDue]


class Purge(Protocol):
    """A purge that was asked for: the entries of whole months before a day go."""

    @property
    def id(self) -> int: ...
    @property
    def before(self) -> date:
        """The first day of the oldest month that stays."""
        ...

    @property
    def asked_by(self) -> AgentId: ...
    @property
    def asked_at(self) -> datetime: ...
    @property
    def agreed_by(self) -> AgentId | None: ...
    @property
    def agreed_at(self) -> datetime | None: ...
    @property
    def purged_at(self) -> datetime | None: ...


class LogDesk(Protocol):
    """The duty log."""

    async def get(self, number: int) -> Entry | None: ...

    async def entries(self, wanted: EntryFilter, before: int | None, limit: int) -> Sequence[Entry]:
        """At most *limit* entries with a number below *before*, the newest first."""
        ...

    async def append(self, draft: Draft) -> Entry:
        """Raises Refused, e.g. for an item that is already done."""
        ...

    async def verify(self) -> Verdict: ...

    async def due(self, hotline: HotlineNumber, at: datetime) -> LogDue: ...

    async def purges(self) -> Sequence[Purge]:
        """The newest first."""
        ...

    async def ask_purge(self, before: date, by: AgentId) -> Purge:
        """Raises Refused for what is younger than three years."""
        ...

    async def agree_purge(self, purge: int, by: AgentId) -> Purge:
        """Raises Unknown, and Refused for who asked."""
        ...


class HandoverDesk(Protocol):
    """From shift to shift."""

    async def present(self, hotline: HotlineNumber, at: datetime, shift: ShiftId | None) -> Handover | None:
        """As of *at*: that shift's handover; without one that of the change-over nearest to *at*. None if
        there is no such shift."""
        ...

    async def sign(
        self, hotline: HotlineNumber, shift: ShiftId, side: Literal["given", "taken"], by: AgentId, note: str
    ) -> Entry:
        """Raises Unknown, and Refused e.g. for who neither leaves nor relieves."""
        ...


# Routing


class Forced(Protocol):
    """A mode that somebody set."""

    @property
    def hotline(self) -> HotlineNumber: ...
    @property
    def mode(self) -> RoutingMode | None:
        """None: as the schedule says, again."""
        ...

    @property
    def until(self) -> datetime | None: ...
    @property
    def author(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def reason(self) -> str: ...


class RoutingDesk(Protocol):
    """Where a caller is sent."""

    async def show(self, hotline: HotlineNumber, at: datetime) -> Mapping[str, Any]:
        """What ``routing show --json`` prints: ``hotline``, ``at``, ``mode``, ``forced``, ``chain`` …"""
        ...

    async def force(
        self, hotline: HotlineNumber, mode: RoutingMode | None, until: datetime | None, by: str, reason: str
    ) -> Forced:
        """Mode None gives the hotline back to its schedule. Raises Refused."""
        ...

    async def history(self, hotline: HotlineNumber, limit: int) -> Sequence[Forced]:
        """The newest first."""
        ...


# Figures


class FigureReader(Protocol):
    """Figures per shift and per person."""

    async def by_shift(
        self, hotline: HotlineNumber | None, start: datetime, end: datetime
    ) -> Sequence[ShiftFigures]:
        """Of calls that arrived from *start* until before *end*, in order of the shifts' start."""
        ...

    async def by_person(
        self, hotline: HotlineNumber | None, start: datetime, end: datetime
    ) -> Sequence[PersonFigures]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Desks:
    """All of them."""

    duty: DutyReader
    roster: RosterDesk
    people: PeopleDesk
    calendar: CalendarDesk
    changes: ChangeDesk
    attendance: AttendanceDesk
    log: LogDesk
    handover: HandoverDesk
    routing: RoutingDesk
    figures: FigureReader
