"""After a gap: what ended or wholly happened unseen is looked for in Asterisk's own records.

Theory of operation. Each time a PBX can be heard again after a gap, and at the start for the gaps of the
last day, the records of that time are read; then, once everything that was told live is in PostgreSQL,
the calls that they tell are compared with those stored. What is gained is told as `CallRetold`, with the
next number of that call's tellings. A call that was seen to its end is left alone, and so is one told
from records already: looking again changes nothing. So we look more than once, because a PBX may write
its records minutes late, and a look that fails is tried again.

The order matters: records first, then the store. Whatever was over by then has long been told by who saw it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Final, Protocol

import structlog

from callcenter.facts import CallRetold, Fact, LinkUp
from callcenter.record import Call
from callcenter.records.place import RecordsAway
from callcenter.sites import Site
from callcenter.store.pool import StoreAway
from callcenter.terms import CallId, Direction, Outcome, PbxName, Truncated, Uniqueid
from callcenter.tracking.cdr import from_cdr
from callcenter.tracking.completion import from_cel, retold
from callcenter.tracking.queuelog import QueueStay, abandoned_in_queue, stays, with_queues
from callcenter.tracking.records import CdrRow, CelRow, QueueRow
from callcenter.tracking.rules import NO_ROSTER, Rules

log = structlog.get_logger(__name__)

LOOKS: Final = (4.0, 60.0, 600.0)
"""Seconds after the end of a gap at which its records are looked through."""
RETRY: Final = (10.0, 600.0)
"""Seconds until a look that failed is tried again: at first, at last."""
MOST_TRIES: Final = 150
"""Then it is left to the next start: a day."""
MOST_GAPS: Final = 32
"""Gaps of one PBX that wait to be looked through; more of them are looked through as one."""
REMEMBERED: Final = timedelta(days=1)
"""How far back gaps are looked into at the start."""
SLICE: Final = timedelta(hours=1)
LONGEST: Final = timedelta(hours=6)
"""A call that began earlier than this before its end is not looked for."""
MARGIN: Final = timedelta(seconds=2)
"""A gap's edges are two clocks' words."""
_AROUND: Final = timedelta(minutes=1)
_LEGS: Final = timedelta(seconds=10)
"""A caller's legs may end after him."""


class CelReader(Protocol):
    """Where CEL is."""

    async def cel(self, start: datetime, end: datetime) -> list[CelRow]: ...


class CdrReader(Protocol):
    """Where CDR are."""

    async def cdr(self, start: datetime, end: datetime) -> list[CdrRow]: ...


class QueueReader(Protocol):
    """Where the queues' log is."""

    async def queue_log(self, start: datetime, end: datetime) -> list[QueueRow]: ...


class Records(CelReader, CdrReader, QueueReader, Protocol):
    """One PBX's records; empty for a kind that is not kept. Raises RecordsAway."""


class Known(Protocol):
    """What is stored. Raises StoreAway."""

    async def told(self, ids: set[CallId], start: datetime, end: datetime) -> dict[CallId, Call]: ...
    async def withdrawn(self, ids: set[CallId]) -> set[CallId]: ...
    async def unfinished(self, pbx: PbxName, start: datetime, end: datetime) -> list[datetime]: ...


class Gaps(Protocol):
    """The gaps that are stored. Raises StoreAway."""

    async def gaps(
        self, pbx: PbxName, start: datetime, end: datetime
    ) -> list[tuple[datetime, datetime | None]]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A time to be looked through; without *began_at*, the last day's gaps to be found first."""

    pbx: PbxName
    began_at: datetime | None
    ended_at: datetime
    looks: tuple[float, ...] = ()
    """Seconds from its end at which it is to be looked through again."""
    tries: int = 0


@dataclass(frozen=True, slots=True)
class _Read:
    """What one look has read."""

    cel: list[CelRow]
    cdr: list[CdrRow]
    queues: Mapping[Uniqueid, QueueStay]


@dataclass(slots=True)
class _Story:
    """What one look has told so far."""

    told: set[CallId] = field(default_factory=set)
    """Calls that records told whole, gained by or not."""
    facts: list[CallRetold] = field(default_factory=list)


