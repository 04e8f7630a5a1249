"""Whatever changes something: who may, who must be a person, and that it is written down beforehand."""

from datetime import UTC, datetime

import pytest

from callcenter.roster.changes import Refused
from callcenter.roster.model import ChangeKind, Move
from callcenter.web.auth import WallboardKeys
from callcenter.web.desks import ChangeAsked
from tests.support.factories import NOON
from tests.support.fakedesks import CHEN, DAY, LI, NIGHT, WANG, FakePurge
from tests.support.fakeweb import SECRET

MOVE = {
    "shift_id": DAY.id, "start": "2026-11-20T00:00:00Z", "end": "2026-11-20T12:00:00Z", "giver": "wang",
    "taker": "li",
}  # fmt: skip
TAKE_OVER = {"kind": "take_over", "moves": [MOVE], "other": "wang", "reason": "ill"}
CSV = b"hotline,date,start,end,role,person\n"
PERSON = {"name": "Zhou", "reason": "new"}

ACTS = {
    "import": ("POST", "/api/v1/roster/import", None),
    "add person": ("POST", "/api/v1/people", PERSON | {"id": "zhou"}),
    "change person": ("PUT", "/api/v1/people/li", PERSON),
    "leave": ("POST", "/api/v1/people/li/leave", {"last_day": "2026-12-31", "reason": "moves away"}),
    "calendar": ("PUT", "/api/v1/calendar/2027", {"days": [{"date": "2027-01-01", "kind": "holiday"}]}),
    "ask": ("POST", "/api/v1/changes", TAKE_OVER),
    "agree": ("POST", "/api/v1/changes/c1/agree", {}),
    "approve": ("POST", "/api/v1/changes/c1/approve", {}),
    "decline": ("POST", "/api/v1/changes/c1/decline", {"note": "too few people"}),
    "withdraw": ("POST", "/api/v1/changes/c1/withdraw", {}),
    "sign in": ("POST", "/api/v1/attendance", {"kind": "in"}),
    "write": ("POST", "/api/v1/logbook", {"kind": "note", "text": "all quiet", "hotline": "4001"}),
    "sign off": ("POST", "/api/v1/logbook/1/sign-off", {}),
    "ask purge": ("POST", "/api/v1/logbook/purges", {"before": "2023-01-01"}),
    "agree purge": ("POST", "/api/v1/logbook/purges/1/agree", {}),
    "hand over": ("POST", "/api/v1/handover/sign", {"hotline": "4001", "shift_id": DAY.id, "side": "given"}),
    "force": ("POST", "/api/v1/routing/force", {"hotline": "4001", "mode": "open", "reason": "storm"}),
}
NEED_A_PERSON = [
    "ask", "agree", "approve", "decline", "withdraw", "sign in", "write", "sign off", "ask purge",
    "agree purge", "hand over",
]  # fmt: skip
BY = {"agree": "agent@wang", "withdraw": "agent@li", "ask": "agent@li", "agree purge": "admin@li"}
"""Whose act it is in this world; all others are an administrator's, as Chen."""
ADMINISTRATORS = ["add person", "change person", "leave", "calendar", "ask purge"]
SUPERVISORS = ["import", "approve", "sign off", "agree purge", "force"]
RECORDED = {
    "import": "roster.import", "add person": "people.add", "change person": "people.change",
    "leave": "people.leave", "calendar": "calendar.bring", "ask": "changes.ask.take_over",
    "agree": "changes.agree", "approve": "changes.approve", "decline": "changes.decline",
    "withdraw": "changes.withdraw", "sign in": "attendance.sign_in", "write": "logbook.write.note",
    "sign off": "logbook.sign_off", "ask purge": "logbook.purge.ask", "agree purge": "logbook.purge.agree",
    "hand over": "handover.given", "force": "routing.force.open",
}  # fmt: skip


@pytest.fixture(autouse=True)
async def asked(world):
    """Li has asked to take over Wang's day; Wang wrote in the log; Chen asked for a purge."""
    move = Move(shift_id=DAY.id, start=DAY.start, end=DAY.end, giver=WANG, taker=LI)
    told = {"id": "c1", "kind": ChangeKind.TAKE_OVER, "moves": (move,), "reason": "ill", "at": NOON}
    await world.desks.changes.ask(ChangeAsked(asked_by=LI, other=WANG, **told))
    world.desks.log.add("the printer is out of paper")
    world.desks.log.purged.append(FakePurge(1, datetime(2023, 1, 1, tzinfo=UTC).date(), CHEN))
    for desk in vars(world.desks).values():
        desk.asked.clear()


async def do(client, act, headers, **changes):
    method, path, body = ACTS[act]
    if body is None:
        kind = {"Content-Type": "text/csv"}
        return await client.request(method, path, data=CSV, headers=headers | kind)
    return await client.request(method, path, json=body | changes, headers=headers)


@pytest.mark.parametrize("act", ACTS)
async def test_what_may_be_done_is_done_and_recorded_before(client, bearer, world, act):
    answer = await do(client, act, bearer(BY.get(act, "admin@chen")))
    assert answer.status in (200, 201), await answer.text()
    entry = world.audit.entries[-1]
    assert (entry.act, entry.shown, entry.at) == (RECORDED[act], 0, NOON)
    assert entry.person == BY.get(act, "admin@chen").partition("@")[2]


