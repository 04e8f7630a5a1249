"""Swaps, leave and edits: in force when approved and not before, decided one at a time, each step kept."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from callcenter.roster import changes as rules
from callcenter.roster.changes import ChangeRules, Refused
from callcenter.roster.logbook import EntryKind
from callcenter.roster.model import ChangeKind, ChangeState, Person
from callcenter.roster.people import People
from callcenter.store.assignments import RosterClash
from callcenter.store.changes import ChangeStore
from callcenter.store.logbook import LogbookStore
from callcenter.store.notices import listening
from callcenter.store.pool import open_pool
from callcenter.store.roster import RosterStore
from callcenter.terms import AgentId, HotlineNumber
from tests.support.duty import DAY, HALF, make_change, make_shift, whole
from tests.support.factories import NOON

H4001, H4002 = HotlineNumber("4001"), HotlineNumber("4002")
WANG, LI, ZHAO, LEAD = (AgentId(name) for name in ("1001", "1002", "1003", "9001"))
PEOPLE = People([Person(id=who, name=f"No. {who}") for who in (WANG, LI, ZHAO, LEAD)])
DAWN = (NOON + 3650 * DAY).replace(hour=0)
"""Ten years ahead: nothing of it has been worked yet."""
AGES_AGO = NOON - 3650 * DAY
HOUR = timedelta(hours=1)
DAYS = {H4001: [(DAWN, DAWN + 7 * DAY)], H4002: [(DAWN, DAWN + 7 * DAY)]}
WANGS, LIS = make_shift(WANG, DAWN), make_shift(LI, DAWN + DAY)
SWAP = make_change(whole(WANGS, LI), whole(LIS, WANG))


def by_rules(step, *arguments, most=2, **options):
    """A step of the domain's, judged by what is in force."""

    def decide(change, now):
        context = now.context(PEOPLE, {H4001: ZoneInfo("Asia/Shanghai")}, ChangeRules(swaps_per_month=most))
        return step(change, *arguments, NOON, context, **options)

    return decide


def approved(change, _):
    """By the supervisor, whatever the rules say."""
    return replace(change, state=ChangeState.APPROVED, decided_by=LEAD, decided_at=NOON)


@pytest.fixture
def store(pool):
    return ChangeStore(pool)


@pytest.fixture
async def roster(pool):
    rosters = RosterStore(pool)
    await rosters.publish([WANGS, LIS], DAYS, LEAD, "December")
    return rosters


async def held(roster, hotline=None):
    found = await roster.assignments(AGES_AGO - DAY, DAWN + 30 * DAY, hotline)
    return [(each.person, each.start, each.end) for each in found]


PLANNED = [(WANG, DAWN, DAWN + HALF), (LI, DAWN + DAY, DAWN + DAY + HALF)]
SWAPPED = [(LI, DAWN, DAWN + HALF), (WANG, DAWN + DAY, DAWN + DAY + HALF)]


async def test_a_swap_is_in_force_once_it_was_asked_agreed_and_approved(store, roster):
    asked = await store.ask(SWAP, by_rules(rules.ask, WANG))
    assert asked.id
    assert await held(roster) == PLANNED
    await store.advance(asked.id, by_rules(rules.agree, LI))
    assert await held(roster) == PLANNED
    done = await store.advance(asked.id, by_rules(rules.approve, LEAD, supervisor=True))
    assert (done.state, done.number) == (ChangeState.APPROVED, 1)
    assert await held(roster) == SWAPPED
    assert await store.get(asked.id) == done
    assert [(step.state, step.person) for step in await store.history(asked.id)] == [
        (ChangeState.ASKED, WANG), (ChangeState.AGREED, LI), (ChangeState.APPROVED, LEAD),
    ]  # fmt: skip
    assert await roster.shifts(DAWN, DAWN + 7 * DAY) == [WANGS, LIS]


async def test_swapped_back_everything_is_as_planned(store, roster):
    first = await store.ask(SWAP)
    await store.advance(first.id, approved)
    back = make_change(
        replace(whole(WANGS, WANG), giver=LI), replace(whole(LIS, LI), giver=WANG), asked_by=LI, other=WANG
    )
    assert (await store.advance((await store.ask(back)).id, approved)).number == 2
    assert await held(roster) == PLANNED


async def test_leave_with_cover_for_some_hours_divides_the_shift(store, roster):
    cover = replace(whole(WANGS, ZHAO), start=DAWN + HOUR, end=DAWN + 3 * HOUR)
    leave = await store.ask(make_change(cover, kind=ChangeKind.LEAVE))
    await store.advance(leave.id, approved)
    assert (await held(roster))[:3] == [
        (WANG, DAWN, DAWN + HOUR), (ZHAO, DAWN + HOUR, DAWN + 3 * HOUR), (WANG, DAWN + 3 * HOUR, DAWN + HALF),
    ]  # fmt: skip


