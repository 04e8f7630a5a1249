"""/api/v1/logbook and handover: added to and never changed, and no caller's number for whom it is not."""

import pytest

from callcenter.roster.logbook import Break, EntryKind
from callcenter.web.api.entries import hide
from tests.support.fakedesks import CHEN, DAY, LI

PATH = "/api/v1/logbook"
NUMBER = "13800138000"


async def read(client, path, headers):
    answer = await client.get(path, headers=headers)
    assert answer.status == 200, await answer.text()
    return await answer.json()


async def test_an_entry_is_written_with_who_and_what(client, bearer, world):
    call_id = world.store.calls[0].call_id
    body = {
        "kind": "complaint", "text": "  was cut off twice ", "hotline": "4001", "shift_id": DAY.id,
        "call_id": call_id, "follow_up": True,
    }  # fmt: skip
    answer = await client.post(PATH, json=body, headers=bearer("agent@wang"))
    assert answer.status == 201
    told = await answer.json()
    assert (told["number"], told["author"], told["author_name"]) == (1, "wang", "王小明")
    assert (told["text"], told["kind"], told["call_id"]) == ("was cut off twice", "complaint", call_id)
    assert (told["follow_up"], told["refers_to"], len(told["hash"])) == (True, None, 64)
    assert (world.audit.entries[0].act, world.audit.entries[0].subject) == (
        "logbook.write.complaint",
        call_id,
    )
    assert "cut off" not in repr(world.audit.entries)


async def test_a_correction_is_a_new_entry_that_names_the_old_one(client, bearer, world):
    world.desks.log.add("the caller was Mr Li")
    body = {"kind": "correction", "text": "it was Mr Liu", "refers_to": 1}
    told = await (await client.post(PATH, json=body, headers=bearer("agent@li"))).json()
    assert (told["number"], told["refers_to"], told["author"]) == (2, 1, "li")
    assert world.desks.log.written[0].text == "the caller was Mr Li"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_there_is_no_way_to_change_an_entry(client, bearer, world, method):
    world.desks.log.add("all quiet")
    assert (await client.request(method, f"{PATH}/1", json={}, headers=bearer("admin@chen"))).status == 405


async def test_the_log_is_read_page_by_page_the_newest_first(client, bearer, world):
    for n in range(5):
        world.desks.log.add(f"entry {n}")
    seen, before = [], ""
    for _ in range(4):
        page = await read(client, f"{PATH}?limit=2{before}", bearer("agent@wang"))
        seen += [item["number"] for item in page["items"]]
        if page["next"] is None:
            break
        before = f"&before={page['next']}"
    assert seen == [5, 4, 3, 2, 1]


async def test_filters_reach_the_log(client, bearer, world):
    query = (
        "?hotline=4001&shift_id=s&kind=note&author=wang&call_id=main:1.1&open=true&refers_to=3"
        "&from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z"
    )
    await read(client, f"{PATH}{query}", bearer("agent@wang"))
    wanted = world.desks.log.asked[0][0]
    assert (wanted.hotline, wanted.shift, wanted.kind, wanted.author) == ("4001", "s", "note", "wang")
    assert (wanted.call, wanted.is_open, wanted.refers_to) == ("main:1.1", True, 3)
    answer = await client.get(
        f"{PATH}?from=2026-11-21T00:00:00Z&to=2026-11-20T00:00:00Z", headers=bearer("admin")
    )
    assert (await answer.json())["parameter"] == "to"


async def test_who_may_not_see_numbers_sees_none_in_the_log(client, bearer, world):
    world.desks.log.add(f"call {NUMBER} back")
    for path in (PATH, f"{PATH}/1", "/api/v1/handover?hotline=4001", f"{PATH}/due?hotline=4001"):
        told = repr(await read(client, path, bearer("agent@wang")))
        assert NUMBER not in told
        assert "call …00 back" in told
    assert world.audit.entries == []


@pytest.mark.parametrize(
    ("path", "act"),
    [(PATH, "logbook.list"), (f"{PATH}/1", "logbook.read"), (f"{PATH}/due?hotline=4001", "logbook.due"),
     ("/api/v1/handover?hotline=4001", "handover.read")],
)  # fmt: skip
async def test_a_supervisors_look_at_numbers_is_recorded_first(client, bearer, world, path, act):
    world.desks.log.add(f"call {NUMBER} back")
    assert NUMBER in repr(await read(client, path, bearer("supervisor@chen")))
    assert [(entry.act, entry.shown) for entry in world.audit.entries] == [(act, 1)]
    assert NUMBER not in repr(world.audit.entries)
    world.audit.fault = ConnectionError("away")
    answer = await client.get(path, headers=bearer("supervisor@chen"))
    assert answer.status == 503
    assert NUMBER not in await answer.text()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("13800138000", "…00"),
        ("138 0013 8000", "…00"),
        ("+86-138-0013-8000, again", "…00, again"),
        ("(010) 6552 9988", "(…88"),
        ("回电 13800138000。", "回电 …00。"),
        ("2026-11-20 13800138000", "2026-11-20 …00"),
        ("on 2026-11-20 at 09:00", "on 2026-11-20 at 09:00"),
        ("call main:1795277906.41", "call main:1795277906.41"),
        ("extension 1001, seat 12", "extension 1001, seat 12"),
        ("no digits", "no digits"),
    ],
)
def test_numbers_are_known_however_people_write_them(text, shown):
    assert hide(text) == shown


