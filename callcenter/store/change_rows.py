"""Changes as rows and back, and what the roster does to them when it is published anew.

Every function runs in its caller's transaction.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import asyncpg

from callcenter.roster.model import Change, ChangeKind, ChangeState, Move
from callcenter.store.pool import Connection
from callcenter.store.queries import load
from callcenter.store.text import clean
from callcenter.terms import AgentId, ShiftId

_SQL = load("change")


async def in_force(connection: Connection, shifts: Collection[ShiftId]) -> Sequence[Change]:
    """The approved changes that move something of *shifts*."""
    return await whole(connection, await connection.fetch(_SQL["in_force"], list(shifts)))


async def drop(
    connection: Connection, withdrawn: Sequence[ShiftId], version: int
) -> tuple[tuple[str, ...], frozenset[ShiftId]]:
    """Take *withdrawn* shifts from under the changes that move them.

    What becomes of it: of a swap the half that is still to come goes too; a change of which nothing is
    left has ended. Gives the ids of these changes and the shifts whose assignments have to be made anew.
    """
    moves = await connection.fetch(_SQL["drop_moves"], withdrawn, version)
    ids = sorted({row["change_id"] for row in moves})
    note = f"version {version} of the roster withdrew a shift from under it"
    await connection.execute(_SQL["end_emptied"], ids, note)
    await connection.execute(_SQL["note_dropped"], ids, note)
    return tuple(ids), frozenset(ShiftId(row["shift_id"]) for row in moves)


async def change_of(connection: Connection, change_id: str) -> Change | None:
    """The change of that id."""
    found = await whole(connection, await connection.fetch(_SQL["get"], clean(change_id)))
    return found[0] if found else None


async def add(connection: Connection, change: Change) -> None:
    """Put *change* on record, with its moves."""
    asked = change.kind, clean(change.asked_by), clean(change.other), clean(change.reason), change.asked_at
    await connection.execute(_SQL["add"], change.id, *asked, *progress(change))
    moves = [
        (change.id, n, move.shift_id, move.start, move.end, clean(move.giver), clean(move.taker))
        for n, move in enumerate(change.moves, 1)
    ]
    await connection.executemany(_SQL["add_move"], moves)


def progress(change: Change) -> tuple[Any, ...]:
    """What its steps change of it."""
    decided = clean(change.decided_by), change.decided_at, clean(change.decision_note)
    return change.state, change.agreed_at, *decided, change.number


async def whole(connection: Connection, rows: Sequence[asyncpg.Record]) -> Sequence[Change]:
    """The changes of *rows* with their moves."""
    moves: defaultdict[str, list[Move]] = defaultdict(list)
    if rows:
        for row in await connection.fetch(_SQL["moves"], [row["id"] for row in rows]):
            moves[row["change_id"]].append(_move(row))
    return [_change(row, moves[row["id"]]) for row in rows]


def _move(row: asyncpg.Record) -> Move:
    return Move(
        shift_id=ShiftId(row["shift_id"]),
        start=row["starts_at"],
        end=row["ends_at"],
        giver=AgentId(row["giver"]),
        taker=AgentId(row["taker"]),
    )


def _change(row: asyncpg.Record, moves: Iterable[Move]) -> Change:
    told: Mapping[str, Any] = dict(row)
    kinds = {"kind": ChangeKind(told["kind"]), "state": ChangeState(told["state"])}
    return Change(**{**told, **kinds, "moves": tuple(moves)})
