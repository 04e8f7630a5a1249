"""A PostgreSQL of our own, for those who have none: one folder, one Unix socket, no port.

It runs exactly as long as the process that started it. If that one is killed, the kernel tells the
server to shut down cleanly (``PR_SET_PDEATHSIG``), which is why `EmbeddedPostgres.start` insists on
the main thread: the signal comes when the *thread* ends that started it. Whoever comes second to the
same ``data_dir`` joins the running server and leaves it running.

The service's role, ``callcenter``, owns nothing; ``callcenter_owner`` migrates and keeps partitions.
"""

import asyncio
import fcntl
import os
import secrets
import signal
import subprocess
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import monotonic
from urllib.parse import quote

import asyncpg
import structlog

from callcenter.store import place as places
from callcenter.store.binaries import Binaries
from callcenter.store.cluster import (
    DATABASE,
    LEAVING,
    SETTINGS,
    SUPERUSER,
    last_words,
    make_cluster,
    sentence,
)
from callcenter.store.place import Place, PostgresFailed
from callcenter.store.postmaster import POLL, choose, ended, pid_file, spawn

log = structlog.get_logger(__name__)

SERVICE = "callcenter"
"""The role that the service works as."""
SUCCESSION = 20.0
"""Seconds that the processes of a killed server have to leave."""


class EmbeddedPostgres:
    """The PostgreSQL in *data_dir*: made at the first start, joined where it already runs.

    *user*: who it runs as when we are root (default: uid 65534). *patience*: seconds that it may take
    to start, which after a crash of the machine means reading its log. *settings*: PostgreSQL's own, in
    place of those of `cluster.SETTINGS`.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        user: str | None = None,
        patience: float = 300.0,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._data_dir = data_dir.absolute()
        self._user = user
        self._settings = {**SETTINGS, **(settings or {})}
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: Path | None = None

    @property
    def dsn(self) -> str:
        """For the service: reads and writes, owns nothing."""
        return self._dsn(SERVICE, DATABASE)

    @property
    def owner_dsn(self) -> str:
        """For migrations and partitions."""
        return self._dsn(SUPERUSER, DATABASE)

    @property
    def started_here(self) -> bool:
        """Whether the server is this object's to stop."""
        return self._process is not None

    async def start(self) -> None:
        """Start the server, or join it if it runs. Raises PostgresFailed."""
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("PostgreSQL lives as long as the thread that starts it: use the main thread")
        place = places.settle(self._data_dir, places.runner(self._user))
        places.check_owner(place)
        async with self._alone():
            if await self._joined(place):
                log.info("postgres_joined", place=str(place.home))
                return
            await self._launch(place)
            log.info("postgres_started", place=str(place.home))

    async def stop(self) -> None:
        """Stop the server if it was started here: what is committed stays, connections are cut."""
        process, self._process = self._process, None
        if process is None:
            return
        for signum, seconds in ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0)):
            process.send_signal(signum)
            if await ended(process, seconds):
                break
        if self._socket is not None and self._socket.name != "socket":
            with suppress(OSError):
                self._socket.rmdir()
        log.info("postgres_stopped", code=process.returncode)

    async def keep_up(self, interval: float = 1.0) -> None:
        """Until cancelled, start the server again whenever it is gone, whoever had started it."""
        while True:
            await asyncio.sleep(interval)
            if await self._alive():
                continue
            log.warning("postgres_gone", code=self._process.returncode if self._process else None)
            self._process = None
            try:
                await self.start()
            except PostgresFailed as error:
                log.error("postgres_failed", why=str(error))  # noqa: TRY400 -- the sentence is enough
                await asyncio.sleep(10 * interval)

    def _dsn(self, role: str, database: str) -> str:
        if self._socket is None:
            raise PostgresFailed("PostgreSQL has not been started")
        password = (self._data_dir / "postgres.password").read_text().strip()
        return (
            f"postgresql://{role}:{password}@/{database}?host={quote(str(self._socket), safe='/')}&port=5432"
        )

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """Keeps two starts on one data_dir from running into each other."""
        end = monotonic() + self._patience
        with (self._data_dir / "postgres.lock").open("w") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if monotonic() > end:
                        raise PostgresFailed(
                            f"another process is starting PostgreSQL in {self._data_dir}"
                        ) from None
                    await asyncio.sleep(POLL)
            yield

    async def _joined(self, place: Place) -> bool:
        """Whether a server already runs here and lets us in."""
        lines = pid_file(place)
        if len(lines) < 5 or not (self._data_dir / "postgres.password").exists():
            return False
        self._socket = Path(lines[4])
        return await self._answers()

    async def _alive(self) -> bool:
        if self._process is not None:
            return self._process.poll() is None
        return await self._answers()

    async def _answers(self, database: str = "postgres") -> bool:
        try:
            connection = await asyncpg.connect(self._dsn(SUPERUSER, database), timeout=10)
        except (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.PostgresConnectionError):
            return False
        except asyncpg.InvalidAuthorizationSpecificationError:
            raise PostgresFailed(
                f"{self._data_dir}/postgres.password does not open the database beside it"
            ) from None
        await connection.close()
        return True

    async def _launch(self, place: Place) -> None:
        password = self._password()
        binaries = await asyncio.to_thread(choose, place)
        if not (place.data / "PG_VERSION").exists():
            await asyncio.to_thread(make_cluster, place, binaries, password)
        self._socket = places.socket_folder(place)
        settings = {**self._settings, "unix_socket_directories": str(self._socket)}
        try:
            await self._spawn_at_last(place, binaries, settings)
            await self._provide(password)
        except BaseException:
            await self.stop()
            raise

    async def _spawn_at_last(self, place: Place, binaries: Binaries, settings: dict[str, str]) -> None:
        """Start the server; where what is left of a killed one still goes, as soon as it has gone."""
        end = monotonic() + SUCCESSION
        while True:
            self._process = spawn(place, binaries, settings)
            try:
                return await self._until_ready(place, self._process)
            except PostgresFailed:
                if LEAVING not in last_words(place) or monotonic() > end:
                    raise
            await asyncio.sleep(POLL)

    def _password(self) -> str:
        path = self._data_dir / "postgres.password"
        if not path.exists():
            with (
                suppress(FileExistsError),
                os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file,
            ):
                file.write(secrets.token_urlsafe(24))
        return path.read_text().strip()

    async def _until_ready(self, place: Place, process: subprocess.Popen[bytes]) -> None:
        end = monotonic() + self._patience
        while not await self._answers():
            if process.poll() is not None:
                raise PostgresFailed(sentence(last_words(place), place))
            if monotonic() > end:
                raise PostgresFailed(
                    f"PostgreSQL did not start within {self._patience:.0f} s, see {place.data}/log"
                )
            await asyncio.sleep(POLL)

    async def _provide(self, password: str) -> None:
        """The service's role and the database, unless they are there."""
        connection = await asyncpg.connect(self._dsn(SUPERUSER, "postgres"), timeout=10)
        try:
            if not await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", SERVICE):
                await connection.execute(f"CREATE ROLE {SERVICE} LOGIN PASSWORD '{password}'")
            if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE):
                await connection.execute(f"CREATE DATABASE {DATABASE}")
        finally:
            await connection.close()
