"""How Alembic runs the migrations: on a connection it is handed, as a script, or on ``-x dsn=…``."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from callcenter.store import migrate

LIMITS = "SET LOCAL lock_timeout = '10s'", "SET LOCAL statement_timeout = '1h'"
"""A migration waits so long for a table in use: behind it everybody else would wait."""


def on(connection: Connection | None) -> None:
    """Migrate on *connection*; without one, write the script."""
    context.configure(
        connection=connection,
        dialect_name=None if connection else "postgresql",
        literal_binds=connection is None,
        version_table="alembic_version",
        version_table_schema=migrate.SCHEMA,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        for limit in LIMITS:
            context.execute(limit)
        if connection is not None:
            context.execute(migrate.ONE_AT_A_TIME)
        context.execute(f"CREATE SCHEMA IF NOT EXISTS {migrate.SCHEMA}")
        context.run_migrations()


if context.is_offline_mode():
    on(None)
elif "connection" in context.config.attributes:
    on(context.config.attributes["connection"])
else:
    asyncio.run(migrate.connected(context.get_x_argument(as_dictionary=True)["dsn"], on))
