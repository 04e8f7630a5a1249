"""The web's desks, made up: a roster of four people, kept in memory. The rules themselves are elsewhere; that
a desk is away or unwilling is said beforehand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from callcenter.kpi import Tally
from callcenter.roster.attendance import Finding as Lapse
from callcenter.roster.attendance import LapseKind, Sign, SignSource
from callcenter.roster.book import Holder, Standing
from callcenter.roster.calendar import DayKind
from callcenter.roster.figures import PersonFigures, ShiftFigures
from callcenter.roster.findings import Finding, FindingKind
from callcenter.roster.handover import Handover, Item, MissedCall, Outgoing
from callcenter.roster.logbook import NO_HASH, Break, Draft, Entry, EntryKind
from callcenter.roster.model import Assignment, Change, ChangeState, Person, Shift
from callcenter.roster.reading import ReportDue
from callcenter.terms import AgentId, DutyRole, HotlineNumber, Phone, Role, RoutingMode, ShiftId, SignKind
from callcenter.web.desks import (
    BadFile,
    CalendarYear,
    ChangeAct,
    ChangeAsked,
    ChangeFilter,
    Desks,
    DutyView,
    EntryFilter,
    LogDue,
    SheetKind,
    Unknown,
)
from tests.support.factories import NOON, make_call, missed_call

WANG, LI, ZHAO, CHEN = (AgentId(name) for name in ("wang", "li", "zhao", "chen"))
HOTLINE = HotlineNumber("4001")
HOUR = timedelta(hours=1)
PEOPLE = (
    Person(id=CHEN, name="陈主任", sort_key="chenzhuren", roles=(Role.SUPERVISOR,), phones=(Phone("1009"),)),
    Person(id=LI, name="李娜", sort_key="lina", phones=(Phone("1002"), Phone("13900000002"))),
    Person(id=WANG, name="王小明", sort_key="wangxiaoming", phones=(Phone("1001"),)),
    Person(id=ZHAO, name="赵敏", sort_key="zhaomin", active_until=date(2026, 6, 30)),
)
NAMES = {person.id: person.name for person in PEOPLE}


def shift(start: int, end: int, person: AgentId, role: DutyRole = DutyRole.PRIMARY) -> Shift:
    """Hours are counted from `NOON`."""
    span = {"start": NOON + start * HOUR, "end": NOON + end * HOUR}
    return Shift(hotline=HOTLINE, role=role, seat=1, person=person, **span)


DAY, NIGHT = shift(-4, 8, WANG), shift(8, 20, LI)
BEHIND = shift(-4, 20, CHEN, DutyRole.SUPERVISOR)


def held(planned: Shift, person: AgentId | None = None) -> Assignment:
    """The shift as *person* holds it, else as planned."""
    return Assignment(
        shift_id=planned.id, hotline=planned.hotline, role=planned.role, seat=planned.seat,
        start=planned.start, end=planned.end, person=person or planned.person, planned=planned.person,
    )  # fmt: skip


def standing(assignments: Sequence[Assignment], at: datetime) -> Standing:
    by_role: dict[str, tuple[Holder, ...]] = {role.value: () for role in DutyRole}
    for one in assignments:
        if one.start <= at < one.end:
            span = {"since": one.start, "until": one.end, "shift_id": one.shift_id, "seat": one.seat}
            by_role[one.role] += (Holder(person=one.person, **span),)
    return Standing(**by_role)


class FakeDesk:
    """Away, or unwilling, when told so; keeps what was asked of it."""

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.asked: list[tuple[Any, ...]] = []

    def _hear(self, *asked: Any) -> None:
        self.asked.append(asked)
        if self.fault:
            raise self.fault


@dataclass
class FakeVersion:
    version: int = 7
    at: datetime = NOON
    author: str = "chen"
    reason: str = "November"
    added: int = 1
    kept: int = 2
    withdrawn: int = 0


class FakeRoster(FakeDesk):
    """Wang by day, Li by night, Chen behind them."""

    def __init__(self) -> None:
        super().__init__()
        self.planned = [DAY, NIGHT, BEHIND]
        self.effective = [held(one) for one in self.planned]
        self.preview: dict[str, Any] = {
            "ok": True, "version": 7, "shifts": 3, "added": 1, "kept": 2, "withdrawn": 0, "faults": [],
            "warnings": [],
        }  # fmt: skip

    async def duty(self, hotline: HotlineNumber, at: datetime) -> DutyView:
        self._hear(hotline, at)
        own = [one for one in self.effective if one.hotline == hotline]
        planned = [held(one) for one in self.planned if one.hotline == hotline]
        edges = sorted(edge for one in own for edge in (one.start, one.end) if edge > at)
        return DutyView(
            effective=standing(own, at), planned=standing(planned, at), next_at=edges[0] if edges else None,
            next=standing(own, edges[0]) if edges else None, is_rostered=hotline == HOTLINE,
            after_hours=False, names=NAMES,
        )  # fmt: skip

    async def shifts(self, start: datetime, end: datetime, hotline: HotlineNumber | None) -> list[Shift]:
        self._hear(start, end, hotline)
        wanted = (one for one in self.planned if hotline in (None, one.hotline))
        return [one for one in wanted if one.start < end and one.end > start]

    async def assignments(
        self, start: datetime, end: datetime, hotline: HotlineNumber | None
    ) -> list[Assignment]:
        wanted = (one for one in self.effective if hotline in (None, one.hotline))
        return [one for one in wanted if one.start < end and one.end > start]

    async def names(self) -> Mapping[AgentId, str]:
        return NAMES

    async def bring(
        self, data: bytes, *, dry_run: bool, by: str, reason: str, month: date | None
    ) -> dict[str, Any]:
        self._hear(data, dry_run, by, reason, month)
        if not data.startswith((b"hotline", b"PK")):
            raise BadFile("this is no table: the first line must name the columns")
        return self.preview | {"dry_run": dry_run, "version": None if dry_run else self.preview["version"]}

    async def check(self, hotline: HotlineNumber, start: datetime, end: datetime) -> dict[str, Any]:
        self._hear(hotline, start, end)
        gap = Finding(kind=FindingKind.GAP, start=BEHIND.end, end=end).to_json()
        load = {"person": WANG, "name": NAMES[WANG], "hours": 12.0, "duties": 1}
        return {
            "findings": [gap],
            "balance": [load | {"nights": 0, "weekends": 0, "holidays": 0}],
            "month": {"month": "2026-12", "due": False, "complete": False, "findings": [gap]},
        }

    async def versions(self, hotline: HotlineNumber | None, limit: int) -> list[FakeVersion]:
        self._hear(hotline, limit)
        return [FakeVersion()]

    async def template(self, first_day: date) -> bytes:
        self._hear(first_day)
        return b"PK template"

    async def export(
        self, first_day: date, last_day: date, hotline: HotlineNumber | None, kind: SheetKind
    ) -> bytes:
        self._hear(first_day, last_day, hotline, kind)
        return b"PK sheet" if kind is SheetKind.XLSX else b"hotline,date,start,end,role,person\r\n"

    async def calendar_of_hotline(self, hotline: HotlineNumber) -> bytes:
        return f"BEGIN:VCALENDAR\r\nX-WR-CALNAME:{hotline}\r\nEND:VCALENDAR\r\n".encode()

    async def calendar_of_person(self, person: AgentId) -> bytes:
        if person not in NAMES:
            raise Unknown("there is no such person")
        return f"BEGIN:VCALENDAR\r\nX-WR-CALNAME:{person}\r\nEND:VCALENDAR\r\n".encode()


@dataclass
class FakePersonVersion:
    person: Person
    at: datetime = NOON
    author: str = "token:t-admin"
    reason: str = "new"


class FakePeople(FakeDesk):
    def __init__(self) -> None:
        super().__init__()
        self.people = {person.id: person for person in PEOPLE}

    async def all(self) -> list[Person]:
        return sorted(self.people.values(), key=lambda person: person.sort_key)

    async def put(self, person: Person, by: str, reason: str) -> Person:
        self._hear(person, by, reason)
        self.people[person.id] = replace(person, sort_key=person.sort_key or person.name.lower())
        return self.people[person.id]

    async def leave(self, person: AgentId, last_day: date, by: str, reason: str) -> Person:
        self._hear(person, last_day, by, reason)
        self.people[person] = replace(self.people[person], active_until=last_day)
        return self.people[person]

    async def history(self, person: AgentId) -> list[FakePersonVersion]:
        if person not in self.people:
            raise Unknown("there is no such person")
        return [FakePersonVersion(self.people[person])]


class FakeCalendar(FakeDesk):
    def __init__(self) -> None:
        super().__init__()
        self.days: dict[date, DayKind] = {date(2026, 10, 1): DayKind.HOLIDAY}
        self.official: set[int] = set()

    async def year(self, year: int) -> CalendarYear:
        self._hear(year)
        status: Literal["official", "provisional"] = "official" if year in self.official else "provisional"
        days = {day: kind for day, kind in self.days.items() if day.year == year}
        return CalendarYear(year=year, status=status, days=days)

    async def bring_year(self, year: int, days: Mapping[date, DayKind], by: str) -> CalendarYear:
        self._hear(year, by)
        self.days = {**{day: kind for day, kind in self.days.items() if day.year != year}, **days}
        self.official.add(year)
        return await self.year(year)


class FakeChanges(FakeDesk):
    def __init__(self) -> None:
        super().__init__()
        self.changes: dict[str, Change] = {}

    async def get(self, change: str) -> Change | None:
        return self.changes.get(change)

    async def find(self, wanted: ChangeFilter, limit: int) -> list[Change]:
        self._hear(wanted, limit)
        return [
            one for one in self.changes.values()
            if wanted.state in (None, one.state) and wanted.person in (None, one.asked_by, one.other)
        ][:limit]  # fmt: skip

    async def ask(self, asked: ChangeAsked) -> Change:
        self._hear(asked)
        change = Change(
            id=asked.id or f"change-{len(self.changes) + 1:04}", kind=asked.kind, state=ChangeState.ASKED,
            moves=asked.moves, asked_by=asked.asked_by, other=asked.other, reason=asked.reason,
            asked_at=asked.at,
        )  # fmt: skip
        self.changes[change.id] = change
        return change

    async def act(self, change: str, act: ChangeAct, by: AgentId, note: str, at: datetime) -> Change:
        self._hear(change, act, by, note)
        done: dict[ChangeAct, dict[str, Any]] = {
            ChangeAct.AGREE: {"state": ChangeState.AGREED, "agreed_at": at},
            ChangeAct.APPROVE: {
                "state": ChangeState.APPROVED,
                "decided_by": by,
                "decided_at": at,
                "number": 1,
            },
            ChangeAct.DECLINE: {"state": ChangeState.DECLINED, "decided_by": by, "decided_at": at},
            ChangeAct.WITHDRAW: {"state": ChangeState.WITHDRAWN},
        }
        self.changes[change] = replace(self.changes[change], decision_note=note, **done[act])
        return self.changes[change]


class FakeAttendance(FakeDesk):
    def __init__(self) -> None:
        super().__init__()
        self.made: list[Sign] = []
        self.found = [
            Lapse(kind=LapseKind.LATE, shift_id=DAY.id, hotline=HOTLINE, person=WANG, start=DAY.start,
                  end=DAY.start + timedelta(minutes=7)),
            Lapse(kind=LapseKind.MISSED_SHIFT, shift_id=NIGHT.id, hotline=HOTLINE, person=LI,
                  start=NIGHT.start, end=None),
        ]  # fmt: skip

    async def sign(self, person: AgentId, kind: SignKind, at: datetime, phone: Phone | None) -> Sign:
        self._hear(person, kind, at, phone)
        self.made.append(Sign(person=person, at=at, kind=kind, source=SignSource.API, phone=phone))
        return self.made[-1]

    async def signs(self, start: datetime, end: datetime, person: AgentId | None) -> list[Sign]:
        return [one for one in self.made if person in (None, one.person) and start <= one.at < end]

    async def findings(
        self, start: datetime, end: datetime, hotline: HotlineNumber | None, person: AgentId | None
    ) -> list[Lapse]:
        self._hear(start, end, hotline, person)
        return [one for one in self.found if person in (None, one.person)]


@dataclass
class FakePurge:
    id: int
    before: date
    asked_by: AgentId
    asked_at: datetime = NOON
    agreed_by: AgentId | None = None
    agreed_at: datetime | None = None
    purged_at: datetime | None = None


@dataclass
class FakeVerdict:
    entries: int
    breaks: list[Break]


class FakeLog(FakeDesk):
    def __init__(self) -> None:
        super().__init__()
        self.written: list[Entry] = []
        self.breaks: list[Break] = []
        self.purged: list[FakePurge] = []

    def add(self, text: str, **told: Any) -> Entry:
        """An entry of Wang's, written at `NOON`."""
        given = {"author": WANG, "kind": EntryKind.NOTE, "hotline": HOTLINE, "shift_id": DAY.id} | told
        return self._put(Draft(text=text, **given))

    def _put(self, draft: Draft) -> Entry:
        told = {name: getattr(draft, name) for name in draft.__dataclass_fields__}
        number = len(self.written) + 1
        self.written.append(Entry(number=number, at=NOON, prev_hash=NO_HASH, hash=f"{number:064x}", **told))
        return self.written[-1]

    async def get(self, number: int) -> Entry | None:
        return next((entry for entry in self.written if entry.number == number), None)

    async def entries(self, wanted: EntryFilter, before: int | None, limit: int) -> list[Entry]:
        self._hear(wanted, before, limit)
        return [
            entry for entry in reversed(self.written)
            if (before is None or entry.number < before)
            and wanted.kind in (None, entry.kind)
            and wanted.author in (None, entry.author)
            and wanted.refers_to in (None, entry.refers_to)
        ][:limit]  # fmt: skip

    async def append(self, draft: Draft) -> Entry:
        self._hear(draft)
        return self._put(draft)

    async def verify(self) -> FakeVerdict:
        return FakeVerdict(len(self.written), self.breaks)

    async def due(self, hotline: HotlineNumber, at: datetime) -> LogDue:
        self._hear(hotline, at)
        reports = [
            ReportDue(incident=entry, due=NOON + 36 * HOUR, overdue=False)
            for entry in self.written
            if entry.kind is EntryKind.INCIDENT
        ]
        return LogDue(unread=self.written, days=[date(2026, 11, 19)], reports=reports)

    async def purges(self) -> list[FakePurge]:
        return self.purged

    async def ask_purge(self, before: date, by: AgentId) -> FakePurge:
        self._hear(before, by)
        self.purged.append(FakePurge(len(self.purged) + 1, before, by))
        return self.purged[-1]

    async def agree_purge(self, purge: int, by: AgentId) -> FakePurge:
        self._hear(purge, by)
        self.purged[purge - 1] = replace(self.purged[purge - 1], agreed_by=by, agreed_at=NOON)
        return self.purged[purge - 1]


