"""Rosters out: CSV and xlsx with the columns that the import takes, so that what was exported comes back the
same."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

import xlsxwriter

from callcenter.roster.localtime import DAY_MINUTES, clock_text
from callcenter.roster.model import Shift
from callcenter.sheets.directory import Directory
from callcenter.terms import DutyRole

CSV_HEAD: Final = ("hotline", "date", "start", "end", "role", "person", "name")
"""The last is for the reader alone: the import takes the person."""
XLSX_HEAD: Final = (
    "热线 hotline", "日期 date", "开始 start", "结束 end", "角色 role", "人员 person", "姓名 name",
)  # fmt: skip
_WIDTHS: Final = (12, 12, 9, 9, 12, 12, 16)
_ROLES: Final = tuple(DutyRole)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A shift in the clock's words."""

    hotline: str
    day: date
    start: int
    end: int
    """Minutes after midnight; an end at or before the start is the next day's, 1440 is 24:00."""
    role: str
    person: str
    name: str


def written(shifts: Iterable[Shift], directory: Directory) -> Iterator[Written]:
    """In the order that gives each its seat again."""
    for shift in sorted(shifts, key=lambda one: (one.hotline, one.start, _ROLES.index(one.role), one.seat)):
        start = shift.start.astimezone(directory.zone(shift.hotline))
        end = shift.end.astimezone(start.tzinfo)
        began, ended = start.hour * 60 + start.minute, end.hour * 60 + end.minute
        yield Written(
            hotline=shift.hotline,
            day=start.date(),
            start=began,
            end=_until(began, ended, (end.date() - start.date()).days),
            role=shift.role.value,
            person=shift.person,
            name=directory.people.name(shift.person),
        )


def _until(began: int, ended: int, days: int) -> int:
    """The end so that it is read as the day it is of, *days* after the start's."""
    if days == 1 and ended == 0:
        return DAY_MINUTES
    # A day's shift that ends where the clock skips what it says: 02:00 to 02:00 ends at 03:00.
    return began if days == 1 and ended > began else ended


def to_csv(shifts: Iterable[Shift], directory: Directory) -> bytes:
    """UTF-8 with its mark: without it Excel takes Chinese for something else."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(CSV_HEAD)
    for row in written(shifts, directory):
        clock = clock_text(row.start), clock_text(row.end)
        writer.writerow((row.hotline, row.day.isoformat(), *clock, row.role, row.person, row.name))
    return text.getvalue().encode("utf-8-sig")


def to_xlsx(shifts: Iterable[Shift], directory: Directory) -> bytes:
    """One sheet; dates and times are real ones, so that they sort and can be pulled down."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("排班 roster")
        bold, day, clock = (
            book.add_format({"bold": True, "bottom": 1}),
            book.add_format({"num_format": "yyyy-mm-dd"}),
            book.add_format({"num_format": "[hh]:mm"}),
        )
        for column, (head, width) in enumerate(zip(XLSX_HEAD, _WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, head, bold)
        sheet.freeze_panes(1, 0)
        for at, row in enumerate(written(shifts, directory), 1):
            sheet.write_string(at, 0, row.hotline)
            sheet.write_datetime(at, 1, row.day, day)
            sheet.write_number(at, 2, row.start / DAY_MINUTES, clock)
            sheet.write_number(at, 3, row.end / DAY_MINUTES, clock)
            for column, word in enumerate((row.role, row.person, row.name), 4):
                sheet.write_string(at, column, word)
    return file.getvalue()
