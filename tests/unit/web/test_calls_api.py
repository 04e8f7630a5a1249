"""/api/v1/calls: who sees what of which calls."""

import json

import pytest

from callcenter.record_json import call_from_json
from callcenter.terms import Direction, Outcome
from callcenter.web.sight import tell
from tests.support.factories import NOON, make_call, missed_call

NUMBER = "4930200001"


@pytest.fixture(autouse=True)
def three_calls(world):
    world.store.calls = [
        make_call(1),
        missed_call(2, Outcome.BUSY, hotline="_400X"),
        make_call(3, direction=Direction.OUTBOUND, hotline=None, caller="1001", dialled="13912345678"),
    ]


async def ids(client, bearer, query):
    answer = await client.get(f"/api/v1/calls{query}", headers=bearer("agent"))
    assert answer.status == 200, await answer.text()
    return [item["call_id"].rpartition(".")[2] for item in (await answer.json())["items"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["3", "2", "1"]),
        ("?hotline=4001", ["1"]),
        ("?hotline=_400X", ["2"]),
        ("?outcome=busy", ["2"]),
        ("?missed=true", ["2"]),
        ("?missed=false", ["3", "1"]),
        ("?direction=outbound", ["3"]),
        ("?agent=1002&direction=inbound", ["1"]),
        ("?agent=nobody", []),
        ("?from=2026-11-20T12:00:00%2B08:00", ["3", "2", "1"]),
        ("?from=2026-11-20T12:00:00+08:00", ["3", "2", "1"]),
        ("?from=2026-11-20T04:00:01Z", []),
        ("?to=2026-11-20T04:00:00Z", []),
        ("?to=2026-11-20T04:00:01Z", ["3", "2", "1"]),
    ],
)
async def test_a_filter_leaves_the_calls_it_names(client, bearer, query, found):
    assert await ids(client, bearer, query) == found


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("?outcome=happy", "outcome"),
        ("?missed=yes", "missed"),
        ("?direction=up", "direction"),
        ("?from=yesterday", "from"),
        ("?from=2026-11-20T12:00:00", "from"),
        ("?to=0001-01-01T00:00:00%2B14:00", "to"),
        ("?from=2026-11-21T00:00:00Z&to=2026-11-20T00:00:00Z", "to"),
        ("?limit=0", "limit"),
        ("?limit=501", "limit"),
        ("?limit=%D9%A3", "limit"),
        ("?limit=99999999999999999999", "limit"),
        ("?cursor=nonsense", "cursor"),
        ("?cursor=!!", "cursor"),
        ("?hotline=", "hotline"),
        ("?hotline=4001&hotline=4002", "hotline"),
        ("?hotlin=4001", "hotlin"),
    ],
)
async def test_a_parameter_that_cant_be_used_is_named(client, bearer, query, parameter):
    answer = await client.get(f"/api/v1/calls{query}", headers=bearer("agent"))
    assert answer.status == 400
    assert answer.content_type == "application/problem+json"
    problem = await answer.json()
    assert problem["parameter"] == parameter
    assert problem["detail"].startswith(f"{parameter}: ")
    assert problem["instance"] == "/api/v1/calls"


