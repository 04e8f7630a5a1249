"""A real Asterisk writes its records into a real PostgreSQL by its own modules, and calls are told from them.

The PBX's clock shows Shanghai's time and the database believes in New York's: Asterisk writes local times
without a zone. The tables have names of their own, and the service may only read them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.acceptance.test_pbx_records import link_is, mine, rung, told_as_the_phones_saw_it
from tests.support import service
from tests.support.asterisk.handed_on import parked
from tests.support.asterisk.plans import answers, busy
from tests.support.asterisk.writing import CDR_TABLE, CEL_TABLE, QUEUE_TABLE, TablePbx, Tables
from tests.support.postgres import Database, Server, run
from tests.support.service import LIMIT, PbxEntry, Service, Settings, until

pytestmark = [pytest.mark.needs_pbx, pytest.mark.timeout(300), pytest.mark.slow]

HOTLINES = ("4003", "4006", "4009", "4011", "4016", "4020")
WRITER, READER = "asterisk", "records_reader"
GROUP = ("1111", "1112")
TALK = 1.5
"""Seconds of a talk that leaves no row."""
FIGURES = (
    "arrived", "answered", "abandoned", "voicemail", "no_answer", "busy", "unreachable", "unstaffed", "lost",
    "in_progress",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asterisks:
    """The database that Asterisk writes into."""

    owner: str
    writer: str
    reader: str

    async def execute(self, *statements: str) -> None:
        connection = await asyncpg.connect(self.owner)
        for statement in statements:
            await connection.execute(statement)
        await connection.close()


def of(dsn: str, role: str) -> str:
    """*dsn* for another role, whose password is its name."""
    return f"postgresql://{role}:{role}@{dsn.rpartition('@')[2]}"


@pytest.fixture(scope="module")
def asterisks(postgres_server: Server) -> Iterator[Asterisks]:
    database = postgres_server.create("template1")
    owner = database.owner_dsn
    found = Asterisks(owner, of(owner, WRITER), of(owner, READER))
    name = owner.partition("?")[0].rpartition("/")[2]
    tables = "tele.cel_log, tele.cdr, tele.queues"
    run(
        found.execute(
            "CREATE SCHEMA tele",
            CEL_TABLE.format(name="tele.cel_log", time="timestamptz"),
            CDR_TABLE.format(name="tele.cdr", time="timestamp"),
            QUEUE_TABLE.format(name="tele.queues", time="varchar(26)"),
            f"CREATE ROLE {WRITER} LOGIN PASSWORD '{WRITER}'",
            f"CREATE ROLE {READER} LOGIN PASSWORD '{READER}'",
            f"GRANT USAGE ON SCHEMA tele TO {WRITER}, {READER}",
            f"GRANT SELECT, INSERT ON {tables} TO {WRITER}",
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA tele TO {WRITER}",
            f"GRANT SELECT ON {tables} TO {READER}",
            f"ALTER DATABASE {name} SET timezone = 'America/New_York'",
            f"ALTER DATABASE {name} SET search_path = tele",
        )
    )
    yield found
    postgres_server.drop(database)


@pytest.fixture(scope="module")
def writing_pbx(asterisks: Asterisks) -> Iterator[TablePbx]:
    tables = Tables(dsn=asterisks.writer, cel="cel_log", queue_log="queues", zone="Asia/Shanghai")
    exchange = TablePbx(tables)
    try:
        exchange.start()
        yield exchange
    finally:
        exchange.stop()


@pytest.fixture
def settings(writing_pbx: TablePbx, asterisks: Asterisks, database: Database) -> Settings:
    """A service that is told of the tables."""
    places = {"cel": "tele.cel_log", "cdr": "tele.cdr", "queue_log": "tele.queues"}
    lines = "".join(f'{kind} = "{asterisks.reader}#{table}"\n' for kind, table in places.items())
    entry = PbxEntry(address=writing_pbx.ami, hotlines=HOTLINES, extra=f"\n[records]\n{lines}")
    return Settings(pbxs=(entry,), dsn=database.dsn, owner_dsn=database.owner_dsn)


async def told_of(running: Service, callers: set[str]) -> list[dict[str, Any]]:
    """Waits until records told a call of each of these callers; all that is stored then."""

    async def look() -> list[dict[str, Any]]:
        stored = await running.calls()
        return stored if callers <= {c["caller"] for c in stored if c["source"] != "ami"} else []

    return await until(look, f"records tell of {sorted(callers)}", LIMIT, running.log)


async def kept(running: Service, *, answered: str, rung: str) -> None:
    """Waits until it is stored that the one was answered and phones rang for the other."""

    async def look() -> bool:
        stored = {call["caller"]: call for call in await running.calls()}
        done = {answered, rung} <= stored.keys()
        return done and bool(stored[answered]["answered_at"] and stored[rung]["first_ring_at"])

    await until(look, "the answer and the ringing are stored", LIMIT, running.log)


async def gap_seconds(running: Service) -> float:
    (line,) = re.findall(
        r"^callcenter_ami_gap_seconds_total\{.*\} (\S+)$", await running.text("/metrics"), re.MULTILINE
    )
    return float(line)


async def complete(running: Service) -> None:
    """Every call that arrived is told as one thing, for each hotline and quarter of an hour; the gap is in
    these quarters; wallboard and history agree."""
    for hotline in HOTLINES:
        told = await running.get(f"/api/v1/hotlines/{hotline}/kpi?step=15m")
        for quarter in told["intervals"]:
            assert quarter["arrived"] == sum(quarter[name] for name in FIGURES[1:])
        assert sum(q["gap_seconds"] for q in told["intervals"]) == pytest.approx(await gap_seconds(running))
        live = (await running.get(f"/api/v1/hotlines/{hotline}/live"))["today"]
        sums = {name: sum(quarter[name] for quarter in told["intervals"]) for name in FIGURES}
        assert {name: live[name] for name in FIGURES} == sums


async def test_a_gap_around_callers_in_every_state(writing_pbx: TablePbx, settings: Settings, tmp_path: Path):
    """Cut while one rings, one talks and one stands in a queue; all that happens to them, and three calls
    more, happens unseen. One came and was answered unseen, and is still talking when the link is back."""
    pbx = writing_pbx
    parks = answers(0.5, then=(("wait", 2.0), ("dtmf", "#72")))
    async with service.serving(tmp_path, settings) as running:
        await running.token()
        ringing = pbx.calling("4016", caller="86139001")
        talking = pbx.calling("4006", caller="86139002", phones={"1061": parks})
        queued = pbx.calling("4020", caller="86139003")
        going_on = pbx.calling("4003", caller="86139006", phones={"1031": answers(0.5)})
        async with ringing as rang, talking, queued as gave_up:
            await pbx.until("86139001", "rang")
            await pbx.until("86139002", "answered")
            await pbx.until("86139003", "rang")
            await rung(running, "4020")
            await pbx.link("cut")
            await link_is(running, up=False, hotline="4016")
            await pbx.pick_up("86139001", "1161")
            voicemail = asyncio.create_task(pbx.call("4009", caller="86139004", gives_up=11))
            async with going_on as went_on:
                await parked(pbx)
                await pbx.hang_up("86139002")
                await pbx.hang_up("86139003")
                for _ in range(2):
                    await pbx.call("4011", caller="86139005", phones=dict.fromkeys(GROUP, busy()))
                await pbx.hang_up("86139001")
                await voicemail
                await pbx.until("86139006", "answered")
                await pbx.link("open")
                await link_is(running, up=True, hotline="4016")
                await running.heard_out()
                await pbx.hang_up("86139006")
        stored = await told_of(running, {"86139001", "86139002", "86139003", "86139004", "86139005"})
        await running.settled(7)
        await complete(running)
    assert len(stored) == 7
    told_as_the_phones_saw_it(mine(stored, "86139001"), rang.result())
    assert mine(stored, "86139001")["caller_rings"] is not None
    was_parked = mine(stored, "86139002")
    assert (was_parked["outcome"], was_parked["answered_by"], was_parked["truncated"]) == (
        "answered",
        "1061",
        None,
    )
    assert [(t["kind"], t["to"]) for t in was_parked["transfers"]] == [("park", None)]
    assert (was_parked["source"], was_parked["hung_up_by"]) == ("cel", "caller")
    waited = mine(stored, "86139003")
    assert (waited["outcome"], waited["hung_up_by"], waited["source"]) == ("abandoned", "caller", "cel")
    assert waited["wait_seconds"] == pytest.approx(
        gave_up.result().wait_seconds, abs=0.15 + gave_up.result().late
    )
    assert (mine(stored, "86139004")["outcome"], mine(stored, "86139004")["source"]) == ("voicemail", "cel")
    twice = [call for call in stored if call["caller"] == "86139005"]
    assert [(call["outcome"], call["source"]) for call in twice] == [("busy", "cel")] * 2
    seen = mine(stored, "86139006")
    assert (seen["outcome"], seen["answered_by"], seen["source"]) == ("answered", "1031", "ami")
    assert (seen["hung_up_by"], seen["caller_rings"]) == (went_on.result().ended_by, None)


async def test_a_database_that_was_away_makes_nobody_miss_a_call(
    writing_pbx: TablePbx, asterisks: Asterisks, settings: Settings, tmp_path: Path
):
    """Asterisk drops what it can't write: of one caller the answer and the talk. CDR, written later, know."""
    pbx = writing_pbx
    async with service.serving(tmp_path, settings) as running:
        await running.token()
        await pbx.link("cut")
        await link_is(running, up=False, hotline="4016")
        async with pbx.calling("4016", caller="86139011"):
            await pbx.until("86139011", "rang")
            await asterisks.execute(f"REVOKE INSERT ON tele.cel_log FROM {WRITER}")
            await pbx.pick_up("86139011", "1162")
            await pbx.until("86139011", "answered")
            await asyncio.sleep(TALK)
            await asterisks.execute(f"GRANT INSERT ON tele.cel_log TO {WRITER}")
            await pbx.hang_up("86139011")
        await pbx.link("open")
        stored = await told_of(running, {"86139011"})
        await complete(running)
    call = mine(stored, "86139011")
    assert (call["outcome"], call["answered_by"], call["source"]) == ("answered", "1162", "cdr")
    assert (call["on_time"], call["rings"]) == (None, None)


