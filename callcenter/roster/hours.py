"""Hours of a week and a year as lines of text: when a hotline is open, and how many seats it wants.

    [MM-DD..MM-DD] [days] HH:MM-HH:MM[+HH:MM-HH:MM…] [seats]

*Days* are ``daily`` (so are no days at all), ``workday``, ``restday``, ``holiday``, ``mon`` … ``sun``,
ranges such as ``mon-fri``, or a list of these with commas. ``workday`` follows the work calendar, make-up
Saturdays included; ``mon-fri`` does not. A span that ends at or before its start ends the next day, and
belongs to the day on which it began. Where several lines hold at once, the most seats count.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from callcenter.roster.calendar import DayKind, WorkCalendar
from callcenter.roster.localtime import clock_minutes, days_between, local_day, shift_span

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_KINDS: Final = {
    "workday": DayKind.WORKDAY,
    "restday": DayKind.REST_DAY,
    "holiday": DayKind.HOLIDAY,
}
_SEASON: Final = re.compile(r"(\d\d)-(\d\d)\.\.(\d\d)-(\d\d)")
_MOST_SEATS: Final = 999

MonthDay = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line: on which days it holds, and from when until when."""

    season: tuple[MonthDay, MonthDay] | None
    """First and last day of the year, both included; may run over the new year. None: all year."""
    days: frozenset[str]
    """Weekdays and kinds of day, any of which will do. Empty: every day."""
    parts: tuple[tuple[int, int], ...]
    """Start and end, minutes after midnight; an end at or before the start is the next day's."""
    seats: int

    def holds(self, day: date, calendar: WorkCalendar) -> bool:
        """Whether the line says anything of that day."""
        if self.season is not None and not _in_season(self.season, (day.month, day.day)):
            return False
        if not self.days or WEEKDAYS[day.weekday()] in self.days:
            return True
        return any(_KINDS.get(word) is calendar.kind(day) for word in self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A stretch that is open, and how many seats it wants."""

    start: datetime
    end: datetime
    seats: int


@dataclass(frozen=True, slots=True)
class Hours:
    """Lines of hours. No lines at all: always, one seat."""

    rules: tuple[Rule, ...]

    @classmethod
    def parse(cls, lines: Sequence[str], *, where: str = "hours") -> "Hours":
        """Hours as lines of text. Raises ValueError, which names *where*, the line and what to write."""
        return cls(tuple(parse_rule(line, where=where) for line in lines or ("00:00-24:00",)))

    def spans(
        self, start: datetime, end: datetime, zone: ZoneInfo, calendar: WorkCalendar
    ) -> tuple[Need, ...]:
        """The open stretches between two instants, in order; neighbours differ in seats or do not touch."""
        waiting = sorted(self._raw(start, end, zone, calendar), key=lambda span: span.start, reverse=True)
        cuts = sorted({edge for span in waiting for edge in (span.start, span.end)})
        running: list[Need] = []
        needs: list[Need] = []
        for a, b in pairwise(cuts):
            while waiting and waiting[-1].start <= a:
                running.append(waiting.pop())
            running = [span for span in running if span.end > a]
            seats = max((span.seats for span in running), default=0)
            if needs and needs[-1].end == a and needs[-1].seats == seats:
                needs[-1] = Need(start=needs[-1].start, end=b, seats=seats)
            elif seats:
                needs.append(Need(start=a, end=b, seats=seats))
        return tuple(needs)

    def open_at(self, at: datetime, zone: ZoneInfo, calendar: WorkCalendar) -> bool:
        """Whether any line holds at an instant; at the very end of a span it holds no more."""
        return any(self._raw(at, at + timedelta(microseconds=1), zone, calendar))

    def _raw(self, start: datetime, end: datetime, zone: ZoneInfo, calendar: WorkCalendar) -> list[Need]:
        """Each line's spans, cut off at *start* and *end*. The day before reaches into the first."""
        found: list[Need] = []
        for day in days_between(local_day(start, zone) - timedelta(days=1), local_day(end, zone)):
            for rule in self.rules:
                if rule.holds(day, calendar):
                    found += [_need(rule, day, part, zone) for part in rule.parts]
        cut = (Need(start=max(n.start, start), end=min(n.end, end), seats=n.seats) for n in found)
        return [need for need in cut if need.start < need.end]


def parse_rule(line: str, *, where: str = "hours") -> Rule:
    """One line. Raises ValueError, which names *where*, the line and what to write."""
    try:
        return _rule(unicodedata.normalize("NFKC", line).split())
    except ValueError as wrong:
        raise ValueError(f'{where}: "{line}": {wrong}') from wrong


def parse_parts(text: str) -> tuple[tuple[int, int], ...]:
    """``HH:MM-HH:MM``, or several joined by ``+``, as minutes. Raises ValueError."""
    return tuple(_part(part) for part in unicodedata.normalize("NFKC", text).split("+"))


def _rule(words: list[str]) -> Rule:
    season = _season(words.pop(0)) if words and ".." in words[0] else None
    days = _days(words.pop(0)) if words and not words[0][0].isdigit() else frozenset[str]()
    if not words or ":" not in words[0]:
        raise ValueError("there is no HH:MM-HH:MM in it")
    # Blanks around the dash and the plus sign are the writer's choice.
    times, *rest = re.sub(r"\s*([-+])\s*", r"\1", " ".join(words)).split()
    if len(rest) > 1 or (rest and not rest[0].isdecimal()):
        raise ValueError(f'after the times there may only be a number of seats, not "{" ".join(rest)}"')
    return Rule(season=season, days=days, parts=parse_parts(times), seats=_seats(rest[0]) if rest else 1)


def _season(word: str) -> tuple[MonthDay, MonthDay]:
    found = _SEASON.fullmatch(word)
    if found is None:
        raise ValueError(f'"{word}" is no part of the year: write MM-DD..MM-DD')
    first, last = (int(found[1]), int(found[2])), (int(found[3]), int(found[4]))
    for month, day in (first, last):
        try:
            date(2024, month, day)  # a leap year: 02-29 may be named
        except ValueError:
            raise ValueError(f'"{word}": there is no {month:02}-{day:02}') from None
    return first, last


def _days(word: str) -> frozenset[str]:
    days: set[str] = set()
    for part in word.lower().split(","):
        first, dash, last = part.partition("-")
        if part == "daily":
            return frozenset()
        if part in _KINDS or part in WEEKDAYS:
            days.add(part)
        elif dash and first in WEEKDAYS and last in WEEKDAYS:
            days |= _weekdays(WEEKDAYS.index(first), WEEKDAYS.index(last))
        else:
            raise ValueError(
                f'"{part}" are no days: write daily, workday, restday, holiday, mon … sun or mon-fri'
            )
    return frozenset(days)


def _weekdays(first: int, last: int) -> set[str]:
    length = (last - first) % 7 + 1
    return {WEEKDAYS[(first + n) % 7] for n in range(length)}


def _part(text: str) -> tuple[int, int]:
    start, dash, end = text.strip().partition("-")
    if not dash:
        raise ValueError(f'"{text}" has no end: write HH:MM-HH:MM')
    return clock_minutes(start), clock_minutes(end)


def _seats(word: str) -> int:
    if not 1 <= int(word) <= _MOST_SEATS:
        raise ValueError(f"the number of seats is 1 to {_MOST_SEATS}, not {word}")
    return int(word)


def _in_season(season: tuple[MonthDay, MonthDay], day: MonthDay) -> bool:
    first, last = season
    return first <= day <= last if first <= last else day >= first or day <= last


def _need(rule: Rule, day: date, part: tuple[int, int], zone: ZoneInfo) -> Need:
    start, end = shift_span(day, *part, zone)
    return Need(start=start, end=end, seats=rule.seats)
