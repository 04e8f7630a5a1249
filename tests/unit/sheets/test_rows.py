"""A roster with a line for each shift, in whatever file it comes."""

from datetime import date, time, timedelta

import pytest

from tests.support.sheets import BERLIN, SINGLE, faults, ods, read, saved, told, workbook

PLAIN = """hotline,date,start,end,role,person
4001,2026-12-01,08:00,20:00,primary,1001
4001,2026-12-01,20:00,08:00,backup,李四
4001,2026-12-02,00:00,24:00,supervisor,Anna Schmidt
"""
SHIFTS = [
    "4001 12-01 08:00 to 12-01 20:00 primary 1001",
    "4001 12-01 20:00 to 12-02 08:00 backup 1002",
    "4001 12-02 00:00 to 12-03 00:00 supervisor 1005",
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_is_read_in_the_encodings_and_with_the_delimiters_that_excel_writes(encoding, delimiter):
    reading = read(PLAIN.replace(",", delimiter).encode(encoding))

    assert (told(reading), reading.faults) == (SHIFTS, ())
    assert reading.days == {"4001": {date(2026, 12, 1), date(2026, 12, 2)}}


def test_chinese_headings_in_any_order_below_a_title():
    reading = read(
        "客服部 2026年12月 值班表,,,,,\n,,,,,\n姓名,岗位,日期,上班时间,下班时间,热线号码\n"
        "张三,主班,2026年12月1日,8:00,20:00,4001\n李四,备班,2026/12/1 (周二),20:00,次日8:00,客服热线\n"
        "Anna Schmidt,主管,12月2日,0:00,24:00,4001\n"
    )

    assert (told(reading), reading.faults) == (SHIFTS, ())


def test_a_real_workbook_with_merged_headings_floats_full_width_digits_and_a_wrong_cell():
    book, sheet = workbook()
    sheet.title = "十二月"
    sheet["A1"] = "值班表"
    sheet.merge_cells("A1:F1")
    for cell, head in {"A2": "热线", "B2": "日期", "C2": "时间", "E2": "角色", "F2": "人员"}.items():
        sheet[cell] = head
    sheet["C3"], sheet["D3"] = "开始", "结束"
    sheet.merge_cells("C2:D2")
    for area in ("A2:A3", "B2:B3", "E2:E3", "F2:F3"):
        sheet.merge_cells(area)
    sheet.append([4001.0, date(2026, 12, 1), time(8, 0), 0.5 + 1 / 3, "主班", 1001.0])
    sheet.append(["４００１", "２０２６－１２－０１", "２０：００", "０８：００", " 备班 ", "　李四"])
    sheet.append([4001, 46358, "0900", timedelta(hours=24), "backup", "李四"])
    sheet.append([4001, date(2026, 12, 32 - 1), time(8, 0), "25:00", "主班", "张三丰"])

    reading = read(saved(book))

    assert told(reading) == [
        "4001 12-01 08:00 to 12-01 20:00 primary 1001",
        "4001 12-01 20:00 to 12-02 08:00 backup 1002",
        "4001 12-02 09:00 to 12-03 00:00 backup 1002",
    ]
    assert faults(reading) == [
        ("十二月!D7", "bad_time", "25:00"),
        ("十二月!F7", "unknown_person", "张三丰"),
    ]
    time_, person = reading.faults
    assert time_.what == "is no time of day: write it as 09:00, from 00:00 to 24:00"
    assert person.what == "is nobody we know: did you mean 张三 (1001)?"


def test_an_opendocument_file_as_libreoffice_saves_it():
    reading = read(
        ods(
            [
                ["热线", "日期", "开始", "结束", "角色", "人员"],
                [4001, date(2026, 12, 1), "PT08H00M00S", "PT20H00M00S", "主班", 1001],
                ["4001", "2026-12-01", "20:00", "08:00", "备班", "李四"],
                [4001, date(2026, 12, 2), 0, "PT24H00M00S", "主管", "Anna Schmidt"],
            ]
        )
    )

    assert (told(reading), reading.faults) == (SHIFTS, ())


def test_every_fault_is_told_at_once_each_with_its_cell():
    reading = read(
        "hotline,date,start,end,role,person\n"
        "4009,2026-12-01,08:00,20:00,primary,1001\n"
        "4001,2026-02-30,8h,,boss,王五\n"
        ",2026-12-01,08:00,20:00,,\n"
        "4001,,08:00,20:00,primary,1001\n"
        "4001,2026-12-20,08:00,20:00,primary,1005\n"
        "4001,2026-12-03,08:00,20:00,primary,1001\n"
        "4001,2026-12-03,8:00,20:00,主班,张三\n"
        "4001,2026-12-03,08:00,次日20:00,backup,李四\n"
    )

    assert faults(reading) == [
        ("line 2", "unknown_hotline", "4009"),
        ("line 3", "bad_date", "2026-02-30"),
        ("line 3", "bad_time", "8h"),
        ("line 3", "missing", ""),
        ("line 3", "bad_role", "boss"),
        ("line 3", "ambiguous_person", "王五"),
        ("line 4", "missing", ""),
        ("line 5", "missing", ""),
        ("line 6", "inactive_person", "1005"),
        ("line 8", "duplicate", "张三"),
        ("line 9", "bad_time", "次日20:00"),
    ]
    ambiguous = reading.faults[5]
    assert ambiguous.what == "is the name of several people: write the id, 1003 or 1004"
    assert reading.faults[9].what == "is the same shift as in line 7: delete one of them"


def test_a_cell_that_shows_an_error_is_a_fault_and_no_empty_cell():
    book, sheet = workbook()
    sheet.append(["hotline", "date", "start", "end", "role", "person"])
    sheet.append(["4001", date(2026, 12, 1), "08:00", "20:00", "primary", "#N/A"])
    sheet["F2"].data_type = "e"

    assert faults(read(saved(book))) == [("Sheet!F2", "cell_error", "")]


def test_an_opendocument_file_with_errors_in_it_is_refused():
    with pytest.raises(ValueError, match="cells of the workbook show an error such as #N/A"):
        read(ods([["日期", "开始", "结束", "人员"], ["2026-12-01", "8:00", "20:00", "#N/A"]]))


def test_several_people_in_a_cell_are_several_shifts_and_roles_may_be_columns():
    reading = read(
        "日期,时间,主班,备班,带班领导\n2026-12-01,08:00-20:00,张三、李四,1003,Anna Schmidt\n"
        "2026-12-02,10:00-14:00;17:30-23:00,张三,,\n",
        SINGLE,
    )

    assert reading.faults == ()
    assert told(reading) == [
        "4001 12-01 08:00 to 12-01 20:00 primary 1001",
        "4001 12-01 08:00 to 12-01 20:00 primary 1002",
        "4001 12-01 08:00 to 12-01 20:00 backup 1003",
        "4001 12-01 08:00 to 12-01 20:00 supervisor 1005",
        "4001 12-02 10:00 to 12-02 14:00 primary 1001",
        "4001 12-02 17:30 to 12-02 23:00 primary 1001",
    ]


def test_a_line_with_nobody_names_its_day_and_headings_of_a_second_page_are_no_shift():
    reading = read(
        "hotline,date,start,end,role,person\n4001,2026-12-01,,,,-\n"
        "hotline,date,start,end,role,person\n4001,2026-12-02,08:00,20:00,primary,1001\n"
    )

    assert reading.faults == ()
    assert told(reading) == ["4001 12-02 08:00 to 12-02 20:00 primary 1001"]
    assert reading.days == {"4001": {date(2026, 12, 1), date(2026, 12, 2)}}


def test_notes_beside_and_across_the_table_are_no_shifts():
    book, sheet = workbook()
    for row in (["日期", "开始", "结束", "人员"], ["2026-12-01", "8:00", "20:00", "张三"], ["第二周"], []):
        sheet.append(row)
    sheet.merge_cells("A3:D3")
    sheet.append([None, None, None, None, "制表人：李四"])

    reading = read(saved(book), SINGLE)

    assert (told(reading), reading.faults) == (["4001 12-01 08:00 to 12-01 20:00 primary 1001"], ())


def test_one_hotline_need_not_be_named_several_must_be():
    text = "date,start,end,person\n2026-12-01,08:00,20:00,1001\n"

    assert told(read(text, SINGLE)) == ["4001 12-01 08:00 to 12-01 20:00 primary 1001"]
    (fault,) = read(text).faults
    assert (fault.where, fault.kind) == ("line 2", "missing")
    assert "add a column hotline (4001, 4002)" in fault.what


def test_each_hotline_keeps_its_own_clock_on_nights_when_clocks_change():
    reading = read(
        "hotline,date,start,end,role,person\n"
        "4002,2026-10-24,20:00,08:00,primary,1001\n"
        "4002,2027-03-27,20:00,08:00,primary,1001\n"
        "4002,2027-03-28,02:30,08:00,backup,1002\n"
        "4002,2027-03-28,02:15,02:45,backup,1003\n"
    )

    assert reading.faults == ()
    long, short, jumped = (line.shift for line in reading.lines)
    assert (long.end - long.start, short.end - short.start) == (timedelta(hours=13), timedelta(hours=11))
    assert f"{jumped.start.astimezone(BERLIN):%H:%M}" == "03:00"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "the file is empty"),
        (b"PK\x03\x04 no zip", "the workbook is damaged"),
        (b"\xd0\xcf\x11\xe0 no workbook", "is no workbook that can be read"),
        (b"\x00\x01\x02", "neither a workbook nor text"),
        (b"hotline\n\x81\x30\x81", "neither UTF-8 nor GB18030 from byte"),
    ],
)
def test_a_file_that_is_none_is_refused_in_one_sentence(data, why):
    with pytest.raises(ValueError, match=why):
        read(data)


def test_a_file_without_a_roster_says_what_one_looks_like():
    (fault,) = read("a,b\n1,2\n").faults

    assert (fault.kind, fault.where) == ("no_table", "the file")
    assert "hotline, date, start, end, role, person" in fault.what
