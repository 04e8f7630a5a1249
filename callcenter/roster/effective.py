"""Who really holds what: the planned shifts with every approved change laid over them.

Changes come into force one after the other, in order of their ``number``; each moves stretches of
shifts to another person, whatever stood there before. A shift is only ever divided among holders, never
made longer or shorter, so what covered the seat covers it still, and a seat has one holder at an instant
if it had one in the plan.
"""

from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from callcenter.roster.model import Assignment, Change, ChangeState, Move, Shift
from callcenter.terms import AgentId, ShiftId


class _Piece(NamedTuple):
    start: datetime
    end: datetime
    person: AgentId


def effective(shifts: Iterable[Shift], changes: Iterable[Change]) -> tuple[Assignment, ...]:
    """Assignments of *shifts*, in order of start, hotline, role and seat.

    Changes that are not approved, and moves of shifts that are not given, count for nothing.
    """
    planned = {shift.id: shift for shift in shifts}
    held = {name: [_Piece(shift.start, shift.end, shift.person)] for name, shift in planned.items()}
    for move in moves_in_force(changes):
        if move.shift_id in held:
            held[move.shift_id] = _laid_over(held[move.shift_id], move)
    found = (_assignment(name, planned[name], piece) for name, pieces in held.items() for piece in pieces)
    return tuple(sorted(found, key=attrgetter("start", "hotline", "role", "seat", "shift_id")))


def moves_in_force(changes: Iterable[Change]) -> list[Move]:
    """The moves of approved changes, in the order in which they came into force."""
    approved = [change for change in changes if change.state is ChangeState.APPROVED]
    return [move for change in sorted(approved, key=attrgetter("number")) for move in change.moves]


def planned(shifts: Iterable[Shift]) -> tuple[Assignment, ...]:
    """What the roster said before any change."""
    return effective(shifts, ())


def _laid_over(pieces: list[_Piece], move: Move) -> list[_Piece]:
    cut: list[_Piece] = []
    for piece in pieces:
        start, end = max(piece.start, move.start), min(piece.end, move.end)
        if start >= end:
            cut.append(piece)
            continue
        parts = (
            _Piece(piece.start, start, piece.person),
            _Piece(start, end, move.taker),
            _Piece(end, piece.end, piece.person),
        )
        cut += [part for part in parts if part.start < part.end]
    return _joined(cut)


def _joined(pieces: list[_Piece]) -> list[_Piece]:
    joined: list[_Piece] = []
    for piece in pieces:
        if joined and joined[-1].person == piece.person:
            joined[-1] = joined[-1]._replace(end=piece.end)
        else:
            joined.append(piece)
    return joined


def _assignment(name: ShiftId, shift: Shift, piece: _Piece) -> Assignment:
    return Assignment(
        shift_id=name,
        hotline=shift.hotline,
        role=shift.role,
        seat=shift.seat,
        person=piece.person,
        start=piece.start,
        end=piece.end,
        planned=shift.person,
    )
