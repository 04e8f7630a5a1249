"""Which channels are a call of their own, and which hotline a caller reached (contract, section 1)."""

from callcenter.ami import events as ev
from callcenter.facts import Anomaly, CallMerged, Fact
from callcenter.sites import Hotline
from callcenter.terms import CallId, Clock, Direction, Instant, Uniqueid
from callcenter.tracking.channels import Channel, creation_of, is_local, may_be_person
from callcenter.tracking.directory import Directory, caller_number
from callcenter.tracking.parts import moment
from callcenter.tracking.rules import NO_ROSTER, Rules
from callcenter.tracking.state import State
from callcenter.tracking.telling import call_id
from callcenter.tracking.track import CallTrack, Told


class Arrivals:
    """Begins calls, names their hotlines, and withdraws those that turn out to be part of another."""

    def __init__(self, state: State, names: Directory) -> None:
        self._state = state
        self._names = names
        self.rules: Rules = NO_ROSTER
        self.facts: list[Fact] = []
        """What is to be said besides the calls' own facts; the tracker empties it."""
        self.begun: list[CallTrack] = []
        """The calls that the event at hand began; the tracker empties it."""

    def arrive(self, channel: Channel, event: ev.ChannelEvent) -> None:
        """An incoming channel (Down, then Ring) brings somebody: a caller, or a phone that dials."""
        if channel.is_leg or is_local(channel.name) or not may_be_person(channel.name):
            return
        if channel.uniqueid not in self._state.calls:
            self._begin(channel, event, number=event.exten, start_seen=channel.born)

    def late(self, channel: Channel, event: ev.ChannelEvent) -> None:
        """A channel is first seen in mid life: a caller's, unless somebody dialled it. Legs carry their
        caller's Linkedid from birth; a caller's own is his Uniqueid until he is joined to an older call."""
        came_in = channel.state in (ev.RING, ev.UP) and str(channel.linkedid) == channel.uniqueid
        if came_in and not is_local(channel.name) and may_be_person(channel.name):
            self._begin(channel, event, number=event.exten, start_seen=False)

    def read_back(self, channel: Channel, event: ev.ChannelEvent, number: str) -> None:
        """A channel that exists already and that nobody dialled was read back after a login."""
        if channel.uniqueid not in self._state.calls and may_be_person(channel.name):
            self._begin(channel, event, number=number, start_seen=False)

    def originated(self, leg: Channel, event: ev.Event) -> None:
        """The PBX itself called this phone (click-to-call): the phone's user places the call."""
        if is_local(leg.name) or leg.uniqueid in self._state.calls:
            return
        pair = self._originated_pair(leg)
        if pair or (leg.dialler is None and str(leg.linkedid) == leg.uniqueid):
            track = self._begin(leg, event, number="", start_seen=leg.born, placed_by_phone=True)
            if track is not None:
                for half in pair:
                    self._state.join(half, track)

    def _originated_pair(self, leg: Channel) -> list[Uniqueid]:
        """The Local channel through which the PBX called the phone, where nobody else's call is behind it."""
        channels = self._state.mirror.channels
        half = channels.get(leg.dialler) if leg.dialler is not None else None
        other = channels.get(half.peer) if half is not None and half.peer is not None else None
        if half is None or other is None or not is_local(half.name):
            return []
        pair = [half.uniqueid, other.uniqueid]
        own = str(half.linkedid) in pair and self._state.call_of(half) is None
        return pair if own and half.dialler is None and other.dialler is None else []

    def adopt(self, leg: Channel) -> None:
        """A leg that is dialled by such a Local channel is dialled for the phone's user; one that nobody
        dialled (Page, Stasis) and that was born with a waiting caller's Linkedid, for that caller."""
        owner = self._state.joined.get(leg.dialler) if leg.dialler is not None else self._made_for(leg)
        caller = self._state.mirror.channels.get(owner) if owner is not None else None
        if caller is not None and caller is not leg and leg.uniqueid not in caller.legs:
            caller.legs.append(leg.uniqueid)

    def _made_for(self, leg: Channel) -> Uniqueid | None:
        track = self._state.calls.get(Uniqueid(leg.linkedid)) if leg.born else None
        if track is None or track.answered or track.uniqueid == leg.uniqueid:
            return None
        leg.dialler = track.uniqueid
        return leg.dialler

    def _begin(
        self,
        channel: Channel,
        event: ev.Event,
        *,
        number: str,
        start_seen: bool,
        placed_by_phone: bool = False,
    ) -> CallTrack | None:
        """The call that the channel brings; None where it was told already."""
        if channel.uniqueid in self._state.told:
            return None
        outside = not placed_by_phone and self._names.from_outside(channel)
        hotline = self._names.dialled(channel, number, anywhere=not start_seen) if outside else None
        caller = self._names.phone(channel) if placed_by_phone else caller_number(channel.number)
        created = creation_of(channel.uniqueid)
        track = CallTrack(
            uniqueid=channel.uniqueid,
            direction=Direction.INBOUND if outside else Direction.INTERNAL,
            hotline=hotline.number if hotline is not None else None,
            dialled=number,
            caller=caller,
            linkedid=channel.linkedid,
            arrived_at=created if created is not None and not (start_seen and event.clock) else event.at,
            clock=Clock.PBX if self._state.timed else event.clock,
            start_seen=start_seen,
            first_state=channel.state,
            told=Told(seq=0 if start_seen else event.at // 1_000_000),
        )
        self._freeze(track)
        self._state.calls[channel.uniqueid] = track
        self.begun.append(track)
        return track

    def name(self, track: CallTrack, number: str, at: Instant) -> None:
        """The dialplan says which hotline the caller reached. It wins over the number dialled until
        something was done with the caller; after that he is handed on, and counted where he came."""
        if track.direction is not Direction.INBOUND or track.answered:
            return
        hotline = self._names.named(number)
        if hotline is None:
            self._unknown(track, at)
        elif track.hotline is None:
            self._reach(track, hotline, at)
        elif not track.settled:
            track.hotline = hotline.number
            self._freeze(track)

    def _reach(self, track: CallTrack, hotline: Hotline, at: Instant) -> None:
        """The visit begins here: whom an operator or a menu tried for the caller before is no part of it."""
        track.hotline = hotline.number
        track.dial_status = track.queue_status = ""
        track.queue = track.queue_joined_at = track.queue_left_at = None
        if track.start_seen:
            track.arrived_at = at
        self._freeze(track)
        caller = self._state.mirror.channels.get(track.uniqueid)
        for leg in list(self._state.mirror.dialled(caller)) if caller is not None else ():
            if leg.over:
                self._state.mirror.forget(leg)

    def _freeze(self, track: CallTrack) -> None:
        """Note who is on duty as the call is offered: what changes later changes nothing about it."""
        if track.hotline is not None and track.direction is Direction.INBOUND:
            track.duty = self.rules.duty(track.hotline, moment(track.arrived_at))

    def _unknown(self, track: CallTrack, at: Instant) -> None:
        self.facts.append(
            Anomaly(
                at=moment(at),
                pbx=self._names.site.pbx,
                kind="unknown_hotline",
                detail=f"the dialplan named a hotline that is not configured, on {track.uniqueid}",
            )
        )

    def called_back(self, track: CallTrack, channel: Channel, at: Instant) -> None:
        """A phone that the PBX called back because nobody took the caller it handed on is no caller."""
        if not channel.is_leg or channel.dialler is not None or channel.legs:
            return
        for other in self._state.mirror.connected(channel):
            into = self._state.calls.get(other.uniqueid)
            last = into.handovers[-1] if into is not None and into.handovers else None
            if into is not None and last is not None and last.by == self._names.phone(channel):
                self.withdraw(track.uniqueid, into, at)
                return

    def fetched(self, track: CallTrack, beside: list[Channel], at: Instant) -> None:
        """A phone that called nobody and is connected to a caller from outside called to fetch him: a device
        takes the call over (INVITE with Replaces), a supervisor's panel or the dialplan bridges the two."""
        calls, channels = self._state.calls, self._state.mirror.channels
        together = [track, *filter(None, [calls.get(other.uniqueid) for other in beside])]
        callers = [one for one in together if one.direction is Direction.INBOUND]
        for one in together if callers else ():
            idle = one not in callers and not one.answered and not channels[one.uniqueid].legs
            if idle:
                self.withdraw(one.uniqueid, callers[0], at)

    def withdraw(self, uniqueid: Uniqueid, into: CallTrack, at: Instant) -> None:
        """A call told as its own is part of *into*: a pickup, a retrieval, a consultation."""
        self._state.join(uniqueid, into)
        self._state.note(uniqueid)
        track = self._state.calls.pop(uniqueid, None)
        self._state.closing.pop(uniqueid, None)
        if track is not None and track.told.offered:
            pbx = self._names.site.pbx
            merged: tuple[CallId, CallId] = (call_id(pbx, track), call_id(pbx, into))
            self.facts.append(CallMerged(at=moment(at), pbx=pbx, call_id=merged[0], into=merged[1]))
