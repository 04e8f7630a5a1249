"""What is done with a roster: changes, attendance, log, handover."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, Protocol

from callcenter.roster.attendance import Finding as Lapse
from callcenter.roster.attendance import Sign
from callcenter.roster.handover import Handover
from callcenter.roster.logbook import Break, Draft, Entry, EntryKind
from callcenter.roster.model import Change, ChangeKind, ChangeState, Move
from callcenter.roster.reading import ReportDue
from callcenter.terms import AgentId, CallId, HotlineNumber, Phone, ShiftId, SignKind


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