@pytest.mark.parametrize("act", ACTS)
async def test_without_a_record_nothing_is_done(client, bearer, world, act):
    world.audit.fault = ConnectionError("the database is away")
    before = repr((world.desks.changes.changes, world.desks.log.written, world.desks.people.people))
    answer = await do(client, act, bearer(BY.get(act, "admin@chen")))
    assert answer.status == 503
    assert repr((world.desks.changes.changes, world.desks.log.written, world.desks.people.people)) == before
    assert world.desks.roster.asked == world.desks.attendance.asked == world.desks.routing.asked == []


@pytest.mark.parametrize("act", ACTS)
async def test_being_at_this_machine_is_not_enough_to_change_anything(client, world, act):
    answer = await do(client, act, {})
    assert answer.status == 401
    assert "bearer token" in (await answer.json())["detail"]
    assert world.audit.entries == []


@pytest.mark.parametrize("act", ACTS)
async def test_a_wallboards_key_changes_nothing(client, act):
    method, path, body = ACTS[act]
    key = WallboardKeys(SECRET).make()
    answer = await client.request(method, f"{path}?key={key}", json=body)
    assert answer.status == 401


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", ["wallboard", "qa"])
async def test_neither_a_screen_nor_a_reviewer_changes_anything(client, bearer, act, role):
    assert (await do(client, act, bearer(f"{role}@wang"))).status == 403


@pytest.mark.parametrize("act", ADMINISTRATORS + SUPERVISORS)
async def test_what_is_for_supervisors_is_refused_to_agents(client, bearer, world, act):
    answer = await do(client, act, bearer("agent@wang"))
    assert answer.status == 403
    assert (await answer.json())["detail"] == "the role agent may not do this"
    assert world.audit.entries == []


@pytest.mark.parametrize("act", ADMINISTRATORS)
async def test_what_is_for_administrators_is_refused_to_supervisors(client, bearer, act):
    assert (await do(client, act, bearer("supervisor@chen"))).status == 403


@pytest.mark.parametrize("act", NEED_A_PERSON)
async def test_an_act_of_a_person_is_refused_to_a_token_without_one(client, bearer, world, act):
    answer = await do(client, act, bearer("admin"))
    assert answer.status == 403
    assert "--person" in (await answer.json())["detail"]
    assert world.audit.entries == []


@pytest.mark.parametrize("act", [act for act in ACTS if act not in NEED_A_PERSON])
async def test_other_acts_are_told_to_be_the_tokens(client, bearer, world, act):
    assert (await do(client, act, bearer("admin"))).status in (200, 201)
    assert world.audit.entries[-1].person is None
    assert "token:t-admin" in repr(vars(world.desks).values()) + repr(
        [d.asked for d in vars(world.desks).values()]
    )


@pytest.mark.parametrize(
    ("act", "field"),
    [("ask", "asked_by"), ("sign in", "person"), ("write", "author"), ("hand over", "person")],
)
async def test_nobody_acts_for_another_person(client, bearer, world, act, field):
    answer = await do(client, act, bearer("agent@li"), **{field: "wang"})
    assert answer.status == 403
    assert (await answer.json())["detail"].startswith("nobody ")
    assert world.audit.entries == []
    assert (await do(client, act, bearer("agent@li"), **{field: "li"})).status == 201


@pytest.mark.parametrize(
    ("act", "desk"),
    [("add person", "people"), ("ask", "changes"), ("agree", "changes"), ("sign in", "attendance"),
     ("write", "log"), ("ask purge", "log"), ("agree purge", "log"), ("hand over", "handover"),
     ("force", "routing"), ("import", "roster"), ("calendar", "calendar")],
)  # fmt: skip
async def test_what_the_rules_refuse_is_told_in_their_words(client, bearer, world, act, desk):
    getattr(world.desks, desk).fault = Refused("What began can't be changed any more: ask a supervisor")
    answer = await do(client, act, bearer(BY.get(act, "admin@chen")))
    assert answer.status == 409
    assert answer.content_type == "application/problem+json"
    assert (await answer.json())["detail"] == "What began can't be changed any more: ask a supervisor"


@pytest.mark.parametrize("act", ACTS)
async def test_a_parameter_that_nobody_reads_is_refused(client, bearer, act):
    method, path, body = ACTS[act]
    answer = await client.request(
        method, f"{path}?dryrun=true", json=body, headers=bearer(BY.get(act, "admin@chen"))
    )
    assert answer.status == 400
    assert (await answer.json())["parameter"] == "dryrun"


async def test_another_method_is_told_which_there_is(client, bearer):
    answer = await client.delete("/api/v1/logbook/1", headers=bearer("admin@chen"))
    assert answer.status == 405
    assert "GET" in answer.headers["Allow"]


def test_every_act_of_the_api_is_tried_here(client):
    routes = {
        (r.method, r.resource.canonical) for r in client.app.router.routes() if r.method in ("POST", "PUT")
    }
    tried = {
        (method, path.replace("/li", "/{id}").replace("/c1/", "/{id}/").replace("/2027", "/{year}")
         .replace("/logbook/1/", "/logbook/{n}/").replace("/purges/1/", "/purges/{id}/"))
        for method, path, _ in ACTS.values()
    }  # fmt: skip
    assert routes == tried
    assert NIGHT.person == LI
