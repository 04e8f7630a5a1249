"""Whatever the roster: what the dialplan reads in AstDB is what the roster says, at every second."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.roster.book import DutyBook
from callcenter.roster.calendar import DayKind, WorkCalendar
from callcenter.roster.effective import effective
from callcenter.roster.localtime import shift_span
from callcenter.roster.model import Change, ChangeKind, ChangeState, Move, Person, Shift
from callcenter.roster.people import People
from callcenter.routing.held import decide_held
from callcenter.routing.policy import Rules, decide, schedule
from callcenter.routing.words import DAY, LONGEST, Decision, Forced
from callcenter.sites import Chain, Hotline, WhenBusy
from callcenter.terms import AgentId, DutyRole, HotlineNumber, PbxName, Phone, RoutingMode
from tests.support.dialplan_model import DialplanModel

LINE = HotlineNumber("_400X")
PEOPLE = {
    "zhang": ("1001", "13900000001"),
    "li": ("1002",),
    "wang": ("+8613900000003", "1003"),
    "nobody": (),
    "chen;1": ("1004",),
    "spaced": ("10 05", "1005"),
    "stranger": None,
}
"""Ids and phones; the last ones are what a PBX can't hold, or what nobody knows."""
NIGHTS = [
    ("Asia/Shanghai", date(2026, 9, 30)),  # holidays, and a make-up Saturday after them
    ("Europe/Berlin", date(2026, 3, 28)),  # the clock jumps ahead
    ("Europe/Berlin", date(2026, 10, 24)),  # and back
    ("America/New_York", date(2026, 10, 31)),
]
OFFICE = [
    (),
    ("workday 08:30-18:00",),
    ("mon-fri 08:00-12:00", "daily 13:00-17:30", "holiday 10:00-11:00"),
    ("22:00-06:00",),
    ("daily 02:15-02:45",),
    ("00:00-24:00",),
]

minutes = st.one_of(st.sampled_from([0, 120, 150, 180, 480, 1080, 1200, 1440]), st.integers(0, 1440))
persons = st.sampled_from([AgentId(person) for person in PEOPLE])


@st.composite
def rosters(draw: st.DrawFn) -> tuple[Rules, datetime]:
    """Rules of a hotline, and a now from which they are to be pushed."""
    zone_name, first = draw(st.sampled_from(NIGHTS))
    zone = ZoneInfo(zone_name)
    shifts = draw(st.lists(shifts_on(first, zone), max_size=7))
    unique = list({shift.id: shift for shift in shifts}.values())
    changes = [draw(changes_of(shift, n)) for n, shift in enumerate(unique, 1) if draw(st.booleans())]
    overrides = draw(st.dictionaries(st.just(first + timedelta(days=1)), st.sampled_from(DayKind)))
    chain = Chain(
        primary_rings=draw(st.integers(1, 9)), supervisor_rings=40, busy=draw(st.sampled_from(WhenBusy))
    )
    hotline = Hotline(
        number=LINE, name="x", pbx=PbxName("main"), time_zone=zone_name, cadence=(0.4, 0.2, 0.4, 2.0),
        office_hours=draw(st.sampled_from(OFFICE)), fallback=Phone("1900"), chain=chain,
    )  # fmt: skip
    known = {person: phones for person, phones in PEOPLE.items() if phones is not None}
    rules = Rules.of(
        hotline,
        book=DutyBook(effective(unique, changes), rostered={LINE}),
        people=People(
            Person(id=AgentId(p), name=p, phones=tuple(map(Phone, phones))) for p, phones in known.items()
        ),
        calendar=WorkCalendar(overrides, frozenset()),
        outside_digits=7,
    )
    now = datetime.combine(first, datetime.min.time(), UTC) + timedelta(seconds=draw(st.integers(0, 2 * DAY)))
    return rules, now


@st.composite
def shifts_on(draw: st.DrawFn, first: date, zone: ZoneInfo) -> Shift:
    day = first + timedelta(days=draw(st.integers(-1, 3)))
    start, end = shift_span(day, draw(minutes) % 1440, draw(minutes), zone)
    end = max(end, start + timedelta(minutes=1))
    return Shift(
        hotline=LINE, start=start, end=end, role=draw(st.sampled_from(DutyRole)),
        seat=draw(st.integers(1, 2)), person=draw(persons),
    )  # fmt: skip


@st.composite
def changes_of(draw: st.DrawFn, shift: Shift, number: int) -> Change:
    """Somebody else takes a stretch of the shift, to the microsecond."""
    length = int((shift.end - shift.start).total_seconds() * 1_000_000)
    cut = sorted(draw(st.tuples(st.integers(0, length - 1), st.integers(1, length))))
    start = shift.start + timedelta(microseconds=cut[0])
    end = max(shift.start + timedelta(microseconds=cut[1]), start + timedelta(microseconds=1))
    move = Move(shift_id=shift.id, start=start, end=end, giver=shift.person, taker=draw(persons))
    return Change(
        id=str(number), kind=ChangeKind.EDIT, state=ChangeState.APPROVED, moves=(move,), number=number,
        asked_by=AgentId("boss"), other=None, reason="ill", asked_at=shift.start,
    )  # fmt: skip


