"""Shift patterns: codes such as D and N, the cycle in which people work them, and what comes out.

A *code* names hours, in the lines of :mod:`callcenter.roster.hours`: one line for a shift, several parts
for a split shift, lines with seasons or kinds of day where summer and winter, workdays and holidays
differ. All lines that hold on a day count, so hours that replace one another must not hold together.

A *cycle* is a row of codes, one a day, over as many days as it takes: seven for a week that repeats,
twenty-one for three weeks, six for four days on and two off. Everybody in a pattern works the same cycle,
each from a day of it of their own; ``-`` is a day off. The cycle goes by the calendar's days and is never
shifted by a holiday: what is otherwise on a holiday, the code's lines say.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from callcenter.roster.calendar import WorkCalendar
from callcenter.roster.hours import Rule, parse_rule
from callcenter.roster.localtime import days_between, shift_span
from callcenter.roster.model import Shift
from callcenter.roster.seats import seated
from callcenter.terms import AgentId, DutyRole, HotlineNumber

OFF: Final = "-"

Part = tuple[int, int]
"""Start and end in minutes after midnight; an end at or before the start is the next day's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A named shift (班次), e.g. ``D``."""

    name: str
    rules: tuple[Rule, ...]

    @classmethod
    def parse(cls, name: str, lines: Sequence[str]) -> "Code":
        """A code as lines of hours. Raises ValueError, which names the code, the line and what to write."""
        if not lines:
            raise ValueError(f'shift code "{name}" has no hours: write a line such as 08:00-20:00')
        return cls(name=name, rules=tuple(parse_rule(line, where=f"shift code {name}") for line in lines))

    def parts(self, day: date, calendar: WorkCalendar) -> tuple[Part, ...]:
        """What is worked on *day*, in order; nothing where no line holds."""
        held = (part for rule in self.rules if rule.holds(day, calendar) for part in rule.parts)
        return tuple(sorted(dict.fromkeys(held)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Who works a cycle: one person or a team, all with the same hours."""

    people: tuple[AgentId, ...]
    offset: int = 0
    """Days by which they are further on in the cycle than it is at its anchor."""
    role: DutyRole = DutyRole.PRIMARY


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Codes, and the cycle in which they are worked."""

    hotlines: tuple[HotlineNumber, ...]
    """Those that one duty covers at once."""
    codes: Mapping[str, Code]
    cycle: tuple[str, ...]
    """A code a day, or ``-``."""
    anchor: date
    """The local day that is the cycle's first."""

    @classmethod
    def parse(
        cls,
        *,
        hotlines: Sequence[HotlineNumber],
        codes: Mapping[str, Sequence[str]],
        weeks: Sequence[str],
        anchor: date,
    ) -> "Pattern":
        """A pattern as text. *weeks*: the cycle in rows of codes with spaces between, e.g.
        ``"D D N N - - -"``; a row need not be seven days. Raises ValueError, which names what is wrong."""
        known = {name: Code.parse(name, lines) for name, lines in codes.items()}
        cycle = tuple(word for week in weeks for word in week.split())
        if not cycle:
            raise ValueError('a cycle needs at least one day: write codes with spaces between, "-" for off')
        for n, word in enumerate(cycle, 1):
            if word != OFF and word not in known:
                names = ", ".join([*known, OFF])
                raise ValueError(f'day {n} of the cycle is "{word}": write one of {names}')
        return cls(hotlines=tuple(hotlines), codes=known, cycle=cycle, anchor=anchor)

    def code_on(self, day: date, offset: int = 0) -> Code | None:
        """What somebody *offset* days further on works on *day*; None: the day is off."""
        word = self.cycle[((day - self.anchor).days + offset) % len(self.cycle)]
        return None if word == OFF else self.codes[word]


def expand(
    pattern: Pattern,
    crews: Iterable[Crew],
    first_day: date,
    last_day: date,
    *,
    calendar: WorkCalendar,
    zone: ZoneInfo,
) -> list[Shift]:
    """The shifts that begin from *first_day* to *last_day*, seated, in order of start.

    People with the same hours are seated in the order of the crews. A shift that the clock skips whole,
    on the night on which it jumps, is left out.
    """
    found: list[Shift] = []
    crews = tuple(crews)
    for day in days_between(first_day, last_day):
        for crew in crews:
            code = pattern.code_on(day, crew.offset)
            for part in code.parts(day, calendar) if code else ():
                found += _shifts(pattern, crew, day, part, zone)
    return seated(found)


def _shifts(pattern: Pattern, crew: Crew, day: date, part: Part, zone: ZoneInfo) -> Iterable[Shift]:
    start, end = shift_span(day, *part, zone)
    if end - start <= timedelta():
        return
    for person in crew.people:
        for hotline in pattern.hotlines:
            yield Shift(hotline=hotline, start=start, end=end, role=crew.role, seat=0, person=person)
