"""A cell and where it stands, whatever kind of file it is from."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

Value = str | int | float | bool | date | datetime | time | timedelta
"""What a cell may hold; the empty one holds ``""``."""

_UNSEEN: Final = re.compile("[\u200b-\u200f\u2060\ufeff]")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cell stands; row and column count from 1."""

    sheet: str | None
    """None: a text file, whose rows are its lines."""
    row: int
    column: int

    def __str__(self) -> str:
        return f"line {self.row}" if self.sheet is None else f"{self.sheet}!{letters(self.column)}{self.row}"


@dataclass(frozen=True, slots=True)
class Cell:
    """A value and its place."""

    value: Value
    place: Place
    broken: bool = False
    """The spreadsheet itself shows an error there, such as #N/A, or has a formula that nobody worked out."""

    @property
    def text(self) -> str:
        """Its value as a person reads it: full-width letters are plain ones, stray spaces are gone."""
        return as_text(self.value)

    @property
    def empty(self) -> bool:
        """Nothing is written there."""
        return not self.broken and not self.text


Row = list[Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """One sheet: its cells by row, as far as anything is written."""

    name: str | None
    rows: list[Row]
    hidden: bool = False


def letters(column: int) -> str:
    """A column as spreadsheets name it: 1 is A, 27 is AA."""
    name = ""
    while column > 0:
        column, digit = divmod(column - 1, 26)
        name = chr(ord("A") + digit) + name
    return name


@lru_cache(maxsize=1024)  # a roster says the same few words over and over
def _plain(text: str) -> str:
    seen = text if text.isascii() else _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
    return " ".join(seen.split())


def as_text(value: Value) -> str:
    """The value as text in one line. Spreadsheets keep every number as a float: 1001.0 is 1001."""
    match value:
        case bool():
            return str(value).upper()
        case float() if value.is_integer():
            return str(int(value))
        case str():
            return _plain(value)
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case time():
            return f"{value:%H:%M}"
        case timedelta():
            minutes = round(value.total_seconds() / 60)
            return f"{minutes // 60:02}:{minutes % 60:02}"
        case _:
            return str(value)
