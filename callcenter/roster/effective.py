"""Who really holds what: the planned shifts with every approved change laid over them.

Changes come into force one after the other, in order of their ``number``; each moves stretches of
shifts to another person, whatever stood there before. A shift is only ever divided among holders, never
made longer or shorter, so what covered the seat covers it still, and a seat has one holder at an instant
if it had one in the plan.
"""

from collections.abc import Iterable
from dataclasses import replace
from operator import attrgetter

from callcenter.roster.model import Assignment, Change, ChangeState, Move, Shift
from callcenter.terms import ShiftId


def effective(shifts: Iterable[Shift], changes: Iterable[Change]) -> tuple[Assignment, ...]:
    """Assignments of *shifts*, in order of start, hotline, role and seat.

    Changes that are not approved, and moves of shifts that are not given, count for nothing.
    """
    return moved(planned(shifts), moves_in_force(changes))


def planned(shifts: Iterable[Shift]) -> tuple[Assignment, ...]:
    """What the roster says before any change; each shift once."""
    return _ordered(_whole(name, shift) for name, shift in {one.id: one for one in shifts}.items())


def moves_in_force(changes: Iterable[Change]) -> list[Move]:
    """The moves of approved changes, in the order in which they came into force."""
    approved = [change for change in changes if change.state is ChangeState.APPROVED]
    return [move for change in sorted(approved, key=attrgetter("number")) for move in change.moves]


def moved(assignments: Iterable[Assignment], moves: Iterable[Move]) -> tuple[Assignment, ...]:
    """*assignments* with *moves* laid over them, one after the other."""
    held: dict[ShiftId, list[Assignment]] = {}
    for one in sorted(assignments, key=attrgetter("start")):
        held.setdefault(one.shift_id, []).append(one)
    for move in moves:
        if move.shift_id in held:
            parts = [part for one in held[move.shift_id] for part in _divided(one, move)]
            held[move.shift_id] = _joined(parts)
    return _ordered(one for pieces in held.values() for one in pieces)


def _divided(one: Assignment, move: Move) -> list[Assignment]:
    start, end = max(one.start, move.start), min(one.end, move.end)
    if start >= end:
        return [one]
    parts = (
        replace(one, end=start),
        replace(one, start=start, end=end, person=move.taker),
        replace(one, start=end),
    )
    return [part for part in parts if part.start < part.end]


def _joined(parts: list[Assignment]) -> list[Assignment]:
    joined: list[Assignment] = []
    for part in parts:
        last = joined[-1] if joined else None
        if last and (last.person, last.end) == (part.person, part.start):
            joined[-1] = replace(last, end=part.end)
        else:
            joined.append(part)
    return joined


def _ordered(assignments: Iterable[Assignment]) -> tuple[Assignment, ...]:
    return tuple(sorted(assignments, key=attrgetter("start", "hotline", "role", "seat", "shift_id")))


def _whole(name: ShiftId, shift: Shift) -> Assignment:
    return Assignment(
        shift_id=name,
        hotline=shift.hotline,
        role=shift.role,
        seat=shift.seat,
        person=shift.person,
        start=shift.start,
        end=shift.end,
        planned=shift.person,
    )
