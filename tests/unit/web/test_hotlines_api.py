"""/api/v1/hotlines…: live pictures and figures by interval."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from callcenter.kpi import Tally
from tests.support.factories import NOON, make_hotline
from tests.support.fakeweb import FakeUnconfigured, World


async def told(client, path, status=200):
    answer = await client.get(path)
    assert answer.status == status, await answer.text()
    return await answer.json()


async def test_hotlines_are_told_with_the_rule_they_are_judged_by(client):
    first = (await told(client, "/api/v1/hotlines"))["items"][0]
    assert first == {
        "hotline": "4001", "name": "客户服务热线", "pbx": "main", "time_zone": "Asia/Shanghai",
        "cadence": [1.0, 4.0], "target_rings": 3, "short_abandon_seconds": 5.0,
    }  # fmt: skip


async def test_the_live_picture_is_the_boards(client, world):
    call = world.ring(world.offer(), "1001")
    live = await told(client, "/api/v1/hotlines/4001/live")
    assert [(c["call_id"], c["state"], c["ringing"]) for c in live["in_progress"]] == [
        (call.call_id, "ringing", ["1001"])
    ]
    assert (live["waiting"], live["link"]["up"], live["on_duty"]) == (1, True, [])
    assert live["today"]["offered"] == Tally.of_all(world.store.calls).offered > 50
    assert live["missed"][0].keys() == {"at", "outcome", "caller_rings"}


@pytest.mark.parametrize("number", ["4001", "_400X", "+8610", "*31#", "_[1-5]XX!"])
async def test_a_hotline_is_addressed_by_its_number_verbatim(number, aiohttp_client):
    from callcenter.web.app import make_app
    from callcenter.web.keys import WebSettings

    world = World(NOON, [make_hotline(number)])
    client = await aiohttp_client(make_app(world.parts(), WebSettings(secret="s")))
    live = await told(client, f"/api/v1/hotlines/{quote(number, safe='')}/live")
    assert live["hotline"] == number
    page = await client.get(f"/wallboard/{quote(number, safe='')}")
    assert page.status == 200


async def test_an_unknown_hotline_is_not_found(client):
    for tail in ("live", "kpi"):
        problem = await told(client, f"/api/v1/hotlines/4009/{tail}", 404)
        assert problem["detail"] == "there is no such hotline"


async def test_why_the_link_is_down_is_not_told_to_a_wallboard(client, bearer, world):
    world.lose_link()
    assert "why" not in (await told(client, "/api/v1/hotlines/4001/live"))["link"]
    answer = await client.get("/api/v1/hotlines/4001/live", headers=bearer("agent"))
    assert (await answer.json())["link"]["why"] == "nothing heard for 15 s"


async def test_figures_by_hour_add_up_to_the_day(client, world):
    kpi = await told(
        client, "/api/v1/hotlines/4001/kpi?from=2026-11-20T00:00:00%2B08:00&to=2026-11-20T04:00:00Z&step=1h"
    )
    assert (kpi["hotline"], kpi["from"], kpi["step"]) == ("4001", "2026-11-19T16:00:00.000000Z", 3600.0)
    assert len(kpi["intervals"]) == 12
    whole = Tally.of_all(world.store.calls)
    for name in ("arrived", "offered", "on_time", "answered", "abandoned", "short"):
        assert sum(interval[name] for interval in kpi["intervals"]) == getattr(whole, name)


async def test_without_times_figures_are_todays_by_quarter_of_an_hour(client):
    kpi = await told(client, "/api/v1/hotlines/4001/kpi")
    assert (kpi["from"], kpi["to"]) == ("2026-11-19T16:00:00.000000Z", "2026-11-20T04:00:00.000000Z")
    assert len(kpi["intervals"]) == 48


async def test_an_interval_without_calls_has_no_rate(client):
    kpi = await told(client, "/api/v1/hotlines/_400X/kpi?step=12h")
    (interval,) = kpi["intervals"]
    assert interval["arrived"] == 0
    assert (
        interval["three_ring_rate"]
        is interval["strict"]
        is interval["answer_rate"]
        is interval["asa_seconds"]
        is None
    )


async def test_blindness_is_told_by_interval_and_a_gap_that_goes_on_lasts_until_now(client, world):
    world.store.gap_list = [
        (NOON - timedelta(minutes=70), NOON - timedelta(minutes=50)),
        (NOON - timedelta(minutes=5), None),
    ]
    kpi = await told(
        client, "/api/v1/hotlines/4001/kpi?from=2026-11-20T02:00:00Z&to=2026-11-20T05:00:00Z&step=1h"
    )
    assert [interval["gap_seconds"] for interval in kpi["intervals"]] == [600.0, 900.0, 0.0]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("step=0", "step"),
        ("step=59s", "step"),
        ("step=32d", "step"),
        ("step=soon", "step"),
        ("step=-1", "step"),
        ("step=1m&from=2026-01-01T00:00:00Z", "step"),
        ("from=now", "from"),
        ("to=2026-11-19T16:00:00Z", "to"),
        ("until=2026-11-19T16:00:00Z", "until"),
    ],
)
async def test_times_that_cant_be_used_are_named(client, query, parameter):
    assert (await told(client, f"/api/v1/hotlines/4001/kpi?{query}", 400))["parameter"] == parameter


async def test_a_pbx_with_a_clock_of_its_own_is_asked_by_it(serve, world):
    client = await serve({"pbx_now": lambda pbx: NOON + timedelta(seconds=40)})
    live = await told(client, "/api/v1/hotlines/4001/live")
    assert live["at"] == "2026-11-20T04:00:40.000000Z"


async def test_numbers_that_nobody_configured_are_listed_for_supervisors(client, bearer, world):
    world.store.unknown = [FakeUnconfigured("4009", "main", 3, NOON - timedelta(hours=1), NOON)]
    answer = await client.get("/api/v1/unconfigured", headers=bearer("supervisor"))
    assert await answer.json() == {
        "items": [
            {
                "number": "4009", "pbx": "main", "calls": 3,
                "first_at": "2026-11-20T03:00:00.000000Z", "last_at": "2026-11-20T04:00:00.000000Z",
            }
        ]
    }  # fmt: skip
    assert (await client.get("/api/v1/unconfigured", headers=bearer("agent"))).status == 403
