"""/api/v1/roster: the roster as it is, from sheets, to sheets and calendars."""

import hashlib
import io
from datetime import date

import pytest
from aiohttp import FormData

from callcenter.web.auth import WallboardKeys
from callcenter.web.feedkeys import FeedKeys
from tests.support.fakedesks import DAY, LI, NIGHT, held
from tests.support.fakeweb import SECRET

IMPORT = "/api/v1/roster/import"
CSV = "hotline,date,start,end,role,person\n4001,2026-12-01,09:00,21:00,primary,王小明\n".encode()
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def read(client, path, headers):
    answer = await client.get(path, headers=headers)
    assert answer.status == 200, await answer.text()
    return await answer.json()


async def test_everybody_on_the_staff_sees_the_roster_as_planned_and_as_it_is(client, bearer, world):
    world.desks.roster.effective = [held(DAY, LI), held(NIGHT)]
    for role in ("agent", "qa", "supervisor", "admin"):
        roster = await read(client, "/api/v1/roster?hotline=4001", bearer(role))
        assert [shift["name"] for shift in roster["shifts"]] == ["王小明", "李娜", "陈主任"]
        changed = roster["assignments"][0]
        assert (changed["person"], changed["planned"], changed["shift_id"]) == ("li", "wang", DAY.id)


async def test_without_a_time_the_roster_is_that_of_today_and_a_month_of_the_hotlines_days(client, bearer):
    roster = await read(client, "/api/v1/roster", bearer("agent"))
    assert (roster["from"], roster["to"]) == ("2026-11-19T16:00:00.000000Z", "2026-12-20T16:00:00.000000Z")


async def test_no_screen_sees_the_roster(client, bearer):
    key = WallboardKeys(SECRET).make()
    assert (await client.get("/api/v1/roster")).status == 401
    assert (await client.get(f"/api/v1/roster?key={key}")).status == 403
    assert (await client.get("/api/v1/roster", headers=bearer("wallboard"))).status == 403


@pytest.mark.parametrize(
    "query", ["?from=2026-11-21T00:00:00Z&to=2026-11-20T00:00:00Z", "?to=2099-01-01T00:00:00Z"]
)
async def test_a_stretch_of_time_has_a_length_that_can_be_told(client, bearer, query):
    answer = await client.get(f"/api/v1/roster{query}", headers=bearer("agent"))
    assert answer.status == 400
    assert (await answer.json())["parameter"] == "to"


# In


async def test_a_preview_is_told_and_nothing_is_written_down(client, bearer, world):
    fault = {
        "kind": "unknown_person", "where": "D14", "row": 14, "column": "D", "value": "王小名",
        "what": "nobody is called 王小名; 王小明 is near",
    }  # fmt: skip
    world.desks.roster.preview |= {"ok": False, "faults": [fault]}
    headers = bearer("supervisor") | {"Content-Type": "text/csv"}
    answer = await client.post(f"{IMPORT}?dry_run=true", data=CSV, headers=headers)
    assert answer.status == 200
    preview = await answer.json()
    assert (preview["ok"], preview["dry_run"], preview["version"]) == (False, True, None)
    assert preview["faults"] == [fault]
    assert world.audit.entries == []


async def test_with_a_fault_nothing_is_published_and_every_fault_is_told(client, bearer, world):
    world.desks.roster.preview |= {
        "ok": False,
        "version": None,
        "faults": [{"kind": "clash", "what": "…"}] * 2,
    }
    headers = bearer("supervisor") | {"Content-Type": "text/csv"}
    answer = await client.post(IMPORT, data=CSV, headers=headers)
    assert (answer.status, answer.content_type) == (422, "application/problem+json")
    problem = await answer.json()
    assert problem["detail"] == "nothing was published: the file has 2 faults"
    assert [fault["kind"] for fault in problem["faults"]] == ["clash", "clash"]


async def test_what_is_published_is_known_by_its_content(client, bearer, world):
    headers = bearer("supervisor@chen") | {"Content-Type": "text/csv"}
    answer = await client.post(f"{IMPORT}?reason=December&month=2026-12-01", data=CSV, headers=headers)
    assert (answer.status, (await answer.json())["version"]) == (200, 7)
    assert world.desks.roster.asked == [(CSV, False, "chen", "December", date(2026, 12, 1))]
    assert world.audit.entries[0].subject == f"sha256:{hashlib.sha256(CSV).hexdigest()}"


@pytest.mark.parametrize(
    ("query", "headers"),
    [("", {"Content-Type": XLSX}), ("?filename=roster.XLSX", {}),
     ("", {"Content-Disposition": 'attachment; filename="C:\\rosters\\12.ods"'}),
     ("", {"Content-Type": "text/csv; charset=utf-8"})],
)  # fmt: skip
async def test_a_sheet_is_known_by_its_type_or_by_its_name(client, bearer, world, query, headers):
    answer = await client.post(f"{IMPORT}{query}", data=b"PK sheet", headers=bearer("supervisor") | headers)
    assert answer.status == 200, await answer.text()
    assert world.desks.roster.asked[0][0] == b"PK sheet"


