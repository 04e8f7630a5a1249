"""A shift in the words of the file, between finding it and knowing what it means."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from callcenter.sheets.cells import Cell
from callcenter.sheets.codes import Codes
from callcenter.sheets.values import Month
from callcenter.terms import DutyRole, HotlineNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRow:
    """One shift as it is written: cells, not yet values. Each keeps the place that a fault is told of."""

    hotline: Cell | None
    """None: nothing says it; then there is only one hotline."""
    date: Cell
    start: Cell | None = None
    end: Cell | None = None
    """Both None: only the day is named, and nobody is on duty."""
    role: Cell | DutyRole = DutyRole.PRIMARY
    people: Cell | None = None
    month: Month | None = None
    """Of a date that does not say it."""
    column: str = "person"
    """What the person's column is called."""
    shown: Cell | None = None
    """Where it stands in a matrix; the other cells are headings and explanations then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a sheet is read with."""

    codes: Codes
    month: Month | None
    """What bare days belong to, where the sheet does not say it."""
    near: date
    """Chooses the year of a date without one."""
    hotline_in: Callable[[str], HotlineNumber | None]
    """The one hotline that a title speaks of."""
