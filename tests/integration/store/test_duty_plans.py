"""What is asked of seven years of roster and duty log can be found by index.

These tables are small enough that PostgreSQL may read one through because that is quicker; so it is told
not to where it has any other way.
"""

import json
import re
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from callcenter.store.pool import open_pool
from callcenter.store.queries import load
from tests.support.postgres import run

SMALL = 500
"""Rows that may be read through."""
BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
LATE = datetime(2026, 10, 1, tzinfo=UTC)
DAY = timedelta(days=1)

FILL = """
INSERT INTO callcenter.roster_version (version, author, reason, added, kept, withdrawn)
SELECT n, 'lead', '', 0, 0, 0 FROM generate_series(1, 80) AS n;

INSERT INTO callcenter.roster_window (version, hotline, starts_at, ends_at)
SELECT n, '400' || h, timestamptz '2020-01-01' + n * interval '31 days', 'infinity'
FROM generate_series(1, 80) AS n, generate_series(1, 4) AS h;

INSERT INTO callcenter.shift (id, hotline, role, seat, person, starts_at, ends_at)
SELECT
    n || '-' || h, '400' || h, 'primary', 1, 'p' || h || n % 7,
    timestamptz '2020-01-01' + n * interval '12 hours',
    timestamptz '2020-01-01' + (n + 1) * interval '12 hours'
FROM generate_series(0, 4999) AS n, generate_series(1, 4) AS h;

INSERT INTO callcenter.shift_spell (shift_id, added_in) SELECT id, 1 FROM callcenter.shift;

INSERT INTO callcenter.assignment (
    shift_id, hotline, role, seat, person, planned, starts_at, ends_at, duty_starts_at, duty_ends_at
) SELECT id, hotline, role, seat, person, person, starts_at, ends_at, starts_at, ends_at
FROM callcenter.shift;

INSERT INTO callcenter.change (
    id, kind, state, asked_by, other, reason, asked_at, decision_note, number
) SELECT
    'c' || n, 'swap', 'approved', 'p' || n % 4 || n % 7, 'x', '',
    timestamptz '2020-01-01' + n * interval '1 day', '', n
FROM generate_series(1, 2400) AS n;

INSERT INTO callcenter.change_move (change_id, n, shift_id, starts_at, ends_at, giver, taker)
SELECT 'c' || n, 1, 2 * n || '-1', shift.starts_at, shift.ends_at, shift.person, 'x'
FROM generate_series(1, 2400) AS n JOIN callcenter.shift ON shift.id = 2 * n || '-1';

INSERT INTO callcenter.change_step (change_id, n, state, note)
SELECT id, n, 'asked', '' FROM callcenter.change, generate_series(1, 3) AS n;

INSERT INTO callcenter.logbook_entry
SELECT
    n, timestamptz '2020-01-01' + n * interval '1 hour', '400' || n % 4, n / 12 || '-1', 'p1' || n % 7,
    CASE WHEN n % 100 = 1 THEN 'item_done' WHEN n % 500 = 2 THEN 'sign_off' ELSE 'note' END, 'text',
    CASE WHEN n % 10 = 0 THEN 'main:' || n END, n % 100 = 0 AND n < 59000,
    CASE WHEN n % 100 = 1 THEN n - 1 END, '', ''
FROM generate_series(1, 60000) AS n;

UPDATE callcenter.logbook_head SET number = 60000;

INSERT INTO callcenter.attendance_sign (person, at, kind, source)
SELECT person, starts_at, 'in', 'pbx' FROM callcenter.shift;

INSERT INTO callcenter.attendance_finding (shift_id, person, kind, hotline, starts_at)
SELECT id, person, 'late', hotline, starts_at FROM callcenter.shift;

INSERT INTO callcenter.forced_mode (hotline, mode, author, reason)
SELECT '400' || n % 4, 'open', 'x', '' FROM generate_series(1, 2000) AS n;

ANALYZE;
"""


