"""The board's asyncio shell: facts go in once, and every screen hears what changed.

Theory of operation. `apply` is synchronous and never waits: it puts the fact on the board and, if any
picture changed by it, on the queue of each subscriber. Everything happens in the event loop's one
thread, so whoever subscribes and then takes a snapshot has every fact either in the snapshot or still to
come; a fact may be in both, which is harmless since facts carry the whole call and its ``seq``.

A subscriber that was busy finds all that came meanwhile in one go, so that who is behind catches up. Each
queue is bounded. A subscriber that lets its queue fill is cut off: its iterator ends after what it has not
yet read was dropped, and nobody else notices. It comes back like a new one, with a snapshot.

Pictures are shared. Many screens ask for the same hotline just after the same fact; the picture is made
once and handed to all of them until it changes or grows old.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from callcenter.facts import News
from callcenter.live.board import Board
from callcenter.terms import HotlineNumber

BACKLOG: Final = 4096
"""Facts that a subscriber may be behind: two hundred calls at once are some 1,500 within a second."""
FRESH: Final = timedelta(milliseconds=200)
"""How old a picture of an unchanged hotline may be: its waits are told with its own ``at``."""


class Subscriber:
    """One reader's queue. Iterate it once; it ends when it was too slow or the feed closes."""

    def __init__(self, backlog: int) -> None:
        self._backlog = backlog
        self._queue: list[News] = []
        self._news = asyncio.Event()
        self.closed = False
        """No more facts are taken; those on the queue are still to be read."""
        self.cut_off = False
        """Closed for being too slow: what it had not read is gone."""

    def put(self, fact: News) -> None:
        """Queue *fact*, or cut this reader off if it is too far behind."""
        if len(self._queue) >= self._backlog:
            self._queue.clear()
            self.cut_off = True
            self.close()
        elif not self.closed:
            self._queue.append(fact)
            self._news.set()

    def close(self) -> None:
        """Let the iterator end after what is queued."""
        self.closed = True
        self._news.set()

    def __aiter__(self) -> AsyncIterator[Sequence[News]]:
        return self

    async def __anext__(self) -> Sequence[News]:
        while not self._queue:
            if self.closed:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        waiting, self._queue = self._queue, []
        return waiting


class Feed:
    """Applies facts to *board* and passes them on to those who watch it."""

    def __init__(self, board: Board, *, backlog: int = BACKLOG) -> None:
        self._board = board
        self._backlog = backlog
        self._subscribers: set[Subscriber] = set()
        self._pictures: dict[HotlineNumber, tuple[datetime, dict[str, Any]]] = {}
        self._closed = False
        self.cut_off = 0
        """Subscribers that were too slow, since the start."""

    @property
    def watched(self) -> int:
        """How many subscribers there are."""
        return len(self._subscribers)

    def apply(self, fact: News) -> None:
        """Take in one fact; never waits for anybody."""
        changed = self._board.apply(fact)
        if not changed:
            return
        for number in changed:
            self._pictures.pop(number, None)
        for subscriber in [*self._subscribers]:
            subscriber.put(fact)
            if subscriber.cut_off:
                self._subscribers.discard(subscriber)
                self.cut_off += 1

    def tick(self, at: datetime) -> None:
        """Time passes."""
        self._board.tick(at)

    def snapshot(self, number: HotlineNumber, at: datetime) -> Mapping[str, Any]:
        """One hotline's live picture, not to be altered: others have the same. Raises KeyError for a number
        that is no hotline's."""
        known = self._pictures.get(number)
        if known is not None and timedelta(0) <= at - known[0] < FRESH:
            return known[1]
        picture = self._board.snapshot(number, at)
        self._pictures[number] = (at, picture)
        return picture

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[AsyncIterator[Sequence[News]]]:
        """Facts that change pictures, from now on, in their order: each item is all that came since the one
        before, at least one fact, and is already on the board when it is read."""
        subscriber = Subscriber(self._backlog)
        if self._closed:
            subscriber.close()
        self._subscribers.add(subscriber)
        try:
            yield subscriber
        finally:
            self._subscribers.discard(subscriber)

    def close(self) -> None:
        """End every subscription, and those to come."""
        self._closed = True
        for subscriber in self._subscribers:
            subscriber.close()
