"""What happened, in the trade's words: the hinge between the tracker and everything after it.

Every fact about a call carries the whole call as told from then on, so that a reader may start
anywhere, apply a fact twice, or skip one, and still be right after the next. ``(call_id, seq)`` is
a call fact's natural key.
"""

from dataclasses import dataclass
from datetime import datetime

from callcenter.record import Call, Transfer
from callcenter.terms import CallId, HotlineNumber, PbxName, Phone, RoutingMode, SignKind


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFact:
    """Something happened to one call."""

    at: datetime
    """By the call's clock."""
    call: Call
    """The call as told from this fact on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOffered(CallFact):
    """A caller from outside reached a number (a hotline's, or one that is not configured)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneRang(CallFact):
    """A phone began to ring for the caller."""

    phone: Phone


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswered(CallFact):
    """A person's phone was connected to the caller for the first time: the outcome is decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMissed(CallFact):
    """The call's outcome was decided, and it is not an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTransferred(CallFact):
    """The caller was handed on after the first answer."""

    transfer: Transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class CallChanged(CallFact):
    """The call stands elsewhere now: a phone stopped ringing, hold, back from hold, queue, voicemail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(CallFact):
    """The last telling of a call: its caller and all its legs are gone. Internal and outbound calls
    are told by this fact alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRetold(CallFact):
    """History is told anew: the call, or its end, was not seen live and was found in the PBX's own records;
    or it was judged again after a rule had changed. Boards and the store follow; what counts events since
    its start does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMerged:
    """A call told before turned out to be part of another (a consultation, a pickup): it is withdrawn."""

    at: datetime
    pbx: PbxName
    call_id: CallId
    into: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkUp:
    """The PBX can be heard again."""

    at: datetime
    pbx: PbxName
    gap_seconds: float | None
    """How long nothing could be heard; None at the first connection since the start."""
    gap_began_at: datetime | None
    """When the last event before the gap was heard."""
    pbx_restarted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDown:
    """The PBX can't be heard: every figure from here on is blind."""

    at: datetime
    pbx: PbxName
    reason: str
    """One sentence for an operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """Something that can't happen, did. Counted and logged, never guessed around."""

    at: datetime
    pbx: PbxName
    kind: str
    """A word of a small fixed set: it becomes a metric's label."""
    detail: str
    """For a log: channel ids and event names, never a caller's number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutySigned:
    """Somebody signed in or out of duty by dialling a code on a phone."""

    at: datetime
    pbx: PbxName
    phone: Phone
    kind: SignKind


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingForced:
    """Somebody opened or closed a hotline, or gave it back to its schedule, by dialling a code."""

    at: datetime
    pbx: PbxName
    hotline: HotlineNumber
    mode: RoutingMode | None
    """None: as the schedule says, again."""
    until: datetime | None
    """None: until further notice."""
    phone: Phone


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingAlert:
    """The dialplan could not do with a caller what it should: nobody took him, or its schedule is no good."""

    at: datetime
    pbx: PbxName
    hotline: HotlineNumber
    why: str
    """``voicemail``, ``exhausted``, ``malformed``, ``expired`` or ``unstaffed``."""


Fact = (
    CallOffered
    | PhoneRang
    | CallAnswered
    | CallMissed
    | CallTransferred
    | CallChanged
    | CallEnded
    | CallRetold
    | CallMerged
    | LinkUp
    | LinkDown
    | Anomaly
    | DutySigned
    | RoutingForced
    | RoutingAlert
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyChanged:
    """Somebody else is on duty at a hotline from now on, or will be next. News for screens and no fact to
    be kept: it can always be computed from the roster."""

    at: datetime
    hotline: HotlineNumber


News = Fact | DutyChanged
"""What screens hear of."""
