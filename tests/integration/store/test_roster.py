"""The roster is published all or nothing, nobody is in two places, and nothing that was planned is lost."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from callcenter.roster.logbook import EntryKind
from callcenter.roster.model import Assignment
from callcenter.store.assignments import RosterClash
from callcenter.store.logbook import LogbookStore
from callcenter.store.notices import listening
from callcenter.store.roster import Published, RosterStore
from callcenter.terms import AgentId, DutyRole, HotlineNumber
from tests.support.duty import DAWN, DAY, HALF, make_shift

H4001, H4002 = HotlineNumber("4001"), HotlineNumber("4002")
LEAD = AgentId("9001")
HOUR = timedelta(hours=1)
WEEK = {H4001: [(DAWN + n * DAY, DAWN + (n + 1) * DAY) for n in range(7)]}
BOTH = WEEK | {H4002: WEEK[H4001]}


def week(*people, **changes):
    """Day and night shifts of seven days, the people in turn."""
    return [
        make_shift(people[n % len(people)], DAWN + n * HALF, **changes) for n in range(14)
    ]  # fmt: skip


@pytest.fixture
def store(pool):
    return RosterStore(pool)


async def publish(store, shifts, windows=BOTH, reason="December"):
    return await store.publish(shifts, windows, LEAD, reason)


async def spans(store, hotline=None):
    found = await store.assignments(DAWN - DAY, DAWN + 30 * DAY, hotline)
    return [(each.person, each.start, each.end) for each in found]


async def test_what_is_published_is_what_is_planned_and_held(store):
    shifts = week("1001", "1002", "1003")
    assert await publish(store, shifts, WEEK) == Published(version=1, added=14, kept=0, withdrawn=0)
    assert await store.shifts(DAWN, DAWN + 7 * DAY, H4001) == shifts
    assert await store.assignments(DAWN, DAWN + HALF) == [
        Assignment(
            shift_id=shifts[0].id, hotline=H4001, role=DutyRole.PRIMARY, seat=1, person=AgentId("1001"),
            start=DAWN, end=DAWN + HALF, planned=AgentId("1001"),
        )
    ]  # fmt: skip
    assert await store.rostered() == {H4001}


async def test_the_same_again_changes_nothing(store, pool):
    await publish(store, week("1001", "1002"))
    before = await pool.fetch("SELECT xmin, * FROM callcenter.assignment ORDER BY shift_id")
    again = await publish(store, week("1001", "1002"), reason="again")
    assert again == Published(version=1, added=0, kept=14, withdrawn=0)
    assert await pool.fetch("SELECT xmin, * FROM callcenter.assignment ORDER BY shift_id") == before
    assert len(await store.versions()) == 1


async def test_the_same_shift_in_another_zones_clock_is_the_same_shift(store):
    shift = make_shift()
    await publish(store, [shift])
    shanghai = ZoneInfo("Asia/Shanghai")
    again = replace(shift, start=shift.start.astimezone(shanghai), end=shift.end.astimezone(shanghai))
    assert (await publish(store, [again])).added == 0


async def test_only_the_days_that_are_published_are_replaced(store):
    first = week("1001", "1002")
    await publish(store, first, WEEK)
    second = [make_shift("1005", DAWN + DAY), make_shift("1006", DAWN + DAY + HALF)]
    done = await publish(store, second, {H4001: WEEK[H4001][1:2]})
    assert (done.version, done.added, done.kept, done.withdrawn) == (2, 2, 0, 2)
    assert await store.shifts(DAWN, DAWN + 7 * DAY) == [*first[:2], *second, *first[4:]]


async def test_a_day_that_is_published_empty_has_nobody(store):
    await publish(store, week("1001", "1002"), WEEK)
    assert (await publish(store, [], {H4001: WEEK[H4001][:1]})).withdrawn == 2
    assert (await spans(store))[0][1] == DAWN + DAY


async def test_every_version_can_be_looked_at_later(store):
    first = week("1001", "1002")
    await publish(store, first, WEEK, "as planned")
    await publish(store, [], {H4001: WEEK[H4001][:1]}, "closed for a day")
    await publish(store, first[:2], {H4001: WEEK[H4001][:1]}, "open after all")
    assert await store.shifts(DAWN, DAWN + DAY, version=1) == first[:2]
    assert await store.shifts(DAWN, DAWN + DAY, version=2) == []
    assert (
        await store.shifts(DAWN, DAWN + DAY, version=3) == await store.shifts(DAWN, DAWN + DAY) == first[:2]
    )
    told = await store.versions(H4001)
    assert [(v.version, v.author, v.reason) for v in told] == [
        (3, LEAD, "open after all"), (2, LEAD, "closed for a day"), (1, LEAD, "as planned"),
    ]  # fmt: skip
    assert (told[2].start, told[2].end, told[2].hotlines) == (DAWN, DAWN + 7 * DAY, (H4001,))
    assert await store.versions(H4002) == []


async def test_a_withdrawn_shift_is_still_known_to_who_has_its_id(store):
    gone = make_shift()
    await publish(store, [gone])
    await publish(store, [])
    assert await store.of([gone.id]) == {gone.id: gone}


async def test_somebody_in_two_places_is_refused_and_nothing_is_written(store):
    shifts = [make_shift(), make_shift(start=DAWN + HOUR, hotline=H4002)]
    with pytest.raises(RosterClash, match="1001 would be on duty twice at once") as refused:
        await publish(store, shifts)
    (clash,) = refused.value.clashes
    assert (clash.kind, clash.people, clash.hotlines) == ("person", ("1001",), (H4001, H4002))
    assert (clash.start, clash.end) == (DAWN + HOUR, DAWN + HALF)
    assert await store.versions() == await spans(store) == []


@pytest.mark.parametrize(("start", "length"), [(HOUR, HALF - HOUR), (0 * HOUR, HOUR), (-HOUR, HALF + HOUR)])
async def test_another_start_alone_or_another_end_alone_is_another_place(store, start, length):
    windows = {H4001: [(DAWN - DAY, DAWN + DAY)], H4002: [(DAWN - DAY, DAWN + DAY)]}
    with pytest.raises(RosterClash):
        await publish(
            store, [make_shift(), make_shift(start=DAWN + start, length=length, hotline=H4002)], windows
        )


async def test_one_duty_may_cover_several_hotlines_and_roles(store):
    backup = make_shift(role=DutyRole.BACKUP)
    await publish(store, [make_shift(), make_shift(hotline=H4002), backup])
    assert [person for person, *_ in await spans(store)] == ["1001"] * 3


async def test_shifts_of_one_person_that_touch_are_no_overlap(store):
    assert (await publish(store, week("1001"))).added == 14


async def test_a_seat_has_one_holder_and_a_shift_may_have_several_seats(store):
    with pytest.raises(RosterClash, match="1001 and 1002 would hold the same seat of 4001") as refused:
        await publish(store, [make_shift("1001"), make_shift("1002")])
    assert refused.value.clashes[0].kind == "seat"
    await publish(store, [make_shift("1001"), make_shift("1002", seat=2)])
    assert len(await spans(store)) == 2


async def test_nobody_sits_on_two_seats_of_one_role_at_once(store):
    with pytest.raises(RosterClash, match="1001 would be on duty twice"):
        await publish(store, [make_shift("1001"), make_shift("1001", seat=2)])


async def test_what_is_published_may_not_clash_with_what_stays(store):
    await publish(store, [make_shift("1001", DAWN + DAY - HOUR)], {H4001: [(DAWN, DAWN + DAY)]})
    with pytest.raises(RosterClash):
        await publish(store, [make_shift("1002", DAWN + DAY)], {H4001: [(DAWN + DAY, DAWN + 2 * DAY)]})


async def test_a_shift_outside_the_days_that_are_published_is_refused(store):
    with pytest.raises(ValueError, match=r"1001 on 4001 from 2026-11-20T00:00:00\.000000Z starts outside"):
        await publish(store, [make_shift()], {H4002: WEEK[H4001]})


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("assignment_one_holder", "hotline = '4001', person = '1009'"),
        ("assignment_one_seat_each", "hotline = '4001', seat = 2"),
        ("assignment_one_place_by_start", "duty_starts_at = duty_starts_at - interval '1 hour'"),
        ("assignment_one_place_by_end", "duty_ends_at = duty_ends_at + interval '1 hour'"),
    ],
)
async def test_the_database_itself_refuses_it_whoever_writes(store, database, name, column):
    """Each constraint by itself, as the owner of the tables, at the commit."""
    await publish(store, [make_shift()])
    owner = await asyncpg.connect(database.owner_dsn)
    twin = make_shift(hotline=H4002)
    await publish(store, [make_shift(), twin])
    with pytest.raises(asyncpg.ExclusionViolationError, match=name):
        async with owner.transaction():
            await owner.execute(f"UPDATE callcenter.assignment SET {column} WHERE shift_id = $1", twin.id)
    await owner.close()


async def test_two_who_publish_at_once_come_one_after_the_other(store):
    """The second finds what the first has published, and is refused or comes after it."""
    plans = [[make_shift(f"10{n:02}")] for n in range(6)]
    done = await asyncio.gather(*(publish(store, plan, WEEK) for plan in plans))
    assert sorted(each.version for each in done) == [1, 2, 3, 4, 5, 6]
    assert len(await store.shifts(DAWN, DAWN + DAY)) == len(await spans(store)) == 1


async def test_who_listens_hears_of_it_with_the_commit_and_only_if_something_changed(store, database):
    async with listening(database.dsn) as notices:
        with pytest.raises(RosterClash):
            await publish(store, [make_shift("1001"), make_shift("1002")])
        await publish(store, [make_shift()])
        async with asyncio.timeout(20):
            assert await notices.next() == {"roster"}
        assert await spans(store)


async def test_the_duty_log_tells_of_each_publication(store, pool):
    await publish(store, [make_shift()], BOTH)
    await publish(store, [make_shift()], BOTH)
    entries = [entry async for entry in LogbookStore(pool).chain()]
    assert [(entry.kind, entry.hotline, entry.author) for entry in entries] == [
        (EntryKind.ROSTER_PUBLISHED, H4001, LEAD), (EntryKind.ROSTER_PUBLISHED, H4002, LEAD),
    ]  # fmt: skip
    assert entries[0].text == "Version 1: 1 added, 0 kept, 0 withdrawn. December"


async def test_the_book_of_some_days_knows_who_is_on_duty(store):
    await publish(store, week("1001", "1002"), WEEK)
    book = await store.book(DAWN, DAWN + 7 * DAY)
    assert [holder.person for holder in book.at(H4001, DAWN + HALF).primary] == ["1002"]
    assert book.reaches(H4001) == DAWN + 7 * DAY


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM callcenter.shift",
        "UPDATE callcenter.shift SET person = '1'",
        "DELETE FROM callcenter.shift_spell",
        "UPDATE callcenter.shift_spell SET added_in = 1",
        "UPDATE callcenter.roster_version SET reason = ''",
        "DELETE FROM callcenter.change_step",
        "UPDATE callcenter.change SET reason = ''",
        "UPDATE callcenter.change_move SET taker = '1'",
        "UPDATE callcenter.person SET name = ''",
        "UPDATE callcenter.assignment SET person = '1'",
        "ALTER TABLE callcenter.assignment DROP CONSTRAINT assignment_one_holder",
    ],
)
async def test_the_service_can_not_rewrite_what_was_planned(pool, statement):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.execute(statement)
