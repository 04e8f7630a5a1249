"""Figures by shift and by person: the same tallies, told apart by what was frozen onto the calls."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from itertools import count

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.facts import CallEnded
from callcenter.kpi import EMPTY, Tally
from callcenter.record import OnDuty, Talk
from callcenter.roster.attendance import Sign, SignSource
from callcenter.store import batch
from callcenter.store.attendance import AttendanceStore
from callcenter.store.calls import CallStore
from callcenter.store.kpis import KpiStore
from callcenter.store.roster import RosterStore
from callcenter.store.rows import row_of
from callcenter.terms import (
    AgentId,
    AttemptOutcome,
    CallId,
    DutyRole,
    HotlineNumber,
    Outcome,
    Phone,
    ShiftId,
    SignKind,
)
from tests.support import strategies
from tests.support.duty import DAWN, DAY, HALF, make_shift
from tests.support.factories import NOON, make_attempt, make_call, missed_call

H4001 = HotlineNumber("4001")
WANG, LI, LEAD = AgentId("1001"), AgentId("1002"), AgentId("9001")
HOUR = timedelta(hours=1)
ROUND = count(1)


async def tell(pool, calls):
    facts = [CallEnded(at=call.arrived_at, call=call) for call in calls]
    async with pool.acquire() as connection:
        await batch.prepare(connection)
        await batch.apply(connection, [row_of(fact) for fact in facts])


def on_duty(*people, role=DutyRole.PRIMARY):
    return tuple(OnDuty(person=AgentId(person), role=role, shift_id=ShiftId("s")) for person in people)


some_calls = st.lists(strategies.calls(spread_hours=20), max_size=20)
duties = st.tuples(
    st.sampled_from([None, "s1", "s2"]), st.lists(st.sampled_from(["1", "2", "3"]), max_size=3)
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
async def test_each_shifts_and_each_persons_tally_is_the_tally_of_the_calls(pool, data):
    """To the digit, and the shifts' tallies add up to the whole."""
    n, told = next(ROUND), []
    hotline = HotlineNumber(f"h{n}")
    for index, call in enumerate([*data.draw(some_calls), make_call(99)]):
        shift, people = data.draw(duties)
        told.append(
            replace(
                call, call_id=CallId(f"main:{n}.{index}"), hotline=call.hotline and hotline, seq=1,
                shift_id=shift, on_duty=on_duty(*people),
            )
        )  # fmt: skip
    await tell(pool, told)
    by_shift = defaultdict(list)
    for call in told:
        if call.hotline and NOON - DAY <= call.arrived_at < NOON + DAY:
            by_shift[call.shift_id].append(call)
    store = KpiStore(pool, {})
    found = await store.by_shift(hotline, NOON - DAY, NOON + DAY)
    assert {one.shift_id: one.tally for one in found} == {s: Tally.of_all(c) for s, c in by_shift.items()}
    ((_, whole),) = await store.tallies(hotline, NOON - DAY, NOON + DAY, 2 * DAY)
    assert sum((one.tally for one in found), EMPTY) == whole


async def test_a_shifts_figures_say_when_it_was_and_who_held_it(pool):
    day, night = make_shift(WANG), make_shift(LI, DAWN + HALF)
    await RosterStore(pool).publish([day, night], {H4001: [(DAWN, DAWN + DAY)]}, LEAD, "x")
    await tell(
        pool,
        [
            make_call(1, shift_id=night.id, arrived_at=DAWN + HALF),
            make_call(2, shift_id=day.id),
            missed_call(3, shift_id=day.id),
            make_call(4),
            make_call(5, shift_id=day.id, arrived_at=NOON + 2 * DAY),
        ],
    )
    found = await KpiStore(pool, {}).by_shift(None, DAWN, DAWN + DAY)
    assert [(one.shift_id, one.start, one.end, one.people, one.tally.offered) for one in found] == [
        (day.id, day.start, day.end, (WANG,), 2),
        (night.id, night.start, night.end, (LI,), 1),
        (None, None, None, (), 1),
    ]
    assert await KpiStore(pool, {}).by_shift(H4001, DAWN, DAWN) == []


async def test_a_persons_figures_are_of_the_persons_own_phones(pool):
    def tried(outcome, rings, person=WANG):
        return make_attempt(agent_id=person, phone=Phone(person), outcome=outcome, rings=rings)

    slow = make_call(1, agent_id=LI, attempts=(tried(AttemptOutcome.NO_ANSWER, 3), tried("answered", 2, LI)))
    late = make_call(2, agent_id=WANG, on_time=False, attempts=(tried(AttemptOutcome.ANSWERED, 4),))
    faster = make_call(
        3, agent_id=LI, attempts=(tried(AttemptOutcome.ANSWERED_ELSEWHERE, 1), tried("answered", 1, LI))
    )
    refused = missed_call(4, Outcome.BUSY, attempts=(tried(AttemptOutcome.REJECTED, None),))
    other = make_call(5, hotline=None, dialled="1", agent_id=WANG, attempts=(tried("answered", 1),))
    await tell(pool, [slow, late, faster, refused, other])
    wang, li = await KpiStore(pool, {}).by_person(H4001, NOON, NOON + HOUR)
    assert (wang.person, wang.offered, wang.answered, wang.on_time, wang.missed) == (WANG, 4, 1, 0, 2)
    assert (li.person, li.offered, li.answered, li.on_time, li.missed) == (LI, 2, 2, 2, 0)
    assert (wang.talk_seconds, li.talk_seconds, li.hold_seconds) == (6.0, 12.0, 0.0)
    assert wang.signed_in_seconds is None


