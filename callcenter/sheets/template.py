"""An empty roster to fill in: a month's matrix, lines for single shifts, and the codes, with drop-downs."""

import calendar
import io
from collections.abc import Sequence
from datetime import date
from typing import Final

import xlsxwriter
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from callcenter.sheets.cells import letters
from callcenter.sheets.directory import Directory
from callcenter.sheets.values import Month
from callcenter.sheets.writing import XLSX_HEAD

_MATRIX: Final = ("人员 person", "热线 hotline", "角色 role")
_CODES: Final = (
    "班次 code",
    "开始 start",
    "结束 end",
    "开始2 start2",
    "结束2 end2",
    "角色 role",
    "热线 hotline",
)
_EXAMPLES: Final = (
    ("白", "08:00", "20:00", "", ""),
    ("晚", "20:00", "08:00", "", ""),
    ("全", "08:00", "08:00", "", ""),
    ("两", "10:00", "14:00", "17:30", "23:00"),
    ("休", "", "", "", ""),
)
_ROLES: Final = ("主班 primary", "备班 backup", "主管 supervisor")
_WEEK: Final = "一二三四五六日"
_LINES: Final = 500
_SPARE: Final = 20
"""Rows with drop-downs below those of the people of today."""
_CODE_ROWS: Final = 30
_HELP: Final = (
    "“月表”：人员在左，日期在上，格内填班次代码；代码的时间写在“班次”表。没有人值班的格留空或写“休”。",
    "“逐班”：每行一个班。结束时间不晚于开始时间，就是次日；24:00 可以写。",
    "同一天只填一处。文件提到的日子，按文件整天替换；没有提到的日子不变。",
    "month: people down, days across, a shift code in each cell; sheet shifts says what a code means.",
    "lines: one shift in each row. An end at or before the start is the next day's; 24:00 may be written.",
    "The days that the file names are replaced whole; all other days stay as they are.",
)


def template(directory: Directory, month: Month, codes: Sequence[tuple[str, ...]] = _EXAMPLES) -> bytes:
    """An xlsx for *month*, with the people who are with us then."""
    file = io.BytesIO()
    days = [
        date(month.year, month.month, 1 + n) for n in range(calendar.monthrange(month.year, month.month)[1])
    ]
    people = [p for p in directory.people if p.active_on(days[0]) or p.active_on(days[-1])]
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheets = [
            book.add_worksheet(name) for name in ("月表 month", "逐班 lines", "班次 shifts", "说明 help")
        ]
        lists = _Lists(book, [f"{person.name} ({person.id})" for person in people], directory)
        _head(book, sheets[0], month, days)
        _people(sheets[0], lists, len(days))
        _lines(book, sheets[1], lists)
        _shifts(sheets[2], codes, lists)
        for row, line in enumerate(_HELP):
            sheets[3].write_string(row, 0, line)
    return file.getvalue()


class _Lists:
    """What the drop-downs offer, on a hidden sheet."""

    def __init__(self, book: Workbook, people: Sequence[str], directory: Directory) -> None:
        self.people = people
        self.hotlines = [hotline.number for hotline in directory.hotlines]
        self.bold = book.add_format({"bold": True, "bottom": 1, "align": "left"})
        sheet = book.add_worksheet("lists")
        sheet.hide()
        offered = (self.people, self.hotlines, _ROLES)
        self._sources = [_written(sheet, column, words) for column, words in enumerate(offered)]

    def offer(self, sheet: Worksheet, area: tuple[int, int, int, int], what: int) -> None:
        """Drop-downs of people (0), hotlines (1) or roles (2). Anything may be typed: the import judges."""
        _offer(sheet, area, self._sources[what])


def _written(sheet: Worksheet, column: int, words: Sequence[str]) -> str:
    for row, word in enumerate(words):
        sheet.write_string(row, column, word)
    letter = letters(column + 1)
    return f"=lists!${letter}$1:${letter}${max(1, len(words))}"


def _offer(sheet: Worksheet, area: tuple[int, int, int, int], source: str) -> None:
    sheet.data_validation(*area, {"validate": "list", "source": source, "error_type": "warning"})


def _head(book: Workbook, sheet: Worksheet, month: Month, days: Sequence[date]) -> None:
    """The month's title, its days, and what days of the week they are."""
    first = len(_MATRIX)
    day = book.add_format({"bold": True, "num_format": "d", "align": "center"})
    grey = book.add_format({"align": "center", "font_color": "#777777", "bottom": 1})
    large = book.add_format({"bold": True, "font_size": 14})
    sheet.merge_range(
        0, 0, 0, first + len(days) - 1, f"{month.year}年{month.month}月 排班表 / roster {month}", large
    )
    for column, when in enumerate(days, first):
        sheet.write_datetime(1, column, when, day)
        sheet.write_string(2, column, _WEEK[when.weekday()], grey)
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 2, 13)
    sheet.set_column(first, first + len(days) - 1, 4)
    sheet.freeze_panes(3, first)


def _people(sheet: Worksheet, lists: _Lists, days: int) -> None:
    """A row for each person, and spare ones."""
    for column, head in enumerate(_MATRIX):
        sheet.write_string(1, column, head, lists.bold)
    for row, person in enumerate(lists.people, 3):
        sheet.write_string(row, 0, person)
        if len(lists.hotlines) == 1:
            sheet.write_string(row, 1, lists.hotlines[0])
        sheet.write_string(row, 2, _ROLES[0])
    last = 2 + len(lists.people) + _SPARE
    for column in range(len(_MATRIX)):
        lists.offer(sheet, (3, column, last, column), column)
    codes = f"='班次 shifts'!$A$2:$A${_CODE_ROWS}"
    _offer(sheet, (3, len(_MATRIX), last, len(_MATRIX) + days - 1), codes)


def _lines(book: Workbook, sheet: Worksheet, lists: _Lists) -> None:
    formats = {1: book.add_format({"num_format": "yyyy-mm-dd"})}
    formats |= dict.fromkeys((2, 3), book.add_format({"num_format": "[hh]:mm"}))
    for column, head in enumerate(XLSX_HEAD[:-1]):
        sheet.set_column(column, column, 16, formats.get(column))
        sheet.write_string(0, column, head, lists.bold)
    for column, what in ((0, 1), (4, 2), (5, 0)):
        lists.offer(sheet, (1, column, _LINES, column), what)
    sheet.freeze_panes(1, 0)


def _shifts(sheet: Worksheet, codes: Sequence[tuple[str, ...]], lists: _Lists) -> None:
    for column, head in enumerate(_CODES):
        sheet.set_column(column, column, 14)
        sheet.write_string(0, column, head, lists.bold)
    for row, words in enumerate(codes, 1):
        for column, word in enumerate(words):
            sheet.write_string(row, column, word)
    lists.offer(sheet, (1, 5, _CODE_ROWS, 5), 2)
    lists.offer(sheet, (1, 6, _CODE_ROWS, 6), 1)
