"""Everything the tracker remembers between two events: plain data, put down at a stop and taken up again."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import msgspec

from callcenter.terms import Direction, Instant, Uniqueid
from callcenter.tracking.channels import Channel
from callcenter.tracking.mirror import Mirror
from callcenter.tracking.track import CallTrack

_STRAGGLERS: Final = 512
"""How many callers told are remembered: events of one follow its Hangup by milliseconds, if at all."""


@dataclass(slots=True, kw_only=True)
class State:
    """One PBX: what exists there, and the calls in progress."""

    version: int = 1
    mirror: Mirror = field(default_factory=Mirror)
    calls: dict[Uniqueid, CallTrack] = field(default_factory=dict)
    joined: dict[Uniqueid, Uniqueid] = field(default_factory=dict)
    """Channels that became part of another's call: pickers, retrievers, consultations."""
    closing: dict[Uniqueid, Instant] = field(default_factory=dict)
    """Calls whose caller is gone and whose legs are not: when to stop waiting for them."""
    patience_ends: Instant | None = None
    """None of them is to be told before this; None where that is not known."""
    told: dict[Uniqueid, None] = field(default_factory=dict)
    """Callers of the calls told last, so that a straggling event does not tell one again."""
    last_at: Instant | None = None
    """When the PBX was last heard."""
    timed: bool = False
    """That is by the PBX's own clock."""
    gap_from: Instant | None = None
    """Since when the PBX can't be heard, while it can't."""
    listed_at: Instant | None = None
    """When the first list of channels was complete, until a second one is."""
    tidied_at: Instant | None = None
    greeting: bool = False
    """Logged in, and not yet greeted."""

    def call_of(self, channel: Channel) -> CallTrack | None:
        """The call that the channel belongs to, as its caller, a leg, or by joining it."""
        own = self.calls.get(channel.uniqueid)
        if own is not None:
            return own  # also where it is said to be dialled by somebody
        for _ in range(8):
            channel = self.mirror.root(channel)
            uniqueid = self.joined.get(channel.uniqueid, channel.uniqueid)
            track = self.calls.get(uniqueid)
            if track is not None:
                return track
            target = self.mirror.channels.get(channel.picked) if channel.picked is not None else None
            if target is None:
                return None
            channel = target
        return None

    def is_caller(self, uniqueid: Uniqueid) -> bool:
        """Whether the channel brought a caller from outside."""
        track = self.calls.get(uniqueid)
        return track is not None and track.direction is Direction.INBOUND

    def near(self, channel: Channel) -> list[CallTrack]:
        """The calls that a change of the channel may touch: its own, and of those it is connected to."""
        own = self.call_of(channel)
        found = [own] if own is not None else []
        if channel.bridge is not None:
            for other in self.mirror.connected(channel):
                track = self.calls.get(other.uniqueid)
                if track is not None and track is not own:
                    found.append(track)
        return found

    def join(self, uniqueid: Uniqueid, track: CallTrack) -> None:
        """The channel is part of the call from now on."""
        self.joined[uniqueid] = track.uniqueid
        track.joined.append(uniqueid)

    def await_legs(self, track: CallTrack, limit: Instant) -> None:
        """The caller is gone; his legs have until *limit* to follow."""
        if track.uniqueid in self.closing:
            return
        if not self.closing:
            self.patience_ends = limit
        elif self.patience_ends is not None:
            self.patience_ends = min(self.patience_ends, limit)
        self.closing[track.uniqueid] = limit

    def overdue(self, at: Instant) -> list[Uniqueid]:
        """The calls whose legs had their time by *at*. Asked at each event, it seldom has to look at them."""
        if not self.closing or (self.patience_ends is not None and at < self.patience_ends):
            return []
        self.patience_ends = min((limit for limit in self.closing.values() if limit > at), default=None)
        return [uniqueid for uniqueid, limit in self.closing.items() if limit <= at]

    def forget(self, track: CallTrack) -> None:
        """The call is told; what only it needed goes."""
        self.calls.pop(track.uniqueid, None)
        self.closing.pop(track.uniqueid, None)
        self.note(track.uniqueid)
        caller = self.mirror.channels.get(track.uniqueid)
        if caller is None:
            return
        partners = (self.mirror.channels.get(uniqueid) for uniqueid in track.partners)
        joined = list(self._joined_to(track))
        for channel in [*self.mirror.dialled(caller), *filter(None, partners), *joined, caller]:
            self.release(channel)

    def note(self, uniqueid: Uniqueid) -> None:
        """The channel's call is told, or is part of another."""
        self.told[uniqueid] = None
        if len(self.told) > _STRAGGLERS:
            del self.told[next(iter(self.told))]

    def _joined_to(self, track: CallTrack) -> Iterator[Channel]:
        """The channels that became part of the call, and whom they dialled."""
        for uniqueid in track.joined:
            if self.joined.get(uniqueid) != track.uniqueid:
                continue
            channel = self.mirror.channels.get(uniqueid)
            if channel is None:
                del self.joined[uniqueid]
            else:
                yield from (*self.mirror.dialled(channel), channel)

    def tidy(self) -> None:
        """Forget every channel that is over and belongs to no call: strange events may have left some."""
        for channel in list(self.mirror.channels.values()):
            self.release(channel)

    def release(self, channel: Channel) -> None:
        """Forget a channel that is over and belongs to no call any more."""
        if channel.over and self.call_of(channel) is None:
            self.mirror.forget(channel)
            self.joined.pop(channel.uniqueid, None)


def dump(state: State) -> bytes:
    """*state* as bytes for a checkpoint."""
    return msgspec.json.encode(state)


def load(data: bytes) -> State:
    """The state in a checkpoint. Raises msgspec.MsgspecError where it is not one of this version."""
    return msgspec.json.decode(data, type=State)