async def test_a_duty_over_two_hotlines_can_be_covered_in_part_on_both(store, roster):
    twin = make_shift(WANG, DAWN, hotline=H4002)
    await roster.publish([WANGS, LIS, twin], DAYS, LEAD, "both")
    part = {"start": DAWN + HOUR, "end": DAWN + 3 * HOUR}
    covers = [replace(whole(shift, ZHAO), **part) for shift in (WANGS, twin)]
    leave = await store.ask(make_change(*covers, kind=ChangeKind.LEAVE))
    await store.advance(leave.id, approved)
    assert [person for person, *_ in await held(roster, H4002)] == [WANG, ZHAO, WANG]


async def test_who_gives_hours_away_on_one_hotline_is_still_on_one_duty(store, roster):
    twin = make_shift(WANG, DAWN, hotline=H4002)
    await roster.publish([WANGS, LIS, twin], DAYS, LEAD, "both")
    cover = replace(whole(WANGS, ZHAO), end=DAWN + HOUR)
    await store.advance((await store.ask(make_change(cover, kind=ChangeKind.LEAVE))).id, approved)
    assert [person for person, *_ in await held(roster, H4001)][:2] == [ZHAO, WANG]


async def test_a_taker_who_is_elsewhere_at_the_time_is_refused_by_the_database_too(store, roster):
    elsewhere = make_shift(ZHAO, DAWN + HOUR, hotline=H4002)
    await roster.publish([WANGS, LIS, elsewhere], DAYS, LEAD, "both")
    asked = await store.ask(make_change(whole(WANGS, ZHAO)))
    with pytest.raises(RosterClash, match="1003 would be on duty twice at once"):
        await store.advance(asked.id, approved)
    assert (await store.get(asked.id)).state is ChangeState.ASKED
    assert len(await store.history(asked.id)) == 1
    assert await held(roster, H4001) == PLANNED


async def test_an_edit_is_in_force_at_once_and_reasons_are_kept(store, roster, pool):
    edit = make_change(whole(WANGS, ZHAO), kind=ChangeKind.EDIT, asked_by=LEAD, other=None, reason="ill")
    done = await store.ask(edit, by_rules(rules.edit, LEAD, supervisor=True))
    assert (done.state, done.number) == (ChangeState.APPROVED, 1)
    assert (await held(roster))[0][0] == ZHAO
    (entry,) = await LogbookStore(pool).story(H4001, *await span_of_entries(pool, EntryKind.CHANGE))
    assert (entry.author, entry.shift_id) == (LEAD, WANGS.id)
    assert entry.text.startswith(f"edit {done.id} approved: 1001 → 1003 ")
    assert entry.text.endswith(". ill")


async def span_of_entries(pool, kind):
    row = await pool.fetchrow(
        "SELECT min(at) AS a, max(at) + interval '1 us' AS z FROM callcenter.logbook_entry WHERE kind = $1",
        kind,
    )
    return row["a"], row["z"]


async def test_asked_twice_with_one_id_it_is_asked_once(store, roster):
    change = replace(SWAP, id="mine")
    assert await store.ask(change) == await store.ask(replace(change, reason="other")) == change
    assert len(await store.list()) == 1


async def test_what_the_rules_refuse_leaves_no_trace(store, roster):
    with pytest.raises(Refused):
        await store.ask(SWAP, by_rules(rules.ask, LI))
    asked = await store.ask(SWAP)
    with pytest.raises(Refused, match="Nobody approves what they asked for"):
        await store.advance(asked.id, by_rules(rules.approve, WANG, supervisor=True))
    assert await store.list() == [asked]
    assert len(await store.history(asked.id)) == 1


@pytest.mark.parametrize(
    ("move", "sentence"),
    [
        (whole(make_shift(WANG, DAWN + 2 * DAY), LI), "the roster has no shift"),
        (replace(whole(WANGS, LI), end=WANGS.end + HOUR), "has no stretch from"),
    ],
)
async def test_only_what_is_planned_can_be_moved(store, roster, move, sentence):
    with pytest.raises(ValueError, match=sentence):
        await store.ask(make_change(move))
    with pytest.raises(ValueError, match="moves at least one shift"):
        await store.ask(replace(SWAP, moves=()))
    with pytest.raises(LookupError, match='there is no change "x"'):
        await store.advance("x", approved)


