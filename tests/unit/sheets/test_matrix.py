"""The roster that most people have: people down, days across, a shift code in each cell."""

from datetime import date

import pytest

from tests.support.sheets import SINGLE, faults, read, saved, told, workbook

LEGEND = (("代码", "开始", "结束", "开始2", "结束2"), ("白", "08:00", "20:00"), ("晚", "20:00", "08:00"))
SPLIT = ("两", "10:00", "14:00", "17:30", "23:00")


def december(*rows, legend=(*LEGEND, SPLIT), title="2026年12月 排班表", days=3):
    """A workbook with a month of so many days, and its codes on a second sheet."""
    book, sheet = workbook()
    sheet.title = "月表"
    sheet.append([title])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=days + 1)
    sheet.append(["姓名", *range(1, days + 1)])
    sheet.append([None, *("二三四五六日一" * 5)[:days]])
    for row in rows:
        sheet.append(row)
    if legend:
        codes = book.create_sheet("班次")
        for row in legend:
            codes.append(row)
    return saved(book)


def test_codes_become_shifts_split_ones_two_and_rest_none():
    reading = read(december(["张三", "白", "休", "两"], ["李四", "晚", "白+晚", None]), SINGLE)

    assert reading.faults == ()
    assert told(reading) == [
        "4001 12-01 08:00 to 12-01 20:00 primary 1001",
        "4001 12-03 10:00 to 12-03 14:00 primary 1001",
        "4001 12-03 17:30 to 12-03 23:00 primary 1001",
        "4001 12-01 20:00 to 12-02 08:00 primary 1002",
        "4001 12-02 08:00 to 12-02 20:00 primary 1002",
        "4001 12-02 20:00 to 12-03 08:00 primary 1002",
    ]


def test_all_its_days_are_named_also_those_without_anybody():
    reading = read(december(["张三", "白", None, "休"]), SINGLE)

    assert reading.days == {"4001": {date(2026, 12, day) for day in (1, 2, 3)}}


def test_an_empty_matrix_speaks_of_no_day():
    assert read(december(["张三", None, None, None]), SINGLE).days == {}


def test_a_code_that_nothing_explains_and_people_who_are_nobody_are_told_by_cell():
    reading = read(
        december(["张三", "白", "Q", "白"], ["张三丰", "白", "晚", "休"], ["合计", 2, 1, 1]), SINGLE
    )

    assert faults(reading) == [("月表!C4", "unknown_code", "Q"), ("月表!A5", "unknown_person", "张三丰")]
    assert "add a sheet named shifts (班次)" in reading.faults[0].what


@pytest.mark.parametrize("title", ["排班表", "2025年1月"])
def test_the_month_that_is_asked_for_wins_over_the_title(title):
    reading = read(december(["张三", "白", None, None], title=title), SINGLE, month="2027-02")

    assert told(reading) == ["4001 02-01 08:00 to 02-01 20:00 primary 1001"]


def test_without_a_month_its_days_mean_nothing():
    reading = read(december(["张三", "白", None, None], title="排班表"), SINGLE)

    assert {kind for _, kind, _ in faults(reading)} == {"bad_date"}
    assert "does not say of which month" in reading.faults[0].what


def test_a_day_that_the_month_does_not_have_is_a_fault():
    reading = read(december(["张三", *["白"] * 31], title="2026年2月", days=31), SINGLE)

    assert faults(reading) == [
        (f"月表!{column}2", "bad_date", day) for column, day in (("AD", "29"), ("AE", "30"), ("AF", "31"))
    ]


def test_codes_may_be_explained_by_a_note_in_the_sheet_itself_as_in_csv():
    reading = read(
        "2026-12,,,\n姓名,1,2,3\n张三,D,N,off\n,,,\n备注：D=08:00-20:00 N=20:00-次日08:00,,,\n", SINGLE
    )

    assert reading.faults == ()
    assert told(reading) == [
        "4001 12-01 08:00 to 12-01 20:00 primary 1001",
        "4001 12-02 20:00 to 12-03 08:00 primary 1001",
    ]


