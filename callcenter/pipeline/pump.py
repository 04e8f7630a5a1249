"""One queue, one task, one order: what came over the links becomes facts, and facts go everywhere.

Theory of operation. Each link's sink puts what it read on the queue, at once and in order. The one
task takes it off and, without waiting for anything between an event and its facts, tells them to the
*hearers* (the live board, the metrics) and gathers them for the outbox. Facts go there together
with the checkpoints of the calls in progress after them, in one transaction: whenever the service
is killed, what is on disk is one consistent moment.

A checkpoint costs time, so how often it is taken follows from what the last one cost: at most a
fortieth of the time goes into it. Facts wait for it a few milliseconds, a quarter of a second at the most.
Where channels move and nothing is told of any call, once a second is enough.

Nothing grows without bound. While the disk can't keep up the task stops, the queue fills to its
high mark, the links are read no further, and the PBX's own buffers and TCP hold the rest.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from time import thread_time
from typing import Final

import structlog

from callcenter.ami.received import Messages, Received
from callcenter.facts import Anomaly, Fact
from callcenter.pipeline.limit import Limit
from callcenter.pipeline.line import Line, checkpoints
from callcenter.pipeline.ports import Meter, Outbox, Source
from callcenter.terms import Instant, PbxName

log = structlog.get_logger(__name__)

HIGH: Final = 512
"""Reads on the queue at which the links are read no further."""
LOW: Final = 64
SLICE: Final = 0.01
"""Seconds of work after which others have their turn."""
SOONEST: Final = 0.002
LATEST: Final = 0.25
"""Seconds between two writes with facts in them: at least, at most."""
WITHOUT_FACTS: Final = 1.0
"""Seconds between two writes of checkpoints alone."""
SHARE: Final = 40.0
"""A checkpoint may cost one part in so many of the time."""


class Pump:
    """Moves what the links of *lines* bring to *outbox*, *meter* and *hearers*.

    *now* is the wall clock in microseconds; *monotonic* and *work* (the thread's own time) are seconds.
    *ticks* is called every *tick* seconds, after the trackers know.
    """

    def __init__(
        self,
        lines: Iterable[Line],
        *,
        outbox: Outbox,
        meter: Meter,
        hearers: Iterable[Callable[[Fact], None]],
        now: Callable[[], Instant],
        monotonic: Callable[[], float],
        work: Callable[[], float] = thread_time,
        ticks: Callable[[], None] = lambda: None,
        tick: float = 1.0,
    ) -> None:
        self.lines: Mapping[PbxName, Line] = {line.pbx: line for line in lines}
        self._outbox = outbox
        self._meter = meter
        self._hearers = tuple(hearers)
        self._now = now
        self._monotonic = monotonic
        self._work = work
        self._ticked = ticks
        self._tick = tick
        self._queue: deque[tuple[Line, Received] | Instant] = deque()
        self._pending: list[Fact] = []
        self._wake = asyncio.Event()
        self._sources: list[Source] = []
        self._paused = False
        self._limit = Limit()
        self._gap = SOONEST
        self._kept_at = 0.0
        self.pauses = 0
        """How often the links were read no further, since the start."""

    @property
    def depth(self) -> int:
        """Reads on the queue."""
        return len(self._queue)

    @property
    def settled(self) -> bool:
        """Whether everything that came is told and with the outbox."""
        return not self._queue and not self._pending

    def sink(self, pbx: PbxName) -> Callable[[Received], None]:
        """Where the link to *pbx* puts what it reads."""
        line = self.lines[pbx]

        def put(received: Received) -> None:
            self._queue.append((line, received))
            self._wake.set()
            if len(self._queue) >= HIGH:  # each time: a link that was opened meanwhile is read
                self._pause()

        return put

    def throttles(self, source: Source) -> None:
        """Let the pump stop *source* while it can't keep up."""
        self._sources.append(source)

    async def run(self) -> None:
        """Until cancelled; what is on the queue then is still to be moved, by :meth:`finish`."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._ticks())
            group.create_task(self._move())

    def finish(self) -> None:
        """Move what is left and keep the last checkpoints: a restart goes on from here."""
        while self._queue:
            self._take(self._queue.popleft())
        for line in self.lines.values():
            line.changed = True
        self._keep()

    async def _ticks(self) -> None:
        while True:
            await asyncio.sleep(self._tick)
            self._queue.append(self._now())
            self._wake.set()

    async def _move(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._drain()
            wait = await self._keep_what_is_due()
            if wait is not None:
                loop.call_later(wait, self._wake.set)

    async def _keep_what_is_due(self) -> float | None:
        """Write, if it is time to; else seconds until it is, None where there is nothing to write."""
        wait = self._until_due()
        if wait is None or wait > 0:
            return wait
        await self._outbox.room()
        self._keep()
        return None

    def _until_due(self) -> float | None:
        """Seconds until there is to be written; None where there is nothing to write."""
        if self._pending:
            return self._kept_at + self._gap - self._monotonic()
        if any(line.changed for line in self.lines.values()):
            return self._kept_at + WITHOUT_FACTS - self._monotonic()
        return None

    async def _drain(self) -> None:
        """Move all that waits. A PBX may be so busy that there is always more: what it told is written on
        the way."""
        turn = self._monotonic() + SLICE
        while self._queue:
            if self._outbox.congested:
                await self._outbox.room()
            self._take(self._queue.popleft())
            if self._monotonic() > turn:
                await self._keep_what_is_due()
                await asyncio.sleep(0)
                turn = self._monotonic() + SLICE
            if self._paused and len(self._queue) <= LOW:
                self._resume()

    def _take(self, item: tuple[Line, Received] | Instant) -> None:
        if not isinstance(item, tuple):
            for line in self.lines.values():
                self._tell(line.tick(item))
            self._ticked()
            return
        line, received = item
        if isinstance(received, Messages) and received.arrival is not None:
            self._meter.seen_event(line.pbx, len(received.messages), received.arrival)
        self._tell(line.take(received))

    def _tell(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            for hear in self._hearers:
                try:
                    hear(fact)
                except Exception:  # a screen's fault must not cost a fact
                    log.exception("hearer_failed", fact=type(fact).__name__)
            if not isinstance(fact, Anomaly) or self._worth_keeping(fact):
                self._pending.append(fact)

    def _worth_keeping(self, anomaly: Anomaly) -> bool:
        """Every anomaly is counted; the log and the outbox take some of each kind."""
        admitted = self._limit.admits((anomaly.pbx, anomaly.kind), self._now())
        if admitted:
            log.warning("anomaly", pbx=anomaly.pbx, kind=anomaly.kind, detail=anomaly.detail)
        return admitted

    def _keep(self) -> None:
        """Facts and the checkpoints after them go to the outbox together."""
        began = self._work()
        facts, self._pending = self._pending, []
        self._outbox.append(facts, checkpoints(self.lines.values()))
        self._kept_at = self._monotonic()
        self._gap = min(max(SHARE * (self._work() - began), SOONEST), LATEST)

    def _pause(self) -> None:
        if not self._paused:
            self.pauses += 1
            log.warning("links_paused", queue=len(self._queue))
        self._paused = True
        for source in self._sources:
            source.pause()

    def _resume(self) -> None:
        self._paused = False
        log.info("links_resumed")
        for source in self._sources:
            source.resume()
