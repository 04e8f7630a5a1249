"""What a body must be, and how a fault in it is told: one sentence, and the field."""

import json

import pytest

from tests.support.fakedesks import DAY

CHANGES, LOGBOOK, FORCE = "/api/v1/changes", "/api/v1/logbook", "/api/v1/routing/force"
MOVE = {
    "shift_id": DAY.id, "start": "2026-11-20T00:00:00Z", "end": "2026-11-20T12:00:00Z", "giver": "wang",
    "taker": "li",
}  # fmt: skip
CHANGE = {"kind": "leave", "moves": [MOVE], "other": "li", "reason": "wedding"}
ENTRY = {"kind": "note", "text": "all quiet"}
ORDER = {"hotline": "4001", "mode": "closed", "reason": "storm"}


USUAL = {CHANGES: CHANGE, LOGBOOK: ENTRY, FORCE: ORDER}
LONG = {"text": "x" * 10_001}
TIME, OFFSET = "2026-11-21T08:00:00Z", "2026-11-21T08:00:00+08:00"


def moved(**changes):
    return {"moves": [MOVE | changes]}


@pytest.mark.parametrize(
    ("path", "changes", "told"),
    [
        (CHANGES, {"kind": ...}, "kind: is missing"),
        (CHANGES, {"kind": "barter"}, "kind: must be one of edit, leave, swap, take_over"),
        (CHANGES, {"moves": []}, "moves: must have at least 1 entries"),
        (CHANGES, {"moves": 5}, "moves: must be a list"),
        (CHANGES, {"moves": [5]}, "moves[0]: must be an object"),
        (CHANGES, moved(start="noon"), f"moves[0].start: must be a time in ISO 8601 such as {TIME}"),
        (CHANGES, moved(start=TIME[:-1]), f"moves[0].start: must say its offset from UTC, such as {OFFSET}"),
        (CHANGES, moved(end=MOVE["start"]), "moves[0].end: must be later than start"),
        (CHANGES, moved(taker="wang"), "moves[0].taker: must be somebody else than the giver"),
        (CHANGES, moved(taker="nobody"), "moves[0].taker: there is no such person"),
        (CHANGES, moved(seat=1), "moves[0].seat: there is no such field here"),
        (CHANGES, {"other": "nobody"}, "other: there is no such person"),
        (CHANGES, {"other": ...}, "other: is missing: name who has to agree"),
        (CHANGES, {"other": "wang"}, "other: must be somebody else than who asks"),
        (CHANGES, {"kind": "edit"}, "other: has no place in an edit: it asks for nobody's agreement"),
        (CHANGES, {"id": "c 1"}, "id: may hold Latin letters, digits and . _ + - only"),
        (CHANGES, {"other": "li\n"}, "other: must not be blank or hold control characters"),
        (LOGBOOK, {"text": 7}, "text: must be a text"),
        (LOGBOOK, {"text": " \n "}, "text: must not be blank or hold control characters"),
        (LOGBOOK, {"text": "a\u0000b"}, "text: must not be blank or hold control characters"),
        (LOGBOOK, LONG, "text: must have at most 10000 characters"),
        (LOGBOOK, {"follow_up": "yes"}, "follow_up: must be true or false"),
        (LOGBOOK, {"folow_up": True}, "folow_up: there is no such field here (there are: kind, text, "),
        (LOGBOOK, {"kind": "sign_off"}, "kind: must be one of "),
        (LOGBOOK, {"kind": "correction"}, "refers_to: is missing: name the entry that this is about"),
        (LOGBOOK, {"kind": "item_done", "refers_to": 99}, "refers_to: there is no such entry"),
        (LOGBOOK, {"refers_to": -1}, "refers_to: there is no such entry"),
        (LOGBOOK, {"kind": "called_back"}, "call_id: is missing: name the call that was returned"),
        (LOGBOOK, {"call_id": "main:1.1"}, "call_id: there is no such call"),
        (LOGBOOK, {"hotline": "4009"}, "hotline: there is no such hotline"),
        (FORCE, {"until": "2026-11-20T03:59:59Z"}, "until: is over already"),
        (FORCE, {"mode": "auto", "until": TIME}, "until: has no place with auto"),
        (FORCE, {"reason": ""}, "reason: must have at least 1 characters"),
        (FORCE, {"mode": None}, "mode: must be a text"),
    ],
)
async def test_a_field_that_cant_be_used_is_named(client, bearer, path, changes, told):
    body = {key: value for key, value in (USUAL[path] | changes).items() if value is not ...}
    answer = await client.post(path, json=body, headers=bearer("supervisor@wang"))
    problem = await answer.json()
    assert (answer.status, answer.content_type) == (422, "application/problem+json"), problem
    assert problem["field"] == told.partition(":")[0]
    assert problem["detail"].startswith(told)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"days": [{"date": "2026-01-01", "kind": "holiday"}]}, "days[0].date"),
        ({"days": [{"date": "2027-01-01", "kind": "holiday"}] * 2}, "days[1].date"),
        ({"days": [{"date": "2027-02-30", "kind": "holiday"}]}, "days[0].date"),
        ({"days": [{"date": "2027-02-20", "kind": "feast"}]}, "days[0].kind"),
    ],
)
async def test_a_day_that_cant_be_is_named(client, bearer, body, field):
    answer = await client.put("/api/v1/calendar/2027", json=body, headers=bearer("admin"))
    assert answer.status == 422
    assert (await answer.json())["field"] == field