async def test_changes_are_found_by_state_person_and_time_the_latest_first(store, roster):
    first = await store.ask(replace(SWAP, id="a"))
    later = await store.ask(replace(make_change(whole(LIS, ZHAO)), id="b", asked_at=NOON))
    assert await store.list() == [later, first]
    assert await store.list(person=ZHAO) == [later]
    assert await store.list(hotline=H4001) == [later, first]
    assert await store.list(hotline=H4002) == []
    assert await store.list(person=LI, limit=1) == [later]
    assert await store.list(states=[ChangeState.APPROVED]) == []
    assert await store.list(end=DAWN + DAY) == [first]
    assert await store.list(start=WANGS.end + HOUR, states=[ChangeState.ASKED]) == [later, first]


async def test_who_listens_hears_of_every_step(store, roster, database):
    async with listening(database.dsn) as notices:
        asked = await store.ask(SWAP)
        async with asyncio.timeout(20):
            assert await notices.next() == {"change"}
        await store.advance(asked.id, approved)
        async with asyncio.timeout(20):
            assert await notices.next() == {"change"}
        assert await held(roster) == SWAPPED


# The roster is published anew


async def test_a_change_of_shifts_that_stay_planned_stays_in_force(store, roster):
    await store.advance((await store.ask(SWAP)).id, approved)
    more = make_shift(ZHAO, DAWN + 2 * DAY)
    done = await roster.publish([WANGS, LIS, more], DAYS, LEAD, "one more")
    assert (done.kept, done.changes_dropped) == (2, ())
    assert await held(roster) == [*SWAPPED, (ZHAO, more.start, more.end)]


async def test_a_swap_that_lost_a_shift_is_off_on_both_sides_and_says_so(store, roster):
    swap = await store.advance((await store.ask(SWAP)).id, approved)
    done = await roster.publish([WANGS], DAYS, LEAD, "fewer")
    assert done.changes_dropped == (swap.id,)
    assert await held(roster) == PLANNED[:1]
    after = await store.get(swap.id)
    assert (after.state, after.moves) == (ChangeState.WITHDRAWN, swap.moves)
    last = (await store.history(swap.id))[-1]
    assert (last.state, last.person) == (ChangeState.WITHDRAWN, None)
    assert last.note == "version 2 of the roster withdrew a shift from under it"
    await roster.publish([WANGS, LIS], DAYS, LEAD, "as before")
    assert await held(roster) == PLANNED


async def test_half_of_a_swap_that_was_worked_already_is_never_unworked(store, roster):
    worked = make_shift(WANG, AGES_AGO)
    await roster.publish([worked], {H4001: [(AGES_AGO, AGES_AGO + DAY)]}, LEAD, "long ago")
    swap = make_change(whole(worked, LI), whole(LIS, WANG))
    swap = await store.advance((await store.ask(swap)).id, approved)
    await roster.publish([WANGS], DAYS, LEAD, "fewer")
    assert (await held(roster))[0] == (LI, worked.start, worked.end)
    after = await store.get(swap.id)
    assert (after.state, after.moves) == (ChangeState.APPROVED, swap.moves[:1])


async def test_leave_loses_only_the_shift_that_is_gone(store, roster):
    both = make_change(whole(WANGS, ZHAO), replace(whole(LIS, ZHAO), giver=LI), kind=ChangeKind.LEAVE)
    leave = await store.advance((await store.ask(both)).id, approved)
    assert (await roster.publish([WANGS], DAYS, LEAD, "fewer")).changes_dropped == (leave.id,)
    after = await store.get(leave.id)
    assert (after.state, after.moves) == (ChangeState.APPROVED, leave.moves[:1])
    assert await held(roster) == [(ZHAO, WANGS.start, WANGS.end)]


async def test_a_request_whose_shift_is_gone_has_expired(store, roster):
    asked = await store.ask(make_change(whole(LIS, ZHAO)))
    await roster.publish([WANGS], DAYS, LEAD, "fewer")
    assert (await store.get(asked.id)).state is ChangeState.EXPIRED


async def test_a_roster_that_a_swap_stands_against_is_refused_until_it_is_undone(store, roster):
    await store.advance((await store.ask(SWAP)).id, approved)
    twice = make_shift(LI, DAWN + HOUR, hotline=H4002)
    with pytest.raises(RosterClash, match="1002 would be on duty twice at once"):
        await roster.publish([WANGS, LIS, twice], DAYS, LEAD, "forgot the swap")
    assert await held(roster) == SWAPPED


# Two at once


@pytest.fixture
async def other_pool(database):
    connections = await open_pool(database.dsn)
    yield connections
    await connections.close()