@pytest.fixture(scope="module")
def filled(postgres_server):
    """A database with seven years of duty, analysed."""
    database = postgres_server.create()

    async def fill():
        connection = await asyncpg.connect(database.owner_dsn)
        for statement in FILL.split(";\n\n"):
            await connection.execute(statement)
        await connection.close()

    run(fill())
    yield database
    postgres_server.drop(database)


def scans(plan):
    """Every node of *plan* that reads a whole table."""
    if plan["Node Type"].endswith("Seq Scan"):
        yield plan
    for part in plan.get("Plans", ()):
        yield from scans(part)


def entries(**sides):
    names = ("hotline", "shift", "kind", "author", "call", "refers_to", "is_open", "start", "end")
    return (2**62, *(sides.get(name) for name in names), 50)


WEEK = LATE, LATE + 7 * DAY
IDS = [f"{n}-1" for n in range(4800, 4814)]

QUESTIONS = {
    "a week of the roster": ("roster", "shifts", (*WEEK, None, None)),
    "a week of a hotline as some version had it": ("roster", "shifts", (*WEEK, "4001", 7)),
    "who holds what for a week": ("roster", "assignments", (*WEEK, None)),
    "who holds what of one hotline": ("roster", "assignments", (*WEEK, "4002")),
    "what is planned in a window": ("roster", "planned_in", (["4001"], [WEEK[0]], [WEEK[1]])),
    "shifts by id": ("roster", "planned_of", (IDS,)),
    "clashes of a fortnight": ("roster", "clashes", (IDS,)),
    "shifts withdrawn": ("roster", "withdraw", (IDS, 3)),
    "assignments forgotten": ("roster", "forget", (IDS,)),
    "what somebody holds": ("change", "held", (["p11", "p12"], LATE - 62 * DAY, LATE + 62 * DAY, IDS[:2])),
    "somebody's changes about a month": ("change", "around", (["p11"], LATE - 2 * DAY, LATE + 2 * DAY)),
    "changes in force of some shifts": ("change", "in_force", (IDS,)),
    "a change": ("change", "get", ("c1200",)),
    "its moves": ("change", "moves", (["c1200"],)),
    "its steps": ("change", "steps", ("c1200",)),
    "requests that wait": ("change", "list", (["asked", "agreed"], None, None, None, 50, None)),
    "the latest entries": ("logbook", "entries", entries()),
    "a hotline's latest entries": ("logbook", "entries", entries(hotline="4001")),
    "a shift's entries": ("logbook", "entries", entries(shift="4900-1")),
    "a call's entries": ("logbook", "entries", entries(call="main:50000")),
    "entries about an entry": ("logbook", "entries", entries(refers_to=50_000)),
    "a day's entries": ("logbook", "story", ("4001", LATE, LATE + DAY)),
    "what is open": ("logbook", "open_items", ("4001",)),
    "a page of the chain": ("logbook", "chain", (30_000, 2000)),
    "a day's signs": ("attendance", "signs", (LATE, LATE + DAY, None)),
    "a week's findings": ("attendance", "findings", (*WEEK, "4001", None)),
    "the last orders for a hotline": ("routing", "history", ("4001", 20)),
}  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS)
async def test_no_years_have_to_be_read_through_for_it(filled, question):
    aggregate, name, values = QUESTIONS[question]
    pool = await open_pool(filled.dsn)
    async with pool.acquire() as connection:
        await connection.execute("SET enable_seqscan = off")
        sizes = dict(await connection.fetch("SELECT relname, reltuples::bigint FROM pg_class"))
        statement = re.sub(r"^(--[^\n]*\n)+", "", load(aggregate)[name])
        told = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *values)
    await pool.close()
    plan = json.loads(told)[0]["Plan"]
    read_through = [scan["Relation Name"] for scan in scans(plan) if sizes[scan["Relation Name"]] > SMALL]
    assert read_through == [], json.dumps(plan, indent=1)[:3000]
