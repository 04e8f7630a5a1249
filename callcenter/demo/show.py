"""``callcenter demo``: the whole service, with a PBX that is played.

Only the PBX is not real. Today's calls up to now go through the same line and outbox as a PBX's, then
the player opens its AMI port, and the service follows it after a configuration file as an operator
would write it. Every start begins afresh: what an earlier demo left is dropped, so that no call of
today is there twice.
"""

import asyncio
import os
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import IO

from callcenter.ami.client import wall_clock
from callcenter.ami.received import Messages
from callcenter.app.database import Database
from callcenter.app.faults import CannotStart
from callcenter.app.run import run, until_stopped
from callcenter.app.service import App, running
from callcenter.app.serving import check_free
from callcenter.config import Config, Listen, hotlines, load, site_of
from callcenter.demo import office, roster
from callcenter.demo.player import Player
from callcenter.demo.traffic import history
from callcenter.facts import Fact
from callcenter.pipeline import Line
from callcenter.roster.book import DutyBook
from callcenter.roster.calendar import WorkCalendar
from callcenter.roster.effective import effective
from callcenter.roster.people import People
from callcenter.roster.plan import Plan
from callcenter.store.migrate import downgrade
from callcenter.store.outbox import hold
from callcenter.store.pool import open_pool
from callcenter.store.roster import RosterStore
from callcenter.store.spool import Spool
from callcenter.terms import Instant, Role
from callcenter.tracking.tracker import Tracker

USERNAME = "demo"
MARK = "this-is-a-demo"
"""A file in the demo's folder: without it a folder is somebody's, and nothing in it is dropped."""
SPOOL = "spool.sqlite"
FLUSH = 30.0
"""Seconds that the disk, and then PostgreSQL, has for today's calls."""

Say = Callable[[str], object]


def show(port: int, data_dir: Path, *, say: Say) -> None:
    """Run the demo until SIGTERM or SIGINT. Raises CannotStart, PostgresFailed or SpoolFailed."""
    listen = Listen("127.0.0.1", port)
    check_free(listen, "choose another: callcenter demo --port 8081 (make demo ARGS='--port 8081')")

    async def work(stop: asyncio.Event) -> None:
        say("Setting the stage: PostgreSQL, a PBX, and today's calls up to now …")
        stage = _Stage(data_dir, listen)
        database = Database(stage.configuration(port=0))
        await database.start()
        try:
            await _empty(database)
            await _publish(database)
            await stage.keep(stage.past())
            async with (
                Player(Random(), username=USERNAME, secret=stage.secret) as player,
                running(stage.configuration(player.port)) as app,
            ):
                await app.writer.drain(FLUSH)
                say(await _welcome(app, data_dir))
                await until_stopped(app, stop)
        finally:
            await database.stop()
        say("The demo is over.")

    run(work)


async def _empty(database: Database) -> None:
    """The schema, and nothing in it."""
    if database.owner_dsn is not None:
        await downgrade(database.owner_dsn, "base")
    await database.migrate()


async def _publish(database: Database) -> None:
    """The roster around today."""
    pool = await open_pool(database.dsn, size=2)
    try:
        day = _today(wall_clock())
        await RosterStore(pool).publish(
            roster.shifts(day), roster.windows(day), roster.AUTHOR, "the demo's roster"
        )
    finally:
        await pool.close()