async def test_a_pbx_killed_while_we_were_dead(writing_pbx: TablePbx, settings: Settings, tmp_path: Path):
    """kill -9 of us while one talks and another's phones ring, then of the PBX: their records stop in mid
    call, and nothing is made up. Who calls when it is up again is told."""
    pbx = writing_pbx
    async with service.serving(tmp_path, settings) as running:
        await running.token()
        talking = pbx.calling("4006", caller="86139021", phones={"1061": answers(0.5)})
        async with talking, pbx.calling("4016", caller="86139022"):
            await pbx.until("86139021", "answered")
            await pbx.until("86139022", "rang")
            await kept(running, answered="86139021", rung="86139022")
            await running.kill()
            await pbx.kill()
        await pbx.boot()
        later = await pbx.call("4006", caller="86139023", phones={"1061": answers(0.5, talk=1)})
        await running.start()
        stored = await told_of(running, {"86139023"})
        await complete(running)
    told_as_the_phones_saw_it(mine(stored, "86139023"), later)
    talked, rang = mine(stored, "86139021"), mine(stored, "86139022")
    assert (talked["outcome"], talked["truncated"], talked["talk_seconds"]) == ("answered", "end", None)
    assert (rang["outcome"], rang["truncated"], rang["hung_up_by"]) == ("lost", "end", None)
    assert {talked["source"], rang["source"]} == {"ami"}
