"""The imaginary company's roster: two by day, one by night for all hotlines, a supervisor behind them."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from callcenter.demo import office
from callcenter.roster.localtime import day_span, shift_span
from callcenter.roster.model import Shift
from callcenter.terms import AgentId, DutyRole, HotlineNumber

OFFICE_HOURS: Final = ("08:00-20:00",)
AUTHOR: Final = AgentId("1006")
"""Makes the roster, and stands behind everybody."""
BEHIND, AHEAD = 31, 35
"""Days of roster before and after today."""
_DAY, _NIGHT, _ROUND = (8 * 60, 20 * 60), (20 * 60, 8 * 60), (0, 24 * 60)
_BY_DAY: Final = {"4001": ("1001", "1002"), "4002": ("1005",), "4003": ("1007", "1008")}
_BY_NIGHT: Final = ("1003", "1004")
"""Every other night each."""


def shifts(today: date) -> list[Shift]:
    """The month before and the month after *today*."""
    return [shift for day in days(today) for number in _BY_DAY for shift in _of_day(day, number)]


def windows(today: date) -> dict[HotlineNumber, list[tuple[datetime, datetime]]]:
    """The time for which `shifts` is the roster."""
    whole = list(days(today))
    span = day_span(whole[0], office.ZONE)[0], day_span(whole[-1], office.ZONE)[1]
    return {HotlineNumber(number): [span] for number in _BY_DAY}


def days(today: date) -> Iterator[date]:
    """The local days that the roster covers."""
    return (today + timedelta(days=n) for n in range(-BEHIND, AHEAD + 1))


def _of_day(day: date, number: str) -> Iterator[Shift]:
    night = _BY_NIGHT[day.toordinal() % len(_BY_NIGHT)]
    for seat, person in enumerate(_BY_DAY[number], 1):
        yield _shift(day, number, _DAY, person, seat=seat)
    yield _shift(day, number, _NIGHT, night)
    yield _shift(day, number, _ROUND, AUTHOR, role=DutyRole.SUPERVISOR)


def _shift(
    day: date,
    number: str,
    span: tuple[int, int],
    person: str,
    *,
    role: DutyRole = DutyRole.PRIMARY,
    seat: int = 1,
) -> Shift:
    start, end = shift_span(day, *span, office.ZONE)
    return Shift(
        hotline=HotlineNumber(number), start=start, end=end, role=role, seat=seat, person=AgentId(person)
    )
