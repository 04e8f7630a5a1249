"""One channel as the mirror keeps it, and what its name tells."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from callcenter.terms import Clock, Instant, Linkedid, Phone, Uniqueid

LOCAL: Final = "Local/"
"""How the names of Local channels begin."""

_NOT_A_PHONE: Final = frozenset(
    {
        "Local",
        "CBAnn",
        "CBRec",
        "Announcer",
        "Recorder",
        "Snoop",
        "Surrogate",
        "Bridge",
        "Message",
        "AsyncGoto",
    }
)
"""Technologies of channels that no person speaks on; Local ones stand for the phone behind them."""

_DIALLED_NUMBER: Final = re.compile(r"(?:^|[/:])(\+?[0-9*#]{2,})(?=[@;/]|$)")


@dataclass(slots=True, kw_only=True)
class Channel:
    """A channel's life so far. Instants are None where the moment was not seen."""

    uniqueid: Uniqueid
    name: str
    linkedid: Linkedid
    state: int
    context: str
    exten: str
    number: str
    """The caller's number as the channel carries it."""
    first_at: Instant
    """When it was first seen."""
    clock: Clock | None
    born: bool
    """Its creation was seen."""
    dialler: Uniqueid | None = None
    """Who dialled it; None for a channel that came in or was originated."""
    dialled_at: Instant | None = None
    dial_string: str = ""
    is_leg: bool = False
    """Asterisk made it to reach somebody."""
    legs: list[Uniqueid] = field(default_factory=list)
    """Whom it dialled, in order."""
    alerted: bool = False
    ringing_at: Instant | None = None
    """First 180: the earlier of Newstate 5 and DialState RINGING."""
    progress_at: Instant | None = None
    up_at: Instant | None = None
    up_read: bool = False
    """That moment was read back."""
    dial_ended_at: Instant | None = None
    stopped: bool = False
    """The PBX said that it gave the attempt up itself. Then the cause at its end is not the phone's word: the
    PBX repeats what another phone, tried beside it, said before."""
    forwarded: bool = False
    requested_at: Instant | None = None
    """When its far end first asked to hang up."""
    ended_at: Instant | None = None
    cause: int = 0
    gone: bool = False
    """It ended while the PBX could not be heard."""
    bridge: str | None = None
    peer: Uniqueid | None = None
    """The other half of a Local channel."""
    held: bool = False
    picked: Uniqueid | None = None
    """The ringing channel whose call it took."""
    picked_at: Instant | None = None
    taken: bool = False
    """Another phone picked up the call that rang here."""
    parted_from: Uniqueid | None = None
    """The caller who was with this phone last, and is with nobody."""
    application: str = ""
    """What it ran when it was read back; empty while followed live."""
    stale: bool = False
    """Known from before the link was lost and not confirmed since."""

    @property
    def over(self) -> bool:
        """Whether the channel is gone, seen or unseen."""
        return self.ended_at is not None or self.gone

    @property
    def rang_at(self) -> Instant | None:
        """The start of its ringing; early media counts only while no 180 came."""
        return self.ringing_at if self.ringing_at is not None else self.progress_at

    @property
    def tried_at(self) -> Instant:
        """When the attempt to reach it began."""
        return self.dialled_at or self.first_at

    @property
    def being_tried(self) -> bool:
        """Whether the attempt to reach it goes on, or it was picked up."""
        return self.dial_ended_at is None and self.ended_at is None

    @property
    def refused(self) -> bool:
        """Whether it ended by what its phone said, as far as that can be known."""
        return not self.stopped or self.requested_at is not None

    @property
    def try_ended_at(self) -> Instant | None:
        """When the attempt to reach it ended without an answer."""
        if self.dial_ended_at is None:
            return self.ended_at
        return earliest(self.dial_ended_at, self.ended_at)


def earliest(one: Instant | None, other: Instant | None) -> Instant | None:
    """The earlier of the two, of those that are known."""
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)


def technology(name: str) -> str:
    """``PJSIP`` of ``PJSIP/trunk-0000001c``."""
    return name.partition("/")[0]


@lru_cache(maxsize=4096)  # each telling names the phones of a call, and few are seen in a minute
def endpoint(name: str) -> str:
    """``trunk`` of ``PJSIP/trunk-0000001c``; names may hold dashes themselves."""
    rest = name.partition("/")[2]
    return rest.rpartition("-")[0] or rest


def is_local(name: str) -> bool:
    """Whether the channel is half of a Local pair."""
    return name.startswith(LOCAL)


@lru_cache(maxsize=4096)
def may_be_person(name: str) -> bool:
    """Whether somebody can speak on the channel."""
    return technology(name) not in _NOT_A_PHONE


def local_pair(name: str) -> tuple[str, str]:
    """A Local channel's name without its half, and the half (``1`` or ``2``)."""
    base, _, half = name.rpartition(";")
    return base, half


def dialled_number(dial_string: str) -> Phone | None:
    """The number dialled over a trunk: of ``138…@trunk``, ``trunk/138…`` or ``trunk/sip:138…@host``."""
    found = _DIALLED_NUMBER.search(dial_string)
    return Phone(found.group(1)) if found else None


def creation_of(uniqueid: Uniqueid) -> Instant | None:
    """The second in which the PBX created the channel, from ``[system-]<epoch>.<counter>``."""
    epoch = uniqueid.rpartition(".")[0].rpartition("-")[2]
    return Instant(int(epoch) * 1_000_000) if len(epoch) <= 10 and epoch.isdecimal() else None
