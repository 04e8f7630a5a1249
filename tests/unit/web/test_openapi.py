"""The description is valid, and what it says is so."""

from datetime import date

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from callcenter.roster.logbook import EntryKind
from callcenter.roster.model import ChangeKind, Move
from callcenter.terms import SignKind
from callcenter.web.desks import ChangeAsked
from tests.support.factories import NOON
from tests.support.fakedesks import CHEN, DAY, HOTLINE, LI, WANG, FakePurge

PAGES = {"/", "/wallboard", "/wallboard/{hotline}", "/static/{build}/{name}", "/favicon.ico"}


@pytest.fixture
async def description(client):
    return await (await client.get("/api/v1/openapi.json")).json()


async def test_the_description_is_valid_openapi(description):
    assert description["openapi"] == "3.1.0"
    validate(description, cls=OpenAPIV31SpecValidator)


async def test_every_route_but_the_pages_is_described(client, description):
    routes = {route.resource.canonical for route in client.app.router.routes()}
    assert routes - PAGES == set(description["paths"])


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/api/v1/calls", "/api/v1/calls?limit=20"),
        ("/api/v1/calls/{call_id}", None),
        ("/api/v1/hotlines", "/api/v1/hotlines"),
        ("/api/v1/hotlines/{n}/live", "/api/v1/hotlines/4001/live"),
        ("/api/v1/hotlines/{n}/kpi", "/api/v1/hotlines/4001/kpi?step=1h"),
        ("/api/v1/unconfigured", "/api/v1/unconfigured"),
        ("/api/v1/duty", "/api/v1/duty"),
        ("/api/v1/duty", "/api/v1/duty?hotline=4001"),
        ("/api/v1/roster", "/api/v1/roster"),
        ("/api/v1/roster/check", "/api/v1/roster/check?hotline=4001"),
        ("/api/v1/roster/versions", "/api/v1/roster/versions"),
        ("/api/v1/me", "/api/v1/me"),
        ("/api/v1/people", "/api/v1/people"),
        ("/api/v1/people/{id}", "/api/v1/people/zhao"),
        ("/api/v1/people/{id}/history", "/api/v1/people/zhao/history"),
        ("/api/v1/people/{id}/calendar", "/api/v1/people/zhao/calendar"),
        ("/api/v1/calendar", "/api/v1/calendar?year=2026"),
        ("/api/v1/changes", "/api/v1/changes"),
        ("/api/v1/attendance", "/api/v1/attendance"),
        ("/api/v1/logbook", "/api/v1/logbook"),
        ("/api/v1/logbook/{n}", "/api/v1/logbook/1"),
        ("/api/v1/logbook/due", "/api/v1/logbook/due?hotline=4001"),
        ("/api/v1/logbook/verify", "/api/v1/logbook/verify"),
        ("/api/v1/logbook/purges", "/api/v1/logbook/purges"),
        ("/api/v1/handover", "/api/v1/handover?hotline=4001"),
        ("/api/v1/routing", "/api/v1/routing?hotline=4001"),
        ("/api/v1/routing/history", "/api/v1/routing/history?hotline=4001"),
        ("/api/v1/shifts/kpi", "/api/v1/shifts/kpi"),
        ("/api/v1/agents/kpi", "/api/v1/agents/kpi"),
        ("/healthz", "/healthz"),
        ("/readyz", "/readyz"),
    ],
)
async def test_answers_are_shaped_as_described(client, world, bearer, path, address):
    description = await (await client.get("/api/v1/openapi.json")).json()
    world.ring(world.offer(), "1001")
    world.desks.log.add("the trunk was down", kind=EntryKind.INCIDENT, follow_up=True)
    world.desks.log.purged.append(FakePurge(1, date(2023, 1, 1), CHEN))
    await world.desks.routing.force(HOTLINE, None, None, "chen", "over")
    await world.desks.changes.ask(a_swap())
    await world.desks.attendance.sign(WANG, SignKind.IN, NOON, None)
    answer = await client.get(
        address or f"/api/v1/calls/{world.store.calls[0].call_id}", headers=bearer("supervisor")
    )
    assert answer.status == 200
    check(description, path, await answer.json())


async def test_problems_have_the_shape_that_is_described(client, description):
    problem = await (await client.get("/api/v1/hotlines/4001/kpi?step=x")).json()
    validator(description, {"$ref": "#/components/schemas/Problem"}).validate(problem)


@pytest.mark.parametrize("path", ["/api/v1/calls", "/api/v1/hotlines/{n}/kpi", "/api/v1/stream"])
async def test_every_described_parameter_is_understood(client, description, bearer, path):
    values = {
        "hotline": "4001", "from": "2026-11-20T00:00:00Z", "to": "2026-11-20T01:00:00Z", "outcome": "lost",
        "agent": "1001", "direction": "inbound", "missed": "true", "limit": "5", "step": "15m",
        "cursor": "MCBhOjE",
    }  # fmt: skip
    for parameter in description["paths"][path]["get"]["parameters"]:
        if parameter["in"] == "query":
            query = {parameter["name"]: values[parameter["name"]]}
            async with client.get(
                path.replace("{n}", "4001"), params=query, headers=bearer("agent")
            ) as answer:
                assert answer.status == 200, query


async def test_what_needs_a_token_says_so(description):
    asked = {
        (method, path): operation["security"]
        for path, item in description["paths"].items()
        for method, operation in item.items()
    }
    assert asked["get", "/api/v1/calls"] == [{"bearer": []}]
    assert {"key": []} in asked["get", "/api/v1/stream"]
    assert asked["get", "/healthz"] == []
    assert asked["get", "/api/v1/people/{id}.ics"] == [{"bearer": []}, {"feed": []}]
    assert {str(needs) for (method, _), needs in asked.items() if method != "get"} == {"[{'bearer': []}]"}


def a_swap():
    move = Move(shift_id=DAY.id, start=DAY.start, end=DAY.end, giver=WANG, taker=LI)
    told = {"id": "c1", "kind": ChangeKind.SWAP, "moves": (move,), "reason": "ill", "at": NOON}
    return ChangeAsked(asked_by=WANG, other=LI, **told)


def check(description, path, value):
    content = description["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    validator(description, content["schema"]).validate(value)


def validator(description, schema):
    return Draft202012Validator({**schema, "components": description["components"]})