async def test_of_two_supervisors_who_decide_at_once_the_second_sees_the_firsts_decision(
    store, roster, other_pool
):
    asked = await store.ask(SWAP)
    await store.advance(asked.id, by_rules(rules.agree, LI))
    approve = by_rules(rules.approve, LEAD, supervisor=True)

    def decline(change, now):
        return rules.decline(change, ZHAO, NOON, supervisor=True)

    results = await asyncio.gather(
        store.advance(asked.id, approve),
        ChangeStore(other_pool).advance(asked.id, decline),
        return_exceptions=True,
    )
    assert sum(isinstance(result, Refused) for result in results) == 1
    after = await store.get(asked.id)
    expected = SWAPPED if after.state is ChangeState.APPROVED else PLANNED
    assert await held(roster) == expected
    assert len(await store.history(asked.id)) == 3


async def test_of_two_swaps_that_give_one_shift_away_twice_only_one_comes_through(store, roster, other_pool):
    """Both were asked and agreed while the shift was still there: what counts is who is approved first."""
    third = make_shift(ZHAO, DAWN + 2 * DAY)
    await roster.publish([WANGS, LIS, third], DAYS, LEAD, "three")
    one = await store.ask(SWAP)
    other = await store.ask(make_change(whole(WANGS, ZHAO), whole(third, WANG)))
    await store.advance(one.id, by_rules(rules.agree, LI))
    await store.advance(other.id, by_rules(rules.agree, ZHAO))
    approve = by_rules(rules.approve, LEAD, supervisor=True)
    results = await asyncio.gather(
        store.advance(one.id, approve),
        ChangeStore(other_pool).advance(other.id, approve),
        return_exceptions=True,
    )
    assert sum(isinstance(result, Refused) for result in results) == 1
    states = sorted([(await store.get(change.id)).state for change in (one, other)])
    assert states == [ChangeState.AGREED, ChangeState.APPROVED]
    assert sorted(person for person, *_ in await held(roster)) == [WANG, LI, ZHAO]


async def test_the_last_swap_of_the_month_is_given_out_once(store, roster, other_pool):
    """Cap one: of two requests of one person at the same time, the second is over it."""
    ask = by_rules(rules.ask, WANG, most=1)
    third = make_shift(ZHAO, DAWN + 2 * DAY)
    await roster.publish([WANGS, LIS, third], DAYS, LEAD, "three")
    results = await asyncio.gather(
        store.ask(SWAP, ask),
        ChangeStore(other_pool).ask(make_change(whole(WANGS, ZHAO), whole(third, WANG)), ask),
        return_exceptions=True,
    )
    assert sum(isinstance(result, Refused) for result in results) == 1
    assert len(await store.list()) == 1


async def test_many_approvals_at_once_have_an_order(store, roster, other_pool):
    shifts = [make_shift(f"2{n:03}", DAWN + n * HALF / 2, HALF / 2) for n in range(10)]
    await roster.publish(shifts, DAYS, LEAD, "ten")
    asked = [await store.ask(make_change(whole(shift, f"3{n:03}"))) for n, shift in enumerate(shifts)]
    both = store, ChangeStore(other_pool)
    done = await asyncio.gather(*(both[n % 2].advance(one.id, approved) for n, one in enumerate(asked)))
    assert sorted(change.number for change in done) == list(range(1, 11))
    assert [person for person, *_ in await held(roster)] == [f"3{n:03}" for n in range(10)]


async def test_publishing_and_approving_at_once_end_in_one_order_or_the_other(store, roster, other_pool):
    """Either the swap is in force and dropped with its shift, or its shift is gone when it is decided."""
    asked = await store.ask(SWAP)
    results = await asyncio.gather(
        store.advance(asked.id, approved),
        RosterStore(other_pool).publish([WANGS], DAYS, LEAD, "fewer"),
        return_exceptions=True,
    )
    assert not isinstance(results[1], Exception)
    assert await held(roster) == PLANNED[:1]
    assert (await store.get(asked.id)).state in (ChangeState.WITHDRAWN, ChangeState.EXPIRED)


async def test_while_the_database_checks_nothing_in_between_is_refused(roster, database):
    """A swap passes through a moment in which one person holds both: the constraints wait for the commit."""
    twin = make_shift(LI, DAWN, seat=2)
    await roster.publish([WANGS, twin], DAYS, LEAD, "two seats")
    service = await asyncpg.connect(database.owner_dsn)
    put = "UPDATE callcenter.assignment SET person = $2 WHERE shift_id = $1"
    async with service.transaction():
        await service.execute(put, WANGS.id, LI)
        await service.execute(put, twin.id, WANG)
    with pytest.raises(asyncpg.ExclusionViolationError, match="assignment_one_seat_each"):
        async with service.transaction():
            await service.execute(put, WANGS.id, WANG)
    await service.close()