class Completion:
    """Fills gaps of *sites* from *records*, by telling facts.

    *settled*: whether everything told so far is in PostgreSQL, after waiting for it a while.
    """

    def __init__(
        self,
        *,
        sites: Mapping[PbxName, Site],
        records: Mapping[PbxName, Records],
        known: Known,
        gaps: Gaps,
        settled: Callable[[], Awaitable[bool]],
        tell: Callable[[CallRetold], None],
        now: Callable[[], datetime],
        rules: Rules = NO_ROSTER,
        looks: tuple[float, ...] = LOOKS,
    ) -> None:
        self._sites = sites
        self._records = records
        self._known = known
        self._gaps = gaps
        self._settled = settled
        self._tell = tell
        self._now = now
        self._rules = rules
        self._looks = looks
        self._jobs: list[tuple[float, int, Job]] = []
        self._numbers = count()
        self._news = asyncio.Event()

    def hear(self, fact: Fact) -> None:
        """Take note of a gap that has ended."""
        if isinstance(fact, LinkUp) and fact.gap_began_at is not None and fact.pbx in self._records:
            began_at = self._first_of_many(fact.pbx, fact.gap_began_at)
            self._plan(Job(pbx=fact.pbx, began_at=began_at, ended_at=fact.at, looks=self._looks))

    def _first_of_many(self, pbx: PbxName, began_at: datetime) -> datetime:
        """Where a link has come and gone too often, its gaps become one; else when this one began."""
        gaps = {job.began_at for _, _, job in self._jobs if job.pbx == pbx and job.began_at is not None}
        if len(gaps) < MOST_GAPS:
            return began_at
        self._jobs = [item for item in self._jobs if item[2].pbx != pbx or item[2].began_at is None]
        heapify(self._jobs)
        return min(gaps | {began_at})

    async def run(self) -> None:
        """Look, until cancelled."""
        for pbx in self._records:
            self._plan(Job(pbx=pbx, began_at=None, ended_at=self._now(), looks=self._looks[:1]))
        loop = asyncio.get_running_loop()
        while True:
            self._news.clear()
            wait = self._jobs[0][0] - loop.time() if self._jobs else None
            if wait is not None and wait <= 0:
                await self._do(heappop(self._jobs)[2])
                continue
            timer = loop.call_later(wait, self._news.set) if wait is not None else None
            await self._news.wait()
            if timer is not None:
                timer.cancel()

    def _plan(self, job: Job) -> None:
        """Put *job* on the list for its next look, or drop it where there is none."""
        if not job.looks:
            return
        after, *later = job.looks
        looks = tuple(look - after for look in later)
        self._put(after, replace(job, looks=looks))

    def _put(self, seconds: float, job: Job) -> None:
        due = asyncio.get_running_loop().time() + seconds
        heappush(self._jobs, (due, next(self._numbers), job))
        self._news.set()

    async def _do(self, job: Job) -> None:
        try:
            if job.began_at is None:
                await self._recall(job)
            else:
                await self.look(job.pbx, job.began_at, job.ended_at)
        except (RecordsAway, StoreAway) as away:
            if not job.tries:
                log.warning("records_unavailable", pbx=job.pbx, why=str(away))
            if job.tries < MOST_TRIES:
                self._put(min(RETRY[0] * 2**job.tries, RETRY[1]), replace(job, tries=job.tries + 1))
            return
        except Exception:  # a row nobody thought of must not stop the service
            log.exception("records_failed", pbx=job.pbx)
        self._plan(replace(job, tries=0))

    async def _recall(self, job: Job) -> None:
        """The gaps of the last day, and the time since the first call of it that was not seen to its end."""
        since = job.ended_at - REMEMBERED
        found = [(began, ended) for began, ended in await self._gaps.gaps(job.pbx, since, job.ended_at)]
        spans = [(max(began, since), ended) for began, ended in found if ended is not None]
        open_calls = await self._known.unfinished(job.pbx, since, job.ended_at)
        if open_calls:
            spans = [(open_calls[0], job.ended_at)]
        for began, ended in spans:
            await self.look(job.pbx, began, ended)

    async def look(self, pbx: PbxName, began_at: datetime, ended_at: datetime) -> int:
        """Look through the records of one gap; how many calls were told anew.

        Raises RecordsAway, StoreAway.
        """
        story = _Story()
        for start, end in _slices(began_at - MARGIN, ended_at + MARGIN):
            await self._look_at(pbx, start, end, story, last=end >= ended_at + MARGIN)
        for fact in story.facts:
            self._tell(fact)
        if story.facts:
            log.info("calls_completed", pbx=pbx, calls=len(story.facts))
        return len(story.facts)

    async def _look_at(
        self, pbx: PbxName, start: datetime, end: datetime, story: _Story, *, last: bool
    ) -> None:
        site, records = self._sites[pbx], self._records[pbx]
        earliest = await self._known.unfinished(pbx, start - LONGEST, end)
        since = min([start - SLICE, *earliest[:1]]) - MARGIN
        cel, cdr = await records.cel(since, end + _LEGS), await records.cdr(since, end + LONGEST)
        queues = stays(await records.queue_log(since, end + _LEGS))
        if not await self._settled():
            raise StoreAway("PostgreSQL does not have yet what was told live")
        channels = {row.uniqueid for row in cel} | {row.uniqueid for row in cdr}
        callers = {CallId(f"{pbx}:{uniqueid}") for uniqueid in channels} - story.told
        known = await self._known.told(callers, since - _AROUND, end + _AROUND) if callers else {}
        withdrawn = await self._known.withdrawn(callers) if callers else set()
        read = _Read(cel, cdr, queues)
        calls = await asyncio.to_thread(_calls, read, site, self._rules, known, last)
        for call in calls:
            if call.call_id not in withdrawn | story.told and self._is_of(call, known, start, end):
                self._compare(call, known.get(call.call_id), story)

    @staticmethod
    def _is_of(call: Call, known: Mapping[CallId, Call], start: datetime, end: datetime) -> bool:
        """Whether the call, if it was not seen at all, belongs into this time."""
        if call.call_id in known:
            return True
        if call.ended_at is None:
            return call.hotline is not None and start <= call.arrived_at < end - MARGIN
        return call.direction is Direction.INBOUND and start <= call.ended_at < end

    @staticmethod
    def _compare(call: Call, known: Call | None, story: _Story) -> None:
        gained = retold(call, known)
        if gained is not None:
            story.told.add(call.call_id)
            story.facts.append(CallRetold(at=gained.ended_at or gained.arrived_at, call=gained))


