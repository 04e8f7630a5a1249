"""Whether a change to the roster may be: by its own terms, by the clock, by the roster, by the month.

Each function returns where there is nothing against it and raises `Refused` at the first thing there is.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from callcenter.roster.clashes import Clash, ClashKind, Stretch, held_clashes
from callcenter.roster.effective import moved
from callcenter.roster.localtime import days_between, local_day
from callcenter.roster.model import Assignment, Change, ChangeKind, ChangeState, Move, Shift
from callcenter.roster.people import People
from callcenter.terms import AgentId, HotlineNumber, ShiftId

_UTC: Final = ZoneInfo("UTC")


class Refused(Exception):
    """The rules don't allow it. One sentence for whoever asked: what is wrong and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRules:
    """What the house allows."""

    swaps_per_month: int | None = 2
    """For each person, in the hotline's local month of the first stretch; None: as many as they like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a change is judged by. It must hold still while it is."""

    shifts: Collection[Shift]
    """Those of the moves, as planned now; one that is planned no more is missing."""
    assignments: Collection[Assignment]
    """Whatever the people concerned hold at the time."""
    changes: Collection[Change]
    """Swaps of the two people about that month, decided or not."""
    people: People
    zones: Mapping[HotlineNumber, ZoneInfo]
    rules: ChangeRules = ChangeRules()

    def shift(self, name: ShiftId) -> Shift:
        """A planned shift. Raises Refused."""
        for shift in self.shifts:
            if shift.id == name:
                return shift
        raise Refused("One of the shifts is no longer in the roster: look at it again and ask anew")

    def zone(self, hotline: HotlineNumber) -> ZoneInfo:
        """The hotline's wall clock."""
        return self.zones.get(hotline, _UTC)


def first_start(change: Change) -> datetime:
    """When the first stretch begins: until then the change can be approved."""
    return _first(change).start


def judge_terms(change: Change, context: Context) -> None:
    """Whether the request makes sense by itself."""
    if not change.moves:
        raise Refused("A change names at least one stretch of a shift: choose a shift")
    if change.kind in (ChangeKind.LEAVE, ChangeKind.EDIT) and not change.reason.strip():
        raise Refused("Leave and edits need a reason: write one")
    for move in change.moves:
        _judge_move(move, context)
    ordered = sorted(change.moves, key=lambda one: (one.shift_id, one.start))
    if any(a.shift_id == b.shift_id and b.start < a.end for a, b in pairwise(ordered)):
        raise Refused("The same stretch of a shift is named twice: name it once")
    _judge_sides(change)


def judge_time(change: Change, at: datetime, context: Context) -> None:
    """Whether all of it still lies ahead at *at*."""
    first = _first(change)
    if at >= first.start:
        when = _when(first.start, context.zone(context.shift(first.shift_id).hotline))
        raise Refused(f"What began on {when} can't be changed any more: ask a supervisor to edit the roster")


def judge_roster(change: Change, context: Context) -> None:
    """Whether the givers hold what they give, and the takers are there and free."""
    for move in change.moves:
        _judge_holder(move, context)
        _judge_taker(move, context)
    takers = {move.taker for move in change.moves}
    after = [one for one in moved(context.assignments, change.moves) if one.person in takers]
    for clash in held_clashes(after, context.shifts):
        # Seats are not changed by moves, so only people can come to be in two places.
        if clash.kind is not ClashKind.ONE_SEAT and any(
            _is_new(side, change) for side in (clash.one, clash.other)
        ):
            raise Refused(_told(clash, context))


def judge_cap(change: Change, people: Iterable[AgentId], context: Context, *, pending: bool) -> None:
    """Whether *people* have a swap left this month. *pending*: those count that are not decided yet, if the
    person asked for them or agreed to them."""
    most = context.rules.swaps_per_month
    if change.kind is not ChangeKind.SWAP or most is None:
        return
    zone = context.zone(context.shift(_first(change).shift_id).hotline)
    month = _month(change, zone)
    others = [one for one in context.changes if one.kind is ChangeKind.SWAP and one.id != change.id]
    for person in people:
        counted = [one for one in others if _binds(one, person, pending=pending)]
        if sum(_month(one, zone) == month for one in counted) >= most:
            name = context.people.name(person)
            raise Refused(
                f"{name} has had the {most} swaps that are allowed in {month}: "
                "choose another month or ask a supervisor to edit the roster"
            )


