"""The duty log's months as files, and the end of what is past its time.

Theory of operation. A month of the log (UTC) that is over becomes one file, an entry a line of JSON in order
of number, packed by gzip; beside it stands its SHA-256 as ``sha256sum --check`` reads it. A file that is
there is never written again: it has to say what the log says.

After three years months may be destroyed if one person asks for it and another agrees. Then the owner, for
the service can't: checks the chain, makes sure of the files, and has the database delete the
entries, keep the last one's number and hash as the chain's anchor and write down what was done, all in one
transaction. A crash between leaves files too many and nothing else.
"""

import asyncio
import gzip
import hashlib
import os
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import structlog

from callcenter.record_json import iso
from callcenter.roster.logbook import Anchor, Entry, verify
from callcenter.store.logbook import LogbookRefused, entry_of
from callcenter.store.pool import AWAY, REFUSING, Connection, Pool, StoreAway, reading, why
from callcenter.store.queries import load

log = structlog.get_logger(__name__)

_SQL = load("logbook")


class ArchiveFailed(Exception):
    """A month can't be archived, or its file is not what the log says. One sentence for an operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """One month's file."""

    path: Path
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """What one purge destroyed."""

    id: int
    through: int
    """The number of the last entry that went."""
    archives: tuple[Archive, ...]


async def keep_log(pool: Pool, owner_dsn: str | None, folder: Path, today: date) -> None:
    """One round: the months that are over become files, and what two people agreed to goes.

    *owner_dsn*: None where the operator sees to purging. Raises as the two that it calls.
    """
    made = [one.path.name for one in await archive_months(pool, folder, today)]
    purged = await purge_expired(owner_dsn, folder) if owner_dsn is not None else []
    if made or purged:
        log.info("logbook_kept", archived=made, purged_through=[one.through for one in purged])


async def archive_months(pool: Pool, folder: Path, today: date) -> list[Archive]:
    """Write the file of each month that was over on *today* (UTC) to *folder*, unless it is there.

    Gives those that were written. Raises StoreAway, ArchiveFailed.
    """
    async with reading(pool) as connection:
        months = await _months(connection, today)
        return [
            await _archive(connection, folder, month) for month in months if not _path(folder, month).exists()
        ]


async def purge_expired(owner_dsn: str, folder: Path) -> list[Purged]:
    """Carry out the purges that were asked for and agreed, with the months' files in *folder*.

    Safe to repeat. Raises StoreAway, ArchiveFailed, and LogbookRefused where the chain does not hold:
    then it is evidence, and nothing goes.
    """
    try:
        connection = await asyncpg.connect(owner_dsn, timeout=10, command_timeout=600)
    except (*AWAY, *REFUSING) as error:
        raise StoreAway(why(error)) from error
    done = []
    try:
        while purge := await connection.fetchrow(_SQL["due"]):
            done.append(await _purge(connection, purge["id"], purge["before"], folder))
    except (*AWAY, *REFUSING) as error:
        raise StoreAway(why(error)) from error
    except asyncpg.CheckViolationError as error:
        raise LogbookRefused(error.message) from None
    finally:
        await connection.close(timeout=5)
    return done


async def _purge(connection: asyncpg.Connection, purge: int, before: date, folder: Path) -> Purged:
    """*before* was checked when it was asked for, and the database checks it again."""
    anchor = await connection.fetchrow(_SQL["anchor"])
    last = Anchor() if anchor is None else Anchor(**anchor)
    rows = await connection.fetch(_SQL["story"], None, _instant(date.min), _instant(before))
    through: int = await connection.fetchval(_SQL["through"], before)
    going = [entry for entry in map(entry_of, rows) if entry.number <= through]
    if breaks := verify(going, last):
        raise LogbookRefused(f"entry {breaks[0].number}: {breaks[0].what}; nothing was purged")
    archives = [await _archive(connection, folder, month) for month in await _months(connection, before)]
    named = ", ".join(f"{one.path.name} {one.sha256}" for one in archives)
    await connection.fetchrow(_SQL["carry_out_purge"], purge, through, named)
    return Purged(id=purge, through=through, archives=tuple(archives))


async def _months(connection: Connection | asyncpg.Connection, today: date) -> list[date]:
    return [row["month"] for row in await connection.fetch(_SQL["months"], today)]


async def _archive(connection: Connection | asyncpg.Connection, folder: Path, month: date) -> Archive:
    span = _instant(month), _instant((month + timedelta(days=31)).replace(day=1))
    entries = map(entry_of, await connection.fetch(_SQL["story"], None, *span))
    return await asyncio.to_thread(_keep, _path(folder, month), b"".join(map(_line, entries)))


def _path(folder: Path, month: date) -> Path:
    return folder / f"logbook-{month:%Y-%m}.jsonl.gz"


def _keep(path: Path, told: bytes) -> Archive:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            return _found(path, told)
        packed = gzip.compress(told, mtime=0)
        digest = hashlib.sha256(packed).hexdigest()
        _write(path.with_name(f"{path.name}.sha256"), f"{digest}  {path.name}\n".encode())
        _write(path, packed)
    except OSError as error:
        raise ArchiveFailed(f"{path} can't be written: {error.strerror}") from None
    return Archive(path=path, sha256=digest)


def _found(path: Path, told: bytes) -> Archive:
    """The file that is there, if it is what it has to be."""
    packed = path.read_bytes()
    digest = hashlib.sha256(packed).hexdigest()
    try:
        same = gzip.decompress(packed) == told
    except (OSError, EOFError):
        same = False
    noted = path.with_name(f"{path.name}.sha256").read_text(encoding="utf-8").split()[:1]
    if not same or noted != [digest]:
        raise ArchiveFailed(
            f"{path} is not what the duty log says of that month: move it away and look into it"
        )
    return Archive(path=path, sha256=digest)


def _write(path: Path, data: bytes) -> None:
    """Whole and on the disk, or not at all."""
    partial = path.with_name(f"{path.name}.part")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _line(entry: Entry) -> bytes:
    told: dict[str, Any] = {field.name: getattr(entry, field.name) for field in fields(entry)}
    return msgspec.json.encode(told | {"at": iso(entry.at.astimezone(UTC))}) + b"\n"


def _instant(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
