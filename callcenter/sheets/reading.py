"""A file as shifts: what it names, what it says, and everything that is wrong with it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from callcenter.roster.localtime import local_day, shift_span
from callcenter.roster.model import Shift
from callcenter.sheets.cells import Cell, Grid, Place
from callcenter.sheets.codes import Codes, list_of_codes, listed, noted
from callcenter.sheets.directory import Directory
from callcenter.sheets.faults import Fault, FaultKind, Refused, fault_at, in_order, refuse_broken
from callcenter.sheets.grids import read_grids
from callcenter.sheets.headings import Head
from callcenter.sheets.matrix import Matrix, find_matrix, read_matrix
from callcenter.sheets.raw import RawRow, Scope
from callcenter.sheets.rows import find_rows, read_rows
from callcenter.sheets.values import NEXT_DAY, Month, as_date, as_minutes, as_role
from callcenter.terms import AgentId, DutyRole, HotlineNumber

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A shift, and the cell that its faults are told of."""

    shift: Shift
    """Its seat is 0: seats are numbered when it is known who else is there."""
    place: Place
    value: str
    """Who, as the file says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a file says."""

    lines: tuple[Line, ...]
    days: Mapping[HotlineNumber, frozenset[date]]
    """The local days it speaks of, also those on which it has nobody on duty."""
    faults: tuple[Fault, ...]
    """In the order of the cells. If there is any, the lines are not all."""


@dataclass(slots=True)
class _Gathered:
    lines: list[Line] = field(default_factory=list)
    days: dict[HotlineNumber, set[date]] = field(default_factory=dict)
    faults: dict[tuple[str, str, str], Fault] = field(default_factory=dict)
    seen: dict[Shift, Place] = field(default_factory=dict)

    def fault(self, fault: Fault) -> None:
        """Keeps it, once for each cell and kind."""
        self.faults.setdefault((fault.where, fault.kind, fault.value), fault)


def read_roster(data: bytes, directory: Directory, *, today: date, month: Month | None = None) -> Reading:
    """The shifts of a file in any form that :mod:`callcenter.sheets` knows.

    *month* is what bare days belong to; *today* chooses the year where none is written. Raises Unreadable
    if the file as a whole can't be read.
    """
    gathered = _Gathered()
    for raw in _raw(read_grids(data), directory, today, month):
        if isinstance(raw, Fault):
            gathered.fault(raw)
        else:
            _resolve(raw, directory, today, gathered)
    return Reading(
        lines=tuple(gathered.lines),
        days={number: frozenset(days) for number, days in gathered.days.items()},
        faults=tuple(sorted(gathered.faults.values(), key=in_order)),
    )


def _raw(
    grids: list[Grid], directory: Directory, today: date, month: Month | None
) -> Iterator[RawRow | Fault]:
    """Of every visible sheet that is a roster. Codes may be explained in any sheet, or below the roster."""
    codes: Codes = {}
    tables: list[tuple[Grid, Head | Matrix]] = []
    for grid in grids:
        table = find_rows(grid) or find_matrix(grid)
        legend = list_of_codes(grid) if not isinstance(table, Head) else None
        if legend is not None:
            codes.update(listed(grid, legend))
        if isinstance(table, Matrix) and legend is not None and legend.first > table.head.first:
            grid = replace(grid, rows=grid.rows[: legend.first - 1])  # noqa: PLW2901 - without the legend
        if table is not None and not grid.hidden:
            tables.append((grid, table))
    scope = Scope(codes=codes, month=month, near=today, hotline_in=directory.hotline_in)
    for grid, table in tables:
        match table:
            case Head():
                yield from read_rows(grid, table, scope)
            case Matrix():
                noted_too = {**noted(grid.rows), **codes}
                yield from read_matrix(grid, table, replace(scope, codes=noted_too))
    if not tables:
        yield _no_table(grids)


def _no_table(grids: Iterable[Grid]) -> Fault:
    what = (
        "has no roster in it: it needs a row with the headings hotline, date, start, end, role, person"
        " (热线 日期 开始 结束 角色 人员), or people down and days across"
    )
    first = next((grid.name for grid in grids if not grid.hidden), None)
    return Fault(kind=FaultKind.NO_TABLE, place=None, column=None, value=first or "", what=what)


