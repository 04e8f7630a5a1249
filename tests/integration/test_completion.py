"""After a gap: calls are completed from Asterisk's own tables, in a real PostgreSQL."""

import asyncio
import csv
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import asyncpg
import pytest
import structlog
from prometheus_client import CollectorRegistry

from callcenter.app.completion import Completion
from callcenter.facts import CallEnded, CallRetold, Fact, LinkUp
from callcenter.live.board import Board
from callcenter.metrics import Metrics
from callcenter.record import Call
from callcenter.records.kinds import CDR, CEL_COLUMNS
from callcenter.records.place import RecordsAway, Table
from callcenter.records.source import PbxRecords
from callcenter.records.table import TableRecords
from callcenter.store import batch
from callcenter.store.calls import CallStore
from callcenter.store.completion import CompletionStore
from callcenter.store.kpis import KpiStore
from callcenter.store.pool import Pool, StoreAway
from callcenter.store.rows import row_of
from callcenter.terms import HotlineNumber, Instant, Outcome, PbxName, Source
from callcenter.tracking.completion import from_cel
from callcenter.tracking.parts import moment
from callcenter.tracking.queuelog import stays
from tests.support import records, traces
from tests.support.factories import NOON
from tests.support.postgres import Database

CUT = "45-ami-cut-and-reconnect"
RANG = "05-ringgroup-answer-2nd-ring"
EVENTS = (
    "CHAN_START", "CHAN_END", "HANGUP", "ANSWER", "APP_START", "APP_END", "BRIDGE_ENTER", "BRIDGE_EXIT",
    "PARK_START", "PARK_END", "BLINDTRANSFER", "ATTENDEDTRANSFER", "USER_DEFINED", "LINKEDID_END", "PICKUP",
    "FORWARD", "LOCAL_OPTIMIZE", "LOCAL_OPTIMIZE_BEGIN", "STREAM_BEGIN", "STREAM_END", "DTMF",
)  # fmt: skip
"""In the order in which ``cel show status`` of Asterisk 16 and 22 lists them, from 1 on."""
CEL_TABLE = "CREATE TABLE {table} (" + ", ".join(
    f'"{name}" {"{time}" if name == "eventtime" else "text"}' for name in CEL_COLUMNS
) + ")"  # fmt: skip


async def fill(
    database: Database, *names: str, time: str = "timestamptz", table: str = "cel", hours: int = 0
):
    """The CEL of recordings in a table as ``cel_pgsql`` fills it, its wall clock some *hours* ahead."""
    connection = await asyncpg.connect(database.owner_dsn)
    await connection.execute(CEL_TABLE.format(table=table, time=time))
    for cells in csv.reader(line for name in names for line in records.lines(name, "cel")):
        at = datetime.fromtimestamp(0, UTC) + timedelta(
            microseconds=round(float(cells[1]) * 1e6), hours=hours
        )
        values = [
            (at if time == "timestamptz" else at.replace(tzinfo=None)) if n == 1 else cell
            for n, cell in enumerate(cells)
        ]
        await connection.execute(
            f"INSERT INTO {table} VALUES ({', '.join(f'${n}' for n in range(1, 21))})", *values
        )
    await connection.execute(f"GRANT SELECT ON {table} TO PUBLIC")
    await connection.close()