async def test_a_browsers_form_is_taken_too(client, bearer, world):
    form = FormData({"reason": "December"})
    form.add_field("file", b"PK sheet", filename="12月.xlsx", content_type="application/octet-stream")
    answer = await client.post(IMPORT, data=form, headers=bearer("supervisor"))
    assert answer.status == 200, await answer.text()
    assert world.desks.roster.asked[0][0] == b"PK sheet"


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b"", "text/csv", 400),
        (b"%PDF", "application/pdf", 415),
        (b"no table", "text/csv", 422),
        (b"x" * (5 * 2**20 + 1), "text/csv", 413),
    ],
)
async def test_what_is_no_sheet_is_refused_in_one_sentence(client, bearer, data, kind, status):
    headers = bearer("supervisor") | {"Content-Type": kind}
    answer = await client.post(IMPORT, data=io.BytesIO(data), headers=headers)
    assert (answer.status, answer.content_type) == (status, "application/problem+json")


async def test_a_form_without_a_file_or_of_another_kind_is_refused(client, bearer):
    form = FormData({"file": "hotline,date"}, default_to_multipart=True)
    assert (await client.post(IMPORT, data=form, headers=bearer("supervisor"))).status == 400
    form = FormData()
    form.add_field("file", b"%PDF", filename="roster.pdf")
    assert (await client.post(IMPORT, data=form, headers=bearer("supervisor"))).status == 415
    headers = bearer("supervisor") | {"Content-Type": "multipart/form-data"}
    assert (await client.post(IMPORT, data=b"x", headers=headers)).status == 400


# Out


async def test_gaps_balance_and_the_coming_month_are_checked(client, bearer):
    check = await read(client, "/api/v1/roster/check?hotline=4001", bearer("agent"))
    assert check["findings"][0]["kind"] == "gap"
    assert check["balance"][0]["name"] == "王小明"
    assert check["month"]["complete"] is False
    assert check["to"] == "2027-01-18T16:00:00.000000Z"  # sixty days
    answer = await client.get("/api/v1/roster/check", headers=bearer("agent"))
    assert (answer.status, (await answer.json())["parameter"]) == (400, "hotline")


async def test_versions_tell_who_published_what_and_why(client, bearer):
    versions = await read(client, "/api/v1/roster/versions", bearer("agent"))
    assert (versions["items"][0]["author"], versions["items"][0]["reason"]) == ("chen", "November")


async def test_a_template_is_that_of_the_next_month_or_of_another(client, bearer, world):
    answer = await client.get("/api/v1/roster/template.xlsx", headers=bearer("agent"))
    assert (answer.content_type, await answer.read()) == (XLSX, b"PK template")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="roster-2026-12.xlsx"'
    await client.get("/api/v1/roster/template.xlsx?month=2027-02-17", headers=bearer("agent"))
    assert world.desks.roster.asked == [(date(2026, 12, 1),), (date(2027, 2, 1),)]


async def test_the_roster_comes_out_as_a_sheet(client, bearer, world):
    answer = await client.get("/api/v1/roster/export?format=csv&from=2026-11-01", headers=bearer("agent"))
    assert answer.content_type == "text/csv"
    assert world.desks.roster.asked[0][:2] == (date(2026, 11, 1), date(2026, 11, 30))
    answer = await client.get("/api/v1/roster/export", headers=bearer("agent"))
    assert (answer.content_type, world.desks.roster.asked[1][0]) == (XLSX, date(2026, 12, 1))
    answer = await client.get("/api/v1/roster/export?from=2026-12-01&to=2026-11-30", headers=bearer("agent"))
    assert (await answer.json())["parameter"] == "to"


async def test_a_calendar_opens_by_the_key_in_its_address_and_by_nothing_less(serve, bearer):
    client = await serve(listen_host="0.0.0.0")
    for path in ("/api/v1/hotlines/4001/calendar", "/api/v1/people/wang/calendar"):
        url = (await read(client, path, bearer("supervisor")))["url"]
        answer = await client.get(url)
        assert (answer.status, answer.content_type) == (200, "text/calendar")
        assert (await answer.text()).startswith("BEGIN:VCALENDAR")
        address = url.partition("?")[0]
        assert (await client.get(address)).status == 401
        assert (await client.get(f"{address}?key=forged")).status == 401
        assert (await client.get(f"{address}?key={WallboardKeys(SECRET).make()}")).status == 401
        assert (await client.get(address, headers=bearer("agent"))).status == 200
        assert (await client.get(address, headers=bearer("wallboard"))).status == 403


async def test_a_calendars_key_opens_no_other_calendar_and_no_screen(serve):
    client = await serve(listen_host="0.0.0.0")
    key = FeedKeys(SECRET).url("person", "wang").partition("key=")[2]
    for path in ("/api/v1/people/li.ics", "/api/v1/roster/4001.ics", "/api/v1/duty", "/wallboard/4001"):
        assert (await client.get(f"{path}?key={key}")).status == 401


async def test_being_at_this_machine_opens_no_calendar(client):
    assert (await client.get("/api/v1/people/wang.ics")).status == 401


async def test_the_address_of_a_persons_calendar_is_for_that_person(client, bearer):
    path = "/api/v1/people/wang/calendar"
    assert (await client.get(path, headers=bearer("agent@wang"))).status == 200
    assert (await client.get(path, headers=bearer("agent@li"))).status == 403
    assert (await client.get(path, headers=bearer("agent"))).status == 403
    assert (await client.get("/api/v1/people/nobody/calendar", headers=bearer("admin"))).status == 404
    assert (await client.get("/api/v1/people/nobody.ics", headers=bearer("admin"))).status == 404
    assert (await client.get("/api/v1/roster/4009.ics", headers=bearer("admin"))).status == 404
