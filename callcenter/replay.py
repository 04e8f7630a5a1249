"""Recorded AMI to calls: the service's own pipeline, from files, without PBX or Postgres."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from callcenter.ami.capture import Item, open_recording
from callcenter.ami.events import Connected, Disconnected, Event, FullyBooted, Malformed
from callcenter.ami.form import Parsed
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
        yield from player.next_connection(path, interrupted=number > 0)
        for item in open_recording(path):
            if isinstance(item, Fault):
                yield Broken(path=path, offset=item.offset, what=item.what)
            else:
                yield from player.take(item)
    yield from player.end()


class _Player:
    """Feeds one tracker, and keeps the time where the recording does not say it."""

    def __init__(self, site: Site) -> None:
        calendar = WorkCalendar({}, frozenset())
        hours = Plan.of(site.hotlines, book=NO_BOOK, people=NO_PEOPLE, calendar=calendar, forced={})
        self._tracker = Tracker(site, rules=hours)
        self._path = ""
        self._now = Instant(0)
        self._timed = False
        self._answers: list[tuple[bytes, int | None]] = []
        """What the PBX answered before it said what time it is. It was so before its first event then,
        which bounds whatever had become of the calls by that time."""
        self._heard = False
        """This connection said what time it is, or that it never does."""

    def next_connection(self, path: str, *, interrupted: bool) -> Iterator[Call | Broken]:
        """Another file begins: another login to the same PBX."""
        yield from self._read_back(None)
        self._path, self._heard = path, False
        if interrupted:
            self._link(Disconnected(at=self._now, clock=None, reason="the recording ends"))
        self._link(Connected(at=self._now, clock=None))

    def _link(self, event: Event) -> None:
        self._tracker.receive(event)

    def take(self, item: Item) -> Iterator[Call | Broken]:
        """One part of the recording."""
        match item:
            case Messages():
                yield from self._messages(item)
            case LinkOpened(at=at):
                self._now = max(self._now, at)
                yield from _ended(self._tracker.receive(Connected(at=self._now, clock=Clock.ARRIVAL)))
            case LinkLost(at=at, reason=reason):
                self._now = max(self._now, at)
                lost = Disconnected(at=self._now, clock=Clock.ARRIVAL, reason=reason)
                yield from _ended(self._tracker.receive(lost))

    def _messages(self, read: Messages) -> Iterator[Call | Broken]:
        for number, message in enumerate(read.messages):
            offset = read.starts[number] if number < len(read.starts) else None
            if not self._heard and read.arrival is None and _is_answer(message):
                self._answers.append((message, offset))
                continue
            event = parse(message, *self._stamp(message, read.arrival))
            if isinstance(event, Event) and not isinstance(event, FullyBooted):  # which has no Timestamp
                self._heard = True
                yield from self._read_back(event.at if event.clock is Clock.PBX else None)
            yield from self._receive(event, offset)

    def _read_back(self, at: Instant | None) -> Iterator[Call | Broken]:
        """What was answered before the first event; *at* is when that was, None where it does not say."""
        answers, self._answers = self._answers, []
        for message, offset in answers:
            stamp = self._stamp(message, None) if at is None else (at, Clock.PBX)
            yield from self._receive(parse(message, *stamp), offset)

    def _receive(self, event: Parsed, offset: int | None) -> Iterator[Call | Broken]:
        if isinstance(event, Malformed):
            what = f"{event.name} without a usable {event.missing}"
            yield Broken(path=self._path, offset=offset, what=what)
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

    def end(self) -> Iterator[Call | Broken]:
        """Nothing follows: what is still open is told as it stands."""
        yield from self._read_back(None)
        yield from _ended(self._tracker.finish(self._now))


def _is_answer(message: bytes) -> bool:
    """Whether the message answers an action, and so knows no time: its own ActionID is in it."""
    return b"\r\nActionID: " in message and b"\r\nTimestamp: " not in message


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
