"""A shift pattern as a file says it (TOML), and the shifts of some days that it makes.

hotlines = ["4001"]                 # one duty covers all of them
anchor = 2026-12-07                 # the day on which the cycle begins, for a crew without offset
cycle = ["D D N N - -"]             # rows of codes, one a day; "-" is off

[codes]                             # lines of hours, see callcenter.roster.hours
D = ["08:00-20:00"]
N = ["20:00-08:00"]

[[crew]]
people = ["1001", "李娜"]            # ids or names; together they are as many seats
offset = 0                          # days by which they are further on in the cycle
role = "primary"
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from callcenter.roster.calendar import WorkCalendar
from callcenter.roster.model import Shift
from callcenter.roster.patterns import Crew, Pattern, expand
from callcenter.roster.people import AmbiguousPerson, People, UnknownPerson
from callcenter.terms import DutyRole, HotlineNumber


class _Crew(msgspec.Struct, forbid_unknown_fields=True):
    people: list[str]
    offset: int = 0
    role: DutyRole = DutyRole.PRIMARY


class _File(msgspec.Struct, forbid_unknown_fields=True):
    hotlines: list[HotlineNumber]
    anchor: date
    cycle: list[str]
    codes: dict[str, list[str]]
    crew: list[_Crew]


def shifts_of(
    told: Mapping[str, Any],
    first_day: date,
    last_day: date,
    *,
    people: People,
    zones: Mapping[HotlineNumber, ZoneInfo],
    calendar: WorkCalendar,
) -> list[Shift]:
    """The shifts that begin from *first_day* to *last_day* by the file *told*.

    *zones*: of the hotlines there are. Raises ValueError in one sentence: what is wrong, where, what to do.
    """
    try:
        file = msgspec.convert(told, _File)
    except msgspec.ValidationError as wrong:
        raise ValueError(f"it is no shift pattern: {wrong}") from None
    zone = _zone(file.hotlines, zones)
    pattern = Pattern.parse(hotlines=file.hotlines, codes=file.codes, weeks=file.cycle, anchor=file.anchor)
    crews = [_crew(n, crew, people) for n, crew in enumerate(file.crew, 1)]
    shifts = expand(pattern, crews, first_day, last_day, calendar=calendar, zone=zone)
    for shift in shifts:
        person = people.get(shift.person)
        day = shift.start.astimezone(zone).date()
        if person is not None and not person.active_on(day):
            raise ValueError(
                f"{person.name} does not work here on {day}: end the pattern before, or replace them"
            )
    return shifts


def _zone(hotlines: list[HotlineNumber], zones: Mapping[HotlineNumber, ZoneInfo]) -> ZoneInfo:
    if not hotlines:
        raise ValueError('hotlines: there are none: write at least one number, e.g. ["4001"]')
    for number in hotlines:
        if number not in zones:
            raise ValueError(f'hotlines: there is no hotline "{number}": write one of {", ".join(zones)}')
    if len({zones[number] for number in hotlines}) > 1:
        raise ValueError("hotlines: they have different time zones: write a pattern for each zone")
    return zones[hotlines[0]]


def _crew(n: int, crew: _Crew, people: People) -> Crew:
    try:
        found = tuple(people.find(word).id for word in crew.people)
    except (UnknownPerson, AmbiguousPerson) as wrong:
        raise ValueError(f"crew {n}: {wrong.args[0]}") from None
    return Crew(people=found, offset=crew.offset, role=crew.role)
