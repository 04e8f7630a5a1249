"""The duty desk: the plan in force, followed as it changes.

Theory of operation. The desk reads roster, people, calendar and forced modes from PostgreSQL into one
immutable `Plan`: at the start, whenever PostgreSQL gives notice that one of them changed, after a lost
connection, and now and then in case a notice was missed. Between two readings only time moves: at each
change-over the screens are told. While PostgreSQL is away the last plan stays in force; at a start
without it, the copy on disk does.

Everything here runs in the event loop's one thread: whoever asks for `plan` has a whole one.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol

import structlog

from callcenter.app.duty.copy import DutyCopy
from callcenter.facts import DutyChanged
from callcenter.record import Duty
from callcenter.roster.book import DutyBook
from callcenter.roster.calendar import DayKind, WorkCalendar
from callcenter.roster.people import People
from callcenter.roster.plan import NO_BOOK, NO_PEOPLE, Forced, Plan
from callcenter.sites import Agent, Hotline
from callcenter.store.notices import Notices
from callcenter.store.pool import StoreAway
from callcenter.terms import HotlineNumber

log = structlog.get_logger(__name__)

BEHIND: Final = timedelta(days=40)
AHEAD: Final = timedelta(days=100)
"""What of the roster is in memory: last month's calls may still be told, next month's duty is planned."""
LOOK_AGAIN: Final = 300.0
"""Seconds after which the roster is read without a notice."""
RETRY: Final = 5.0
STEP: Final = 0.25
"""Seconds between two looks at the clock for change-overs."""


Days = tuple[Mapping[date, DayKind], frozenset[int]]
"""Days that are other than the law has them, and the years whose notice was imported."""
NO_DAYS: Final[Days] = ({}, frozenset())


class Rosters(Protocol):
    """What is read. Each raises StoreAway."""

    async def book(self, start: datetime, end: datetime) -> DutyBook: ...
    async def people(self) -> People: ...
    async def calendar(self) -> Days: ...
    async def forced(self) -> dict[HotlineNumber, Forced]: ...


class Desk:
    """Who is on duty. *now* is the time on the screens; *hear* takes what screens are to be told."""

    def __init__(
        self,
        rosters: Rosters,
        *,
        listen: Callable[[], AbstractAsyncContextManager[Notices]],
        hotlines: Iterable[Hotline],
        agents: Iterable[Agent],
        copy: DutyCopy,
        now: Callable[[], datetime],
        hear: Callable[[DutyChanged], None],
    ) -> None:
        self._rosters = rosters
        self._listen = listen
        self._hotlines = tuple(hotlines)
        self._agents = tuple(agents)
        self._copy = copy
        self._now = now
        self._hear = hear
        self._said: str | None = None
        self._reading = asyncio.Lock()
        self._listeners: list[Callable[[], None]] = []
        self._days: Days = NO_DAYS
        self.read_at: datetime | None = None
        """When the plan was last read from PostgreSQL; None: it is what the copy remembers."""
        self.plan = self._planned(NO_BOOK, NO_PEOPLE, {}, NO_DAYS)

    def duty(self, hotline: HotlineNumber, at: datetime) -> Duty:
        """What is frozen onto a call that is offered at *at*."""
        return self.plan.duty(hotline, at)

    def to_json(self, hotline: HotlineNumber, at: datetime) -> dict[str, Any]:
        """Who is on duty now and next, for boards."""
        return self.plan.to_json(hotline, at)

    def on_change(self, tell: Callable[[], None]) -> None:
        """Have *tell* called whenever the plan has been read anew and says something else."""
        self._listeners.append(tell)

    def recall(self) -> None:
        """Begin with the copy on disk."""
        try:
            kept = self._copy.read()
        except (OSError, ValueError) as error:
            log.warning("duty_copy_unreadable", why=str(error))
            return
        if kept is not None:
            self.plan = self._planned(*kept, {}, NO_DAYS)

    async def load(self) -> None:
        """Read the plan anew. Raises StoreAway."""
        async with self._reading:  # who began to read earlier must not have the last word
            await self._load()

    async def catch_up(self) -> None:
        """Have in the plan what was just saved, before whoever saved it is answered. Where PostgreSQL has
        gone since, the notice does it later."""
        with suppress(StoreAway):
            await self.load()

    async def _load(self) -> None:
        now = self._now()
        book = await self._rosters.book(now - BEHIND, now + AHEAD)
        people = await self._rosters.people()
        days = await self._rosters.calendar()
        plan = self._planned(book, people, await self._rosters.forced(), days)
        first, self.read_at = self.read_at is None, now
        if first or days != self._days or not _same(plan, self.plan):
            self.plan, self._days = plan, days
            await self._keep()
            self._tell(hotline.number for hotline in self._hotlines)
            for tell in self._listeners:
                tell()

    async def run(self) -> None:
        """Follow the roster for ever; cancel to stop."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._turn_over())
            group.create_task(self._follow())

    async def _follow(self) -> None:
        while True:
            try:
                async with self._listen() as notices:
                    while True:
                        await self.load()
                        self._said = None
                        with suppress(TimeoutError):
                            async with asyncio.timeout(LOOK_AGAIN):  # wait_for may swallow a cancel
                                await notices.next()
            except StoreAway as away:
                if self._said != str(away):
                    log.warning("roster_unavailable", why=str(away))
                self._said = str(away)
                await asyncio.sleep(RETRY)

    async def _turn_over(self) -> None:
        """Tell the screens of each change-over."""
        last = self._now()
        while True:
            await asyncio.sleep(STEP)
            now = self._now()
            self._tell(self.plan.turns_between(last, now))
            last = now

    def _tell(self, numbers: Iterable[HotlineNumber]) -> None:
        for number in numbers:
            self._hear(DutyChanged(at=self._now(), hotline=number))

    async def _keep(self) -> None:
        try:
            await asyncio.to_thread(self._copy.write, self.plan.book, tuple(self.plan.people))
        except OSError as error:
            log.warning("duty_copy_failed", why=error.strerror)

    def _planned(
        self,
        book: DutyBook,
        people: People,
        forced: Mapping[HotlineNumber, Forced],
        days: Days,
    ) -> Plan:
        return Plan.of(
            self._hotlines,
            book=book,
            people=people.with_agents(self._agents),
            calendar=WorkCalendar(*days),
            forced=forced,
        )


def _same(one: Plan, other: Plan) -> bool:
    """Whether two plans of the same hotlines and days say the same."""
    return (
        one.book.assignments == other.book.assignments
        and one.book.rostered == other.book.rostered
        and tuple(one.people) == tuple(other.people)
        and one.forced == other.forced
    )
