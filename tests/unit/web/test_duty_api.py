"""/api/v1/duty: who is on duty, planned and real, now, then, and when a call came."""

import pytest

from callcenter.record import OnDuty
from callcenter.terms import DutyRole, HotlineNumber
from callcenter.web.auth import WallboardKeys
from tests.support.factories import make_call
from tests.support.fakedesks import CHEN, DAY, LI, NIGHT, WANG, held
from tests.support.fakeweb import SECRET

EVENING = "2026-11-20T20:30:00%2B08:00"


async def told(client, query="", **headers):
    answer = await client.get(f"/api/v1/duty{query}", headers=headers)
    assert answer.status == 200, await answer.text()
    return await answer.json()


async def test_it_is_told_who_is_on_duty_since_when_and_until_when(client):
    duty = await told(client, "?hotline=4001")
    assert duty["at"] == "2026-11-20T04:00:00.000000Z"
    assert duty["primary"] == [
        {
            "person": "wang", "name": "王小明", "since": "2026-11-20T00:00:00.000000Z",
            "until": "2026-11-20T12:00:00.000000Z", "shift_id": DAY.id, "seat": 1,
        }
    ]  # fmt: skip
    assert [one["person"] for one in duty["supervisor"]] == ["chen"]
    assert duty["backup"] == []
    assert duty["staffed"] is True


async def test_it_is_told_who_comes_next(client):
    duty = await told(client, "?hotline=4001")
    assert duty["next"]["at"] == "2026-11-20T12:00:00.000000Z"
    assert [one["name"] for one in duty["next"]["primary"]] == ["李娜"]


async def test_any_instant_can_be_asked_for(client):
    assert [one["person"] for one in (await told(client, f"?hotline=4001&at={EVENING}"))["primary"]] == ["li"]


async def test_after_a_swap_planned_and_real_stand_side_by_side(client, world):
    world.desks.roster.effective = [held(DAY, LI), held(NIGHT, WANG)]
    duty = await told(client, "?hotline=4001")
    assert [one["person"] for one in duty["primary"]] == ["li"]
    assert [one["person"] for one in duty["planned"]["primary"]] == ["wang"]


async def test_nobody_on_duty_is_a_state_of_its_own(client):
    duty = await told(client, "?hotline=4001&at=2026-11-21T12:00:00Z")
    assert (duty["primary"], duty["staffed"], duty["next"]) == ([], False, None)


async def test_where_there_is_no_roster_nobody_is_missing(client):
    duty = await told(client, "?hotline=_400X")
    assert (duty["primary"], duty["staffed"]) == ([], None)


async def test_without_a_hotline_all_are_told(client):
    duty = await told(client)
    assert [item["hotline"] for item in duty["items"]] == ["4001", "_400X"]


async def test_a_screens_key_shows_its_own_hotlines_duty_and_no_other(serve):
    client = await serve(listen_host="0.0.0.0")
    assert (await client.get("/api/v1/duty")).status == 401
    key = WallboardKeys(SECRET).make(HotlineNumber("4001"))
    assert [item["hotline"] for item in (await told(client, f"?key={key}"))["items"]] == ["4001"]
    assert (await told(client, f"?hotline=4001&key={key}"))["primary"][0]["name"] == "王小明"
    assert (await client.get(f"/api/v1/duty?hotline=_400X&key={key}")).status == 403


async def test_the_duty_frozen_onto_a_call_stays_whatever_the_roster_says_later(client, bearer, world):
    duty = (
        OnDuty(person=WANG, role=DutyRole.PRIMARY, shift_id=DAY.id),
        OnDuty(person=CHEN, role=DutyRole.SUPERVISOR, shift_id=None),
    )
    call = make_call(1, on_duty=duty, shift_id=DAY.id, shift_ids=(DAY.id,), after_hours=True, target_rings=5)
    world.store.calls = [call]
    world.desks.roster.effective = [held(DAY, LI)]
    frozen = await told(client, f"?call_id={call.call_id}", **bearer("agent"))
    assert frozen["primary"] == [{"person": "wang", "name": "王小明", "shift_id": DAY.id}]
    assert frozen["supervisor"] == [{"person": "chen", "name": "陈主任", "shift_id": None}]
    assert (frozen["backup"], frozen["shift_ids"], frozen["after_hours"]) == ([], [DAY.id], True)
    assert (frozen["target_rings"], frozen["cadence"], frozen["at"]) == (
        5,
        [1, 4],
        "2026-11-20T04:00:00.000000Z",
    )
    assert call.caller not in repr(frozen)


async def test_a_calls_duty_is_for_staff(client, bearer, world):
    path = f"/api/v1/duty?call_id={world.store.calls[0].call_id}"
    assert (await client.get(path)).status == 403
    assert (await client.get(path, headers=bearer("wallboard"))).status == 403
    assert (await client.get("/api/v1/duty?call_id=main:1.1", headers=bearer("agent"))).status == 404


@pytest.mark.parametrize(
    ("query", "parameter"),
    [("?at=noon", "at"), ("?hotline=4009", "hotline"), ("?call_id=x&at=2026-11-21T12:00:00Z", "at"),
     ("?call_id=x&hotline=4001", "hotline"), ("?when=now", "when")],
)  # fmt: skip
async def test_a_parameter_that_cant_be_used_is_named(client, bearer, query, parameter):
    answer = await client.get(f"/api/v1/duty{query}", headers=bearer("agent"))
    assert answer.status == 400
    assert (await answer.json())["parameter"] == parameter


async def test_while_the_store_is_away_it_is_told_so(client, world):
    world.desks.roster.fault = ConnectionError("postgres on db.internal refused")
    assert (await client.get("/api/v1/duty")).status == 503
