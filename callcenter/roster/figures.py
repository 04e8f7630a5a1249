"""Figures per shift and per person."""

from dataclasses import dataclass
from datetime import datetime

from callcenter.kpi import Tally
from callcenter.terms import AgentId, HotlineNumber, ShiftId


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftFigures:
    """The calls that were offered in one shift."""

    hotline: HotlineNumber
    shift_id: ShiftId | None
    """None: offered while no shift was in force."""
    start: datetime | None
    end: datetime | None
    people: tuple[AgentId, ...]
    """Who held it, after changes."""
    tally: Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFigures:
    """What one person did with the calls that rang at their phones."""

    person: AgentId
    offered: int
    """Calls that were tried at their phones, at however many of them and however often."""
    answered: int
    on_time: int
    """Answered within the target rings, by the phone's own ringing."""
    missed: int
    """``no_answer`` or ``rejected``, and not answered at another of their phones or in a later try; not when
    somebody else was faster."""
    talk_seconds: float
    hold_seconds: float
    signed_in_seconds: float | None
    """None where nobody signs in."""
