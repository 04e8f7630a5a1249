"""The roster's words: people, planned shifts, who really holds them, and what was asked to change.

A **shift** is planned: one seat of one hotline, from … until, for one person. A **change** (swap, leave,
take-over) moves a stretch of it to somebody else once it is approved. An **assignment** is what comes
out: who effectively holds which stretch of which shift. Shifts and changes are kept for ever;
assignments can always be computed from them (:mod:`callcenter.roster.effective`).

Instants are aware UTC. A span includes its start and not its end.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from callcenter.terms import AgentId, DutyRole, HotlineNumber, Phone, Role, ShiftId


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may be on duty. People are never deleted: who left keeps a name in history."""

    id: AgentId
    name: str
    sort_key: str = ""
    """Pinyin of the name, lower case, for sorting; the name itself where it is not Chinese."""
    phones: tuple[Phone, ...] = ()
    """In the order in which they are tried: the desk, then the mobile."""
    roles: tuple[Role, ...] = (Role.AGENT,)
    active_from: date | None = None
    active_until: date | None = None
    """The last day; None: until further notice."""

    def active_on(self, day: date) -> bool:
        """Whether the person may be on duty on that (local) day."""
        began = self.active_from is None or self.active_from <= day
        return began and (self.active_until is None or day <= self.active_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One seat of one hotline as planned for one person."""

    hotline: HotlineNumber
    start: datetime
    end: datetime
    role: DutyRole
    seat: int
    """Counted from 1 among the seats of that role."""
    person: AgentId

    @property
    def id(self) -> ShiftId:
        """The same shift has the same id in whatever file it comes again."""
        span = (self.start.isoformat(), self.end.isoformat())
        words = (self.hotline, self.role, str(self.seat), *span, self.person)
        return ShiftId(hashlib.sha256("|".join(words).encode()).hexdigest()[:16])


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Who effectively holds a stretch of a shift."""

    shift_id: ShiftId
    hotline: HotlineNumber
    role: DutyRole
    seat: int
    person: AgentId
    start: datetime
    end: datetime
    planned: AgentId
    """Whom the roster named before any change."""


class ChangeKind(StrEnum):
    """What is asked for."""

    SWAP = "swap"
    """Two people exchange shifts (调班/换班)."""
    LEAVE = "leave"
    """Somebody is away and names who covers (请假/顶班)."""
    TAKE_OVER = "take_over"
    """Somebody takes another's shift."""
    EDIT = "edit"
    """The supervisor puts somebody else there: in force at once, with a reason."""


class ChangeState(StrEnum):
    """How far it has come. Only what is approved is in force."""

    ASKED = "asked"
    AGREED = "agreed"
    APPROVED = "approved"
    DECLINED = "declined"
    """By the other one, or by the supervisor."""
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    """The first shift concerned began before it was approved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A stretch of one shift that goes from one person to another."""

    shift_id: ShiftId
    start: datetime
    end: datetime
    giver: AgentId
    taker: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A request to change the roster and what became of it."""

    id: str
    kind: ChangeKind
    state: ChangeState
    moves: tuple[Move, ...]
    asked_by: AgentId
    other: AgentId | None
    """Whose agreement it needs; None for a supervisor's edit."""
    reason: str
    asked_at: datetime
    agreed_at: datetime | None = None
    decided_by: AgentId | None = None
    """Who approved or declined it."""
    decided_at: datetime | None = None
    decision_note: str = ""
    number: int = 0
    """Order of coming into force: later ones are laid over earlier ones."""
