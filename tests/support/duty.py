"""Shifts for tests: say what matters to the test, the rest is an ordinary day shift."""

from datetime import datetime, timedelta
from typing import Any

from callcenter.roster.model import Change, ChangeKind, ChangeState, Move, Shift
from callcenter.terms import AgentId, DutyRole, HotlineNumber
from tests.support.factories import NOON

DAWN = NOON.replace(hour=0)
"""Eight o'clock in Shanghai: the day shift begins."""
DAY = timedelta(days=1)
HALF = timedelta(hours=12)


def make_shift(
    person: str = "1001", start: datetime = DAWN, length: timedelta = HALF, **changes: Any
) -> Shift:
    """Seat 1 of the primaries of 4001, twelve hours from `DAWN`."""
    told: dict[str, Any] = {
        "hotline": HotlineNumber("4001"), "start": start, "end": start + length, "role": DutyRole.PRIMARY,
        "seat": 1, "person": AgentId(person),
    }  # fmt: skip
    return Shift(**told | changes)


def whole(shift: Shift, taker: str, **changes: Any) -> Move:
    """All of *shift* goes to *taker*."""
    told: dict[str, Any] = {
        "shift_id": shift.id, "start": shift.start, "end": shift.end, "giver": shift.person,
        "taker": AgentId(taker),
    }  # fmt: skip
    return Move(**told | changes)


def make_change(*moves: Move, **changes: Any) -> Change:
    """Asked by who gives first, of whom takes first; a swap if there are several moves."""
    told: dict[str, Any] = {
        "id": "", "kind": ChangeKind.SWAP if len(moves) > 1 else ChangeKind.TAKE_OVER,
        "state": ChangeState.ASKED, "moves": moves, "asked_by": moves[0].giver, "other": moves[0].taker,
        "reason": "a wedding", "asked_at": NOON - DAY,
    }  # fmt: skip
    return Change(**told | changes)
