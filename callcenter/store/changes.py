"""Requests to change the roster: asked for, agreed to, decided on, each step kept.

What a step is allowed to do the domain says (:mod:`callcenter.roster.changes`); here it is decided under
the roster's lock on what is in force at that moment, so of two that exclude one another only the
first comes through. Approval, the assignments it makes and the entry in the duty log are one transaction.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Final
from zoneinfo import ZoneInfo

from callcenter.record_json import iso
from callcenter.roster.changes import ChangeRules, Context
from callcenter.roster.logbook import Draft, EntryKind
from callcenter.roster.model import Assignment, Change, ChangeState, Move, Shift
from callcenter.roster.people import People
from callcenter.store.assignments import alone, assign, assignment_of, settle, shift_of
from callcenter.store.change_rows import add, change_of, in_force, progress, whole
from callcenter.store.logbook import append
from callcenter.store.notices import DUTY, ring
from callcenter.store.pool import Connection, Pool, reading
from callcenter.store.queries import load
from callcenter.store.text import clean
from callcenter.terms import AgentId, HotlineNumber, ShiftId

_SQL = load("change")
_ROSTER = load("roster")
AROUND: Final = timedelta(days=62)
"""How far to both sides of what is moved the context reaches: rest, days in a row, a month's cap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """What the roster says of a change's people and shifts at that moment."""

    shifts: tuple[Shift, ...]
    """Those it moves and those of `assignments`, as planned; one that is planned no more is missing."""
    assignments: tuple[Assignment, ...]
    """What everybody concerned holds, `AROUND` what is moved, and who holds what is moved."""
    changes: tuple[Change, ...]
    """Other changes of theirs in that time that are asked for, agreed to or in force."""

    def planned(self, change: Change) -> dict[ShiftId, Shift]:
        """The shifts that *change* moves."""
        moved = {move.shift_id for move in change.moves}
        return {shift.id: shift for shift in self.shifts if shift.id in moved}

    def context(self, people: People, zones: Mapping[HotlineNumber, ZoneInfo], rules: ChangeRules) -> Context:
        """All that the domain's rules judge by."""
        return Context(
            shifts=self.shifts,
            assignments=self.assignments,
            changes=self.changes,
            people=people,
            zones=zones,
            rules=rules,
        )


Step = Callable[[Change, InForce], Change]
"""Makes of a change what becomes of it; whatever it raises is passed on, and nothing is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeStep:
    """One step of a change's history."""

    n: int
    at: datetime
    state: ChangeState
    person: AgentId | None
    """None: the roster or the time did it."""
    note: str


