"""`explain`, `retell` and the story over the API, of calls that a running service followed."""

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from callcenter.store.pool import Pool
from tests.support.history import accesses
from tests.support.postgres import Database
from tests.support.service import PbxEntry, Service, Settings, until
from tests.support.switchboard import SECRET, USERNAME, Caller, Switchboard

pytestmark = pytest.mark.slow
NUMBER = "13800138000"


@pytest.fixture
async def pbx() -> AsyncIterator[Switchboard]:
    async with Switchboard() as switchboard:
        yield switchboard


@pytest.fixture
async def service(pbx: Switchboard, database: Database, tmp_path: Path) -> AsyncIterator[Service]:
    """A running installation that follows the switchboard."""
    entry = PbxEntry(
        address=("127.0.0.1", pbx.port), username=USERNAME, secret=SECRET, hotlines=("4001", "4002")
    )
    settings = Settings(pbxs=(entry,), dsn=database.dsn, owner_dsn=database.owner_dsn)
    installed = Service(tmp_path, settings)
    await installed.start()
    await pbx.attended()
    yield installed
    await installed.kill()


def answered(pbx: Switchboard, after: float = 7) -> Caller:
    """A call that 1001 answered after ringing so long."""
    caller = pbx.arrive("4001", NUMBER)
    caller.ring("1001")
    pbx.wait(after)
    caller.answer("1001")
    pbx.wait(10)
    caller.hang_up()
    return caller


async def explained(service: Service, call_id: str) -> dict[str, Any]:
    """What `explain --json` says, once what was just heard is in its file."""

    async def whole() -> dict[str, Any] | None:
        status, said = await service.command("explain", call_id, "--json")
        told: dict[str, Any] = json.loads(said) if status == 0 else {}
        return told if told.get("over") else None

    found: dict[str, Any] = await until(whole, "the whole story is told", 30, service.log)
    return found


def rule(service: Service, target_rings: int) -> None:
    """Another rule in the configuration; the service that runs keeps the old one."""
    text = re.sub(r"\ntarget_rings = \d+", "", service.config.read_text())
    service.config.write_text(
        text.replace('cadence = "cn"', f'cadence = "cn"\ntarget_rings = {target_rings}')
    )


def period(pbx: Switchboard) -> tuple[str, ...]:
    """Around all calls of the test, by the switchboard's clock."""
    now = datetime.fromtimestamp(pbx.now / 1_000_000, UTC)
    return "--from", (now - timedelta(hours=1)).isoformat(), "--to", (now + timedelta(minutes=1)).isoformat()


async def test_right_after_its_end_and_after_a_restart_a_call_is_explained_with_the_events_behind_it(
    pbx: Switchboard, service: Service, pool: Pool
):
    caller = answered(pbx)
    await service.settled(1)
    told = await explained(service, caller.call_id)
    assert "so that was ring 2; the target is 3 rings, i.e. less than 15 s: in time." in told["verdict"][1]
    answer = next(entry for entry in told["entries"] if entry["kind"] == "answered")
    assert answer["about"]["phone"] == "1001"
    assert answer["evidence"][0]["event"] == "BridgeEnter"
    assert told["call"]["caller"] == NUMBER

    assert await service.stop() == 0
    status, said = await service.command("explain", caller.call_id)
    assert status == 0
    assert "answered by 1001, in ring 2" in said
    assert "BridgeEnter PJSIP/" in said
    assert ("calls.timeline", caller.call_id, 1) in await accesses(pool)
    await service.start()
    again = await service.get(f"/api/v1/calls/{caller.call_id}/timeline")
    assert (again["verdict"], again["differs"]) == (told["verdict"], [])


async def test_the_story_over_the_api_is_whole_at_once_and_shows_no_number_to_those_who_may_not_see_it(
    pbx: Switchboard, service: Service
):
    caller = answered(pbx)
    await service.settled(1)
    told = await service.get(f"/api/v1/calls/{caller.call_id}/timeline")
    assert told["over"]
    assert told["call"]["caller"] == NUMBER
    for role, expected in (("agent", 200), ("wallboard", 403)):
        status, said = await service.command("token", "create", "--role", role)
        assert status == 0
        secret = max((word for word in said.split() if "/" not in word), key=len)
        headers = {"Authorization": f"Bearer {secret}"}
        url = f"{service.url}/api/v1/calls/{caller.call_id}/timeline"
        async with aiohttp.ClientSession(headers=headers) as session, session.get(url) as answer:
            assert answer.status == expected
            assert NUMBER not in await answer.text()
    assert NUMBER not in service.log()


