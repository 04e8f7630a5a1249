"""What would become of a file: its shifts with their seats, and what is to be said against them.

Faults stop the import, warnings do not. Whatever the file does not speak of stays as it is, and its
shifts are judged together with what stays.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from callcenter.app.rosters.known import Known, Span, windows
from callcenter.record_json import iso
from callcenter.roster.clashes import Stretch, clashes
from callcenter.roster.coverage import check
from callcenter.roster.effective import planned
from callcenter.roster.findings import Finding, FindingKind
from callcenter.roster.localtime import local_day
from callcenter.roster.model import Assignment, Shift
from callcenter.roster.rest import rest_faults
from callcenter.roster.seats import seated
from callcenter.sheets.directory import Directory
from callcenter.sheets.faults import Fault, FaultKind, in_order
from callcenter.sheets.reading import Line, Reading
from callcenter.terms import AgentId, HotlineNumber

Group = tuple[HotlineNumber, str, datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """Something that does not stop the import."""

    kind: str
    """A finding's kind, or ``past``: a day that is over is corrected."""
    hotline: HotlineNumber
    start: datetime
    end: datetime
    people: tuple[AgentId, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """A finding of ``roster check``, and whose hotline it is."""
        return {
            "kind": self.kind,
            "hotline": self.hotline,
            "start": iso(self.start),
            "end": iso(self.end),
            "people": list(self.people),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A file held against what there is."""

    shifts: tuple[Shift, ...]
    replaced: tuple[Shift, ...]
    """What stands on the days that the file speaks of."""
    windows: Mapping[HotlineNumber, Sequence[Span]]
    faults: tuple[Fault, ...]
    warnings: tuple[Warned, ...] = field(default=())

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many shifts are added, kept, withdrawn."""
        new, old = {shift.id for shift in self.shifts}, {shift.id for shift in self.replaced}
        return len(new - old), len(new & old), len(old - new)


def reach(reading: Reading, known: Known) -> Span | None:
    """The time whose shifts matter for this file; None if it names no day."""
    spans = [span for line, days in reading.days.items() for span in windows(days, known.directory, line)]
    if not spans:
        return None
    return min(start for start, _ in spans) - known.margin, max(end for _, end in spans) + known.margin


def preview(reading: Reading, stored: Iterable[Shift], known: Known, now: datetime) -> Preview:
    """*stored*: every hotline's shifts within :func:`reach`."""
    directory = known.directory
    replaced: list[Shift] = []
    standing: list[Shift] = []
    for shift in stored:
        day = local_day(shift.start, directory.zone(shift.hotline)) if _has(directory, shift) else None
        (replaced if day in reading.days.get(shift.hotline, ()) else standing).append(shift)
    shifts = _seated(reading.lines, replaced, standing)
    faults = [*reading.faults, *_clashes(reading.lines, shifts, standing, directory)]
    spans = {line: windows(days, directory, line) for line, days in reading.days.items()}
    found = Preview(
        shifts=tuple(shifts),
        replaced=tuple(replaced),
        windows=spans,
        faults=tuple(sorted(faults, key=in_order)),
    )
    return found if faults else replace(found, warnings=tuple(_warnings(found, standing, known, now)))


def _has(directory: Directory, shift: Shift) -> bool:
    return any(hotline.number == shift.hotline for hotline in directory.hotlines)


def _seated(lines: Iterable[Line], replaced: Iterable[Shift], standing: Iterable[Shift]) -> list[Shift]:
    """The file's shifts with their seats. One that is there already keeps its seat, so that it stays the
    same shift; people with the same hours share those seats out in the file's order."""
    known: dict[tuple[Group, AgentId], int] = {(_group(old), old.person): old.seat for old in replaced}
    kept: dict[Group, list[Shift]] = {}
    fresh: list[Shift] = []
    for shift in (line.shift for line in lines):
        if (_group(shift), shift.person) in known:
            kept.setdefault(_group(shift), []).append(shift)
        else:
            fresh.append(shift)
    again = [
        replace(shift, seat=seat)
        for group, shifts in kept.items()
        for shift, seat in zip(shifts, sorted(known[group, one.person] for one in shifts), strict=True)
    ]
    return [*again, *seated(fresh, [*standing, *again])]


def _group(shift: Shift) -> Group:
    return shift.hotline, shift.role, shift.start, shift.end


def _clashes(
    lines: Iterable[Line], shifts: Iterable[Shift], standing: Iterable[Shift], directory: Directory
) -> Iterable[Fault]:
    """Who would be in two places, told at the later shift of the two that the file has."""
    places = {(_group(line.shift), line.shift.person): line for line in lines}

    def line_of(one: Stretch) -> Line | None:
        return places.get(((one.hotline, one.role, one.start, one.end), one.person))

    for clash in clashes([*standing, *shifts]):
        told, other = (clash.other, clash.one) if line_of(clash.other) else (clash.one, clash.other)
        line, second = line_of(told), line_of(other)
        if line is None:
            continue
        where = f"in {second.place}" if second is not None else "in the roster as it is"
        zone = directory.zone(told.hotline)
        span = f"{other.start.astimezone(zone):%Y-%m-%d %H:%M} to {other.end.astimezone(zone):%m-%d %H:%M}"
        what = f"is on {other.hotline} from {span} too ({where}): change one of the two"
        yield Fault(kind=FaultKind.CLASH, place=line.place, column="person", value=line.value, what=what)


def _warnings(found: Preview, standing: Iterable[Shift], known: Known, now: datetime) -> Iterable[Warned]:
    """Gaps, too few seats, too little rest, and days that are over."""
    held = planned([*standing, *found.shifts])
    told: set[Finding] = set()
    for hotline, spans in found.windows.items():
        for start, end in spans:
            for one in _findings(held, hotline, (start, end), found, known):
                if one not in told:
                    told.add(one)
                    yield Warned(
                        kind=one.kind, hotline=hotline, start=one.start, end=one.end, people=one.people
                    )
    yield from _past(found, known.directory, local_days_over(known.directory, now))


def _findings(
    held: Sequence[Assignment], hotline: HotlineNumber, span: Span, found: Preview, known: Known
) -> Iterable[Finding]:
    zone = known.directory.zone(hotline)
    seats = known.seats[hotline]
    for one in check(held, hotline, *span, seats, zone=zone, calendar=known.calendar):
        if one.kind is not FindingKind.OVERLAP:
            yield one
    people = {shift.person for shift in found.shifts if shift.hotline == hotline}
    work = [one for one in held if one.person in people]
    for one in rest_faults(work, known.min_rest_hours, known.max_days_in_row, zone=zone):
        if one.start < span[1] and one.end > span[0]:
            yield one


def local_days_over(directory: Directory, now: datetime) -> dict[HotlineNumber, date]:
    """Each hotline's day of today: days before it are over."""
    return {line.number: local_day(now, directory.zone(line.number)) for line in directory.hotlines}


def _past(found: Preview, directory: Directory, today: Mapping[HotlineNumber, date]) -> Iterable[Warned]:
    new, old = set(found.shifts), set(found.replaced)
    changed: dict[HotlineNumber, set[date]] = {}
    for shift in new ^ old:
        day = local_day(shift.start, directory.zone(shift.hotline))
        if day < today[shift.hotline]:
            changed.setdefault(shift.hotline, set()).add(day)
    for hotline, days in sorted(changed.items()):
        for start, end in windows(days, directory, hotline):
            people = sorted({s.person for s in new ^ old if s.hotline == hotline and start <= s.start < end})
            yield Warned(kind="past", hotline=hotline, start=start, end=end, people=tuple(people))
