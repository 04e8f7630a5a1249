"""Whatever a dead server makes the driver say, it is one thing for us: PostgreSQL is away."""

from contextlib import asynccontextmanager
from typing import Any, cast

import asyncpg
import pytest

from callcenter.store.pool import Pool, StoreAway, reading
from callcenter.store.writer import is_poison


class KilledInTheMiddle:
    """A pool whose server is killed while a question is asked: giving the connection back fails."""

    @asynccontextmanager
    async def acquire(self) -> Any:
        yield object()
        raise asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress")


async def test_a_server_killed_in_the_middle_of_a_question_is_away_and_ends_nothing():
    with pytest.raises(StoreAway):
        async with reading(cast("Pool", KilledInTheMiddle())):
            pass


def test_a_server_killed_in_the_middle_of_a_delivery_is_no_fault_of_the_row():
    """It is delivered again, not set aside."""
    assert not is_poison(asyncpg.InternalClientError("got result for unknown protocol state 3"))
