"""One call as the tracker keeps it while it goes on: plain data, to be put down and taken up again."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from callcenter.record import Duty
from callcenter.terms import (
    AgentId,
    CallState,
    Clock,
    Direction,
    HotlineNumber,
    Instant,
    Linkedid,
    Phone,
    TransferKind,
    Uniqueid,
)

_INBOUND: Final = Direction.INBOUND
_SLACK_US: Final = 2_000


class Activity(StrEnum):
    """What an answered caller's time is spent on."""

    NONE = "none"
    TALK = "talk"
    HOLD = "hold"


@dataclass(slots=True, kw_only=True)
class Handover:
    """The caller handed on, answered or not yet."""

    kind: TransferKind
    at: Instant
    by: Phone | None
    transferer: Uniqueid | None
    extension: Phone | None
    to: Phone | None = None
    tried: Phone | None = None
    answered: bool = False


@dataclass(slots=True, kw_only=True)
class Tape:
    """A recording: which channel wrote which file, from when to when."""

    channel: Uniqueid
    path: str
    started_at: Instant
    ended_at: Instant | None = None


@dataclass(slots=True, kw_only=True)
class Share:
    """One phone's part of the talk."""

    phone: Phone
    agent: AgentId | None
    talk_us: int = 0
    hold_us: int = 0


@dataclass(slots=True, kw_only=True)
class Step:
    """A step of the duty chain: who is called next."""

    at: Instant
    number: int
    role: str
    person: AgentId | None


@dataclass(slots=True, kw_only=True)
class Told:
    """What was said of the call last, to find out what is new."""

    seq: int = 0
    """Of a call first seen in mid life it begins with the second, so that it is above what may have
    been told of it before and was forgotten."""
    offered: bool = False
    answered: bool = False
    transfers: int = 0
    resolved: int = 0
    state: CallState = CallState.WAITING
    ringing: list[Phone] = field(default_factory=list)
    queue: str | None = None
    hotline: HotlineNumber | None = None
    known_answer: bool = False


@dataclass(slots=True, kw_only=True)
class CallTrack:
    """A call between its first event and its last telling."""

    uniqueid: Uniqueid
    """Of the caller's channel."""
    direction: Direction
    hotline: HotlineNumber | None
    dialled: str
    caller: str | None
    linkedid: Linkedid
    arrived_at: Instant
    clock: Clock | None
    start_seen: bool
    first_state: int
    """The channel state in which the caller was first seen."""
    duty: Duty = field(default_factory=Duty)
    """What the roster said when the call was offered."""
    steps: list[Step] = field(default_factory=list)
    """Of the duty chain, as our dialplan told them."""
    unstaffed: bool = False
    """The dialplan said that nobody is on duty, whatever the roster says."""
    settled: bool = False
    """Something was done with the caller: the hotline is fixed."""
    answered_by: Uniqueid | None = None
    answered_at: Instant | None = None
    """None also where the answer fell into a gap and could not be read back."""
    answer_noted_at: Instant | None = None
    """When the caller was first found connected to a person: the answer was then or before."""
    answer_read_back: bool = False
    """The answer was not heard but read back: the two were connected since."""
    answer_phone: Phone | None = None
    answer_agent: AgentId | None = None
    """Whose phone that is: known for as long as the call, which the phone may leave long before its end."""
    ring_unheard: bool = False
    """Nothing could be heard for a while before any phone rang: the first ring heard may not be the first."""
    voicemail_at: Instant | None = None
    voicemail_unheard: bool = False
    """It took the caller while nothing could be heard: ``voicemail_at`` is no end of his waiting."""
    queue: str | None = None
    queue_joined_at: Instant | None = None
    queue_left_at: Instant | None = None
    queue_status: str = ""
    queue_busy: bool = False
    """A queue gave up while members of it were on the phone."""
    dial_status: str = ""
    alone_since: Instant | None = None
    """When the answered caller was parted from everybody, while he is with nobody."""
    agent_left_at: Instant | None = None
    """A connected phone asked to hang up, and the caller has not gone on since."""
    partners: list[Uniqueid] = field(default_factory=list)
    """Phones that the caller was ever connected to, in order."""
    handovers: list[Handover] = field(default_factory=list)
    with_phone: Phone | None = None
    """Whose call it is now: of the phones that the caller was connected to the one that had him last."""
    passed_on: list[Handover] = field(default_factory=list)
    """Each time that another's phone had him then, announced as a transfer or not."""
    tapes: list[Tape] = field(default_factory=list)
    joined: list[Uniqueid] = field(default_factory=list)
    """Channels that became part of this call."""
    activity: Activity = Activity.NONE
    activity_at: Instant | None = None
    talk_us: int = 0
    hold_us: int = 0
    shares: dict[Uniqueid, Share] = field(default_factory=dict)
    """Of each phone that the caller was ever connected to, in order."""
    company: list[Uniqueid] = field(default_factory=list)
    """The phones that the caller is with now, or on hold by."""
    left: list[Uniqueid] = field(default_factory=list)
    """The phones that he was with before."""
    talk_unseen: bool = False
    """Whom the answered caller was with changed while nothing could be heard, or whether he was on hold:
    nobody knows when."""
    hold_unseen: bool = False
    """A part of the talk could not be heard: he may have been put on hold in it."""
    parked: bool = False
    end_lost: bool = False
    """The caller's end fell into a gap, or the input ended."""
    told: Told = field(default_factory=Told)

    @property
    def answered(self) -> bool:
        """Whether a person's phone was connected to the caller."""
        return self.answered_by is not None

    def step_at(self, at: Instant | None) -> Step | None:
        """The step of the duty chain in which a phone was dialled at *at*. Its telling and the dialling may
        come within the same two milliseconds, in either order."""
        if at is None or not self.steps:
            return None
        told = [step for step in self.steps if step.at <= at + _SLACK_US]
        return told[-1] if told else None

    @property
    def counts(self) -> bool:
        """Whether the call is told while it goes on: a hotline's caller from outside."""
        return self.hotline is not None and self.direction is _INBOUND
