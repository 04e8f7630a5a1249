"""What the live board shows of before we started, and the database's upkeep.

Until PostgreSQL can be reached and its schema is right the board shows what the outbox holds; then
today's calls are put under it. A fact that comes twice changes nothing there, so order does not matter.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import structlog

from callcenter.app.database import Database
from callcenter.facts import CallMerged
from callcenter.live.board import Board
from callcenter.record import Call
from callcenter.sites import Hotline
from callcenter.store.archive import ArchiveFailed, keep_log
from callcenter.store.calls import CallStore
from callcenter.store.kpis import KpiStore
from callcenter.store.logbook import LogbookRefused
from callcenter.store.migrate import state
from callcenter.store.partitions import keep
from callcenter.store.pool import Pool, StoreAway
from callcenter.store.rows import Row, body_of, call_of, instant_of
from callcenter.store.spool import Spool
from callcenter.terms import CallId, PbxName

log = structlog.get_logger(__name__)

RETRY = 2.0
LAST_RETRY = 30.0
"""Seconds between two tries while PostgreSQL is away: at first, at last."""
UPKEEP = 3600.0
"""Seconds between two looks whether there are partitions for the months to come, and at the duty log."""
_PAGE = 2000


class History:
    """Brings the schema up to date where that is ours, fills the board, and keeps partitions and
    the duty log's files."""

    def __init__(
        self,
        *,
        database: Database,
        pool: Pool,
        board: Board,
        hotlines: Sequence[Hotline],
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._pool = pool
        self._board = board
        self._hotlines = hotlines
        self._now = now
        self._calls = CallStore(pool)
        self._kpis = KpiStore(pool, {})
        self._said: str | None = None
        self.loaded = False
        """Whether the board has today's calls."""

    async def prepare(self) -> None:
        """Schema, partitions, and today on the board. Raises StoreAway."""
        await self._database.migrate()
        schema = await state(self._pool)
        if not schema.ok:
            raise StoreAway(schema.why or "the schema is not as this release needs it")
        await self._keep_up()
        if not self.loaded:
            await self._load()
            self.loaded = True

    async def run(self) -> None:
        """Prepare as soon as that is possible, and go on to keep what has to be kept."""
        pause = RETRY
        while True:
            try:
                if self.loaded:
                    await self._keep_up()
                else:
                    await self.prepare()
            except StoreAway as away:
                self._away(str(away))
                await asyncio.sleep(pause)
                pause = min(2 * pause, LAST_RETRY)
                continue
            self._said, pause = None, RETRY
            await asyncio.sleep(UPKEEP)

    async def _load(self) -> None:
        now = self._now()
        loaded = 0
        for hotline in self._hotlines:
            start = self._board.day_start(hotline.number, now)
            calls = await self._calls.day(hotline.number, start, now + timedelta(days=1))
            self._board.load(calls)
            loaded += len(calls)
        for pbx in {hotline.pbx for hotline in self._hotlines}:
            gaps = await self._kpis.gaps(pbx, now - timedelta(days=2), now)
            self._board.load((), [(pbx, began, ended) for began, ended in gaps if ended is not None])
        log.info("board_loaded", calls=loaded)

    async def _keep_up(self) -> None:
        owner, now = self._database.owner_dsn, self._now()
        if owner is not None:
            await keep(owner, now)
        try:
            await keep_log(self._pool, owner, self._database.log_archive, now.date())
        except (ArchiveFailed, LogbookRefused) as error:
            log.error("logbook_not_kept", why=str(error))  # noqa: TRY400 -- the sentence is enough

    def _away(self, why: str) -> None:
        if self._said != why:
            log.warning("history_unavailable", why=why)
        self._said = why


def load_outbox(spool: Spool, board: Board, now: datetime) -> None:
    """Put on the board what PostgreSQL does not have yet. Raises sqlite3.Error."""
    oldest = now - timedelta(days=2)
    for rows in _pages(spool):
        recent = [row for row in rows if instant_of(row) >= oldest]
        board.load(_calls(recent), _gaps(recent))
        for row in recent:
            if row.kind == "call_merged":
                board.apply(_merged(row))


def _pages(spool: Spool) -> Iterator[list[Row]]:
    after = 0
    while kept := spool.read(after, _PAGE):
        yield [item.row for item in kept]
        after = kept[-1].id


def _calls(rows: Iterable[Row]) -> Iterator[Call]:
    for row in rows:
        if row.subject != row.pbx and row.kind != "call_merged":
            yield call_of(row)


def _gaps(rows: Iterable[Row]) -> Iterator[tuple[PbxName, datetime, datetime]]:
    for row in rows:
        if row.kind == "link_up" and (began := body_of(row).get("gap_began_at")):
            yield PbxName(row.pbx), datetime.fromisoformat(began).astimezone(UTC), instant_of(row)


def _merged(row: Row) -> CallMerged:
    return CallMerged(
        at=instant_of(row),
        pbx=PbxName(row.pbx),
        call_id=CallId(row.subject),
        into=CallId(body_of(row)["into"]),
    )
