"""What the API gets of the roster's office, on a real PostgreSQL."""

from datetime import UTC, date, datetime

import pytest
from icalendar import Calendar

from callcenter.app.rosters import RosterOffice
from callcenter.config import load
from callcenter.sheets.grids import Unreadable
from callcenter.sheets.values import Month
from callcenter.terms import AgentId, HotlineNumber

NOW = datetime(2030, 11, 26, 4, tzinfo=UTC)
LINE = HotlineNumber("4001")
CONFIG = """
pbx = [{name = "main", username = "a", secret = "b"}]
hotline = [{number = "4001", name = "客服热线", seats = ["daily 08:00-20:00 1"]}]
agent = [{id = "1001", name = "张三", phones = ["1001"]}, {id = "1002", name = "李四", phones = ["1002"]}]
"""


@pytest.fixture
async def office(pool, tmp_path):
    file = tmp_path / "callcenter.toml"
    file.write_text(CONFIG)
    return RosterOffice(pool, load(file, {}), lambda: NOW)


def december(person="1001", days=31):
    lines = "\n".join(f"2030-12-{day:02},08:00,20:00,{person}" for day in range(1, days + 1))
    return f"date,start,end,person\n{lines}\n".encode()


async def bring(office, data):
    return await office.bring(data, dry_run=False, by="9001", reason="December")


async def test_the_check_tells_gaps_how_the_load_is_shared_and_whether_the_next_month_is_complete(office):
    await bring(office, december(days=30))

    told = await office.check(
        LINE, datetime(2030, 11, 30, 16, tzinfo=UTC), datetime(2030, 12, 31, 16, tzinfo=UTC)
    )

    assert told["findings"] == [
        {
            "kind": "gap",
            "start": "2030-12-31T00:00:00.000000Z",
            "end": "2030-12-31T12:00:00.000000Z",
            "people": [],
        }
    ]
    (load_,) = told["balance"]
    assert (load_["person"], load_["name"], load_["hours"], load_["duties"]) == ("1001", "张三", 360.0, 30)
    month = told["month"]
    assert (month["month"], month["due"], month["complete"]) == ("2030-12", True, False)
    assert month["findings"] == told["findings"]

    await bring(office, december())
    told = await office.check(LINE, NOW, datetime(2031, 1, 1, tzinfo=UTC))
    assert told["month"]["complete"]


async def test_too_much_in_a_row_is_told_and_does_not_stop_the_import(office):
    brought = await bring(office, december(days=10))

    assert brought.ok
    assert {(one.kind, one.people) for one in brought.warnings} == {("rest", ("1001",))}


async def test_feeds_of_a_hotline_and_of_a_person_and_the_template_of_a_month(office):
    await bring(office, december(days=2))
    await bring(office, b"date,start,end,person\n2030-12-02,08:00,20:00,1002\n")

    everybody = Calendar.from_ical(await office.calendar_of_hotline(LINE)).walk("VEVENT")
    one = Calendar.from_ical(await office.calendar_of_person(AgentId("1002"))).walk("VEVENT")

    assert ["张三" in str(event["summary"]) for event in everybody] == [True, False]
    assert [event["dtstart"].dt for event in one] == [datetime(2030, 12, 2, 0, tzinfo=UTC)]
    with pytest.raises(LookupError, match="nobody has the id 9999"):
        await office.calendar_of_person(AgentId("9999"))
    assert (await office.template(Month(2030, 12))).startswith(b"PK")


async def test_an_export_has_the_shifts_that_start_on_its_days(office):
    await bring(office, december(days=3))

    data = await office.export(date(2030, 12, 2), date(2030, 12, 2), [LINE], as_csv=True)

    assert [line.split(",")[1] for line in data.decode("utf-8-sig").splitlines()[1:]] == ["2030-12-02"]


async def test_a_file_that_is_none_is_refused(office):
    with pytest.raises(Unreadable, match="damaged"):
        await bring(office, b"PK\x03\x04")
