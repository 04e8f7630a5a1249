"""The duty log: nobody changes it, whoever does is seen, and what is old goes only by two people's will."""

import asyncio
import gzip
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.roster.logbook import NO_HASH, Anchor, Break, Draft, EntryKind, hash_of
from callcenter.store.archive import ArchiveFailed, archive_months, keep_log, purge_expired
from callcenter.store.logbook import LogbookRefused, LogbookStore
from callcenter.store.pool import StoreAway
from callcenter.terms import AgentId, CallId, HotlineNumber, ShiftId
from callcenter.web.desks import EntryFilter

H4001, H4002 = HotlineNumber("4001"), HotlineNumber("4002")
WANG, LI, CHEN = AgentId("1001"), AgentId("1002"), AgentId("9001")
NOTE = Draft(author=WANG, kind=EntryKind.NOTE, text="线路有杂音, 已报修", hotline=H4001)
OPEN = replace(NOTE, kind=EntryKind.COMPLAINT, text="call back on Monday", follow_up=True)
FULL = Draft(
    author=LI, kind=EntryKind.CORRECTION, text="not noise: echo\n", hotline=H4002, shift_id=ShiftId("abc"),
    call_id=CallId("main:1.1"), follow_up=True, refers_to=1,
)  # fmt: skip


@pytest.fixture
def store(pool):
    return LogbookStore(pool)


@pytest.fixture
async def owner(database):
    connection = await asyncpg.connect(database.owner_dsn)
    yield connection
    await connection.close()


async def test_an_entry_is_numbered_timed_and_chained_by_the_database(store, pool):
    before = await pool.fetchval("SELECT clock_timestamp()")
    first, second = await store.append(NOTE), await store.append(FULL)
    assert (first.number, first.prev_hash, second.number, second.prev_hash) == (1, NO_HASH, 2, first.hash)
    assert before <= first.at < second.at
    assert [hash_of(entry) == entry.hash for entry in (first, second)] == [True, True]
    assert await store.get(2) == second
    assert (second.author, second.kind, second.text) == (LI, EntryKind.CORRECTION, "not noise: echo\n")
    assert (second.hotline, second.shift_id, second.call_id) == (H4002, "abc", "main:1.1")
    assert (second.follow_up, second.refers_to) == (True, 1)
    assert (await store.verify()).ok


texts = st.text(max_size=60)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts, st.none() | texts, st.none() | texts, st.booleans())
async def test_database_and_program_make_the_same_hash_of_whatever_is_written(
    store, text, hotline, call, open_
):
    entry = await store.append(
        Draft(
            author=AgentId("值班"),
            kind=EntryKind.NOTE,
            text=text,
            hotline=hotline,
            call_id=call,
            follow_up=open_,
        )
    )
    assert entry.hash == hash_of(entry)
    assert entry.text == text.replace("\0", "\ufffd")


async def test_many_who_write_at_once_make_one_chain_without_holes(store):
    await asyncio.gather(*(store.append(replace(NOTE, text=str(n))) for n in range(40)))
    verdict = await store.verify()
    assert (verdict.ok, verdict.entries, verdict.head.number) == (True, 40, 40)


REPLACE = """
CREATE OR REPLACE FUNCTION callcenter.logbook_field(value text) RETURNS bytea
LANGUAGE sql AS $$ SELECT ''::bytea $$
"""


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO callcenter.logbook_entry SELECT * FROM callcenter.logbook_entry",
        "UPDATE callcenter.logbook_entry SET text = ''",
        "DELETE FROM callcenter.logbook_entry",
        "TRUNCATE callcenter.logbook_entry",
        "UPDATE callcenter.logbook_head SET number = 0",
        "INSERT INTO callcenter.logbook_anchor VALUES (9, '', 1)",
        "UPDATE callcenter.logbook_purge SET agreed_by = 'x'",
        "SELECT callcenter.logbook_write(e) FROM callcenter.logbook_entry AS e",
        "SELECT callcenter.logbook_carry_out_purge(1, 1, '')",
        "ALTER TABLE callcenter.logbook_entry DISABLE TRIGGER ALL",
        "DROP TRIGGER logbook_unchanged ON callcenter.logbook_entry",
        "SET session_replication_role = replica",
        REPLACE,
        "SET ROLE callcenter_owner",
    ],
)
async def test_the_service_can_not_change_the_log_in_any_way(store, pool, statement):
    await store.append(NOTE)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.execute(statement)
    assert (await store.verify()).ok


