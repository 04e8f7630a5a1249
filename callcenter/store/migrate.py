"""Bringing the database's schema up to this release: the owner's work, with the owner's connection.

SQLAlchemy is here for Alembic's sake alone; nothing else in the store uses it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path
from typing import TypeVar

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, pool
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from callcenter.store.pool import Pool, StoreAway, reading, why

SCHEMA = "callcenter"
"""Where the tables are; views for reports are in ``report``."""
SERVICE_ROLE = "callcenter_service"
"""The role, without login, that is granted what the service needs and owns nothing."""
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('callcenter.migrate'))"

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaState:
    """What the database's schema is and what this release needs."""

    current: str | None
    """The revision it is at; None where it has never been migrated."""
    wanted: str

    @property
    def ok(self) -> bool:
        return self.current == self.wanted

    @property
    def why(self) -> str | None:
        """What is wrong, for an operator; None when nothing is."""
        if self.ok:
            return None
        at = self.current or "nothing"
        return f"the schema is at {at} and {self.wanted} is needed: run `callcenter migrate`"


async def upgrade(owner_dsn: str, revision: str = "head", *, service: str | None = None) -> None:
    """Migrate up to *revision*, and let the login role *service* work as `SERVICE_ROLE`.

    Safe to repeat and safe to run twice at once. Raises StoreAway.
    """
    await _migrate(owner_dsn, lambda config: command.upgrade(config, revision))
    if service is not None:
        await _admit(owner_dsn, service)


async def downgrade(owner_dsn: str, revision: str) -> None:
    """Migrate down to *revision* (``base``: nothing left but the schema's name). Raises StoreAway."""
    await _migrate(owner_dsn, lambda config: command.downgrade(config, revision))


def script(revisions: str = "head", *, down: bool = False) -> str:
    """The SQL of *revisions* (``head``, or ``from:to``), for a DBA who runs it by hand."""
    text = StringIO()
    write = command.downgrade if down else command.upgrade
    write(_config(text), revisions, sql=True)
    return text.getvalue()


@cache
def wanted() -> str:
    """The revision that this release needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError("this installation has no migrations")
    return head


async def state(readers: Pool) -> SchemaState:
    """How the database's schema stands. Raises StoreAway."""
    async with reading(readers) as connection:
        exists = await connection.fetchval("SELECT to_regclass('callcenter.alembic_version')")
        found = await connection.fetch("SELECT version_num FROM callcenter.alembic_version") if exists else []
    current = found[0]["version_num"] if found else None
    return SchemaState(current=current, wanted=wanted())


async def connected(dsn: str, work: Callable[[Connection], T]) -> T:
    """Run *work* on a connection of SQLAlchemy's, made by asyncpg so that any DSN of its will do."""
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda **_: asyncpg.connect(dsn, timeout=10),
        poolclass=pool.NullPool,
    )
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


async def _migrate(dsn: str, step: Callable[[Config], None]) -> None:
    def work(connection: Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        step(config)

    try:
        await connected(dsn, work)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise StoreAway(why(error)) from error
    except DBAPIError as error:
        raise StoreAway(f"the migration failed: {_said(error)}") from error


async def _admit(dsn: str, service: str) -> None:
    """Grant the role to the login, unless the login is the owner itself."""
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        grant = await connection.fetchval(
            "SELECT format('GRANT %I TO %I', $1::text, $2::text)"
            " WHERE NOT pg_has_role($2::name, $1::name, 'MEMBER')",
            SERVICE_ROLE,
            service,
        )
        if grant:
            await connection.execute(grant)
    except asyncpg.PostgresError as error:
        raise StoreAway(f"{service} can't be granted {SERVICE_ROLE}: {why(error)}") from error
    finally:
        await connection.close()


def _said(error: DBAPIError) -> str:
    cause = error.orig.__cause__ if error.orig else None
    return str(cause or error.orig).splitlines()[0]


def _config(output: StringIO | None = None) -> Config:
    config = Config(output_buffer=output)
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    return config