class FakeHandover(FakeDesk):
    """Wang hands over to Li."""

    def __init__(self, log: FakeLog) -> None:
        super().__init__()
        self.log = log
        self.is_there = True

    async def present(self, hotline: HotlineNumber, at: datetime, shift: ShiftId | None) -> Handover | None:
        self._hear(hotline, at, shift)
        if not self.is_there:
            return None
        going = Outgoing(
            hotline=hotline, shifts=(DAY.id,), start=DAY.start, end=DAY.end, giving=(WANG,), taking=(LI,)
        )
        signed = {entry.kind: entry for entry in self.log.written}
        return Handover(
            outgoing=going,
            entries=tuple(Item(entry=one) for one in self.log.written if one.kind is EntryKind.NOTE),
            open_items=tuple(Item(entry=one) for one in self.log.written if one.follow_up),
            unreturned=(MissedCall(call_id=make_call(2).call_id, hotline=hotline, at=NOON),),
            given=signed.get(EntryKind.HANDOVER_GIVEN), taken=signed.get(EntryKind.HANDOVER_TAKEN),
            unsigned=False,
        )  # fmt: skip

    async def sign(
        self, hotline: HotlineNumber, shift: ShiftId, side: Literal["given", "taken"], by: AgentId, note: str
    ) -> Entry:
        self._hear(hotline, shift, side, by, note)
        kind = EntryKind(f"handover_{side}")
        return self.log.add(note, author=by, kind=kind, hotline=hotline, shift_id=shift)