def _first(change: Change) -> Move:
    return min(change.moves, key=lambda move: (move.start, move.shift_id))


def _judge_move(move: Move, context: Context) -> None:
    shift = context.shift(move.shift_id)
    if move.giver == move.taker:
        raise Refused("A shift is given by one person to another: choose somebody else")
    if not shift.start <= move.start < move.end <= shift.end:
        zone = context.zone(shift.hotline)
        span = f"{_when(shift.start, zone)} to {_when(shift.end, zone)}"
        raise Refused(f"The stretch does not lie within the shift, which is from {span}: correct its times")


def _judge_sides(change: Change) -> None:
    sides = {(move.giver, move.taker) for move in change.moves}
    mine, theirs = change.asked_by, change.other
    match change.kind:
        case ChangeKind.SWAP if theirs is None or sides != {(mine, theirs), (theirs, mine)}:
            raise Refused("In a swap both people give a shift and get one: choose a shift of each")
        case ChangeKind.LEAVE if theirs is None or sides != {(mine, theirs)}:
            raise Refused("Leave is of one's own shifts, covered by the person who is named: name the cover")
        case ChangeKind.TAKE_OVER if theirs is None or sides != {(theirs, mine)}:
            raise Refused("A take-over is of one person's shifts by the person who asks: choose such shifts")
        case _:
            return


def _judge_holder(move: Move, context: Context) -> None:
    for one in context.assignments:
        mine = one.shift_id == move.shift_id and one.person == move.giver
        if mine and one.start <= move.start and move.end <= one.end:
            return
    zone = context.zone(context.shift(move.shift_id).hotline)
    span = f"{_when(move.start, zone)} to {_when(move.end, zone)}"
    name = context.people.name(move.giver)
    raise Refused(f"{name} does not hold the shift from {span}: look at the roster again and ask anew")


def _judge_taker(move: Move, context: Context) -> None:
    taker = context.people.get(move.taker)
    if taker is None:
        raise Refused(f'Nobody is known as "{move.taker}": choose somebody from the people list')
    zone = context.zone(context.shift(move.shift_id).hotline)
    last = local_day(move.end - timedelta(microseconds=1), zone)
    for day in days_between(local_day(move.start, zone), last):
        if not taker.active_on(day):
            raise Refused(f"{taker.name} does not work here on {day}: choose somebody else")


def _is_new(side: Stretch, change: Change) -> bool:
    """Whether somebody would get it by this change; what clashed before is not the change's fault."""
    return isinstance(side, Assignment) and any(
        move.shift_id == side.shift_id and side.start < move.end and move.start < side.end
        for move in change.moves
    )


def _binds(change: Change, person: AgentId, *, pending: bool) -> bool:
    """Whether it counts as one of the person's swaps."""
    if change.state is ChangeState.APPROVED:
        return person in (change.asked_by, change.other)
    agreed = change.state is ChangeState.AGREED and person == change.other
    asked = change.state in (ChangeState.ASKED, ChangeState.AGREED) and person == change.asked_by
    return pending and (asked or agreed)


def _month(change: Change, zone: ZoneInfo) -> str:
    """The local month of its first stretch, ``YYYY-MM``."""
    return f"{first_start(change).astimezone(zone):%Y-%m}"


def _told(clash: Clash, context: Context) -> str:
    one, other = clash.one, clash.other
    name, zone = context.people.name(other.person), context.zone(other.hotline)
    start = _when(max(one.start, other.start), zone)
    return f"{name} would be on duty twice at once from {start}: choose somebody who is free then"


def _when(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