async def test_nothing_of_ones_own_gets_in_the_way_of_the_functions(pool, store):
    """A temporary table or a search path of the caller's don't reach into a function of the owner's."""
    async with pool.acquire() as connection:
        await connection.execute("CREATE TEMP TABLE logbook_entry (LIKE callcenter.logbook_entry)")
        await connection.execute(
            "CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT $1'"
        )
        await connection.execute("SET search_path = pg_temp, callcenter, pg_catalog")
        await connection.execute(
            "SELECT callcenter.logbook_append('x', 'note', 'y', NULL, NULL, NULL, false, NULL)"
        )
        await connection.execute("RESET ALL")
    verdict = await store.verify()
    assert (verdict.ok, verdict.entries) == (True, 1)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE callcenter.logbook_entry SET text = ''",
        "DELETE FROM callcenter.logbook_entry",
        "TRUNCATE callcenter.logbook_entry",
    ],
)
async def test_even_its_owner_does_not_change_it_by_mistake(store, owner, statement):
    await store.append(NOTE)
    with pytest.raises(asyncpg.RestrictViolationError, match="a correction is a new entry"):
        await owner.execute(statement)


FORGED = """
UPDATE callcenter.logbook_entry AS e SET
    text = 'forged',
    hash = sha256(callcenter.logbook_canonical(ROW(
        e.number, e.at, e.hotline, e.shift_id, e.author, e.kind, 'forged', e.call_id, e.follow_up,
        e.refers_to, e.prev_hash, e.hash
    )::callcenter.logbook_entry))
WHERE number = 2
"""
FEIGNED = """
INSERT INTO callcenter.logbook_purge (before, asked_by) VALUES ('2020-01-01', 'x');
INSERT INTO callcenter.logbook_anchor SELECT 2, hash, 1 FROM callcenter.logbook_entry WHERE number = 2;
DELETE FROM callcenter.logbook_entry WHERE number <= 2;
"""
SET = "UPDATE callcenter.logbook_entry SET "
REMOVE = "DELETE FROM callcenter.logbook_entry"
UNLIKE = "it is not what was written"


@pytest.mark.parametrize(
    ("tampering", "number", "seen"),
    [
        (SET + "text = 'E' || substr(text, 2) WHERE number = 2", 2, UNLIKE),
        (SET + "at = at + interval '1 microsecond' WHERE number = 2", 2, UNLIKE),
        (SET + "kind = 'nonsense' WHERE number = 2", 2, UNLIKE),
        (FORGED, 3, "it does not follow from entry 2"),
        (REMOVE + " WHERE number = 2", 3, "entries 2 to 2 are missing"),
        (REMOVE + " WHERE number >= 3", 4, "entries 3 to 4 are missing at the end"),
        (REMOVE, 4, "entries 1 to 4 are missing at the end"),
        (FEIGNED, 2, "the log does not tell of a purge up to here"),
    ],
)
async def test_a_superusers_tampering_is_seen_and_where(store, owner, tampering, number, seen):
    for n in range(4):
        await store.append(replace(NOTE, text=f"entry {n}"))
    await owner.execute("SET session_replication_role = replica")
    await owner.execute(tampering)
    assert (await store.verify()).breaks == (Break(number=number, what=seen),)


