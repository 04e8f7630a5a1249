"""The duty log in the database, where it can be added to and nothing else."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Protocol, cast

import asyncpg

from callcenter.roster.logbook import Anchor, Break, Draft, Entry, EntryKind, verify
from callcenter.store.pool import Connection, Pool, reading
from callcenter.store.queries import load
from callcenter.store.text import clean
from callcenter.terms import AgentId, CallId, HotlineNumber, ShiftId

_SQL = load("logbook")
_PAGE: Final = 2000
_KINDS: Final = frozenset(kind.value for kind in EntryKind)
_NEWEST: Final = 2**63 - 1


class LogbookRefused(ValueError):
    """The log's own rules forbid it. The text is one sentence and quotes nothing of an entry."""


class Wanted(Protocol):
    """Which entries are wanted; None leaves a side open."""

    @property
    def hotline(self) -> HotlineNumber | None:
        """Entries of no hotline concern all of them and are given too."""
        ...

    @property
    def shift(self) -> ShiftId | None: ...
    @property
    def kind(self) -> EntryKind | None: ...
    @property
    def author(self) -> AgentId | None: ...
    @property
    def call(self) -> CallId | None: ...
    @property
    def refers_to(self) -> int | None: ...
    @property
    def is_open(self) -> bool | None:
        """True: asks to be followed up, and no entry says that it is done."""
        ...

    @property
    def start(self) -> datetime | None: ...
    @property
    def end(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """A request to destroy what is past its time, and how far it has come."""

    id: int
    before: date
    """The first day of the first month that stays, in UTC."""
    asked_by: AgentId
    asked_at: datetime
    agreed_by: AgentId | None
    agreed_at: datetime | None
    purged_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What checking the whole chain found."""

    entries: int
    """How many were checked."""
    anchor: Anchor
    """What they hang on: the last entry purged, or nothing."""
    head: Anchor
    """The newest entry; noted elsewhere, it shows later whether all of today's log is still there."""
    breaks: tuple[Break, ...]

    @property
    def ok(self) -> bool:
        return not self.breaks


class LogbookStore:
    """Every method raises StoreAway when PostgreSQL can't be asked."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def append(self, draft: Draft) -> Entry:
        """Write *draft*; it is on the disk when this returns. Raises LogbookRefused."""
        async with reading(self._pool) as connection:
            return await append(connection, draft)

    async def get(self, number: int) -> Entry | None:
        """The entry of that number."""
        async with reading(self._pool) as connection:
            row = await connection.fetchrow(_SQL["entry"], number)
        return None if row is None else entry_of(row)

    async def entries(self, wanted: Wanted, before: int | None = None, limit: int = 100) -> list[Entry]:
        """At most *limit* of the entries before number *before*, or of all, the newest first."""
        which = (wanted.hotline, wanted.shift, wanted.kind, wanted.author, wanted.call)
        values = (
            *(clean(value) for value in which),
            wanted.refers_to,
            wanted.is_open,
            wanted.start,
            wanted.end,
        )
        edge = _NEWEST if before is None else before
        async with reading(self._pool) as connection:
            return [entry_of(row) for row in await connection.fetch(_SQL["entries"], edge, *values, limit)]

    async def story(self, hotline: HotlineNumber | None, start: datetime, end: datetime) -> list[Entry]:
        """All entries of *hotline* (or of all) written from *start* until before *end*, in order."""
        async with reading(self._pool) as connection:
            return [entry_of(row) for row in await connection.fetch(_SQL["story"], hotline, start, end)]

    async def open_items(self, hotline: HotlineNumber | None = None) -> list[Entry]:
        """Follow-ups that are not done, and the entries that refer to them, in order."""
        async with reading(self._pool) as connection:
            return [entry_of(row) for row in await connection.fetch(_SQL["open_items"], hotline)]

    async def chain(self, after: int = 0) -> AsyncIterator[Entry]:
        """All entries after number *after*, page by page."""
        while True:
            async with reading(self._pool) as connection:
                rows = await connection.fetch(_SQL["chain"], after, _PAGE)
            for row in rows:
                yield entry_of(row)
            if len(rows) < _PAGE:
                return
            after = rows[-1]["number"]

    async def anchor(self) -> Anchor:
        """What the chain hangs on: the last entry that was purged."""
        async with reading(self._pool) as connection:
            return await _end(connection, "anchor")

    async def head(self) -> Anchor:
        """The newest entry."""
        async with reading(self._pool) as connection:
            return await _end(connection, "head")

    async def verify(self, witness: Anchor | None = None) -> Verdict:
        """Check every entry there is, and what was purged against what the log says of it.

        *witness*: an entry's number and hash as noted somewhere else some time ago.
        """
        async with (
            reading(self._pool) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            anchor, head = await _end(connection, "anchor"), await _end(connection, "head")
            breaks = await _beyond(connection, anchor)
            last, count = anchor, 0
            while rows := await connection.fetch(_SQL["chain"], last.number, _PAGE):
                page = [entry_of(row) for row in rows]
                breaks += verify(page, last)
                breaks += _witnessed(page, witness)
                last = Anchor(number=page[-1].number, hash=page[-1].hash)
                count += len(page)
            breaks += verify((), last, head)
            if witness is not None and witness.number > last.number:
                breaks.append(_gone(witness))
        return Verdict(entries=count, anchor=anchor, head=head, breaks=tuple(breaks))

    async def ask_purge(self, before: date, by: AgentId) -> Purge:
        """Ask that all months before *before*, the first of a month, be destroyed. Raises LogbookRefused."""
        return await self._purge("ask_purge", before, clean(by))

    async def agree_purge(self, purge: int, by: AgentId) -> Purge:
        """Agree to it as somebody else than who asked. Raises LogbookRefused."""
        return await self._purge("agree_purge", purge, clean(by))

    async def purges(self) -> list[Purge]:
        """Every purge ever asked for, in order."""
        async with reading(self._pool) as connection:
            return [Purge(**row) for row in await connection.fetch(_SQL["purges"])]

    async def kept_from(self) -> date:
        """The first day of the oldest month that has to be kept."""
        async with reading(self._pool) as connection:
            day: date = await connection.fetchval(_SQL["kept_from"])
            return day

    async def _purge(self, statement: str, what: date | int, by: str) -> Purge:
        async with reading(self._pool) as connection:
            try:
                row = await connection.fetchrow(_SQL[statement], what, by)
            except asyncpg.CheckViolationError as error:
                raise LogbookRefused(error.message) from None
        return Purge(**cast(asyncpg.Record, row))


async def append(connection: Connection, draft: Draft) -> Entry:
    """Write *draft* with what else *connection*'s transaction writes. Raises LogbookRefused."""
    said = (draft.author, draft.kind, draft.text, draft.hotline, draft.shift_id, draft.call_id)
    values = *(clean(value) for value in said), draft.follow_up, draft.refers_to
    try:
        row = await connection.fetchrow(_SQL["append"], *values)
    except (asyncpg.CheckViolationError, asyncpg.ForeignKeyViolationError) as error:
        raise LogbookRefused(error.message) from None
    return entry_of(cast(asyncpg.Record, row))


def entry_of(row: asyncpg.Record) -> Entry:
    """The entry of its row. A kind that is none, which only tampering makes, is kept as it is."""
    told: dict[str, Any] = dict(row)
    kind = told["kind"]
    told["kind"] = EntryKind(kind) if kind in _KINDS else kind
    return Entry(**told | {"prev_hash": told["prev_hash"].hex(), "hash": told["hash"].hex()})


async def _end(connection: Connection, which: str) -> Anchor:
    row = await connection.fetchrow(_SQL[which])
    return Anchor() if row is None else Anchor(**row)


async def _beyond(connection: Connection, anchor: Anchor) -> list[Break]:
    """What is wrong with the anchor itself: the log tells of each purge, with the hash it left."""
    if not anchor.number:
        return []
    breaks = []
    stray = await connection.fetchval(_SQL["strays"], anchor.number)
    if stray is not None:
        breaks.append(Break(number=stray, what="it is there although it was purged"))
    told = await connection.fetchval(_SQL["purged"])
    if told is None or f"entries up to {anchor.number}, hash {anchor.hash};" not in told:
        breaks.append(Break(number=anchor.number, what="the log does not tell of a purge up to here"))
    return breaks


def _witnessed(page: Sequence[Entry], witness: Anchor | None) -> list[Break]:
    found = [entry for entry in page if witness and entry.number == witness.number]
    return [_gone(witness) for entry in found if witness and entry.hash != witness.hash]


def _gone(witness: Anchor) -> Break:
    return Break(number=witness.number, what="it is not the entry that was noted elsewhere")
