"""Months as partitions: there before they begin, filled when history comes late, gone when expired."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from callcenter.facts import CallEnded
from callcenter.store import batch, partitions
from callcenter.store.calls import CallStore
from callcenter.store.pool import StoreAway
from callcenter.store.rows import row_of
from tests.support.factories import NOON, make_call
from tests.support.history import answered_story

EDGE = datetime(2026, 12, 1, tzinfo=UTC)
LONG_AGO = datetime(2024, 2, 29, 12, tzinfo=UTC)
LAST_INSTANT = EDGE - timedelta(microseconds=1)


async def tell(pool, *facts):
    async with pool.acquire() as connection:
        await batch.prepare(connection)
        await batch.apply(connection, [row_of(fact) for fact in facts])


async def partition_of(pool, call_id):
    return await pool.fetchval(
        "SELECT relname FROM callcenter.call AS c JOIN pg_class AS p ON p.oid = c.tableoid"
        " WHERE call_id = $1",
        call_id,
    )


async def test_calls_on_both_sides_of_midnight_utc_land_in_their_own_months(pool):
    calls = make_call(1, arrived_at=LAST_INSTANT), make_call(2, arrived_at=EDGE)
    await tell(pool, *(CallEnded(at=call.arrived_at, call=call) for call in calls))
    assert await partition_of(pool, calls[0].call_id) == "call_2026_11"
    assert await partition_of(pool, calls[1].call_id) == "call_2026_12"
    assert list(await CallStore(pool).day("4001", LAST_INSTANT, EDGE + timedelta(days=1))) == list(calls)


async def test_months_are_made_ahead_and_a_second_round_makes_nothing(database, pool):
    april = datetime(2027, 4, 15, tzinfo=UTC)
    done = await partitions.keep(database.owner_dsn, april)
    assert {"call_2027_03", "call_2027_07", "fact_2027_07", "access_log_2027_07"} <= set(done.made)
    assert "call_2027_08" not in done.made
    assert await partitions.keep(database.owner_dsn, april) == partitions.Round(
        made=(), filled=(), dropped=()
    )


async def test_history_that_comes_late_waits_in_the_default_partition_and_is_moved_to_its_month(
    database, pool
):
    facts = answered_story(1, at=LONG_AGO)
    call = facts[-1].call
    await tell(pool, *facts)
    assert await partition_of(pool, call.call_id) == "call_default"
    done = await partitions.keep(database.owner_dsn, NOON)
    assert set(done.filled) == {
        "call_2024_02", "attempt_2024_02", "transfer_2024_02", "recording_2024_02", "fact_2024_02",
    }  # fmt: skip
    assert await partition_of(pool, call.call_id) == "call_2024_02"
    assert await CallStore(pool).get(call.call_id) == call
    await tell(pool, *facts)
    assert await CallStore(pool).get(call.call_id) == call


async def test_months_past_their_time_are_dropped_and_only_of_the_tables_that_say_so(database, pool):
    await tell(pool, *answered_story(1, at=LONG_AGO), *answered_story(2, at=NOON))
    done = await partitions.keep(database.owner_dsn, NOON, months={"call": 12, "attempt": 12})
    assert set(done.dropped) == {"call_2024_02", "attempt_2024_02"}
    assert [call.arrived_at for call in await CallStore(pool).day("4001", LONG_AGO, EDGE)] == [NOON]
    assert await pool.fetchval("SELECT count(*) FROM callcenter.fact WHERE at < '2025-01-01'") == 5


async def test_the_month_before_the_oldest_kept_one_goes_and_the_oldest_stays(database, pool):
    await tell(
        pool,
        *answered_story(1, at=datetime(2026, 8, 31, 23, 59, tzinfo=UTC)),
        *answered_story(2, at=datetime(2026, 9, 1, tzinfo=UTC)),
    )
    done = await partitions.keep(database.owner_dsn, NOON, months={"call": 2})
    assert done.dropped == ("call_2026_08",)


async def test_the_service_itself_may_neither_make_nor_drop_months(database):
    with pytest.raises(StoreAway, match="may not"):
        await partitions.keep(database.dsn, datetime(2030, 1, 1, tzinfo=UTC))


async def test_a_table_in_use_is_waited_for_and_then_left_to_the_next_round(database, pool, monkeypatch):
    monkeypatch.setattr(partitions, "WAIT", "SET LOCAL lock_timeout = '50ms'")
    reader = await asyncpg.connect(database.dsn)
    async with reader.transaction():
        await reader.fetch("SELECT * FROM callcenter.call")
        await tell(pool, *answered_story(1, at=LONG_AGO))
        with pytest.raises(StoreAway, match="LockNotAvailable"):
            await partitions.keep(database.owner_dsn, NOON)
    await reader.close()
    assert "call_2024_02" in (await partitions.keep(database.owner_dsn, NOON)).filled
