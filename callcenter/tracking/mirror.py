"""What exists at the PBX: channels, who dialled whom, who is connected to whom.

Theory of operation. Each event changes at most the channels that it names, and never by its place
in the stream alone: AMI keeps the order of one channel's events, but those of different channels may
come in either order within a few milliseconds. So every instant kept here is the *earliest* that any
event gives, and a channel springs into being with whatever event names it first. The mirror emits
nothing and knows no calls; it answers two questions about now: which channels can hear each other
(:meth:`Mirror.connected`), and which phones were dialled for a channel (:meth:`Mirror.phones`).

A channel that hung up is kept while somebody's call needs it, and then forgotten.
"""

from dataclasses import dataclass, field
from typing import Final

from callcenter.ami import events as ev
from callcenter.terms import Instant, Linkedid, Uniqueid
from callcenter.tracking.channels import LOCAL, Channel, earliest, is_local, local_pair

_NESTED: Final = 16
"""How deep Local channels may stand behind one another; on a broken wire one may stand behind itself."""


@dataclass(slots=True, kw_only=True)
class Bridge:
    """Channels in one bridge."""

    members: list[Uniqueid] = field(default_factory=list)
    parking: bool = False
    """In a holding bridge nobody hears anybody."""


@dataclass(slots=True, kw_only=True)
class Mirror:
    """All channels and bridges of one PBX."""

    channels: dict[Uniqueid, Channel] = field(default_factory=dict)
    bridges: dict[str, Bridge] = field(default_factory=dict)
    locals: dict[str, Uniqueid] = field(default_factory=dict)
    """Local halves by name, until both are known."""
    awaited: dict[Uniqueid, list[Uniqueid]] = field(default_factory=dict)
    """Whom a channel dialled that was not seen itself yet: it came before we watched."""
    members: dict[str, dict[str, int]] = field(default_factory=dict)
    """Device state of each queue's members, by queue and interface."""

    def see(self, event: ev.ChannelEvent) -> Channel:
        """The channel that *event* is about, with what its snapshot tells."""
        channel = self.channels.get(event.uniqueid)
        if channel is None:
            channel = self._add(event, event.uniqueid, event.channel, event.linkedid)
            channel.state, channel.context = event.channel_state, event.context
            channel.exten, channel.number = event.exten, event.caller_id_num
            channel.alerted = event.channel_state == ev.RINGING
        channel.linkedid = event.linkedid
        channel.stale = False
        return channel

    def see_leg(self, event: ev.DialEvent) -> Channel:
        """The dialled channel of *event*."""
        leg = self.channels.get(event.dest_uniqueid)
        if leg is None:
            leg = self._add(event, event.dest_uniqueid, event.dest_channel, event.dest_linkedid)
            leg.state, leg.number = event.dest_channel_state, event.dest_caller_id_num
            leg.context, leg.exten = event.dest_context, event.dest_exten
        leg.stale = False
        leg.is_leg = True
        return leg

    def meet(self, event: ev.Event, uniqueid: Uniqueid, name: str, bridge_id: str) -> None:
        """A channel that another's event names is in the bridge: news only if it came before we watched."""
        if uniqueid in self.channels:
            return
        channel = self._add(event, uniqueid, name, Linkedid(uniqueid))
        channel.state = ev.UP
        self.enter(channel, bridge_id, parking=False)

    def _add(self, event: ev.Event, uniqueid: Uniqueid, name: str, linkedid: Linkedid) -> Channel:
        channel = Channel(
            uniqueid=uniqueid,
            name=name,
            linkedid=linkedid,
            state=ev.DOWN,
            context="",
            exten="",
            number="",
            first_at=event.at,
            clock=event.clock,
            born=False,
            legs=self.awaited.pop(uniqueid, []),
        )
        self.channels[uniqueid] = channel
        if is_local(name):
            self._pair(channel)
        return channel

    def _pair(self, channel: Channel) -> None:
        base, half = local_pair(channel.name)
        other = self.locals.pop(f"{base};{'2' if half == '1' else '1'}", None)
        if other is None or other not in self.channels:
            self.locals[channel.name] = channel.uniqueid
            return
        channel.peer, self.channels[other].peer = other, channel.uniqueid

    def pair(self, one: Uniqueid, two: Uniqueid) -> None:
        """The two are halves of one Local channel."""
        if one in self.channels and two in self.channels:
            self.channels[one].peer, self.channels[two].peer = two, one

    def dial(self, event: ev.DialEvent) -> Channel:
        """Who dials whom; any of a dial's events may be the first to say so."""
        leg = self.see_leg(event)
        if leg.dialler is None and event.uniqueid is not None and event.uniqueid != leg.uniqueid:
            leg.dialler = event.uniqueid
            dialler = self.channels.get(event.uniqueid)
            legs = dialler.legs if dialler is not None else self.awaited.setdefault(event.uniqueid, [])
            legs.append(leg.uniqueid)
        return leg

    def enter(self, channel: Channel, bridge_id: str, *, parking: bool) -> None:
        """The channel is in the bridge now, and in no other."""
        self.leave(channel)
        bridge = self.bridges.setdefault(bridge_id, Bridge())
        bridge.parking = bridge.parking or parking
        bridge.members.append(channel.uniqueid)
        channel.bridge = bridge_id

    def leave(self, channel: Channel) -> None:
        """The channel is in no bridge."""
        if channel.bridge is None:
            return
        bridge = self.bridges.get(channel.bridge)
        if bridge is not None:
            if channel.uniqueid in bridge.members:
                bridge.members.remove(channel.uniqueid)
            if not bridge.members:
                del self.bridges[channel.bridge]
        channel.bridge = None

    def hang_up(self, channel: Channel, at: Instant | None, cause: int = 0) -> None:
        """The channel is gone; without *at* it went unseen."""
        self.leave(channel)
        self.locals.pop(channel.name, None)
        channel.ended_at = earliest(channel.ended_at, at)
        channel.gone = channel.gone or at is None
        channel.cause = cause

    def connected(self, channel: Channel) -> list[Channel]:
        """Every channel that *channel* shares a bridge with, directly or through Local pairs."""
        if channel.bridge is None:
            return []
        if channel.peer is not None:
            return self._reached(channel)
        known, found = self.channels.get, []
        for uniqueid in self._next_to(channel):
            other = known(uniqueid)
            if other is None or other is channel:
                continue
            if other.peer is not None:
                return self._reached(channel)  # else no Local channel is about, as mostly
            if other.ended_at is None and not other.gone:
                found.append(other)
        return found

    def _reached(self, channel: Channel) -> list[Channel]:
        seen: dict[Uniqueid, Channel] = {channel.uniqueid: channel}
        queue = [channel]
        while queue:
            for uniqueid in self._next_to(queue.pop()):
                other = self.channels.get(uniqueid)
                if other is not None and uniqueid not in seen and not other.over:
                    seen[uniqueid] = other
                    queue.append(other)
        del seen[channel.uniqueid]
        return list(seen.values())

    def _next_to(self, channel: Channel) -> list[Uniqueid]:
        if channel.bridge is None:
            return []
        bridge = self.bridges.get(channel.bridge)
        near = bridge.members if bridge is not None and not bridge.parking else []
        return [*near, channel.peer] if channel.peer is not None else near

    def phones(self, channel: Channel) -> list[Channel]:
        """The phones dialled for *channel*, in order, Local channels folded into what they dialled."""
        known, found = self.channels.get, []
        for uniqueid in channel.legs:
            leg = known(uniqueid)
            if leg is None:
                continue
            if leg.peer is not None or leg.name.startswith(LOCAL):
                return [phone for phone in self.dialled(channel) if not is_local(phone.name)]
            found.append(leg)  # no Local channel is about, as mostly
        return found

    def dialled(self, channel: Channel, depth: int = 0) -> list[Channel]:
        """Every channel dialled for *channel*, Local halves among them."""
        found: list[Channel] = []
        if depth > _NESTED:
            return found
        known = self.channels.get
        for uniqueid in channel.legs:
            leg = known(uniqueid)
            if leg is None:
                continue
            found.append(leg)
            if leg.peer is not None and (behind := known(leg.peer)) is not None:
                found.append(behind)
                found += self.dialled(behind, depth + 1)
        return found

    def root(self, channel: Channel) -> Channel:
        """The channel for whose sake *channel* was dialled; itself where nobody dialled it."""
        known = self.channels.get
        for _ in range(2 * _NESTED):
            above = channel.dialler
            if above is None:
                if channel.peer is None or not is_local(channel.name):
                    break
                peer = known(channel.peer)
                above = peer.dialler if peer is not None else None
            found = known(above) if above is not None else None
            if found is None:
                break
            channel = found
        return channel

    def forget(self, channel: Channel) -> None:
        """Nobody needs the channel any more."""
        self.leave(channel)  # a stray event may have put it into one after its end
        if self.locals.get(channel.name) == channel.uniqueid:
            del self.locals[channel.name]
        self.channels.pop(channel.uniqueid, None)
        if channel.dialler in self.awaited and not any(
            uniqueid in self.channels for uniqueid in self.awaited[channel.dialler]
        ):
            del self.awaited[channel.dialler]
