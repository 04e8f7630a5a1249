"""Fixtures for everybody."""

from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from callcenter.store.pool import Pool, open_pool
from tests.support import postgres
from tests.support.postgres import Database, Server

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")  # a busy machine is no failure: speed is measured by benchmarks


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A real PostgreSQL, one for each worker of the test run."""
    with postgres.server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_dsn(postgres_server: Server) -> str:
    """The server as its superuser, database ``callcenter``, not migrated."""
    return postgres_server.embedded.owner_dsn


@pytest.fixture
def database(postgres_server: Server) -> Iterator[Database]:
    """A database of this test's own, migrated and empty."""
    fresh = postgres_server.create()
    yield fresh
    postgres_server.drop(fresh)


@pytest.fixture
def other_database(postgres_server: Server) -> Iterator[Database]:
    """A second one, to compare with."""
    fresh = postgres_server.create()
    yield fresh
    postgres_server.drop(fresh)


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[Pool]:
    """The service's connections to `database`."""
    connections = await open_pool(database.dsn)
    yield connections
    await connections.close()
