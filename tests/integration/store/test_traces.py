"""Recordings of the real PBX through the store: played twice nothing changes, and all reads back as told."""

import pytest

from callcenter.facts import CallEnded
from callcenter.store import batch
from callcenter.store.calls import CallStore
from callcenter.store.pool import Pool
from callcenter.store.rows import row_of
from tests.support import traces
from tests.support.history import contents


async def _play(pool: Pool, name: str) -> None:
    """The whole recording, through a tracker of its own, into PostgreSQL."""
    rows = [row_of(fact) for fact in traces.follow(traces.events(name))]
    async with pool.acquire() as connection:
        await batch.prepare(connection)
        await batch.apply(connection, rows)


@pytest.mark.parametrize("name", traces.NAMES)
async def test_a_recording_played_twice_changes_nothing(pool: Pool, name: str) -> None:
    """The second playing finds everything there already; each call reads back exactly as it was told."""
    await _play(pool, name)
    once = await contents(pool)
    await _play(pool, name)

    assert await contents(pool) == once
    store = CallStore(pool)
    for fact in traces.follow(traces.events(name)):
        if isinstance(fact, CallEnded):
            assert await store.get(fact.call.call_id) == fact.call
