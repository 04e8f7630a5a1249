"""Broken recordings, bounded in time: nothing raises, and what they leave behind goes.

``FUZZ_SECONDS=300 FUZZ_SEED=1 python -m tests.benchmarks fuzz`` runs longer, and the same again. One tracker
hears everything, as a service would that is never restarted; every so often the link is lost and what
exists is read back, which is nothing. Ends with status 1 at an exception, and says which stream it was.
"""

import gzip
import os
import random
import re
import sys
import time
import traceback
from pathlib import Path

from callcenter.ami import events as ev
from callcenter.ami.parse import parse
from callcenter.ami.wire import Framer
from callcenter.terms import Clock, Instant
from callcenter.tracking.tracker import Tracker
from tests.replay.test_recordings import FOLDER, SITE
from tests.support import traces
from tests.support.mutations import mutated

SECONDS = float(os.environ.get("FUZZ_SECONDS", "20"))
SEED = int(os.environ.get("FUZZ_SEED", "0"))
CHANGES = 40
"""At most, in one stream."""
LONGEST = 200_000
"""Bytes of a stream."""
STREAMS_TO_A_LINK = 50
"""Then the link is lost."""
APART_SECONDS = 30
"""Each stream is of calls of its own, so much later than those before."""
MINUTES = 10
"""Of ticks, before what is left is counted."""


_INSTANT = re.compile(rb"(?<!\d)(\d{10})\.(\d+)")
"""Of a Uniqueid and of a Timestamp: both begin with the second."""
_BRIDGE = re.compile(rb"([0-9a-f]{8}(?:-[0-9a-f]{4}){3})-[0-9a-f]{12}")


class Ear:
    """One tracker, and what becomes of it."""

    def __init__(self) -> None:
        self.tracker = Tracker(SITE)
        self.now = Instant(traces.events(traces.NAMES[0])[-1].at)
        self.messages = self.facts = 0
        self.connect()

    def connect(self) -> None:
        self._take(ev.Connected(at=self.now, clock=Clock.ARRIVAL))
        self._take(ev.FullyBooted(at=self.now, clock=Clock.ARRIVAL, uptime=None))

    def hear(self, wire: bytes) -> None:
        """One stream, in reads of odd lengths."""
        framer = Framer()
        for at in range(0, len(wire), 3001):
            for message in framer.feed(wire[at : at + 3001]):
                self.messages += 1
                event = parse(message, self.now)
                if isinstance(event, ev.Event):
                    self.now = Instant(max(self.now, event.at))
                    self._take(event)

    def wait(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now = Instant(self.now + 1_000_000)
            self._take(ev.Tick(at=self.now, clock=Clock.ARRIVAL))

    def reconnect(self) -> None:
        """The link was lost; the lists read back are empty."""
        self._take(ev.Disconnected(at=self.now, clock=Clock.ARRIVAL, reason="cut"))
        self.connect()
        for _ in range(2):
            self._take(ev.ChannelsComplete(at=self.now, clock=Clock.ARRIVAL))
        self.wait(10)

    def holds(self) -> dict[str, int]:
        """How many of each thing the tracker remembers."""
        state, mirror = self.tracker._state, self.tracker._state.mirror
        return {
            "channels": len(mirror.channels), "over": sum(c.over for c in mirror.channels.values()),
            "bridges": len(mirror.bridges), "locals": len(mirror.locals), "queues": len(mirror.members),
            "calls": len(state.calls), "joined": len(state.joined), "closing": len(state.closing),
            "told": len(state.told), "KiB": len(self.tracker.checkpoint()) // 1024,
        }  # fmt: skip

    def _take(self, event: ev.Event) -> None:
        self.facts += len(self.tracker.receive(event))


def main() -> None:
    """Streams until the time is up."""
    sources = _sources()
    ear, begun, streams = Ear(), time.monotonic(), 0
    print(f"\nBroken recordings, {SECONDS:.0f} s, seed {SEED}; what the tracker holds")
    while time.monotonic() - begun < SECONDS:
        chance = random.Random(f"{SEED}.{streams}")
        wire = later(chance.choice(sources), streams * APART_SECONDS)
        wire = mutated(wire, chance, chance.randint(1, CHANGES))
        try:
            ear.hear(wire)
        except Exception:  # noqa: BLE001 - whatever it is
            traceback.print_exc()
            sys.exit(f"stream {streams} of seed {SEED} raised")
        streams += 1
        if streams % STREAMS_TO_A_LINK == 0:
            _next_link(ear, say=streams % (STREAMS_TO_A_LINK * 4) == 0, streams=streams)
    ear.wait(MINUTES * 60)
    print(f"  {streams:,} streams, {ear.messages:,} messages, {ear.facts:,} facts, no exception")
    print(f"  after {MINUTES} minutes without a word       {_words(ear.holds())}")
    ear.reconnect()
    print(f"  after a read-back of nothing      {_words(ear.holds())}")


def later(wire: bytes, seconds: int) -> bytes:
    """The same, so many seconds later, in bridges of its own."""
    moved = _INSTANT.sub(lambda found: b"%d.%s" % (int(found[1]) + seconds, found[2]), wire)
    return _BRIDGE.sub(lambda found: b"%s-%012x" % (found[1], seconds), moved)


def _next_link(ear: Ear, *, say: bool, streams: int) -> None:
    before = ear.holds()
    ear.reconnect()
    if say:
        print(f"  {streams:>6,} streams, link up   {_words(before)}")
        print(f"  {'':>6}  read back          {_words(ear.holds())}")


def _words(holds: dict[str, int]) -> str:
    return "  ".join(f"{name} {count:,}" for name, count in holds.items())


def _sources() -> list[bytes]:
    paths: list[Path] = [*FOLDER.glob("*/wire.ami.gz"), *traces.FOLDER.glob("*/wire*.ami.gz")]
    wires = [gzip.decompress(path.read_bytes()) for path in sorted(paths)]
    return [wire for wire in wires if len(wire) < LONGEST]
