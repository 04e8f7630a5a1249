"""Rosters written: what comes out goes in again, and other programs can read it."""

import io
from datetime import UTC, datetime, timedelta

import openpyxl
from icalendar import Calendar

from callcenter.roster.effective import planned
from callcenter.roster.model import Assignment, Shift
from callcenter.roster.seats import seated
from callcenter.sheets.ical import to_ical
from callcenter.sheets.template import template
from callcenter.sheets.values import Month
from callcenter.sheets.writing import to_csv, to_xlsx
from callcenter.terms import AgentId, DutyRole, HotlineNumber
from tests.support.sheets import DIRECTORY, SINGLE, faults, read, told

START = datetime(2026, 12, 1, 0, 0, tzinfo=UTC)


def shift(
    hours: float = 0, length: float = 12, person: str = "1001", hotline: str = "4001", seat: int = 1
) -> Shift:
    start = START + timedelta(hours=hours)
    return Shift(
        hotline=HotlineNumber(hotline),
        start=start,
        end=start + timedelta(hours=length),
        role=DutyRole.PRIMARY,
        seat=seat,
        person=AgentId(person),
    )


def test_csv_has_the_columns_that_the_import_takes_and_excel_sees_its_chinese():
    data = to_csv([shift(0, 16), shift(16, 8, "1002"), shift(0, 12, "1003", seat=2)], DIRECTORY)

    assert data.startswith(b"\xef\xbb\xbf")
    assert data.decode("utf-8-sig").splitlines() == [
        "hotline,date,start,end,role,person,name",
        "4001,2026-12-01,08:00,24:00,primary,1001,张三",
        "4001,2026-12-01,08:00,20:00,primary,1003,王五",
        "4001,2026-12-02,00:00,08:00,primary,1002,李四",
    ]


def test_a_workbook_has_real_dates_and_times_and_comes_back_the_same():
    shifts = [shift(0, 16), shift(16, 8, "1002"), shift(3, 12, "1003", "4002")]
    data = to_xlsx(shifts, DIRECTORY)

    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    assert [cell.value for cell in sheet[2]][4:] == ["primary", "1001", "张三"]
    assert sheet["B2"].is_date
    again = read(data)
    assert again.faults == ()
    assert sorted(seated(line.shift for line in again.lines), key=str) == sorted(shifts, key=str)


def test_24_hours_that_end_where_the_clock_skips_an_hour_come_back_the_same():
    text = "hotline,date,start,end,role,person\n4002,2030-03-30,02:00,02:00,primary,1001\n"
    shifts = seated(line.shift for line in read(text).lines)

    data = to_csv(shifts, DIRECTORY)

    assert data.decode("utf-8-sig").splitlines()[1] == "4002,2030-03-30,02:00,02:00,primary,1001,张三"
    assert seated(line.shift for line in read(data).lines) == shifts


def test_text_that_looks_like_a_formula_stays_text():
    odd = shift(person="=1+1")

    sheet = openpyxl.load_workbook(io.BytesIO(to_xlsx([odd], DIRECTORY))).active
    assert sheet is not None
    assert (sheet["F2"].value, sheet["F2"].data_type) == ("=1+1", "s")


def test_the_template_names_everybody_of_that_month_and_offers_what_may_be_written():
    book = openpyxl.load_workbook(io.BytesIO(template(DIRECTORY, Month(2027, 1))))

    sheet = book["月表 month"]
    assert sheet["A1"].value == "2027年1月 排班表 / roster 2027-01"
    assert [sheet.cell(row, 1).value for row in range(4, 9)] == [
        "李四 (1002)", "王五 (1003)", "王五 (1004)", "张三 (1001)", None,
    ]  # fmt: skip
    assert [rule.formula1 for rule in sheet.data_validations.dataValidation] == [
        "lists!$A$1:$A$4", "lists!$B$1:$B$2", "lists!$C$1:$C$3", "'班次 shifts'!$A$2:$A$30",
    ]  # fmt: skip
    assert book["lists"].sheet_state == "hidden"


def test_the_template_filled_in_is_a_roster_and_left_empty_it_speaks_of_no_day():
    data = template(SINGLE, Month(2026, 12))
    assert (read(data, SINGLE).days, read(data, SINGLE).faults) == ({}, ())

    book = openpyxl.load_workbook(io.BytesIO(data))
    month, lines = book["月表 month"], book["逐班 lines"]
    assert month["A5"].value == "李四 (1002)"
    month["D5"], month["E5"], month["F5"] = "晚", "休", "两"
    lines["B2"], lines["C2"], lines["D2"], lines["E2"] = "2026-12-01", "09:00", "21:00", "主管 supervisor"
    lines["F2"] = "Anna Schmidt (1005)"
    file = io.BytesIO()
    book.save(file)
    reading = read(file.getvalue(), SINGLE)

    assert faults(reading) == []
    assert told(reading) == [
        "4001 12-01 20:00 to 12-02 08:00 primary 1002",
        "4001 12-03 10:00 to 12-03 14:00 primary 1002",
        "4001 12-03 17:30 to 12-03 23:00 primary 1002",
        "4001 12-01 09:00 to 12-01 21:00 supervisor 1005",
    ]


def feed(held: list[Assignment], whose: str | None = None) -> Calendar:
    person = AgentId(whose) if whose else None
    data = to_ical(held, DIRECTORY, title="duty", told_at=START, whose=person)
    parsed = Calendar.from_ical(data)
    assert isinstance(parsed, Calendar)
    return parsed


def test_a_calendar_has_its_hotlines_time_zones_and_a_uid_for_each_shift():
    held = list(planned([shift(0, 12), shift(12, 12, "1002", "4002")]))
    calendar = feed(held)

    assert {str(zone["tzid"]) for zone in calendar.walk("VTIMEZONE")} == {"Asia/Shanghai", "Europe/Berlin"}
    first, second = calendar.walk("VEVENT")
    assert str(first["uid"]) == f"{held[0].shift_id}@callcenter"
    assert first["dtstart"].dt == START
    assert first["dtstart"].params["TZID"] == "Asia/Shanghai"
    assert "张三" in str(first["summary"])
    assert "Berlin" in str(second["summary"])
    assert [str(event["uid"]) for event in feed(held).walk("VEVENT")] == [
        str(event["uid"]) for event in calendar.walk("VEVENT")
    ]


def test_who_took_a_shift_over_has_it_in_the_calendar_and_sees_whose_it_was():
    (one,) = planned([shift()])
    middle = one.start + timedelta(hours=4)
    parts = [
        Assignment(**{**_fields(one), "end": middle}),
        Assignment(**{**_fields(one), "start": middle, "person": AgentId("1002")}),
    ]

    whole, taken = feed(parts).walk("VEVENT"), feed(parts[1:], "1002").walk("VEVENT")

    assert len({str(event["uid"]) for event in whole}) == 2
    assert "张三" in str(taken[0]["description"])


def _fields(one: Assignment) -> dict[str, object]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


def test_an_empty_calendar_is_one_all_the_same():
    assert feed([]).walk("VEVENT") == []
