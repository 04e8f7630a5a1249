"""What no roster may say: one person in two places, or two people on one seat.

One duty may cover several hotlines: then its shifts have the same start and the same end. Shifts of one
person that overlap with other edges are two places. Shifts that touch do not overlap.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from callcenter.roster.model import Assignment, Shift
from callcenter.terms import AgentId, DutyRole, HotlineNumber, ShiftId

Span = tuple[datetime, datetime]


class Stretch(Protocol):
    """A shift as planned, or a stretch of one as held."""

    @property
    def hotline(self) -> HotlineNumber: ...
    @property
    def start(self) -> datetime: ...
    @property
    def end(self) -> datetime: ...
    @property
    def role(self) -> DutyRole: ...
    @property
    def seat(self) -> int: ...
    @property
    def person(self) -> AgentId: ...


class ClashKind(StrEnum):
    """Why two shifts can't both stand."""

    TWO_PLACES = "two_places"
    """One person, and the shifts overlap with different start or end."""
    TWICE = "twice"
    """One person twice in the same role of one hotline at the same time."""
    ONE_SEAT = "one_seat"
    """Two holders of one seat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """Two shifts that can't both stand; *one* does not begin after *other*."""

    kind: ClashKind
    one: Stretch
    other: Stretch


def clashes(shifts: Iterable[Stretch]) -> list[Clash]:
    """Every pair that can't stand together, in order of time."""
    return _clashes(shifts, lambda one: (one.start, one.end))


def held_clashes(assignments: Iterable[Assignment], shifts: Iterable[Shift]) -> list[Clash]:
    """Every pair of *assignments* that can't stand together; *shifts* are those that they are stretches of.

    Whoever gives a part of a shift away is still on that duty for the rest of it, whatever hours are left:
    a pair is two places only if the duties differ. A cover's duty is the stretch that is covered.
    """
    hours = {shift.id: (shift.start, shift.end) for shift in shifts}
    return _clashes(assignments, lambda one: _duty(one, hours))


def _order(one: Stretch) -> tuple[datetime, datetime, str, str, int, str]:
    return one.start, one.end, one.hotline, one.role, one.seat, one.person


def _clashes(stretches: Iterable[Stretch], duty: Callable[[Stretch], Span]) -> list[Clash]:
    together = sorted(stretches, key=_order)

    def person_clash(one: Stretch, other: Stretch) -> ClashKind | None:
        if duty(one) != duty(other):
            return ClashKind.TWO_PLACES
        same = (one.hotline, one.role) == (other.hotline, other.role)
        return ClashKind.TWICE if same else None

    found = [
        *_judged(together, lambda one: one.person, person_clash),
        *_judged(together, lambda one: (one.hotline, one.role, one.seat), _seat_clash),
    ]
    return sorted(found, key=lambda clash: (clash.other.start, clash.one.start, clash.kind))


def _judged(
    together: list[Stretch],
    key: Callable[[Stretch], Hashable],
    judge: Callable[[Stretch, Stretch], ClashKind | None],
) -> Iterable[Clash]:
    """Each pair of one key that overlaps in time, judged. *together* is in order of start."""
    running: dict[Hashable, list[Stretch]] = {}
    for other in together:
        before = [one for one in running.get(key(other), ()) if one.end > other.start]
        for one in before if other.start < other.end else ():
            if (kind := judge(one, other)) is not None:
                yield Clash(kind=kind, one=one, other=other)
        running[key(other)] = [*before, other]


def _seat_clash(one: Stretch, other: Stretch) -> ClashKind | None:
    # One person on one seat twice is a shift written twice, and told as such, not as two holders.
    return ClashKind.ONE_SEAT if one.person != other.person else None


def _duty(one: Stretch, hours: Mapping[ShiftId, Span]) -> Span:
    whole = hours.get(one.shift_id) if isinstance(one, Assignment) and one.person == one.planned else None
    return whole or (one.start, one.end)
