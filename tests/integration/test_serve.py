"""`callcenter serve` and the commands beside it as processes: killed, restarted, told to stop, misled."""

import asyncio
import os
import signal
import sys
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callcenter.store import outbox
from callcenter.store.pool import Pool
from tests.support.history import accesses
from tests.support.postgres import Database, open_folder
from tests.support.service import CHECKOUT, LIMIT, PbxEntry, Service, Settings, until
from tests.support.switchboard import SECRET, USERNAME, Switchboard


@pytest.fixture
async def pbx() -> AsyncIterator[Switchboard]:
    async with Switchboard() as switchboard:
        yield switchboard


def entry(pbx: Switchboard, *hotlines: str) -> PbxEntry:
    return PbxEntry(address=("127.0.0.1", pbx.port), username=USERNAME, secret=SECRET, hotlines=hotlines)


@pytest.fixture
async def service(pbx: Switchboard, database: Database, tmp_path: Path) -> AsyncIterator[Service]:
    """An installation that follows the switchboard, not started yet."""
    settings = Settings(pbxs=(entry(pbx, "4001", "4002"),), dsn=database.dsn, owner_dsn=database.owner_dsn)
    installed = Service(tmp_path, settings)
    installed.config.write_text(installed.settings.toml())
    yield installed
    await installed.kill()


async def test_killed_in_the_middle_of_calls_it_loses_and_doubles_none_and_knows_how_long_each_rang(
    pbx: Switchboard, service: Service
):
    await service.start()
    await pbx.attended()
    for _ in range(3):
        over = pbx.arrive("4001")
        over.ring("1001")
        pbx.wait(6)
        over.answer("1001")
        pbx.wait(10)
        over.hang_up()
    ringing, talking = pbx.arrive("4001"), pbx.arrive("4002")
    talking.ring("1003")
    pbx.wait(2)
    talking.answer("1003")
    ringing.ring("1002")

    async def all_known() -> bool:
        calls = {call["call_id"]: call["state"] for call in await service.calls()}
        return len(calls) == 5 and calls[ringing.call_id] == "ringing" and calls[talking.call_id] == "talking"

    await until(all_known, "all five calls are stored", LIMIT, service.log)
    await service.kill()
    pbx.wait(9)
    await service.start()
    await pbx.attended()
    pbx.wait(3)
    ringing.answer("1002")
    pbx.wait(20)
    ringing.hang_up()
    talking.hang_up()

    calls = await service.settled(5)
    by_id = {call["call_id"]: call for call in calls}
    assert len(calls) == len(by_id) == 5
    assert [call["outcome"] for call in calls] == ["answered"] * 5
    assert [call["truncated"] for call in calls] == [None] * 5
    assert (by_id[ringing.call_id]["rings"], by_id[ringing.call_id]["on_time"]) == (3, True)
    assert by_id[ringing.call_id]["ring_seconds"] == pytest.approx(12, abs=0.1)
    live = await service.get("/api/v1/hotlines/4001/live")
    assert (live["today"]["arrived"], live["today"]["answered"], live["talking"]) == (4, 4, 0)
    assert await service.stop() == 0
    assert "Traceback" not in service.log()


async def kept(service: Service) -> set[str]:
    """The calls whose end is on some disk: the outbox's or PostgreSQL's."""
    waiting = [item.row for item in outbox.read(service.folder / "data/spool.sqlite", 0, 10_000)]
    ended = {row.subject for row in waiting if row.kind == "call_ended"}
    return ended | {call["call_id"] for call in await service.calls() if call["final"]}


async def test_killed_again_and_again_every_finished_call_is_there_once(pbx: Switchboard, service: Service):
    finished: set[str] = set()
    for _ in range(3):
        await service.start()
        await pbx.attended()
        for _ in range(10):
            caller = pbx.arrive("4001")
            caller.ring("1001")
            caller.hang_up()
            finished.add(caller.call_id)

        async def on_disk() -> bool:
            return await kept(service) >= finished

        await until(on_disk, "every call is on a disk", LIMIT, service.log)
        await service.kill()

    await service.start()
    calls = await service.settled(len(finished))
    assert sorted(call["call_id"] for call in calls) == sorted(finished)
    assert {call["outcome"] for call in calls} == {"abandoned"}
    live = await service.get("/api/v1/hotlines/4001/live")
    assert live["today"]["arrived"] == live["today"]["abandoned"] == len(finished)


