"""/api/v1/people and the calendar: who may be on duty, and on which days there is work."""

import pytest

from callcenter.terms import Phone, Role

ZHOU = {"id": "zhou", "name": "周杰", "phones": ["1004", "13900000004"], "reason": "new"}


async def test_people_are_listed_in_the_order_of_their_names(client, bearer):
    people = (await (await client.get("/api/v1/people", headers=bearer("agent"))).json())["items"]
    assert [person["id"] for person in people] == ["chen", "li", "wang", "zhao"]
    assert people[1] == {
        "id": "li", "name": "李娜", "sort_key": "lina", "phones": ["1002", "13900000002"], "roles": ["agent"],
        "active_from": None, "active_until": None,
    }  # fmt: skip
    answer = await client.get("/api/v1/people?active_on=2026-11-20", headers=bearer("agent"))
    assert [person["id"] for person in (await answer.json())["items"]] == ["chen", "li", "wang"]


async def test_somebody_is_added_once_however_often_it_is_asked(client, bearer, world):
    first = await client.post("/api/v1/people", json=ZHOU, headers=bearer("admin"))
    again = await client.post("/api/v1/people", json=ZHOU, headers=bearer("admin"))
    assert (first.status, again.status) == (201, 200)
    assert await first.json() == await again.json()
    (person, by, reason), = world.desks.people.asked  # fmt: skip
    assert (person.phones, person.roles) == ((Phone("1004"), Phone("13900000004")), (Role.AGENT,))
    assert (by, reason) == ("token:t-admin", "new")


async def test_an_id_that_is_somebody_elses_is_refused(client, bearer):
    answer = await client.post("/api/v1/people", json=ZHOU | {"id": "li"}, headers=bearer("admin"))
    assert (answer.status, (await answer.json())["field"]) == (409, "id")


async def test_what_is_told_of_somebody_is_told_anew_as_a_whole(client, bearer, world):
    changed = {"name": "李娜", "phones": ["1012"], "roles": ["agent", "supervisor"], "reason": "new desk"}
    for _ in range(2):
        answer = await client.put("/api/v1/people/li", json=changed, headers=bearer("admin@chen"))
        assert (answer.status, (await answer.json())["phones"]) == (200, ["1012"])
    assert len(world.desks.people.asked) == 1
    assert world.desks.people.asked[0][1] == "chen"
    answer = await client.put("/api/v1/people/nobody", json=changed, headers=bearer("admin"))
    assert answer.status == 404


async def test_who_leaves_stays_in_history(client, bearer, world):
    leaving = {"last_day": "2026-12-31", "reason": "moves away"}
    for _ in range(2):
        answer = await client.post("/api/v1/people/li/leave", json=leaving, headers=bearer("admin"))
        assert (await answer.json())["active_until"] == "2026-12-31"
    assert len(world.desks.people.asked) == 1
    answer = await client.get("/api/v1/people/li/history", headers=bearer("supervisor"))
    assert (await answer.json())["items"][0]["person"]["active_until"] == "2026-12-31"
    assert (await client.get("/api/v1/people/li/history", headers=bearer("agent"))).status == 403
    assert (await client.get("/api/v1/people/nobody/history", headers=bearer("admin"))).status == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": "zhou jie"}, "id"),
        ({"id": "../admin"}, "id"),
        ({"id": "zhou\n"}, "id"),
        ({"id": "周"}, "id"),
        ({"name": "Zhou\nJie"}, "name"),
        ({"name": ""}, "name"),
        ({"phones": [""]}, "phones[0]"),
        ({"roles": []}, "roles"),
        ({"roles": ["boss"]}, "roles[0]"),
        ({"active_from": "2026-12-01", "active_until": "2026-11-30"}, "active_until"),
        ({"reason": " "}, "reason"),
    ],
)
async def test_what_cant_be_told_of_a_person_is_named(client, bearer, changes, field):
    answer = await client.post("/api/v1/people", json=ZHOU | changes, headers=bearer("admin"))
    assert (answer.status, (await answer.json())["field"]) == (422, field)


async def test_a_token_tells_whose_it_is(client, bearer):
    told = await (await client.get("/api/v1/me", headers=bearer("agent@wang"))).json()
    assert told == {"role": "agent", "person": "wang", "name": "王小明"}
    told = await (await client.get("/api/v1/me", headers=bearer("admin"))).json()
    assert told == {"role": "admin", "person": None, "name": None}


async def test_the_announced_calendar_of_a_year_takes_the_place_of_the_computed_one(client, bearer):
    before = await (await client.get("/api/v1/calendar?year=2026", headers=bearer("agent"))).json()
    assert (before["status"], before["days"]) == ("provisional", [{"date": "2026-10-01", "kind": "holiday"}])
    days = [{"date": "2026-10-01", "kind": "holiday"}, {"date": "2026-10-10", "kind": "workday"}]
    answer = await client.put("/api/v1/calendar/2026", json={"days": days}, headers=bearer("admin"))
    assert await answer.json() == {"year": 2026, "status": "official", "days": days}
    assert await (await client.get("/api/v1/calendar", headers=bearer("agent"))).json() == await answer.json()
