"""Who is on duty at any instant, looked up in a moment and without a database.

A `DutyBook` is made once from the assignments of some weeks and never changes; whatever changes the
roster makes a new one. For each hotline it keeps the instants at which anything changes and what stands
from each of them on, so a look-up is one binary search. At the very instant of a change-over the new
people are on duty.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final

import msgspec

from callcenter.record import Duty, OnDuty
from callcenter.record_json import iso
from callcenter.roster.model import Assignment
from callcenter.terms import AgentId, DutyRole, HotlineNumber, ShiftId

_FORMAT: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Somebody on duty, and the stretch for which that person holds the seat."""

    person: AgentId
    since: datetime
    until: datetime
    shift_id: ShiftId
    seat: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Everybody on duty at a hotline at an instant, in each role by seat."""

    primary: tuple[Holder, ...] = ()
    backup: tuple[Holder, ...] = ()
    supervisor: tuple[Holder, ...] = ()

    @property
    def staffed(self) -> bool:
        """Whether anybody is on duty, in whatever role."""
        return bool(self.primary or self.backup or self.supervisor)

    @property
    def who(self) -> tuple[tuple[AgentId, ...], ...]:
        """The people by role and seat, without their times."""
        return tuple(tuple(h.person for h in self.of(role)) for role in DutyRole)

    def of(self, role: DutyRole) -> tuple[Holder, ...]:
        """Those who are on duty in *role*."""
        match role:
            case DutyRole.PRIMARY:
                return self.primary
            case DutyRole.BACKUP:
                return self.backup
            case DutyRole.SUPERVISOR:
                return self.supervisor

    def to_json(self) -> dict[str, Any]:
        """As ``roster show`` tells it (contract, section 6): lists by role, empty where nobody is."""
        return {
            role.value: [
                {"person": h.person, "since": iso(h.since), "until": iso(h.until)} for h in self.of(role)
            ]
            for role in DutyRole
        }


NOBODY: Final = Standing()


class DutyBook:
    """Assignments indexed by time. *rostered* are the hotlines that have a roster at all."""

    def __init__(self, assignments: Iterable[Assignment], *, rostered: Collection[HotlineNumber]) -> None:
        self.assignments = tuple(sorted(assignments, key=lambda one: (one.hotline, one.start, one.shift_id)))
        self.rostered = frozenset(rostered)
        self._began: dict[ShiftId, datetime] = {}
        pages: dict[HotlineNumber, list[Assignment]] = {}
        for one in self.assignments:
            pages.setdefault(one.hotline, []).append(one)
            self._began[one.shift_id] = min(one.start, self._began.get(one.shift_id, one.start))
        self._pages = {hotline: _Page(held) for hotline, held in pages.items()}

    def at(self, hotline: HotlineNumber, at: datetime) -> Standing:
        """Who is effectively on duty at an instant."""
        return self._page(hotline).at(at)

    def next_after(self, hotline: HotlineNumber, at: datetime) -> tuple[datetime, Standing] | None:
        """The next instant after *at* from which other people are on duty, and who; None: never again."""
        return self._page(hotline).next_after(at)

    def reaches(self, hotline: HotlineNumber) -> datetime | None:
        """When the last shift ends; None if there is none."""
        return self._page(hotline).reaches

    def spans(
        self, hotline: HotlineNumber, start: datetime, end: datetime
    ) -> tuple[tuple[datetime, datetime, Standing], ...]:
        """From *start* to *end* without a hole: from when, until when, who. Nobody is told as well."""
        return self._page(hotline).spans(start, end)

    def duty(
        self, hotline: HotlineNumber, at: datetime, *, after_hours: bool, target_rings: int | None
    ) -> Duty:
        """What is frozen onto a call that is offered at *at*."""
        standing = self.at(hotline, at)
        held = [(role, holder) for role in DutyRole for holder in standing.of(role)]
        # Of shifts that began together the first primary's is told as the last, so that it is the call's.
        began = {h.shift_id: (self._began[h.shift_id], -n) for n, (_, h) in enumerate(held)}
        shifts = tuple(sorted(began, key=began.__getitem__))
        return Duty(
            after_hours=after_hours,
            target_rings=target_rings,
            shift_ids=shifts,
            shift_id=shifts[-1] if shifts else None,
            on_duty=tuple(OnDuty(person=h.person, role=role, shift_id=h.shift_id) for role, h in held),
            staffed=standing.staffed if hotline in self.rostered else None,
        )

    def to_json(self) -> dict[str, Any]:
        """The book as JSON values, for the copy on disk that the service starts from without Postgres."""
        return {
            "format": _FORMAT,
            "rostered": sorted(self.rostered),
            "assignments": [_told(one) for one in self.assignments],
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "DutyBook":
        """The book that :meth:`to_json` told. Raises ValueError where it is another shape or format."""
        if told.get("format") != _FORMAT:
            raise ValueError(f"the duty book's copy has format {told.get('format')!r}, not {_FORMAT}")
        try:
            copy = msgspec.convert(told, _Copy)
        except msgspec.ValidationError as wrong:
            raise ValueError(f"the duty book's copy is damaged: {wrong}") from wrong
        return cls(copy.assignments, rostered=copy.rostered)

    def _page(self, hotline: HotlineNumber) -> "_Page":
        return self._pages.get(hotline, _EMPTY_PAGE)


class _Page:
    """One hotline: `edges[n]` is when `standings[n]` begins; before the first nobody is on duty."""

    def __init__(self, held: list[Assignment]) -> None:
        self.edges = sorted({edge for one in held for edge in (one.start, one.end)})
        self.standings = _standings(held, self.edges)
        self.reaches = self.edges[-1] if self.edges else None
        before = (NOBODY, *self.standings)
        self.turns = [n for n, now in enumerate(self.standings) if now.who != before[n].who]
        self.turn_edges = [self.edges[n] for n in self.turns]

    def at(self, at: datetime) -> Standing:
        n = bisect_right(self.edges, at)
        return self.standings[n - 1] if n else NOBODY

    def next_after(self, at: datetime) -> tuple[datetime, Standing] | None:
        n = bisect_right(self.turn_edges, at)
        return (self.turn_edges[n], self.standings[self.turns[n]]) if n < len(self.turns) else None

    def spans(self, start: datetime, end: datetime) -> tuple[tuple[datetime, datetime, Standing], ...]:
        if start >= end:
            return ()
        inner = self.edges[bisect_right(self.edges, start) : bisect_left(self.edges, end)]
        cuts = [start, *inner, end]
        return tuple((a, b, self.at(a)) for a, b in pairwise(cuts))


def _standings(held: list[Assignment], edges: list[datetime]) -> list[Standing]:
    begins: dict[datetime, list[Assignment]] = {}
    for one in held:
        begins.setdefault(one.start, []).append(one)
    standings: list[Standing] = []
    present: list[Assignment] = []
    for edge in edges:
        present = [one for one in present if one.end > edge]
        present += [one for one in begins.get(edge, ()) if one.end > edge]
        present.sort(key=lambda one: (one.seat, one.start, one.shift_id))
        standings.append(_standing(present))
    return standings


def _standing(present: list[Assignment]) -> Standing:
    by_role: dict[DutyRole, list[Holder]] = {role: [] for role in DutyRole}
    for one in present:
        holder = Holder(
            person=one.person, since=one.start, until=one.end, shift_id=one.shift_id, seat=one.seat
        )
        by_role[one.role].append(holder)
    return Standing(**{role.value: tuple(holders) for role, holders in by_role.items()})


_EMPTY_PAGE: Final = _Page([])


class _Copy(msgspec.Struct):
    rostered: list[HotlineNumber]
    assignments: list[Assignment]


def _told(one: Assignment) -> dict[str, Any]:
    return {
        "shift_id": one.shift_id,
        "hotline": one.hotline,
        "role": one.role.value,
        "seat": one.seat,
        "person": one.person,
        "start": iso(one.start.astimezone(UTC)),
        "end": iso(one.end.astimezone(UTC)),
        "planned": one.planned,
    }
