"""Facts reach PostgreSQL through the outbox: none lost, none twice, in whichever order they come."""

import asyncio
import random
import sqlite3
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings

from callcenter.facts import CallChanged, CallEnded, CallMerged, CallOffered
from callcenter.store import batch
from callcenter.store.calls import CallStore
from callcenter.store.pool import open_pool
from callcenter.store.rows import row_of
from callcenter.store.spool import Spool
from callcenter.store.writer import Writer, is_poison
from callcenter.terms import CallId, PbxName
from tests.support import strategies
from tests.support.factories import NOON, make_call, waiting_call
from tests.support.history import answered_story, contents, history
from tests.support.postgres import open_folder

NUMBERS = count(1)


@asynccontextmanager
async def writing(spool, pool, **settings):
    writer = Writer(spool, pool, **settings)
    task = asyncio.create_task(writer.run())
    try:
        yield writer
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def spool(tmp_path: Path):
    spool = Spool(tmp_path / "spool.sqlite")
    spool.open()
    yield spool
    assert spool.close()


async def apply(pool, facts):
    async with pool.acquire() as connection:
        await batch.prepare(connection)
        await batch.apply(connection, [row_of(fact) for fact in facts])


async def test_a_call_that_ended_can_be_read_back_exactly_as_it_was_told(spool, pool):
    facts = answered_story(1)
    spool.append(facts)
    async with writing(spool, pool) as writer:
        assert await writer.drain(10)
        assert writer.store_up
        assert spool.depth == 0
    assert await CallStore(pool).get(facts[-1].call.call_id) == facts[-1].call


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(call=strategies.calls(n=1, spread_hours=24 * 60))
async def test_whatever_a_call_says_comes_back_to_the_microsecond(pool, call):
    call = replace(call, call_id=CallId(f"main:{next(NUMBERS)}"))
    await apply(pool, [CallChanged(at=NOON, call=call)])
    assert await CallStore(pool).get(call.call_id) == call


async def test_every_fact_applied_twice_changes_nothing(pool):
    facts = history()
    await apply(pool, facts)
    once = await contents(pool)
    await apply(pool, facts)
    for fact in facts:
        await apply(pool, [fact, fact])
    assert await contents(pool) == once
    assert len(once["fact"]) == len(facts)


@pytest.mark.parametrize("seed", range(8))
async def test_facts_in_any_order_end_in_the_same_rows(pool, other_database, seed):
    facts = history()
    await apply(pool, facts)
    shuffled = random.Random(seed).sample(facts, len(facts))
    async with await open_pool(other_database.dsn) as other:
        for start in range(0, len(shuffled), 4):
            await apply(other, shuffled[start : start + 4])
        assert await contents(other) == await contents(pool)


async def test_a_withdrawn_call_is_kept_and_left_out_of_every_answer(pool):
    consultation = make_call(7)
    merged = CallMerged(at=NOON, pbx=PbxName("main"), call_id=consultation.call_id, into=CallId("main:1.1"))
    await apply(pool, [merged])
    await apply(pool, [CallEnded(at=NOON, call=consultation)])
    store = CallStore(pool)
    assert await store.get(consultation.call_id) is None
    assert await store.day("4001", NOON, NOON + timedelta(days=1)) == []
    (row,) = (await contents(pool))["call"]
    assert row["merged_into"] == "main:1.1"


async def test_an_older_telling_that_comes_late_does_not_undo_a_newer_one(pool):
    first, *_, last = answered_story(1)
    await apply(pool, [last])
    await apply(pool, [first])
    assert await CallStore(pool).get(last.call.call_id) == last.call


async def test_nor_does_it_when_another_writer_came_in_between_look_and_write(pool, monkeypatch):
    first, *_, last = answered_story(1)
    await apply(pool, [last])

    async def saw_nothing(*_):
        return {}

    monkeypatch.setattr(batch, "_known", saw_nothing)
    await apply(pool, [first])
    assert await CallStore(pool).get(last.call.call_id) == last.call


async def test_a_retelling_replaces_the_attempts_of_the_one_before(pool):
    ended = answered_story(1)[-1].call
    await apply(pool, [CallEnded(at=NOON, call=ended)])
    retold = replace(ended, attempts=(), transfers=(), recordings=(), seq=ended.seq + 1)
    await apply(pool, [CallEnded(at=NOON, call=retold)])
    assert await CallStore(pool).get(ended.call_id) == retold


async def test_a_call_whose_arrival_is_told_anew_stays_one_call(pool):
    call = waiting_call(1, seq=1)
    await apply(pool, [CallOffered(at=NOON, call=call)])
    moved = replace(call, arrived_at=NOON + timedelta(seconds=1), seq=2)
    await apply(pool, [CallChanged(at=NOON, call=moved)])
    assert await CallStore(pool).get(call.call_id) == replace(moved, arrived_at=NOON)
    assert len((await contents(pool))["call"]) == 1


async def test_an_anomaly_is_counted_once_by_kind_and_day(pool):
    facts = history()
    await apply(pool, facts)
    await apply(pool, facts)
    (counted,) = (await contents(pool))["anomaly_count"]
    assert (counted["kind"], counted["count"]) == ("odd_hangup", 2)