@dataclass
class FakeForced:
    hotline: HotlineNumber
    mode: RoutingMode | None
    until: datetime | None
    author: str
    reason: str
    at: datetime = NOON


class FakeRouting(FakeDesk):
    def __init__(self) -> None:
        super().__init__()
        self.forced: list[FakeForced] = []

    async def show(self, hotline: HotlineNumber, at: datetime) -> dict[str, Any]:
        self._hear(hotline, at)
        return {"hotline": hotline, "mode": "closed", "forced": None, "chain": [{"person": WANG}]}

    async def force(
        self, hotline: HotlineNumber, mode: RoutingMode | None, until: datetime | None, by: str, reason: str
    ) -> FakeForced:
        self._hear(hotline, mode, until, by, reason)
        self.forced.insert(0, FakeForced(hotline, mode, until, by, reason))
        return self.forced[0]

    async def history(self, hotline: HotlineNumber, limit: int) -> list[FakeForced]:
        return self.forced[:limit]


class FakeFigures(FakeDesk):
    async def by_shift(
        self, hotline: HotlineNumber | None, start: datetime, end: datetime
    ) -> list[ShiftFigures]:
        self._hear(hotline, start, end)
        tally = Tally.of(make_call()) + Tally.of(missed_call(2))
        span = {"start": DAY.start, "end": DAY.end}
        none: dict[str, Any] = {"shift_id": None, "start": None, "end": None, "people": ()}
        return [
            ShiftFigures(hotline=HOTLINE, shift_id=DAY.id, people=(WANG,), tally=tally, **span),
            ShiftFigures(hotline=HOTLINE, tally=Tally(), **none),
        ]

    async def by_person(
        self, hotline: HotlineNumber | None, start: datetime, end: datetime
    ) -> list[PersonFigures]:
        self._hear(hotline, start, end)
        idle = {"offered": 0, "answered": 0, "on_time": 0, "missed": 0, "signed_in_seconds": None}
        return [
            PersonFigures(person=WANG, offered=5, answered=4, on_time=3, missed=1, talk_seconds=120.0,
                          hold_seconds=40.0, signed_in_seconds=640.0),
            PersonFigures(person=LI, talk_seconds=0.0, hold_seconds=0.0, **idle),
        ]  # fmt: skip


class FakeDesks:
    """All of them."""

    def __init__(self) -> None:
        self.roster = FakeRoster()
        self.people = FakePeople()
        self.calendar = FakeCalendar()
        self.changes = FakeChanges()
        self.attendance = FakeAttendance()
        self.log = FakeLog()
        self.handover = FakeHandover(self.log)
        self.routing = FakeRouting()
        self.figures = FakeFigures()

    def bound(self) -> Desks:
        """As the web takes them."""
        return Desks(
            duty=self.roster, roster=self.roster, people=self.people, calendar=self.calendar,
            changes=self.changes, attendance=self.attendance, log=self.log, handover=self.handover,
            routing=self.routing, figures=self.figures,
        )  # fmt: skip
