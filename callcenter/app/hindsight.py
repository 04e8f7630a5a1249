"""Looking back: the story of a call, and calls judged again, from what the PBXs said then.

Everything here reads files and computes; it belongs into a thread. Times are the PBX's own clock, files
are by ours: where the two are far apart, the file that names the call is looked for.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from callcenter.ami.events import Disconnected, Event
from callcenter.app.playback import events_of, holds
from callcenter.config import Config, sites
from callcenter.evidence import HOLE, Shelf
from callcenter.evidence.shelf import Volume
from callcenter.facts import CallEnded
from callcenter.record import Call
from callcenter.sites import Site
from callcenter.terms import CallId, Clock, PbxName, Uniqueid
from callcenter.tracking.parts import moment
from callcenter.tracking.rules import NO_ROSTER, Remembered, Rules
from callcenter.tracking.state import State
from callcenter.tracking.telling import call_id
from callcenter.tracking.timeline import Scribe, Story
from callcenter.tracking.tracker import Tracker

RUN_UP: Final = timedelta(minutes=15)
"""What is read at least of the time before a call: who is busy, what goes on."""
LONGEST: Final = timedelta(hours=24)
"""How long after its arrival a call's end is looked for."""
LATE: Final = timedelta(hours=1)
"""A call that has not begun so long after it arrived is not in the stream."""
ASTRAY: Final = timedelta(hours=14)
"""How far a PBX's clock may be from ours at the most: a time zone taken for UTC."""


class NoEvidence(Exception):
    """What is asked for can't be known from the files. The text is one sentence for an operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Calls of some time, judged by the present configuration."""

    calls: Mapping[CallId, Call]
    """As told at their ends."""
    spoiled: frozenset[CallId]
    """Those during which the evidence has a hole."""


class Hindsight:
    """Reads the evidence in *shelf* by the rules of *sites*."""

    def __init__(self, shelf: Shelf, sites: Mapping[PbxName, Site], by_arrival: frozenset[PbxName]) -> None:
        self._shelf = shelf
        self._sites = sites
        self._by_arrival = by_arrival

    @classmethod
    def of(cls, config: Config) -> "Hindsight":
        """As the configuration has it."""
        timed_here = frozenset(PbxName(pbx.name) for pbx in config.pbx if pbx.clock == "arrival")
        return cls(Shelf(config.evidence_path), {site.pbx: site for site in sites(config)}, timed_here)

    def story(
        self, pbx: PbxName, uniqueid: Uniqueid, arrived_at: datetime, rules: Rules = NO_ROSTER
    ) -> Story:
        """The story of the call that *uniqueid* brought about then. Raises NoEvidence, OSError."""
        volumes = self._around(pbx, arrived_at)
        begun = Scribe(self._site(pbx), uniqueid, rules)
        story = self._story(pbx, begun, arrived_at, volumes) if volumes else None
        if story is None:
            strayed = self._astray(pbx, uniqueid, arrived_at)
            anew = Scribe(self._site(pbx), uniqueid, rules)
            story = self._story(pbx, anew, arrived_at, strayed) if strayed else None
        if story is None:
            raise NoEvidence(self._why_not(pbx, arrived_at, found=bool(volumes)))
        return story

    def remembered(self, pbx: PbxName, calls: Iterable[Call]) -> Rules:
        """What was frozen onto *calls*, under the rules of now."""
        return Remembered(calls, self._site(pbx).hotlines)

    def judged(self, pbx: PbxName, start: datetime, end: datetime, rules: Rules = NO_ROSTER) -> Judged:
        """The calls that arrived from *start* until before *end*, judged anew. Raises OSError."""
        state = State()
        tracker = Tracker(self._site(pbx), state, rules)
        calls: dict[CallId, Call] = {}
        spoiled: set[CallId] = set()
        for event in self._events(pbx, self._shelf.volumes(pbx, start - 4 * RUN_UP, end + LONGEST)):
            if isinstance(event, Disconnected) and event.reason == HOLE:
                spoiled |= {call_id(pbx, track) for track in state.calls.values()}
            for fact in tracker.receive(event):
                if isinstance(fact, CallEnded) and start - RUN_UP <= fact.call.arrived_at < end + RUN_UP:
                    calls[fact.call.call_id] = fact.call
            if moment(event.at) >= end and not _any_since(state, start, end):
                break
        return Judged(calls=calls, spoiled=frozenset(spoiled))

    def missing(self, pbx: PbxName, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """The parts of that time of which there is no file at all: whole hours, joined."""
        there = {volume.start for volume in self._shelf.volumes(pbx, start, end)}
        found: list[tuple[datetime, datetime]] = []
        hour = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        while hour < end:
            after = hour + timedelta(hours=1)
            if hour not in there:
                began = found.pop()[0] if found and found[-1][1] == hour else hour
                found.append((began, after))
            hour = after
        return found

    def _story(
        self, pbx: PbxName, scribe: Scribe, arrived_at: datetime, volumes: list[Volume]
    ) -> Story | None:
        limit, clock = arrived_at + LATE, Clock.ARRIVAL if pbx in self._by_arrival else Clock.PBX
        for event in self._events(pbx, volumes):
            scribe.hear(event)
            if scribe.over or (not scribe.begun and event.clock is clock and moment(event.at) > limit):
                break
        return scribe.story()

    def _events(self, pbx: PbxName, volumes: list[Volume]) -> Iterator[Event]:
        paths: list[Path] = [volume.path for volume in volumes]
        return events_of(paths, by_arrival=pbx in self._by_arrival)

    def _around(self, pbx: PbxName, arrived_at: datetime) -> list[Volume]:
        volumes = self._shelf.volumes(pbx, arrived_at - RUN_UP, arrived_at + LONGEST)
        begins_early = bool(volumes) and volumes[0].start <= arrived_at
        return volumes if begins_early else []

    def _astray(self, pbx: PbxName, uniqueid: Uniqueid, arrived_at: datetime) -> list[Volume]:
        """From the file that names the call on, if one within reach does."""
        near = self._shelf.volumes(pbx, arrived_at - ASTRAY, arrived_at + ASTRAY)
        words = f"\r\nUniqueid: {uniqueid}\r\n".encode()
        for volume in sorted(near, key=lambda volume: abs(volume.start - arrived_at)):
            if holds(volume.path, words):
                return self._shelf.volumes(pbx, volume.start - RUN_UP, volume.start + LONGEST)
        return []

    def _site(self, pbx: PbxName) -> Site:
        if pbx not in self._sites:
            known = ", ".join(self._sites) or "none"
            raise NoEvidence(f"the configuration has no [[pbx]] {pbx} (there are: {known})")
        return self._sites[pbx]

    def _why_not(self, pbx: PbxName, arrived_at: datetime, *, found: bool) -> str:
        if found:
            return f"what {pbx} said at {arrived_at:%Y-%m-%d %H:%M} UTC does not hold this call"
        every = self._shelf.volumes(pbx)
        if not every:
            return f"nothing is kept of what {pbx} said (see [evidence] in the configuration)"
        where = f"{arrived_at:%Y-%m-%d %H:%M} UTC"
        if arrived_at < every[0].start:
            first = f"{every[0].start:%Y-%m-%d %H:%M} UTC"
            return f"what {pbx} said at {where} is not kept any more: there is evidence from {first} on"
        return f"nothing was kept of what {pbx} said at {where}"


def _any_since(state: State, start: datetime, end: datetime) -> bool:
    """Whether a call that arrived in that time still goes on."""
    return any(start <= moment(track.arrived_at) < end for track in state.calls.values())
