"""What the web needs of the other parts. They satisfy these by shape; the application binds them.

Readers may raise one of the exceptions that `make_app` is told to take for "the store is away"; the
web answers 503 then. Times are aware UTC.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from callcenter.facts import News
from callcenter.kpi import Tally
from callcenter.record import Call
from callcenter.terms import AgentId, CallId, Direction, HotlineNumber, Outcome, PbxName, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls are wanted; None leaves a side open."""

    hotline: HotlineNumber | None = None
    start: datetime | None = None
    """Arrived at or after."""
    end: datetime | None = None
    """Arrived before."""
    outcome: Outcome | None = None
    agent: AgentId | None = None
    """Of a call that this agent answered."""
    direction: Direction | None = None
    missed: bool | None = None
    """True: decided and not answered; False: answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a page of calls ended; the order is latest arrival first, then call id downwards."""

    arrived_at: datetime
    call_id: CallId


class CallReader(Protocol):
    """Stored calls."""

    async def get(self, call_id: CallId) -> Call | None: ...

    async def page(self, wanted: CallFilter, after: Position | None, limit: int) -> Sequence[Call]:
        """At most *limit* calls that come after *after* in the order of `Position`."""
        ...


class NoTimeline(Exception):
    """There is no story of the call. The text is one sentence for whoever asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The story of a call, from what the PBX said."""

    call: Call
    """As it is told by the evidence and the present configuration."""
    told: Mapping[str, Any]
    """The rest, JSON-ready: ``verdict``, ``entries``, ``gaps`` … A customer's number may be in its texts."""


class Version(Protocol):
    """What a call was told until it was judged again."""

    @property
    def version(self) -> int: ...
    @property
    def replaced_at(self) -> datetime: ...
    @property
    def reason(self) -> str: ...
    @property
    def told(self) -> Call: ...


class PastReader(Protocol):
    """How a call came to its verdict, and what was told of it before."""

    async def timeline(self, call: Call) -> Timeline:
        """The call's story. Raises NoTimeline."""
        ...

    async def versions(self, call: Call) -> Sequence[Version]:
        """The oldest first; none for a call that was never judged again."""
        ...


class Unconfigured(Protocol):
    """A number without hotline that trunk callers dialled."""

    @property
    def number(self) -> str: ...
    @property
    def pbx(self) -> PbxName: ...
    @property
    def calls(self) -> int: ...
    @property
    def first_at(self) -> datetime: ...
    @property
    def last_at(self) -> datetime: ...


class KpiReader(Protocol):
    """Sums over stored calls, and how long we were blind."""

    async def tallies(
        self, hotline: HotlineNumber, start: datetime, end: datetime, step: timedelta
    ) -> Sequence[tuple[datetime, Tally]]:
        """Each interval's start and tally, in order, those without calls too. A length of whole days follows
        the hotline's wall clock."""
        ...

    async def gaps(
        self, pbx: PbxName, start: datetime, end: datetime
    ) -> Sequence[tuple[datetime, datetime | None]]:
        """When the PBX could not be heard, in order; None for a gap that goes on."""
        ...

    async def unconfigured(self) -> Sequence[Unconfigured]: ...


class LiveReader(Protocol):
    """What is happening now."""

    def snapshot(self, number: HotlineNumber, at: datetime) -> Mapping[str, Any]:
        """One hotline as the contract's live shape, JSON-ready."""
        ...

    def subscribe(self) -> AbstractAsyncContextManager[AsyncIterator[Sequence[News]]]:
        """Facts from now on, each already applied to what `snapshot` says; an item is all that came since
        the one before. The iterator ends when the subscriber was too slow and has been cut off, or when the
        service stops."""
        ...


class Grant(Protocol):
    """What a token stands for."""

    @property
    def token_id(self) -> str:
        """Names the token in the audit trail; tells nothing of its secret."""
        ...

    @property
    def role(self) -> Role: ...
    @property
    def person(self) -> AgentId | None: ...


class TokenReader(Protocol):
    """API tokens."""

    async def find(self, secret: str) -> Grant | None:
        """The grant behind a token that is in force, else None."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Somebody saw what is confidential, or changed something: who, when, what. Never the number itself."""

    at: datetime
    who: str
    """The token's id."""
    role: Role
    person: AgentId | None
    act: str
    """``calls.list``, ``changes.approve`` …"""
    subject: str
    """What was asked for: the call's id, or the filters of a list."""
    shown: int
    """How many callers' numbers went out."""
    client: str
    """The address the request came from."""


class AuditWriter(Protocol):
    """The trail of lookups. A number is shown only after its entry is written."""

    async def write(self, entry: AuditEntry) -> None: ...


class Part(Protocol):
    """One thing that must work before we can be relied on."""

    @property
    def ok(self) -> bool: ...
    @property
    def why(self) -> str | None:
        """What is wrong, for an operator; None when nothing is."""
        ...


class Readiness(Protocol):
    """Whether AMI, Postgres and the schema are fit, each by itself."""

    async def parts(self) -> Mapping[str, Part]:
        """By name: ``ami:<pbx>``, ``store``, ``schema``."""
        ...


class MetricsText(Protocol):
    """The metrics page."""

    def __call__(self, accept: str) -> tuple[bytes, str]:
        """The text and its content type, for a request's ``Accept`` header."""
        ...
