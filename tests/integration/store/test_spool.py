"""The outbox on this machine's disk: what it took is there after any end, and it waits for no database."""

import asyncio
import json
import os
import signal
import sqlite3
import stat
import sys
from pathlib import Path

import pytest

from callcenter.record_json import call_from_json, call_to_json
from callcenter.store import outbox, spool
from callcenter.store.outbox import Outbox, SpoolFailed
from callcenter.store.rows import call_of, row_of
from callcenter.store.spool import Spool
from callcenter.terms import PbxName
from tests.support.factories import NOON
from tests.support.history import MAIN, answered_story, history

OTHER = PbxName("other")


@pytest.fixture
def path(tmp_path: Path):
    return tmp_path / "deep" / "spool.sqlite"


@pytest.fixture
def box(path):
    box = Spool(path)
    box.open()
    yield box
    box.close()


def again(path):
    box = Spool(path)
    box.open()
    return box


async def test_facts_and_the_checkpoint_after_them_are_there_at_the_next_start(box, path):
    facts = history()
    box.append(facts[:9], {MAIN: b"nine", OTHER: b"x"})
    box.append(facts[9:], {MAIN: b"all"})
    assert await box.flush(10)
    assert (box.depth, box.oldest) == (len(facts), facts[0].at)
    assert box.close()
    reopened = again(path)
    assert reopened.checkpoints() == {MAIN: b"all", OTHER: b"x"}
    assert [kept.row for kept in reopened.read(0, 1000)] == [row_of(fact) for fact in facts]
    assert (reopened.depth, reopened.oldest) == (len(facts), facts[0].at)
    reopened.close()


async def test_a_call_read_back_is_the_call_that_was_told(box):
    box.append(answered_story(1))
    assert await box.flush(10)
    assert [call_of(kept.row) for kept in box.read(0, 9)] == [fact.call for fact in answered_story(1)]


async def test_what_is_kept_has_the_shape_that_all_of_us_write_calls_in(box):
    box.append(answered_story(1))
    assert await box.flush(10)
    told = [json.loads(kept.row.body)["call"] for kept in box.read(0, 9)]
    assert [call_from_json(call) for call in told] == [fact.call for fact in answered_story(1)]
    assert set(told[0]) == set(call_to_json(answered_story(1)[0].call, caller="full"))


async def test_a_checkpoint_may_come_without_facts(box):
    box.append([], {MAIN: b"state"})
    assert await box.flush(10)
    assert box.checkpoints() == {MAIN: b"state"}


async def test_what_was_delivered_leaves_and_delivering_it_twice_counts_once(box):
    facts = history()
    box.append(facts)
    assert await box.flush(10)
    first = box.read(0, 10)
    box.delivered(first)
    box.delivered(first)
    box.append([], {MAIN: b""})
    assert await box.flush(10)
    assert box.depth == len(facts) - 10
    assert box.oldest == facts[10].at
    assert box.read(first[-1].id, 1000) == box.read(0, 1000)


async def test_a_closed_outbox_has_kept_what_was_appended_last(path):
    box = again(path)
    box.append(history())
    assert box.close()
    with sqlite3.connect(path) as file:
        assert file.execute("SELECT count(*) FROM outbox").fetchone() == (len(history()),)
    file.close()


def test_nobody_but_us_can_read_it(box, path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_second_process_on_the_same_outbox_is_refused_in_one_sentence(box, path):
    with pytest.raises(SpoolFailed, match="another callcenter is running"):
        Spool(path).open()


def test_an_outbox_that_can_not_be_made_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolFailed, match="can't be used"):
        Spool(tmp_path / "file" / "spool.sqlite").open()


def test_an_outbox_of_a_later_release_is_left_alone(path):
    again(path).close()
    with sqlite3.connect(path) as file:
        file.execute("PRAGMA user_version = 99")
    file.close()
    with pytest.raises(SpoolFailed, match="later release"):
        Spool(path).open()


async def test_a_broken_file_is_kept_aside_and_work_goes_on(path):
    path.parent.mkdir()
    path.write_bytes(b"no database at all, but long enough to be looked at" * 100)
    box = again(path)
    box.append(history())
    assert await box.flush(10)
    assert box.close()
    assert path.with_name("spool.sqlite.broken").read_bytes().startswith(b"no database")


async def test_while_the_disk_fails_it_says_so_and_then_loses_nothing(box, monkeypatch):
    """A full disk, as SQLite reports it, for some tries; with it the order stays."""
    write, failures = Outbox.write, 3

    def failing(self, *args):
        nonlocal failures
        if failures:
            failures -= 1
            raise sqlite3.OperationalError("database or disk is full")
        return write(self, *args)

    monkeypatch.setattr(Outbox, "write", failing)
    monkeypatch.setattr(spool, "PATIENCE", (0.2, 0.2))
    facts = history()
    box.append(facts[:5])
    assert not await box.flush(0.1)
    assert box.trouble == "database or disk is full"
    assert box.depth == 5
    box.append(facts[5:])
    assert await box.flush(10)
    assert box.trouble is None
    assert [kept.row for kept in box.read(0, 1000)] == [row_of(fact) for fact in facts]
    assert box.depth == len(facts)


async def test_before_memory_fills_it_asks_for_a_pause(box, monkeypatch):
    gate = asyncio.Event()
    write = Outbox.write
    loop = asyncio.get_running_loop()

    def slow(self, *args):
        asyncio.run_coroutine_threadsafe(gate.wait(), loop).result(30)
        return write(self, *args)

    monkeypatch.setattr(Outbox, "write", slow)
    monkeypatch.setattr(spool, "HIGH", 20)
    box.append(history())
    assert box.congested
    room = asyncio.create_task(box.room())
    await asyncio.sleep(0)
    assert not room.done()
    gate.set()
    async with asyncio.timeout(60):
        await room
    assert not box.congested


async def test_a_fact_that_can_not_be_told_costs_no_other(box):
    good = answered_story(1)
    box.append([good[0], object(), good[1]])
    assert await box.flush(10)
    assert [kept.row for kept in box.read(0, 9)] == [row_of(good[0]), row_of(good[1])]


async def test_the_file_shrinks_again_after_a_long_absence_of_postgres(box, path):
    for _ in range(40):
        box.append(history(40))
    assert await box.flush(30)
    full = path.stat().st_size
    rows = box.read(0, 100_000)
    box.delivered(rows)
    box.append([], {MAIN: b""})
    assert await box.flush(30)
    box.close()
    assert box.depth == 0
    assert path.stat().st_size < full / 4


KILLED = """
import asyncio, sys
from pathlib import Path
from callcenter.store.spool import Spool
from tests.support.history import MAIN, history

async def main():
    box = Spool(Path(sys.argv[1]))
    box.open()
    for n, fact in enumerate(history(), 1):
        box.append([fact], {MAIN: str(n).encode()})
        await box.flush(10)
        print(n, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.parametrize("after", [1, 7, 20])
async def test_what_was_said_to_be_kept_is_there_after_a_kill(path, after):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, str(path), stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60):
        while int(await process.stdout.readline()) < after:
            pass
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    box = again(path)
    kept = [kept.row for kept in box.read(0, 1000)]
    box.close()
    facts = history()
    assert len(kept) >= after
    assert kept == [row_of(fact) for fact in facts[: len(kept)]]
    assert outbox.checkpoints(path) == {MAIN: str(len(kept)).encode()}
    assert facts[0].at == NOON
