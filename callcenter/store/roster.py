"""The roster in the database: published in versions, read as planned and as it effectively is."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from callcenter.record_json import iso
from callcenter.roster.book import DutyBook
from callcenter.roster.logbook import Draft, EntryKind
from callcenter.roster.model import Assignment, Shift
from callcenter.store.assignments import alone, assign, assignment_of, settle, shift_of
from callcenter.store.change_rows import drop, in_force
from callcenter.store.logbook import append
from callcenter.store.notices import DUTY, ring
from callcenter.store.pool import Connection, Pool, reading
from callcenter.store.queries import load
from callcenter.store.text import clean
from callcenter.terms import AgentId, HotlineNumber, ShiftId

_SQL = load("roster")

Windows = Mapping[HotlineNumber, Collection[tuple[datetime, datetime]]]
"""For each hotline the stretches of time that are spoken for: shifts that start in one of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What came of publishing."""

    version: int
    """The version now in force; where nothing changed, the last one; 0 for none at all."""
    added: int
    kept: int
    withdrawn: int
    changes_dropped: tuple[str, ...] = ()
    """Ids of swaps, leave and so on that lost a shift, in whole or in part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterVersion:
    """One publication."""

    version: int
    at: datetime
    author: str
    reason: str
    added: int
    kept: int
    withdrawn: int
    hotlines: tuple[HotlineNumber, ...]
    start: datetime
    """Of the first window that it spoke for."""
    end: datetime
    """Of the last one."""