class ChangeStore:
    """Every method raises StoreAway when PostgreSQL can't be asked."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def ask(self, change: Change, step: Step | None = None) -> Change:
        """Put *change* on record as *step* makes it, with an id of its own unless it has one.

        The same id again changes nothing and gives what is on record. A change that is approved from
        the start (a supervisor's edit) is in force at once. Raises RosterClash, ValueError for a shift
        that is not planned, and whatever *step* raises.
        """
        async with reading(self._pool) as connection, connection.transaction():
            await alone(connection)
            if change.id and (known := await change_of(connection, change.id)):
                return known
            asked = change if change.id else replace(change, id=token_hex(8))
            now = await _now(connection, asked)
            asked = step(asked, now) if step else asked
            _check_planned(asked, now)
            asked = await _numbered(connection, asked)
            await add(connection, asked)
            await _tell(connection, asked, now, was=None)
        return asked

    async def advance(self, change_id: str, step: Step) -> Change:
        """Let *step* decide what becomes of the change. Raises LookupError where there is none, RosterClash,
        ValueError for a shift that is planned no more, and whatever *step* raises."""
        async with reading(self._pool) as connection, connection.transaction():
            await alone(connection)
            change = await change_of(connection, change_id)
            if change is None:
                raise LookupError(f'there is no change "{change_id}"')
            now = await _now(connection, change)
            after = step(change, now)
            if after == change:
                return change
            if after.state is ChangeState.APPROVED:
                _check_planned(after, now)
            after = await _numbered(connection, after)
            await connection.execute(_SQL["advance"], after.id, *progress(after))
            await _tell(connection, after, now, was=change.state)
        return after

    async def get(self, change_id: str) -> Change | None:
        """The change of that id."""
        async with reading(self._pool) as connection:
            return await change_of(connection, change_id)

    async def list(
        self,
        *,
        states: Collection[ChangeState] | None = None,
        person: AgentId | None = None,
        hotline: HotlineNumber | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int = 500,
    ) -> Sequence[Change]:
        """At most *limit* changes, the latest asked first: in one of *states*, of *person* (who asks, agrees,
        gives or takes), that move something of *hotline* and of the time from *start* to *end*."""
        wanted = None if states is None else [state.value for state in states]
        async with reading(self._pool) as connection:
            values = wanted, clean(person), start, end, limit, hotline
            rows = await connection.fetch(_SQL["list"], *values)
            return await whole(connection, rows)

    async def history(self, change_id: str) -> Sequence[ChangeStep]:
        """What became of a change, step by step."""
        async with reading(self._pool) as connection:
            rows = await connection.fetch(_SQL["steps"], clean(change_id))
        return [ChangeStep(**{**row, "state": ChangeState(row["state"])}) for row in rows]


async def _now(connection: Connection, change: Change) -> InForce:
    if not change.moves:
        return InForce(shifts=(), assignments=(), changes=())
    ids = sorted({move.shift_id for move in change.moves})
    people = sorted({who for move in change.moves for who in (move.giver, move.taker)})
    start, end = min(m.start for m in change.moves) - AROUND, max(m.end for m in change.moves) + AROUND
    held = await connection.fetch(_SQL["held"], people, start, end, ids)
    around = sorted({*ids, *(row["shift_id"] for row in held)})
    planned = await connection.fetch(_ROSTER["planned_of"], around)
    others = await whole(connection, await connection.fetch(_SQL["around"], people, start, end))
    return InForce(
        shifts=tuple(map(shift_of, planned)),
        assignments=tuple(map(assignment_of, held)),
        changes=tuple(other for other in others if other.id != change.id),
    )


def _check_planned(change: Change, now: InForce) -> None:
    if not change.moves:
        raise ValueError("a change moves at least one shift: say which")
    planned = now.planned(change)
    for move in change.moves:
        shift = planned.get(move.shift_id)
        if shift is None:
            raise ValueError(f'the roster has no shift "{move.shift_id}" any more: ask again for what it has')
        if not shift.start <= move.start < move.end <= shift.end:
            raise ValueError(
                f'shift "{move.shift_id}" has no stretch from {iso(move.start)} to {iso(move.end)}'
            )


async def _numbered(connection: Connection, change: Change) -> Change:
    """A change that comes into force is laid over all that are in force already."""
    if change.state is not ChangeState.APPROVED or change.number:
        return change
    last: int = await connection.fetchval(_SQL["last_number"])
    return replace(change, number=last + 1)


async def _tell(connection: Connection, change: Change, now: InForce, was: ChangeState | None) -> None:
    """The step's row, and where it changes who is on duty: the assignments and the duty log."""
    who, note = _actor(change), change.decision_note if change.decided_by else change.reason
    await connection.execute(_SQL["add_step"], change.id, change.state, clean(who), clean(note))
    if ChangeState.APPROVED in (was, change.state):
        planned = now.planned(change)
        await assign(connection, planned.values(), await in_force(connection, planned.keys()))
        await settle(connection, planned.keys())
        for draft in _drafts(change, planned):
            await append(connection, draft)
    await ring(connection, DUTY, "change")


def _drafts(change: Change, planned: Mapping[ShiftId, Shift]) -> Iterable[Draft]:
    """One entry for each hotline concerned."""
    by_hotline: defaultdict[str, list[Move]] = defaultdict(list)
    for move in change.moves:
        if move.shift_id in planned:
            by_hotline[planned[move.shift_id].hotline].append(move)
    for moves in by_hotline.values():
        stretches = "; ".join(f"{m.giver} → {m.taker} {iso(m.start)} – {iso(m.end)}" for m in moves)
        yield Draft(
            author=_actor(change) or change.asked_by,
            kind=EntryKind.CHANGE,
            text=f"{change.kind} {change.id} {change.state}: {stretches}. {change.reason}",
            hotline=planned[moves[0].shift_id].hotline,
            shift_id=moves[0].shift_id,
        )


def _actor(change: Change) -> AgentId | None:
    match change.state:
        case ChangeState.ASKED | ChangeState.WITHDRAWN:
            return change.asked_by
        case ChangeState.AGREED:
            return change.other
        case ChangeState.APPROVED | ChangeState.DECLINED:
            return change.decided_by or change.asked_by
        case ChangeState.EXPIRED:
            return None