async def test_a_call_answered_at_another_device_or_a_later_try_was_not_missed(pool):
    """Wang's desk phone rang in vain and her own mobile answered; Li let the queue try three times."""
    desk = make_attempt(agent_id=WANG, phone=Phone("1001"), outcome=AttemptOutcome.NO_ANSWER, rings=2)
    declined = make_attempt(agent_id=WANG, phone=Phone("1001-web"), outcome=AttemptOutcome.REJECTED, rings=1)
    mobile = make_attempt(agent_id=WANG, phone=Phone("13800138000"), outcome=AttemptOutcome.ANSWERED, rings=1)
    in_vain = make_attempt(agent_id=LI, phone=Phone(LI), outcome=AttemptOutcome.NO_ANSWER, rings=2)
    await tell(
        pool, [make_call(1, agent_id=WANG, attempts=(desk, declined, in_vain, in_vain, in_vain, mobile))]
    )

    wang, li = await KpiStore(pool, {}).by_person(H4001, NOON - HOUR, NOON + HOUR)
    assert (wang.offered, wang.answered, wang.on_time, wang.missed) == (1, 1, 1, 0)
    assert (li.offered, li.answered, li.missed) == (1, 0, 1)


async def test_after_a_transfer_each_agent_has_the_own_part_of_the_talk(pool):
    """Wang talked ten seconds and handed the caller to Li, who kept him on hold for three of twenty."""
    parts = (
        Talk(phone=Phone("1001"), agent_id=WANG, talk_seconds=10.0, hold_seconds=0.0),
        Talk(phone=Phone("1002"), agent_id=LI, talk_seconds=17.0, hold_seconds=3.0),
        Talk(phone=Phone("01012345678"), agent_id=None, talk_seconds=4.0, hold_seconds=0.0),
    )
    handed = make_call(1, agent_id=WANG, talk_seconds=31.0, hold_seconds=3.0, talks=parts)
    await tell(pool, [handed])

    (stored,) = await CallStore(pool).day(H4001, DAWN, DAWN + DAY)
    assert stored.talks == parts
    people = await KpiStore(pool, {}).by_person(H4001, NOON - HOUR, NOON + HOUR)
    told = {one.person: (one.talk_seconds, one.hold_seconds) for one in people}
    assert (told[WANG], told[LI]) == ((10.0, 0.0), (17.0, 3.0))


@pytest.mark.parametrize(
    ("signs", "hours"),
    [
        ([("in", -2), ("out", 3)], 3),
        ([("in", 0), ("in", 1), ("out", 2)], 2),
        ([("in", 0), ("out", 1), ("in", 2), ("out", 12)], 3),
        ([("in", -23)], 1),
        ([("in", -25)], None),
        ([("out", 1)], None),
    ],
)
async def test_signed_in_is_from_each_sign_in_to_the_next_sign_out(pool, signs, hours):
    await tell(pool, [make_call(1, agent_id=LI)])
    attendance = AttendanceStore(pool)
    for kind, hour in signs:
        await attendance.sign(
            Sign(person=LI, at=NOON + hour * HOUR, kind=SignKind(kind), source=SignSource.API)
        )
    (li,) = [
        one for one in await KpiStore(pool, {}).by_person(None, NOON, NOON + 4 * HOUR) if one.person == LI
    ]
    assert li.signed_in_seconds == (None if hours is None else hours * 3600.0)


async def test_a_dashboard_sees_each_call_with_its_shift_and_who_was_on_duty_and_no_caller(pool, database):
    shift = make_shift(WANG)
    await RosterStore(pool).publish([shift], {H4001: [(DAWN, DAWN + DAY)]}, LEAD, "x")
    duty = (*on_duty(WANG), *on_duty(LI, role=DutyRole.BACKUP))
    await tell(pool, [missed_call(1, shift_id=shift.id, on_duty=duty), make_call(2, hotline=None)])
    reader = await asyncpg.connect(database.owner_dsn)
    await reader.execute("SET ROLE callcenter_report")
    (row,) = await reader.fetch("SELECT * FROM report.duty_call")
    assert (row["outcome"], row["primary_people"], row["on_duty"]) == ("abandoned", [WANG], [WANG, LI])
    assert (row["shift_starts_at"], row["shift_ends_at"]) == (shift.start, shift.end)
    (held,) = await reader.fetch("SELECT * FROM report.duty")
    assert (held["person"], held["seconds"]) == (WANG, 12 * 3600.0)
    await reader.close()
