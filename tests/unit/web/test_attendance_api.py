"""/api/v1/attendance, routing, and the figures per shift and person."""

import csv
import io

import pytest

from tests.support.fakedesks import DAY

PATH = "/api/v1/attendance"


async def test_one_signs_oneself_in_and_out(client, bearer, world):
    answer = await client.post(PATH, json={"kind": "in", "phone": "1001"}, headers=bearer("agent@wang"))
    assert answer.status == 201
    assert await answer.json() == {
        "person": "wang", "name": "王小明", "kind": "in", "source": "api",
        "at": "2026-11-20T04:00:00.000000Z",
    }  # fmt: skip
    assert (await client.post(PATH, json={"kind": "out"}, headers=bearer("agent@wang"))).status == 201
    assert [(sign.kind, sign.phone) for sign in world.desks.attendance.made] == [
        ("in", "1001"),
        ("out", None),
    ]


async def test_agents_see_their_own_attendance_and_supervisors_everybodys(client, bearer):
    own = await (await client.get(PATH, headers=bearer("agent@wang"))).json()
    assert [(one["kind"], one["minutes"]) for one in own["findings"]] == [("late", 7.0)]
    every = await (await client.get(PATH, headers=bearer("supervisor"))).json()
    assert [(one["name"], one["kind"]) for one in every["findings"]] == [
        ("王小明", "late"),
        ("李娜", "missed_shift"),
    ]
    assert (await client.get(f"{PATH}?person=li", headers=bearer("agent@wang"))).status == 403
    assert (await client.get(PATH, headers=bearer("agent"))).status == 403
    assert (await client.get(PATH, headers=bearer("qa@wang"))).status == 403


async def test_findings_come_out_as_a_sheet_that_spreadsheets_read(client, bearer, world):
    answer = await client.get(f"{PATH}?format=csv", headers=bearer("supervisor"))
    assert answer.content_type == "text/csv"
    raw = await answer.read()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    assert [(row["name"], row["kind"], row["minutes"]) for row in rows] == [
        ("王小明", "late", "7.0"), ("李娜", "missed_shift", ""),
    ]  # fmt: skip


async def test_where_a_caller_is_sent_is_told_and_set_by_hand(client, bearer, world):
    shown = await (await client.get("/api/v1/routing?hotline=4001", headers=bearer("agent"))).json()
    assert shown["chain"] == [{"person": "wang"}]
    order = {"hotline": "4001", "mode": "closed", "until": "2026-11-20T22:00:00+08:00", "reason": "storm"}
    answer = await client.post("/api/v1/routing/force", json=order, headers=bearer("supervisor@chen"))
    assert await answer.json() == {
        "hotline": "4001", "mode": "closed", "until": "2026-11-20T14:00:00.000000Z", "author": "chen",
        "at": "2026-11-20T04:00:00.000000Z", "reason": "storm",
    }  # fmt: skip
    back = {"hotline": "4001", "mode": "auto", "reason": "over"}
    assert (await client.post("/api/v1/routing/force", json=back, headers=bearer("admin"))).status == 201
    told = await (await client.get("/api/v1/routing/history?hotline=4001", headers=bearer("agent"))).json()
    assert [item["mode"] for item in told["items"]] == ["auto", "closed"]
    assert [asked[1] for asked in world.desks.routing.asked if len(asked) == 5] == ["closed", None]
    assert [entry.act for entry in world.audit.entries] == ["routing.force.closed", "routing.force.auto"]


async def test_figures_are_told_for_each_shift(client, bearer, world):
    told = await (await client.get("/api/v1/shifts/kpi?hotline=4001", headers=bearer("agent"))).json()
    shift, none = told["items"]
    assert (shift["shift_id"], shift["people"]) == (DAY.id, [{"person": "wang", "name": "王小明"}])
    assert (shift["offered"], shift["answered"], shift["three_ring_rate"], shift["strict"]) == (
        2,
        1,
        0.5,
        0.5,
    )
    assert (none["shift_id"], none["offered"], none["three_ring_rate"]) == (None, 0, None)


async def test_figures_are_told_for_each_person_to_supervisors_and_to_that_person(client, bearer):
    every = await (await client.get("/api/v1/agents/kpi", headers=bearer("supervisor"))).json()
    wang, li = every["items"]
    assert (wang["name"], wang["missed"], wang["three_ring_rate"]) == ("王小明", 1, 0.75)
    assert (wang["aht_seconds"], wang["occupancy"]) == (40.0, 0.25)
    assert (li["three_ring_rate"], li["aht_seconds"], li["occupancy"]) == (None, None, None)
    own = await (await client.get("/api/v1/agents/kpi", headers=bearer("agent@li"))).json()
    assert [one["person"] for one in own["items"]] == ["li"]
    assert (await client.get("/api/v1/agents/kpi?person=wang", headers=bearer("agent@li"))).status == 403


@pytest.mark.parametrize("path", ["/api/v1/shifts/kpi", "/api/v1/agents/kpi", PATH])
async def test_no_screen_sees_what_is_about_people(client, bearer, path):
    assert (await client.get(path)).status == 401
    assert (await client.get(path, headers=bearer("wallboard"))).status == 403