async def test_entries_that_changed_places_are_seen(store, owner):
    for n in range(4):
        await store.append(replace(NOTE, text=f"entry {n}"))
    await owner.execute("SET session_replication_role = replica")
    for old, new in ((2, 99), (3, 2), (99, 3)):
        await owner.execute("UPDATE callcenter.logbook_entry SET number = $2 WHERE number = $1", old, new)
    assert {found.number for found in (await store.verify()).breaks} == {2, 3, 4}


async def test_a_log_written_anew_from_some_entry_on_is_seen_by_who_noted_one(store, owner):
    await store.append(NOTE)
    noted = (await store.verify()).head
    await owner.execute("SET session_replication_role = replica")
    await owner.execute("DELETE FROM callcenter.logbook_entry")
    await owner.execute("UPDATE callcenter.logbook_head SET number = 0, hash = decode($1, 'hex')", NO_HASH)
    assert (await store.verify()).ok
    gone = Break(number=1, what="it is not the entry that was noted elsewhere")
    assert (await store.verify(noted)).breaks == (gone,)
    await store.append(replace(NOTE, text="forged"))
    assert (await store.verify(noted)).breaks == (gone,)


async def test_entries_are_found_by_what_they_are_about_the_newest_first(store):
    note, item, full = [await store.append(draft) for draft in (NOTE, OPEN, FULL)]
    common = await store.append(replace(NOTE, hotline=None))
    assert await store.entries(EntryFilter()) == [common, full, item, note]
    assert await store.entries(EntryFilter(hotline=H4001)) == [common, item, note]
    assert await store.entries(EntryFilter(), before=3, limit=1) == [item]
    assert await store.entries(EntryFilter(kind=EntryKind.COMPLAINT)) == [item]
    assert await store.entries(EntryFilter(shift=ShiftId("abc"), author=LI)) == [full]
    assert await store.entries(EntryFilter(call=CallId("main:1.1"), refers_to=1)) == [full]
    assert await store.entries(EntryFilter(start=item.at, end=full.at)) == [item]
    assert await store.story(H4001, note.at, common.at) == [note, item]
    assert [entry async for entry in store.chain(2)] == [full, common]


async def test_an_item_stays_open_until_it_is_done_once(store):
    note, item = await store.append(NOTE), await store.append(OPEN)
    assert await store.open_items(H4001) == await store.entries(EntryFilter(is_open=True)) == [item]
    done = Draft(author=LI, kind=EntryKind.ITEM_DONE, text="called", refers_to=item.number)
    await store.append(done)
    assert await store.open_items() == await store.entries(EntryFilter(is_open=True)) == []
    with pytest.raises(LogbookRefused, match="entry 2 is done already"):
        await store.append(done)
    with pytest.raises(LogbookRefused, match="only an entry that asks to be followed up can be done"):
        await store.append(replace(done, refers_to=note.number))


