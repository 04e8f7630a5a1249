"""The tracker of one PBX: events in, facts out.

``receive`` is the whole of it. It is deterministic, never raises on wire data, and keeps its state in
plain data that can be put down (:meth:`Tracker.checkpoint`) and taken up again (:meth:`Tracker.resume`).
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from callcenter.ami import events as ev
from callcenter.facts import Fact
from callcenter.sites import Site
from callcenter.terms import AgentId, Clock, Instant, Phone
from callcenter.tracking import state as states
from callcenter.tracking.arrivals import Arrivals
from callcenter.tracking.directory import Directory
from callcenter.tracking.fold import Fold
from callcenter.tracking.handing import Touched
from callcenter.tracking.judge import Judge
from callcenter.tracking.readback import Readback
from callcenter.tracking.rules import NO_ROSTER, Rules
from callcenter.tracking.state import State

_PBX: Final = Clock.PBX


class Tracker:
    """Follows every call of one site."""

    def __init__(self, site: Site, state: State | None = None, rules: Rules = NO_ROSTER) -> None:
        self._state = state if state is not None else State()
        self._names = names = Directory(site)
        self._arrivals = Arrivals(self._state, names)
        self._arrivals.rules = rules
        self._judge = Judge(self._state, names)
        self._readback = Readback(self._state, names, self._arrivals)
        self._last: ev.Event | None = None
        self._about_link: Final[dict[type[ev.Event], Callable[[Any], list[Fact]]]] = {
            ev.Connected: self._readback.connected,
            ev.Doubted: self._readback.doubted,
            ev.Disconnected: self._readback.lost,
            ev.FullyBooted: self._booted,
        }
        self._about_calls: Final[dict[type[ev.Event], Callable[[Any], Touched]]] = {
            **Fold(self._state, names, self._arrivals).handlers,
            **self._readback.handlers,
        }

    @classmethod
    def resume(cls, site: Site, checkpoint: bytes) -> "Tracker":
        """A tracker that goes on from *checkpoint*. Raises msgspec.MsgspecError for other bytes."""
        return cls(site, states.load(checkpoint))

    def checkpoint(self) -> bytes:
        """The calls in progress, to be resumed after a restart."""
        return states.dump(self._state)

    def follow_roster(self, rules: Rules) -> None:
        """Freeze onto calls offered from now on what *rules* say."""
        self._arrivals.rules = rules

    def employ(self, owners: Mapping[Phone, AgentId]) -> None:
        """Tell calls from now on with these owners of phones, beside those that are configured."""
        self._names.employ(owners)

    @property
    def in_progress(self) -> int:
        """How many calls are being followed, of every direction."""
        return len(self._state.calls)

    def receive(self, event: ev.Event) -> tuple[Fact, ...]:
        """Fold one event in; what is new because of it. One that repeats the last is none."""
        if event == self._last and event.clock is _PBX:
            return ()
        self._last = event
        state, arrivals, at = self._state, self._arrivals, event.at
        handler = self._about_calls.get(type(event))
        if handler is None:
            facts = self._besides(event)
        else:
            facts = self._greeted(at, None) if state.greeting else []
            touched = handler(event)
            if touched or arrivals.begun:
                facts += self._look(touched, at)
            self._heard(at, event.clock)
        if state.closing:
            facts += self._lose_patience(at)
        if arrivals.facts:
            facts += arrivals.facts
            arrivals.facts.clear()
        return tuple(facts)

    def _besides(self, event: ev.Event) -> list[Fact]:
        """What is about no call: the link, or that the PBX is there."""
        about_link = self._about_link.get(type(event))
        if about_link is not None:
            return about_link(event)
        facts = self._greeted(event.at, None)
        if not isinstance(event, ev.Tick):
            self._heard(event.at, event.clock)
        return facts

    def _heard(self, at: Instant, clock: Clock | None) -> None:
        """Remember when the PBX was last heard, by its own clock as soon as that is known."""
        state = self._state
        if clock is not _PBX:
            if state.timed:
                return
        elif not state.timed:
            state.timed, state.last_at = True, at
            for track in state.calls.values():  # read back before the first event; lists bear no time
                track.clock = _PBX
        if state.last_at is None or at > state.last_at:
            state.last_at = at

    def _booted(self, event: ev.FullyBooted) -> list[Fact]:
        facts = self._greeted(event.at, event.uptime)
        self._heard(event.at, event.clock)
        return facts

    def _greeted(self, at: Instant, uptime: int | None) -> list[Fact]:
        if not self._state.greeting:
            return []
        facts, touched = self._readback.greeted(at, uptime)
        return facts + self._look(touched, at)

    def _look(self, touched: Touched, at: Instant) -> list[Fact]:
        """What is new of the calls touched, and of those that just began."""
        if self._arrivals.begun:
            touched = [*touched, *self._arrivals.begun]
            self._arrivals.begun.clear()
        if len(touched) == 1:
            only = touched[0]
            return self._judge.look(only, at) if only is not None else []
        facts: list[Fact] = []
        for track in {track.uniqueid: track for track in touched if track is not None}.values():
            facts += self._judge.look(track, at)
        return facts

    def _lose_patience(self, at: Instant) -> list[Fact]:
        """Tell calls whose caller is long gone, whatever became of their legs."""
        facts: list[Fact] = []
        for uniqueid in self._state.overdue(at):
            track, caller = self._state.calls.get(uniqueid), self._state.mirror.channels.get(uniqueid)
            if track is not None and caller is not None:
                facts += self._judge.close(track, caller, at)
        return facts

    def finish(self, at: Instant) -> tuple[Fact, ...]:
        """The input ends here: tell every call that is still open, its end unseen."""
        facts: list[Fact] = []
        for track in list(self._state.calls.values()):
            caller = self._state.mirror.channels.get(track.uniqueid)
            if caller is not None:
                track.end_lost = not caller.over
                facts += self._judge.close(track, caller, at)
        return tuple(facts)