def instants(rules: Rules, keys: dict[str, str], first: int, last: int) -> Iterator[int]:
    """Every edge there may be, and the second before and after."""
    edges = {first, last - 1}
    for one in rules.book.assignments:
        edges |= {int(one.start.timestamp()), int(one.end.timestamp())}
    for key, value in keys.items():
        if "/" in key:
            edges.add(int(value.split(",")[0]))
    start, end = (datetime.fromtimestamp(at, UTC) for at in (first, last))
    if rules.hours is not None:
        for need in rules.hours.spans(start, end, ZoneInfo(rules.hotline.time_zone), rules.calendar):
            edges |= {int(need.start.timestamp()), int(need.end.timestamp())}
    near = {edge + step for edge in edges for step in (-1, 0, 1)}
    yield from sorted(at for at in near if first <= at < last)


def told(decision: Decision) -> list[str]:
    """As the dialplan returns it."""
    return [decision.mode, decision.why, *map(str, decision.steps)]


def at(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


@settings(deadline=None)
@given(rosters(), st.data())
def test_the_dialplan_says_what_the_roster_says_at_every_second_of_the_horizon(roster, data):
    rules, now = roster
    pushed = schedule(rules, now, 2)
    model = DialplanModel({f"{LINE}/{key}": value for key, value in pushed.keys.items()})
    first, last = int(now.timestamp()), int(pushed.until.timestamp())

    chance = data.draw(st.lists(st.integers(first, last - 1), max_size=20))
    for second in [*instants(rules, pushed.keys, first, last), *chance]:
        expected = decide(rules, at(second))
        assert model.decide(LINE, second) == told(expected), second
        assert decide_held(pushed.keys, second) == expected
    assert model.decide(LINE, last) == ["fallback", "expired"]
    assert last - first >= 2 * DAY


@settings(deadline=None)
@given(rosters(), st.sampled_from(RoutingMode), st.integers(0, 2 * DAY) | st.none(), st.integers(0, 2 * DAY))
def test_a_forced_mode_comes_before_the_schedule_until_it_is_over(roster, mode, lasts, later):
    rules, now = roster
    pushed = schedule(rules, now, 2)
    second = int(now.timestamp()) + later
    forced = Forced(mode=mode, until=0 if lasts is None else int(now.timestamp()) + lasts, by="1001")
    keys = {**pushed.keys, "force": str(forced)}

    expected = decide(rules, at(second), forced)

    assert DialplanModel({f"{LINE}/{k}": v for k, v in keys.items()}).decide(LINE, second) == told(expected)
    assert decide_held(keys, second) == expected


@settings(deadline=None)
@given(rosters())
def test_what_is_pushed_fits_the_managers_lines_and_days_that_are_alike_are_one(roster):
    rules, now = roster
    keys = schedule(rules, now, 2).keys

    assert all(len(value.encode()) <= LONGEST for value in keys.values())
    assert schedule(rules, now, 2).keys == keys
    ids = keys["index"].split(",")[2:]
    assert {key.partition("/")[0] for key in keys if "/" in key} == set(ids)


@settings(deadline=None)
@given(rosters(), st.integers(0, 20), st.text("0123456789abcdef,;dmopen", max_size=30))
def test_whatever_becomes_of_the_database_service_and_dialplan_read_it_alike(roster, number, rubbish):
    rules, now = roster
    keys = schedule(rules, now, 1).keys
    hurt = [*keys, "force"][number % (len(keys) + 1)]
    for broken in ({**keys, hurt: rubbish}, {k: v for k, v in keys.items() if k != hurt}):
        model = DialplanModel({f"{LINE}/{key}": value for key, value in broken.items()})
        for second in range(int(now.timestamp()), int(now.timestamp()) + 2 * DAY, 7211):
            assert model.decide(LINE, second) == told(decide_held(broken, second))


def test_a_swap_writes_only_the_days_it_concerns():
    zone = ZoneInfo("Asia/Shanghai")
    shifts = [
        Shift(hotline=LINE, start=span[0], end=span[1], role=DutyRole.PRIMARY, seat=1, person=AgentId("li"))
        for day in range(1, 20)
        for span in [shift_span(date(2026, 12, day), 0, 1440, zone)]
    ]
    now = datetime(2026, 12, 3, 12, tzinfo=UTC)
    before = schedule(rules_of(shifts), now, 14)
    other = [replace(s, person=AgentId("zhang")) if n == 8 else s for n, s in enumerate(shifts)]
    after = schedule(rules_of(other), now, 14)

    changed = {key for key, value in after.keys.items() if before.keys.get(key) != value}

    assert len({key.partition("/")[0] for key in changed - {"index"}}) == 2  # a day there is two of UTC's


def rules_of(shifts: list[Shift]) -> Rules:
    people = [Person(id=AgentId(p), name=p, phones=(Phone(f"10{n}"),)) for n, p in enumerate(("li", "zhang"))]
    return Rules.of(
        Hotline(number=LINE, name="x", pbx=PbxName("main")),
        book=DutyBook(effective(shifts, []), rostered={LINE}),
        people=People(people),
        calendar=WorkCalendar({}, frozenset()),
        outside_digits=7,
    )
