"""Which seat is whose: a file names people, and several at once are several seats.

Shifts are seated one after the other, in order of their start; each takes the lowest seat that is free
for all of its time. So a change-over keeps the seat, an overlap takes another for as long as it lasts, and
the same people at the same hours in the same order always get the same seats.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import count

from callcenter.roster.model import Shift
from callcenter.terms import DutyRole, HotlineNumber

Desk = tuple[HotlineNumber, DutyRole]
Span = tuple[datetime, datetime]


def seated(shifts: Iterable[Shift], standing: Iterable[Shift] = ()) -> list[Shift]:
    """*shifts* with their seats, whatever seats they came with, in order of start.

    *standing*: shifts that are there already and keep their seats, e.g. of the days before and after.
    Shifts that begin together are seated in the order in which they come.
    """
    taken: dict[Desk, dict[int, list[Span]]] = {}
    for shift in standing:
        _take(taken, shift)
    found: list[Shift] = []
    for shift in sorted(shifts, key=lambda one: one.start):
        spans = taken.get((shift.hotline, shift.role), {})
        placed = replace(shift, seat=next(n for n in count(1) if _free(spans.get(n, []), shift)))
        _take(taken, placed)
        found.append(placed)
    return found


def _take(taken: dict[Desk, dict[int, list[Span]]], shift: Shift) -> None:
    desk = taken.setdefault((shift.hotline, shift.role), {})
    desk.setdefault(shift.seat, []).append((shift.start, shift.end))


def _free(spans: list[Span], shift: Shift) -> bool:
    return all(end <= shift.start or start >= shift.end for start, end in spans)
