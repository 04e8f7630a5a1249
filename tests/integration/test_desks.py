"""A day's work over the API, in the running service on a real PostgreSQL: the roster is brought in, a shift
changes hands, people sign in, write the log, hand over, and the supervisor signs."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from callcenter.app.service import App, running
from callcenter.terms import AgentId, Role
from tests.support.screen import stored, until

ZONE = ZoneInfo("Asia/Shanghai")
STAFF = (
    '[[agent]]\nid = "wang"\nname = "王伟"\nphones = ["1001", "13800000001"]\n'
    '[[agent]]\nid = "li"\nname = "李娜"\nphones = ["1002", "13800000002"]\n'
    '[[agent]]\nid = "chen"\nname = "陈静"\nphones = ["1009", "13800000009"]\n'
)


class Caller:
    """Somebody with a token."""

    def __init__(self, app: App, session: aiohttp.ClientSession, token: str) -> None:
        self._address, self._session = app.address, session
        self._headers = {"Authorization": f"Bearer {token}"}

    async def get(self, path: str, status: int = 200) -> Any:
        async with self._session.get(self._address + path, headers=self._headers) as answer:
            assert answer.status == status, await answer.text()
            return await (answer.json() if "json" in answer.content_type else answer.read())

    async def post(self, path: str, body: Mapping[str, Any] | bytes, status: int = 201) -> Any:
        how: dict[str, Any] = {"data": body} if isinstance(body, bytes) else {"json": body}
        headers = self._headers | ({"Content-Type": "text/csv"} if isinstance(body, bytes) else {})
        async with self._session.post(self._address + path, headers=headers, **how) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json()


class House:
    """The service and those who work with it."""

    def __init__(self, app: App, session: aiohttp.ClientSession) -> None:
        self.app, self._session = app, session

    async def person(self, person: str | None, role: Role = Role.AGENT) -> Caller:
        _, token = await self.app.tokens.create(role, AgentId(person) if person else None)
        return Caller(self.app, self._session, token)


@pytest.fixture
async def house(pbx, configure):
    async with aiohttp.ClientSession() as session, running(configure(pbx, extra=STAFF)) as app:
        yield House(app, session)


def local(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%Y-%m-%d}"


def around_now() -> tuple[bytes, datetime]:
    """Wang all of today and Li all of tomorrow, with Chen behind both; when tomorrow begins."""
    now = datetime.now(ZONE)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = ["hotline,date,start,end,role,person"]
    for n, person in ((0, "wang"), (1, "李娜")):
        day = local(today + n * timedelta(days=1))
        rows += [f"4001,{day},00:00,24:00,primary,{person}", f"4001,{day},00:00,24:00,supervisor,chen"]
    return "\n".join(rows).encode(), (today + timedelta(days=1)).astimezone(UTC)


async def test_the_roster_is_brought_in_all_or_nothing(house):
    """A file with a fault changes nothing; a good one is in force at once, and twice is once."""
    chen = await house.person("chen", Role.SUPERVISOR)
    good, _ = around_now()
    bad = good + b"\n4001,2026-02-30,09:00,17:00,primary,li\n4001,2026-03-01,9:00,17:00,primary,stranger"

    refused = await chen.post("/api/v1/roster/import", bad, 422)
    assert {fault["kind"] for fault in refused["faults"]} == {"bad_date", "unknown_person"}
    assert (await chen.get("/api/v1/duty?hotline=4001"))["primary"] == []

    told = await chen.post("/api/v1/roster/import?reason=november", good, 200)
    assert (told["ok"], told["shifts"], told["added"]) == (True, 4, 4)
    again = await chen.post("/api/v1/roster/import", good, 200)
    assert (again["added"], again["kept"], again["withdrawn"]) == (0, 4, 0)

    (holder,) = (await chen.get("/api/v1/duty?hotline=4001"))["primary"]
    assert holder["person"] == "wang"
    agent = await house.person("wang")
    await agent.post("/api/v1/roster/import", good, 403)
    sheet = await chen.get("/api/v1/roster/template.xlsx")
    assert sheet.startswith(b"PK")


async def test_a_swap_is_in_force_once_it_is_approved_and_not_before(house):
    """Li asks Wang to take the end of tomorrow's duty; Wang agrees, Chen approves."""
    chen, wang, li = (
        await house.person("chen", Role.SUPERVISOR), await house.person("wang"), await house.person("li")
    )  # fmt: skip
    data, tomorrow = around_now()
    await chen.post("/api/v1/roster/import", data, 200)
    noon, later = tomorrow + timedelta(hours=12), tomorrow + timedelta(hours=24)
    roster = await chen.get(f"/api/v1/roster?hotline=4001&from={noon:%Y-%m-%dT%H:%M:%SZ}")
    (shift,) = [one for one in roster["shifts"] if one["person"] == "li" and one["role"] == "primary"]
    move = {
        "shift_id": shift["shift_id"], "start": noon.isoformat(), "end": later.isoformat(), "giver": "li",
        "taker": "wang",
    }  # fmt: skip
    asked = await li.post(
        "/api/v1/changes", {"kind": "leave", "moves": [move], "other": "wang", "reason": "a wedding"}
    )
    at = f"{noon + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"

    async def primary() -> list[str]:
        told = await chen.get(f"/api/v1/duty?hotline=4001&at={at}")
        return [one["person"] for one in told["primary"]]

    await chen.post(f"/api/v1/changes/{asked['id']}/approve", {}, 409)
    await wang.post(f"/api/v1/changes/{asked['id']}/agree", {}, 200)
    assert await primary() == ["li"]
    await wang.post(f"/api/v1/changes/{asked['id']}/approve", {}, 403)
    approved = await chen.post(f"/api/v1/changes/{asked['id']}/approve", {"note": "fine"}, 200)
    assert approved["state"] == "approved"
    assert await primary() == ["wang"], "whoever approves and looks sees it"
    told = await chen.get(f"/api/v1/duty?hotline=4001&at={at}")
    assert [one["person"] for one in told["planned"]["primary"]] == ["li"]


