"""Evidence as events again, exactly as the pump's line would have made them of what came over the link."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from callcenter.ami.capture import Item, Playback
from callcenter.ami.events import Connected, Disconnected, Event, Tick
from callcenter.ami.gunzip import gunzip
from callcenter.ami.parse import parse
from callcenter.ami.received import LinkLost, LinkOpened, Messages
from callcenter.ami.records import Record, records
from callcenter.ami.wire import Fault
from callcenter.evidence import HOLE
from callcenter.pipeline.clock import PbxClock
from callcenter.terms import Clock, Instant

SECOND: Final = 1_000_000
QUIET: Final = 10
"""Seconds of silence in which time still matters to calls: they wait for nothing longer."""
_CHUNK: Final = 1 << 16


def events_of(paths: Iterable[Path], *, by_arrival: bool) -> Iterator[Event]:
    """The events in the files of successive hours, with the link's openings and losses, and ticks.

    Where something is missing in between, the link is lost for the reason `HOLE`. Raises OSError.
    """
    player = _Player(by_arrival=by_arrival)
    for path in paths:
        for part in records(_plain(path)):
            yield from player.take(part)


def holds(path: Path, words: bytes) -> bool:
    """Whether *words* are in the file of an hour. Raises OSError."""
    tail = b""
    for chunk in _plain(path):
        if words in tail + chunk:
            return True
        tail = chunk[-len(words) :]
    return False


def _plain(path: Path) -> Iterator[bytes]:
    """The bytes of a file, which may be in the middle of being written. What is broken in it is left out:
    then no whole record stands there, and that is noticed."""
    with path.open("rb") as file:
        for part in gunzip(iter(lambda: file.read(_CHUNK), b"")):
            if not isinstance(part, Fault):
                yield part


class _Player:
    """Keeps what the line to a PBX keeps: its clock, and whether it is open."""

    def __init__(self, *, by_arrival: bool) -> None:
        self._playback = Playback()
        self._clock = PbxClock()
        self._by_arrival = by_arrival
        self._last: Instant | None = None

    def take(self, part: Record | Fault) -> Iterator[Event]:
        """What one part of the evidence means."""
        if isinstance(part, Fault):
            hole, items = True, self._playback.broken(part)
        else:
            hole = part.kind == b"connected" or (part.kind == b"lost" and part.payload == HOLE.encode())
            items = self._playback.take(part)
        for item in items:
            yield from self._events(item, hole=hole)

    def _events(self, item: Item, *, hole: bool) -> Iterator[Event]:
        match item:
            case Messages():
                yield from self._messages(item)
            case LinkOpened(at=at):
                yield Connected(at=self._clock.now(at), clock=Clock.ARRIVAL)
            case LinkLost(at=at, reason=reason):
                why = HOLE if hole else reason
                yield Disconnected(at=self._clock.now(at), clock=Clock.ARRIVAL, reason=why)

    def _messages(self, read: Messages) -> Iterator[Event]:
        last: Event | None = None
        for message in read.messages:
            event = parse(message, self._clock.now(read.arrival) if read.arrival is not None else None)
            if isinstance(event, Event):
                last = self._timed(event, read.arrival)
                yield from self._ticks(last.at)
                yield last
        if last is not None and last.clock is Clock.PBX and read.arrival is not None:
            self._clock.heard(last.at, read.arrival)

    def _timed(self, event: Event, arrival: Instant | None) -> Event:
        if self._by_arrival and arrival is not None:
            return msgspec.structs.replace(event, at=arrival, clock=Clock.ARRIVAL)
        return event

    def _ticks(self, until: Instant) -> Iterator[Event]:
        """Time that went by before the next event: some of what is told comes by time alone."""
        if self._last is not None:
            for second in range(1, QUIET + 1):
                at = Instant(self._last + second * SECOND)
                if at >= until:
                    break
                yield Tick(at=at, clock=Clock.ARRIVAL)
        self._last = max(until, self._last or until)
