"""PostgreSQL as the configuration has it: our own in ``data_dir``, or the operator's by its DSN."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import unquote, urlsplit

from callcenter.config import Config
from callcenter.store.embedded import EmbeddedPostgres
from callcenter.store.migrate import upgrade
from callcenter.store.pool import Pool, open_pool


class Database:
    """Where the history is. An operator's PostgreSQL may be away; our own runs from :meth:`start` on."""

    def __init__(self, config: Config) -> None:
        self._given = config.database
        self._embedded = EmbeddedPostgres(config.data_dir) if config.embedded else None
        self.log_archive = config.data_dir / "logbook"
        """Where the duty log's months are kept as files."""

    @property
    def embedded(self) -> EmbeddedPostgres | None:
        """The PostgreSQL of our own, if it is that."""
        return self._embedded

    @property
    def dsn(self) -> str:
        """For reading and writing."""
        if self._embedded is not None:
            return self._embedded.dsn
        return self._given.dsn.get_secret_value() if self._given.dsn else ""

    @property
    def owner_dsn(self) -> str | None:
        """For migrations and partitions; None where the operator sees to these."""
        if self._embedded is not None:
            return self._embedded.owner_dsn
        return self._given.owner_dsn.get_secret_value() if self._given.owner_dsn else None

    async def start(self) -> None:
        """Start our own, or join it where it runs. Raises PostgresFailed."""
        if self._embedded is not None:
            await self._embedded.start()

    async def stop(self) -> None:
        """Stop our own if it was started here."""
        if self._embedded is not None:
            await self._embedded.stop()

    async def migrate(self) -> None:
        """Bring the schema up to date where that is ours to do. Raises StoreAway."""
        owner = self.owner_dsn
        if owner is not None:
            await upgrade(owner, service=_user(self.dsn))


@asynccontextmanager
async def connected(config: Config) -> AsyncIterator[Pool]:
    """A pool on the configured database for one command. Raises PostgresFailed, StoreAway."""
    database = Database(config)
    await database.start()
    try:
        if database.embedded is not None and database.embedded.started_here:
            await database.migrate()
        pool = await open_pool(database.dsn, size=2)
        try:
            yield pool
        finally:
            await pool.close()
    finally:
        await database.stop()


def _user(dsn: str) -> str | None:
    user = urlsplit(dsn).username
    return unquote(user) if user else None
