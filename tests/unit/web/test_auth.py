"""Who gets in, and by what."""

import pytest

from callcenter.terms import HotlineNumber, Role
from callcenter.web.auth import SIGHT, WallboardKeys
from callcenter.web.keys import WebSettings
from tests.support.fakeweb import SECRET

SCREENS = [
    "/wallboard",
    "/wallboard/4001",
    "/api/v1/hotlines",
    "/api/v1/hotlines/4001/live",
    "/api/v1/stream?hotline=4001",
]


async def status(client, path, **headers):
    async with client.get(path, headers=headers) as answer:
        return answer.status


@pytest.mark.parametrize("path", SCREENS)
async def test_screens_are_free_while_only_this_machine_can_reach_us(client, path):
    assert await status(client, path) == 200


@pytest.mark.parametrize("path", SCREENS)
async def test_screens_ask_for_a_key_once_others_can_reach_us(serve, path):
    client = await serve(listen_host="0.0.0.0")
    assert await status(client, path) == 401
    joint = "&" if "?" in path else "?"
    assert await status(client, f"{path}{joint}key={WallboardKeys(SECRET).make()}") == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "board.example"},
        {"X-Forwarded-For": "203.0.113.7"},
        {"Forwarded": "for=203.0.113.7"},
        {"X-Real-IP": "203.0.113.7"},
    ],
)
async def test_behind_a_proxy_on_this_machine_nobody_counts_as_local(client, headers):
    assert await status(client, "/api/v1/hotlines", **headers) == 401


async def test_with_https_in_front_of_us_nobody_counts_as_local(serve):
    client = await serve(secure=True)
    assert await status(client, "/wallboard/4001") == 401


async def test_a_key_to_one_hotline_opens_no_other(serve):
    client = await serve(listen_host="::")
    key = WallboardKeys(SECRET).make(HotlineNumber("_400X"))
    assert await status(client, f"/wallboard/_400X?key={key}") == 200
    assert await status(client, f"/api/v1/stream?hotline=_400X&key={key}") == 200
    for path in ("/wallboard/4001", "/api/v1/hotlines/4001/live", "/api/v1/hotlines/4001/kpi"):
        assert await status(client, f"{path}?key={key}") == 403
    assert await status(client, f"/api/v1/stream?hotline=4001&key={key}") == 403
    listed = await (await client.get(f"/api/v1/hotlines?key={key}")).json()
    assert [item["hotline"] for item in listed["items"]] == ["_400X"]
    assert "4001" not in await (await client.get(f"/wallboard?key={key}")).text()


@pytest.mark.parametrize("key", ["", "x", "WyIqIl0.forged", "IioiCg.AAAA"])
async def test_a_forged_key_is_refused_even_at_this_machine(client, key):
    assert await status(client, f"/wallboard/4001?key={key}") == 401


async def test_another_secret_ends_all_keys(serve):
    client = await serve(secret="a new one")
    assert await status(client, f"/wallboard/4001?key={WallboardKeys(SECRET).make()}") == 401


async def test_a_key_opens_screens_and_no_calls(serve):
    client = await serve(listen_host="0.0.0.0")
    assert await status(client, f"/api/v1/calls?key={WallboardKeys(SECRET).make()}") == 403


async def test_the_api_asks_for_a_token_and_says_how(serve):
    client = await serve(listen_host="0.0.0.0")
    answer = await client.get("/api/v1/calls")
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="callcenter"'


@pytest.mark.parametrize("given", ["Bearer wrong", "bearer agent-token2"])
async def test_a_token_that_is_not_in_force_is_refused(client, given):
    answer = await client.get("/api/v1/calls", headers={"Authorization": given})
    assert answer.status == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert "wrong" not in await answer.text()


async def test_the_word_bearer_is_not_minded_in_its_case(client):
    assert await status(client, "/api/v1/calls", Authorization="bearer agent-token") == 200


async def test_a_token_can_be_used_for_screens_too(serve, bearer):
    client = await serve(listen_host="0.0.0.0")
    for role in Role:
        assert await status(client, "/api/v1/hotlines/4001/live", **bearer(role)) == 200


async def test_while_the_store_is_away_tokens_cant_be_judged_but_screens_go_on(client, bearer, world):
    world.tokens.fault = ConnectionError("postgres on db.internal refused")
    answer = await client.get("/api/v1/calls", headers=bearer("admin"))
    assert answer.status == 503
    assert "db.internal" not in await answer.text()
    assert await status(client, "/api/v1/hotlines/4001/live") == 200


def test_every_role_has_its_sight_and_only_supervision_sees_numbers():
    assert set(SIGHT) == set(Role)
    assert {role for role, sight in SIGHT.items() if sight == "full"} == {Role.SUPERVISOR, Role.ADMIN}
    assert SIGHT[Role.WALLBOARD] == "none"


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True), ("0.0.0.0", False),
     ("::", False), ("10.0.0.1", False), ("pbx.example", False)],
)  # fmt: skip
def test_loopback_is_told_by_the_listen_address(host, is_loopback):
    assert WebSettings(secret="s", listen_host=host).is_loopback is is_loopback
