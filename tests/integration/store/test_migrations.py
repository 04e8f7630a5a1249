"""The schema goes up, down and up again, online and as a script, and a linter finds nothing in it."""

import asyncio
import re
import shutil
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from callcenter.store import migrate
from callcenter.store.migrations import statements
from callcenter.store.pool import StoreAway, open_pool

LEFT_OUT = {
    "prefer-bigint-over-int": "rings of one call and numbers shown at once: thousands at the most",
    "prefer-bigint-over-smallint": "attempts of one call",
    "prefer-text-field": "the version table is Alembic's own",
    "prefer-robust-stmts": "all of it is one transaction: a statement is never met half done",
}
"""Squawk's rules that are not followed, and why."""


async def objects(dsn):
    """Tables, views and indexes with their definitions, the version table left out."""
    connection = await asyncpg.connect(dsn)
    try:
        columns = await connection.fetch(
            "SELECT table_schema, table_name, column_name, data_type, is_nullable, column_default"
            " FROM information_schema.columns"
            " WHERE table_schema IN ('callcenter', 'report') AND table_name <> 'alembic_version'"
            " ORDER BY 1, 2, ordinal_position"
        )
        indexes = await connection.fetch(
            "SELECT indexdef FROM pg_indexes"
            " WHERE schemaname = 'callcenter' AND tablename <> 'alembic_version' ORDER BY 1"
        )
        views = await connection.fetch(
            "SELECT viewname, definition FROM pg_views"
            " WHERE schemaname IN ('callcenter', 'report') ORDER BY 1"
        )
        return [tuple(row) for row in (*columns, *indexes, *views)]
    finally:
        await connection.close()


@pytest.fixture
def bare(postgres_server):
    database = postgres_server.create("template0")
    yield database
    postgres_server.drop(database)


async def test_up_down_and_up_again_is_the_same_schema(bare):
    await migrate.upgrade(bare.owner_dsn)
    first = await objects(bare.owner_dsn)
    await migrate.downgrade(bare.owner_dsn, "base")
    assert await objects(bare.owner_dsn) == []
    await migrate.upgrade(bare.owner_dsn)
    assert await objects(bare.owner_dsn) == first
    assert len(first) > 100


async def test_migrating_twice_and_by_two_processes_at_once_is_harmless(bare):
    code = (
        "import asyncio, sys; from callcenter.store import migrate; asyncio.run(migrate.upgrade(sys.argv[1]))"
    )
    command = (sys.executable, "-c", code, bare.owner_dsn)
    both = [await asyncio.create_subprocess_exec(*command) for _ in range(2)]
    assert [await process.wait() for process in both] == [0, 0]
    await migrate.upgrade(bare.owner_dsn)
    assert len(await objects(bare.owner_dsn)) > 100


async def test_the_script_for_a_dba_makes_the_same_schema(bare, postgres_server):
    connection = await asyncpg.connect(bare.owner_dsn)
    await connection.execute(migrate.script())
    assert await connection.fetchval("SELECT version_num FROM callcenter.alembic_version") == migrate.wanted()
    by_hand = await objects(bare.owner_dsn)
    await connection.execute(migrate.script("head:base", down=True))
    assert await objects(bare.owner_dsn) == []
    await connection.close()
    await migrate.upgrade(bare.owner_dsn)
    assert await objects(bare.owner_dsn) == by_hand


async def test_the_state_of_the_schema_can_be_told_before_and_after(bare):
    readers = await open_pool(bare.owner_dsn)
    before = await migrate.state(readers)
    assert (before.ok, before.current) == (False, None)
    assert "callcenter migrate" in before.why
    await migrate.upgrade(bare.owner_dsn)
    after = await migrate.state(readers)
    assert (after.ok, after.why) == (True, None)
    await readers.close()


async def test_an_owner_without_the_right_to_migrate_gets_one_sentence(bare):
    with pytest.raises(StoreAway, match=r"^the migration failed: permission denied[^\n]*$"):
        await migrate.upgrade(bare.dsn)


async def test_a_database_that_is_not_there_gets_one_sentence(bare, postgres_server):
    missing = bare.owner_dsn.replace("/test_", "/missing_")
    with pytest.raises(StoreAway, match="does not exist"):
        await migrate.upgrade(missing)


def test_every_statement_stands_alone():
    for name in (f"{n:04}_{way}" for n in range(1, int(migrate.wanted()) + 1) for way in ("up", "down")):
        for statement in statements(name):
            body = re.sub(r"'[^']*'|--.*", "", statement.partition("$$")[0])
            assert ";" not in body, statement


def test_squawk_finds_nothing_in_the_script(tmp_path: Path):
    squawk = Path(sys.executable).with_name("squawk")
    assert squawk.exists() or shutil.which("squawk"), "install squawk-cli"
    script = tmp_path / "up.sql"
    script.write_text(migrate.script())
    done = subprocess.run(
        [squawk, "--pg-version=15", f"--exclude={','.join(LEFT_OUT)}", script],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
