"""What the running service answers has the shape that its description says, on a real PostgreSQL."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from jsonschema import Draft202012Validator

from callcenter.app.service import running
from callcenter.terms import AgentId, Role

Ask = Callable[..., Awaitable[Any]]
STAFF = "".join(
    f'[[agent]]\nid = "{name}"\nname = "{name.title()}"\nphones = ["{phone}"]\n'
    for name, phone in (("wang", "1001"), ("li", "1002"), ("chen", "1009"))
)
ZHOU = {"id": "zhou", "name": "周杰", "phones": ["1004"], "reason": "new"}


def roster() -> bytes:
    """Wang from yesterday until tomorrow, wherever it is what day, and then Li."""
    now = datetime.now(UTC)
    days = ((-1, "wang"), (0, "wang"), (1, "wang"), (2, "li"))
    rows = [f"4001,{now + timedelta(days=n):%Y-%m-%d},00:00,24:00,primary,{who}" for n, who in days]
    return "\n".join(["hotline,date,start,end,role,person", *rows]).encode()


@pytest.fixture
async def ask(pbx, configure):
    """Asks as Chen, an administrator, unless told who; refuses an answer that is not as described."""
    async with aiohttp.ClientSession() as session, running(configure(pbx, extra=STAFF)) as app:
        async with session.get(f"{app.address}/api/v1/openapi.json") as answer:
            description = await answer.json()
        tokens = {
            who: (await app.tokens.create(Role.ADMIN, AgentId(who)))[1] for who in ("chen", "wang", "li")
        }

        async def asked(method: str, path: str, address: str, who: str = "chen", **sent: Any) -> Any:
            headers = {"Authorization": f"Bearer {tokens[who]}"} | sent.pop("headers", {})
            async with session.request(method, app.address + address, headers=headers, **sent) as answer:
                told = description["paths"][path][method.lower()]["responses"][str(answer.status)]
                assert answer.status < 300, (address, await answer.text())
                ((kind, content),) = told["content"].items()
                assert answer.content_type == kind, address
                if kind != "application/json":
                    return await answer.read()
                check = Draft202012Validator({**content["schema"], "components": description["components"]})
                value = await answer.json()
                check.validate(value)
                return value

        yield asked


async def test_every_answer_is_as_described(ask):
    csv = {"data": roster(), "headers": {"Content-Type": "text/csv"}}
    preview = await ask("POST", "/api/v1/roster/import", "/api/v1/roster/import?dry_run=true", **csv)
    assert preview["ok"], preview["faults"]
    assert (await ask("POST", "/api/v1/roster/import", "/api/v1/roster/import", **csv))["version"] == 1
    await ask("POST", "/api/v1/people", "/api/v1/people", json=ZHOU)
    assert len((await ask("GET", "/api/v1/people", "/api/v1/people"))["items"]) >= 4
    changed = {"name": "周杰", "phones": ["1005"], "reason": "new desk"}
    await ask("PUT", "/api/v1/people/{id}", "/api/v1/people/zhou", json=changed)
    left = {"last_day": "2027-12-31", "reason": "moves away"}
    await ask("POST", "/api/v1/people/{id}/leave", "/api/v1/people/zhou/leave", json=left)
    history = await ask("GET", "/api/v1/people/{id}/history", "/api/v1/people/zhou/history")
    assert [version["person"]["phones"] for version in history["items"]] == [["1005"], ["1005"], ["1004"]]
    days = {"days": [{"date": "2027-02-20", "kind": "workday"}]}
    await ask("PUT", "/api/v1/calendar/{year}", "/api/v1/calendar/2027", json=days)
    assert (await ask("GET", "/api/v1/calendar", "/api/v1/calendar?year=2027"))["status"] == "official"
    for path, address in (
        ("/api/v1/duty", "/api/v1/duty"),
        ("/api/v1/duty", "/api/v1/duty?hotline=4001"),
        ("/api/v1/roster", "/api/v1/roster?hotline=4001"),
        ("/api/v1/roster/check", "/api/v1/roster/check?hotline=4001"),
        ("/api/v1/roster/versions", "/api/v1/roster/versions?hotline=4001"),
        ("/api/v1/roster/template.xlsx", "/api/v1/roster/template.xlsx"),
        ("/api/v1/roster/export", "/api/v1/roster/export?hotline=4001"),
        ("/api/v1/roster/{n}.ics", "/api/v1/roster/4001.ics"),
        ("/api/v1/people/{id}.ics", "/api/v1/people/wang.ics"),
        ("/api/v1/me", "/api/v1/me"),
        ("/api/v1/hotlines/{n}/live", "/api/v1/hotlines/4001/live"),
        ("/api/v1/shifts/kpi", "/api/v1/shifts/kpi"),
        ("/api/v1/agents/kpi", "/api/v1/agents/kpi"),
        ("/api/v1/routing", "/api/v1/routing?hotline=4001"),
    ):
        await ask("GET", path, address)


async def test_every_act_is_answered_as_described(ask):
    csv = {"data": roster(), "headers": {"Content-Type": "text/csv"}}
    await ask("POST", "/api/v1/roster/import", "/api/v1/roster/import", **csv)
    planned = (await ask("GET", "/api/v1/roster", "/api/v1/roster?hotline=4001"))["shifts"]
    last = max(planned, key=lambda one: one["start"])
    move = {name: last[name] for name in ("shift_id", "start", "end")} | {"giver": "li", "taker": "wang"}
    body = {"id": "take-over-1", "kind": "take_over", "moves": [move], "other": "li", "reason": "ill"}
    for _ in range(2):
        asked = await ask("POST", "/api/v1/changes", "/api/v1/changes", who="wang", json=body)
        assert asked["state"] == "asked"
    for act, who in (("agree", "li"), ("approve", "chen")):
        await ask("POST", f"/api/v1/changes/{{id}}/{act}", f"/api/v1/changes/take-over-1/{act}", who=who)
    assert (await ask("GET", "/api/v1/changes", "/api/v1/changes?state=approved"))["items"][0]["number"] == 1
    await ask("POST", "/api/v1/attendance", "/api/v1/attendance", who="wang", json={"kind": "in"})
    assert (await ask("GET", "/api/v1/attendance", "/api/v1/attendance"))["signs"]
    entry = {"kind": "incident", "hotline": "4001", "text": "trunk down, call 13800138000", "follow_up": True}
    number = (await ask("POST", "/api/v1/logbook", "/api/v1/logbook", who="wang", json=entry))["number"]
    done = {"kind": "item_done", "hotline": "4001", "text": "up again", "refers_to": number}
    assert (await ask("GET", "/api/v1/logbook", "/api/v1/logbook?open=true"))["items"][0]["number"] == number
    await ask("GET", "/api/v1/handover", "/api/v1/handover?hotline=4001")
    await ask("POST", "/api/v1/logbook", "/api/v1/logbook", who="li", json=done)
    assert (await ask("GET", "/api/v1/logbook", "/api/v1/logbook?open=true"))["items"] == []
    order = {"hotline": "4001", "mode": "open", "reason": "storm"}
    await ask("POST", "/api/v1/routing/force", "/api/v1/routing/force", json=order)
    await ask("GET", "/api/v1/routing/history", "/api/v1/routing/history?hotline=4001")
    await ask("GET", "/api/v1/logbook/due", "/api/v1/logbook/due?hotline=4001")
    await ask("POST", "/api/v1/logbook/{n}/sign-off", f"/api/v1/logbook/{number}/sign-off")
    await ask("POST", "/api/v1/logbook/{n}/sign-off", f"/api/v1/logbook/{number}/sign-off")
    page = await ask("GET", "/api/v1/logbook", "/api/v1/logbook?limit=2")
    assert len((await ask("GET", "/api/v1/logbook", f"/api/v1/logbook?before={page['next']}"))["items"]) >= 2
    await ask("GET", "/api/v1/logbook/purges", "/api/v1/logbook/purges")
    verdict = await ask("GET", "/api/v1/logbook/verify", "/api/v1/logbook/verify")
    assert verdict["ok"]
    assert verdict["checked"] >= 7
