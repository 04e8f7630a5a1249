"""What a shift code in a cell means: by a sheet that lists them, or by notes such as "白: 08:00-20:00"."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from callcenter.sheets.cells import Cell, Grid, Row
from callcenter.sheets.headings import Column, Head, find_head, repeats
from callcenter.sheets.values import as_minutes

SPAN: Final = re.compile(
    r"((?:次日|上午|下午|晚上?|早上?)?\d[\d:点时分半]{0,8})\s*(?:[-–—~〜]+|至|到|to)\s*((?:次日|翌日|下午|晚上?)?\d[\d:点时分半]{0,8})"
)
_NOTE: Final = re.compile(
    r"([^\s:=,;，；、()]{1,6})\s*[:=]?\s*\(?\s*("
    + SPAN.pattern
    + r"(?:\s*[,+&]\s*"
    + SPAN.pattern
    + r")*)\)?"
)
_LONGEST: Final = 500
"""Letters in a cell that explains codes or writes times."""
_PARTS: Final = re.compile(r"[;；、,，+&/]")
_REST: Final = (
    "休 休息 例休 公休 轮休 补休 调休 年休 年假 病假 事假 请假 假 婚假 产假 丧假 空 无"
    " off rest leave none free r x / - -- — ―"
)
REST: Final = frozenset(_REST.split())
"""Codes that need no explanation: nobody works."""
NOBODY: Final = frozenset({"-", "--", "—", "无", "空"})
"""Says so where a person is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One stretch of a code; a split shift has two."""

    start: Cell
    end: Cell
    role: Cell | None = None
    hotline: Cell | None = None


UNEXPLAINED: Final = (
    "is a shift code that nothing explains: add a sheet named shifts (班次) with the columns code, start, end"
)
Codes = dict[str, tuple[Part, ...]]
"""By the code in lower case; no parts: nobody works."""

_NEEDED: Final = (
    (Column.CODE,),
    (Column.START, Column.FROM, Column.SPAN),
    (Column.END, Column.UNTIL, Column.SPAN),
)


def list_of_codes(grid: Grid) -> Head | None:
    """The headings of a table that explains codes, and is no roster."""
    head = find_head(grid, _NEEDED, deepest=len(grid.rows))
    dated = {Column.DATE, Column.PERSON, Column.NAME, Column.PRIMARY}
    return None if head is None or dated & head.columns.keys() else head


def listed(grid: Grid, head: Head) -> Codes:
    """The codes of a table with columns code, start, end, and perhaps start2, end2, role, hotline. A code may
    take several rows."""
    codes: Codes = {}
    for row in grid.rows[head.first :]:
        code = head.cell(row, Column.CODE)
        if code is None or code.empty or repeats(head, row):
            continue
        role, hotline = filled(head.cell(row, Column.ROLE)), filled(head.cell(row, Column.HOTLINE))
        starts = (head.cell(row, Column.START, Column.FROM), head.cell(row, Column.START2))
        ends = (head.cell(row, Column.END, Column.UNTIL), head.cell(row, Column.END2))
        times = [
            Part(start=start, end=end)
            for start, end in zip(starts, ends, strict=True)
            if start is not None and end is not None and not (start.empty and end.empty)
        ]
        times = times or list(spans(head.cell(row, Column.SPAN)))
        parts = [replace(part, role=role, hotline=hotline) for part in times]
        key = code.text.lower()
        codes[key] = (*codes.get(key, ()), *parts)
    return codes


def noted(rows: Iterable[Row]) -> Codes:
    """Codes explained in a sheet's own notes: ``D=08:00-20:00, N=20:00-08:00``."""
    codes: Codes = {}
    for row in rows:
        for cell in row:
            if not isinstance(cell.value, str) or len(cell.value) > _LONGEST:
                continue
            for found in _NOTE.finditer(cell.text):
                if not found[1].isdigit() and found[1].lower() not in codes:
                    codes[found[1].lower()] = tuple(spans(replace(cell, value=found[2])))
    return codes


def filled(cell: Cell | None) -> Cell | None:
    """The cell, if anything is written there."""
    return None if cell is None or cell.empty else cell


def spans(cell: Cell | None) -> Iterator[Part]:
    """The stretches that a cell writes out: ``10:00-14:00, 17:30-23:00``. Nothing if it writes none."""
    if cell is None or cell.empty or len(cell.text) > _LONGEST:
        return
    found = [SPAN.fullmatch(part.strip()) for part in _PARTS.split(cell.text)]
    for match in found:
        if match is None or not (_timely(match[1]) and _timely(match[2])):
            return
    for match in found:
        if match is not None:
            yield Part(start=replace(cell, value=match[1]), end=replace(cell, value=match[2]))


def _timely(text: str) -> bool:
    try:
        as_minutes(text)
    except ValueError:
        return False
    return True


def parts_of(cell: Cell, codes: Codes) -> tuple[Part, ...] | None:
    """What a cell of the matrix says: codes (``白+晚``), or times. Empty: nobody works. None: unexplained."""
    whole = cell.text.lower()
    if whole in codes:
        return codes[whole]
    if written := tuple(spans(cell)):
        return written
    parts: tuple[Part, ...] = ()
    for word in (word.strip() for word in _PARTS.split(whole)):
        if word in codes:
            parts = (*parts, *codes[word])
        elif word and word not in REST:
            return None
    return parts
