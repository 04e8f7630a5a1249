"""``callcenter check-config``: tries everything that the configuration names, and says what to mend.

Nothing is changed by it: no schema, no file but what an embedded PostgreSQL needs to run at all. It
may run beside a service that works.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from callcenter.ami.client import AmiClient
from callcenter.ami.protocol import AmiError
from callcenter.ami.received import LinkOpened, LinkTrouble, Messages, Received, Trouble
from callcenter.app.database import Database, connected
from callcenter.app.records import records_of
from callcenter.app.routing.check import judge
from callcenter.app.serving import shown
from callcenter.config import Config, Listen, PbxTable, ami_settings
from callcenter.records.place import RecordsAway
from callcenter.store.migrate import state
from callcenter.store.place import PostgresFailed
from callcenter.store.pool import StoreAway, open_pool, reading

LOGIN = 12.0
"""Seconds that a PBX has to let us in."""
EVIDENCE = 5.0
"""Seconds that we look for events in, which show rights and timestamps."""
RECORDS = timedelta(days=1)


_AT_THE_FIRST_CALL = (
    "event classes and timestampevents show at the first call: a lack is then logged, with what to do"
)


class Verdict(StrEnum):
    """How one thing stands."""

    OK = "ok"
    NOTE = "note"
    """Works, and an operator should know."""
    FAULT = "FAULT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found out about one thing the configuration names."""

    about: str
    verdict: Verdict
    what: str


def _ok(about: str, what: str) -> Finding:
    return Finding(about=about, verdict=Verdict.OK, what=what)


def _note(about: str, what: str) -> Finding:
    return Finding(about=about, verdict=Verdict.NOTE, what=what)


def _fault(about: str, what: str) -> Finding:
    return Finding(about=about, verdict=Verdict.FAULT, what=what)


async def check(config: Config) -> AsyncIterator[Finding]:
    """Everything, one after the other."""
    yield _writable("data_dir", config.data_dir)
    if config.evidence.keep_days:
        yield _writable("[evidence] path", config.evidence_path)
    if not config.pbx:
        yield _fault("[[pbx]]", "there is none: serve has nothing to follow")
    for pbx in config.pbx:
        for finding in await _pbx(pbx):
            yield finding
        yield _monitor_dir(pbx)
    yield _hotlines(config)
    async for finding in _database(config):
        yield finding
    async for finding in _records(config):
        yield finding
    async for finding in _routing(config):
        yield finding
    yield _address("[web] listen", config.web.listen)
    if config.metrics.listen is not None:
        yield _address("[metrics] listen", config.metrics.listen)
    if not config.web.listen.loopback and not config.web.https:
        what = (
            "is open to the network in plain HTTP: tokens and numbers pass readably without a proxy with TLS"
        )
        yield _note("[web] listen", what)
    if config.metrics.token is None and not (config.metrics.listen or config.web.listen).loopback:
        what = "is open to the network: [metrics] token asks scrapers for a bearer"
        yield _note("/metrics", what)


