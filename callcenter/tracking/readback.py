"""Losing the PBX and finding it again: what was read back replaces what could not be heard.

Theory of operation. Nothing is replayed after a cut: events of the gap are gone. When we are logged in
again every channel known from before is *stale*. The lists that the PBX is then asked for
(``Status``, ``CoreShowChannels``) confirm those that still exist, bring those that are new, and say
who is connected to whom; at the end of a list whatever is still stale ended unseen. A PBX that has
been up for less time than we were away has restarted: then all that was is gone.

The same lists are read on an open link where a part of its stream was lost: a hang-up may have been in
it. Everything is stale again then, and only two whole lists, one after the other, are believed.
"""

from collections.abc import Callable
from typing import Any, Final

from callcenter.ami import events as ev
from callcenter.facts import Fact, LinkDown, LinkUp
from callcenter.terms import Instant, Linkedid, Uniqueid
from callcenter.tracking import talk
from callcenter.tracking.arrivals import Arrivals
from callcenter.tracking.channels import Channel, is_local
from callcenter.tracking.directory import Directory
from callcenter.tracking.handing import Touched
from callcenter.tracking.parts import moment
from callcenter.tracking.state import State
from callcenter.tracking.track import Activity, CallTrack, Tape

_LEG_APPLICATIONS: Final = frozenset({"AppDial", "AppDial2", "AppQueue"})
"""What Asterisk says a dialled leg runs."""

Listed = ev.CoreShowChannel | ev.Status
_Families = dict[Linkedid, dict[Uniqueid, Channel]]
"""Channels by what they had in common when last looked at."""
_ONE_LIST_US: Final = 2_000_000
_TIDY_US: Final = 600_000_000


