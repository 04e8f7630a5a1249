"""The form with a line for each shift: hotline, date, start, end, role, person."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from callcenter.sheets.cells import Grid, Row
from callcenter.sheets.codes import NOBODY, UNEXPLAINED, Codes, Part, filled, parts_of, spans
from callcenter.sheets.faults import Fault, FaultKind, fault_at
from callcenter.sheets.headings import BY_ROLE, Column, Head, find_head, repeats
from callcenter.sheets.raw import RawRow, Scope
from callcenter.terms import DutyRole

_WHO: Final = (Column.PERSON, Column.NAME, Column.ID, *BY_ROLE)
_NEEDED: Final = ((Column.DATE,), (Column.START, Column.FROM, Column.SPAN, Column.CODE), _WHO)
_TELLING: Final = (Column.DATE, Column.START, Column.FROM, Column.END, Column.SPAN, Column.CODE, *_WHO)


def find_rows(grid: Grid) -> Head | None:
    """The headings, if the sheet has this form."""
    return find_head(grid, _NEEDED)


def read_rows(grid: Grid, head: Head, scope: Scope) -> Iterator[RawRow | Fault]:
    """Every line as raw shifts, or what is wrong with it."""
    for row in grid.rows[head.first :]:
        if repeats(head, row) or _says_nothing(head, row):
            continue
        day = filled(head.cell(row, Column.DATE))
        if day is None:
            cell = head.cell(row, Column.DATE) or row[-1]
            yield fault_at(cell, FaultKind.MISSING, "date", "is empty: every line needs its date")
            continue
        bare = RawRow(hotline=filled(head.cell(row, Column.HOTLINE)), date=day, month=scope.month)
        who = list(_who(head, row, bare))
        if not who:
            cell = head.cell(row, *_WHO) or row[-1]
            yield fault_at(
                cell, FaultKind.MISSING, "person", "is empty: write who is on duty, or - for nobody"
            )
        for raw in who:
            yield from _shifts(head, row, raw, scope)


def _says_nothing(head: Head, row: Row) -> bool:
    """Whether the line is empty, or a note: beside the table, or across it in merged cells."""
    cells = [row[at] for at in head.columns.values() if at < len(row) and not row[at].empty]
    across = (
        len(cells) > 2 and not any(cell.broken for cell in cells) and len({cell.text for cell in cells}) == 1
    )
    return across or all(filled(head.cell(row, column)) is None for column in _TELLING)


def _who(head: Head, row: Row, bare: RawRow) -> Iterator[RawRow]:
    """Role and person of each shift in the line."""
    cells = [filled(head.cell(row, column)) for column in (Column.PERSON, Column.NAME, Column.ID)]
    person = next((cell for cell in cells if cell is not None), None)
    if person is not None:
        role = filled(head.cell(row, Column.ROLE))
        yield replace(bare, role=role or DutyRole.PRIMARY, people=person)
    for column, duty in BY_ROLE.items():
        cell = filled(head.cell(row, column))
        if cell is not None:
            yield replace(bare, role=duty, people=cell, column=column)


def _shifts(head: Head, row: Row, raw: RawRow, scope: Scope) -> Iterator[RawRow | Fault]:
    """The shifts of one person in the line."""
    nobody = raw.people is not None and raw.people.text.lower() in NOBODY
    times = () if nobody else _times(head, row, scope.codes)
    if isinstance(times, Fault):
        yield times
        return
    for part in times:
        role = part.role if part.role is not None and raw.role is DutyRole.PRIMARY else raw.role
        yield replace(raw, hotline=raw.hotline or part.hotline, start=part.start, end=part.end, role=role)
    if not times:
        yield replace(raw, people=None)


def _times(head: Head, row: Row, codes: Codes) -> tuple[Part, ...] | Fault:
    """From when until when: by two columns, by one that has both, or by a code; nothing if nobody works."""
    start, end = head.cell(row, Column.START, Column.FROM), head.cell(row, Column.END, Column.UNTIL)
    if start is not None and end is not None and not (start.empty and end.empty):
        return (Part(start=start, end=end),)
    both, code = filled(head.cell(row, Column.SPAN)), filled(head.cell(row, Column.CODE))
    if both is not None:
        return tuple(spans(both)) or fault_at(
            both, FaultKind.BAD_TIME, "time", "is no span: write 09:00-21:00"
        )
    if code is not None:
        parts = parts_of(code, codes)
        return parts if parts is not None else fault_at(code, FaultKind.UNKNOWN_CODE, "code", UNEXPLAINED)
    empty = start or end or head.cell(row, Column.SPAN, Column.CODE) or row[-1]
    return fault_at(empty, FaultKind.MISSING, "start", "is empty: write from when until when")
