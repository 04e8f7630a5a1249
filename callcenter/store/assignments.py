"""Who effectively holds what, kept in step with shifts and changes by whoever changes one of them.

Every function runs in its caller's transaction, which holds the roster's lock: one at a time decides.
The constraints on ``assignment`` have the last word; before they speak, what is wrong is told in words.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import asyncpg

from callcenter.record_json import iso
from callcenter.roster.effective import effective
from callcenter.roster.model import Assignment, Change, Shift
from callcenter.store.pool import Connection
from callcenter.store.queries import load
from callcenter.store.text import clean
from callcenter.terms import AgentId, DutyRole, HotlineNumber, ShiftId

_SQL = load("roster")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """Two assignments that can't both be."""

    kind: Literal["person", "seat"]
    """One person in two places or on two seats, or one seat with two holders."""
    people: tuple[AgentId, ...]
    hotlines: tuple[HotlineNumber, ...]
    shifts: tuple[ShiftId, ...]
    start: datetime
    end: datetime
    """When both would be in force."""

    def __str__(self) -> str:
        when = f"from {iso(self.start)} to {iso(self.end)}"
        if self.kind == "person":
            where = " and ".join(self.hotlines)
            return f"{self.people[0]} would be on duty twice at once {when} ({where})"
        both = " and ".join(self.people)
        return f"{both} would hold the same seat of {self.hotlines[0]} {when}"


class RosterClash(Exception):
    """The roster would have somebody in two places, or two people in one seat: nothing was written."""

    def __init__(self, clashes: Sequence[Clash]) -> None:
        super().__init__("; ".join(map(str, clashes)) or "somebody would be on duty twice at once")
        self.clashes = tuple(clashes)


async def alone(connection: Connection) -> None:
    """Wait until nobody else is changing the roster, and keep everybody waiting until the commit."""
    await connection.execute(_SQL["lock"])


async def assign(connection: Connection, shifts: Collection[Shift], changes: Iterable[Change]) -> None:
    """Make the assignments of *shifts* anew. *changes*: all that are approved and concern them."""
    await connection.execute(_SQL["forget"], [shift.id for shift in shifts])
    spans = {shift.id: (shift.start, shift.end) for shift in shifts}
    rows = [_row(each, spans[each.shift_id]) for each in effective(shifts, changes)]
    await connection.executemany(_SQL["assign"], rows)


async def settle(connection: Connection, shifts: Collection[ShiftId]) -> None:
    """Have the assignments of *shifts* checked now. Raises RosterClash."""
    found = [_clash(row) for row in await connection.fetch(_SQL["clashes"], list(shifts))]
    if found:
        raise RosterClash(list({(clash.kind, frozenset(clash.shifts)): clash for clash in found}.values()))
    try:
        await connection.execute(_SQL["immediate"])
    except asyncpg.ExclusionViolationError:
        raise RosterClash(()) from None


def assignment_of(row: asyncpg.Record) -> Assignment:
    """The assignment of its row."""
    return Assignment(
        shift_id=ShiftId(row["shift_id"]),
        hotline=HotlineNumber(row["hotline"]),
        role=DutyRole(row["role"]),
        seat=row["seat"],
        person=AgentId(row["person"]),
        start=row["starts_at"],
        end=row["ends_at"],
        planned=AgentId(row["planned"]),
    )


def shift_of(row: asyncpg.Record) -> Shift:
    """The shift of its row."""
    return Shift(
        hotline=HotlineNumber(row["hotline"]),
        start=row["starts_at"],
        end=row["ends_at"],
        role=DutyRole(row["role"]),
        seat=row["seat"],
        person=AgentId(row["person"]),
    )


def _row(each: Assignment, shift: tuple[datetime, datetime]) -> tuple[Any, ...]:
    """A cover's duty is what is covered; for whom it was planned it is the shift, whatever was given away."""
    span = each.start, each.end
    duty = shift if each.person == each.planned else span
    who = clean(each.person), clean(each.planned)
    return each.shift_id, each.hotline, each.role, each.seat, *who, *span, *duty


def _clash(row: asyncpg.Record) -> Clash:
    return Clash(
        kind=row["kind"],
        people=tuple(dict.fromkeys((AgentId(row["person"]), AgentId(row["other"])))),
        hotlines=tuple(dict.fromkeys((HotlineNumber(row["hotline"]), HotlineNumber(row["other_hotline"])))),
        shifts=tuple(dict.fromkeys((ShiftId(row["shift_id"]), ShiftId(row["other_shift_id"])))),
        start=row["starts_at"],
        end=row["ends_at"],
    )