async def test_pages_follow_one_another_without_gap_or_repeat_even_at_one_instant(client, bearer, world):
    world.store.calls = [make_call(n) for n in range(1, 8)]  # all arrived in the same microsecond
    seen, cursor = [], ""
    for _ in range(4):
        answer = await client.get(f"/api/v1/calls?limit=2{cursor}", headers=bearer("qa"))
        page = await answer.json()
        seen += [item["call_id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == sorted((call.call_id for call in world.store.calls), reverse=True)
    assert page["next"] is None


async def test_a_page_that_holds_the_last_call_says_there_is_no_next(client, bearer):
    answer = await client.get("/api/v1/calls?limit=3", headers=bearer("agent"))
    assert (await answer.json())["next"] is None


@pytest.mark.parametrize(
    ("role", "shown"), [("supervisor", NUMBER), ("admin", NUMBER), ("qa", "…01"), ("agent", "…01")]
)
async def test_a_callers_number_is_shown_as_the_role_may_see_it(client, bearer, world, role, shown):
    call_id = world.store.calls[0].call_id
    listed = await (await client.get("/api/v1/calls?hotline=4001", headers=bearer(role))).json()
    single = await (await client.get(f"/api/v1/calls/{call_id}", headers=bearer(role))).json()
    assert listed["items"][0]["caller"] == single["caller"] == shown


async def test_whom_an_outbound_call_dialled_is_masked_like_a_caller(client, bearer):
    told = await (await client.get("/api/v1/calls?direction=outbound", headers=bearer("agent"))).text()
    assert "13912345678" not in told
    assert json.loads(told)["items"][0]["dialled"] == "…78"
    told = await (await client.get("/api/v1/calls?direction=outbound", headers=bearer("admin"))).json()
    assert told["items"][0]["dialled"] == "13912345678"


async def test_a_wallboard_may_not_list_calls(client, bearer, world):
    call_id = world.store.calls[0].call_id
    for path in ("/api/v1/calls", f"/api/v1/calls/{call_id}"):
        assert (await client.get(path)).status == 401  # free at this machine are screens alone
        assert (await client.get(path, headers=bearer("wallboard"))).status == 403


async def test_the_whole_call_is_told(client, bearer, world):
    call = world.store.calls[0]
    told = await (await client.get(f"/api/v1/calls/{call.call_id}", headers=bearer("admin"))).json()
    assert call_from_json(told) == call


async def test_an_unknown_call_is_not_found(client, bearer):
    answer = await client.get("/api/v1/calls/main:1.1", headers=bearer("admin"))
    assert answer.status == 404
    assert answer.content_type == "application/problem+json"


async def test_every_lookup_that_shows_numbers_is_recorded(client, bearer, world):
    call_id = world.store.calls[0].call_id
    await client.get("/api/v1/calls?hotline=4001", headers=bearer("supervisor"))
    await client.get(f"/api/v1/calls/{call_id}", headers=bearer("supervisor"))
    listed, read = world.audit.entries
    assert (listed.act, listed.subject, listed.shown) == ("calls.list", "hotline=4001", 1)
    assert (read.act, read.subject, read.shown) == ("calls.read", call_id, 1)
    assert (read.who, read.role, read.at, read.client) == ("t-supervisor", "supervisor", NOON, "127.0.0.1")
    assert NUMBER not in repr(world.audit.entries)


async def test_nothing_is_recorded_where_no_number_was_shown(client, bearer, world):
    await client.get("/api/v1/calls", headers=bearer("agent"))
    await client.get("/api/v1/calls?outcome=lost", headers=bearer("supervisor"))
    assert world.audit.entries == []


async def test_without_a_record_no_number_is_shown(client, bearer, world):
    world.audit.fault = ConnectionError("the database is away")
    answer = await client.get("/api/v1/calls", headers=bearer("supervisor"))
    assert answer.status == 503
    assert NUMBER not in await answer.text()


async def test_a_withheld_number_is_null_for_everybody(client, bearer, world):
    world.store.calls = [make_call(1, caller=None)]
    for role in ("agent", "admin"):
        told = await (await client.get("/api/v1/calls", headers=bearer(role))).json()
        assert told["items"][0]["caller"] is None
    assert world.audit.entries == []


async def test_a_wall_sees_extensions_and_nobodys_own_phone(client, world):
    call = world.ring(world.offer(), "1001", "13912345678")
    live = await client.get("/api/v1/hotlines/4001/live")
    assert (await live.json())["in_progress"][0]["ringing"] == ["1001", "…78"]
    told = tell(call, "none")
    assert [attempt["phone"] for attempt in told["attempts"]] == ["1001", "…78"]
    assert "13912345678" not in json.dumps(told)
    assert "13912345678" in json.dumps(tell(call, "masked"))  # colleagues may see it


async def test_long_answers_are_packed_for_those_who_unpack(client, bearer, world):
    world.store.calls = [make_call(n) for n in range(50)]
    packed = await client.get("/api/v1/calls", headers=bearer("agent") | {"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len((await packed.json())["items"]) == 50
    plain = await client.get("/api/v1/calls", headers=bearer("agent") | {"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
