"""The story of one call: what happened, in the trade's words, each with the events that show it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from callcenter.record import Call
from callcenter.terms import CallId

Scalar = str | int | float | bool | None


class What(StrEnum):
    """What can happen to a call."""

    ARRIVED = "arrived"
    HOTLINE_NAMED = "hotline_named"
    """The dialplan said which hotline the caller reached."""
    QUEUE_JOINED = "queue_joined"
    QUEUE_LEFT = "queue_left"
    LINE_OPENED = "line_opened"
    """The PBX itself picked up: an announcement, a menu, a queue. No answer."""
    ROUTED = "routed"
    """The dialplan took the caller to the open hotline, or along the duty chain."""
    UNSTAFFED = "unstaffed"
    STEP_BEGUN = "step_begun"
    """The duty chain goes to its next person."""
    STEP_SKIPPED = "step_skipped"
    """The person talks already: the chain goes past."""
    KEY_PRESSED = "key_pressed"
    """A person, and no mailbox, picked an outside phone up."""
    ALERTED = "alerted"
    """The chain came to nothing."""
    PHONE_TRIED = "phone_tried"
    PHONE_RANG = "phone_rang"
    PHONE_PICKED_UP = "phone_picked_up"
    CALL_FETCHED = "call_fetched"
    """Another phone picked the ringing call up."""
    TRY_ENDED = "try_ended"
    """A phone's try ended without its answer; ``outcome`` says how."""
    ANSWERED = "answered"
    VOICEMAIL = "voicemail"
    HELD = "held"
    TALKING = "talking"
    """Talking again, after hold or alone."""
    ALONE = "alone"
    """Answered, and now with nobody: parked, ringing elsewhere, or in the dialplan."""
    HANDED_ON = "handed_on"
    HANDED_OVER = "handed_over"
    """Somebody took the caller who was handed on."""
    RECORDED = "recorded"
    HANGUP_ASKED = "hangup_asked"
    CALLER_GONE = "caller_gone"
    LINK_LOST = "link_lost"
    LINK_BACK = "link_back"
    MERGED = "merged"
    """It turned out to be part of another call."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """An event as the PBX sent it: its name in Asterisk's manual, and the ids in it that matter."""

    event: str
    at: datetime
    ids: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened."""

    at: datetime
    offset_seconds: float | None
    """Since the call's arrival; None where the bytes knew no time."""
    what: What
    about: Mapping[str, Scalar]
    """What there is to say of it: ``phone``, ``rings``, ``seconds``, ``outcome`` …"""
    evidence: tuple[Evidence, ...]
    """Empty where the time alone brought it about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time within the call in which the PBX could not be heard."""

    began_at: datetime
    ended_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A call's story, as far as the evidence goes."""

    call: Call
    """As told at the end of the evidence."""
    entries: tuple[Entry, ...]
    gaps: tuple[Gap, ...] = ()
    over: bool = True
    """Whether the last telling is in it; else the call goes on, or the evidence ends before it."""
    merged_into: CallId | None = None
    events: int = field(default=0)
    """How many events concerned the call."""