def _writable(key: str, folder: Path) -> Finding:
    about = f"{key} {folder}"
    existing = next(p for p in (folder, *folder.parents) if p.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        return _fault(about, f"{existing} can't be written to: change its owner, or choose another {key}")
    return _ok(about, "can be written to")


def _hotlines(config: Config) -> Finding:
    if not config.hotline:
        what = "there is none: calls are followed, and all their numbers are listed as unconfigured"
        return _note("[[hotline]]", what)
    numbers = ", ".join(h.number for h in config.hotline)
    return _ok("[[hotline]]", numbers)


class _Listener:
    """What a link says while we look."""

    def __init__(self) -> None:
        self.opened = False
        self.messages = 0
        self.troubles: list[LinkTrouble] = []
        self.news = asyncio.Event()

    def __call__(self, received: Received) -> None:
        match received:
            case LinkOpened():
                self.opened = True
            case Messages(messages=messages):
                self.messages += len(messages)
            case LinkTrouble():
                self.troubles.append(received)
        self.news.set()


async def _pbx(pbx: PbxTable) -> list[Finding]:
    about = f"[[pbx]] {pbx.name}"
    heard = _Listener()
    client = AmiClient(ami_settings(pbx), sink=heard)
    following = asyncio.get_running_loop().create_task(client.run())
    try:
        await _until_answered(heard)
        if not heard.opened:
            what = heard.troubles[0].reason if heard.troubles else f"no answer within {LOGIN:.0f} s"
            return [_fault(about, what)]
        welcome = _ok(about, f"logged in at {pbx.host}:{pbx.port}")
        return [welcome, *await _evidence(about, client, heard)]
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def _until_answered(heard: _Listener) -> None:
    try:
        async with asyncio.timeout(LOGIN):
            while not heard.opened and not heard.troubles:
                heard.news.clear()
                await heard.news.wait()
    except TimeoutError:
        return


async def _evidence(about: str, client: AmiClient, heard: _Listener) -> list[Finding]:
    """What the first seconds of an open link show of rights and settings."""
    try:
        answers = await client.action({"Action": "CoreSettings"}, seconds=EVIDENCE)
        version = answers[0].get("AsteriskVersion", "of a version that it does not tell")
    except AmiError as error:
        return [_fault(about, f"the link broke at once: {error}")]
    found = [_ok(about, f"Asterisk {version}")]
    await asyncio.sleep(EVIDENCE)
    for trouble in heard.troubles:
        bad = trouble.kind in {Trouble.DENIED, Trouble.READ_CLASS, Trouble.CLOSED, Trouble.STALLED}
        found.append(_fault(about, trouble.reason) if bad else _note(about, trouble.reason))
    if not heard.troubles:
        found.append(_note(about, _AT_THE_FIRST_CALL))
    return found


def _monitor_dir(pbx: PbxTable) -> Finding:
    about = f"[[pbx]] {pbx.name} monitor_dir {pbx.monitor_dir}"
    path = Path(pbx.monitor_dir)
    if not path.exists():
        what = "is not on this machine: recordings are named, and can't be played from here"
        return _note(about, what)
    if not path.is_dir() or not os.access(path, os.R_OK | os.X_OK):
        what = "can't be read: give this user the right to, e.g. through Asterisk's group"
        return _fault(about, what)
    return _ok(about, "can be read")


async def _database(config: Config) -> AsyncIterator[Finding]:
    about = "embedded PostgreSQL" if config.embedded else "[database] dsn"
    database = Database(config)
    try:
        await database.start()
    except PostgresFailed as error:
        yield _fault(about, str(error))
        return
    try:
        yield await _reached(about, database.dsn)
        if config.database.owner_dsn is not None:
            yield await _reached("[database] owner_dsn", database.owner_dsn or "")
        yield await _schema(config, database)
    finally:
        await database.stop()


async def _reached(about: str, dsn: str) -> Finding:
    pool = await open_pool(dsn, size=1)
    try:
        async with reading(pool) as connection:
            version = await connection.fetchval("SHOW server_version", timeout=5)
    except StoreAway as away:
        return _fault(about, str(away))
    finally:
        pool.terminate()
    return _ok(about, f"PostgreSQL {version}")


async def _schema(config: Config, database: Database) -> Finding:
    pool = await open_pool(database.dsn, size=1)
    try:
        schema = await state(pool)
    except StoreAway:
        return _fault("schema", "unknown while PostgreSQL can't be reached")
    finally:
        pool.terminate()
    if schema.ok:
        return _ok("schema", f"at {schema.current}")
    if config.embedded or config.database.owner_dsn is not None:
        now = f"at {schema.current}" if schema.current else "none yet"
        what = f"{now}: serve brings it to {schema.wanted} when it starts"
        return _note("schema", what)
    return _fault("schema", schema.why or "not as this release needs it")


async def _records(config: Config) -> AsyncIterator[Finding]:
    now = datetime.now(UTC)
    for source in records_of(config).values():
        kinds = (("cel", source.cel), ("cdr", source.cdr), ("queue_log", source.queue_log))
        for name, read in kinds:
            if getattr(config.records, name) is None:
                continue
            try:
                found = await read(now - RECORDS, now + RECORDS)
            except RecordsAway as away:
                yield _fault(f"[records] {name}", str(away))
                continue
            told = (
                f"{len(found)} rows of the last day"
                if found
                else "no rows of the last day: was there a call?"
            )
            yield (_ok if found else _note)(f"[records] {name}", f"can be read, {told}")


async def _routing(config: Config) -> AsyncIterator[Finding]:
    if not config.routing.enabled:
        return
    try:
        async with connected(config) as pool:
            async for judged in judge(pool, config, datetime.now(UTC)):
                tell = {True: _ok, None: _note, False: _fault}[judged.good]
                yield tell(judged.about, judged.what)
    except (PostgresFailed, StoreAway) as error:
        yield _note("[routing]", f"can't be compared without the roster: {error}")


def _address(about: str, listen: Listen) -> Finding:
    about = f"{about} {listen}"
    for family, kind, protocol, _, address in _resolved(listen):
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
                probe.listen(1)
            except OSError as error:
                if _is_ours(listen):
                    return _ok(about, "a callcenter is running there")
                return _fault(about, f"{error.strerror}: stop what is there, or choose another address")
        return _ok(about, "is free")
    return _fault(about, f"{listen.host} is no address of this machine")


def _resolved(listen: Listen) -> Iterator[tuple[int, int, int, str, tuple[object, ...]]]:
    try:
        yield from socket.getaddrinfo(*listen, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        return


def _is_ours(listen: Listen) -> bool:
    """Whether it is callcenter that has the address."""
    connection = HTTPConnection(shown(listen).host, listen.port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().read(100).replace(b" ", b"") == b'{"ok":true}'
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
