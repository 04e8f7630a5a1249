"""The figures of history are kpi.py's figures, to the digit: by interval, in the view, over gaps."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.facts import Anomaly, CallEnded, CallMerged, LinkDown, LinkUp
from callcenter.kpi import EMPTY, Tally
from callcenter.store import batch
from callcenter.store.intervals import Step, edges
from callcenter.store.kpis import AnomalyCount, Gap, KpiStore
from callcenter.store.rows import row_of
from callcenter.terms import CallId, Direction, HotlineNumber, Outcome, PbxName
from tests.support import strategies
from tests.support.factories import NOON, make_call, missed_call

MAIN = PbxName("main")
H4001 = HotlineNumber("4001")
QUARTER = timedelta(minutes=15)
SECOND = timedelta(seconds=1)
RATES = ("three_ring_rate", "strict", "answer_rate", "abandonment_rate", "asa_seconds", "aht_seconds")
SUMS = (
    "arrived", "in_progress", "offered", "answered", "abandoned", "voicemail", "no_answer", "busy",
    "unreachable", "unstaffed", "lost", "short", "on_time", "on_time_unknown", "waits", "wait_us",
    "within_20s", "handled",
)  # fmt: skip
ROUND = count(1)


async def tell(pool, *facts):
    async with pool.acquire() as connection:
        await batch.prepare(connection)
        await batch.apply(connection, [row_of(fact) for fact in facts])


async def tell_calls(pool, calls):
    await tell(pool, *(CallEnded(at=call.arrived_at, call=call) for call in calls))


def renamed(calls):
    """Calls of this example alone: their hotline and ids are used once."""
    n = next(ROUND)
    hotline = HotlineNumber(f"h{n}")
    for index, call in enumerate(calls):
        mine = hotline if call.hotline == "4001" else call.hotline and HotlineNumber(f"other{n}")
        yield replace(call, call_id=CallId(f"main:{n}.{index}"), hotline=mine, seq=1)


some_calls = st.lists(strategies.calls(spread_hours=48), max_size=25)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some_calls, st.sampled_from([QUARTER, timedelta(hours=7), timedelta(days=1), Step.DAY, Step.WEEK]))
async def test_tallies_by_interval_are_the_tallies_of_the_calls(pool, drawn, step):
    calls = list(renamed([*drawn, make_call(99, arrived_at=NOON)]))
    await tell_calls(pool, calls)
    hotline = calls[-1].hotline
    start, end = NOON - timedelta(hours=40), NOON + timedelta(hours=40)
    cuts = edges(start, end, step, "Europe/Berlin")
    mine = [call for call in calls if call.hotline == hotline]
    expected = [
        (a, Tally.of_all(call for call in mine if a <= call.arrived_at < b)) for a, b in pairwise(cuts)
    ]
    assert await KpiStore(pool, {hotline: "Europe/Berlin"}).tallies(hotline, start, end, step) == expected


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some_calls)
async def test_the_view_by_quarters_has_the_same_sums_and_rates_to_the_digit(pool, drawn):
    calls = list(renamed([*drawn, make_call(99, arrived_at=NOON)]))
    await tell_calls(pool, calls)
    rows = await pool.fetch("SELECT * FROM report.hotline_quarter WHERE hotline = $1", calls[-1].hotline)
    mine = [call for call in calls if call.hotline == calls[-1].hotline]
    by_quarter = {row["quarter"]: row for row in rows}
    assert sum(row["arrived"] for row in rows) == len(mine)
    for quarter, row in by_quarter.items():
        tally = Tally.of_all(call for call in mine if quarter <= call.arrived_at < quarter + QUARTER)
        assert {name: row[name] for name in SUMS} == {name: getattr(tally, name) for name in SUMS}
        assert {name: row[name] for name in RATES} == {name: getattr(tally, name) for name in RATES}
        assert row["service_level_20s"] == tally.service_level(20)
        assert row["complete"] is tally.is_complete is True


async def test_every_call_that_arrived_is_in_one_outcome_or_in_progress_for_any_day(pool):
    calls = [missed_call(n, outcome) for n, outcome in enumerate(Outcome) if outcome is not Outcome.ANSWERED]
    await tell_calls(pool, [*calls, make_call(50)])
    assert await pool.fetchval("SELECT bool_and(complete) FROM report.hotline_quarter")
    ((_, tally),) = await KpiStore(pool, {}).tallies(H4001, NOON, NOON + QUARTER, QUARTER)
    assert tally.is_complete
    assert tally.arrived == 8


async def test_internal_outbound_withdrawn_and_unconfigured_calls_are_in_no_figure(pool):
    none = {"hotline": None}
    await tell_calls(
        pool,
        [
            make_call(1, direction=Direction.INTERNAL, **none),
            make_call(2, direction=Direction.OUTBOUND, **none),
            make_call(3, dialled="4999", **none),
            make_call(4),
        ],
    )
    await tell(pool, CallMerged(at=NOON, pbx=MAIN, call_id=make_call(4).call_id, into=CallId("main:1.1")))
    assert await KpiStore(pool, {}).tallies(H4001, NOON, NOON + QUARTER, QUARTER) == [(NOON, EMPTY)]
    assert await pool.fetch("SELECT * FROM report.hotline_quarter") == []


@pytest.mark.parametrize(("day", "length"), [((2026, 3, 29), 23), ((2026, 10, 25), 25)])
async def test_a_call_a_minute_before_local_midnight_counts_on_the_day_that_ends(pool, database, day, length):
    zone = ZoneInfo("Europe/Berlin")
    midnight = datetime(*day, tzinfo=zone)
    following = midnight + timedelta(days=1)
    last_minute = following.astimezone(UTC) - timedelta(minutes=1)
    calls = [make_call(1, arrived_at=last_minute), make_call(2, arrived_at=following.astimezone(UTC))]
    await tell_calls(pool, calls)
    store = KpiStore(pool, {H4001: "Europe/Berlin"})
    days = await store.tallies(H4001, midnight, following + timedelta(days=1), Step.DAY)
    assert [(start.astimezone(zone).day, tally.arrived) for start, tally in days] == [
        (midnight.day, 1), (following.day, 1),
    ]  # fmt: skip
    assert (days[1][0] - days[0][0]) == timedelta(hours=length)


async def test_numbers_that_nobody_configured_are_told_with_how_often_and_when(pool):
    at = NOON + timedelta(hours=1)
    await tell_calls(
        pool,
        [
            make_call(1, hotline=None, dialled="4999"),
            make_call(2, hotline=None, dialled="4999", arrived_at=at),
            make_call(3, hotline=None, dialled="4888"),
            make_call(4, hotline=None, dialled="1002", direction=Direction.INTERNAL),
            make_call(5),
        ],
    )
    told = await KpiStore(pool, {}).unconfigured()
    assert [(u.number, u.pbx, u.calls, u.first_at, u.last_at) for u in told] == [
        ("4999", "main", 2, NOON, at), ("4888", "main", 1, NOON, NOON),
    ]  # fmt: skip


def up(at, began=None, *, restarted=False):
    seconds = None if began is None else (at - began).total_seconds()
    return LinkUp(at=at, pbx=MAIN, gap_seconds=seconds, gap_began_at=began, pbx_restarted=restarted)


def down(at, reason="no answer"):
    return LinkDown(at=at, pbx=MAIN, reason=reason)


async def test_a_gap_runs_from_the_last_event_heard_until_the_link_is_back(pool):
    await tell(
        pool,
        up(NOON),
        down(NOON + 60 * SECOND),
        down(NOON + 65 * SECOND, "refused"),
        up(NOON + 90 * SECOND, NOON + 50 * SECOND, restarted=True),
        down(NOON + 200 * SECOND, "closed"),
    )
    store = KpiStore(pool, {})
    gaps = await store.gaps_told(MAIN, NOON - SECOND, NOON + timedelta(hours=1))
    assert gaps == [
        Gap(began_at=NOON + 50 * SECOND, ended_at=NOON + 90 * SECOND, reason="no answer", pbx_restarted=True),
        Gap(began_at=NOON + 200 * SECOND, ended_at=None, reason="closed", pbx_restarted=False),
    ]
    assert await store.gaps(MAIN, NOON, NOON + 100 * SECOND) == [(NOON + 50 * SECOND, NOON + 90 * SECOND)]
    assert await store.gaps(PbxName("other"), NOON, NOON + timedelta(hours=1)) == []


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 100), st.none() | st.integers(1, 30)), max_size=12))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_gaps_never_overlap_and_cover_every_instant_that_was_blind(pool, changes):
    pbx = PbxName(f"pbx{next(ROUND)}")
    facts = [
        replace(up(NOON + at * SECOND, NOON + (at - back) * SECOND if back else None), pbx=pbx)
        if is_up
        else replace(down(NOON + at * SECOND), pbx=pbx)
        for is_up, at, back in changes
    ]
    await tell(pool, *facts)
    gaps = await KpiStore(pool, {}).gaps(pbx, NOON - 100 * SECOND, NOON + 1000 * SECOND)
    assert all(ended is not None and ended < began for (_, ended), (began, _) in pairwise(gaps))
    told = {(fact.at, fact.gap_began_at) for fact in facts if isinstance(fact, LinkUp) and fact.gap_began_at}
    first_told = {}
    for fact in facts:
        if isinstance(fact, LinkUp):
            first_told.setdefault(fact.at, fact.gap_began_at)
    for at, began in told:
        if first_told[at] == began:
            assert any(b <= began and (e is None or at <= e) for b, e in gaps)


async def test_anomalies_can_be_listed_by_day(pool):
    odd = Anomaly(at=NOON, pbx=MAIN, kind="odd", detail="x")
    await tell(pool, odd, replace(odd, at=NOON + SECOND), replace(odd, at=NOON - timedelta(days=9)))
    assert await KpiStore(pool, {}).anomalies(date(2026, 11, 20)) == [
        AnomalyCount(pbx=MAIN, kind="odd", day=date(2026, 11, 20), count=2, last_at=NOON + SECOND)
    ]