async def test_a_call_killed_over_is_explained_with_the_gap_in_it(pbx: Switchboard, service: Service):
    caller = pbx.arrive("4001", NUMBER)
    caller.ring("1001")

    async def written() -> bool:
        status, said = await service.command("explain", caller.call_id, "--json")
        return status == 0 and "phone_rang" in said

    await until(written, "the ringing is in the evidence", 30, service.log)
    await service.kill()
    await service.start()
    await pbx.attended()
    pbx.wait(4)
    caller.answer("1001")
    pbx.wait(5)
    caller.hang_up()
    await service.settled(1)
    told = await explained(service, caller.call_id)
    assert [entry["kind"] for entry in told["entries"]].count("link_lost") == 1
    assert any("could not be heard" in line for line in told["verdict"])
    status, said = await service.command("retell", *period(pbx), "--json")
    assert status == 0
    assert json.loads(said)["kept"] == {"has a hole in its evidence": 1}


async def test_retell_applies_the_rule_of_now_keeps_the_old_verdict_and_finds_nothing_more_to_do(
    pbx: Switchboard, service: Service
):
    second, first = answered(pbx, 7), answered(pbx, 2)
    calls = {call["call_id"]: call for call in await service.settled(2)}
    assert {call["on_time"] for call in calls.values()} == {True}
    await explained(service, first.call_id)
    rule(service, 1)

    status, said = await service.command("retell", *period(pbx), "--dry-run")
    assert status == 0
    assert "2 calls looked at, 2 would be told otherwise" in said
    assert (await service.get(f"/api/v1/calls/{second.call_id}"))["on_time"] is True

    status, said = await service.command("retell", *period(pbx), "--reason", "one ring from today on")
    assert status == 0, said
    assert "2 calls looked at, 2 are told otherwise" in said
    assert "on_time true -> false: 1 call" in said
    assert "target_rings 3 -> 1: 2 calls" in said
    told = await service.get(f"/api/v1/calls/{second.call_id}")
    assert (told["on_time"], told["target_rings"], told["caller_rings"]) == (False, 1, 2)
    (version,) = (await service.get(f"/api/v1/calls/{second.call_id}/versions"))["items"]
    assert version["told"] == calls[second.call_id]
    assert version["reason"] == "one ring from today on: target_rings, on_time"
    assert (await service.get(f"/api/v1/calls/{first.call_id}"))["on_time"] is True

    async def on_the_board() -> bool:
        live = await service.get("/api/v1/hotlines/4001/live")
        return bool(live["today"]["on_time"] == 1 and live["today"]["answered"] == 2)

    await until(on_the_board, "the live board shows the new verdict", 20, service.log)
    assert 'callcenter_calls_answered_on_time_total{hotline="4001",pbx="main"} 2.0' in await service.text(
        "/metrics"
    )

    status, said = await service.command("retell", *period(pbx))
    assert (status, "0 are told otherwise" in said) == (0, True)
    assert len((await service.get(f"/api/v1/calls/{second.call_id}/versions"))["items"]) == 1

    assert await service.stop() == 0
    rule(service, 3)
    status, said = await service.command("retell", *period(pbx))
    assert (status, "2 are told otherwise" in said) == (0, True)
    await service.start()
    back = await service.get(f"/api/v1/calls/{second.call_id}")
    assert {**back, "seq": 0} == {**calls[second.call_id], "seq": 0}
    assert len((await service.get(f"/api/v1/calls/{second.call_id}/versions"))["items"]) == 2


async def test_what_has_no_evidence_is_refused_in_one_line_and_stays_as_told(
    pbx: Switchboard, service: Service, tmp_path: Path
):
    caller = answered(pbx)
    (stored,) = await service.settled(1)
    await explained(service, caller.call_id)
    assert await service.stop() == 0
    for file in (tmp_path / "data" / "evidence").rglob("*.gz"):
        file.rename(file.with_name("2020-01-01T00.ccap.gz"))
    rule(service, 1)
    status, said = await service.command("retell", *period(pbx))
    assert status == 1
    assert "nothing is kept of what main said from" in said
    assert "1 call of that time stay as told" in said
    status, said = await service.command("explain", caller.call_id)
    assert status == 1
    assert f"{caller.call_id} is stored as answered, but nothing was kept of what main said at" in said
    assert said.count("\n") == 1
    for unknown in ("main:1795000000.999999", "main:zzz"):
        status, said = await service.command("explain", unknown)
        assert (status, said.count("\n")) == (1, 1)
        assert f"there is no call {unknown}" in said
    status, said = await service.command("explain", "elsewhere:1.1")
    assert (status, "is no call's id" in said) == (2, True)
    await service.start()
    assert await service.get(f"/api/v1/calls/{caller.call_id}") == stored
