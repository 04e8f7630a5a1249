"""What a PBX should do with a hotline's callers, now and in the days to come.

Theory of operation. Two functions answer the same question in two ways. :func:`decide` asks office hours
and the duty book about one instant. :func:`schedule` cuts the days ahead at every instant at which
either changes, and writes down what holds between: those texts lie in AstDB, and the dialplan finds the
answer with the PBX's clock alone. For every whole second of the horizon both say the same (a property test
holds them to it, with a model of the dialplan in between). Between two whole seconds the dialplan can't
tell: a change in the middle of a second is in force from the next one on.

Days are cut in UTC, where each has 86,400 seconds: time zones and clocks that jump are dealt with here
and not in the PBX. A day is written whole, also what is over of it, so that its text, and with it its
id, stays the same for as long as nothing changes.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from callcenter.rings import MICROSECONDS, period_us
from callcenter.roster.book import DutyBook, Holder, Standing
from callcenter.roster.calendar import WorkCalendar
from callcenter.roster.hours import Hours
from callcenter.roster.model import Person
from callcenter.roster.people import People
from callcenter.routing.words import (
    DAY,
    LONGEST,
    MOST_DAYS,
    MOST_INTERVALS,
    Decision,
    Forced,
    Index,
    Interval,
    Keys,
    Step,
    decision,
    plain,
)
from callcenter.sites import Chain, Hotline
from callcenter.terms import AgentId, DutyRole, HotlineNumber, Phone, RoutingMode

YESTERDAY = timedelta(hours=1)
"""So long after midnight UTC the day before is still listed: a PBX's clock may be behind."""
_FOR_STEPS = LONGEST - len("9999999999,closed")
_PLAIN = "only letters, digits and . _ + - can be in it"
_LONGEST_RING = 999
"""Seconds; the dialplan takes three digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that keeps a phone from ringing. One sentence for whoever keeps the roster."""

    hotline: HotlineNumber
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All that decides where a hotline's callers go."""

    hotline: Hotline
    hours: Hours | None
    """None: always open."""
    calendar: WorkCalendar
    people: People
    book: DutyBook
    outside_digits: int
    """A phone of so many digits or more is reached over the trunk."""

    @classmethod
    def of(
        cls, hotline: Hotline, *, book: DutyBook, people: People, calendar: WorkCalendar, outside_digits: int
    ) -> "Rules":
        """The rules of *hotline*. Raises ValueError for office hours that are none."""
        hours = Hours.parse(hotline.office_hours, where="office_hours") if hotline.office_hours else None
        return cls(
            hotline=hotline, hours=hours, calendar=calendar, people=people, book=book,
            outside_digits=outside_digits,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What a PBX should hold of one hotline, but for forced modes."""

    hotline: HotlineNumber
    keys: Keys
    until: datetime
    """The end of the last day."""
    faults: tuple[Fault, ...]


def decide(rules: Rules, at: datetime, forced: Forced | None = None) -> Decision:
    """What happens to a call that comes at *at* (aware); *forced* counts only while it holds."""
    if forced is not None and not forced.holds(int(at.timestamp())):
        forced = None
    steps = _Chain(rules).steps(rules.book.at(rules.hotline.number, at))
    return decision(_mode(rules, at), steps, forced)


def schedule(rules: Rules, now: datetime, days: int) -> Schedule:
    """The schedule from *now* (aware) on for today and *days* more."""
    first, last = _day(now - YESTERDAY), _day(now) + days
    last = min(last, first + MOST_DAYS - 1)
    chain = _Chain(rules)
    keys: Keys = {}
    ids = []
    for day in range(first, last + 1):
        values = [str(interval) for interval in _intervals(rules, chain, day)]
        ids.append(_id(values))
        keys |= {f"{ids[-1]}/{number}": value for number, value in enumerate(values, 1)}
    index = Index(first=first, ids=tuple(ids))
    keys |= {"index": str(index), "settings": str(rules.hotline.chain.busy)}
    if rules.hotline.fallback is not None and (phone := chain.phone(rules.hotline.fallback)):
        keys["fallback"] = phone
    return Schedule(
        hotline=rules.hotline.number,
        keys=keys,
        until=_midnight(last + 1),
        faults=(*_of_the_number(rules.hotline), *chain.faults.values()),
    )


def _of_the_number(hotline: Hotline) -> Iterator[Fault]:
    if "!" in hotline.number:
        what = "has a ! in its pattern, which no dialplan can hand on: give routing a pattern without"
        yield Fault(hotline=hotline.number, what=what)


def ring_limits(hotline: Hotline) -> Mapping[DutyRole, int]:
    """How long each role's phones ring, in whole seconds."""
    period = period_us(hotline.cadence)
    rings = ring_counts(hotline.chain)
    return {role: min(-(-count * period // MICROSECONDS), _LONGEST_RING) for role, count in rings.items()}


def ring_counts(chain: Chain) -> dict[DutyRole, int]:
    """How many rings each role's phones have."""
    return {
        DutyRole.PRIMARY: chain.primary_rings,
        DutyRole.BACKUP: chain.backup_rings,
        DutyRole.SUPERVISOR: chain.supervisor_rings,
    }


class _Chain:
    """Who is on duty, as steps; and what could not be written, once each."""

    def __init__(self, rules: Rules) -> None:
        self._people = rules.people
        self._hotline = rules.hotline
        self._outside_digits = rules.outside_digits
        self._limits = ring_limits(rules.hotline)
        self.faults: dict[str, Fault] = {}

    def steps(self, standing: Standing) -> tuple[Step, ...]:
        """Primaries, backups, supervisors, each in the order of their seats, as many as a value can hold."""
        found = [step for role in DutyRole for step in self._of_role(role, standing.of(role))]
        kept: list[Step] = []
        room = _FOR_STEPS
        for step in found:
            room -= len(str(step)) + 1
            if room >= 0:
                kept.append(step)
            else:
                self._tell(step.person, "is so far down the chain that the PBX can't hold it: fewer seats")
        return tuple(kept)

    def phone(self, phone: Phone) -> str | None:
        """The phone as the dialplan wants it: ``d`` for an endpoint here, ``m`` for a number outside."""
        digits = phone.removeprefix("+")
        outside = digits.isascii() and digits.isdecimal() and len(digits) >= self._outside_digits
        return ("m" if outside else "d") + phone if plain(phone) else None

    def _of_role(self, role: DutyRole, holders: Sequence[Holder]) -> Iterator[Step]:
        for holder in holders:
            if step := self._step(role, holder.person):
                yield step

    def _step(self, role: DutyRole, person_id: AgentId) -> Step | None:
        person = self._people.get(person_id)
        if not plain(person_id):
            self._tell(
                person_id, "has an id that a PBX can't hold: only letters, digits and . _ + - can be in it"
            )
        elif person is None:
            self._tell(person_id, "is on the roster and not known: add the person, or an [[agent]]")
        elif phones := tuple(self._phones(person)):
            return Step(role=role, person=person_id, seconds=self._limits[role], phones=phones)
        elif not person.phones:
            self._tell(person_id, "is on the roster and has no phone: callers go on to the next one")
        return None

    def _phones(self, person: Person) -> Iterator[str]:
        for number, phone in enumerate(person.phones, 1):
            if found := self.phone(phone):
                yield found
            else:
                self._tell(person.id, f"has a phone (number {number}) that a PBX can't dial: {_PLAIN}")

    def _tell(self, person: AgentId, what: str) -> None:
        sentence = f"{person} {what}"
        self.faults.setdefault(sentence, Fault(hotline=self._hotline.number, what=sentence))


def _mode(rules: Rules, at: datetime) -> RoutingMode:
    if rules.hours is None:
        return RoutingMode.OPEN
    zone = ZoneInfo(rules.hotline.time_zone)
    return RoutingMode.OPEN if rules.hours.open_at(at, zone, rules.calendar) else RoutingMode.CLOSED


def _intervals(rules: Rules, chain: _Chain, day: int) -> list[Interval]:
    """What holds from midnight to midnight, nothing said twice in a row."""
    start, end = _midnight(day), _midnight(day + 1)
    found: list[Interval] = []
    edges = sorted({edge for edge in _edges(rules, start, end) if start < edge < end})
    for since, until in zip([start, *edges], [*edges, end], strict=True):
        steps = chain.steps(rules.book.at(rules.hotline.number, since))
        interval = Interval(until=ceil(until.timestamp()), mode=_mode(rules, since), steps=steps)
        if found and (found[-1].mode, found[-1].steps) == (interval.mode, interval.steps):
            found.pop()
        found.append(interval)
    return [*found[: MOST_INTERVALS - 1], found[-1]] if len(found) > MOST_INTERVALS else found


def _edges(rules: Rules, start: datetime, end: datetime) -> Iterable[datetime]:
    """Every instant at which something may change."""
    for since, _, _ in rules.book.spans(rules.hotline.number, start, end):
        yield since
    if rules.hours is not None:
        for opening in rules.hours.spans(start, end, ZoneInfo(rules.hotline.time_zone), rules.calendar):
            yield opening.start
            yield opening.end


def _id(values: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(values).encode()).hexdigest()[:12]


def _day(at: datetime) -> int:
    return int(at.timestamp()) // DAY


def _midnight(day: int) -> datetime:
    return datetime.fromtimestamp(day * DAY, UTC)
