"""Facts reach PostgreSQL through the outbox: none lost, none twice, in whichever order they come."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from callcenter.facts import CallAnswered, CallEnded, CallOffered, PhoneRang
from callcenter.store.calls import CallStore
from callcenter.store.spool import Spool
from callcenter.store.writer import Writer
from callcenter.terms import Phone
from tests.support.factories import NOON, make_call, waiting_call


@asynccontextmanager
async def writing(spool, pool):
    writer = Writer(spool, pool)
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


async def test_a_call_that_ended_can_be_read_back_exactly_as_it_was_told(spool, pool):
    call = make_call()
    spool.append([CallOffered(at=NOON, call=waiting_call()), CallEnded(at=call.ended_at, call=call)])
    async with writing(spool, pool) as writer:
        assert await writer.drain(10)
    assert await CallStore(pool).get(call.call_id) == call