async def test_told_to_stop_it_ends_well_at_any_time(pbx: Switchboard, service: Service):
    await service.start()
    assert await service.stop() == 0

    service._launch()
    await asyncio.sleep(0.3)
    status = await service.stop()
    assert status in {0, -signal.SIGTERM}
    assert "Traceback" not in service.log()


async def test_a_second_service_on_the_same_outbox_says_so(service: Service):
    await service.start()

    status, said = await service.command("serve")

    assert status == 1
    assert len([line for line in said.splitlines() if line.startswith("callcenter: ")]) == 1
    assert "another callcenter is running" in said


async def test_check_config_goes_through_everything_and_finds_nothing(service: Service):
    status, said = await service.command("check-config")

    assert "FAULT" not in said, said
    assert status == 0
    assert "ok    [[pbx]] main: logged in at 127.0.0.1" in said
    assert "ok    [database] dsn: PostgreSQL" in said
    assert "ok    schema: at" in said
    assert SECRET not in said


async def test_check_config_says_what_is_wrong_where_and_what_to_do(pbx: Switchboard, service: Service):
    service.config.write_text(
        service.settings.toml()
        .replace(SECRET, "wrong-secret")
        .replace("127.0.0.1:0", f"127.0.0.1:{pbx.port}")
        .replace("@/test_", "@/nothing_")
    )

    status, said = await service.command("check-config")

    faults = [line for line in said.splitlines() if line.startswith("FAULT")]
    assert status == 1
    assert [line.split(": ")[0] for line in faults] == [
        "FAULT [[pbx]] main",
        "FAULT [database] dsn",
        "FAULT [database] owner_dsn",
        "FAULT schema",
        f"FAULT [web] listen 127.0.0.1:{pbx.port}",
    ]
    assert "secret" in faults[0]
    assert "the database does not exist" in faults[1]
    assert "wrong-secret" not in said


async def test_tokens_are_made_listed_and_revoked_while_the_service_runs_and_the_trail_says_so(
    service: Service, pool: Pool
):
    await service.start()
    status, said = await service.command("token", "create", "--role", "supervisor")
    assert status == 0
    name = said.split()[1]
    assert await service.get("/api/v1/calls?limit=1") == {"items": [], "next": None}

    _, listed = await service.command("token", "list")
    assert name in listed
    assert "supervisor" in listed
    assert await service.command("token", "revoke", name) == (0, f"{name} is revoked\n")
    status, said = await service.command("token", "revoke", name)
    assert (status, said.count("\n")) == (1, 1)
    acts = [act for act in await accesses(pool) if act[1] != "admin"]
    assert acts == [("tokens.create", "supervisor", 0), *[("tokens.revoke", name, 0)] * 2]


async def test_migrate_may_be_repeated(service: Service):
    for _ in range(2):
        status, said = await service.command("migrate")
        assert (status, said.splitlines()[-1][:16]) == (0, "the schema is at")


async def test_what_is_captured_can_be_replayed(pbx: Switchboard, service: Service, tmp_path: Path):
    out = tmp_path / "day.amic.gz"
    capture = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "callcenter", "capture", "--out", str(out), "--config", str(service.config),
        cwd=CHECKOUT, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    await pbx.attended()
    caller = pbx.arrive("4002")
    caller.ring("1001")
    pbx.wait(7)
    caller.hang_up()

    async def captured() -> bool:
        return b"Hangup" in zlib.decompressobj(31).decompress(await asyncio.to_thread(out.read_bytes))

    await until(captured, "the capture has the call's end", LIMIT)
    capture.send_signal(signal.SIGINT)
    _, said = await asyncio.wait_for(capture.communicate(), LIMIT)

    assert capture.returncode == 0
    assert f"messages in {out}" in said.decode()
    assert out.stat().st_mode & 0o077 == 0
    status, told = await service.command("replay", str(out))
    assert status == 0
    assert "abandoned" in told
    assert "4002" in told


async def test_postgres_of_our_own_is_joined_by_commands_and_gone_with_the_service(pbx: Switchboard):
    with open_folder() as folder:
        entry = PbxEntry(
            address=("127.0.0.1", pbx.port), username=USERNAME, secret=SECRET, hotlines=("4001",)
        )
        service = Service(folder, Settings(pbxs=(entry,)))
        try:
            await service.start()
            assert await service.get("/api/v1/calls") == {"items": [], "next": None}
            server = int((folder / "data/postgres/data/postmaster.pid").read_text().split()[0])
            assert await service.stop() == 0
            with pytest.raises(ProcessLookupError):
                os.kill(server, 0)
            status, _ = await service.command("token", "list")
            assert status == 0
        finally:
            await service.kill()
