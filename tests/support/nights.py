"""Rosters for tests of routing: who has which night, said in one line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from callcenter.roster.book import DutyBook
from callcenter.roster.calendar import WorkCalendar
from callcenter.roster.effective import effective
from callcenter.roster.model import Person, Shift
from callcenter.roster.people import People
from callcenter.roster.plan import Plan
from callcenter.sites import Hotline
from callcenter.terms import AgentId, DutyRole, HotlineNumber, PbxName, Phone

NIGHT = datetime(2026, 12, 3, 12, tzinfo=UTC)
LINE = HotlineNumber("4001")
CLOSED = ("daily 08:30-08:31",)
PHONES = {"li": ("1001",), "zhang": ("1002", "13900000002"), "wang": ("1003",)}


def hotline(number: str = LINE, **changes: object) -> Hotline:
    """One that is closed but for a minute a day."""
    shape = {"number": HotlineNumber(number), "name": "x", "pbx": PbxName("main"), "office_hours": CLOSED}
    return Hotline(**{**shape, **changes})  # type: ignore[arg-type]  # keywords of a test


def shifts(*who: str, since: datetime = NIGHT, hours: float = 12, number: str = LINE) -> list[Shift]:
    """One primary after the other."""
    step = timedelta(hours=hours)
    return [
        Shift(
            hotline=HotlineNumber(number), start=since + n * step, end=since + (n + 1) * step,
            role=DutyRole.PRIMARY, seat=1, person=AgentId(person),
        )
        for n, person in enumerate(who)
    ]  # fmt: skip


def people(phones: Mapping[str, tuple[str, ...]] = PHONES) -> People:
    return People(
        Person(id=AgentId(p), name=p, phones=tuple(map(Phone, numbers))) for p, numbers in phones.items()
    )


def plan(*planned: Shift, known: People | None = None, numbers: tuple[Hotline, ...] = ()) -> Plan:
    return Plan.of(
        numbers or (hotline(),),
        book=DutyBook(effective(planned, []), rostered={shift.hotline for shift in planned}),
        people=known or people(),
        calendar=WorkCalendar({}, frozenset()),
        forced={},
    )
