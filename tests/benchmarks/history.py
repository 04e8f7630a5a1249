"""The way of facts into PostgreSQL, beside a bare COPY of the same rows."""

import asyncio
import re
import time
from pathlib import Path

import asyncpg

from callcenter.ami.events import Event
from callcenter.ami.parse import parse
from callcenter.ami.wire import Framer
from callcenter.facts import Fact
from callcenter.store.embedded import EmbeddedPostgres
from callcenter.store.pool import open_pool
from callcenter.store.rows import instant_of, row_of
from callcenter.store.spool import Spool
from callcenter.store.writer import Writer
from callcenter.terms import Instant
from callcenter.tracking.tracker import Tracker
from tests.support.postgres import Server, open_folder, run
from tests.support.traces import NAMES, SITE, wires

COLUMNS = ("subject", "seq", "kind", "at", "pbx", "body")
BATCH = 50
"""Facts that one append to the outbox holds."""


TURNS = 20
"""How often the recordings are told, each time as other calls."""
APART_SECONDS = 40
_ID = re.compile(rb"(?<!\d)(\d{10})\.(\d+)")
"""A Uniqueid or a Timestamp: both begin with the second."""


def main() -> None:
    """Fact by fact through the outbox and the writer, fsync on; then the same rows by COPY alone."""
    facts = [fact for turn in range(TURNS) for name in NAMES for fact in _facts(wires(name)[0], turn)]
    with open_folder() as folder:
        embedded = EmbeddedPostgres(folder / "var")
        run(embedded.start())
        try:
            server = Server(embedded=embedded)
            server.make_template()
            database = server.create()
            spooled, written = asyncio.run(_through_the_outbox(folder, database.dsn, facts))
            copied = asyncio.run(_copied(database.owner_dsn, facts))
        finally:
            run(embedded.stop())
    print(f"\nHistory, {len(facts):,} facts")
    for name, seconds in (
        ("into the outbox", spooled),
        ("outbox to PostgreSQL", written),
        ("bare COPY", copied),
    ):
        print(f"  {name:<44}{len(facts) / seconds:>12,.0f} facts/s   x{copied / seconds:5.2f}")


def _facts(wire: bytes, turn: int) -> list[Fact]:
    """What the recording tells, as calls of their own."""

    def later(found: re.Match[bytes]) -> bytes:
        return b"%d.%s" % (int(found[1]) + turn * APART_SECONDS, found[2])

    tracker, now = Tracker(SITE), Instant(0)
    facts: list[Fact] = []
    for message in Framer().feed(_ID.sub(later, wire)):
        event = parse(message, now)
        if isinstance(event, Event):
            now = Instant(max(now, event.at))
            facts += tracker.receive(event)
    return [*facts, *tracker.finish(now)]


async def _through_the_outbox(folder: Path, dsn: str, facts: list[Fact]) -> tuple[float, float]:
    spool = Spool(folder / "spool.sqlite")
    spool.open()
    begun = time.perf_counter()
    for at in range(0, len(facts), BATCH):
        spool.append(facts[at : at + BATCH])
    if not await spool.flush(120):
        raise RuntimeError("the outbox did not take the facts in two minutes")
    spooled = time.perf_counter() - begun
    pool = await open_pool(dsn)
    writer = Writer(spool, pool)
    begun = time.perf_counter()
    task = asyncio.create_task(writer.run())
    if not await writer.drain(300):
        raise RuntimeError("PostgreSQL did not take the facts in five minutes")
    written = time.perf_counter() - begun
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await pool.close()
    spool.close()
    return spooled, written


async def _copied(dsn: str, facts: list[Fact]) -> float:
    connection = await asyncpg.connect(dsn)
    await connection.execute("CREATE TABLE bare (LIKE callcenter.fact)")
    rows = map(row_of, facts)
    records = [(row.subject, row.seq, row.kind, instant_of(row), row.pbx, row.body) for row in rows]
    begun = time.perf_counter()
    await connection.copy_records_to_table("bare", records=records, columns=COLUMNS)
    taken = time.perf_counter() - begun
    await connection.close()
    return taken
