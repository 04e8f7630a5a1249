"""The service: every part built, started, and stopped in order.

Start: outbox, PostgreSQL, what the board shows of today, trackers from their checkpoints, the web
side, then the links. Stop is the same backwards: no new requests; the links closed and what they
brought moved; the outbox flushed, and given a moment to hand over to PostgreSQL.

An operator's PostgreSQL or a PBX that is away keeps nothing from starting: ``/readyz`` and the boards
say so, and both are tried for ever. Our own PostgreSQL that can't start, an address that is taken or
an outbox in use are an operator's to mend, and the exception says how.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from callcenter.ami.client import AmiClient, wall_clock
from callcenter.app.completion import Completion
from callcenter.app.database import Database
from callcenter.app.desks import desks_of
from callcenter.app.duty import DutyOffice
from callcenter.app.faults import CannotStart
from callcenter.app.hindsight import Hindsight
from callcenter.app.history import History, load_outbox
from callcenter.app.meters import Meters, metrics_of
from callcenter.app.orphans import orphans
from callcenter.app.readiness import Readiness
from callcenter.app.records import records_of
from callcenter.app.resume import line_from, new_line
from callcenter.app.retold import Retold
from callcenter.app.serving import metrics_app, served
from callcenter.app.tasks import Tasks
from callcenter.app.timelines import Timelines, recorder_of
from callcenter.app.webkey import web_key
from callcenter.config import Config, ami_settings, hotlines, sites
from callcenter.facts import CallRetold
from callcenter.live.board import Board
from callcenter.live.feed import Feed
from callcenter.metrics import Metrics
from callcenter.pipeline import Line, Pump
from callcenter.store.audit import AuditStore
from callcenter.store.calls import CallStore
from callcenter.store.completion import CompletionStore
from callcenter.store.kpis import KpiStore
from callcenter.store.pool import Pool, StoreAway, open_pool
from callcenter.store.spool import Spool
from callcenter.store.tokens import TokenStore
from callcenter.store.versions import VersionStore
from callcenter.store.writer import Writer
from callcenter.terms import PbxName
from callcenter.web.app import make_app
from callcenter.web.keys import Parts, WebSettings

log = structlog.get_logger(__name__)

FIRST_LOOK = 10.0
"""Seconds that an operator's PostgreSQL has at the start before we go on without it."""
FLUSH = 5.0
"""Seconds that the outbox has at the end to get everything onto the disk."""
HAND_OVER = 5.0
"""Seconds that PostgreSQL has at the end to take what the outbox holds; the rest waits for the next start."""
SETTLING, SETTLED, FEW = 100, 0.1, 64
"""Before history is compared: how often it is looked, at what distance in seconds, whether all that was
told is in PostgreSQL; and how many reads may be on the queue then."""
CLOSE = 3.0
"""Seconds that connections to PostgreSQL have to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The running service."""

    config: Config
    address: str
    """Where the web side is, e.g. ``http://127.0.0.1:8080``."""
    metrics_address: str
    key: str
    """Signs links to wallboards."""
    board: Board
    feed: Feed
    metrics: Metrics
    pump: Pump
    spool: Spool
    writer: Writer
    pool: Pool
    database: Database
    history: History
    readiness: Readiness
    duty: DutyOffice
    tokens: TokenStore
    tasks: Tasks


@asynccontextmanager
async def running(config: Config) -> AsyncIterator[App]:
    """The service while it runs. Raises CannotStart, PostgresFailed or SpoolFailed."""
    async with AsyncExitStack() as stack:
        core = await _Core.start(config, stack)
        app = await _serve(core, stack)
        await _follow(core, stack)
        log.info("started", address=app.address)
        yield app


