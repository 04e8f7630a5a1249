"""Finding calls: filters, pages that stay put, and none of another's."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.facts import CallEnded
from callcenter.store import batch
from callcenter.store.calls import CallStore
from callcenter.store.pool import StoreAway, open_pool
from callcenter.store.rows import row_of
from callcenter.terms import AgentId, CallId, Direction, HotlineNumber, Outcome
from callcenter.web.ports import CallFilter, Position
from tests.support.factories import NOON, make_call, missed_call, waiting_call

MINUTE = timedelta(minutes=1)


async def tell(pool, *calls):
    async with pool.acquire() as connection:
        await batch.prepare(connection)
        await batch.apply(connection, [row_of(CallEnded(at=call.arrived_at, call=call)) for call in calls])


def many(count):
    """Calls of three hotlines and of none, in every outcome, some at the same instant."""
    outcomes = [None, *Outcome]
    for n in range(count):
        outcome = outcomes[n % len(outcomes)]
        make = {None: waiting_call, Outcome.ANSWERED: make_call}.get(outcome, missed_call)
        changes = {} if make is not missed_call else {"outcome": outcome}
        yield make(
            n,
            arrived_at=NOON + (n // 2) * MINUTE,
            hotline=None if n % 4 == 3 else HotlineNumber(f"400{n % 4}"),
            direction=list(Direction)[n % 3],
            agent_id=AgentId(f"100{n % 3}") if outcome is Outcome.ANSWERED else None,
            **changes,
        )


async def pages(store, wanted, size):
    found, after = [], None
    while page := await store.page(wanted, after, size):
        assert len(page) <= size
        found += page
        after = Position(arrived_at=page[-1].arrived_at, call_id=page[-1].call_id)
    return found


def latest_first(calls):
    return sorted(calls, key=lambda call: (call.arrived_at, call.call_id), reverse=True)


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (CallFilter(), lambda c: True),
        (CallFilter(hotline=HotlineNumber("4001")), lambda c: c.hotline == "4001"),
        (CallFilter(start=NOON + 5 * MINUTE), lambda c: c.arrived_at >= NOON + 5 * MINUTE),
        (CallFilter(end=NOON + 5 * MINUTE), lambda c: c.arrived_at < NOON + 5 * MINUTE),
        (CallFilter(outcome=Outcome.BUSY), lambda c: c.outcome is Outcome.BUSY),
        (CallFilter(agent=AgentId("1001")), lambda c: c.agent_id == "1001"),
        (CallFilter(direction=Direction.INTERNAL), lambda c: c.direction is Direction.INTERNAL),
        (CallFilter(missed=True), lambda c: c.missed),
        (CallFilter(missed=False), lambda c: c.outcome is Outcome.ANSWERED),
        (
            CallFilter(hotline=HotlineNumber("4002"), missed=True, start=NOON + 2 * MINUTE),
            lambda c: c.hotline == "4002" and c.missed and c.arrived_at >= NOON + 2 * MINUTE,
        ),
        (CallFilter(hotline=HotlineNumber("none such")), lambda c: False),
        (CallFilter(hotline=HotlineNumber("4001\0")), lambda c: False),
    ],
)
async def test_each_filter_finds_just_its_calls_and_pages_leave_none_out(pool, wanted, fits):
    calls = list(many(60))
    await tell(pool, *calls)
    expected = latest_first(call for call in calls if fits(call))
    store = CallStore(pool)
    assert await pages(store, wanted, 7) == expected
    assert list(await store.page(wanted, None, 1000)) == expected


async def test_calls_that_come_between_two_pages_shift_nothing(pool):
    calls = list(many(40))
    await tell(pool, *calls[::2])
    store, found, after = CallStore(pool), [], None
    late = iter(random.Random(1).sample(calls[1::2], 20))
    while page := await store.page(CallFilter(), after, 3):
        found += page
        after = Position(arrived_at=page[-1].arrived_at, call_id=page[-1].call_id)
        await tell(pool, *(replace(call, seq=1) for call in (next(late), next(late))))
    ids = [call.call_id for call in found]
    assert len(ids) == len(set(ids))
    assert {call.call_id for call in calls[::2]} <= set(ids)
    assert ids == [call.call_id for call in latest_first(found)]


async def test_a_day_is_one_hotlines_calls_in_order_of_arrival(pool):
    calls = list(many(40))
    await tell(pool, *calls)
    day = await CallStore(pool).day(HotlineNumber("4001"), NOON + 2 * MINUTE, NOON + 10 * MINUTE)
    expected = [
        c for c in calls if c.hotline == "4001" and NOON + 2 * MINUTE <= c.arrived_at < NOON + 10 * MINUTE
    ]
    assert day == sorted(expected, key=lambda call: (call.arrived_at, call.call_id))
    assert day


async def test_a_call_that_nobody_told_of_is_none(pool):
    assert await CallStore(pool).get(CallId("main:1.1")) is None
    assert await CallStore(pool).get(CallId("main:\0")) is None


async def test_times_far_from_our_days_are_just_empty(pool):
    wanted = CallFilter(start=datetime(1, 1, 2, tzinfo=UTC), end=datetime(9999, 12, 30, tzinfo=UTC))
    assert await CallStore(pool).page(wanted, None, 5) == []


async def test_while_postgres_is_away_readers_say_so_in_one_sentence(tmp_path):
    nowhere = await open_pool(f"postgresql://u:p@/db?host={tmp_path}")
    with pytest.raises(StoreAway, match="PostgreSQL is not running"):
        await CallStore(nowhere).get(CallId("main:1.1"))
    await nowhere.close()


async def test_before_the_first_migration_readers_say_what_to_do(postgres_server, postgres_dsn):
    bare = await open_pool(postgres_dsn)
    with pytest.raises(StoreAway, match="callcenter migrate"):
        await CallStore(bare).get(CallId("main:1.1"))
    await bare.close()
