"""Turns of duty, and when who was there: signs folded along the roster.

A *turn* is the time for which somebody is on duty without a pause, over however many shifts and
hotlines. A sign-in begins a *presence* and the next sign-out ends it; a second sign-in goes on with the
same presence, and a sign-out without a sign-in shows the person at that instant. What was signed longer
than `AttendanceRules.opens_minutes` before a turn is not about it, so that a sign-out that somebody forgot
does not make them punctual the next day; turns with a shorter pause between them are looked at together.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from callcenter.roster.model import Assignment
from callcenter.terms import AgentId, DutyRole, HotlineNumber, Phone, SignKind

ON_POST: Final = (DutyRole.PRIMARY, DutyRole.BACKUP)
"""Roles that sign in. A supervisor's phone stands behind them and is never signed in or out."""

Presence = tuple[datetime, datetime | None]
"""From when until when somebody was there, both included; None: still is."""


class SignSource(StrEnum):
    """Where a sign came in."""

    API = "api"
    CLI = "cli"
    PBX = "pbx"
    """A feature code that was dialled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """Somebody signed in or out."""

    person: AgentId
    at: datetime
    kind: SignKind
    source: SignSource
    phone: Phone | None = None
    """From which it was dialled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceRules:
    """What the house expects."""

    early_minutes: int = 10
    """How long before the start a sign-in is asked for; nobody is late for missing it."""
    late_grace_minutes: int = 0
    """How long after the start is not late yet, and how long before the end not early."""
    relief_grace_minutes: int = 0
    """How long after its end a turn may wait for its relief."""
    away_minutes: int = 15
    """How long somebody may sign out in mid-turn and come back."""
    opens_minutes: int = 120
    """How long before a turn a sign-in counts for it, and how long after it a sign-out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Duty without a pause, and when the person was there."""

    person: AgentId
    parts: tuple[Assignment, ...]
    """In order of start."""
    present: tuple[Presence, ...] = ()
    """In order."""

    @property
    def start(self) -> datetime:
        """When it begins."""
        return self.parts[0].start

    @property
    def end(self) -> datetime:
        """When it is over."""
        return max(part.end for part in self.parts)

    @property
    def ends(self) -> list[Assignment]:
        """The parts after which the person holds nothing of that hotline and role any more."""
        return [part for part in self.parts if not any(_goes_on(part, other) for other in self.parts)]

    def was_there(self, start: datetime, end: datetime) -> bool:
        """Whether the person was there at any instant from *start* to *end*, both included."""
        return any(came <= end and (left is None or left >= start) for came, left in self.present)

    def is_there(self, at: datetime) -> bool:
        """Whether the person has come by *at* and stays after it."""
        return any(came <= at and (left is None or left > at) for came, left in self.present)

    def next_arrival(self, after: datetime, until: datetime, now: datetime) -> datetime | None:
        """When the person came after *after*, or that it was not before *until*; None: not known yet."""
        came = next((start for start, _ in self.present if after < start < until), None)
        return came or (until if now >= until else None)


class Reliefs:
    """Who is to take over from whom."""

    def __init__(self, turns: Iterable[Turn]) -> None:
        self._coming: dict[tuple[HotlineNumber, DutyRole], list[tuple[Assignment, Turn]]] = {}
        for turn in turns:
            for part in turn.parts:
                self._coming.setdefault((part.hotline, part.role), []).append((part, turn))
        for coming in self._coming.values():
            coming.sort(key=_start)

    def of(self, part: Assignment) -> list[Turn]:
        """Those who take over when *part* ends: its seat, or if there is nobody for that, its role."""
        coming = self._coming[part.hotline, part.role]
        first, last = (bisect_right(coming, edge, key=_start) for edge in (part.start, part.end))
        found = [
            pair for pair in coming[first:last] if pair[0].end > part.end and pair[1].person != part.person
        ]
        same_seat = [turn for one, turn in found if one.seat == part.seat]
        return same_seat or [turn for _, turn in found]


def presences(
    assignments: Iterable[Assignment], signs: Iterable[Sign], now: datetime, rules: AttendanceRules
) -> tuple[Turn, ...]:
    """The turns that *assignments* make, each with what *signs* up to *now* show, person by person."""
    opens = timedelta(minutes=rules.opens_minutes)
    signed: dict[AgentId, list[Sign]] = {}
    for sign in sorted(signs, key=lambda one: (one.at, one.kind)):
        if sign.at <= now:
            signed.setdefault(sign.person, []).append(sign)
    found: list[Turn] = []
    for sitting in _sittings(_turns(assignments), opens):
        first, last = sitting[0].start - opens, sitting[-1].end + opens
        person = sitting[0].person
        present = _present(one for one in signed.get(person, ()) if first <= one.at <= last)
        found += [Turn(person=person, parts=turn.parts, present=present) for turn in sitting]
    return tuple(found)


def _turns(assignments: Iterable[Assignment]) -> list[Turn]:
    parts: list[list[Assignment]] = []
    held = [one for one in assignments if one.role in ON_POST]
    for one in sorted(held, key=lambda each: (each.person, each.start, each.end, each.hotline, each.role)):
        if parts and parts[-1][0].person == one.person and one.start <= max(p.end for p in parts[-1]):
            parts[-1].append(one)
        else:
            parts.append([one])
    return [Turn(person=group[0].person, parts=tuple(group)) for group in parts]


def _sittings(turns: list[Turn], opens: timedelta) -> list[list[Turn]]:
    sittings: list[list[Turn]] = []
    for turn in turns:
        last = sittings[-1][-1] if sittings else None
        if last and last.person == turn.person and turn.start - last.end <= opens:
            sittings[-1].append(turn)
        else:
            sittings.append([turn])
    return sittings


def _present(signs: Iterable[Sign]) -> tuple[Presence, ...]:
    return tuple(_folded(signs))


def _folded(signs: Iterable[Sign]) -> Iterator[Presence]:
    came: datetime | None = None
    for sign in signs:
        if sign.kind is SignKind.IN:
            came = came or sign.at
        else:
            yield came or sign.at, sign.at
            came = None
    if came is not None:
        yield came, None


def _goes_on(part: Assignment, other: Assignment) -> bool:
    same = (part.hotline, part.role) == (other.hotline, other.role)
    return same and other.start <= part.end < other.end


def _start(pair: tuple[Assignment, Turn]) -> datetime:
    return pair[0].start