class RosterStore:
    """Every method raises StoreAway when PostgreSQL can't be asked."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def publish(
        self, shifts: Sequence[Shift], windows: Windows, author: AgentId, reason: str
    ) -> Published:
        """Let *shifts* be the roster of *windows*, all of them or nothing; all other time stays.

        The same again changes nothing. Changes to shifts that stay planned stay in force; of shifts that
        are withdrawn they are dropped, which their history tells. Raises RosterClash, and ValueError for
        a shift that starts in no window.
        """
        wanted = {shift.id: shift for shift in map(_in_utc, shifts)}
        _check_windows(wanted.values(), windows)
        async with reading(self._pool) as connection, connection.transaction():
            await alone(connection)
            return await _publish(connection, wanted, _flat(windows), author, reason)

    async def shifts(
        self,
        start: datetime,
        end: datetime,
        hotline: HotlineNumber | None = None,
        *,
        version: int | None = None,
    ) -> list[Shift]:
        """The planned shifts that reach into the time from *start* to *end*, by start; as they stand now,
        or as *version* had them."""
        async with reading(self._pool) as connection:
            rows = await connection.fetch(_SQL["shifts"], start, end, hotline, version)
        return [shift_of(row) for row in rows]

    async def of(self, ids: Collection[ShiftId]) -> dict[ShiftId, Shift]:
        """The shifts of those ids, withdrawn ones among them."""
        async with reading(self._pool) as connection:
            rows = await connection.fetch(_SQL["shifts_of"], [clean(name) for name in ids])
        return {ShiftId(row["id"]): shift_of(row) for row in rows}

    async def assignments(
        self, start: datetime, end: datetime, hotline: HotlineNumber | None = None
    ) -> list[Assignment]:
        """Who effectively holds what, of the time from *start* to *end*, whole and by start."""
        async with reading(self._pool) as connection:
            rows = await connection.fetch(_SQL["assignments"], start, end, hotline)
        return [assignment_of(row) for row in rows]

    async def book(self, start: datetime, end: datetime) -> DutyBook:
        """Who is on duty, for the time from *start* to *end*."""
        async with (
            reading(self._pool) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            rows = await connection.fetch(_SQL["assignments"], start, end, None)
            rostered = await connection.fetch(_SQL["rostered"])
        return DutyBook(
            map(assignment_of, rows), rostered={HotlineNumber(row["hotline"]) for row in rostered}
        )

    async def rostered(self) -> frozenset[HotlineNumber]:
        """The hotlines for which a roster was ever published."""
        async with reading(self._pool) as connection:
            rows = await connection.fetch(_SQL["rostered"])
        return frozenset(HotlineNumber(row["hotline"]) for row in rows)

    async def versions(self, hotline: HotlineNumber | None = None, limit: int = 100) -> list[RosterVersion]:
        """At most *limit* versions that spoke for *hotline*, or for any, the latest first."""
        async with reading(self._pool) as connection:
            rows = await connection.fetch(_SQL["versions"], hotline, limit)
        return [
            RosterVersion(
                **{name: row[name] for name in _VERSION},
                hotlines=tuple(HotlineNumber(number) for number in row["hotlines"]),
                start=row["starts_at"],
                end=row["ends_at"],
            )
            for row in rows
        ]


_VERSION = ("version", "at", "author", "reason", "added", "kept", "withdrawn")
_Flat = tuple[list[str], list[datetime], list[datetime]]


async def _publish(
    connection: Connection, wanted: Mapping[ShiftId, Shift], windows: _Flat, author: AgentId, reason: str
) -> Published:
    planned = {ShiftId(row["id"]) for row in await connection.fetch(_SQL["planned_in"], *windows)}
    added, withdrawn = sorted(wanted.keys() - planned), sorted(planned - wanted.keys())
    kept = len(wanted) - len(added)
    version: int = await connection.fetchval(_SQL["last_version"])
    if not added and not withdrawn:
        return Published(version=version, added=0, kept=kept, withdrawn=0)
    version += 1
    counts = len(added), kept, len(withdrawn)
    await connection.execute(_SQL["add_version"], version, clean(author), clean(reason), *counts)
    await connection.execute(_SQL["add_windows"], version, *windows)
    await connection.execute(_SQL["withdraw"], withdrawn, version)
    await connection.executemany(_SQL["add_shift"], [_row(wanted[name]) for name in added])
    await connection.execute(_SQL["plan"], added, version)
    dropped = await _reassign(connection, added, withdrawn, version)
    told = f"Version {version}: {counts[0]} added, {counts[1]} kept, {counts[2]} withdrawn. {reason}"
    if dropped:
        told += f" Changes that lost a shift: {', '.join(dropped)}"
    for hotline in sorted(set(windows[0])):
        draft = Draft(
            author=author, kind=EntryKind.ROSTER_PUBLISHED, text=told, hotline=HotlineNumber(hotline)
        )
        await append(connection, draft)
    await ring(connection, DUTY, "roster")
    return Published(
        version=version, added=counts[0], kept=kept, withdrawn=counts[2], changes_dropped=dropped
    )


async def _reassign(
    connection: Connection, added: list[ShiftId], withdrawn: list[ShiftId], version: int
) -> tuple[str, ...]:
    """Assignments of what came and of what lost a change; ids of the changes that were dropped."""
    await connection.execute(_SQL["forget"], withdrawn)
    dropped, touched = await drop(connection, withdrawn, version)
    concerned = sorted({*added, *touched} - set(withdrawn))
    shifts = [shift_of(row) for row in await connection.fetch(_SQL["planned_of"], concerned)]
    await assign(connection, shifts, await in_force(connection, concerned))
    await settle(connection, concerned)
    return dropped


def _in_utc(shift: Shift) -> Shift:
    """A shift's id is a digest of how its times are written."""
    return replace(shift, start=shift.start.astimezone(UTC), end=shift.end.astimezone(UTC))


def _row(shift: Shift) -> tuple[Any, ...]:
    seat = shift.hotline, shift.role, shift.seat, clean(shift.person)
    return shift.id, *seat, shift.start, shift.end


def _check_windows(shifts: Collection[Shift], windows: Windows) -> None:
    for shift in shifts:
        if not any(start <= shift.start < end for start, end in windows.get(shift.hotline, ())):
            raise ValueError(
                f"the shift of {shift.person} on {shift.hotline} from {iso(shift.start.astimezone(UTC))}"
                " starts outside the days that are published"
            )


def _flat(windows: Windows) -> _Flat:
    flat = sorted((hotline, *span) for hotline, spans in windows.items() for span in spans)
    return [each[0] for each in flat], [each[1] for each in flat], [each[2] for each in flat]