class Desk:
    """The parts that a completion touches, without links and outbox: what is told is stored at once."""

    def __init__(self, pool: Pool, source: PbxRecords) -> None:
        self.pool = pool
        self.calls = CallStore(pool)
        self.board = Board(traces.SITE.hotlines)
        self.metrics = Metrics(CollectorRegistry(), version="t", hotlines=traces.SITE.hotlines)
        self.told: list[Fact] = []
        self.news = asyncio.Event()
        self.completion = Completion(
            sites={traces.PBX: traces.SITE},
            records={traces.PBX: source},
            known=CompletionStore(pool),
            gaps=KpiStore(pool, {}),
            settled=self._settled,
            tell=self._tell,
            now=lambda: moment(Instant(records.cel(CUT)[-1].at + 60_000_000)),
            looks=(0.0, 0.05),
        )

    async def _settled(self) -> bool:
        return True

    def _tell(self, fact: Fact) -> None:
        self.told.append(fact)
        self.board.apply(fact)
        self.metrics.apply(fact)
        self.news.set()

    async def store(self, *facts: Fact) -> None:
        """Facts as they were told live."""
        for fact in facts:
            self.board.apply(fact)
            self.metrics.apply(fact)
        await self._write(facts)

    async def _write(self, facts: tuple[Fact, ...]) -> None:
        async with self.pool.acquire() as connection:
            await batch.prepare(connection)
            await batch.apply(connection, [row_of(fact) for fact in facts])

    async def look(self, name: str) -> int:
        """Look through the time of a recording, and store what is told."""
        self.told.clear()
        first, last = records.cel(name)[0].at, records.cel(name)[-1].at
        gained = await self.completion.look(traces.PBX, moment(first), moment(last))
        await self._write(tuple(self.told))
        return gained

    def counted(self) -> str:
        """The counters of calls, as Prometheus reads them."""
        page = self.metrics.exposition("text/plain")[0].decode()
        return "\n".join(
            line for line in page.splitlines() if line.startswith(("callcenter_calls", "callcenter_at"))
        )


@pytest.fixture
async def desk(database: Database, pool: Pool) -> Desk:
    await fill(database, CUT, RANG)
    return Desk(pool, PbxRecords(cel=f"{database.dsn}#cel", cdr=None))


def seen_until(name: str, event: int) -> list[Fact]:
    """What was told of a recording of which only so many events were heard."""
    return next(facts for number, facts in traces.prefixes(name) if number == event)


async def live(desk: Desk, name: str) -> Call:
    """A call whose link was lost after a few events, while phones rang, is stored as lost."""
    events = traces.events(name)
    rung = next(n for n, e in enumerate(events) if type(e).__name__ == "DialState")
    facts = seen_until(name, rung + 12)
    await desk.store(*facts)
    [call] = traces.inbound(facts)
    assert call.outcome is Outcome.LOST
    assert call.first_ring_at is not None
    return replace(call, seq=max(f.call.seq for f in facts if isinstance(f, CallEnded)))


async def test_a_call_that_was_answered_and_ended_unseen_is_completed(desk: Desk):
    """It rang while we could hear: so even its rings are known to the microsecond."""
    lost = await live(desk, RANG)
    assert await desk.look(RANG) == 1

    call = await desk.calls.get(lost.call_id)
    assert call is not None
    assert (call.outcome, call.answered_by, call.hung_up_by) == ("answered", "1002", "agent")
    assert (call.source, call.truncated, call.final, call.seq) == (Source.CEL, None, True, lost.seq + 1)
    assert call.caller_ring_seconds == pytest.approx(7.0, abs=0.05)
    assert (call.caller_rings, call.rings, call.on_time) == (2, 2, True)
    assert call.talk_seconds == pytest.approx(6.0, abs=0.1)
    assert call.arrived_at == lost.arrived_at


async def test_looking_again_changes_nothing(desk: Desk):
    await live(desk, RANG)
    assert await desk.look(RANG) == 1
    assert await desk.look(RANG) == 0
    assert await desk.look(CUT) == 1
    assert await desk.look(CUT) == 0
    assert await desk.look(RANG) == 0


async def test_a_call_that_nobody_saw_at_all_is_there_afterwards(desk: Desk):
    assert await desk.look(CUT) == 1

    [fact] = desk.told
    assert isinstance(fact, CallRetold)
    call = await desk.calls.get(fact.call.call_id)
    assert call == fact.call
    assert (call.outcome, call.hotline, call.caller_rings, call.on_time) == ("answered", "4001", None, True)


async def test_a_call_seen_to_its_end_is_left_as_it_was_seen(desk: Desk):
    facts = traces.follow(traces.events(RANG))
    await desk.store(*facts)
    [seen] = traces.inbound(facts)

    assert await desk.look(RANG) == 0
    stored = await desk.calls.get(seen.call_id)
    assert stored is not None
    assert (stored.source, stored.caller_rings) == (Source.AMI, 2)


