"""The live stream: a snapshot, then every change, and never a number."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from callcenter.facts import CallMerged
from callcenter.web.stream import STREAMS
from tests.support.factories import NOON

CALLER = "13800138000"


class Listener:
    """Reads events off a stream."""

    def __init__(self, answer) -> None:
        self.answer = answer
        self.raw = b""

    async def event(self):
        """The next event as (name, data)."""
        name = ""
        while line := (await self.answer.content.readline()):
            self.raw += line
            text = line.decode().rstrip("\r\n")
            if text.startswith("event: "):
                name = text.removeprefix("event: ")
            if text.startswith("data: "):
                return name, json.loads(text.removeprefix("data: "))
        raise EOFError

    async def until(self, wanted):
        """The data of the next event of that name."""
        while True:
            name, data = await self.event()
            if name == wanted:
                return data


@asynccontextmanager
async def listening(client, path="/api/v1/stream", **headers):
    async with asyncio.timeout(60), client.get(path, headers=headers) as answer:
        assert answer.status == 200
        yield Listener(answer)


@pytest.fixture
async def quiet(serve):
    """A server that beats and refreshes only at the start."""
    return await serve(beat_seconds=3600.0, refresh_seconds=3600.0)


async def test_a_stream_opens_with_each_hotlines_snapshot(quiet):
    async with listening(quiet) as stream:
        assert stream.answer.content_type == "text/event-stream"
        assert stream.answer.headers["X-Accel-Buffering"] == "no"
        names = [await stream.event() for _ in range(3)]
        assert [name for name, _ in names] == ["beat", "snapshot", "snapshot"]
        assert [data["hotline"] for name, data in names if name == "snapshot"] == ["4001", "_400X"]
        assert b"retry: 1000" in stream.raw


async def test_the_snapshot_is_the_live_answer(quiet):
    live = await (await quiet.get("/api/v1/hotlines/4001/live")).json()
    async with listening(quiet, "/api/v1/stream?hotline=4001") as stream:
        assert await stream.until("snapshot") == live


async def test_what_happens_comes_at_once_and_a_new_snapshot_after_it(quiet, world):
    async with listening(quiet, "/api/v1/stream?hotline=4001") as stream:
        await stream.until("snapshot")
        call = world.offer()
        assert (await stream.until("call"))["state"] == "waiting"
        world.ring(call, "1001")
        assert (await stream.until("call"))["state"] == "ringing"
        snapshot = await stream.until("snapshot")
        assert [now["call_id"] for now in snapshot["in_progress"]] == [call.call_id]


async def test_another_hotlines_calls_are_not_told(quiet, world):
    async with listening(quiet, "/api/v1/stream?hotline=_400X") as stream:
        await stream.until("snapshot")
        world.offer("4001")
        mine = world.offer("_400X")
        assert (await stream.event())[1]["call_id"] == mine.call_id


async def test_a_lost_link_is_told_at_once_and_so_is_its_return(quiet, world):
    async with listening(quiet, "/api/v1/stream?hotline=4001") as stream:
        await stream.until("snapshot")
        world.at = NOON + timedelta(seconds=1)
        world.lose_link()
        name, link = await stream.event()
        assert (name, link["up"], link["hotlines"]) == ("link", False, ["4001"])
        assert "reason" not in link
        assert (await stream.until("snapshot"))["link"]["up"] is False
        world.at = NOON + timedelta(seconds=5)
        world.regain_link()
        assert (await stream.until("link"))["up"] is True
        assert (await stream.until("snapshot"))["link"]["up"] is True


async def test_a_merged_call_is_withdrawn(quiet, world):
    async with listening(quiet, "/api/v1/stream?hotline=4001") as stream:
        await stream.until("snapshot")
        call = world.offer()
        world.feed.apply(CallMerged(at=NOON, pbx="main", call_id=call.call_id, into="main:1.1"))
        assert await stream.until("withdrawn") == {"call_id": call.call_id, "into": "main:1.1"}
        assert (await stream.until("snapshot"))["in_progress"] == []


@pytest.mark.parametrize(("role", "shown"), [("wallboard", None), ("agent", "…00"), ("supervisor", "…00")])
async def test_no_stream_carries_a_whole_number(quiet, world, bearer, role, shown):
    async with listening(quiet, "/api/v1/stream?hotline=4001", **bearer(role)) as stream:
        await stream.until("snapshot")
        call = world.offer(caller=CALLER)
        assert (await stream.until("call"))["caller"] == shown
        call = world.ring(call, at=NOON + timedelta(seconds=9))
        assert (await stream.until("call"))["caller"] == shown
        world.give_up(call)
        assert (await stream.until("call"))["caller"] == shown
        await stream.until("snapshot")
        assert CALLER.encode() not in stream.raw


async def test_signs_of_life_tell_the_servers_time(client, world):
    async with listening(client, "/api/v1/stream?hotline=4001") as stream:
        world.at = NOON + timedelta(seconds=7)
        while (await stream.until("beat"))["at"] != "2026-11-20T04:00:07.000000Z":
            pass


async def test_a_snapshot_comes_by_itself_when_nothing_happens(serve):
    client = await serve(beat_seconds=3600.0, refresh_seconds=0.05)
    async with listening(client, "/api/v1/stream?hotline=4001") as stream:
        for _ in range(3):
            await stream.until("snapshot")


async def test_a_client_that_comes_back_starts_with_the_whole_truth(quiet, world):
    world.offer()
    async with listening(
        quiet, "/api/v1/stream?hotline=4001", **{"Last-Event-ID": "what ever 7; \\"}
    ) as stream:
        assert len((await stream.until("snapshot"))["in_progress"]) == 1


async def test_a_reader_that_the_feed_cut_off_is_ended_and_may_come_back(quiet, world):
    async with listening(quiet) as stream:
        await stream.until("snapshot")
        world.outrun_readers()
        with pytest.raises(EOFError):
            await stream.until("never")
    assert world.feed.cut_off == 1
    async with listening(quiet) as stream:
        await stream.until("snapshot")


async def test_a_browser_that_leaves_is_forgotten(client, world):
    async with listening(client) as stream:
        await stream.until("snapshot")
        assert client.app[STREAMS].open == world.feed.watched == 1
        stream.answer.close()
    async with asyncio.timeout(60):
        await world.feed.left.wait()
    assert client.app[STREAMS].open == world.feed.watched == 0


async def test_streams_are_ended_when_the_service_stops(quiet):
    async with listening(quiet) as stream:
        await stream.until("snapshot")
        await quiet.app.shutdown()
        with pytest.raises(EOFError):
            await stream.until("never")


async def test_too_many_streams_are_refused_and_told_to_come_back(serve, world):
    client = await serve(max_streams=1)
    async with listening(client) as stream:
        await stream.until("snapshot")
        refused = await client.get("/api/v1/stream")
        assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
        stream.answer.close()
        await world.feed.left.wait()
    async with listening(client) as stream:
        await stream.until("snapshot")


async def test_an_unknown_hotline_is_named(client):
    answer = await client.get("/api/v1/stream?hotline=4009")
    assert (answer.status, (await answer.json())["parameter"]) == (400, "hotline")


async def test_a_browser_that_takes_nothing_is_cut_off_and_holds_up_nobody(serve, world, caplog):
    client = await serve(send_timeout_seconds=0.2, beat_seconds=3600.0)
    reader, writer = await asyncio.open_connection(client.host, client.port, limit=1)
    writer.write(f"GET /api/v1/stream HTTP/1.1\r\nHost: localhost:{client.port}\r\n\r\n".encode())
    await reader.read(1)
    async with asyncio.timeout(60), client.get("/api/v1/stream") as answer:
        stream = Listener(answer)
        await stream.until("snapshot")
        while not world.feed.left.is_set():
            call = world.ring(world.offer(), *map(str, range(1000, 1400)))  # a large telling
            while (await stream.until("call"))["call_id"] != call.call_id:
                pass
            world.give_up(call)
    assert world.feed.cut_off == 0  # the connection was given up, not the feed's queue
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
    writer.close()