async def test_a_shift_is_worked_written_down_and_handed_over(house):
    """Wang signs in, writes, signs; nobody signs for another; the chain holds."""
    chen, wang, li, nobody = (
        await house.person("chen", Role.SUPERVISOR), await house.person("wang"), await house.person("li"),
        await house.person(None),
    )  # fmt: skip
    data, _ = around_now()
    await chen.post("/api/v1/roster/import", data, 200)

    await nobody.post("/api/v1/attendance", {"kind": "in"}, 403)
    signed = await wang.post("/api/v1/attendance", {"kind": "in"})
    assert (signed["person"], signed["source"]) == ("wang", "api")

    entry = await wang.post(
        "/api/v1/logbook",
        {"kind": "incident", "hotline": "4001", "text": "The line was noisy.", "follow_up": True},
    )
    await wang.post(
        "/api/v1/logbook",
        {"kind": "correction", "hotline": "4001", "text": "Only for a minute.", "refers_to": entry["number"]},
    )
    handover = await wang.get("/api/v1/handover?hotline=4001")
    assert [one["person"] for one in handover["giving"]] == ["wang"]
    *_, item = handover["entries"]
    assert item["entry"]["number"] == entry["number"]
    assert [one["text"] for one in item["corrections"]] == ["Only for a minute."]
    shift = handover["shift_ids"][0]
    sign = {"hotline": "4001", "shift_id": shift}
    await li.post("/api/v1/handover/sign", sign | {"side": "given"}, 409)
    await nobody.post("/api/v1/handover/sign", sign | {"side": "given"}, 403)
    await wang.post("/api/v1/handover/sign", sign | {"side": "given"})
    await li.post("/api/v1/handover/sign", sign | {"side": "taken"})
    handover = await chen.get("/api/v1/handover?hotline=4001")
    assert handover["signed"] is True

    await chen.post(f"/api/v1/logbook/{entry['number']}/sign-off", {"note": "read"})
    verdict = await chen.get("/api/v1/logbook/verify")
    assert verdict["breaks"] == []


async def test_a_hotline_is_forced_closed_with_author_and_reason(house):
    """Who and why is in the duty log; an agent may not."""
    chen, wang = await house.person("chen", Role.SUPERVISOR), await house.person("wang")
    order = {"hotline": "4001", "mode": "closed", "reason": "fire drill"}
    await wang.post("/api/v1/routing/force", order, 403)
    forced = await chen.post("/api/v1/routing/force", order, 201)
    assert (forced["mode"], forced["author"]) == ("closed", "chen")

    async def closed() -> bool:
        return (await chen.get("/api/v1/routing?hotline=4001"))["forced"] is not None

    await until(closed)
    (entry,) = (await chen.get("/api/v1/logbook?kind=forced_mode"))["items"]
    assert "fire drill" in entry["text"]

    async def shown() -> bool:
        return (await chen.get("/api/v1/hotlines/4001/live"))["after_hours"] is True

    await until(shown)


async def test_figures_are_told_by_shift_and_by_person(house, pbx):
    """A call that Wang answered on his shift, and one that nobody did."""
    chen = await house.person("chen", Role.SUPERVISOR)
    data, _ = around_now()
    await chen.post("/api/v1/roster/import", data, 200)

    async def on_duty() -> Any:
        return (await chen.get("/api/v1/hotlines/4001/live"))["on_duty"]

    await until(on_duty)
    await pbx.attended()
    for answered in (True, False):
        caller = pbx.arrive("4001")
        caller.ring("1001")
        pbx.wait(7)
        if answered:
            caller.answer("1001")
            pbx.wait(20)
        caller.hang_up()

    async def told() -> Any:
        await stored(house.app)
        shifts = (await chen.get("/api/v1/shifts/kpi"))["items"]
        return shifts if sum(one["arrived"] for one in shifts) == 2 else None

    (shift,) = await until(told)
    assert (shift["offered"], shift["answered"], shift["abandoned"]) == (2, 1, 1)
    assert shift["shift_id"] is not None
    (person,) = [one for one in (await chen.get("/api/v1/agents/kpi"))["items"] if one["person"] == "wang"]
    assert (person["offered"], person["answered"], person["missed"]) == (2, 1, 0)
    calls = (await chen.get("/api/v1/calls?missed=true"))["items"]
    assert [one["person"] for one in calls[0]["on_duty"] if one["role"] == "primary"] == ["wang"]


async def test_whom_the_configuration_names_may_leave_like_anybody_else(house):
    """A person of the house has no history before the first change; the last day is the first entry of it."""
    admin = await house.person("chen", Role.ADMIN)
    assert (await admin.get("/api/v1/people/wang/history"))["items"] == []
    await admin.get("/api/v1/people/nobody/history", 404)

    last = {"last_day": "2035-06-30", "reason": "moves away"}
    assert (await admin.post("/api/v1/people/wang/leave", last, 200))["active_until"] == "2035-06-30"
    assert (await admin.get("/api/v1/people/wang"))["active_until"] == "2035-06-30"
    newest, _ = (await admin.get("/api/v1/people/wang/history"))["items"]
    assert newest["reason"] == "moves away"
