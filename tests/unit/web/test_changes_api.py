"""/api/v1/changes: asked by one, agreed by the other, approved by the supervisor."""

import pytest

from tests.support.fakedesks import DAY, NIGHT

PATH = "/api/v1/changes"


def move(shift, giver, taker):
    return {
        "shift_id": shift.id, "start": shift.start.isoformat(), "end": shift.end.isoformat(),
        "giver": giver, "taker": taker,
    }  # fmt: skip


SWAP = {
    "id": "5b2f6c1e-swap", "kind": "swap", "other": "li", "reason": "wedding",
    "moves": [move(DAY, "wang", "li"), move(NIGHT, "li", "wang")],
}  # fmt: skip


@pytest.fixture
def ask(client, bearer):
    async def asked(who="agent@wang", **changes):
        return await client.post(PATH, json=SWAP | changes, headers=bearer(who))

    return asked


@pytest.fixture
def act(client, bearer):
    async def acted(what, who, change="5b2f6c1e-swap", **body):
        return await client.post(f"{PATH}/{change}/{what}", json=body, headers=bearer(who))

    return acted


async def test_a_swap_goes_from_asking_to_being_in_force(ask, act, world):
    asked = await ask()
    assert asked.status == 201
    told = await asked.json()
    assert (told["state"], told["asked_by_name"], told["other_name"]) == ("asked", "王小明", "李娜")
    assert [m["taker_name"] for m in told["moves"]] == ["李娜", "王小明"]
    assert told["number"] is None
    assert (await (await act("agree", "agent@li")).json())["state"] == "agreed"
    approved = await (await act("approve", "supervisor@chen", note="fine")).json()
    assert (approved["state"], approved["decided_by_name"], approved["number"]) == ("approved", "陈主任", 1)
    assert [entry.act for entry in world.audit.entries] == [
        "changes.ask.swap", "changes.agree", "changes.approve",
    ]  # fmt: skip


async def test_asked_again_with_the_same_id_it_is_the_same_change(ask, world):
    assert (await ask()).status == 201
    again = await ask()
    assert (again.status, (await again.json())["id"]) == (200, "5b2f6c1e-swap")
    assert len(world.desks.changes.changes) == 1
    other = await ask(moves=[move(DAY, "wang", "li")], kind="take_over")
    assert (other.status, (await other.json())["field"]) == (409, "id")
    assert (await ask(who="agent@li", other="wang")).status == 409


@pytest.mark.parametrize(
    ("what", "who"),
    [
        ("agree", "agent@wang"),  # who asked
        ("agree", "supervisor@chen"),
        ("withdraw", "agent@li"),  # whose agreement it needs
        ("withdraw", "supervisor@chen"),
        ("approve", "agent@li"),
        ("decline", "agent@wang"),
    ],
)
async def test_nobody_says_what_is_for_another_to_say(ask, act, world, what, who):
    await ask()
    body = {"note": "no"} if what == "decline" else {}
    assert (await act(what, who, **body)).status == 403
    assert world.desks.changes.changes["5b2f6c1e-swap"].state == "asked"
    assert [entry.act for entry in world.audit.entries] == ["changes.ask.swap"]


async def test_a_step_taken_twice_is_taken_once(ask, act, world):
    await ask()
    for _ in range(2):
        assert (await act("agree", "agent@li")).status == 200
        assert (await (await act("agree", "agent@li")).json())["state"] == "agreed"
    assert [asked[1] for asked in world.desks.changes.asked if len(asked) == 4] == ["agree"]


async def test_declining_says_why(ask, act):
    await ask()
    answer = await act("decline", "agent@li")
    assert (answer.status, (await answer.json())["field"]) == (422, "note")
    declined = await (await act("decline", "supervisor@chen", note="too few people")).json()
    assert (declined["state"], declined["decision_note"]) == ("declined", "too few people")


async def test_an_edit_is_a_supervisors_own(ask):
    assert (await ask(kind="edit", other=None, moves=[move(DAY, "wang", "li")])).status == 403
    answer = await ask(who="supervisor@chen", kind="edit", other=None, moves=[move(DAY, "wang", "li")])
    assert answer.status == 201


async def test_agents_see_what_concerns_them_and_supervisors_all(ask, client, bearer):
    await ask()
    one = f"{PATH}/5b2f6c1e-swap"
    for who in ("agent@wang", "agent@li", "supervisor@chen", "admin"):
        assert (await client.get(one, headers=bearer(who))).status == 200
        listed = await (await client.get(PATH, headers=bearer(who))).json()
        assert [item["id"] for item in listed["items"]] == ["5b2f6c1e-swap"]
    assert (await client.get(one, headers=bearer("agent@zhao"))).status == 404
    assert (await (await client.get(PATH, headers=bearer("agent@zhao"))).json())["items"] == []
    assert (await client.get(f"{PATH}?person=wang", headers=bearer("agent@li"))).status == 403
    assert (await client.get(PATH, headers=bearer("agent"))).status == 403
    assert (await client.get(PATH, headers=bearer("qa"))).status == 403


async def test_changes_are_found_by_state_person_and_time(client, bearer, world):
    query = "?state=agreed&person=li&hotline=4001&from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z&limit=5"
    await client.get(f"{PATH}{query}", headers=bearer("supervisor"))
    wanted, limit = world.desks.changes.asked[0]
    assert (wanted.state, wanted.person, wanted.hotline, limit) == ("agreed", "li", "4001", 5)
    assert (wanted.start < wanted.end, wanted.start.isoformat()) == (True, "2026-11-20T00:00:00+00:00")


@pytest.mark.parametrize("what", ["agree", "approve", "decline", "withdraw"])
async def test_a_change_that_is_not_there_is_not_found(act, what):
    assert (await act(what, "supervisor@chen", change="nothing", note="no")).status == 404