class _Core:
    """Everything behind the web side and the links."""

    def __init__(self, config: Config, spool: Spool, database: Database, pool: Pool) -> None:
        self.config, self.spool, self.database, self.pool = config, spool, database, pool
        self.key = web_key(config)
        self.hotlines = hotlines(config)
        self.tasks = Tasks()
        self.board = Board(self.hotlines)
        self.feed = Feed(self.board)
        self.duty = DutyOffice(
            config, pool, database.dsn, now=self.now, pbx_now=self.pbx_now, hear=self.feed.apply
        )
        self.board.duty = self.duty.desk.to_json
        self.writer = Writer(spool, pool, on_set_aside=lambda _: self.metrics.note("outbox"))
        self.tokens = TokenStore(pool)
        self.recorder = recorder_of(config)
        self.versions = VersionStore(pool)
        self.retold = Retold(self.versions, hear=self.feed.apply, now=self.now)
        lines = self._lines(config)
        self.metrics = self._metrics(config, [line.pbx for line in lines])
        self.completion = Completion(
            sites={site.pbx: site for site in sites(config)},
            records=records_of(config),
            known=CompletionStore(pool),
            gaps=KpiStore(pool, {}),
            settled=self._settled,
            tell=self._retell,
            now=self.now,
            rules=self.duty.desk,
        )
        self.pump = Pump(
            lines,
            outbox=spool,
            meter=Meters(self.metrics, self.board),
            hearers=(self.feed.apply, self.metrics.apply, self.completion.hear, self.duty.hear),
            now=wall_clock,
            monotonic=asyncio.get_running_loop().time,
            ticks=lambda: self.feed.tick(self.now()),
        )
        self.duty.follow(lines)
        self.history = History(
            database=database, pool=pool, board=self.board, hotlines=self.hotlines, now=self.now
        )
        self.readiness = Readiness(
            lines=lines,
            spool_trouble=lambda: spool.trouble,
            writer_trouble=lambda: self.writer.why if spool.depth else None,
            pool=pool,
            monotonic=asyncio.get_running_loop().time,
        )

    def _lines(self, config: Config) -> list[Line]:
        kept, rules = self.spool.checkpoints(), self.duty.desk
        trusted = {pbx.name for pbx in config.pbx if pbx.clock == "pbx"}
        lines = {s.pbx: line_from(s, kept, rules, trust_clock=s.pbx in trusted) for s in sites(config)}
        self._begun_anew = [pbx for pbx, line in lines.items() if line is None]
        return [lines[s.pbx] or new_line(s, rules, trust_clock=s.pbx in trusted) for s in sites(config)]

    @classmethod
    async def start(cls, config: Config, stack: AsyncExitStack) -> "_Core":
        """Outbox, PostgreSQL, and the board as of now. Raises as `running`."""
        spool = Spool(config.spool_path)
        spool.open()
        stack.callback(spool.close, FLUSH)
        database = Database(config)
        stack.push_async_callback(database.stop)
        await database.start()
        pool = await open_pool(database.dsn)
        stack.push_async_callback(_close, pool)
        core = cls(config, spool, database, pool)
        stack.push_async_callback(core.tasks.stop)
        await asyncio.to_thread(load_outbox, spool, core.board, core.now())
        await core._first_look()
        core.tasks.start("writer", core.writer.run())
        core.tasks.start("history", core.history.run())
        core.tasks.start("completion", core.completion.run())
        core.tasks.start("retold", core.retold.run())
        core.duty.start(core.tasks)
        if database.embedded is not None:
            core.tasks.start("postgres", database.embedded.keep_up())
        stack.push_async_callback(core.hand_over)
        return core

    def now(self) -> datetime:
        """The time on the screens: with one PBX that PBX's own, so that its rings are counted right
        on them however its clock is set; with several, ours."""
        lines = tuple(self.pump.lines.values())
        ours = wall_clock()
        at = lines[0].clock.now(ours) if len(lines) == 1 else ours
        return datetime.fromtimestamp(at / 1_000_000, UTC)

    def pbx_now(self, pbx: PbxName) -> datetime:
        """The time by a PBX's own clock: its rings are counted right however that is set."""
        return datetime.fromtimestamp(self.pump.lines[pbx].clock.now(wall_clock()) / 1_000_000, UTC)

    async def _first_look(self) -> None:
        """Today's calls before the first screen, if PostgreSQL is there. Raises CannotStart for our own."""
        try:
            async with asyncio.timeout(None if self.config.embedded else FIRST_LOOK):
                await self.history.prepare()
                await self.duty.desk.load()
                await self._end_orphans()
        except (StoreAway, TimeoutError) as away:
            if self.config.embedded:
                raise CannotStart(f"the embedded PostgreSQL can't be used: {away}") from away
            log.warning("store_away", why=str(away) or "PostgreSQL does not answer in time")

    async def _end_orphans(self) -> None:
        ended = await orphans(CallStore(self.pool), self._begun_anew, self.now())
        self.spool.append(ended)
        for fact in ended:
            self.board.apply(fact)
        if ended:
            log.warning("calls_left_open", calls=len(ended))

    async def _settled(self) -> bool:
        """Whether PostgreSQL has all that was told until now, after waiting for that a while."""
        asked_at = self.now()
        for _ in range(SETTLING):
            oldest = self.spool.oldest
            waiting = self.spool.depth and (oldest is None or oldest <= asked_at)
            if not waiting and self.pump.depth < FEW:
                return True
            await asyncio.sleep(SETTLED)
        return False

    def _retell(self, fact: CallRetold) -> None:
        """History changes; counters don't."""
        self.feed.apply(fact)
        self.spool.append([fact])

    async def hand_over(self) -> None:
        """At the end: everything onto the disk, and on to PostgreSQL if it is there."""
        await self.spool.flush(FLUSH)
        if self.writer.store_up:
            await self.writer.drain(HAND_OVER)

    def _metrics(self, config: Config, pbxs: list[PbxName]) -> Metrics:
        metrics = metrics_of(config, pbxs, self.board, self.duty, self.now)
        metrics.watch_spool(lambda: self.spool.depth)
        metrics.watch_store(lambda: self.writer.store_up)
        metrics.watch_queue(lambda: self.pump.depth, lambda: self.pump.pauses)
        return metrics


