"""Lists of people."""

from datetime import date

import pytest

from callcenter.roster.model import Person
from callcenter.sheets.people import read_people
from callcenter.terms import AgentId, Phone, Role
from tests.support.sheets import TODAY, saved, workbook


def test_people_with_their_phones_in_order_roles_and_days():
    book, sheet = workbook()
    sheet.append(["员工名册"])
    sheet.append(["工号", "姓名", "电话", "角色", "入职日期", "离职日期"])
    sheet.append([1001.0, "张三", "1001、13800138000", "值班人员", date(2026, 1, 1), None])
    sheet.append(["s1", "Anna Schmidt", 8001.0, "supervisor, qa", None, "2026-12-31"])

    reading = read_people(saved(book), today=TODAY)

    assert reading.faults == ()
    assert reading.people == (
        Person(
            id=AgentId("1001"), name="张三", sort_key="zhang san",
            phones=(Phone("1001"), Phone("13800138000")), active_from=date(2026, 1, 1),
        ),
        Person(
            id=AgentId("s1"), name="Anna Schmidt", sort_key="anna schmidt", phones=(Phone("8001"),),
            roles=(Role.SUPERVISOR, Role.QA), active_until=date(2026, 12, 31),
        ),
    )  # fmt: skip


def test_every_fault_of_a_list_is_told_with_its_cell():
    text = "id,name,phones,roles,from\n,张三,1001,,\n1002,,1002,,\n1003,王五,a b!,boss,soon\n1004,a\n1004,b\n"

    found = [
        (fault.where, fault.kind, fault.value) for fault in read_people(text.encode(), today=TODAY).faults
    ]

    assert found == [
        ("line 2", "missing", ""),
        ("line 3", "missing", ""),
        ("line 4", "bad_value", "a b!"),
        ("line 4", "bad_role", "boss"),
        ("line 4", "bad_date", "soon"),
        ("line 6", "duplicate", "1004"),
    ]


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "name,phones\nx,1\n"])
def test_a_file_that_is_no_list_of_people_says_what_one_looks_like(text):
    (fault,) = read_people(text.encode(), today=TODAY).faults

    assert (fault.kind, fault.where) == ("no_table", "the file")
