"""What a column's heading says in either language, and which row of a sheet is the one of headings."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from callcenter.sheets.cells import Cell, Grid, Row
from callcenter.terms import DutyRole


class Column(StrEnum):
    """What a column holds."""

    HOTLINE = "hotline"
    DATE = "date"
    START = "start"
    END = "end"
    START2 = "start2"
    END2 = "end2"
    SPAN = "span"
    """From and until in one cell."""
    CODE = "code"
    ROLE = "role"
    PERSON = "person"
    NAME = "name"
    """Who, where no column is headed ``person``."""
    ID = "id"
    """Who, where nothing else says it."""
    PRIMARY = "primary"
    BACKUP = "backup"
    SUPERVISOR = "supervisor"
    PHONES = "phones"
    FROM = "from"
    UNTIL = "until"


BY_ROLE: Final = {
    Column.PRIMARY: DutyRole.PRIMARY,
    Column.BACKUP: DutyRole.BACKUP,
    Column.SUPERVISOR: DutyRole.SUPERVISOR,
}
"""Columns that name who has a role."""

_WORDS: Final[Mapping[Column, str]] = {
    Column.HOTLINE: "hotline line number 热线 热线号 热线号码 热线电话 号码 线路",
    Column.DATE: "date day 日期 值班日期 日子",
    Column.START: "start starttime begin 开始 开始时间 上班 上班时间 起 起始 起始时间 开始1 start1 上班1",
    Column.END: "end endtime 结束 结束时间 下班 下班时间 止 截止 终止 终止时间 结束1 end1 下班1",
    Column.START2: "start2 开始2 开始时间2 上班2 第二段开始",
    Column.END2: "end2 结束2 结束时间2 下班2 第二段结束",
    Column.SPAN: "time times hours 时间 时段 时间段 值班时间 值班时段 班次时间 起止时间",
    Column.CODE: "code shift shiftcode 班次 班别 班种 代码 班次代码 简称 代号",
    Column.ROLE: "role duty roles 角色 岗位 职责 值班角色 类别",
    Column.PERSON: "person who agent people 人员 值班人 值班人员 员工 客服 客服人员",
    Column.NAME: "name fullname 姓名 名字",
    Column.ID: "id personid employeeid 工号 编号 员工号 员工编号 人员编号",
    Column.PRIMARY: "primary 主班 主班人员 主值 主值班",
    Column.BACKUP: "backup 备班 备班人员 替补 替班 副班 副值",
    Column.SUPERVISOR: "supervisor 主管 值班主管 带班 带班领导 负责人 客服负责人 值班领导",
    Column.PHONES: "phone phones extension 电话 分机 手机 电话号码 联系电话",
    Column.FROM: "from activefrom 入职 入职日期 生效 起用",
    Column.UNTIL: "until to activeuntil 离职 离职日期 失效 停用",
}
_BY_WORD: Final = {word: column for column, words in _WORDS.items() for word in words.split()}
_BETWEEN: Final = re.compile(r"[\s/|()\[\]、,:_-]+")
DEEPEST: Final = 40
"""Rows that may stand above the headings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The row of headings: which column (from 0) holds what, and where its data begin."""

    columns: Mapping[Column, int]
    first: int
    """Index of the first row below."""

    def cell(self, row: Row, *columns: Column) -> Cell | None:
        """The row's cell of the first of *columns* that there is."""
        for column in columns:
            at = self.columns.get(column)
            if at is not None:
                return row[at] if at < len(row) else None
        return None

    def has(self, *columns: Column) -> bool:
        """Whether there is any of these."""
        return any(column in self.columns for column in columns)


@lru_cache(maxsize=1024)
def meaning(text: str) -> Column | None:
    """What a heading says: as a whole, else by its first word that says something ("日期 / date")."""
    lower = text.lower()
    whole = _BY_WORD.get(_BETWEEN.sub("", lower))
    if whole is not None:
        return whole
    return next((_BY_WORD[word] for word in _BETWEEN.split(lower) if word in _BY_WORD), None)


def columns_of(row: Iterable[Cell]) -> dict[Column, int]:
    """The columns that this row would head; the first of each kind."""
    found: dict[Column, int] = {}
    for at, cell in enumerate(row):
        column = meaning(cell.text) if isinstance(cell.value, str) and len(cell.text) <= 40 else None
        if column is not None:
            found.setdefault(column, at)
    return found


def find_head(grid: Grid, needed: Iterable[Iterable[Column]], *, deepest: int = DEEPEST) -> Head | None:
    """The row of headings that has one of each of *needed*, the one that says most; None if there is none.
    Titles may stand above it, and headings may take two rows: "time" over "start" and "end"."""
    wanted = [frozenset(choice) for choice in needed]
    best: Head | None = None
    for at, row in enumerate(grid.rows[:deepest]):
        columns = columns_of(row)
        for head in (
            Head(columns=columns, first=at + 1),
            _with_next(columns, grid.rows[at + 1 : at + 2], at),
        ):
            fits = all(choice & head.columns.keys() for choice in wanted)
            if fits and (best is None or len(head.columns) > len(best.columns)):
                best = head
    return best


def _with_next(columns: dict[Column, int], below: list[Row], at: int) -> Head:
    """The row's headings together with those of the row below it, where that is all headings."""
    for row in below:
        more = columns_of(row)
        if more and len(set(more.values())) == len({c.text for c in row if not c.empty}):
            return Head(columns={**columns, **more}, first=at + 2)
    return Head(columns=columns, first=at + 1)


def repeats(head: Head, row: Row) -> bool:
    """Whether the headings stand there once more, as on every printed page."""
    return len(columns_of(row).keys() & head.columns.keys()) >= min(3, len(head.columns))
