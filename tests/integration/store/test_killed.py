"""The service may be killed at any step between a fact and PostgreSQL: nothing is lost, nothing doubled."""

import asyncio
import json
import sys

import pytest

from callcenter.store.pool import open_pool
from tests.support.history import contents
from tests.support.killed import carry

MOST = 400
"""Steps of one undisturbed run, at the most."""


@pytest.fixture
async def victim():
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.killed",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip

    async def order(database, spool, step):
        line = {"dsn": database.dsn, "spool": str(spool), "step": step}
        process.stdin.write(json.dumps(line).encode() + b"\n")
        async with asyncio.timeout(60):
            said = await process.stdout.readline()
        assert said, "the victim failed by itself: see stderr"
        return json.loads(said)

    yield order
    process.stdin.close()
    assert await process.wait() == 0


async def empty(database):
    owner = await open_pool(database.owner_dsn)
    async with owner.acquire() as connection:
        await connection.execute(
            "TRUNCATE callcenter.call, callcenter.attempt, callcenter.transfer, callcenter.recording,"
            " callcenter.call_merge, callcenter.fact, callcenter.link_change, callcenter.anomaly_count"
        )
    await owner.close()


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
async def test_killed_between_any_two_steps_loses_nothing_and_doubles_nothing(
    victim, database, pool, tmp_path, part
):
    """Killed at a step, started again and let finish: the tables are as if nothing had happened."""
    whole = await victim(database, tmp_path / "whole.sqlite", 0)
    assert not whole["killed"]
    assert 40 < whole["steps"] < MOST
    undisturbed = await contents(pool)
    assert len(undisturbed["call"]) == 7
    killed = 0
    for step in range(1 + part, whole["steps"] + 1, 4):
        await empty(database)
        spool = tmp_path / f"{step}.sqlite"
        killed += (await victim(database, spool, step))["killed"]
        await carry(database.dsn, spool)
        assert await contents(pool) == undisturbed, f"killed at step {step}"
    assert killed >= 8