async def test_who_writes_a_number_is_not_shown_it_again(client, bearer):
    body = {"kind": "note", "text": f"call {NUMBER} back"}
    for who in ("agent@wang", "supervisor@chen"):
        assert NUMBER not in await (await client.post(PATH, json=body, headers=bearer(who))).text()


async def test_a_supervisor_signs_that_the_log_was_read_once(client, bearer, world):
    world.desks.log.add("all quiet")
    first = await client.post(f"{PATH}/1/sign-off", json={"note": "seen"}, headers=bearer("supervisor@chen"))
    again = await client.post(f"{PATH}/1/sign-off", headers=bearer("supervisor@chen"))
    assert (first.status, again.status) == (201, 200)
    assert await first.json() == await again.json()
    signed = world.desks.log.written[-1]
    assert (signed.kind, signed.refers_to, signed.author, signed.hotline) == (
        EntryKind.SIGN_OFF,
        1,
        CHEN,
        "4001",
    )
    for number in ("9", "x", "99999999999999999999"):
        answer = await client.post(f"{PATH}/{number}/sign-off", headers=bearer("supervisor@chen"))
        assert answer.status == 404


async def test_it_is_told_what_is_still_to_be_signed_and_reported(client, bearer, world):
    world.desks.log.add("the trunk was down", kind=EntryKind.INCIDENT)
    due = await read(client, f"{PATH}/due?hotline=4001", bearer("supervisor"))
    assert due["days_to_sign"] == ["2026-11-19"]
    assert due["reports"][0]["incident"]["text"] == "the trunk was down"
    assert due["reports"][0]["overdue"] is False


async def test_whether_the_chain_holds_is_for_supervisors(client, bearer, world):
    world.desks.log.add("all quiet")
    assert await read(client, f"{PATH}/verify", bearer("admin")) == {"ok": True, "checked": 1, "breaks": []}
    world.desks.log.breaks = [Break(number=1, what="it is not what was written")]
    told = await read(client, f"{PATH}/verify", bearer("supervisor"))
    assert (told["ok"], told["breaks"]) == (False, [{"number": 1, "what": "it is not what was written"}])
    assert (await client.get(f"{PATH}/verify", headers=bearer("agent@wang"))).status == 403


async def test_a_purge_takes_two_people(client, bearer, world):
    asked = await client.post(f"{PATH}/purges", json={"before": "2023-01-01"}, headers=bearer("admin@chen"))
    assert asked.status == 201
    own = await client.post(f"{PATH}/purges/1/agree", headers=bearer("admin@chen"))
    assert own.status == 403
    agreed = await client.post(f"{PATH}/purges/1/agree", headers=bearer("supervisor@li"))
    assert ((await agreed.json())["agreed_by"], (await agreed.json())["purged_at"]) == ("li", None)
    again = await client.post(f"{PATH}/purges/1/agree", headers=bearer("supervisor@li"))
    assert await again.json() == await agreed.json()
    listed = await read(client, f"{PATH}/purges", bearer("supervisor"))
    assert [(purge["asked_by"], purge["before"]) for purge in listed["items"]] == [("chen", "2023-01-01")]
    middle = await client.post(f"{PATH}/purges", json={"before": "2023-01-02"}, headers=bearer("admin@chen"))
    assert (middle.status, (await middle.json())["field"]) == (422, "before")
    for number in ("9", "x"):
        answer = await client.post(f"{PATH}/purges/{number}/agree", headers=bearer("admin@li"))
        assert answer.status == 404


async def test_a_handover_presents_entries_open_items_and_missed_calls_and_both_sign(client, bearer, world):
    world.desks.log.add("all quiet")
    world.desks.log.add("water on the floor", kind=EntryKind.INCIDENT, follow_up=True)
    told = await read(client, "/api/v1/handover?hotline=4001", bearer("agent@li"))
    assert ([one["name"] for one in told["giving"]], [one["name"] for one in told["taking"]]) == (
        ["王小明"],
        ["李娜"],
    )
    assert [item["entry"]["text"] for item in told["entries"]] == ["all quiet"]
    assert [item["entry"]["text"] for item in told["open_items"]] == ["water on the floor"]
    assert [call["at"] for call in told["unreturned"]] == ["2026-11-20T04:00:00.000000Z"]
    assert (told["given"], told["taken"], told["signed"]) == (None, None, False)
    for who, side in (("agent@wang", "given"), ("agent@li", "taken")):
        body = {"hotline": "4001", "shift_id": DAY.id, "side": side}
        answer = await client.post("/api/v1/handover/sign", json=body, headers=bearer(who))
        assert answer.status == 201
    told = await read(client, f"/api/v1/handover?hotline=4001&shift_id={DAY.id}", bearer("agent@li"))
    assert (told["given"]["author"], told["taken"]["author"], told["signed"]) == ("wang", LI, True)
    assert [entry.act for entry in world.audit.entries] == ["handover.given", "handover.taken"]


async def test_where_nothing_is_handed_over_it_is_told_so(client, bearer, world):
    world.desks.handover.is_there = False
    answer = await client.get("/api/v1/handover?hotline=4001", headers=bearer("agent@li"))
    assert answer.status == 404


@pytest.mark.parametrize("path", [PATH, f"{PATH}/1", f"{PATH}/due", "/api/v1/handover"])
async def test_the_log_is_for_those_who_work_with_it(client, bearer, path):
    for role, status in (("wallboard", 403), ("qa", 403)):
        assert (await client.get(path, headers=bearer(role))).status == status
    assert (await client.get(path)).status == 401