async def test_history_and_the_board_follow_and_counters_do_not(desk: Desk):
    """Completeness: the call counts in its quarter of an hour, once, as what it was."""
    lost = await live(desk, RANG)
    counted = desk.counted()
    assert await desk.look(RANG) == 1

    assert desk.counted() == counted
    start = lost.arrived_at.replace(minute=0, second=0, microsecond=0)
    [(_, tally)] = await KpiStore(desk.pool, {}).tallies(
        HotlineNumber("4001"), start, start + timedelta(hours=1), timedelta(hours=1)
    )
    today = desk.board.snapshot(HotlineNumber("4001"), lost.arrived_at + timedelta(minutes=1))["today"]
    assert (tally.arrived, tally.answered, tally.lost, tally.on_time) == (1, 1, 0, 1)
    assert (today["arrived"], today["answered"], today["lost"], today["on_time"]) == (1, 1, 0, 1)
    assert today["three_ring_rate"] == 1.0


async def test_what_the_records_do_not_tell_stays_lost(database: Database, pool: Pool):
    """The PBX was killed in mid call: its CEL stops, and so does what can be said."""
    await fill(database, RANG)
    answered = next(row.at for row in records.cel(RANG) if row.eventtype == "ANSWER")
    connection = await asyncpg.connect(database.owner_dsn)
    await connection.execute("DELETE FROM cel WHERE eventtime >= $1", moment(answered))
    await connection.close()
    desk = Desk(pool, PbxRecords(cel=f"{database.dsn}#cel", cdr=None))
    lost = await live(desk, RANG)

    assert await desk.look(RANG) == 0
    stored = await desk.calls.get(lost.call_id)
    assert stored is not None
    assert (stored.outcome, stored.truncated, stored.source) == ("lost", "end", "ami")


@pytest.mark.parametrize(("time", "hours"), [("timestamp", 8), ("timestamptz", -5), ("timestamp", 0)])
async def test_a_table_in_another_zone_is_read_right(database: Database, time: str, hours: int):
    """The PBX's wall clock, or the database's idea of it, may be hours off: the channels' ids tell."""
    await fill(database, CUT, RANG, time=time, hours=hours, table="other_cel")
    first, last = records.cel(RANG)[0].at, records.cel(RANG)[-1].at

    found = await PbxRecords(cel=f"{database.dsn}#public.other_cel", cdr=None).cel(
        moment(first), moment(Instant(last + 1))
    )

    assert from_cel(found, traces.SITE) == from_cel(records.cel(RANG), traces.SITE)


@pytest.mark.parametrize("time", ["double precision", "numeric", "text"])
async def test_a_table_of_numbers_or_text_is_read_right(database: Database, time: str):
    """``cel_pgsql`` writes by the column's type: events by number, times as seconds or local text."""
    numbers = {name: number for number, name in enumerate(EVENTS, 1)}
    kept = ("exten", "context", "channame", "appname", "appdata", "uniqueid", "linkedid", "extra")
    connection = await asyncpg.connect(database.owner_dsn)
    others = ", ".join(f"{name} text" for name in kept)
    await connection.execute(f"CREATE TABLE cel (eventtype int, eventtime {time}, {others})")
    for cells in csv.reader(records.lines(RANG, "cel")):
        raw = dict(zip(CEL_COLUMNS, cells, strict=True))
        at = float(raw["eventtime"])
        local = datetime.fromtimestamp(at, UTC) + timedelta(hours=8)
        written = {"text": f"{local:%Y-%m-%d %H:%M:%S.%f}", "numeric": Decimal(raw["eventtime"])}.get(
            time, at
        )
        values = [numbers[raw["eventtype"]], written, *(raw[name] for name in kept)]
        places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
        await connection.execute(f"INSERT INTO cel VALUES ({places})", *values)
    await connection.execute("GRANT SELECT ON cel TO PUBLIC")
    await connection.close()
    first, last = records.cel(RANG)[0].at, records.cel(RANG)[-1].at

    found = await PbxRecords(cel=database.dsn, cdr=None).cel(moment(first), moment(Instant(last + 1)))

    assert [(row.eventtype, row.extra) for row in found] == [
        (r.eventtype, r.extra) for r in records.cel(RANG)
    ]
    assert all(abs(row.at - r.at) <= 1 for row, r in zip(found, records.cel(RANG), strict=True))


