"""A call as it is told: the record behind the API, the exports and the store (contract, section 5).

Records are immutable snapshots. The tracker tells a call anew whenever something happens to it;
``seq`` counts the tellings, and the highest is the true one.
"""

from dataclasses import dataclass
from datetime import datetime

from callcenter.rings import Cadence
from callcenter.terms import (
    AgentId,
    AttemptOutcome,
    CallId,
    CallState,
    Clock,
    Direction,
    DutyRole,
    HangupSide,
    HotlineNumber,
    Linkedid,
    Outcome,
    PbxName,
    Phone,
    ShiftId,
    Source,
    TransferKind,
    Truncated,
    Uniqueid,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One phone's one try at the call."""

    phone: Phone
    agent_id: AgentId | None
    """None for a number over a trunk that no agent is configured with."""
    started_at: datetime | None
    ring_started_at: datetime | None
    """First alerting; None while, or if, it never alerted."""
    ring_seconds: float | None
    """Alerting until picked up, cancelled or refused; None while it still rings."""
    rings: int | None
    outcome: AttemptOutcome | None
    """None while the try goes on."""
    step: int | None = None
    """Of the duty chain, counted from 1; None where the phone was not called by it."""
    step_role: str | None = None
    """``primary``, ``backup``, ``supervisor``, or ``fallback`` where nobody was on duty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """The caller handed on after the first answer."""

    kind: TransferKind
    at: datetime | None
    by: Phone | None
    to: Phone | None
    """Who answered, else the phone tried, else the extension; None for a parked call nobody fetched."""
    answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """How long the caller was with one phone, and on hold by it. In a conference several at once."""

    phone: Phone
    agent_id: AgentId | None
    talk_seconds: float
    hold_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A sound file that the PBX wrote of this call."""

    path: str
    """Relative to the PBX's monitor directory where it lies below it, else as the PBX says."""
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDuty:
    """A person on duty when the call was offered."""

    person: AgentId
    role: DutyRole
    shift_id: ShiftId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """What the roster and the rules said when a call was offered. Frozen onto the call, whatever changes."""

    after_hours: bool = False
    target_rings: int | None = None
    """The rule then in force, where it differs from the hotline's usual one."""
    shift_ids: tuple[ShiftId, ...] = ()
    """All shifts in force, in order of their start."""
    shift_id: ShiftId | None = None
    """The one of them that began last."""
    on_duty: tuple[OnDuty, ...] = ()
    """The effective people: primaries, backups, supervisors."""
    staffed: bool | None = None
    """Whether anybody was on duty; None where there is no roster for the hotline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call as told now. Times are aware UTC, durations seconds; None is "no value", never 0 or ""."""

    call_id: CallId
    pbx: PbxName
    linkedid: Linkedid
    uniqueid: Uniqueid
    direction: Direction
    hotline: HotlineNumber | None
    """None for internal and outbound calls, and for a trunk caller's number that is no hotline."""
    dialled: str
    """The number that was dialled, e.g. one that no hotline is configured for."""
    caller: str | None
    """None when withheld. Never leaves the process but by a reader whose role may see it."""
    arrived_at: datetime
    first_ring_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    """None while the call is in progress, i.e. not decided."""
    answered_by: Phone | None = None
    agent_id: AgentId | None = None
    wait_seconds: float | None = None
    caller_ring_seconds: float | None = None
    caller_rings: int | None = None
    ring_seconds: float | None = None
    rings: int | None = None
    target_rings: int | None = None
    cadence: Cadence | None = None
    on_time: bool | None = None
    short_abandoned: bool = False
    short_abandon_seconds: float | None = None
    """The limit that ``short_abandoned`` was judged by."""
    talk_seconds: float | None = None
    hold_seconds: float | None = None
    talks: tuple[Talk, ...] = ()
    """By phone, in the order in which they met; empty where ``talk_seconds`` is None."""
    hung_up_by: HangupSide | None = None
    after_hours: bool = False
    shift_id: ShiftId | None = None
    shift_ids: tuple[ShiftId, ...] = ()
    on_duty: tuple[OnDuty, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    recordings: tuple[Recording, ...] = ()
    clock: Clock | None = Clock.PBX
    """None where bytes without Timestamp headers and without arrival times were replayed."""
    truncated: Truncated | None = None
    source: Source = Source.AMI
    state: CallState = CallState.WAITING
    queue: str | None = None
    """The queue the caller waits in, or last waited in."""
    waiting_since: datetime | None = None
    """When the wait that goes on now began; None once answered, taken by voicemail or ended."""
    decided_at: datetime | None = None
    final: bool = False
    """The caller and every leg have hung up (or will never be seen to): this telling is the last."""
    seq: int = 0

    @property
    def missed(self) -> bool:
        """Whether the outcome is decided and is not an answer."""
        return self.outcome is not None and self.outcome is not Outcome.ANSWERED

    @property
    def ringing(self) -> tuple[Phone, ...]:
        """The phones that ring for this call now."""
        return tuple(
            a.phone
            for a in self.attempts
            if a.ring_started_at and a.ring_seconds is None and a.outcome is None
        )
