"""Each event's effect on the mirror and on the calls.

One short method per event; each returns the calls that it may have changed, and the judge
(:mod:`callcenter.tracking.judge`) then looks at those anew. No method decides anything about a call
that the judge could find out by looking. An event that only adds to what is told in the end, or says
again what another said, returns no call: looking is what costs most.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from callcenter.ami import events as ev
from callcenter.terms import Instant
from callcenter.tracking import handovers, talk, voicemail
from callcenter.tracking.arrivals import Arrivals
from callcenter.tracking.attempts import SLACK_US
from callcenter.tracking.channels import Channel, earliest, is_local
from callcenter.tracking.dialplan import DialplanSays
from callcenter.tracking.directory import Directory
from callcenter.tracking.handing import HandingOn, Touched
from callcenter.tracking.state import State
from callcenter.tracking.track import CallTrack, Tape

_BUSY_STATES: Final = frozenset({2, 3, 6, 7, 8})
"""Device states of a phone in use, busy, ringing or on hold."""
_AFTER_HANGUP: Final = "h"
"""The extension in which the dialplan runs on for a channel that is hung up."""


class Fold:
    """Applies one site's events to its state."""

    def __init__(self, state: State, names: Directory, arrivals: Arrivals) -> None:
        self._state = state
        self._names = names
        self._arrivals = arrivals
        self._handing = HandingOn(state, names, arrivals)
        self.handlers: dict[type[ev.Event], Callable[[Any], Touched]] = {
            ev.Newchannel: self._newchannel,
            ev.Newstate: self._newstate,
            ev.Rename: self._rename,
            ev.Newexten: self._newexten,
            ev.VarSet: self._varset,
            ev.DialBegin: self._dial_begin,
            ev.DialState: self._dial_state,
            ev.DialEnd: self._dial_end,
            ev.BridgeEnter: self._bridge_enter,
            ev.BridgeLeave: self._bridge_leave,
            ev.Hangup: self._hangup,
            ev.HangupRequest: self._hangup_request,
            ev.Hold: self._hold,
            ev.Unhold: self._unhold,
            ev.LocalBridge: self._local_bridge,
            ev.MixMonitorStop: self._mixmonitor_stop,
            ev.QueueCallerJoin: self._queue_join,
            ev.QueueCallerLeave: self._queue_leave,
            ev.QueueMemberStatus: self._queue_member,
            ev.CallcenterOffered: self._offered,
            **self._handing.handlers,
            **DialplanSays(state, names, arrivals).handlers,
        }
        """By the kind of event; each returns the calls that the event may have changed."""

    def _channel(self, event: ev.ChannelEvent) -> Channel:
        """The event's channel; one never seen before may bring a caller who came before we watched."""
        mirror = self._state.mirror
        known = event.uniqueid in mirror.channels
        channel = mirror.see(event)
        if not known:
            self._arrivals.late(channel, event)
        return channel

    def _own(self, channel: Channel) -> Sequence[CallTrack]:
        track = self._state.call_of(channel)
        return (track,) if track is not None else ()

    def _newchannel(self, event: ev.Newchannel) -> Touched:
        channel = self._state.mirror.see(event)
        channel.born = True
        channel.first_at = min(channel.first_at, event.at)
        if event.channel_state == ev.RING:
            self._arrivals.arrive(channel, event)
        return ()  # a call that it began is looked at anyway

    def _newstate(self, event: ev.Newstate) -> Touched:
        channel = self._channel(event)
        match event.channel_state:
            case ev.RING if channel.state == ev.DOWN:
                self._arrivals.arrive(channel, event)
            case ev.RINGING:
                channel.alerted = True
                channel.ringing_at = earliest(channel.ringing_at, event.at)
            case ev.UP:
                channel.up_at = earliest(channel.up_at, event.at)
            case ev.BUSY if not channel.is_leg:
                channel.requested_at = None  # told first, by another thread of the PBX: see _hangup_request
        channel.state = event.channel_state
        if channel.uniqueid in self._state.calls:
            return ()  # the phones ring, not the caller's channel
        return self._own(channel)

    def _rename(self, event: ev.Rename) -> Touched:
        channel = self._state.mirror.channels.get(event.uniqueid)
        if channel is not None:
            channel.name = event.newname
        return ()

    def _newexten(self, event: ev.Newexten) -> Touched:
        channel = self._channel(event)
        channel.application = event.application
        track = self._state.calls.get(channel.uniqueid)
        if track is not None:
            voicemail.took(track, event.at)
        return self._own(channel)

    def _varset(self, event: ev.VarSet) -> Touched:
        channel = self._channel(event)
        if not event.value:
            return ()
        if event.variable == "MIXMONITOR_FILENAME":
            self._recorded(channel, event)
            return ()
        track = self._state.calls.get(channel.uniqueid)
        if track is None:
            return ()  # a leg's own variables change nothing that shows
        return self._callers_variable(track, channel, event)

    def _recorded(self, channel: Channel, event: ev.VarSet) -> None:
        for track in self._own(channel):
            track.tapes.append(Tape(channel=channel.uniqueid, path=event.value, started_at=event.at))

    def _callers_variable(self, track: CallTrack, caller: Channel, event: ev.VarSet) -> Touched:
        match event.variable:
            case "CC_HOTLINE":
                before = track.hotline
                self._arrivals.name(track, event.value, event.at)
                return (track,) if track.hotline != before else ()
            case "DIALSTATUS":
                track.dial_status = event.value
                return ()
            case "QUEUESTATUS":
                track.queue_status = event.value
                return ()
            case "VMSTATUS":
                voicemail.over(self._state.mirror, track, caller, event.value, event.at)
        return (track,)

    def _dial_begin(self, event: ev.DialBegin) -> Touched:
        leg = self._state.mirror.dial(event)
        leg.dialled_at = earliest(leg.dialled_at, event.at)
        leg.dial_string = event.dial_string or leg.dial_string
        self._arrivals.adopt(leg)
        self._arrivals.originated(leg, event)
        track = self._state.call_of(leg)
        if track is None:
            return ()
        if track.uniqueid != leg.uniqueid:
            self._dialled(track, leg, event.at)
        return (track,) if track.answered or leg.alerted else ()  # else it is told as soon as it rings

    def _dialled(self, track: CallTrack, leg: Channel, at: Instant) -> None:
        track.settled = True
        if not track.dialled and not is_local(leg.name):
            track.dialled = self._names.phone(leg)
        if track.answered and not is_local(leg.name) and leg.dialler not in track.partners:
            handovers.dialled_on(self._state.mirror, track, leg, at, self._names)
        track.agent_left_at = None

    def _dial_state(self, event: ev.DialState) -> Touched:
        leg = self._state.mirror.dial(event)
        if event.dial_status == "RINGING":
            if leg.alerted and leg.ringing_at is not None and leg.ringing_at <= event.at:
                return ()  # its own Newstate said so
            leg.alerted = True
            leg.ringing_at = earliest(leg.ringing_at, event.at)
        elif event.dial_status == "PROGRESS":
            leg.progress_at = earliest(leg.progress_at, event.at)
        return self._own(leg)

    def _dial_end(self, event: ev.DialEnd) -> Touched:
        leg = self._state.mirror.channels.get(event.dest_uniqueid)
        if leg is not None and not leg.is_leg:
            return ()  # a pickup: Asterisk tells the picker's channel as dialled, and nobody dialled it
        leg = self._state.mirror.dial(event)
        leg.forwarded = leg.forwarded or bool(event.forward)
        if event.dial_status == "ANSWER":
            return self._own(leg) if leg.forwarded else ()  # the bridge says whom the caller is with
        if leg.dial_ended_at is None:
            leg.stopped = event.dial_status == "CANCEL"
        leg.dial_ended_at = earliest(leg.dial_ended_at, event.at)
        return self._own(leg)

    def _bridge_enter(self, event: ev.BridgeEnter) -> Touched:
        channel = self._channel(event)
        before = self._state.near(channel) if channel.bridge is not None else ()
        parking = "parking" in event.bridge_type or event.bridge_technology == "holding_bridge"
        self._state.mirror.enter(channel, event.bridge_uniqueid, parking=parking)
        track = self._state.calls.get(channel.uniqueid)
        if track is None and parking:
            self._stand_in_parked(channel, parked=True)
        if track is None and is_local(channel.name):
            self._handing.came_beside(channel, event.at)
        if track is not None:
            track.parked = parking
            if event.bridge_type == "basic":  # no conference, which one may well call by itself
                self._arrivals.fetched(track, self._state.mirror.connected(channel), event.at)
            if parking:
                handovers.enters_parking(track, event.at)
            channel.context, channel.exten = event.context, event.exten
            self._arrivals.called_back(track, channel, event.at)
        return [*before, *self._state.near(channel)]

    def _bridge_leave(self, event: ev.BridgeLeave) -> Touched:
        channel = self._channel(event)
        if channel.bridge != event.bridge_uniqueid:
            return ()
        before = self._state.near(channel)
        bridge = self._state.mirror.bridges.get(event.bridge_uniqueid)
        if bridge is not None and bridge.parking:
            self._stand_in_parked(channel, parked=False)
        self._state.mirror.leave(channel)
        track = self._state.calls.get(channel.uniqueid)
        if track is not None:
            self._left(track, channel, event)
            track.parked = False
        return before

    def _stand_in_parked(self, channel: Channel, *, parked: bool) -> None:
        """A Local channel is parked in place of the caller whom an agent spoke to through it."""
        track = self._state.call_of(channel) if is_local(channel.name) else None
        if track is not None:
            track.parked = parked

    def _left(self, track: CallTrack, caller: Channel, event: ev.BridgeLeave) -> None:
        """A caller who leaves a talk for another extension while nobody hung up is sent on."""
        elsewhere = event.exten != _AFTER_HANGUP and (event.context, event.exten) != (
            caller.context,
            caller.exten,
        )
        if elsewhere and track.company and track.agent_left_at is None and caller.requested_at is None:
            handovers.left(self._state.mirror, track, event.at, event.exten)

    def _hangup(self, event: ev.Hangup) -> Touched:
        channel = self._channel(event)
        before = self._state.near(channel)
        self._state.mirror.hang_up(channel, event.at, event.cause)
        if not before:
            self._state.release(channel)
        return before

    def _hangup_request(self, event: ev.HangupRequest) -> Touched:
        channel = self._channel(event)
        if event.channel_state == ev.BUSY and not channel.is_leg:
            return ()  # the PBX refused the caller, and his end only says that it heard so
        channel.requested_at = earliest(channel.requested_at, event.at)
        parted = self._state.calls.get(channel.parted_from) if channel.parted_from is not None else None
        for track in [*self._state.near(channel), *([parted] if parted is not None else [])]:
            caller = self._state.mirror.channels.get(track.uniqueid)
            if caller is None or caller is channel:
                continue
            if self._was_last(caller, channel) or _parted(track, channel, event.at):
                track.agent_left_at = event.at
        own = self._own(channel)
        for track in own:
            if talk.just_ended(track, channel, event.at):
                track.agent_left_at = event.at
        return own

    def _was_last(self, caller: Channel, leaving: Channel) -> bool:
        persons = talk.persons(self._state.mirror, caller, self._state.is_caller)
        return [person.uniqueid for person in persons] == [leaving.uniqueid]

    def _hold(self, event: ev.Hold) -> Touched:
        channel = self._channel(event)
        channel.held = True
        return self._state.near(channel)

    def _unhold(self, event: ev.Unhold) -> Touched:
        channel = self._channel(event)
        touched = self._state.near(channel)
        if not channel.held:
            for track in touched:  # he was put on hold while we could not hear it
                track.talk_unseen = track.talk_unseen or track.hold_unseen or track.answer_read_back
        channel.held = False
        return touched

    def _local_bridge(self, event: ev.LocalBridge) -> Touched:
        self._state.mirror.pair(event.local_one_uniqueid, event.local_two_uniqueid)
        one = self._state.mirror.channels.get(event.local_one_uniqueid)
        return self._state.near(one) if one is not None else ()

    def _mixmonitor_stop(self, event: ev.MixMonitorStop) -> Touched:
        channel = self._channel(event)
        for track in self._own(channel):
            own = (tape for tape in reversed(track.tapes) if tape.channel == channel.uniqueid)
            last = next((tape for tape in own if tape.ended_at is None), None)
            if last is not None:  # a channel's recordings are stopped one by one, the youngest first
                last.ended_at = event.at
        return ()

    def _queue_join(self, event: ev.QueueCallerJoin) -> Touched:
        channel = self._channel(event)
        track = self._state.calls.get(channel.uniqueid)
        if track is not None:
            track.queue, track.queue_joined_at, track.queue_left_at = event.queue, event.at, None
            track.settled, track.agent_left_at, track.queue_busy = True, None, False
        return (track,)

    def _queue_leave(self, event: ev.QueueCallerLeave) -> Touched:
        channel = self._channel(event)
        track = self._state.calls.get(channel.uniqueid)
        if track is not None:
            track.queue = track.queue or event.queue
            track.queue_joined_at = track.queue_joined_at or track.arrived_at
            track.queue_left_at = event.at
            members = self._state.mirror.members.get(event.queue, {})
            track.queue_busy = any(status in _BUSY_STATES for status in members.values())
        return (track,)

    def _queue_member(self, event: ev.QueueMemberStatus) -> Touched:
        self._state.mirror.members.setdefault(event.queue, {})[event.interface] = event.status
        return ()

    def _offered(self, event: ev.CallcenterOffered) -> Touched:
        channel = self._channel(event)
        track = self._state.calls.get(channel.uniqueid)
        if track is not None:
            self._arrivals.name(track, event.hotline, event.at)
        return (track,)


def _parted(track: CallTrack, leaving: Channel, at: Instant) -> bool:
    """Whether the caller was with the phone alone when that asked to hang up at *at*, though the PBX told of
    their parting first: what follows within milliseconds may overtake what it follows from."""
    since = track.alone_since
    return since is not None and since >= at - SLACK_US and track.company == [leaving.uniqueid]