def test_codes_may_stand_in_a_table_below():
    reading = read(
        "2026-12,,,\n姓名,1,2,3\n张三,白,,\n,,,\n班次,开始,结束,\n白,08:00,20:00,\n晚,20:00,08:00,\n", SINGLE
    )

    assert (told(reading), reading.faults) == (["4001 12-01 08:00 to 12-01 20:00 primary 1001"], ())


def test_times_may_be_written_into_the_cells():
    reading = read("2026-12,,,\n姓名,1,2,3\n张三,09:00-21:00,10:00-14:00/17:30-23:00,\n", SINGLE)

    assert reading.faults == ()
    assert told(reading) == [
        "4001 12-01 09:00 to 12-01 21:00 primary 1001",
        "4001 12-02 10:00 to 12-02 14:00 primary 1001",
        "4001 12-02 17:30 to 12-02 23:00 primary 1001",
    ]


def test_a_code_says_the_role_and_the_hotline_and_a_title_names_a_hotline_too():
    legend = (("code", "start", "end", "role", "hotline"), ("B", "18:00", "08:00", "备班", 4002.0), LEGEND[1])
    reading = read(december(["张三", "白", "B", None], legend=legend, title="热线4001 2026年12月"))

    assert reading.faults == ()
    assert told(reading) == [
        "4001 12-01 08:00 to 12-01 20:00 primary 1001",
        "4002 12-03 01:00 to 12-03 15:00 backup 1001",
    ]
    assert set(reading.days) == {"4001", "4002"}


def test_days_may_be_dates_over_the_turn_of_the_year_and_shifts_may_stand_down():
    book, sheet = workbook()
    sheet.append(["班次", *(date(2026, 12, 30 + n) if n < 2 else date(2027, 1, n - 1) for n in range(4))])
    sheet.append(["白", "张三", "李四", "张三 李四", "无"])
    codes = book.create_sheet("shifts")
    for row in LEGEND:
        codes.append(row)

    reading = read(saved(book), SINGLE)

    assert reading.faults == ()
    assert told(reading) == [
        "4001 12-30 08:00 to 12-30 20:00 primary 1001",
        "4001 12-31 08:00 to 12-31 20:00 primary 1002",
        "4001 01-01 08:00 to 01-01 20:00 primary 1001",
        "4001 01-01 08:00 to 01-01 20:00 primary 1002",
    ]
    assert max(reading.days["4001"]) == date(2027, 1, 2)


def test_days_that_run_into_the_next_month_must_be_dates_and_sums_may_stand_between_days():
    days = ",".join(str(day) for day in (29, 30, 31, 1, 2))
    (fault,) = read(f"2026-12,,,,,\n姓名,{days}\n张三,D,D,D,D,D\nD=08:00-20:00\n", SINGLE).faults
    assert (fault.where, fault.value) == ("line 2", "1")
    assert "write full dates" in fault.what

    reading = read("2026-12,,,,,\n姓名,1,2,小计,3,合计\n张三,D,休,1,D,2\nD=08:00-20:00\n", SINGLE)
    assert (len(reading.lines), len(reading.days["4001"]), reading.faults) == (2, 3, ())


def test_an_error_in_a_cell_is_no_day_off():
    book, sheet = workbook()
    for row in (["2026-12"], ["姓名", 1, 2, 3], ["张三", "休", "#REF!", "休"]):
        sheet.append(row)
    sheet["C3"].data_type = "e"

    assert faults(read(saved(book), SINGLE)) == [("Sheet!C3", "cell_error", "")]


def test_a_formula_that_no_program_has_worked_out_is_no_day_off():
    book, sheet = workbook()
    for row in (["2026-12"], ["姓名", 1, 2, 3], ["张三", "休", '=IF(1>0,"晚","")', "休"]):
        sheet.append(row)

    assert faults(read(saved(book), SINGLE)) == [("Sheet!C3", "cell_error", "")]


def test_a_hidden_sheet_is_no_roster():
    book, sheet = workbook()
    sheet.append(["date", "start", "end", "person"])
    sheet.append(["2026-12-01", "08:00", "20:00", "1001"])
    sheet.sheet_state = "hidden"
    book.create_sheet("empty")

    assert [fault.kind for fault in read(saved(book), SINGLE).faults] == ["no_table"]
