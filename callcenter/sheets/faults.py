"""What is wrong in a file, by cell. All of it is told at once."""

from dataclasses import dataclass
from enum import StrEnum

from callcenter.sheets.cells import Cell, Place


class FaultKind(StrEnum):
    """What is wrong. Any one of them, and nothing is written."""

    NO_TABLE = "no_table"
    """No rows that look like a roster were found."""
    MISSING = "missing"
    """A cell that must be filled is empty."""
    CELL_ERROR = "cell_error"
    """The spreadsheet shows an error there, such as #N/A."""
    BAD_DATE = "bad_date"
    BAD_TIME = "bad_time"
    BAD_ROLE = "bad_role"
    UNKNOWN_CODE = "unknown_code"
    """A shift code that nothing explains."""
    UNKNOWN_HOTLINE = "unknown_hotline"
    UNKNOWN_PERSON = "unknown_person"
    AMBIGUOUS_PERSON = "ambiguous_person"
    INACTIVE_PERSON = "inactive_person"
    """Known, and not with us on that day."""
    DUPLICATE = "duplicate"
    """The same shift twice."""
    CLASH = "clash"
    """A person in two places at once."""
    BAD_VALUE = "bad_value"
    """Of a list of people: a role or a phone that is none."""


LONGEST = 80
"""Letters of a cell that a fault quotes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong, where, and what to do about it."""

    kind: str
    place: Place | None
    """None: the file as a whole."""
    column: str | None
    """What the column means, such as ``person``; of a day's column its heading."""
    value: str
    """The cell as it reads."""
    what: str
    """A sentence without its subject, e.g. "is no date: write it as 2026-12-01"."""

    @property
    def where(self) -> str:
        """The cell, as ``Sheet!B7``, or ``line 7``."""
        return "the file" if self.place is None else str(self.place)


class Refused(Exception):
    """A fault met in the middle of a row."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.what)
        self.fault = fault


def fault_at(cell: Cell, kind: FaultKind, column: str | None, what: str) -> Fault:
    """A fault of that cell."""
    return Fault(kind=kind, place=cell.place, column=column, value=cell.text[:LONGEST], what=what)


def refuse_broken(cell: Cell, column: str | None) -> None:
    """Raises Refused for a cell that shows an error, or nothing although it has a formula."""
    if cell.broken:
        what = "is an error, or a formula without a result: mend it, or open and save the file in Excel"
        raise Refused(fault_at(cell, FaultKind.CELL_ERROR, column, what))


def in_order(fault: Fault) -> tuple[str, int, int]:
    """Sorts faults as the eye goes through the file."""
    place = fault.place
    return ("", 0, 0) if place is None else (place.sheet or "", place.row, place.column)
