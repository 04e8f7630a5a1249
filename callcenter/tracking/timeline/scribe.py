"""From a recorded stream to the story of one call in it.

Theory of operation. The real tracker runs over the events. Whenever one of them concerns the call
before or after it was folded in, the call is told anew, and the difference between two tellings is
what happened, with that event for its evidence. So a story can't say anything else than the verdict
rests on. A few things are no part of a telling and are read off the events themselves: who asked to
hang up, which phone went off the hook, what the PBX itself picked up.

What became of a try is known for sure a few milliseconds after it ended (a leg's cause comes last), so
such entries are worded by the last telling.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from callcenter.ami import events as ev
from callcenter.facts import CallEnded, CallMerged, Fact
from callcenter.record import Call
from callcenter.sites import Site
from callcenter.terms import CallId, CallState, Instant, Uniqueid
from callcenter.tracking.channels import Channel
from callcenter.tracking.directory import Directory
from callcenter.tracking.rules import NO_ROSTER, Rules
from callcenter.tracking.state import State
from callcenter.tracking.telling import Teller, call_id
from callcenter.tracking.timeline.changes import Changes
from callcenter.tracking.timeline.happenings import happening
from callcenter.tracking.timeline.log import Log
from callcenter.tracking.timeline.story import Story, What
from callcenter.tracking.track import CallTrack
from callcenter.tracking.tracker import Tracker


def story_of(
    events: Iterable[ev.Event], site: Site, uniqueid: Uniqueid, rules: Rules = NO_ROSTER
) -> Story | None:
    """The story of the call that *uniqueid* brought, None where it is not in *events*.

    Reads no further than to the call's end.
    """
    scribe = Scribe(site, uniqueid, rules)
    for event in events:
        scribe.hear(event)
        if scribe.over:
            break
    return scribe.story()


class Scribe:
    """Follows a stream and writes down what concerns one call."""

    def __init__(self, site: Site, uniqueid: Uniqueid, rules: Rules = NO_ROSTER) -> None:
        self._state = State()
        self._names = Directory(site)
        self._tracker = Tracker(site, self._state, rules)
        self._teller = Teller(self._state.mirror, self._names)
        self._uniqueid = uniqueid
        self._log = Log()
        self._changes = Changes(self._log)
        self._last: Call | None = None
        self._merged_into: CallId | None = None
        self.over = False
        """Whether the call was told to its end, or became part of another."""

    @property
    def begun(self) -> bool:
        """Whether the call is in what was heard so far."""
        return self._last is not None

    def hear(self, event: ev.Event) -> None:
        """Take in the stream's next event."""
        concerned = self._concerns(event)
        facts = self._tracker.receive(event)
        track = self._state.calls.get(self._uniqueid)
        if track is not None and (concerned or self._last is None or self._concerns(event)):
            self._told(event, self._tell(track, event.at), track)
        elif track is None:
            self._gone(event, facts)

    def story(self) -> Story | None:
        """What was written down."""
        if self._last is None:
            return None
        return Story(
            call=self._last,
            entries=self._log.entries(self._last),
            gaps=self._log.gaps(),
            over=self.over,
            merged_into=self._merged_into,
            events=self._log.events,
        )

    def _gone(self, event: ev.Event, facts: Iterable[Fact]) -> None:
        """The call is not followed any more, if it ever was: told to its end, or part of another."""
        for fact in facts:
            if isinstance(fact, CallEnded) and fact.call.uniqueid == self._uniqueid:
                self._told(event, fact.call, None)
                self._log.add(What.ENDED, event)
                self.over = True
                return
        if self._last is not None:
            self._merged_into = self._into(facts)
            self._log.add(What.MERGED, event, {"into": self._merged_into})
            self.over = True

    def _into(self, facts: Iterable[Fact]) -> CallId | None:
        for fact in facts:
            if isinstance(fact, CallMerged) and fact.call_id.endswith(f":{self._uniqueid}"):
                return fact.into
        joined = self._state.calls.get(self._state.joined.get(self._uniqueid, self._uniqueid))
        return call_id(self._names.site.pbx, joined) if joined is not None else None

    def _told(self, event: ev.Event, call: Call, track: CallTrack | None) -> None:
        self._log.events += 1
        for what, about in happening(event, self._state, self._names, self._uniqueid, self._last):
            self._log.add(what, event, about)
        self._changes.note(event, self._last, call, track)
        self._last = call

    def _tell(self, track: CallTrack, at: Instant) -> Call:
        caller = self._state.mirror.channels[self._uniqueid]
        state = CallState.ENDED if caller.over else CallState.WAITING
        return self._teller.tell(track, caller, state, at, self._state.mirror.phones(caller))

    def _concerns(self, event: ev.Event) -> bool:
        if isinstance(event, ev.Connected | ev.Disconnected):
            return self._uniqueid in self._state.calls
        return any(
            track.uniqueid == self._uniqueid
            for channel in self._channels(event)
            for track in self._state.near(channel)
        )

    def _channels(self, event: ev.Event) -> Iterator[Channel]:
        for name in _IDS[type(event)]:
            channel = self._state.mirror.channels.get(Uniqueid(getattr(event, name) or ""))
            if channel is not None:
                yield channel


_IDS: Final = {
    kind: tuple(name for name in kind.__struct_fields__ if name.endswith("uniqueid") and "bridge" not in name)
    for kind in vars(ev).values()
    if isinstance(kind, type) and issubclass(kind, ev.Event)
}
"""The fields of each event that name channels."""