@pytest.mark.parametrize("year", ["1999", "2201", "next", "٢٠٢٧"])
async def test_a_year_that_is_none_is_refused(client, bearer, year):
    body = {"days": [{"date": "2027-01-01", "kind": "holiday"}]}
    answer = await client.put(f"/api/v1/calendar/{year}", json=body, headers=bearer("admin"))
    assert answer.status == 400


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"\xff", b'{"kind": "note", "text": "\\ud800"}', b"[" * 60_000, b'{"a":' * 10_000]
)
async def test_what_is_no_json_is_refused(client, bearer, raw):
    headers = bearer("agent@wang") | {"Content-Type": "application/json"}
    answer = await client.post(LOGBOOK, data=raw, headers=headers)
    assert answer.status in (400, 422)
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize("raw", ["[]", "null", '"note"', "7"])
async def test_json_that_is_no_object_is_refused(client, bearer, raw):
    headers = bearer("agent@wang") | {"Content-Type": "application/json"}
    answer = await client.post(LOGBOOK, data=raw, headers=headers)
    assert answer.status == 422
    assert (await answer.json())["detail"] == "the body must be an object"


async def test_a_form_is_not_taken_for_json(client, bearer):
    answer = await client.post(LOGBOOK, data={"kind": "note", "text": "x"}, headers=bearer("agent@wang"))
    assert answer.status == 415


async def test_more_than_a_log_entry_can_be_is_refused_unread(client, bearer):
    body = json.dumps(ENTRY | {"text": "x" * 200_000})
    headers = bearer("agent@wang") | {"Content-Type": "application/json"}
    answer = await client.post(LOGBOOK, data=body, headers=headers)
    assert answer.status == 413
    assert answer.content_type == "application/problem+json"


async def test_an_act_that_has_nothing_to_say_needs_no_body(client, bearer, world):
    world.desks.log.add("all quiet")
    answer = await client.post("/api/v1/logbook/1/sign-off", headers=bearer("supervisor@chen"))
    assert answer.status == 201


async def test_what_a_body_held_is_not_said_again_in_a_problem(client, bearer):
    body = ENTRY | {"kind": "13800138000"}
    answer = await client.post(LOGBOOK, json=body, headers=bearer("agent@wang"))
    assert answer.status == 422
    assert "13800138000" not in await answer.text()