async def _serve(core: _Core, stack: AsyncExitStack) -> App:
    config = core.config
    token = config.metrics.token.get_secret_value() if config.metrics.token else None
    settings = WebSettings(
        secret=core.key,
        listen_host=config.web.listen.host,
        metrics_token=token,
        serve_metrics=config.metrics.listen is None,
        secure=config.web.https,
    )
    parts = Parts(
        hotlines=core.hotlines,
        calls=CallStore(core.pool),
        past=Timelines(Hindsight.of(config), core.recorder, core.versions),
        kpi=KpiStore(core.pool, {h.number: h.time_zone for h in core.hotlines}),
        live=core.feed,
        tokens=core.tokens,
        audit=AuditStore(core.pool),
        readiness=core.readiness,
        metrics=core.metrics.exposition,
        desks=desks_of(config, core.pool, core.duty, core.now),
        pbx_now=core.pbx_now,
    )
    how_else = "choose another with [web] listen"
    address = await stack.enter_async_context(served(make_app(parts, settings), config.web.listen, how_else))
    metrics_address = address
    if config.metrics.listen is not None:
        how_else = "choose another with [metrics] listen"
        metrics_address = await stack.enter_async_context(
            served(metrics_app(parts, settings), config.metrics.listen, how_else)
        )
    stack.callback(core.feed.close)
    return App(
        config=config, address=address, metrics_address=metrics_address, key=core.key, board=core.board,
        feed=core.feed, metrics=core.metrics, pump=core.pump, spool=core.spool, writer=core.writer,
        pool=core.pool, database=core.database, history=core.history, readiness=core.readiness,
        duty=core.duty, tokens=core.tokens, tasks=core.tasks,
    )  # fmt: skip


async def _follow(core: _Core, stack: AsyncExitStack) -> None:
    """Begin to move, and to follow the PBXs."""
    pump = core.tasks.start("pump", core.pump.run())
    links = []
    if core.recorder is not None:
        core.recorder.start()
        stack.push_async_callback(asyncio.to_thread, core.recorder.close)
    for pbx in core.config.pbx:
        sink = core.pump.sink(PbxName(pbx.name))
        if core.recorder is not None:
            sink = core.recorder.beside(PbxName(pbx.name), sink, by_arrival=pbx.clock == "arrival")
        client = AmiClient(ami_settings(pbx), sink=sink)
        core.pump.throttles(client)
        links.append(core.tasks.start(f"link {pbx.name}", client.run()))
        links += core.duty.route(core.tasks, PbxName(pbx.name), client)

    async def end() -> None:
        for line in core.pump.lines.values():
            line.leaving = True
        await core.tasks.stop(*links)
        await core.tasks.stop(pump)
        core.pump.finish()

    stack.push_async_callback(end)


async def _close(pool: Pool) -> None:
    """Close in peace, or after a while without."""
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSE):
            await pool.close()
            return
    pool.terminate()
