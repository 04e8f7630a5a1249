"""The trade's words as types. Everything above speaks in these; nothing here knows of AMI or SQL."""

from enum import StrEnum
from typing import NewType

PbxName = NewType("PbxName", str)
Uniqueid = NewType("Uniqueid", str)
"""Asterisk's id of one channel. Opaque: never a float (``.9`` < ``.10``), may carry a system name."""
Linkedid = NewType("Linkedid", str)
"""Asterisk's id of channels that met. It changes in mid call: good for finding, never a key."""
CallId = NewType("CallId", str)
"""``<pbx>:<Uniqueid of the caller's channel>``: unique for ever, the natural key of a call."""
HotlineNumber = NewType("HotlineNumber", str)
"""A hotline's configured ``number``, verbatim (it may be a pattern such as ``_400X``)."""
AgentId = NewType("AgentId", str)
"""A person who takes calls and is on duty."""
ShiftId = NewType("ShiftId", str)
Phone = NewType("Phone", str)
"""An agent's extension, or over a trunk the number that was dialled."""
Instant = NewType("Instant", int)
"""Microseconds since the Unix epoch, UTC. The core counts in whole microseconds because a ring's
edge is exact: 14.999999 s is ring 3 and 15.000000 s is ring 4."""


class Direction(StrEnum):
    """Which way a call goes, told by its first channel and never by a number."""

    INBOUND = "inbound"
    INTERNAL = "internal"
    OUTBOUND = "outbound"


class Outcome(StrEnum):
    """What became of a call: exactly one each (contract, section 3)."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    VOICEMAIL = "voicemail"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    UNSTAFFED = "unstaffed"
    LOST = "lost"


class AttemptOutcome(StrEnum):
    """What became of one phone's try at a call."""

    ANSWERED = "answered"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    NO_ANSWER = "no_answer"
    CALLER_GAVE_UP = "caller_gave_up"
    UNCONFIRMED = "unconfirmed"
    BUSY = "busy"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    FORWARDED = "forwarded"
    LOST = "lost"


class CallState(StrEnum):
    """Where a call stands now, as a wallboard would say it."""

    WAITING = "waiting"
    """Arrived and no phone rings: announcement, IVR, queue, or between two tries."""
    RINGING = "ringing"
    """At least one phone rings for the caller."""
    VOICEMAIL = "voicemail"
    """Voicemail has taken the caller."""
    TALKING = "talking"
    HELD = "held"
    """Answered, and on hold now."""
    MOVING = "moving"
    """Answered, and now with nobody: parked, ringing elsewhere after a transfer, or in the dialplan."""
    ENDED = "ended"


class TransferKind(StrEnum):
    """How a caller was handed on."""

    BLIND = "blind"
    ATTENDED = "attended"
    BLONDE = "blonde"
    """Completed while the target still rang."""
    PARK = "park"


class HangupSide(StrEnum):
    """Who ended the call."""

    CALLER = "caller"
    AGENT = "agent"
    PBX = "pbx"


class Clock(StrEnum):
    """Whose clock the call's times are from."""

    PBX = "pbx"
    """AMI's ``Timestamp`` header (``timestampevents = yes``)."""
    ARRIVAL = "arrival"
    """When the bytes reached us: wrong after any stall, and therefore said."""


class Truncated(StrEnum):
    """Which ends of the call were not seen."""

    START = "start"
    END = "end"
    BOTH = "both"


class Source(StrEnum):
    """Where a call's story comes from."""

    AMI = "ami"
    CEL = "cel"
    CDR = "cdr"
    QUEUE_LOG = "queue_log"


class DutyRole(StrEnum):
    """A person's role on a shift."""

    PRIMARY = "primary"
    BACKUP = "backup"
    SUPERVISOR = "supervisor"


class SignKind(StrEnum):
    """Beginning or ending one's duty (签到/签退)."""

    IN = "in"
    OUT = "out"


class RoutingMode(StrEnum):
    """What a hotline does with its callers."""

    OPEN = "open"
    """Office hours: the group or the queue."""
    CLOSED = "closed"
    """After hours: the people on duty, one after the other."""


class Role(StrEnum):
    """What somebody who asks may see and do."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    QA = "qa"
    ADMIN = "admin"
    WALLBOARD = "wallboard"
    """A screen on a wall: figures and outcomes, never a caller's number."""