def _resolve(raw: RawRow, directory: Directory, today: date, gathered: _Gathered) -> None:
    """What the cells mean. Every cell is looked at, so that all its faults are told at once."""
    number = _tried(lambda: directory.hotline(raw.hotline, raw.people or raw.date), gathered)
    day = _tried(lambda: _date(raw, today), gathered)
    start = _tried(lambda: _minutes(raw.start, "start"), gathered)
    end = _tried(lambda: _minutes(raw.end, "end"), gathered)
    role = _tried(lambda: _role(raw), gathered)
    people = _tried(lambda: _people(raw, directory, gathered), gathered) or []
    if number is not None and day is not None and raw.start is None and raw.end is None:
        gathered.days.setdefault(number, set()).add(day)
    if number is None or day is None or start is None or end is None or role is None or raw.people is None:
        return
    try:
        _refuse_long(raw, start, end)
    except Refused as refused:
        gathered.fault(refused.fault)
        return
    span = shift_span(day, start, end, directory.zone(number))
    gathered.days.setdefault(number, set()).add(local_day(span[0], directory.zone(number)))
    for person in people if span[0] < span[1] else ():
        shift = Shift(hotline=number, start=span[0], end=span[1], role=role, seat=0, person=person)
        _add(raw, shift, day, directory, gathered)


def _add(raw: RawRow, shift: Shift, day: date, directory: Directory, gathered: _Gathered) -> None:
    """One person's shift, unless it can't be."""
    said = raw.people or raw.date
    shown = raw.shown or said
    known = directory.people.get(shift.person)
    if known is not None and not known.active_on(day):
        until = f"until {known.active_until}" if known.active_until and day > known.active_until else ""
        since = f"from {known.active_from}" if not until else ""
        what = f"{known.name} is with us only {since}{until}: put somebody else there"
        gathered.fault(fault_at(shown, FaultKind.INACTIVE_PERSON, raw.column, what))
    first = gathered.seen.get(shift)
    if first is not None:
        what = f"is the same shift as in {first}: delete one of them"
        gathered.fault(fault_at(shown, FaultKind.DUPLICATE, raw.column, what))
        return
    gathered.seen[shift] = shown.place
    gathered.lines.append(Line(shift=shift, place=shown.place, value=said.text))


def _tried(meaning: Callable[[], T], gathered: _Gathered) -> T | None:
    try:
        return meaning()
    except Refused as refused:
        gathered.fault(refused.fault)
        return None


def _people(raw: RawRow, directory: Directory, gathered: _Gathered) -> list[AgentId]:
    if raw.people is None:
        return []
    refuse_broken(raw.people, raw.column)
    people, faults = directory.persons(raw.people, raw.column)
    for fault in faults:
        gathered.fault(fault)
    return people


def _date(raw: RawRow, today: date) -> date:
    _whole(raw.date, "date")
    try:
        return as_date(raw.date.value, near=today, month=raw.month)
    except ValueError as error:
        raise Refused(fault_at(raw.date, FaultKind.BAD_DATE, "date", str(error))) from None


def _minutes(cell: Cell | None, column: str) -> int | None:
    if cell is None:
        return None
    _whole(cell, column)
    try:
        return as_minutes(cell.value)
    except ValueError as error:
        raise Refused(fault_at(cell, FaultKind.BAD_TIME, column, str(error))) from None


def _role(raw: RawRow) -> DutyRole:
    if isinstance(raw.role, DutyRole):
        return raw.role
    _whole(raw.role, "role")
    try:
        return as_role(raw.role.text)
    except ValueError as error:
        raise Refused(fault_at(raw.role, FaultKind.BAD_ROLE, "role", str(error))) from None


def _whole(cell: Cell, column: str) -> None:
    """Raises Refused if nothing can be read there."""
    refuse_broken(cell, column)
    if cell.empty:
        raise Refused(fault_at(cell, FaultKind.MISSING, column, "is empty"))


def _refuse_long(raw: RawRow, start: int, end: int) -> None:
    """Raises Refused for "09:00 to the next day's 21:00": a shift is at most 24 hours."""
    if raw.end is not None and end > start and NEXT_DAY.search(raw.end.text):
        what = "makes the shift longer than 24 hours: write two shifts"
        raise Refused(fault_at(raw.end, FaultKind.BAD_TIME, "end", what))