class Readback:
    """Handles the link's own events and the lists read back after a login."""

    def __init__(self, state: State, names: Directory, arrivals: Arrivals) -> None:
        self._state = state
        self._names = names
        self._arrivals = arrivals
        self._lists: list[dict[Uniqueid, Listed]] = [{}]
        """Channels listed that nobody heard of, list by list; the last is not complete yet."""
        self._doubted = False
        """What is read back was asked for on an open link."""
        self.handlers: dict[type[ev.Event], Callable[[Any], Touched]] = {
            ev.CoreShowChannel: self._exists,
            ev.Status: self._exists,
            ev.ChannelsComplete: self._complete,
            ev.QueueEntry: self._waits,
            ev.BridgeListItem: self._bridge,
            ev.Tick: self._waited,
        }
        """By the kind of event, for what is read back; each returns the calls that may have changed."""

    def lost(self, event: ev.Disconnected) -> list[Fact]:
        """The PBX can't be heard from now on."""
        if self._state.gap_from is None:
            self._state.gap_from = self._state.last_at or event.at
        return [LinkDown(at=moment(event.at), pbx=self._names.site.pbx, reason=event.reason)]

    def connected(self, _event: ev.Connected) -> list[Fact]:
        """Logged in: nothing known from before is certain until it is read back."""
        self._state.greeting, self._doubted = True, False
        self._state.mirror.members.clear()  # QueueStatus names them all
        for track in self._state.calls.values():
            track.ring_unheard = track.ring_unheard or not (track.answered or self._has_rung(track))
        self._begin()
        return []

    def _has_rung(self, track: CallTrack) -> bool:
        caller = self._state.mirror.channels.get(track.uniqueid)
        return caller is not None and any(leg.alerted for leg in self._state.mirror.phones(caller))

    def doubted(self, _event: ev.Doubted) -> list[Fact]:
        """A part of the stream was lost: what is known is still told, until the lists say otherwise."""
        self._doubted = True
        self._begin()
        return []

    def _begin(self) -> None:
        """The lists that come from now on say what there is."""
        self._state.listed_at, self._lists = None, [{}]
        for channel in self._state.mirror.channels.values():
            channel.stale = not channel.over
        for track in self._state.calls.values():
            track.hold_unseen = track.answered
            track.talk_unseen = track.talk_unseen or track.activity is Activity.HOLD  # he may be taken back

    def greeted(self, at: Instant, uptime: int | None) -> tuple[list[Fact], list[CallTrack]]:
        """The PBX can be heard; *uptime* (seconds) tells a restart from a cut link."""
        self._state.greeting = False
        began = self._state.gap_from if self._state.gap_from is not None else self._state.last_at
        self._state.gap_from = None
        gap = at - began if began is not None else None
        restarted = gap is not None and uptime is not None and uptime * 1_000_000 < gap
        up = LinkUp(
            at=moment(at),
            pbx=self._names.site.pbx,
            gap_seconds=max(gap, 0) / 1_000_000 if gap is not None else None,
            gap_began_at=moment(began) if began is not None else None,
            pbx_restarted=restarted,
        )
        return [up], self._vanish() if restarted else []

    def _complete(self, event: ev.ChannelsComplete) -> list[CallTrack]:
        """A list is complete. What was in none of them ended unseen, what nobody heard of came unseen; but
        either event may still be on its way, as the PBX sends events between one answer and the next.
        So the first list alone proves nothing."""
        self._lists.append({})
        if self._state.listed_at is None:
            self._state.listed_at = event.at
            return []
        return self._swept()

    def _waited(self, event: ev.Tick) -> list[CallTrack]:
        """Time went by; where the PBX gives only one list it has to do."""
        if self._state.tidied_at is None or event.at - self._state.tidied_at > _TIDY_US:
            self._state.tidied_at = event.at
            self._state.tidy()
        listed = self._state.listed_at
        if listed is None or self._doubted or event.at - listed <= _ONE_LIST_US:
            return []
        return self._swept()

    def _swept(self) -> list[CallTrack]:
        """Whatever is not confirmed by now is gone, and whatever is still strange came while we were deaf."""
        self._state.listed_at = None
        lists, self._lists = self._lists[:-1], [{}]
        families: _Families = {}
        for channel in self._state.mirror.channels.values():
            families.setdefault(channel.linkedid, {})[channel.uniqueid] = channel
        lasting = lists[-1] if lists else {}
        listed = [found[uniqueid] for uniqueid in lasting for found in lists if uniqueid in found]
        introduced = [event for event in listed if self._introduced(event, families)]
        touched: list[CallTrack] = []
        for event in introduced:  # a leg may have been listed before the caller for whom it was dialled
            channel = self._state.mirror.channels[event.uniqueid]
            self._variables(channel, event)
            touched += self._state.near(channel)
        return touched + self._vanish()

    def _introduced(self, event: Listed, families: _Families) -> bool:
        """A channel that was listed before any event named it, or of which none said what it is."""
        channel = self._state.mirror.channels.get(event.uniqueid)
        if channel is not None and (channel.born or channel.over):
            return False  # its events were on their way, and tell more
        channel = self._state.mirror.see(event)
        families.setdefault(channel.linkedid, {})[channel.uniqueid] = channel
        self._place(channel, event)
        self._introduce(channel, event)
        self._attach_legs([c for c in families[channel.linkedid].values() if c.linkedid == channel.linkedid])
        return True

    def _vanish(self) -> list[CallTrack]:
        touched: list[CallTrack] = []
        for channel in list(self._state.mirror.channels.values()):
            if channel.stale and not channel.over:
                if channel.bridge is not None:
                    self._company_changed(channel)
                touched += self._state.near(channel)
                self._state.mirror.hang_up(channel, None)
                if self._state.call_of(channel) is None:
                    self._state.release(channel)
        return touched

    def _exists(self, event: Listed) -> list[CallTrack]:
        """A channel that the PBX has now."""
        known = self._state.mirror.channels.get(event.uniqueid)
        if known is None or self._is_strange(known):
            self._lists[-1][event.uniqueid] = event
        if known is None:
            return []
        channel = self._state.mirror.see(event)
        self._place(channel, event)
        self._variables(channel, event)
        return list(self._state.near(channel))

    def _is_strange(self, channel: Channel) -> bool:
        """Whether nobody knows what the channel is: an event in its middle was the first to name it."""
        placed = channel.born or channel.is_leg or channel.uniqueid in self._state.calls
        return not placed and channel.uniqueid not in self._state.joined

    def _place(self, channel: Channel, event: Listed) -> None:
        """The channel's state and bridge as read back."""
        channel.state = event.channel_state
        channel.alerted = channel.alerted or event.channel_state == ev.RINGING
        if channel.bridge != (event.bridge_id or None):
            self._company_changed(channel)
            self._state.mirror.leave(channel)
            if event.bridge_id:
                self._state.mirror.enter(channel, event.bridge_id, parking=event.application == "Park")
                self._company_changed(channel)

    def _company_changed(self, channel: Channel) -> None:
        """Whoever is connected to the channel was not before, or will not be: when that was is not known."""
        for track in self._state.near(channel):
            track.talk_unseen = track.talk_unseen or track.answered

    def _introduce(self, channel: Channel, event: Listed) -> None:
        """A channel that came while we could not hear: a caller's, or a leg of one."""
        dialled = _dialled_by(event)
        if event.application in _LEG_APPLICATIONS or dialled:
            channel.application, channel.is_leg = "", True
            channel.dial_string = channel.dial_string or dialled
        elif not channel.is_leg and not is_local(channel.name) and channel.state in (ev.RING, ev.UP):
            number = event.dnid if isinstance(event, ev.Status) and event.dnid else event.exten
            self._arrivals.read_back(channel, event, number)

    def _attach_legs(self, family: list[Channel]) -> None:
        """A leg read back does not say who dialled it: the one caller with its Linkedid did."""
        channels = self._state.mirror.channels
        for leg in [c for c in family if c.is_leg and c.dialler is None and not c.over]:
            callers = [c.uniqueid for c in family if c.uniqueid in self._state.calls and c is not leg]
            if len(callers) == 1:
                leg.dialler = callers[0]
                channels[callers[0]].legs.append(leg.uniqueid)

    def _variables(self, channel: Channel, event: Listed) -> None:
        told = dict(event.variables) if isinstance(event, ev.Status) else {}
        track = self._state.call_of(channel)
        if track is None:
            return
        is_caller = channel.uniqueid == track.uniqueid
        if is_caller and (hotline := told.get("CC_HOTLINE")):
            self._arrivals.name(track, hotline, event.at)
        path = told.get("MIXMONITOR_FILENAME")
        if path and all(tape.path != path for tape in track.tapes):
            track.tapes.append(Tape(channel=channel.uniqueid, path=path, started_at=event.at))
        answered = _micro(told.get("CDR(answer,u)"))
        if answered is not None and channel.up_at is None and (channel.is_leg or is_caller):
            channel.up_at, channel.up_read = answered, True
            if track.answered_by == channel.uniqueid and track.answered_at is None:
                track.answered_at = answered
                talk.backdate(track, self._state.mirror.channels[track.uniqueid])

    def _waits(self, event: ev.QueueEntry) -> list[CallTrack]:
        """A caller who stands in a queue now."""
        track = self._state.calls.get(event.uniqueid)
        if track is None:
            return []
        if track.queue is None or track.queue_left_at is not None:
            track.queue, track.queue_left_at = event.queue, None
            track.queue_joined_at = track.queue_joined_at or event.at
        return [track]

    def _bridge(self, event: ev.BridgeListItem) -> Touched:
        """What kind a bridge is."""
        found = self._state.mirror.bridges.get(event.bridge_uniqueid)
        if found is not None:
            found.parking = "parking" in event.bridge_type or event.bridge_technology == "holding_bridge"
        return ()


def _dialled_by(event: Listed) -> str:
    """What the PBX dialled the channel by. A leg that runs an application of its own before it meets its
    caller (an announcement, a key to be pressed) shows only by this variable, which Dial and Queue set on
    every leg. Whoever dialled has it too once he was answered, and beside it the name of who answered."""
    told = dict(event.variables) if isinstance(event, ev.Status) else {}
    return "" if told.get("DIALEDPEERNAME") else told.get("DIALEDPEERNUMBER", "")


def _micro(value: str | None) -> Instant | None:
    """``1795280968.399682`` in microseconds; None for "not yet" (``0.000000``)."""
    second, _, fraction = (value or "").partition(".")
    digits = second + fraction[:6].ljust(6, "0")
    if len(second) > 10 or not digits.isdecimal() or not int(second or "0"):
        return None
    return Instant(int(digits))