async def test_a_queue_log_in_a_table_says_who_gave_up(database: Database):
    """As Asterisk's realtime writes it, in local time and with one column for all that an event holds."""
    began = records.cel("14-queue-abandon")[0]
    connection = await asyncpg.connect(database.owner_dsn)
    columns = "time varchar, callid text, queuename text, event text, data text"
    await connection.execute(f"CREATE TABLE queue_log ({columns})")
    for seconds, event, data in ((1, "ENTERQUEUE", "|49302|1"), (9, "ABANDON", "1|1|8")):
        local = moment(Instant(began.at + seconds * 1_000_000)) + timedelta(hours=8)
        row = (f"{local:%Y-%m-%d %H:%M:%S.%f}", began.uniqueid, "hot-all", event, data)
        await connection.execute("INSERT INTO queue_log VALUES ($1, $2, $3, $4, $5)", *row)
    await connection.execute("GRANT SELECT ON queue_log TO PUBLIC")
    await connection.close()
    source = PbxRecords(cel=None, cdr=None, queue_log=database.dsn)

    rows = await source.queue_log(moment(began.at), moment(Instant(began.at + 20_000_000)))

    assert stays(rows)[began.uniqueid].abandoned_after == 8


async def test_a_table_without_what_is_needed_says_which_column(database: Database):
    connection = await asyncpg.connect(database.owner_dsn)
    columns = "eventtype text, eventtime timestamptz, uniqueid text, linkedid text, channame text"
    await connection.execute(f"CREATE TABLE cel ({columns})")
    await connection.execute("GRANT SELECT ON cel TO PUBLIC")
    await connection.close()
    with pytest.raises(RecordsAway, match="has no column extra or eventextra"):
        await PbxRecords(cel=database.dsn, cdr=None).cel(NOON, NOON)


async def test_cdr_alone_say_who_answered(database: Database, pool: Pool, tmp_path: Path):
    path = tmp_path / "Master.csv"
    path.write_text("".join(line + "\n" for line in records.lines(RANG, "cdr")))
    desk = Desk(pool, PbxRecords(cel=None, cdr=str(path), cdr_columns=records.CDR_COLUMNS))
    lost = await live(desk, RANG)
    assert await desk.look(RANG) == 1

    call = await desk.calls.get(lost.call_id)
    assert call is not None
    assert (call.outcome, call.answered_by, call.source, call.hung_up_by) == ("answered", "1002", "cdr", None)
    assert call.talk_seconds == pytest.approx(6.0, abs=0.1)


async def test_a_table_of_cdr_in_local_time_is_read_right(database: Database):
    """As ``cdr_pgsql`` fills it in Shanghai; the last row is a transfer's and begins long after its call."""
    columns = ", ".join(f'"{n}" {"timestamp" if n == "start" else "text"}' for n in records.CDR_COLUMNS)
    connection = await asyncpg.connect(database.owner_dsn)
    await connection.execute(f"CREATE TABLE cdr ({columns})")
    for cells in csv.reader(records.lines("22-blind-transfer-refer", "cdr")):
        local = datetime.fromisoformat(cells[8]) + timedelta(hours=8)
        values = [local if n == 8 else cell for n, cell in enumerate(cells)]
        places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
        await connection.execute(f"INSERT INTO cdr VALUES ({places})", *values)
    await connection.execute("GRANT SELECT ON cdr TO PUBLIC")
    await connection.close()
    truly = records.cdr("22-blind-transfer-refer")

    found = await PbxRecords(cel=None, cdr=database.dsn).cdr(
        moment(truly[0].start), moment(Instant(truly[-1].start + 1))
    )

    assert sorted(found, key=str) == sorted(truly, key=str)


