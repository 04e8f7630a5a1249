"""Connections to PostgreSQL, and one way to say that it is away."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

Pool = asyncpg.Pool
Connection = asyncpg.pool.PoolConnectionProxy

AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""What asyncpg raises when the server can't be reached or went away in the middle. It calls it a fault of its
own where a server that was killed left a transaction open: putting the connection back then fails."""

REFUSING = (
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.InvalidSchemaNameError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""What a server says that is there and can't serve us: starting, stopping, full, not migrated, no rights."""


class StoreAway(ConnectionError):
    """PostgreSQL can't be asked now. The text is one sentence for an operator and holds no data."""


async def open_pool(dsn: str, *, size: int = 8, timeout: float = 30.0) -> Pool:
    """A pool of at most *size* connections, which opens them when they are needed: PostgreSQL may be away.

    *timeout*: seconds that a statement may take. Statements are planned for the values they are given,
    since one statement serves many filters and a generic plan would read whole months.
    """
    settings = {
        "application_name": "callcenter",
        "timezone": "UTC",
        "plan_cache_mode": "force_custom_plan",
        "jit": "off",
    }
    return await asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=size,
        command_timeout=timeout,
        timeout=10.0,
        max_inactive_connection_lifetime=300.0,
        server_settings=settings,
    )


@asynccontextmanager
async def reading(pool: Pool) -> AsyncIterator[Connection]:
    """A connection to ask a question with. Raises StoreAway when there is nobody to answer."""
    try:
        async with pool.acquire() as connection:
            yield connection
    except (*AWAY, *REFUSING) as error:
        if is_bad_value(error):
            raise
        raise StoreAway(why(error)) from error


def is_bad_value(error: BaseException) -> bool:
    """Whether a value was at fault and not the server: asyncpg's own DataError is also an InterfaceError."""
    return isinstance(error, asyncpg.DataError) or (
        isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError)
    )


def why(error: BaseException) -> str:
    """One sentence for an operator: the kind of error and the server's code, never a row's contents."""
    match error:
        case (
            asyncpg.UndefinedTableError() | asyncpg.UndefinedColumnError() | asyncpg.InvalidSchemaNameError()
        ):
            return "the database has not been migrated: run `callcenter migrate`"
        case asyncpg.InvalidAuthorizationSpecificationError():
            return "PostgreSQL refuses the user or the password"
        case asyncpg.InvalidCatalogNameError():
            return "the database does not exist"
        case asyncpg.InsufficientPrivilegeError():
            return "the database user may not do that: grant it the role callcenter_service"
        case asyncpg.DiskFullError():
            return "PostgreSQL's disk is full"
        case asyncpg.PostgresError():
            return f"PostgreSQL says {type(error).__name__} ({error.sqlstate})"
        case TimeoutError():
            return "PostgreSQL does not answer in time"
        case ConnectionRefusedError() | FileNotFoundError():
            return "PostgreSQL is not running, or not at this address"
    return f"PostgreSQL can't be reached ({type(error).__name__})"
