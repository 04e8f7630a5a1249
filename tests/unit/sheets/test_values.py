"""What people write for dates, times and roles."""

from datetime import date, datetime, time, timedelta

import pytest

from callcenter.sheets.headings import Column, meaning
from callcenter.sheets.values import Month, as_date, as_minutes, as_role
from callcenter.terms import DutyRole

NEAR = date(2026, 11, 21)


@pytest.mark.parametrize(
    "value",
    [
        date(2026, 12, 1),
        datetime(2026, 12, 1, 8, 30),  # noqa: DTZ001 - as a spreadsheet keeps it
        46357,
        46357.0,
        "2026-12-01",
        "2026/12/1",
        "2026.12.1",
        "1.12.2026",
        "２０２６年１２月１日",
        "2026年12月1日 星期二",
        "2026-12-01 (Tue)",
        "2026-12-01 00:00:00",
        "20261201",
        20261201,
        "12月1日",
        "12/1",
        " 12-01 ",
    ],
)
def test_a_date(value):
    assert as_date(value, near=NEAR) == date(2026, 12, 1)


def test_the_year_that_is_not_written_is_the_months_or_the_nearest():
    assert as_date("1月3日", near=NEAR) == date(2027, 1, 3)
    assert as_date("1月3日", near=NEAR, month=Month(2025, 12)) == date(2026, 1, 3)
    assert as_date("12月31日", near=NEAR, month=Month(2027, 1)) == date(2026, 12, 31)
    assert as_date("2月29日", near=date(2027, 6, 1)) == date(2028, 2, 29)


@pytest.mark.parametrize("value", [5, 5.0, "5", "5日", "5号", date(1900, 1, 5)])
def test_a_bare_day_is_the_months(value):
    assert as_date(value, near=NEAR, month=Month(2026, 12)) == date(2026, 12, 5)
    with pytest.raises(ValueError, match="does not say of which month"):
        as_date(value, near=NEAR)


@pytest.mark.parametrize(
    "value",
    ["", "soon", "2026-13-01", "2026-02-29", "12月40日", "1/12/2026", True, time(8), 0.5, "1826-12-01"],
)
def test_what_is_no_date_is_refused(value):
    with pytest.raises(ValueError, match="write it as 2026-12-01"):
        as_date(value, near=NEAR)


@pytest.mark.parametrize(
    ("value", "minutes"),
    [
        ("9:00", 540),
        ("09:00", 540),
        ("９：００", 540),
        ("0900", 540),
        ("900", 540),
        (900.0, 540),
        (9, 540),
        ("9", 540),
        ("9点", 540),
        ("9点半", 570),
        ("17时30分", 1050),
        ("9:00:00", 540),
        ("9:00 AM", 540),
        ("5:30 pm", 1050),
        ("12:00 am", 0),
        ("下午5:30", 1050),
        ("次日08:00", 480),
        ("08:00(+1)", 480),
        (time(9), 540),
        (0.375, 540),
        (0.375 + 1e-9, 540),
        ("0.375", 540),
        (0, 0),
        (0.0, 0),
        ("24:00", 1440),
        (2400, 1440),
        (24.0, 1440),
        (timedelta(hours=24), 1440),
        (date(1900, 1, 1), 1440),
        (datetime(2026, 12, 1, 9), 540),  # noqa: DTZ001 - as a spreadsheet keeps it
        ("PT24H00M00S", 1440),
    ],
)
def test_a_time_of_day(value, minutes):
    assert as_minutes(value) == minutes


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("24:01", "from 00:00 to 24:00"),
        ("25:00", "from 00:00 to 24:00"),
        ("9:60", "write it as 09:00"),
        ("9.30", "write it as 09:00"),
        ("morning", "write it as 09:00"),
        ("", "write it as 09:00"),
        (1, "may mean 01:00 or 24:00"),
        (1.0, "may mean 01:00 or 24:00"),
        ("1", "may mean 01:00 or 24:00"),
        (1.375, "is no time of day"),
        (960, "write it as 09:00"),
        (-0.5, "is no time of day"),
        (timedelta(hours=33), "from 00:00 to 24:00"),
        (time(9, 0, 30), "has seconds"),
        (True, "is no time of day"),
    ],
)
def test_what_is_no_time_of_day_is_refused(value, why):
    with pytest.raises(ValueError, match=why):
        as_minutes(value)


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("primary", DutyRole.PRIMARY),
        ("Primary", DutyRole.PRIMARY),
        ("主班", DutyRole.PRIMARY),
        ("值班", DutyRole.PRIMARY),
        ("替补", DutyRole.BACKUP),
        ("备班 backup", DutyRole.BACKUP),
        ("主管", DutyRole.SUPERVISOR),
    ],
)
def test_a_role_in_either_language(text, role):
    assert as_role(text) is role


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("热线", Column.HOTLINE),
        ("日期 / date", Column.DATE),
        ("开始时间", Column.START),
        ("Start time", Column.START),
        ("人员(person)", Column.PERSON),
        ("姓 名", Column.NAME),
        ("备注", None),
    ],
)
def test_headings_are_understood_in_both_languages(heading, column):
    assert meaning(heading) is column


@pytest.mark.parametrize("text", ["2026-13", "12月", "2026", ""])
def test_a_month_is_a_year_and_a_month(text):
    with pytest.raises(ValueError, match="must be a month such as 2026-12"):
        Month.parse(text)
