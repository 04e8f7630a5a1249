"""What no roster may say: one person in two places, or two people on one seat.

One duty may cover several hotlines: then its shifts have the same start and the same end. Shifts of one
person that overlap with other edges are two places. Shifts that touch do not overlap.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from callcenter.terms import AgentId, DutyRole, HotlineNumber


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
    together = sorted(
        shifts, key=lambda one: (one.start, one.end, one.hotline, one.role, one.seat, one.person)
    )
    found = [
        *_judged(together, lambda one: one.person, _person_clash),
        *_judged(together, lambda one: (one.hotline, one.role, one.seat), _seat_clash),
    ]
    return sorted(found, key=lambda clash: (clash.other.start, clash.one.start, clash.kind))


def _order(one: Stretch) -> tuple[datetime, datetime, str, str, int, str]:
    return one.start, one.end, one.hotline, one.role, one.seat, one.person


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


def _person_clash(one: Stretch, other: Stretch) -> ClashKind | None:
    if (one.start, one.end) != (other.start, other.end):
        return ClashKind.TWO_PLACES
    # On one seat twice is the same shift written twice, and told as such, not as two holders.
    return ClashKind.TWICE if (one.hotline, one.role) == (other.hotline, other.role) else None


def _seat_clash(one: Stretch, other: Stretch) -> ClashKind | None:
    return ClashKind.ONE_SEAT if one.person != other.person else None