@pytest.mark.parametrize("place", ["none", "nothing.here"])
async def test_a_table_that_can_not_be_read_says_why_and_nothing_is_told(
    database: Database, pool: Pool, place: str
):
    with pytest.raises(RecordsAway, match=f"the table {place} can't be read: UndefinedTable"):
        await Desk(pool, PbxRecords(cel=f"{database.dsn}#{place}", cdr=None)).look(RANG)


async def test_a_table_of_something_else_says_so(database: Database):
    table = Table(database.dsn, "callcenter.call_merge")
    with pytest.raises(RecordsAway, match="has no column start"):
        await TableRecords(table, CDR).read(Instant(1), Instant(2))


@asynccontextmanager
async def running(desk: Desk) -> AsyncIterator[None]:
    task = asyncio.create_task(desk.completion.run())
    try:
        async with asyncio.timeout(60):
            yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def gap(name: str) -> LinkUp:
    """The link came back after the whole of a recording."""
    first, last = moment(records.cel(name)[0].at), moment(records.cel(name)[-1].at)
    return LinkUp(at=last, pbx=traces.PBX, gap_seconds=12.0, gap_began_at=first, pbx_restarted=False)


async def test_a_link_that_comes_back_makes_its_gap_be_looked_through(desk: Desk):
    async with running(desk):
        desk.completion.hear(gap(CUT))
        await desk.news.wait()

    assert {f.call.uniqueid for f in desk.told if isinstance(f, CallRetold)} == {"1795278531.329"}


async def test_at_the_start_calls_that_were_left_unfinished_are_looked_for(desk: Desk):
    """We died before we could: nothing but the store remembers."""
    lost = await live(desk, RANG)
    async with running(desk):
        await desk.news.wait()

    assert lost.call_id in {f.call.call_id for f in desk.told if isinstance(f, CallRetold)}


async def test_at_the_start_the_gaps_of_the_last_day_are_looked_through(desk: Desk):
    await desk.store(gap(CUT))
    async with running(desk):
        await desk.news.wait()

    assert {f.call.uniqueid for f in desk.told if isinstance(f, CallRetold)} == {"1795278531.329"}


async def test_records_that_are_away_are_tried_again(
    database: Database, pool: Pool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("callcenter.app.completion.RETRY", (0.05, 0.05))
    desk = Desk(pool, PbxRecords(cel=f"{database.dsn}#late", cdr=None))
    with structlog.testing.capture_logs() as log:
        async with running(desk):
            desk.completion.hear(gap(CUT))
            while not any(line["event"] == "records_unavailable" for line in log):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            await fill(database, CUT, table="late")
            await desk.news.wait()

    assert len([line for line in log if line["event"] == "records_unavailable"]) == 1
    assert "4930900004" not in str(log)


async def test_nothing_is_compared_while_postgres_does_not_have_what_was_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    async def not_yet() -> bool:
        return False

    monkeypatch.setattr(desk.completion, "_settled", not_yet)
    with pytest.raises(StoreAway, match="does not have yet"):
        await desk.look(CUT)


async def test_a_link_that_comes_and_goes_all_day_makes_no_endless_list(pool: Pool):
    desk = Desk(pool, PbxRecords(cel=None, cdr=None))
    up = gap(CUT)
    for n in range(1000):
        later = timedelta(seconds=n)
        desk.completion.hear(replace(up, at=up.at + later, gap_began_at=(up.gap_began_at or up.at) + later))
    jobs = [job for _, _, job in desk.completion._jobs]

    assert len(jobs) <= 40
    assert min(job.began_at for job in jobs if job.began_at) == up.gap_began_at
    assert max(job.ended_at for job in jobs) == up.at + timedelta(seconds=999)


def test_the_link_of_a_pbx_without_records_is_nothing_to_look_into(pool: Pool):
    desk = Desk(pool, PbxRecords(cel=None, cdr=None))
    desk.completion.hear(replace(gap(CUT), pbx=PbxName("other")))
    desk.completion.hear(replace(gap(CUT), gap_began_at=None))

    assert desk.completion._jobs == []
