"""The recordings of a real PBX under tests/traces, as events for a tracker, and what was expected of them."""

import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from callcenter.ami.events import Connected, Disconnected, Event
from callcenter.ami.parse import parse
from callcenter.ami.wire import Framer
from callcenter.facts import CallEnded, Fact
from callcenter.record import Call
from callcenter.sites import Hotline, Site
from callcenter.terms import Clock, Direction, HotlineNumber, Instant, PbxName
from callcenter.tracking.tracker import Tracker

FOLDER = Path(__file__).parent.parent / "traces"
NAMES = tuple(sorted(path.name for path in FOLDER.iterdir() if path.is_dir()))
PBX = PbxName("lab")
SITE = Site(
    pbx=PBX,
    trunks=frozenset({"trunk"}),
    monitor_dir="/lab/var/spool/monitor",
    hotlines=tuple(
        Hotline(
            number=HotlineNumber(str(number)), name=f"Hotline {number}", pbx=PBX, contexts=("from-trunk",)
        )
        for number in (*range(4001, 4015), 4020, 4021)
    ),
)


def wires(name: str) -> list[bytes]:
    """The bytes of each connection of the recording, in order."""
    return [gzip.decompress(path.read_bytes()) for path in sorted((FOLDER / name).glob("wire*.ami.gz"))]


def expected(name: str) -> list[dict[str, Any]]:
    """The hotline calls as they must be told."""
    found: list[dict[str, Any]] = json.loads((FOLDER / name / "expected.json").read_text())["inbound"]
    return found


@lru_cache(maxsize=64)
def events(name: str) -> tuple[Event, ...]:
    """Every event of the recording that a tracker reads, connections and their losses among them."""
    found: list[Event] = []
    now = Instant(0)
    for number, wire in enumerate(wires(name)):
        if number:
            found.append(Disconnected(at=now, clock=Clock.PBX, reason="cut"))
        found.append(Connected(at=now, clock=Clock.PBX))
        for message in Framer().feed(wire):
            event = parse(message, now)
            if isinstance(event, Event):
                now = Instant(max(now, event.at))
                found.append(event)
    return tuple(found)


def follow(stream: Iterable[Event], site: Site = SITE) -> list[Fact]:
    """All facts of the stream, its end among them."""
    tracker = Tracker(site)
    facts: list[Fact] = []
    now = Instant(0)
    for event in stream:
        now = Instant(max(now, event.at))
        facts += tracker.receive(event)
    return [*facts, *tracker.finish(now)]


def calls(facts: Sequence[Fact]) -> list[Call]:
    """The calls as told last, by arrival, without the count of their tellings."""
    told = [replace(fact.call, seq=0) for fact in facts if isinstance(fact, CallEnded)]
    return sorted(told, key=lambda call: (call.arrived_at, call.call_id))


def inbound(facts: Sequence[Fact]) -> list[Call]:
    """The calls from outside as told last."""
    return [call for call in calls(facts) if call.direction is Direction.INBOUND]


def prefixes(name: str) -> Iterator[tuple[int, list[Fact]]]:
    """What is told if the recording stops after each of its events."""
    tracker = Tracker(SITE)
    now = Instant(0)
    for number, event in enumerate(events(name)):
        now = Instant(max(now, event.at))
        tracker.receive(event)
        yield number, list(Tracker.resume(SITE, tracker.checkpoint()).finish(now))
