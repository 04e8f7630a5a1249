"""Calls judged again: the new telling counts, the old one stays readable, and neither can be changed."""

from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from callcenter.facts import CallEnded
from callcenter.store import batch
from callcenter.store.calls import CallStore
from callcenter.store.rows import row_of
from callcenter.store.versions import Retelling, VersionStore
from callcenter.terms import PbxName
from tests.support.factories import NOON, make_call

MAIN = PbxName("main")


async def tell(pool, *calls):
    async with pool.acquire() as connection:
        await batch.prepare(connection)
        await batch.apply(connection, [row_of(CallEnded(at=call.arrived_at, call=call)) for call in calls])


def late(call):
    return replace(call, target_rings=1, on_time=False, seq=call.seq + 1)


@pytest.fixture
def versions(pool):
    return VersionStore(pool)


async def test_the_new_telling_is_in_force_and_the_old_one_is_version_one(pool, versions):
    call = make_call(1)
    await tell(pool, call)
    assert await versions.retell([Retelling(call, late(call), "judged again: on_time")]) == [late(call)]
    assert await CallStore(pool).get(call.call_id) == late(call)
    (version,) = await versions.versions(call)
    assert (version.version, version.told, version.reason) == (1, call, "judged again: on_time")
    assert await pool.fetchval("SELECT count(*) FROM callcenter.fact WHERE kind = 'call_retold'") == 1


async def test_each_time_adds_a_version(pool, versions):
    call = make_call(1)
    await tell(pool, call)
    await versions.retell([Retelling(call, late(call), "once")])
    again = replace(late(call), target_rings=2, on_time=True, seq=call.seq + 2)
    await versions.retell([Retelling(late(call), again, "twice")])
    assert [v.told.target_rings for v in await versions.versions(call)] == [3, 1]
    assert await CallStore(pool).get(call.call_id) == again


async def test_a_call_that_was_told_otherwise_meanwhile_is_left_alone(pool, versions):
    call = make_call(1)
    await tell(pool, call)
    await versions.retell([Retelling(call, late(call), "first")])
    assert await versions.retell([Retelling(call, late(call), "second")]) == []
    assert len(await versions.versions(call)) == 1


async def test_all_or_none(pool, versions):
    first, second = make_call(1), make_call(2)
    await tell(pool, first, second)
    impossible = replace(late(second), target_rings=1 << 40)
    with pytest.raises(OverflowError):
        await versions.retell([Retelling(first, late(first), "x"), Retelling(second, impossible, "x")])
    assert await CallStore(pool).get(first.call_id) == first
    assert await versions.versions(first) == []


async def test_the_service_can_t_change_what_was_told(pool, versions):
    call = make_call(1)
    await tell(pool, call)
    await versions.retell([Retelling(call, late(call), "x")])
    for statement in (
        "UPDATE callcenter.call_version SET reason = ''",
        "DELETE FROM callcenter.call_version",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(statement)


async def test_versions_land_in_the_month_of_their_call(pool, versions):
    call = make_call(1)
    await tell(pool, call)
    await versions.retell([Retelling(call, late(call), "x")])
    found = await pool.fetchval(
        "SELECT relname FROM callcenter.call_version AS v JOIN pg_class AS p ON p.oid = v.tableoid"
    )
    assert found == f"call_version_{NOON:%Y_%m}"


async def test_the_calls_of_a_time_are_those_that_arrived_in_it_at_that_pbx(pool, versions):
    calls = [make_call(n, arrived_at=NOON + timedelta(minutes=n)) for n in range(1, 4)]
    await tell(pool, *calls)
    found = await versions.arrived(MAIN, NOON + timedelta(minutes=1), NOON + timedelta(minutes=3))
    assert found == calls[:2]
    assert await versions.arrived(PbxName("other"), NOON, NOON + timedelta(days=1)) == []


async def test_what_was_judged_again_since_can_be_asked_for(pool, versions):
    calls = make_call(1), make_call(2)
    await tell(pool, *calls)
    before = await versions.now()
    await versions.retell([Retelling(calls[1], late(calls[1]), "x")])
    assert await versions.since(before, NOON) == [late(calls[1])]
    assert await versions.since(await versions.now() + timedelta(seconds=1), NOON) == []
    assert await versions.since(before, NOON + timedelta(days=1)) == []
