"""One PBX as the pump sees it: its messages become facts here, and its link's state is known."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import msgspec
import structlog

from callcenter.ami.events import Connected, Disconnected, Doubted, Event, Malformed, Tick
from callcenter.ami.parse import event_name, parse
from callcenter.ami.received import LinkDoubted, LinkLost, LinkOpened, LinkTrouble, Messages, Received
from callcenter.facts import Anomaly, Fact
from callcenter.pipeline.clock import PbxClock
from callcenter.pipeline.limit import Limit
from callcenter.pipeline.ports import Fold
from callcenter.terms import Clock, Instant, PbxName

log = structlog.get_logger(__name__)

NOT_YET = "not connected yet"


class Line:
    """Everything of one PBX between its socket and its facts."""

    def __init__(
        self, pbx: PbxName, tracker: Fold, *, clock: PbxClock | None = None, trust_clock: bool = True
    ) -> None:
        self.pbx = pbx
        self.tracker = tracker
        self.clock = clock or PbxClock()
        self.trouble: str | None = NOT_YET
        """Why the PBX can't be heard now, for an operator; None while it is."""
        self.changed = False
        """Whether anything came since the last checkpoint."""
        self.leaving = False
        """Whether it is we who end the link: then its end is no trouble."""
        self._trust_clock = trust_clock
        self._limit = Limit()
        self._said: str | None = None

    def checkpoint(self) -> bytes:
        """What a later run goes on from; see :func:`resumed`."""
        return b"%d\n%b" % (self.clock.distance or 0, self.tracker.checkpoint())

    def take(self, received: Received) -> Iterator[Fact]:
        """The facts of one thing that came over the link."""
        match received:
            case Messages():
                yield from self._messages(received)
            case LinkOpened(at=at):
                self._opened()
                yield from self._fold(Connected(at=self.clock.now(at), clock=Clock.ARRIVAL))
            case LinkLost(at=at, reason=reason):
                self._lost(reason)
                gone = Disconnected(at=self.clock.now(at), clock=Clock.ARRIVAL, reason=reason)
                yield from self._fold(gone)
            case LinkDoubted(at=at):
                yield from self._fold(Doubted(at=self.clock.now(at), clock=Clock.ARRIVAL))
            case LinkTrouble():
                self._troubled(received)

    def tick(self, now: Instant) -> Iterator[Fact]:
        """The facts that time alone brings."""
        yield from self._fold(Tick(at=self.clock.now(now), clock=Clock.ARRIVAL))

    def _messages(self, received: Messages) -> Iterator[Fact]:
        """What one read brought is first parsed as a whole, then folded: that is quicker than each message
        by itself, because the processor's caches hold the one or the other."""
        last: Event | None = None
        now = self.clock.now(received.arrival) if received.arrival is not None else None
        parsed = [self._parsed(message, received.arrival, now) for message in received.messages]
        for event in [event for event in parsed if event is not None]:  # few are needed by anybody
            if isinstance(event, Malformed):
                what = f"{event.name} without a usable {event.missing}"
                yield from self._anomaly("malformed_event", what, received.arrival)
            else:
                last = event
                yield from self._fold(event)
        self.changed = self.changed or last is not None
        if last is not None and last.clock is Clock.PBX and received.arrival is not None:
            self.clock.heard(last.at, received.arrival)

    def _parsed(
        self, message: bytes, arrival: Instant | None, now: Instant | None
    ) -> Event | Malformed | None:
        """A message without a Timestamp (FullyBooted has none) is of the PBX's time when it came: *now*."""
        try:
            event = parse(message, now)
        except Exception as error:  # noqa: BLE001 - one message must not stop the service
            return Malformed(name=_name(message), missing=type(error).__name__)
        if self._trust_clock or arrival is None or not isinstance(event, Event):
            return event
        return msgspec.structs.replace(event, at=arrival, clock=Clock.ARRIVAL)

    def _fold(self, event: Event) -> Iterable[Fact]:
        try:
            return self.tracker.receive(event)
        except Exception as error:
            name = type(event).__name__
            what = f"{name}: {type(error).__name__}"
            if self._limit.admits(("trace", name), event.at):
                log.exception("event_failed", pbx=self.pbx, name=name)
            return self._anomaly("internal_error", what, event.at)

    def _anomaly(self, kind: str, what: str, at: Instant | None) -> Iterator[Fact]:
        when = datetime.fromtimestamp((at or 0) / 1_000_000, UTC)
        yield Anomaly(at=when, pbx=self.pbx, kind=kind, detail=what)

    def _opened(self) -> None:
        self.trouble = self._said = None
        log.info("link_up", pbx=self.pbx)

    def _lost(self, reason: str) -> None:
        self.trouble = self._said = reason
        tell = log.info if self.leaving else log.warning
        tell("link_lost", pbx=self.pbx, why=reason)

    def _troubled(self, trouble: LinkTrouble) -> None:
        """An attempt that fails like the one before it is not news."""
        if self.trouble is not None:
            self.trouble = trouble.reason
        if self._said != trouble.reason:
            self._said = trouble.reason
            log.warning("link_trouble", pbx=self.pbx, kind=trouble.kind, why=trouble.reason)


def checkpoints(lines: Iterable[Line]) -> dict[PbxName, bytes]:
    """The checkpoints of those *lines* where anything came since their last."""
    taken = {}
    for line in lines:
        if line.changed:
            line.changed = False
            try:
                taken[line.pbx] = line.checkpoint()
            except Exception:  # the facts are worth more than the way back to them
                log.exception("checkpoint_failed", pbx=line.pbx)
    return taken


def _name(message: bytes) -> str:
    return event_name(message).decode("ascii", "replace")


def resumed(checkpoint: bytes) -> tuple[PbxClock, bytes]:
    """The clock and the tracker's own checkpoint in a line's. Raises ValueError for other bytes."""
    distance, newline, state = checkpoint.partition(b"\n")
    if not newline:
        raise ValueError("no line's checkpoint")
    return PbxClock(int(distance)), state