class _Stage:
    """The demo's folder: its configuration file, and the outbox with what happened before."""

    def __init__(self, data_dir: Path, listen: Listen) -> None:
        self._folder = data_dir
        self._listen = listen
        self.secret = secrets.token_urlsafe(16)
        self._lock = self._claim()

    def _claim(self) -> IO[str]:
        """Make the folder a demo's, and ours. Raises CannotStart if it is anything else, SpoolFailed if
        a demo runs in it."""
        mark = self._folder / MARK
        try:
            if self._folder.exists() and any(self._folder.iterdir()) and not mark.exists():
                raise CannotStart(f"{self._folder} is not empty and not a demo's: choose another --data-dir")
            self._folder.mkdir(parents=True, exist_ok=True)
            mark.touch()
        except OSError as error:
            why = f"{self._folder} can't be used ({error.strerror}): choose another --data-dir"
            raise CannotStart(why) from None
        return hold(self._folder / SPOOL)

    def configuration(self, port: int) -> Config:
        """The configuration, written where an operator can read it, for a PBX at *port*."""
        path = self._folder / "callcenter.toml"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(_toml(self._listen, self.secret, port))
        return load(path, {})

    def past(self) -> list[Fact]:
        """Today's calls up to now, all of them over, folded as the service folds them."""
        config = self.configuration(port=0)
        now = wall_clock()
        line = Line(office.PBX, Tracker(site_of(config, office.PBX), rules=_plan(config, _today(now))))
        said = history(Random(), _midnight(now), now)
        reads = (Messages(arrival=at, messages=[message]) for at, message in said)
        return [fact for read in reads for fact in line.take(read)]

    async def keep(self, facts: Sequence[Fact]) -> None:
        """Put the past into a new outbox."""
        for path in self._folder.glob(f"{SPOOL}*"):
            if path.suffix != ".lock":
                path.unlink()
        self._lock.close()
        spool = Spool(self._folder / SPOOL)
        spool.open()
        spool.append(facts)
        kept = await spool.flush(FLUSH)
        if not (spool.close() and kept):
            raise CannotStart(f"{self._folder} can't be written to: {spool.trouble}")


def _toml(listen: Listen, secret: str, port: int) -> str:
    """A configuration as an operator would write it."""
    tables = [
        "# The demo's configuration, written anew at each start.",
        f'data_dir = "."\n[spool]\npath = "{SPOOL}"',
        f'[web]\nlisten = "{listen}"',
        f'[[pbx]]\nname = "{office.PBX}"\nport = {port or 5038}\nusername = "{USERNAME}"',
        f'secret = "{secret}"\ntrunks = {_list(office.TRUNKS)}',
    ]
    tables += [
        f'[[hotline]]\nnumber = "{h.number}"\nname = "{h.name}"\npbx = "{h.pbx}"\n'
        f'contexts = {_list(h.contexts)}\ntime_zone = "{h.time_zone}"\n'
        f"office_hours = {_list(roster.OFFICE_HOURS)}"
        for h in office.HOTLINES
    ]
    tables += [
        f'[[agent]]\nid = "{a.id}"\nname = "{a.name}"\nphones = {_list(a.phones)}' for a in office.AGENTS
    ]
    return "\n\n".join(tables) + "\n"


def _list(words: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"


def _plan(config: Config, today: date) -> Plan:
    """Who was on duty when today's calls came."""
    book = DutyBook(effective(roster.shifts(today), ()), rostered=roster.windows(today))
    people = People(()).with_agents(office.AGENTS)
    return Plan.of(
        hotlines(config), book=book, people=people, calendar=WorkCalendar({}, frozenset()), forced={}
    )


def _today(now: Instant) -> date:
    """The day at the hotlines."""
    return datetime.fromtimestamp(now / 1_000_000, office.ZONE).date()


def _midnight(now: Instant) -> Instant:
    """When today began at the hotlines."""
    local = datetime.fromtimestamp(now / 1_000_000, office.ZONE)
    return Instant(int(local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()) * 1_000_000)


async def _welcome(app: App, data_dir: Path) -> str:
    """Where everything is."""
    _, token = await app.tokens.create(Role.ADMIN)
    boards = [f"  {app.address}/wallboard/{h.number}  {h.name}" for h in office.HOTLINES]
    return "\n".join(
        (
            "",
            "A PBX is being played; everything else is the real service.",
            "",
            "Wallboards",
            *boards,
            f"  {app.address}/wallboard       all of them",
            f"Console  {app.address}/",
            f"Metrics  {app.metrics_address}/metrics",
            f"API      {app.address}/api/v1/openapi.json, with this administrator's token:",
            f"  {token}",
            f'  curl -H "Authorization: Bearer $TOKEN" {app.address}/api/v1/calls',
            f"Data     {data_dir} (callcenter.toml is in it; every start begins afresh)",
            "",
            "Ctrl-C stops it.",
        )
    )
