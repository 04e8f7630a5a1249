"""The form most rosters have: people down, days across, a shift code in each cell."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise
from typing import Final

from callcenter.sheets.cells import Cell, Grid, Row
from callcenter.sheets.codes import NOBODY, UNEXPLAINED, Codes, filled, parts_of
from callcenter.sheets.faults import Fault, FaultKind, Refused, fault_at, refuse_broken
from callcenter.sheets.headings import DEEPEST, Column, Head, columns_of
from callcenter.sheets.raw import RawRow, Scope
from callcenter.sheets.values import Month, as_date
from callcenter.terms import DutyRole

FEWEST_DAYS: Final = 3
"""Columns in a row that make a matrix: less may be chance."""
_SHORTEST: Final = 28
"""Days of the shortest month."""
_NAMED: Final = (Column.PERSON, Column.NAME, Column.ID)
_TOTAL_WORDS: Final = "合计 小计 总计 总数 人数 在岗 在岗人数 统计 total totals sum count"
_TOTALS: Final = frozenset(_TOTAL_WORDS.split())
_WEEKDAY: Final = re.compile(
    r"(周|星期|礼拜)?[一二三四五六日天]|(mo|tu|we|th|fr|sa|su)[a-z]*|[mtwfs]|di|mi|do|so"
)
_YEAR_MONTH: Final = re.compile(r"(20\d\d)\s*[-年./]\s*(1[0-2]|0?[1-9])(?!\d)")
_MONTH_YEAR: Final = re.compile(
    r"\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+(20\d\d)\b", re.IGNORECASE
)
_MONTH: Final = re.compile(r"(?<!\d)(1[0-2]|0?[1-9])\s*月(?!\s*\d)")
_NAMES: Final = "janfebmaraprmayjunjulaugsepoctnovdec"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Where the days stand, and who is named where."""

    head: Head
    days: tuple[tuple[int, Cell], ...]
    """Column (from 0) and heading of each day."""


def find_matrix(grid: Grid) -> Matrix | None:
    """The row of days, if the sheet has this form: the one with the most of them."""
    best: Matrix | None = None
    for at, row in enumerate(grid.rows[:DEEPEST]):
        days = _run(row)
        if len(days) < FEWEST_DAYS or (best is not None and len(days) <= len(best.days)):
            continue
        above = grid.rows[max(0, at - 1) : at + 2]
        columns = {c: n for line in above for c, n in columns_of(line[: days[0][0]]).items()}
        best = Matrix(head=Head(columns=columns, first=at + 1), days=tuple(days))
    return best


def _run(row: Row) -> list[tuple[int, Cell]]:
    """The columns that are days in order, which may turn into the next month; sums may stand between. Nothing
    if they are in no order."""
    found = [(at, cell) for at, cell in enumerate(row) if at > 0 and _ordinal(cell) is not None]
    days = [_ordinal(cell) or 0 for _, cell in found]
    turns = [n for n in range(1, len(days)) if days[n] <= days[n - 1]]
    is_in_order = not turns or (len(turns) == 1 and days[turns[0]] == 1 and days[turns[0] - 1] >= _SHORTEST)
    return found if is_in_order else []


def _ordinal(cell: Cell) -> int | None:
    """Orders days: a date's ordinal, or the bare number of a day in its month."""
    if isinstance(cell.value, datetime | date) and cell.value.year > 1990:
        return cell.value.toordinal()
    text = cell.text.removesuffix("日").removesuffix("号")
    if text.isdigit() and len(text) <= 2 and 1 <= int(text) <= 31:
        return int(text)
    try:
        return as_date(cell.value, near=date(2000, 1, 1), month=Month(2000, 1)).toordinal()
    except ValueError:
        return None


