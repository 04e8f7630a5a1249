"""Everything that is known of duty at one time: who, when, by which hours, and what was forced.

A `Plan` never changes; whatever changes the roster, the people or the hours makes a new one. It answers
the call tracker (what is frozen onto a call that is offered), the boards and the metrics.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from callcenter.kpi import instant_json
from callcenter.record import Duty
from callcenter.roster.book import DutyBook, Standing
from callcenter.roster.calendar import WorkCalendar
from callcenter.roster.hours import Hours
from callcenter.roster.people import People
from callcenter.sites import Hotline
from callcenter.terms import DutyRole, HotlineNumber, RoutingMode

NO_BOOK: Final = DutyBook((), rostered=())
NO_PEOPLE: Final = People(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Forced:
    """Somebody opened or closed a hotline against its hours."""

    mode: RoutingMode
    since: datetime
    until: datetime | None
    """None: until further notice."""

    def holds(self, at: datetime) -> bool:
        """Whether it is in force at *at*."""
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One hotline's hours, and the rule outside of them."""

    hours: Hours | None
    """None: always open."""
    zone: ZoneInfo
    after_hours_target: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Who is on duty, and which rule holds, at any instant that the book covers."""

    book: DutyBook = NO_BOOK
    people: People = NO_PEOPLE
    calendar: WorkCalendar = field(default_factory=lambda: WorkCalendar({}, frozenset()))
    forced: Mapping[HotlineNumber, Forced] = field(default_factory=dict)
    lines: Mapping[HotlineNumber, _Line] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        hotlines: Iterable[Hotline],
        *,
        book: DutyBook,
        people: People,
        calendar: WorkCalendar,
        forced: Mapping[HotlineNumber, Forced],
    ) -> "Plan":
        """The plan of these hotlines. Raises ValueError for office hours that can't be read."""
        lines = {
            hotline.number: _Line(
                hours=Hours.parse(hotline.office_hours) if hotline.office_hours else None,
                zone=ZoneInfo(hotline.time_zone),
                after_hours_target=hotline.after_hours_target_rings,
            )
            for hotline in hotlines
        }
        return cls(book, people, calendar, forced, lines)

    def after_hours(self, hotline: HotlineNumber, at: datetime) -> bool:
        """Whether the duty phones take the hotline's calls at *at*."""
        forced = self.forced.get(hotline)
        if forced is not None and forced.holds(at):
            return forced.mode is RoutingMode.CLOSED
        line = self.lines.get(hotline)
        if line is None or line.hours is None:
            return False
        return not line.hours.open_at(at, line.zone, self.calendar)

    def duty(self, hotline: HotlineNumber, at: datetime) -> Duty:
        """What is frozen onto a call that is offered at *at*."""
        after_hours = self.after_hours(hotline, at)
        line = self.lines.get(hotline)
        target = line.after_hours_target if line is not None and after_hours else None
        return self.book.duty(hotline, at, after_hours=after_hours, target_rings=target)

    def on_duty(self, hotline: HotlineNumber, role: DutyRole, at: datetime) -> int:
        """How many people are on duty in *role*."""
        return len(self.book.at(hotline, at).of(role))

    def days_ahead(self, hotline: HotlineNumber, at: datetime) -> float:
        """For how many days from *at* the roster goes on; 0 where it is over, or there is none."""
        end = self.book.reaches(hotline)
        return 0.0 if end is None else max(0.0, (end - at) / timedelta(days=1))

    def turns_between(self, after: datetime, until: datetime) -> list[HotlineNumber]:
        """The hotlines at which somebody else came on duty after *after* and not later than *until*."""
        turns = ((number, self.book.next_after(number, after)) for number in self.lines)
        return [number for number, turn in turns if turn is not None and turn[0] <= until]

    def to_json(self, hotline: HotlineNumber, at: datetime) -> dict[str, Any]:
        """Who is on duty now and next, as boards show it: names of staff, never a caller's."""
        standing, turn = self.book.at(hotline, at), self.book.next_after(hotline, at)
        return {
            "on_duty": self._people_json(standing),
            "next_duty": turn and {"at": instant_json(turn[0]), "on_duty": self._people_json(turn[1])},
            "staffed": standing.staffed if hotline in self.book.rostered else None,
            "after_hours": self.after_hours(hotline, at),
        }

    def _people_json(self, standing: Standing) -> list[dict[str, Any]]:
        return [
            {
                "person": holder.person,
                "name": self.people.name(holder.person),
                "role": role.value,
                "since": instant_json(holder.since),
                "until": instant_json(holder.until),
                "shift_id": holder.shift_id,
            }
            for role in DutyRole
            for holder in standing.of(role)
        ]
