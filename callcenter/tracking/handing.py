"""Events by which a call goes from one phone to another: pickup, transfers, parking.

The PBX says who sends whom; whose call that is, and whether what it became part of is a call of its
own, is found out here. Who takes the caller in the end the judge sees by looking.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from callcenter.ami import events as ev
from callcenter.terms import Direction, Instant, Phone, TransferKind, Uniqueid
from callcenter.tracking import handovers
from callcenter.tracking.arrivals import Arrivals
from callcenter.tracking.attempts import SLACK_US
from callcenter.tracking.channels import Channel, earliest, is_local
from callcenter.tracking.directory import Directory
from callcenter.tracking.state import State
from callcenter.tracking.track import CallTrack

_INBOUND: Final = Direction.INBOUND

Touched = Sequence[CallTrack | None]
"""The calls that an event may have changed."""


class HandingOn:
    """The part of the fold that hands callers on."""

    def __init__(self, state: State, names: Directory, arrivals: Arrivals) -> None:
        self._state = state
        self._names = names
        self._arrivals = arrivals
        self.handlers: dict[type[ev.Event], Callable[[Any], Touched]] = {
            ev.Pickup: self._pickup,
            ev.BlindTransfer: self._blind_transfer,
            ev.AttendedTransfer: self._attended_transfer,
            ev.ParkedCall: self._parked_call,
            ev.UnParkedCall: self._unparked_call,
        }

    def _pickup(self, event: ev.Pickup) -> Touched:
        picker = self._state.mirror.see(event)
        picker.picked, picker.picked_at = event.target_uniqueid, earliest(picker.picked_at, event.at)
        target = self._state.mirror.channels.get(event.target_uniqueid)
        track = self._state.call_of(target) if target is not None else None
        if target is not None:
            target.taken = True
        if track is not None and track.uniqueid != picker.uniqueid:
            self._arrivals.withdraw(picker.uniqueid, track, event.at)
        return (track,)

    def _blind_transfer(self, event: ev.BlindTransfer) -> Touched:
        track = self._handed_over(event.transferee_uniqueid, event.transferer_uniqueid)
        if track is not None and event.result == "Success":
            by = self._state.mirror.channels.get(event.transferer_uniqueid)
            track.agent_left_at = None
            handovers.blind(track, event.at, by, event.extension, self._names)
        return (track,)

    def _handed_over(self, transferee: Uniqueid | None, transferer: Uniqueid | None) -> CallTrack | None:
        """The answered call whose caller is handed on by *transferer*."""
        calls, channels = self._state.calls, self._state.mirror.channels
        if transferer in calls:
            return None  # the caller himself transfers: he goes on, his agent is sent away
        if transferee is not None and transferee in calls:
            return calls[transferee]
        agent = channels.get(transferer) if transferer is not None else None
        if agent is None:
            return None
        track = self._state.call_of(agent)
        connected = [t for t in self._state.near(agent) if t.direction is _INBOUND]
        found = track or (connected[0] if connected else None)
        return found if found is not None and found.answered else None

    def _attended_transfer(self, event: ev.AttendedTransfer) -> Touched:
        if event.result != "Success":
            return ()
        target, name = event.transfer_target_uniqueid, event.transfer_target_channel
        if target is not None and name is not None and event.dest_bridge_uniqueid is not None:
            self._state.mirror.meet(event, target, name, event.dest_bridge_uniqueid)
        first, second = event.orig_transferer_uniqueid, event.second_transferer_uniqueid
        sides = [(self._transferable(one), one, two) for one, two in ((first, second), (second, first))]
        found = [(track, mine, other) for track, mine, other in sides if track is not None]
        if not found:
            return ()
        track, mine, other = next((side for side in found if side[0].direction is _INBOUND), found[0])
        self._joined(track, mine, other, event)
        return (track,)

    def _transferable(self, uniqueid: Uniqueid | None) -> CallTrack | None:
        """The answered call in which *uniqueid* is the agent's side."""
        agent = self._state.mirror.channels.get(uniqueid) if uniqueid is not None else None
        track = self._state.call_of(agent) if agent is not None else None
        if track is None or track.uniqueid == uniqueid:
            return None
        return track if track.answered else None

    def _joined(
        self, track: CallTrack, mine: Uniqueid | None, other: Uniqueid | None, event: ev.AttendedTransfer
    ) -> None:
        channels = self._state.mirror.channels
        agent = channels.get(mine) if mine is not None else None
        consulting = channels.get(other) if other is not None else None
        target = self._target(consulting, event.transfer_target_uniqueid) or self._rings_beside(track)
        ringing = target is not None and self._rings(target)
        track.agent_left_at = None
        handover = handovers.attended(track, event.at, agent, ringing=ringing, names=self._names)
        if target is not None and not self._state.is_caller(target.uniqueid):
            handover.tried = self._tried(target)
        consultation = self._state.calls.get(consulting.uniqueid) if consulting is not None else None
        began_after = track.answered_at is None or (
            consultation is not None and consultation.arrived_at >= track.answered_at
        )
        if consultation is not None and consultation is not track and began_after:
            self._arrivals.withdraw(consultation.uniqueid, track, event.at)

    def came_beside(self, channel: Channel, at: Instant) -> None:
        """The Local channel that the agent consulted through comes to the caller, perhaps only after that
        was told as a transfer: to whom, and that he still rings, is known now."""
        for track in self._state.near(channel):
            last = handovers.open_handover(track)
            if last is None or last.kind is not TransferKind.ATTENDED or last.tried is not None:
                continue
            if at - last.at <= SLACK_US and self._rings(channel):
                last.kind, last.tried = TransferKind.BLONDE, self._tried(channel)

    def _rings(self, target: Channel) -> bool:
        """Whether a transfer's target still rings; a queue that answered is no person."""
        phones = self._behind(target)
        if phones:
            return all(phone.up_at is None for phone in phones)
        return target.up_at is None and target.state != ev.UP

    def _tried(self, target: Channel) -> Phone | None:
        """The phone that a transfer's target is; of a Local channel, what was dialled behind it."""
        phones = self._behind(target)
        if phones:
            return self._names.phone(phones[-1])
        return (Phone(target.exten) or None) if is_local(target.name) else self._names.phone(target)

    def _behind(self, target: Channel) -> list[Channel]:
        """The phones dialled behind a Local channel."""
        half = self._state.mirror.channels.get(target.peer) if target.peer is not None else None
        return self._state.mirror.phones(half) if half is not None else []

    def _target(self, consulting: Channel | None, named: Uniqueid | None) -> Channel | None:
        mirror = self._state.mirror
        if named is not None and named in mirror.channels:
            return mirror.channels[named]
        if consulting is None:
            return None
        alive = [leg for leg in mirror.phones(consulting) if not leg.over]
        return alive[-1] if alive else next(iter(mirror.connected(consulting)), None)

    def _rings_beside(self, track: CallTrack) -> Channel | None:
        """The Local channel beside the caller that nobody has answered; some events name no target."""
        caller = self._state.mirror.channels.get(track.uniqueid)
        beside = self._state.mirror.connected(caller) if caller is not None else []
        return next((other for other in beside if is_local(other.name) and self._rings(other)), None)

    def _parked_call(self, event: ev.ParkedCall) -> Touched:
        track = self._parkee(event.parkee_uniqueid)
        if track is not None:
            track.agent_left_at = None
            handovers.parked(track, event.at, self._parker(track, event.parker_dial_string))
        return (track,)

    def _parker(self, track: CallTrack, dial_string: str) -> Phone | None:
        """Who parked the caller. A program names nobody by it, and Asterisk then the caller's own trunk."""
        parker = dial_string.partition("/")[2]
        if parker in self._names.site.trunks:
            return track.with_phone or track.answer_phone
        return Phone(parker) if parker else None

    def _parkee(self, uniqueid: Uniqueid) -> CallTrack | None:
        """The call of whoever is parked: the caller, or a Local channel through which his agent spoke."""
        channel = self._state.mirror.channels.get(uniqueid)
        if channel is None or not is_local(channel.name):
            return self._state.calls.get(uniqueid)
        track = self._state.call_of(channel)
        return track if track is not None and track.answered else None

    def _unparked_call(self, event: ev.UnParkedCall) -> Touched:
        """Whoever fetches somebody from the parking lot places no call, whoever was parked there."""
        parkee = self._state.mirror.channels.get(event.parkee_uniqueid)
        track = self._state.call_of(parkee) if parkee is not None else None
        if track is not None and event.retriever_uniqueid not in {None, track.uniqueid}:
            self._arrivals.withdraw(event.retriever_uniqueid, track, event.at)
        return (track,)
