"""The outbox: facts are on this machine's disk within milliseconds, whatever PostgreSQL does.

Theory of operation. `Spool.append` puts facts and checkpoints on a queue in memory and returns; it
never waits and never fails. One thread takes all that has gathered in a few milliseconds and commits
it as one transaction, facts and the checkpoints after them together, so that a process that is killed
goes on from a state that matches what was kept. The reader of the outbox (`store.writer`) tells by
`delivered` which rows PostgreSQL has; they leave with one of the next commits. A row may thus be read
twice, and never not at all.

If the disk fails, what is in memory stays there and is tried again until it is kept; `trouble` says
so, and `congested` tells the pump to read no more before memory fills.
"""

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import IO, NamedTuple

import structlog

from callcenter.facts import Fact
from callcenter.store import outbox
from callcenter.store.outbox import Kept, Outbox, SpoolFailed
from callcenter.store.rows import EPOCH, Row, row_of
from callcenter.terms import PbxName

log = structlog.get_logger(__name__)

LINGER = 0.003
"""Seconds that a commit waits for company."""
HIGH = 20_000
"""Facts in memory from which on no more should come."""
AT_ONCE = 5_000
"""Facts in one commit, about."""
PATIENCE = (0.1, 5.0)
"""Seconds between two tries at a failing disk: at first, at last."""

__all__ = ["Kept", "Spool", "SpoolFailed"]


class _Load(NamedTuple):
    """What one append brought."""

    facts: Sequence[Fact]
    checkpoints: Mapping[PbxName, bytes]


