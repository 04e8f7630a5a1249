"""The outbox's file: SQLite in WAL mode, every commit on the disk before it counts.

One thread writes through an `Outbox`; readers open the file by themselves and see only what is
committed.
"""

import fcntl
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple

import structlog

from callcenter.store.queries import load
from callcenter.store.rows import Row
from callcenter.terms import PbxName

log = structlog.get_logger(__name__)

VERSION = 1
_SCHEMA = f"""
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL, pbx TEXT NOT NULL, subject TEXT NOT NULL,
    seq INTEGER NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS checkpoint (pbx TEXT PRIMARY KEY, state BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS quarantine (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL, pbx TEXT NOT NULL, subject TEXT NOT NULL,
    seq INTEGER NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL,
    why TEXT NOT NULL
);
PRAGMA user_version = {VERSION};
COMMIT;
"""
_SETTINGS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA journal_size_limit = 16777216",
    "PRAGMA busy_timeout = 5000",
)
_SQL = load("outbox")
_SPARE_PAGES = 1000
"""Free pages that the file may keep before they are given back, 4 KiB each."""
_AT_ONCE = 10_000
"""Pages given back in one go: what comes in the meantime waits."""


class SpoolFailed(Exception):
    """The outbox can't be used. The text is one sentence for an operator."""


class Kept(NamedTuple):
    """A row with its place in the outbox."""

    id: int
    row: Row


class Outbox:
    """The file at *path*, opened to write. Raises SpoolFailed, or sqlite3.Error if the disk is at fault."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = _open(path)

    def close(self) -> None:
        self._connection.close()

    def write(
        self,
        rows: Sequence[Row],
        checkpoints: Mapping[PbxName, bytes],
        delivered: Iterable[int] = (),
        aside: Sequence[tuple[str, int]] = (),
    ) -> int:
        """In one transaction keep *rows* and *checkpoints*, drop the rows *delivered*, and move those
        *aside* (why, and which) to the quarantine; how many rows left. Raises sqlite3.Error."""
        with self._connection as db:
            db.execute("BEGIN IMMEDIATE")
            db.executemany(_SQL["keep"], rows)
            db.executemany(_SQL["keep_checkpoint"], checkpoints.items())
            for why, number in aside:
                db.execute(_SQL["set_aside"], (why, number))
            leaving = (*delivered, *(number for _, number in aside))
            return max(db.executemany(_SQL["drop"], ((number,) for number in leaving)).rowcount, 0)

    def shrink(self) -> None:
        """Give back the space of what has been delivered, once there is much of it."""
        (spare,) = self._connection.execute("PRAGMA freelist_count").fetchone()
        if spare > _SPARE_PAGES:
            # A script, because a single statement's execution stops after its first page.
            self._connection.executescript(f"PRAGMA incremental_vacuum({_AT_ONCE})")

    def count(self) -> int:
        """Rows that are still to be delivered."""
        return int(self._connection.execute(_SQL["count"]).fetchone()[0])

    def oldest(self) -> int | None:
        """When the first undelivered fact was, microseconds since the epoch."""
        found = self._connection.execute(_SQL["oldest"]).fetchone()
        return int(found[0]) if found else None

    def release(self) -> int:
        """Put the quarantined rows back to be tried again; how many."""
        with self._connection as db:
            db.execute("BEGIN IMMEDIATE")
            db.execute(_SQL["put_back"])
            return db.execute(_SQL["empty_quarantine"]).rowcount


def read(path: Path, after: int, limit: int) -> list[Kept]:
    """At most *limit* rows that come after the row *after*, in order. Raises sqlite3.Error.

    Text that is no UTF-8 any more is read with stand-ins that nothing takes: its row alone is at fault then.
    """
    reader = sqlite3.connect(path, timeout=5.0, isolation_level=None)
    reader.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
    try:
        found = reader.execute(_SQL["read"], (after, limit))
        return [Kept(number, Row(*row)) for number, *row in found]
    finally:
        reader.close()


def checkpoints(path: Path) -> dict[PbxName, bytes]:
    """The last checkpoint of each PBX. Raises sqlite3.Error."""
    reader = sqlite3.connect(path, timeout=5.0, isolation_level=None)
    try:
        return dict(reader.execute(_SQL["checkpoints"]))
    finally:
        reader.close()


def hold(path: Path) -> IO[str]:
    """Make the outbox ours until the returned file is closed. Raises SpoolFailed."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(f"{path.name}.lock").open("w")
    except OSError as error:
        raise SpoolFailed(f"the outbox {path} can't be used: {error.strerror}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise SpoolFailed(f"another callcenter is running on the outbox {path}") from None
    return lock


def _open(path: Path) -> sqlite3.Connection:
    try:
        return _connect(path)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        aside = path.with_name(f"{path.name}.broken")
        # the sentence is enough: a trace tells an operator nothing
        log.error("spool_broken", path=str(path), kept_as=str(aside), why=str(error))  # noqa: TRY400
        for suffix in ("", "-wal", "-shm"):
            part = path.with_name(path.name + suffix)
            if part.exists():
                part.replace(aside.with_name(aside.name + suffix))
        return _connect(path)


def _connect(path: Path) -> sqlite3.Connection:
    path.touch(mode=0o600)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        _check_version(connection, path)
        for setting in _SETTINGS:
            connection.execute(setting).fetchall()
        connection.executescript(_SCHEMA)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_version(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise SpoolFailed(f"the outbox {path} was written by a later release")