async def test_two_who_close_one_item_at_once_close_it_once(store):
    item = await store.append(OPEN)
    done = Draft(author=LI, kind=EntryKind.ITEM_DONE, text="", refers_to=item.number)
    results = await asyncio.gather(*(store.append(done) for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(result, LogbookRefused) for result in results) == 4
    assert (await store.verify()).head.number == 2


@pytest.mark.parametrize(
    ("draft", "sentence"),
    [
        (replace(NOTE, refers_to=7), "there is no entry 7 to refer to"),
        (replace(NOTE, refers_to=0), "there is no entry 0 to refer to"),
        (replace(NOTE, author=AgentId("")), "an entry has an author and a kind"),
        (replace(NOTE, kind=EntryKind.PURGED), "entries about purging are written by purging"),
    ],
)
async def test_what_is_no_entry_is_refused_and_leaves_no_hole(store, draft, sentence):
    with pytest.raises(LogbookRefused, match=sentence):
        await store.append(draft)
    assert (await store.append(NOTE)).number == 1


# Retention

OLD = datetime(2023, 1, 31, 23, 59, 59, 999999, tzinfo=UTC)
"""The last instant of a month that is more than three years ago."""
NEWER = OLD + timedelta(microseconds=1)
LONG_AGO = NEWER.date()


WRITTEN = """
SELECT callcenter.logbook_write(ROW(
    NULL, $1::timestamptz, '4001', NULL, '1001', 'note', $2::text, NULL, false, NULL, NULL, NULL
)::callcenter.logbook_entry)
"""


async def write_at(owner, at, text="long ago"):
    """As it would have been written at *at*: the service itself can't say when."""
    await owner.execute(WRITTEN, at, text)


async def agreed(store, before=LONG_AGO):
    purge = await store.ask_purge(before, WANG)
    return await store.agree_purge(purge.id, CHEN)


async def test_the_month_after_the_last_that_may_go_has_to_stay(store, owner):
    await write_at(owner, OLD)
    kept_from = await store.kept_from()
    now = await owner.fetchval("SELECT now() AT TIME ZONE 'UTC'")
    assert (kept_from.year, kept_from.month, kept_from.day) == (now.year - 3, now.month, 1)
    with pytest.raises(LogbookRefused, match="is kept three years: only whole months before"):
        await store.ask_purge((kept_from + timedelta(days=31)).replace(day=1), WANG)
    with pytest.raises(LogbookRefused, match="only whole months"):
        await store.ask_purge(LONG_AGO + timedelta(days=1), WANG)
    with pytest.raises(LogbookRefused, match="has nothing from before 2022-12-01"):
        await store.ask_purge(LONG_AGO.replace(year=2022, month=12), WANG)
    assert await store.purges() == []


async def test_it_takes_two_people_and_the_log_tells_who(store, owner, database, tmp_path):
    await write_at(owner, OLD)
    purge = await store.ask_purge(LONG_AGO, WANG)
    assert await store.ask_purge(LONG_AGO, LI) == purge
    with pytest.raises(LogbookRefused, match="by another person"):
        await store.agree_purge(purge.id, WANG)
    assert await purge_expired(database.owner_dsn, tmp_path) == []
    done = await store.agree_purge(purge.id, CHEN)
    assert (done.asked_by, done.agreed_by, done.purged_at) == (WANG, CHEN, None)
    assert await store.agree_purge(purge.id, CHEN) == done
    told = [(entry.kind, entry.author) for entry in await store.entries(EntryFilter())]
    assert told[:2] == [(EntryKind.PURGE_AGREED, CHEN), (EntryKind.PURGE_ASKED, WANG)]
    with pytest.raises(LogbookRefused, match="no purge 77 is waiting"):
        await store.agree_purge(77, CHEN)


async def test_what_goes_is_in_a_file_first_and_the_chain_holds_across_the_gap(
    store, owner, database, tmp_path
):
    await write_at(owner, OLD - timedelta(days=40), "两个月前")
    await write_at(owner, OLD)
    await write_at(owner, NEWER, "stays")
    gone = [await store.get(n) for n in (1, 2)]
    await agreed(store)
    (done,) = await purge_expired(database.owner_dsn, tmp_path)
    assert (done.through, [one.path.name for one in done.archives]) == (
        2, ["logbook-2022-12.jsonl.gz", "logbook-2023-01.jsonl.gz"],
    )  # fmt: skip
    assert (await store.get(2), (await store.get(3)).text) == (None, "stays")
    assert await store.anchor() == Anchor(number=2, hash=gone[1].hash)
    verdict = await store.verify()
    assert (verdict.ok, verdict.entries) == (True, 4)
    (told,) = await store.entries(EntryFilter(kind=EntryKind.PURGED))
    assert f"asked by {WANG}, agreed by {CHEN}; archives: logbook-2022-12.jsonl.gz" in told.text
    for archive, entry in zip(done.archives, gone, strict=True):
        packed = archive.path.read_bytes()
        digest = hashlib.sha256(packed).hexdigest()
        assert digest in told.text
        assert archive.path.with_name(archive.path.name + ".sha256").read_text() == (
            f"{digest}  {archive.path.name}\n"
        )
        (line,) = gzip.decompress(packed).decode().splitlines()
        assert (json.loads(line)["text"], json.loads(line)["hash"]) == (entry.text, entry.hash)
    assert (await store.purges())[0].purged_at is not None
    assert await purge_expired(database.owner_dsn, tmp_path) == []


async def test_a_second_purge_hangs_on_the_first(store, owner, database, tmp_path):
    await write_at(owner, OLD - timedelta(days=40))
    await write_at(owner, OLD)
    await agreed(store, LONG_AGO.replace(month=1))
    await purge_expired(database.owner_dsn, tmp_path)
    await agreed(store)
    (done,) = await purge_expired(database.owner_dsn, tmp_path)
    assert done.through == 2
    assert (await store.verify()).ok


async def test_what_was_purged_and_put_back_is_seen(store, owner, database, tmp_path):
    await write_at(owner, OLD)
    row = await owner.fetchrow("SELECT * FROM callcenter.logbook_entry")
    await agreed(store)
    await purge_expired(database.owner_dsn, tmp_path)
    marks = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    await owner.execute(f"INSERT INTO callcenter.logbook_entry VALUES ({marks})", *row)
    assert (await store.verify()).breaks == (Break(number=1, what="it is there although it was purged"),)


async def test_a_log_that_was_tampered_with_is_not_purged(store, owner, database, tmp_path):
    await write_at(owner, OLD)
    await agreed(store)
    await owner.execute("SET session_replication_role = replica")
    await owner.execute("UPDATE callcenter.logbook_entry SET text = 'forged' WHERE number = 1")
    with pytest.raises(LogbookRefused, match="entry 1: it is not what was written; nothing was purged"):
        await purge_expired(database.owner_dsn, tmp_path)
    assert await store.get(1)
    assert list(tmp_path.iterdir()) == []


async def test_the_service_itself_can_not_purge(store, owner, database, tmp_path):
    await write_at(owner, OLD)
    await agreed(store)
    with pytest.raises(StoreAway, match="may not do that"):
        await purge_expired(database.dsn, tmp_path)
    assert await store.get(1)


async def test_months_that_are_over_become_files_once(store, owner, pool, tmp_path):
    await write_at(owner, OLD)
    await write_at(owner, NEWER)
    await LogbookStore(pool).append(NOTE)
    (first,) = await archive_months(pool, tmp_path, OLD.date() + timedelta(days=3))
    assert first.path.name == "logbook-2023-01.jsonl.gz"
    (second,) = await archive_months(pool, tmp_path, OLD.date() + timedelta(days=40))
    assert second.path.name == "logbook-2023-02.jsonl.gz"
    assert await archive_months(pool, tmp_path, OLD.date().replace(year=9000)) == []


async def test_a_round_of_upkeep_archives_and_purges(store, owner, pool, database, tmp_path):
    await write_at(owner, OLD)
    await agreed(store)
    await keep_log(pool, None, tmp_path, OLD.date() + timedelta(days=1))
    assert (tmp_path / "logbook-2023-01.jsonl.gz").exists()
    assert await store.get(1)
    await keep_log(pool, database.owner_dsn, tmp_path, OLD.date() + timedelta(days=1))
    assert await store.get(1) is None
    assert (await store.verify()).ok


async def test_a_file_that_does_not_say_what_the_log_says_stops_the_purge(store, owner, database, tmp_path):
    await write_at(owner, OLD)
    await agreed(store)
    (tmp_path / "logbook-2023-01.jsonl.gz").write_bytes(gzip.compress(b"something else\n"))
    (tmp_path / "logbook-2023-01.jsonl.gz.sha256").write_text("0  x")
    with pytest.raises(ArchiveFailed, match="is not what the duty log says of that month"):
        await purge_expired(database.owner_dsn, tmp_path)
    assert await store.get(1)
