"""The service in this process: a PBX that does what it is told, a real PostgreSQL, real requests."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import asyncpg
import pytest
import structlog

from callcenter.app.faults import CannotStart
from callcenter.app.service import App, running
from callcenter.check import Verdict, _address
from callcenter.config import Config, Listen
from callcenter.store.outbox import SpoolFailed
from tests.support.postgres import Database
from tests.support.screen import quiet, stored, until
from tests.support.switchboard import SECRET, USERNAME, Switchboard

NOWHERE = "postgresql://callcenter:pw@127.0.0.1:1/callcenter"

Configure = Callable[..., Config]


@pytest.fixture(autouse=True)
def log():
    with structlog.testing.capture_logs() as lines:
        yield lines


async def test_a_call_is_seen_while_it_rings_and_told_alike_everywhere_afterwards(pbx, configure, look):
    async with running(configure(pbx)) as app:
        screen = look(app)
        await pbx.attended()
        caller = pbx.arrive("4001")
        pbx.wait(1)
        caller.ring("1001")

        async def ringing() -> Any:
            return (await screen.live())["in_progress"]

        (waiting,) = await until(ringing)
        assert waiting["call_id"] == caller.call_id
        pbx.wait(7)
        caller.answer("1001")
        pbx.wait(30)
        caller.hang_up()

        live = await quiet(screen)
        await stored(app)
        (call,) = await screen.calls()
        metrics = await screen.get("/metrics")

    assert (call["outcome"], call["answered_by"], call["caller_rings"], call["on_time"]) == (
        "answered", "1001", 2, True,
    )  # fmt: skip
    assert call["caller"] == "13800138000"
    assert call["talk_seconds"] == pytest.approx(30, abs=0.1)
    assert (live["today"]["arrived"], live["today"]["answered"], live["today"]["on_time"]) == (1, 1, 1)
    assert 'callcenter_calls_total{hotline="4001",outcome="answered",pbx="main"} 1.0' in metrics
    assert "13800138000" not in metrics
    assert "13800138000" not in str(live)


async def test_a_planned_restart_resumes_calls_in_progress_with_their_ring_times(pbx, configure, look):
    config = configure(pbx)
    async with running(config) as app:
        await pbx.attended()
        finished = pbx.arrive("4001")
        finished.ring("1001")
        finished.hang_up()
        ringing, talking = pbx.arrive("4001"), pbx.arrive("4001")
        talking.ring("1002")
        pbx.wait(3)
        talking.answer("1002")
        ringing.ring("1001")
        await until(lambda: stands(app, 3))

    async with running(config) as app:
        screen = look(app)
        await pbx.attended()
        pbx.wait(12)
        ringing.answer("1001")
        pbx.wait(20)
        for caller in (ringing, talking):
            caller.hang_up()
        await quiet(screen)
        await stored(app)
        calls = {call["call_id"]: call for call in await screen.calls()}

    assert calls.keys() == {finished.call_id, ringing.call_id, talking.call_id}
    late = calls[ringing.call_id]
    assert (late["outcome"], late["truncated"], late["rings"], late["caller_rings"]) == (
        "answered",
        None,
        3,
        3,
    )
    assert late["ring_seconds"] == pytest.approx(12, abs=0.1)
    assert calls[talking.call_id]["talk_seconds"] == pytest.approx(32, abs=0.2)
    assert calls[finished.call_id]["outcome"] == "abandoned"


async def test_calls_that_nobody_can_resume_are_told_as_lost_and_found_again_if_they_go_on(
    pbx, configure, look, tmp_path
):
    async with running(configure(pbx)) as app:
        await pbx.attended()
        gone, going_on = pbx.arrive("4001"), pbx.arrive("4001")
        for caller, phone in ((gone, "1001"), (going_on, "1002")):
            caller.ring(phone)
        await until(lambda: stands(app, 2))
    for path in (tmp_path / "data").glob("spool.sqlite*"):
        path.unlink()
    gone.hang_up()

    async with running(configure(pbx)) as app:
        screen = look(app)
        assert (await screen.live())["today"]["lost"] == 2
        await pbx.attended()
        pbx.wait(4)
        going_on.answer("1002")
        pbx.wait(10)
        going_on.hang_up()
        live = await quiet(screen)
        await stored(app)
        calls = {call["call_id"]: call for call in await screen.calls()}

    assert (live["today"]["arrived"], live["today"]["lost"], live["today"]["answered"]) == (2, 1, 1)
    assert (calls[gone.call_id]["outcome"], calls[gone.call_id]["truncated"]) == ("lost", "end")
    assert calls[gone.call_id]["attempts"][0]["outcome"] == "lost"
    assert (calls[going_on.call_id]["outcome"], calls[going_on.call_id]["ring_seconds"]) == ("answered", None)


async def stands(app: App, calls: int) -> bool:
    """Whether the board knows of so many calls today."""
    return app.feed.snapshot(app.board.numbers[0], app.history._now())["today"]["arrived"] == calls


async def test_it_starts_and_follows_calls_while_postgres_is_away_and_hands_over_later(pbx, configure, look):
    away, there = configure(pbx, dsn=NOWHERE), None
    async with running(away) as app:
        screen = look(app)
        await pbx.attended()
        caller = pbx.arrive("4001")
        caller.ring("1001")
        caller.hang_up()
        live = await quiet(screen)
        parts = await screen.parts()
        metrics = await screen.get("/metrics")

        assert live["today"]["abandoned"] == 1
        assert parts["ami:main"]["ok"]
        assert not parts["store"]["ok"]
        assert "PostgreSQL is not running" in parts["store"]["why"]
        assert "callcenter_store_up 0.0" in metrics
        assert app.spool.depth > 0
        await screen.get("/healthz")

    there = configure(pbx)
    async with running(there) as app:
        screen = look(app)
        assert (await screen.live())["today"]["abandoned"] == 1
        await stored(app)
        (call,) = await screen.calls()
        assert call["call_id"] == caller.call_id
        await pbx.attended()
        assert all(part["ok"] for part in (await screen.parts()).values())


@pytest.fixture
async def admit(database: Database) -> AsyncIterator[Callable[[bool], Awaitable[None]]]:
    """Lets nobody into the database any more, or everybody again."""
    address, _, options = database.owner_dsn.partition("?")
    base, _, name = address.rpartition("/")
    admin = await asyncpg.connect(f"{base}/postgres?{options}")

    async def admit(everybody: bool) -> None:
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {str(everybody).lower()}")
        if not everybody:
            gone = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"
            await admin.execute(gone, name)

    yield admit
    await admin.close()


async def test_postgres_goes_and_comes_while_calls_go_on(pbx, configure, look, admit):
    async with running(configure(pbx)) as app:
        screen = look(app)
        await pbx.attended()
        await admit(False)
        for _ in range(3):
            pbx.arrive("4001").hang_up()
        assert (await quiet(screen))["today"]["arrived"] == 3

        async def down() -> bool:
            return not (await screen.parts())["store"]["ok"]

        await until(down)
        await admit(True)
        await stored(app)
        calls = await screen.calls()

    assert len(calls) == 3
    assert {call["outcome"] for call in calls} == {"abandoned"}


async def test_a_pbx_that_is_away_is_said_everywhere_and_followed_when_it_comes(configure, look):
    async with Switchboard() as first:
        port = first.port
    async with running(configure(port)) as app:
        screen = look(app)

        async def refused() -> Any:
            part = (await screen.parts())["ami:main"]
            return not part["ok"] and "refuses the connection" in part["why"]

        await until(refused)
        live = await screen.live()
        assert not live["link"]["up"]
        async with Switchboard(port) as pbx:
            await pbx.attended()
            pbx.arrive("4001").hang_up()
            assert (await quiet(screen))["link"]["up"]


async def test_a_wrong_secret_is_said_and_the_service_lives_on(configure, look, log):
    async with Switchboard(secret="another") as pbx, running(configure(pbx)) as app:
        screen = look(app)

        async def told() -> Any:
            return "secret" in ((await screen.parts())["ami:main"]["why"] or "")

        await until(told)
        await screen.get("/readyz", status=503)
        await screen.get("/healthz")
        assert SECRET not in str(log)


async def test_a_cut_link_is_on_the_board_at_once_and_its_gap_remembered(pbx, configure, look):
    async with running(configure(pbx)) as app:
        screen = look(app)
        await pbx.attended()
        pbx.arrive("4001").hang_up()
        await quiet(screen)
        pbx.cut()

        async def down() -> Any:
            return not (await screen.live())["link"]["up"]

        await until(down)
        pbx.wait(5)
        pbx.arrive("4001").hang_up()
        await pbx.attended()
        pbx.arrive("4001").hang_up()
        live = await quiet(screen)
        assert live["today"]["gap_seconds"] > 0


async def test_whatever_the_pbx_says_the_next_call_is_told(pbx, configure, look, log):
    async with running(configure(pbx)) as app:
        screen = look(app)
        await pbx.attended()
        pbx.garbage(b"\xff\xfe garbage \x00\r\n\r\nEvent: Newchannel\r\n\r\n")
        pbx.garbage(b"Event: Newstate\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n")
        pbx.garbage("Event: Newchannel\r\nCallerIDName: 张".encode()[:-1] + b"\r\n\r\n")
        pbx.tell("Newstate", Channel="PJSIP/13800138000-1", Uniqueid="x")
        pbx.tell("BridgeEnter", Uniqueid="never seen", Channel="y", BridgeUniqueid="z")
        pbx.arrive("4001").hang_up()

        live = await quiet(screen)
        metrics = await screen.get("/metrics")

    assert live["today"]["arrived"] == 1
    assert 'callcenter_anomalies_total{kind="malformed_event"} 2.0' in metrics
    assert "13800138000" not in str(log)


async def test_an_address_that_is_taken_is_one_line_that_says_what_to_do(pbx, configure):
    async with running(configure(pbx)) as app:
        listen = app.address.removeprefix("http://")
        spool = '[spool]\npath = "second.sqlite"\n'

        with pytest.raises(CannotStart, match=rf"{listen} is taken .* \[web\] listen"):
            async with running(configure(pbx, listen=listen, extra=spool)):
                pass


async def test_check_config_takes_the_running_service_for_no_stranger(pbx, configure):
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        taken = Listen("127.0.0.1", stranger.getsockname()[1])
        assert _address("[web] listen", taken).verdict is Verdict.FAULT
    async with running(configure(pbx)) as app:
        ours = Listen("127.0.0.1", int(app.address.rpartition(":")[2]))
        assert (await asyncio.to_thread(_address, "[web] listen", ours)).verdict is Verdict.OK


async def test_two_services_on_one_outbox_are_one_too_many(pbx, configure):
    async with running(configure(pbx)):
        with pytest.raises(SpoolFailed, match="another callcenter is running"):
            async with running(configure(pbx)):
                pass


async def test_metrics_may_have_an_address_and_a_token_of_their_own(pbx, configure, look):
    extra = '[metrics]\nlisten = "127.0.0.1:0"\ntoken = "scrape-me"\n'
    async with running(configure(pbx, extra=extra)) as app:
        screen = look(app)
        assert app.metrics_address != app.address
        await screen.get("/metrics", status=404)
        await screen.get("/metrics", status=401, address=app.metrics_address)
        headers = {"Authorization": "Bearer scrape-me"}
        url = f"{app.metrics_address}/metrics"
        async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
            assert "callcenter_build_info" in await answer.text()


async def test_two_pbxs_are_followed_side_by_side(pbx, configure, look):
    async with Switchboard() as north:
        extra = (
            f'[[pbx]]\nname = "north"\nport = {north.port}\nusername = "{USERNAME}"\nsecret = "{SECRET}"\n'
            'trunks = ["trunk"]\n[[hotline]]\nnumber = "4002"\nname = "售后"\npbx = "north"\n'
        )
        async with running(configure(pbx, extra=extra)) as app:
            screen = look(app)
            await asyncio.gather(pbx.attended(), north.attended())
            pbx.arrive("4001").hang_up()
            north.arrive("4002").hang_up()
            await quiet(screen)
            await stored(app)
            calls = await screen.calls()

    assert sorted((call["pbx"], call["hotline"]) for call in calls) == [("main", "4001"), ("north", "4002")]


async def test_stopping_is_quick_and_leaves_nothing_running(pbx, configure):
    before = asyncio.all_tasks()
    async with running(configure(pbx)):
        await pbx.attended()
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 10
    assert {task for task in asyncio.all_tasks() - before if not task.get_name().startswith("demo")} <= {
        task for task in asyncio.all_tasks() if "_serve" in repr(task)
    }


async def test_a_part_that_dies_is_noticed(pbx, configure):
    async with running(configure(pbx)) as app:

        async def dies() -> None:
            raise RuntimeError

        app.tasks.start("pump of a test", dies())
        await asyncio.wait_for(app.tasks.broken.wait(), 60)
        assert app.tasks.why == "pump of a test ended: RuntimeError"