async def test_a_row_that_postgres_will_never_take_is_set_aside_and_the_rest_goes_on(spool, pool, tmp_path):
    good, bad = history(), waiting_call(50, caller_rings=2**40)
    told = []
    spool.append([*good[:8], CallChanged(at=NOON, call=bad), *good[8:]])
    async with writing(spool, pool, on_set_aside=told.append) as writer:
        assert await writer.drain(60)
    assert told == ["call_changed"]
    assert len((await contents(pool))["fact"]) == len(good)
    with sqlite3.connect(tmp_path / "spool.sqlite") as file:
        ((subject, why),) = file.execute("SELECT subject, why FROM quarantine").fetchall()
    file.close()
    assert subject == bad.call_id
    assert "4930200001" not in why


async def quarantined(folder, writer, what):
    """What was set aside, once nothing but that is left: the outbox's own thread does it."""
    async with asyncio.timeout(60):
        while True:
            with closing(sqlite3.connect(folder / "spool.sqlite")) as file:
                (waiting,) = file.execute("SELECT count(*) FROM outbox").fetchone()
                if not waiting:
                    return file.execute(f"SELECT {what} FROM quarantine").fetchall()
            await writer.drain(0.05)


async def test_a_row_that_is_no_fact_at_all_is_set_aside_too(spool, pool, tmp_path):
    with sqlite3.connect(tmp_path / "spool.sqlite") as file:
        file.execute(
            "INSERT INTO outbox (kind, pbx, subject, seq, at, body)"
            " VALUES ('call_ended', 'main', 'main:9.9', 1, 0, '{\"call\": {}}')"
        )
    file.close()
    spool.append(history())
    async with writing(spool, pool) as writer:
        assert await quarantined(tmp_path, writer, "subject, why") == [("main:9.9", "ValidationError")]
    assert len((await contents(pool))["fact"]) == len(history())


@pytest.mark.parametrize("kind", ["call_ended", "link_down", "anomaly"])
async def test_a_row_whose_bytes_rotted_on_the_disk_is_set_aside_and_the_rest_goes_on(
    spool, pool, tmp_path, kind
):
    with sqlite3.connect(tmp_path / "spool.sqlite") as file:
        file.execute(
            "INSERT INTO outbox (kind, pbx, subject, seq, at, body)"
            " VALUES (?, 'main', CAST(x'6d61696e3af0' AS TEXT), 1, 0, CAST(x'7b22ff7d' AS TEXT))",
            (kind,),
        )
    file.close()
    spool.append(history())
    told = []
    async with writing(spool, pool, on_set_aside=told.append) as writer:
        assert await quarantined(tmp_path, writer, "hex(body)") == [("7B22FF7D",)]
    assert told == [kind]
    assert len((await contents(pool))["fact"]) == len(history())


async def test_what_was_set_aside_is_tried_again_at_the_next_start(spool, pool, tmp_path):
    spool.append([CallChanged(at=NOON, call=waiting_call(50, caller_rings=2**40))])
    async with writing(spool, pool) as writer:
        assert await writer.drain(60)
    assert spool.close()
    again = Spool(tmp_path / "spool.sqlite")
    again.open()
    try:
        assert again.depth == 1
    finally:
        again.close()


async def test_a_nul_byte_in_what_the_pbx_says_costs_nothing_but_the_byte(spool, pool):
    call = make_call(3, caller="49\x0030", dialled="4\x00001")
    spool.append([CallEnded(at=NOON, call=call)])
    async with writing(spool, pool) as writer:
        assert await writer.drain(10)
    stored = await CallStore(pool).get(call.call_id)
    assert stored == replace(call, caller="49\ufffd30", dialled="4\ufffd001")


async def test_postgres_may_stop_and_come_back_without_anything_lost_or_doubled(tmp_path):
    """A server of its own, since it is stopped in the middle."""
    from callcenter.store import migrate
    from callcenter.store.embedded import EmbeddedPostgres

    facts = history(12)
    with open_folder() as folder:
        server = EmbeddedPostgres(folder / "var")
        await server.start()
        await migrate.upgrade(server.owner_dsn, service="callcenter")
        spool, pool = Spool(tmp_path / "spool.sqlite"), await open_pool(server.dsn)
        spool.open()
        async with writing(spool, pool) as writer:
            spool.append(facts[:20])
            assert await writer.drain(60)
            await server.stop()
            spool.append(facts[20:])
            assert await spool.flush(10)
            assert not await writer.drain(1.0)
            assert not writer.store_up
            assert writer.why
            assert writer.oldest == facts[20].at
            await server.start()
            assert await writer.drain(40)
            assert writer.store_up
        stored = await contents(pool)
        await pool.close()
        assert spool.close()
        await server.stop()
    assert len(stored["fact"]) == len(facts)
    assert len({row["call_id"] for row in stored["call"]}) == len(stored["call"]) == 13


@pytest.mark.parametrize(
    ("error", "rows_fault"),
    [
        (asyncpg.NumericValueOutOfRangeError("x"), True),
        (asyncpg.NotNullViolationError("x"), True),
        (asyncpg.ProgramLimitExceededError("x"), True),
        (ValueError("x"), True),
        (asyncpg.CheckViolationError("x"), False),
        (asyncpg.DeadlockDetectedError("x"), False),
        (asyncpg.DiskFullError("x"), False),
        (asyncpg.UndefinedTableError("x"), False),
        (asyncpg.InsufficientPrivilegeError("x"), False),
        (ConnectionResetError("x"), False),
        (TimeoutError("x"), False),
    ],
)
def test_only_a_row_at_fault_is_set_aside_and_never_for_the_servers_troubles(error, rows_fault):
    assert is_poison(error) is rows_fault