def month_of(grid: Grid, rows: Sequence[Row], near: date) -> Month | None:
    """The month that titles or the sheet's name say; of a month without a year, the one nearest to *near*."""
    texts = [cell.text for row in rows for cell in row if isinstance(cell.value, str)]
    texts.append(grid.name or "")
    for text in texts:
        if found := _YEAR_MONTH.search(text):
            return Month(int(found[1]), int(found[2]))
        if found := _MONTH_YEAR.search(text):
            return Month(int(found[2]), _NAMES.index(found[1].lower()) // 3 + 1)
    dates = [c.value for row in rows for c in row if isinstance(c.value, date) and c.value.year > 1990]
    if dates:
        return Month(dates[0].year, dates[0].month)
    for text in texts:
        if found := _MONTH.search(text):
            first = as_date(f"{found[1]}月1日", near=near)
            return Month(first.year, first.month)
    return None


def read_matrix(grid: Grid, matrix: Matrix, scope: Scope) -> Iterator[RawRow | Fault]:
    """Every cell as raw shifts, or what is wrong with it. Days are named even where
    nobody works, unless the whole matrix is empty."""
    head = matrix.head
    titles = grid.rows[: head.first]
    month = scope.month or month_of(grid, titles, scope.near)
    titled = _titled_hotline(grid, titles, scope)
    seen: dict[str, Cell | None] = {}
    is_filled = False
    for row in grid.rows[head.first :]:
        said = _said(head, matrix.days, row)
        is_filled = is_filled or bool(said)
        for raw in _row(head, said, row, scope.codes, month):
            if isinstance(raw, RawRow):
                raw = replace(raw, hotline=raw.hotline or titled)  # noqa: PLW2901 - the same, completed
                seen.setdefault(raw.hotline.text if raw.hotline else "", raw.hotline)
            yield raw
    if is_filled and (turn := _turn(matrix)) is not None:
        what = "is of another month than the days before it: write full dates, such as 2026-12-01"
        yield fault_at(turn, FaultKind.BAD_DATE, "date", what)
    lines = list(seen.values()) or _lines(titled, scope.codes)
    for line in lines if is_filled else ():
        for _, heading in matrix.days:
            yield RawRow(hotline=line, date=heading, month=month)


def _row(
    head: Head, said: Sequence[tuple[Cell, Cell]], row: Row, codes: Codes, month: Month | None
) -> Iterator[RawRow | Fault]:
    """One person's shifts; or one shift's people, where shifts stand down."""
    name = _name(head, row)
    if name is None or name.empty:
        if said:
            what = "is empty, and shifts stand beside it: write whose"
            yield fault_at(row[0], FaultKind.MISSING, "person", what)
        return
    hotline = filled(head.cell(row, Column.HOTLINE))
    role = filled(head.cell(row, Column.ROLE)) or DutyRole.PRIMARY
    for heading, cell in said:
        people, code = (cell, name) if _by_shift(head) else (name, cell)
        bare = RawRow(hotline=hotline, date=heading, role=role, month=month, people=people, shown=cell)
        if not (_by_shift(head) and cell.text.lower() in NOBODY):
            yield from _shifts(bare, code, codes)


def _said(head: Head, days: Sequence[tuple[int, Cell]], row: Row) -> list[tuple[Cell, Cell]]:
    """Each filled cell of a row with its day; nothing of rows of weekdays, of totals, or of
    one note across."""
    name = _name(head, row)
    said = [(heading, row[at]) for at, heading in days if at < len(row) and not row[at].empty]
    is_weekdays = len(said) >= FEWEST_DAYS and all(_WEEKDAY.fullmatch(c.text.lower()) for _, c in said)
    is_note = name is not None and len(said) > 1 and all(cell.text == name.text for _, cell in said)
    is_total = name is not None and name.text.lower() in _TOTALS
    return [] if is_weekdays or is_note or is_total else said


def _turn(matrix: Matrix) -> Cell | None:
    """The bare day with which the next month begins."""
    days = [(_ordinal(cell) or 0, cell) for _, cell in matrix.days]
    return next((cell for (a, _), (b, cell) in pairwise(days) if b < a), None)


def _lines(titled: Cell | None, codes: Codes) -> list[Cell | None]:
    """The hotlines that are meant where nobody works at all."""
    if titled is not None:
        return [titled]
    said = {part.hotline.text: part.hotline for parts in codes.values() for part in parts if part.hotline}
    return list(said.values()) or [None]


def _by_shift(head: Head) -> bool:
    """Whether shifts stand down, and people in the cells."""
    return head.has(Column.CODE) and not head.has(*_NAMED)


def _name(head: Head, row: Row) -> Cell | None:
    """What stands at the left: who, or the shift's code."""
    if _by_shift(head):
        return filled(head.cell(row, Column.CODE))
    for column in _NAMED:
        cell = filled(head.cell(row, column))
        if cell is not None:
            return cell
    return None if head.has(*_NAMED) else row[0]


def _titled_hotline(grid: Grid, rows: Sequence[Row], scope: Scope) -> Cell | None:
    """The hotline that a title above the days says, or the sheet's name."""
    for row in rows:
        for cell in row:
            found = scope.hotline_in(cell.text) if isinstance(cell.value, str) else None
            if found is not None:
                return Cell(found, cell.place)
    found = scope.hotline_in(grid.name or "")
    return None if found is None else Cell(found, grid.rows[0][0].place)


def _shifts(bare: RawRow, cell: Cell, codes: Codes) -> Iterator[RawRow | Fault]:
    day = bare.date.text
    try:
        refuse_broken(bare.shown or cell, day)
    except Refused as refused:
        yield refused.fault
        return
    parts = parts_of(cell, codes)
    if parts is None:
        yield fault_at(cell, FaultKind.UNKNOWN_CODE, day, UNEXPLAINED)
        return
    for part in parts:
        role, hotline = part.role or bare.role, part.hotline or bare.hotline
        yield replace(bare, hotline=hotline, start=part.start, end=part.end, role=role)
