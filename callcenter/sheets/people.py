"""Lists of people: a row each, with id, name, phones, roles, and from when until when they are with us."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from callcenter.roster.model import Person
from callcenter.roster.people import sort_key_of
from callcenter.sheets.cells import Cell, Grid, Place, Row
from callcenter.sheets.codes import filled
from callcenter.sheets.directory import plain_number
from callcenter.sheets.faults import Fault, FaultKind, fault_at, in_order
from callcenter.sheets.grids import read_grids
from callcenter.sheets.headings import Column, Head, find_head, repeats
from callcenter.sheets.values import as_date
from callcenter.terms import AgentId, Phone, Role

_NEEDED: Final = ((Column.ID,), (Column.NAME, Column.PERSON))
_BETWEEN: Final = re.compile(r"[\s,;、/]+")
_PHONE: Final = re.compile(r"\+?[0-9A-Za-z][0-9A-Za-z._-]{0,39}")
_WORDS: Final = {
    Role.AGENT: "agent 值班人员 客服 客服代表 坐席",
    Role.SUPERVISOR: "supervisor 主管 客服负责人 负责人",
    Role.QA: "qa 质检 质检员",
    Role.ADMIN: "admin 管理员 系统管理员",
}
_ROLES: Final = {word: role for role, words in _WORDS.items() for word in words.split()}


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleReading:
    """What a list of people says."""

    people: tuple[Person, ...]
    faults: tuple[Fault, ...]
    """In the order of the cells. If there is any, the people are not all."""


def read_people(data: bytes, *, today: date) -> PeopleReading:
    """The people of a file. Raises Unreadable if it can't be read as a whole."""
    people: dict[AgentId, Place] = {}
    found: list[Person] = []
    faults: list[Fault] = []
    tables = [(grid, find_head(grid, _NEEDED)) for grid in read_grids(data) if not grid.hidden]
    for row, head in _rows(tables):
        wrong: list[Fault] = []
        person = _person(head, row, today, wrong)
        faults += wrong
        cell = head.cell(row, Column.ID)
        if person is None or cell is None:
            continue
        if person.id in people:
            what = f"is the id in {people[person.id]} too: delete one of them"
            faults.append(fault_at(cell, FaultKind.DUPLICATE, "id", what))
        people[person.id] = cell.place
        found.append(person)
    if not any(head for _, head in tables):
        what = "has no people in it: it needs a row with the headings id, name, phones (工号 姓名 电话)"
        faults.append(Fault(kind=FaultKind.NO_TABLE, place=None, column=None, value="", what=what))
    return PeopleReading(people=tuple(found), faults=tuple(sorted(faults, key=in_order)))


def _rows(tables: list[tuple[Grid, Head | None]]) -> Iterator[tuple[Row, Head]]:
    for grid, head in tables:
        for row in grid.rows[head.first :] if head is not None else ():
            if head is not None and not repeats(head, row) and not all(cell.empty for cell in row):
                yield row, head


def _person(head: Head, row: Row, today: date, faults: list[Fault]) -> Person | None:
    """The person of a row; None if the row has faults, which are added."""
    number = _needed(head, row, Column.ID, faults)
    name = _needed(head, row, Column.NAME, faults) or _needed(head, row, Column.PERSON, [])
    phones = [Phone(word) for word in _words(head.cell(row, Column.PHONES))]
    for phone in phones:
        if not _PHONE.fullmatch(phone):
            cell = head.cell(row, Column.PHONES) or row[0]
            what = "is no phone: write extensions or numbers, with commas between"
            faults.append(fault_at(cell, FaultKind.BAD_VALUE, "phones", what))
    roles = _roles(head.cell(row, Column.ROLE), faults)
    since = _day(head.cell(row, Column.FROM, Column.START), today, faults)
    until = _day(head.cell(row, Column.UNTIL, Column.END), today, faults)
    if faults or number is None or name is None:
        return None
    return Person(
        id=AgentId(number),
        name=name,
        sort_key=sort_key_of(name),
        phones=tuple(phones),
        roles=roles,
        active_from=since,
        active_until=until,
    )


def _needed(head: Head, row: Row, column: Column, faults: list[Fault]) -> str | None:
    cell = head.cell(row, column)
    if cell is None or cell.empty or cell.broken:
        if head.has(column):
            faults.append(fault_at(cell or row[0], FaultKind.MISSING, column, "is empty"))
        return None
    return plain_number(cell.text)


def _words(cell: Cell | None) -> list[str]:
    return [] if cell is None else [plain_number(word) for word in _BETWEEN.split(cell.text) if word]


def _roles(cell: Cell | None, faults: list[Fault]) -> tuple[Role, ...]:
    roles: list[Role] = []
    for word in _words(cell):
        role = _ROLES.get(word.lower())
        if role is None and cell is not None:
            what = f"is no role: write {', '.join(role for role in _WORDS)}"
            faults.append(fault_at(cell, FaultKind.BAD_ROLE, "roles", what))
        elif role is not None:
            roles.append(role)
    return tuple(dict.fromkeys(roles)) or (Role.AGENT,)


def _day(cell: Cell | None, today: date, faults: list[Fault]) -> date | None:
    said = filled(cell)
    if said is None:
        return None
    try:
        return as_date(said.value, near=today)
    except ValueError as error:
        faults.append(fault_at(said, FaultKind.BAD_DATE, "date", str(error)))
        return None
