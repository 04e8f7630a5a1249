"""What the words of a file may mean: the hotlines and people that there are."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final
from zoneinfo import ZoneInfo

from callcenter.roster.people import AmbiguousPerson, People, UnknownPerson
from callcenter.sheets.cells import Cell
from callcenter.sheets.faults import LONGEST, Fault, FaultKind, Refused, fault_at, refuse_broken
from callcenter.sites import Hotline
from callcenter.terms import AgentId, HotlineNumber

_BETWEEN: Final = re.compile(r"\s*[、,;/]\s*|\s+")
_WORDS: Final = re.compile(r"[+_*#A-Za-z0-9.\[\]!-]+")
_LISTED: Final = 20
"""Hotlines that a message lists, people that a cell may name."""
_LONGEST: Final = 60
"""Letters of a person's name."""


class Directory:
    """Hotlines by number or name, and people by id or name."""

    def __init__(self, hotlines: Iterable[Hotline], people: People) -> None:
        self._hotlines = {hotline.number: hotline for hotline in hotlines}
        self._by_word: dict[str, set[HotlineNumber]] = {}
        for hotline in self._hotlines.values():
            for word in {_key(hotline.number), _key(hotline.name)}:
                self._by_word.setdefault(word, set()).add(hotline.number)
        self.people = people

    @property
    def hotlines(self) -> tuple[Hotline, ...]:
        """In the order of the configuration."""
        return tuple(self._hotlines.values())

    def zone(self, number: HotlineNumber) -> ZoneInfo:
        """Where that hotline's clock hangs."""
        return ZoneInfo(self._hotlines[number].time_zone)

    def hotline(self, cell: Cell | None, place: Cell) -> HotlineNumber:
        """The hotline that a cell names, or the only one. Raises Refused, at *place* if there is no cell."""
        known = ", ".join(list(self._hotlines)[:_LISTED]) or "none is configured"
        if cell is None or cell.empty:
            if len(self._hotlines) == 1:
                return next(iter(self._hotlines))
            what = f"does not say which hotline, and there are several: add a column hotline ({known})"
            raise Refused(fault_at(cell or place, FaultKind.MISSING, "hotline", what))
        refuse_broken(cell, "hotline")
        number = HotlineNumber(plain_number(cell.text))
        if number in self._hotlines:
            return number
        found = self._by_word.get(_key(number), set())
        if len(found) == 1:
            return next(iter(found))
        why = "is the name of several hotlines: write its number" if found else "is no configured hotline"
        raise Refused(fault_at(cell, FaultKind.UNKNOWN_HOTLINE, "hotline", f"{why} (known: {known})"))

    def hotline_in(self, text: str) -> HotlineNumber | None:
        """The one hotline that a title speaks of, by its number or its name."""
        words = set(_WORDS.findall(text))
        key = _key(text)
        found = {h.number for h in self.hotlines if h.number in words or _key(h.name) in key}
        return next(iter(found)) if len(found) == 1 else None

    def persons(self, cell: Cell, column: str) -> tuple[list[AgentId], list[Fault]]:
        """Whom a cell names: one person, or several between commas; and who of them is nobody."""
        try:
            return [self.people.find(plain_number(cell.text[:_LONGEST])).id], []
        except (UnknownPerson, AmbiguousPerson) as error:
            whole = _fault(cell, column, error)
        words = [word[:_LONGEST] for word in _BETWEEN.split(cell.text, _LISTED) if word]
        found: list[AgentId] = []
        faults: list[Fault] = []
        for word in words:
            try:
                found.append(self.people.find(plain_number(word)).id)
            except (UnknownPerson, AmbiguousPerson) as error:
                faults.append(_fault(cell, column, error))
        return (found, faults) if len(words) > 1 and found else ([], [whole])


def _fault(cell: Cell, column: str, error: UnknownPerson | AmbiguousPerson) -> Fault:
    match error:
        case AmbiguousPerson():
            kind, what = FaultKind.AMBIGUOUS_PERSON, "is the name of several people: write the id, "
            what += " or ".join(error.ids)
        case _:
            hint = f"did you mean {' or '.join(error.near)}?" if error.near else "write an id or a full name"
            kind, what = FaultKind.UNKNOWN_PERSON, f"is nobody we know: {hint}"
    fault = fault_at(cell, kind, column, what)
    return fault if error.word == cell.text else Fault(
        kind=kind, place=cell.place, column=column, value=error.word[:LONGEST], what=what
    )  # fmt: skip


def plain_number(text: str) -> str:
    """A number as text, if a spreadsheet wrote it as 1001.0."""
    digits, _, rest = text.partition(".")
    return digits if digits.isdigit() and rest and not rest.strip("0") else text


def _key(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()
