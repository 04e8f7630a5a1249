"""Recorded AMI to calls: the service's own pipeline, from files, without PBX or Postgres."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from callcenter.ami.capture import Item, open_recording
from callcenter.ami.events import Connected, Disconnected, Event, Malformed
from callcenter.ami.parse import parse
from callcenter.ami.received import LinkLost, LinkOpened, Messages
from callcenter.ami.wire import Fault
from callcenter.facts import CallEnded, Fact
from callcenter.record import Call
from callcenter.roster.calendar import WorkCalendar
from callcenter.roster.plan import NO_BOOK, NO_PEOPLE, Plan
from callcenter.sites import Site
from callcenter.terms import Clock, Instant, Uniqueid
from callcenter.tracking.channels import creation_of
from callcenter.tracking.tracker import Tracker

_STEP_US = 10_000
"""Bytes that know no time are put in order by steps of this length; no figure is taken from them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A part of a recording that could not be read."""

    path: str
    offset: int | None
    """In the unpacked bytes; None where the recording's format hides it."""
    what: str


def replay(paths: Sequence[str], site: Site) -> Iterator[Call | Broken]:
    """Every call in the recordings, as it ended, and every broken part, in the order of the stream.

    Several *paths* are the successive connections to one PBX. What is after hours is told by the office hours
    of *site*; who was on duty is not known here. Raises OSError where a file can't be read.
    """
    player = _Player(site)
    for number, path in enumerate(paths):
        player.next_connection(interrupted=number > 0)
        for item in open_recording(path):
            if isinstance(item, Fault):
                yield Broken(path=path, offset=item.offset, what=item.what)
            else:
                yield from player.take(item, path)
    yield from player.end()


class _Player:
    """Feeds one tracker, and keeps the time where the recording does not say it."""

    def __init__(self, site: Site) -> None:
        calendar = WorkCalendar({}, frozenset())
        hours = Plan.of(site.hotlines, book=NO_BOOK, people=NO_PEOPLE, calendar=calendar, forced={})
        self._tracker = Tracker(site, rules=hours)
        self._now = Instant(0)
        self._timed = False

    def next_connection(self, *, interrupted: bool) -> None:
        """Another file begins: another login to the same PBX."""
        if interrupted:
            self._link(Disconnected(at=self._now, clock=None, reason="the recording ends"))
        self._link(Connected(at=self._now, clock=None))

    def _link(self, event: Event) -> None:
        self._tracker.receive(event)

    def take(self, item: Item, path: str) -> Iterator[Call | Broken]:
        """One part of the recording."""
        match item:
            case Messages():
                yield from self._messages(item, path)
            case LinkOpened(at=at):
                self._now = max(self._now, at)
                yield from _ended(self._tracker.receive(Connected(at=self._now, clock=Clock.ARRIVAL)))
            case LinkLost(at=at, reason=reason):
                self._now = max(self._now, at)
                lost = Disconnected(at=self._now, clock=Clock.ARRIVAL, reason=reason)
                yield from _ended(self._tracker.receive(lost))

    def _messages(self, read: Messages, path: str) -> Iterator[Call | Broken]:
        for number, message in enumerate(read.messages):
            arrival, fallback = self._stamp(message, read.arrival)
            event = parse(message, arrival, fallback)
            if isinstance(event, Malformed):
                offset = read.starts[number] if number < len(read.starts) else None
                yield Broken(path=path, offset=offset, what=f"{event.name} without a usable {event.missing}")
            elif event is not None:
                self._now = max(self._now, event.at)
                yield from _ended(self._tracker.receive(event))

    def _stamp(self, message: bytes, arrival: Instant | None) -> tuple[Instant, Clock | None]:
        """When a message without a Timestamp happened, and by which clock."""
        if arrival is not None:
            return arrival, Clock.ARRIVAL
        if b"\r\nTimestamp: " in message:
            self._timed = True
        elif not self._timed:
            self._now = Instant(max(self._now + _STEP_US, _created(message)))
        return self._now, None

    def end(self) -> Iterator[Call]:
        """Nothing follows: what is still open is told as it stands."""
        yield from _ended(self._tracker.finish(self._now))


def _ended(facts: Sequence[Fact]) -> Iterator[Call]:
    for fact in facts:
        if isinstance(fact, CallEnded):
            yield fact.call


def _created(message: bytes) -> int:
    """The second in the message's Uniqueid, in microseconds."""
    start = message.find(b"\r\nUniqueid: ")
    if start < 0:
        return 0
    line = message[start + 12 :].partition(b"\r\n")[0]
    return creation_of(Uniqueid(line.decode("ascii", "replace"))) or 0