class Spool:
    """The outbox at *path*. Call `open` before anything else. One process has it at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock: IO[str] | None = None
        self._box: Outbox | None = None
        self._thread: threading.Thread | None = None
        self._news = threading.Condition()
        self._loads: deque[_Load] = deque()
        self._unkept = 0
        self._open_loads = 0
        self._delivered: list[int] = []
        self._aside: list[tuple[str, int]] = []
        self._kept = 0
        self._oldest: int | None = None
        self._closing = False
        self._listeners: list[Callable[[], object]] = []
        self.trouble: str | None = None
        """Why nothing can be kept at present, for an operator; None when all is well."""

    def open(self) -> None:
        """Make the outbox ours and start keeping. Raises SpoolFailed."""
        with ExitStack() as undo:
            self._lock = undo.enter_context(outbox.hold(self._path))
            released = self._begin()
            undo.pop_all()
        if released:
            log.info("spool_retries_set_aside", rows=released)
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
        self._thread.start()

    def append(self, facts: Sequence[Fact], checkpoint: Mapping[PbxName, bytes] | None = None) -> None:
        """Keep *facts*, and with them the state to go on from after them. Does not wait."""
        if not facts and not checkpoint:
            return
        with self._news:
            self._loads.append(_Load(tuple(facts), dict(checkpoint or {})))
            self._unkept += len(facts)
            self._open_loads += 1
            self._news.notify_all()

    @property
    def congested(self) -> bool:
        """Whether the disk is so far behind that no more should come."""
        return self._unkept >= HIGH

    @property
    def depth(self) -> int:
        """Facts that PostgreSQL does not have yet."""
        return self._kept + self._unkept

    @property
    def oldest(self) -> datetime | None:
        """When the first fact was that PostgreSQL does not have yet."""
        return None if self._oldest is None else EPOCH + timedelta(microseconds=self._oldest)

    async def room(self) -> None:
        """Until it is not congested."""
        await self._until(lambda: not self.congested)

    async def flush(self, timeout: float) -> bool:
        """Until everything appended is on the disk, at most *timeout* seconds; whether it is."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._until(lambda: not self._open_loads)
        return not self._open_loads

    def checkpoints(self) -> dict[PbxName, bytes]:
        """What to go on from, by PBX. Raises sqlite3.Error."""
        return outbox.checkpoints(self._path)

    def read(self, after: int, limit: int) -> list[Kept]:
        """At most *limit* rows that come after the row *after*. For any thread. Raises sqlite3.Error."""
        return outbox.read(self._path, after, limit)

    def delivered(self, rows: Sequence[Kept]) -> None:
        """PostgreSQL has *rows*: drop them."""
        with self._news:
            self._delivered.extend(kept.id for kept in rows)
            self._news.notify_all()

    def set_aside(self, kept: Kept, why: str) -> None:
        """PostgreSQL will never take *kept*: keep it apart, to be tried again at the next start."""
        with self._news:
            self._aside.append((why, kept.id))
            self._news.notify_all()

    def listen(self, listener: Callable[[], object]) -> Callable[[], None]:
        """Call *listener*, from the spool's thread, after every commit; returns how to stop that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def close(self, timeout: float = 5.0) -> bool:
        """Keep what is in memory, within *timeout* seconds, and end; whether all was kept."""
        with self._news:
            self._closing = True
            self._news.notify_all()
        if self._thread is not None:
            self._thread.join(timeout)
        if self._lock is not None:
            self._lock.close()
        if self._unkept:
            log.error("spool_lost", facts=self._unkept, why=self.trouble)
        return not self._unkept

    async def _until(self, reached: Callable[[], bool]) -> None:
        loop, changed = asyncio.get_running_loop(), asyncio.Event()
        stop = self.listen(lambda: loop.call_soon_threadsafe(changed.set))
        try:
            while not reached():
                await changed.wait()
                changed.clear()
        finally:
            stop()

    def _run(self) -> None:
        """The thread: gather, commit, tell; until closed and nothing is left."""
        while True:
            with self._news:
                self._news.wait_for(self._has_work)
            if not self._closing:
                sleep(LINGER)
            with self._news:
                work = self._gather()
            if work.is_empty:
                break
            self._keep(work)
        if self._box is not None:
            self._box.close()

    def _begin(self) -> int:
        """Open the file and see what is in it; how many rows are tried again."""
        try:
            box = self._box = Outbox(self._path)
            released = box.release()
            self._kept, self._oldest = box.count(), box.oldest()
        except (OSError, sqlite3.Error) as error:
            raise SpoolFailed(f"the outbox {self._path} can't be used: {error}") from error
        return released

    def _has_work(self) -> bool:
        return bool(self._loads or self._delivered or self._aside or self._closing)

    def _gather(self) -> "_Work":
        loads: list[_Load] = []
        while self._loads and sum(len(load.facts) for load in loads) < AT_ONCE:
            loads.append(self._loads.popleft())
        delivered, self._delivered = self._delivered, []
        aside, self._aside = self._aside, []
        return _Work(loads, delivered, aside)

    def _keep(self, work: "_Work") -> None:
        rows = [row for load in work.loads for row in _rows(load.facts)]
        checkpoints = {pbx: state for load in work.loads for pbx, state in load.checkpoints.items()}
        if not self._commit_at_last(rows, checkpoints, work):
            return
        with self._news:
            self._unkept -= sum(len(load.facts) for load in work.loads)
            self._open_loads -= len(work.loads)
        for listener in tuple(self._listeners):
            with suppress(RuntimeError):  # the listener's loop has ended
                listener()

    def _commit_at_last(self, rows: list[Row], checkpoints: Mapping[PbxName, bytes], work: "_Work") -> bool:
        """Try until the disk takes it, or until closed and out of patience; whether it took it."""
        pause, began = PATIENCE[0], monotonic()
        while True:
            try:
                self._commit(rows, checkpoints, work)
            except (OSError, sqlite3.Error, SpoolFailed) as error:
                self._troubled(error)
            else:
                return True
            if self._closing and monotonic() - began > PATIENCE[1]:
                return False
            with self._news:
                self._news.wait_for(lambda: self._closing, pause)
            pause = min(2 * pause, PATIENCE[1])

    def _commit(self, rows: list[Row], checkpoints: Mapping[PbxName, bytes], work: "_Work") -> None:
        reopened = self._box is None
        box = self._box = self._box or Outbox(self._path)
        left = box.write(rows, checkpoints, work.delivered, work.aside)
        self._kept += len(rows) - left
        self._oldest = box.oldest()
        if reopened:
            self._kept = box.count()
            self.trouble = None
            log.info("spool_recovered")
        if work.delivered and self._kept <= 0:
            box.shrink()

    def _troubled(self, error: Exception) -> None:
        if self.trouble != str(error):
            log.error("spool_failing", path=str(self._path), why=str(error), unkept=self._unkept)
        self.trouble = str(error)
        if self._box is not None:
            with suppress(sqlite3.Error):
                self._box.close()
        self._box = None


class _Work(NamedTuple):
    """What one commit is about."""

    loads: list[_Load]
    delivered: list[int]
    aside: list[tuple[str, int]]

    @property
    def is_empty(self) -> bool:
        return not (self.loads or self.delivered or self.aside)


def _rows(facts: Sequence[Fact]) -> list[Row]:
    """*facts* as rows. One that can't be told as JSON is a fault of ours and must not cost the others."""
    rows = []
    for fact in facts:
        try:
            rows.append(row_of(fact))
        except Exception:
            log.exception("fact_unsayable", fact=type(fact).__name__)
    return rows