def _calls(
    read: _Read,
    site: Site,
    rules: Rules,
    known: Mapping[CallId, Call],
    last: bool,  # noqa: FBT001 - handed to a thread by position
) -> list[Call]:
    """What the records tell, CEL before CDR; calls without an end only at the very last."""
    seen_starts = {
        call_id: call.arrived_at for call_id, call in known.items() if call.truncated in {None, Truncated.END}
    }
    coarse = (
        abandoned_in_queue(call, read.queues.get(call.uniqueid))
        for call in from_cdr(read.cdr, site, seen_starts, rules)
    )
    told = {call.call_id: call for call in coarse}
    rows = with_queues(read.cel, read.queues) if read.cel else ()
    torn = _missed_by_cel(read)
    for call in from_cel(rows, site, known, rules=rules, open_too=last) if rows else ():
        if not _says_more(told.get(call.call_id), call, torn):
            told[call.call_id] = call
    return list(told.values())


def _missed_by_cel(read: _Read) -> set[Uniqueid]:
    """Callers to whom CDR say that a phone was connected of which CEL have nothing: rows were dropped."""
    known = {row.channame for row in read.cel}
    answered = (row for row in read.cdr if row.disposition == "ANSWERED" and row.dstchannel)
    return {row.uniqueid for row in answered if row.dstchannel not in known}


def _says_more(coarse: Call | None, call: Call, torn: set[Uniqueid]) -> bool:
    """Whether CDR say more of a call than *call*, which is told by CEL."""
    if coarse is None:
        return False
    missed = call.outcome is not Outcome.ANSWERED and coarse.outcome is not Outcome.LOST
    return call.ended_at is None or (missed and (call.outcome is Outcome.LOST or call.uniqueid in torn))


def _slices(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    while start < end:
        cut = min(start + SLICE, end)
        yield start, cut
        start = cut
