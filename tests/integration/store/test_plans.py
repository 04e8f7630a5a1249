"""What a screen asks of a full year of calls is found by index, never by reading a month through."""

import json
import re
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from callcenter.store import partitions
from callcenter.store.pool import open_pool
from callcenter.store.queries import load
from tests.support.factories import NOON

CALLS = 60_000
"""Over six months: some 330 a day, ten thousand in each partition."""
SMALL = 1000
"""Rows that may be read through: an empty month is one page."""

FILL = f"""
INSERT INTO callcenter.call (
    call_id, arrived_at, pbx, linkedid, uniqueid, direction, hotline, dialled, caller, outcome, agent_id,
    wait_seconds, short_abandoned, after_hours, shift_ids, on_duty, source, state, final, seq
)
SELECT
    'main:' || n, timestamptz '2026-06-01' + n * interval '180 days' / {CALLS},
    'main', n::text, n::text, 'inbound',
    CASE WHEN n % 5 > 0 THEN '400' || n % 5 END, '4001', '4930200001',
    (ARRAY['answered', 'answered', 'abandoned', 'no_answer'])[1 + n % 4], '10' || n % 40,
    n % 60, false, false, ARRAY[]::text[], '[]', 'ami', 'ended', true, 1
FROM generate_series(1, {CALLS}) AS n
"""
FILL_ATTEMPTS = """
INSERT INTO callcenter.attempt (call_id, arrived_at, n, phone, agent_id, ring_seconds, outcome)
SELECT call_id, arrived_at, try, '1001', '1001', 5, 'answered'
FROM callcenter.call, generate_series(1, 2) AS try
"""
FILL_VERSIONS = """
INSERT INTO callcenter.call_version (call_id, arrived_at, version, told, replaced_at, reason)
SELECT call_id, arrived_at, 1, '{}', arrived_at + interval '1 day', 'judged again'
FROM callcenter.call
"""

DAY = timedelta(days=1)
NOTHING = (None,) * 9
QUARTERS = [NOON + n * timedelta(minutes=15) for n in range(97)]
IDS = [f"main:{n}" for n in range(30_000, 30_100)]


@pytest.fixture(scope="module")
def filled(postgres_server):
    """A database with half a year of calls, analysed."""
    from tests.support.postgres import run

    database = postgres_server.create()

    async def fill():
        for month in range(6, 13):
            await partitions.keep(database.owner_dsn, datetime(2026, month, 1, tzinfo=UTC))
        connection = await asyncpg.connect(database.owner_dsn)
        analyse = "ANALYZE callcenter.call, callcenter.attempt, callcenter.call_version"
        for statement in (FILL, FILL_ATTEMPTS, FILL_VERSIONS, analyse):
            await connection.execute(statement)
        await connection.close()

    run(fill())
    yield database
    postgres_server.drop(database)


def scans(plan):
    """Every node of *plan* that reads a whole table, and the rows it thinks there are."""
    if plan["Node Type"].endswith("Seq Scan"):
        yield plan
    for part in plan.get("Plans", ()):
        yield from scans(part)


def page(**sides):
    names = ("hotline", "start", "end", "outcome", "agent", "direction", "missed", "arrived_at", "call_id")
    return (*(sides.get(name) for name in names), 50)


def at(day):
    return NOON - day * DAY


QUESTIONS = {
    "one call": ("call", "get", ("main:30000",)),
    "the latest calls": ("call", "page", page()),
    "a hotline's latest calls": ("call", "page", page(hotline="4001")),
    "a hotline's calls further back": (
        "call", "page", page(hotline="4001", arrived_at=at(90), call_id="main:30000"),
    ),
    "an agent's calls": ("call", "page", page(agent="1007")),
    "a hotline's missed calls of a week": (
        "call", "page", page(hotline="4002", start=at(40), end=at(33), missed=True),
    ),
    "calls of an hour": ("call", "page", page(start=at(60), end=at(60) + timedelta(hours=1))),
    "a hotline's day": ("call", "day", ("4001", at(3), at(2))),
    "its attempts": ("call", "attempts", (IDS, at(100), at(80))),
    "a day in quarters": ("kpi", "tallies", ("4001", QUARTERS, "")),
    "a day by shift": ("kpi", "tallies", ("4001", [at(3), at(2)], "shift")),
    "a day of all hotlines by shift": ("kpi", "tallies", (None, [at(3), at(2)], "shift")),
    "a day by person": ("kpi", "people", ("4001", at(3), at(2))),
    "what is known of a batch": ("write", "known", (IDS, at(100), at(80))),
    "a batch's attempts replaced": ("write", "forget_attempts", (IDS, at(100), at(80))),
    "what was judged again just now": ("version", "since", (NOON, at(2))),
    "those calls": ("version", "told", (IDS, at(100), at(80))),
    "a call's earlier tellings": ("version", "versions", ("main:30000", at(90))),
    "a PBX's calls of six hours": ("version", "arrived", ("main", at(60), at(60) + timedelta(hours=6))),
    "a call withdrawn": ("write", "withdraw", (IDS[:2],)),
}  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS)
async def test_no_months_calls_are_read_through_for_it(filled, question):
    aggregate, name, values = QUESTIONS[question]
    pool = await open_pool(filled.dsn)
    async with pool.acquire() as connection:
        sizes = dict(
            await connection.fetch(
                "SELECT relname, reltuples::bigint FROM pg_class WHERE relkind IN ('r', 'p')"
            )
        )
        statement = re.sub(r"^(--[^\n]*\n)+", "", load(aggregate)[name])
        told = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *values)
    await pool.close()
    plan = json.loads(told)[0]["Plan"]
    read_through = [scan["Relation Name"] for scan in scans(plan) if sizes[scan["Relation Name"]] > SMALL]
    assert read_through == [], json.dumps(plan, indent=1)[:3000]


async def test_a_days_question_looks_into_no_other_month(filled):
    pool = await open_pool(filled.dsn)
    async with pool.acquire() as connection:
        told = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {load('call')['day']}", "4001", at(3), at(2))
    await pool.close()
    assert set(re.findall(r"call_\d{4}_\d\d(?=\")", told)) == {"call_2026_11"}


async def test_the_newest_page_takes_one_row_of_an_older_month_at_the_most(filled):
    """The months are merged by arrival, so each is looked into once and only the newest is read on."""
    pool = await open_pool(filled.dsn)
    async with pool.acquire() as connection:
        statement = re.sub(r"^(--[^\n]*\n)+", "", load("call")["page"])
        told = await connection.fetchval(
            f"EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) {statement}", *page(hotline="4001")
        )
    await pool.close()
    rows = {scan["Relation Name"]: scan["Actual Rows"] for scan in _indexed(json.loads(told)[0]["Plan"])}
    assert rows.pop("call_2026_11") >= 50
    assert max(rows.values()) <= 1


def _indexed(plan):
    if "Relation Name" in plan:
        yield plan
    for part in plan.get("Plans", ()):
        yield from _indexed(part)
