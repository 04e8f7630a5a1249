"""A real PostgreSQL for tests: one server, and for each test a fresh copy of a migrated database."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import asyncpg

from callcenter.store import migrate, partitions
from callcenter.store.embedded import EmbeddedPostgres
from tests.support.factories import NOON

T = TypeVar("T")

TEMPLATE = "callcenter_template"
QUICK = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off", "shared_buffers": "32MB"}
"""A server that need not survive the machine's fall: processes killed are what is tested."""


@dataclass(frozen=True, kw_only=True)
class Database:
    """One migrated database, empty, with months around `NOON`."""

    dsn: str
    """As the service: owns nothing."""
    owner_dsn: str


@dataclass(kw_only=True)
class Server:
    """A running server that databases can be had of."""

    embedded: EmbeddedPostgres
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def create(self, template: str = TEMPLATE) -> Database:
        """A fresh database, copied from the migrated one or from *template*."""
        name = f"test_{next(self.numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return Database(dsn=named(self.embedded.dsn, name), owner_dsn=named(self.embedded.owner_dsn, name))

    def drop(self, database: Database) -> None:
        name = database.dsn.partition("?")[0].rpartition("/")[2]
        self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def make_template(self) -> None:
        self._execute(f"CREATE DATABASE {TEMPLATE}")
        owner = named(self.embedded.owner_dsn, TEMPLATE)
        run(migrate.upgrade(owner, service="callcenter"))
        run(partitions.keep(owner, NOON))

    def _execute(self, statement: str) -> None:
        async def execute() -> None:
            connection = await asyncpg.connect(named(self.embedded.owner_dsn, "postgres"))
            await connection.execute(statement)
            await connection.close()

        run(execute())


def named(dsn: str, database: str) -> str:
    """*dsn* with another database."""
    address, _, options = dsn.partition("?")
    return f"{address.rpartition('/')[0]}/{database}?{options}"


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run *work* on a loop of its own, and leave the tests' loops alone."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()


@contextmanager
def open_folder() -> Iterator[Path]:
    """A fresh folder that the user without rights can walk into, unlike pytest's; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="callcenter-test-"))
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    try:
        yield folder
    finally:
        for note in folder.rglob("postgres.place"):  # a database that had to live elsewhere
            shutil.rmtree(note.read_text().strip(), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def server() -> Iterator[Server]:
    """A server with its template, stopped at the end."""
    with open_folder() as folder:
        embedded = EmbeddedPostgres(folder / "var", settings=QUICK)
        run(embedded.start())
        try:
            running = Server(embedded=embedded)
            running.make_template()
            yield running
        finally:
            run(embedded.stop())
