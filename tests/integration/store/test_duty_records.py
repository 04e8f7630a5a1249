"""People, calendar, attendance and forced modes: written once, kept in every version, told to who listens."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest

from callcenter.roster.attendance import Finding, LapseKind, Sign, SignSource
from callcenter.roster.calendar import DayKind
from callcenter.roster.logbook import EntryKind
from callcenter.roster.model import Person
from callcenter.roster.plan import Forced
from callcenter.store.attendance import AttendanceStore
from callcenter.store.calendar import CalendarStore
from callcenter.store.logbook import LogbookStore
from callcenter.store.notices import listening
from callcenter.store.people import PeopleStore
from callcenter.store.pool import StoreAway, open_pool
from callcenter.store.routing import RoutingStore
from callcenter.terms import AgentId, HotlineNumber, Phone, Role, RoutingMode, ShiftId, SignKind
from tests.support.factories import NOON

H4001, H4002 = HotlineNumber("4001"), HotlineNumber("4002")
LEAD, LI = "9001", AgentId("1002")
HOUR = timedelta(hours=1)
WANG = Person(
    id=AgentId("1001"), name="王芳", sort_key="wang fang", phones=(Phone("1001"), Phone("013800000001")),
    roles=(Role.AGENT, Role.SUPERVISOR), active_from=date(2026, 1, 1),
)  # fmt: skip


# People


async def test_a_person_is_kept_in_every_version_and_nobody_is_lost(pool):
    store = PeopleStore(pool)
    assert await store.put(WANG, LEAD, "hired")
    moved = replace(WANG, phones=(Phone("1009"),))
    assert await store.put(moved, LEAD, "another desk")
    gone = await store.leave(WANG.id, date(2026, 12, 31), LEAD, "retires")
    assert await store.all() == [gone] == [replace(moved, active_until=date(2026, 12, 31))]
    told = await store.history(WANG.id)
    assert [(one.version, one.author, one.reason, one.person) for one in told] == [
        (1, LEAD, "hired", WANG), (2, LEAD, "another desk", moved), (3, LEAD, "retires", gone),
    ]  # fmt: skip


async def test_what_is_known_already_is_no_new_version(pool):
    store = PeopleStore(pool)
    await store.put(WANG, LEAD, "hired")
    assert not await store.put(WANG, LEAD, "again")
    await store.leave(WANG.id, date(2026, 12, 31), LEAD, "retires")
    await store.leave(WANG.id, date(2026, 12, 31), LEAD, "again")
    assert len(await store.history(WANG.id)) == 2


async def test_people_come_in_together_or_not_at_all_and_sort_by_pinyin(pool):
    store = PeopleStore(pool)
    other = Person(id=LI, name="李雷")
    assert await store.put_all([WANG, other, WANG], LEAD, "import") == 2
    assert [one.sort_key for one in await store.all()] == ["wang fang", "li lei"]
    bad = replace(other, id=AgentId("1003"), active_from=99)
    with pytest.raises(asyncpg.DataError):
        await store.put_all([replace(other, id=AgentId("1004")), bad], LEAD, "import")
    assert len(await store.all()) == 2


async def test_two_who_change_a_person_at_once_make_two_versions(pool):
    store = PeopleStore(pool)
    await asyncio.gather(*(store.put(replace(WANG, name=f"王{n}"), LEAD, "x") for n in range(6)))
    assert [one.version for one in await store.history(WANG.id)] == [1, 2, 3, 4, 5, 6]


async def test_somebody_who_is_not_known_can_not_leave(pool):
    with pytest.raises(LookupError, match='Nobody is known as "x"'):
        await PeopleStore(pool).leave(AgentId("x"), date(2026, 12, 31), LEAD, "x")
    assert await PeopleStore(pool).history(AgentId("\0")) == []


# The calendar


async def test_a_year_is_replaced_as_a_whole_and_earlier_imports_are_kept(pool):
    store = CalendarStore(pool)
    assert await store.days() == ({}, frozenset())
    first = {date(2027, 2, 6): DayKind.HOLIDAY, date(2027, 2, 13): DayKind.WORKDAY}
    second = {date(2027, 2, 7): DayKind.HOLIDAY}
    other = {date(2026, 10, 1): DayKind.HOLIDAY}
    assert await store.import_year(2027, first, LEAD, official=False)
    assert await store.import_year(2026, other, LEAD)
    assert await store.days() == (first | other, frozenset({2026}))
    assert await store.import_year(2027, second, LEAD)
    assert not await store.import_year(2027, second, LEAD)
    assert await store.days() == (second | other, frozenset({2026, 2027}))
    assert await pool.fetchval("SELECT count(*) FROM callcenter.calendar_day WHERE year = 2027") == 3


async def test_a_day_of_another_year_is_refused(pool):
    with pytest.raises(ValueError, match="2026-12-31 is no day of 2027"):
        await CalendarStore(pool).import_year(2027, {date(2026, 12, 31): DayKind.HOLIDAY}, LEAD)


# Attendance

IN = Sign(person=LI, at=NOON, kind=SignKind.IN, source=SignSource.PBX, phone=Phone("1002"))
LATE = Finding(
    kind=LapseKind.LATE, shift_id=ShiftId("s1"), hotline=H4001, person=LI, start=NOON, end=None
)  # fmt: skip


async def test_a_sign_that_comes_twice_is_one_and_the_duty_log_tells_of_it_once(pool):
    store = AttendanceStore(pool)
    assert await store.sign(IN, ShiftId("s1"), H4001)
    assert not await store.sign(replace(IN, source=SignSource.API, phone=None))
    out = replace(IN, at=NOON + HOUR, kind=SignKind.OUT)
    assert await store.sign(out)
    assert await store.signs(NOON, NOON + 2 * HOUR) == [IN, out]
    assert await store.signs(NOON, NOON + HOUR, LI) == [IN]
    assert await store.signs(NOON, NOON + HOUR, WANG.id) == []
    told = [entry async for entry in LogbookStore(pool).chain()]
    assert [(entry.kind, entry.author, entry.shift_id, entry.hotline) for entry in told] == [
        (EntryKind.SIGN_IN, LI, "s1", H4001), (EntryKind.SIGN_OUT, LI, None, None),
    ]  # fmt: skip


async def test_a_finding_is_news_once_and_only_its_end_comes_later(pool):
    store = AttendanceStore(pool)
    missed = replace(LATE, kind=LapseKind.MISSED_SHIFT, hotline=H4002)
    assert await store.note([LATE, missed]) == [LATE, missed]
    came = replace(LATE, end=NOON + HOUR)
    assert await store.note([came, missed]) == []
    assert await store.note([replace(came, end=NOON + 2 * HOUR)]) == []
    assert await store.findings(NOON, NOON + HOUR, H4001) == [came]
    assert await store.findings(NOON, NOON + HOUR, person=LI) == [came, missed]
    assert await store.findings(NOON + HOUR, NOON + 2 * HOUR) == []


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM callcenter.attendance_sign",
        "UPDATE callcenter.attendance_sign SET person = 'x'",
        "DELETE FROM callcenter.attendance_finding",
        "UPDATE callcenter.attendance_finding SET person = 'x'",
        "UPDATE callcenter.forced_mode SET reason = ''",
        "DELETE FROM callcenter.calendar_day",
        "DELETE FROM callcenter.person",
    ],
)
async def test_the_service_can_not_unwrite_any_of_it(pool, statement):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.execute(statement)


# Forced modes


async def test_the_last_order_is_in_force_and_all_of_them_are_kept(pool):
    store = RoutingStore(pool)
    until = datetime(2040, 1, 1, tzinfo=UTC)
    closed = await store.force(H4001, RoutingMode.CLOSED, until, LEAD, "power cut")
    assert await store.force(H4001, RoutingMode.CLOSED, until, LEAD, "again") == closed
    opened = await store.force(H4002, RoutingMode.OPEN, None, LEAD, "fair")
    assert await store.forced() == {
        H4001: Forced(mode=RoutingMode.CLOSED, since=closed.at, until=until),
        H4002: Forced(mode=RoutingMode.OPEN, since=opened.at, until=None),
    }
    lifted = await store.force(H4001, None, None, LEAD, "light again")
    assert set(await store.forced()) == {H4002}
    assert await store.history(H4001) == [lifted, closed]
    assert await store.history(H4001, 1) == [lifted]
    told = [entry async for entry in LogbookStore(pool).chain()]
    assert [(entry.kind, entry.hotline, entry.author, entry.text) for entry in told] == [
        (EntryKind.FORCED_MODE, H4001, LEAD, "closed until 2040-01-01T00:00:00.000000Z. power cut"),
        (EntryKind.FORCED_MODE, H4002, LEAD, "open. fair"),
        (EntryKind.FORCED_MODE, H4001, LEAD, "by schedule. light again"),
    ]


# Notices


async def test_who_listens_hears_what_was_changed_and_nothing_of_what_was_not(pool, database):
    async with listening(database.dsn) as notices:
        await PeopleStore(pool).put(WANG, LEAD, "hired")
        await PeopleStore(pool).put(WANG, LEAD, "again")
        await CalendarStore(pool).import_year(2027, {}, LEAD)
        await RoutingStore(pool).force(H4001, RoutingMode.OPEN, None, LEAD, "x")
        heard = set()
        async with asyncio.timeout(20):
            while heard != {"people", "calendar", "routing"}:
                heard |= await notices.next()


async def test_a_line_that_is_cut_is_said(pool, database):
    async with listening(database.dsn) as notices:
        waiting = asyncio.ensure_future(notices.next())
        await asyncio.sleep(0)
        owner = await asyncpg.connect(database.owner_dsn)
        await owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )
        await owner.close()
        async with asyncio.timeout(20):
            with pytest.raises(StoreAway, match="was cut"):
                await waiting


async def test_with_the_database_away_there_is_one_sentence(database):
    nowhere = database.dsn.replace("/socket", "/nowhere")
    with pytest.raises(StoreAway, match="is not running, or not at this address"):
        async with listening(nowhere):
            pass
    async with await open_pool(nowhere) as away:
        for question in (PeopleStore(away).all(), RoutingStore(away).forced(), LogbookStore(away).verify()):
            with pytest.raises(StoreAway, match="is not running"):
                await question
