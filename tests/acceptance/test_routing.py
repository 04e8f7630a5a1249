"""From the roster in PostgreSQL to the phone that rings: service, PBX and phones, and each of them dead."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
import pytest_asyncio

from callcenter.roster.logbook import EntryKind
from callcenter.roster.model import Change, ChangeKind, ChangeState, Move, Shift
from callcenter.store.changes import ChangeStore
from callcenter.store.logbook import LogbookStore
from callcenter.store.pool import open_pool
from callcenter.store.roster import RosterStore
from callcenter.terms import AgentId, DutyRole, HotlineNumber
from tests.support import service as services
from tests.support.asterisk.pbx import Pbx
from tests.support.asterisk.plans import Truth, answers
from tests.support.dialplan_model import DialplanModel
from tests.support.postgres import Database, Server
from tests.support.service import PbxEntry, Service, Settings, until

pytestmark = [
    pytest.mark.needs_pbx,
    pytest.mark.timeout(300),
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
]

PHONES = {"li": "1901", "zhang": "1902", "wang": "1903", "zhao": "1904", "wu": "1905"}
FALLBACK = "1906"
LINES = tuple(str(number) for number in range(4600, 4608))
LIMIT = 60.0
BEGAN = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
ENDS = BEGAN + timedelta(days=30)
"""Of shifts that are not the point: the same on every hotline, as one person may hold several then."""
_number = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed(Settings):
    """A service that pushes; its hotlines are closed but for a minute that is not now."""

    def toml(self) -> str:
        minute = time.strftime("%H:%M", time.gmtime(time.time() + 12 * 3600))
        closed = f'office_hours = ["{minute}-{minute[:-1]}9"]\nfallback = "{FALLBACK}"\ntime_zone = "UTC"'
        if minute.endswith("9"):
            closed = closed.replace(f"{minute}-", f"{minute[:-1]}0-")
        text = Settings.toml(self).replace(f'time_zone = "{self.time_zone}"', closed)
        agents = [f'[[agent]]\nid = "{who}"\nname = "{who}"\nphones = ["{p}"]' for who, p in PHONES.items()]
        return "\n".join([text, *agents, "[routing]", "enabled = true", "primary_rings = 2"]) + "\n"


@dataclass(slots=True)
class Night:
    """A PBX, a service and a roster."""

    pbx: Pbx
    service: Service
    roster: RosterStore
    changes: ChangeStore
    log: LogbookStore

    async def publish(self, hotline: str, *who: str, change_at: Sequence[datetime] = ()) -> list[Shift]:
        """One primary after the other, changing over at the given instants; the last one for days."""
        edges = [BEGAN, *change_at, ENDS]
        shifts = [
            Shift(
                hotline=HotlineNumber(hotline), start=start, end=end, role=DutyRole.PRIMARY, seat=1,
                person=AgentId(person),
            )
            for person, start, end in zip(who, edges[:-1], edges[1:], strict=True)
        ]  # fmt: skip
        window = (BEGAN - timedelta(days=1), ENDS)
        await self.roster.publish(shifts, {HotlineNumber(hotline): [window]}, AgentId("boss"), "a test")
        return shifts

    async def swap(self, shift: Shift, taker: str) -> None:
        """The supervisor puts somebody else there."""
        move = Move(
            shift_id=shift.id, start=shift.start, end=shift.end, giver=shift.person, taker=AgentId(taker)
        )
        now = datetime.now(UTC)
        await self.changes.ask(
            Change(
                id="",
                kind=ChangeKind.EDIT,
                state=ChangeState.APPROVED,
                moves=(move,),
                other=None,
                asked_by=AgentId("boss"),
                reason="ill",
                asked_at=now,
                decided_by=AgentId("boss"),
                decided_at=now,
            )
        )

    async def held(self) -> dict[str, str]:
        """What the PBX has in AstDB below our family, asked at its own console."""
        listed = await self.pbx.cli("database show callcenter")
        rows = re.findall(r"^/callcenter/(\S+)\s*: (.*?)\s*$", listed, re.MULTILINE)
        return dict(rows)

    async def is_tidy(self) -> bool:
        """Whether the PBX holds only days that are listed: the service has then no reason to look again."""
        held = await self.held()
        days = [name.split("/")[:2] for name in held if name.count("/") == 2]
        return all(day in held[f"{hotline}/index"] for hotline, day in days)

    async def decided(self, hotline: str) -> list[str]:
        """What its dialplan would do now."""
        return DialplanModel(await self.held()).decide(hotline, int(time.time()))

    async def is_told(self, hotline: str, person: str) -> None:
        """Waits until the PBX would ring that person."""

        async def so() -> bool:
            told = await self.decided(hotline)
            return told[0] == "closed" and told[2].split(";")[1] == person

        await until(so, f"{hotline} leads to {person}", LIMIT, self.service.log)

    async def is_decided(self, hotline: str, *wanted: str) -> None:
        """Waits until the PBX has that mode and reason."""

        async def so() -> bool:
            return (await self.decided(hotline))[:2] == [*wanted]

        await until(so, f"{hotline} is {wanted}", LIMIT, self.service.log)

    async def rings(self, hotline: str) -> Truth:
        """A caller from outside; whoever is rung answers."""
        plan = answers(0.2, talk=0.3)
        phones = dict.fromkeys((*PHONES.values(), FALLBACK), plan)
        return await self.pbx.call(hotline, caller=f"86138001700{next(_number):02}", phones=phones)

    async def in_sync(self) -> bool:
        """Whether the service says that the PBX holds what it should, of every hotline."""
        page = await self.service.text("/metrics")
        return re.findall(r'routing_in_sync{hotline="\d+"} (\S+)', page) == ["1.0"] * len(LINES)

    async def entries(self, hotline: str) -> list[tuple[str, str]]:
        """The hotline's forced modes in the duty log: author and text."""
        now = datetime.now(UTC)
        story = await self.log.story(
            HotlineNumber(hotline), now - timedelta(hours=1), now + timedelta(hours=1)
        )
        return [(entry.author, entry.text) for entry in story if entry.kind is EntryKind.FORCED_MODE]

    async def force(self, hotline: str, *words: str) -> tuple[int, str]:
        return await self.service.command("routing", "force", *words, "--hotline", hotline)


@pytest.fixture(scope="module")
def installation(postgres_server: Server) -> Iterator[Database]:
    """A database for all of this module: each test has a hotline of its own."""
    database = postgres_server.create()
    yield database
    postgres_server.drop(database)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def night(
    tmp_path_factory: pytest.TempPathFactory, installation: Database, fragile_pbx: Pbx
) -> AsyncIterator[Night]:
    """A service beside a PBX of this module's own. The last test kills it."""
    entry = PbxEntry(
        address=fragile_pbx.ami, hotlines=LINES, username="callcenter", secret="callcenter-secret"
    )
    settings = Routed(pbxs=(entry,), dsn=installation.dsn, owner_dsn=installation.owner_dsn)
    pool = await open_pool(installation.dsn, size=2)
    folder = tmp_path_factory.mktemp("routing")
    async with services.serving(folder, settings) as service:
        night = Night(fragile_pbx, service, RosterStore(pool), ChangeStore(pool), LogbookStore(pool))
        await until(night.in_sync, "the PBX has the schedules", LIMIT, service.log)
        yield night
    await pool.close()


def ahead(seconds: float) -> datetime:
    """A whole second from now."""
    return datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds)


async def past(at: datetime) -> None:
    """Until that second is over by the clock, which is the PBX's too."""
    await asyncio.sleep(max(0.0, at.timestamp() - time.time()) + 0.05)


async def test_the_person_on_duty_is_rung_and_after_a_swap_the_other_one(night: Night):
    (shift,) = await night.publish("4600", "li")
    await night.is_told("4600", "li")
    assert (await night.rings("4600")).answered_by == PHONES["li"]

    await night.swap(shift, "zhang")
    await night.is_told("4600", "zhang")
    truth = await night.rings("4600")
    assert [leg.phone for leg in truth.legs] == [PHONES["zhang"]]

    first, second = sorted(await night.service.settled(2), key=lambda call: str(call["arrived_at"]))
    for call, person in ((first, "li"), (second, "zhang")):
        assert (call["outcome"], call["answered_by"], call["agent_id"]) == (
            "answered", PHONES[person], person,
        )  # fmt: skip
        assert call["after_hours"] is True
        assert [duty["person"] for duty in call["on_duty"]] == [person]


async def test_with_nobody_on_duty_callers_reach_the_fallback(night: Night):
    await night.is_decided("4601", "fallback", "nobody")

    assert (await night.rings("4601")).answered_by == FALLBACK


async def test_a_link_cut_while_pushing_never_leaves_half_a_schedule(night: Night):
    await night.publish("4603", "li")
    await night.is_told("4603", "li")
    seen = set()
    for turn in range(8):
        await night.publish("4603", "zhang" if turn % 2 else "wang")
        await asyncio.sleep(0.05 * turn)  # another place in the push each time, wherever that is
        await night.pbx.link("cut")
        told = await night.decided("4603")
        assert told[:2] == ["closed", "schedule"], told
        seen.add(told[2].split(";")[1])
        await night.pbx.link("open")

    await night.is_told("4603", "zhang")
    assert seen <= {"li", "zhang", "wang"}
    assert (await night.rings("4603")).answered_by == PHONES["zhang"]


async def test_a_pbx_that_forgot_what_it_confirmed_is_told_again(night: Night):
    await night.publish("4604", "li")
    await night.is_told("4604", "li")
    await night.publish("4604", "zhang")
    await night.is_told("4604", "zhang")
    await night.pbx.kill()
    await night.pbx.boot()

    await night.is_told("4604", "zhang")
    await until(night.in_sync, "the PBX has the schedules", LIMIT, night.service.log)
    assert (await night.rings("4604")).answered_by == PHONES["zhang"]


async def test_forced_by_command_the_hotline_is_open_and_the_log_says_who_and_why(night: Night):
    await night.publish("4605", "li")
    await night.is_told("4605", "li")

    told = await night.force("4605", "open", "--by", "li", "--reason", "a talk")

    assert told == (0, "4605 is forced open; main has it\n")
    assert await night.decided("4605") == ["open", "forced"]
    assert (await night.rings("4605")).legs == []
    assert await night.entries("4605") == [("li", "open. a talk")]


async def test_forced_by_a_code_on_a_phone_it_stays_and_stands_in_the_log(night: Night):
    await night.publish("4606", "li")
    await night.is_told("4606", "li")
    pin = (("wait", 1.0), ("dtmf", "4711#"))

    await night.pbx.call("*914606*2", caller="1904", origin="1904", then=pin)

    async def written() -> list[tuple[str, str]]:
        return await night.entries("4606")

    ((author, text),) = await until(written, "it stands in the duty log", LIMIT, night.service.log)
    assert (author, text.split()[0], text.endswith("a code dialled on a phone")) == ("zhao", "open", True)
    await night.publish("4606", "zhang")
    assert (await night.rings("4606")).legs == []

    await night.pbx.call("*924606", caller="1904", origin="1904", then=pin)
    await night.is_told("4606", "zhang")
    assert (await night.rings("4606")).answered_by == PHONES["zhang"]


async def test_check_config_says_what_the_pbx_holds(night: Night):
    for hotline in ("4607", "4601"):
        await night.publish(hotline, "li")
        await night.is_told(hotline, "li")
    await until(night.is_tidy, "the PBX holds no old days any more", LIMIT, night.service.log)
    await night.pbx.cli("database put callcenter 4607/settings wait")
    await night.pbx.cli("database put callcenter 4699/index 2,1,0123456789ab")

    _, said = await night.service.command("check-config")

    assert re.search(r"ok +\[routing\] \[\[pbx\]\] main: holds the roster of 4601 until \S+", said)
    assert "main: holds another schedule of 4607 than the roster" in said
    assert "the PBX holds a schedule of 4699" in said


async def change_over_that_is_known(night: Night) -> datetime:
    """A change-over on 4602 from wu to zhao of which the PBX knows in time: sooner on a quick machine."""
    for lead in (10, 30, 90):
        change_over = ahead(lead)
        await night.publish("4602", "wu", "zhao", change_at=[change_over])
        while datetime.now(UTC) < change_over - timedelta(seconds=3):
            if (await night.decided("4602"))[:3] == ["closed", "schedule", "primary;wu;10;d1905"]:
                return change_over
    raise AssertionError(f"it takes more than 90 s until the PBX knows:\n{night.service.log()[-3000:]}")


async def test_the_service_killed_and_the_pbx_restarted_the_next_shift_is_rung_all_the_same(night: Night):
    change_over = await change_over_that_is_known(night)
    await night.service.kill()
    before = await night.rings("4602")

    await past(change_over)
    after = await night.rings("4602")
    await night.pbx.restart()
    restarted = await night.rings("4602")

    if before.t_invite < change_over.timestamp() - 1:  # else this machine was too slow to see the first shift
        assert before.answered_by == PHONES["wu"]
    assert after.answered_by == PHONES["zhao"]
    assert restarted.answered_by == PHONES["zhao"]

    told = await night.force("4602", "open", "--until", "2099-01-01T00:00", "--reason", "a feast")
    assert told == (0, "4602 is forced open until 2099-01-01 00:00:00 +0000; main has it\n")
    assert (await night.rings("4602")).legs == []
    told = await night.force("4602", "auto", "--reason", "over")
    assert told == (0, "4602 is as its schedule says; main has it\n")
    status, shown = await night.service.command("routing", "show", "--hotline", "4602", "--json")
    shows = json.loads(shown)
    assert (status, shows["mode"], shows["why"], shows["pbx"]["agrees"]) == (0, "closed", "schedule", True)
    assert [(step["person"], step["rings"]) for step in shows["chain"]] == [("zhao", 2)]
    assert shows["chain"][0]["phones"] == [{"phone": PHONES["zhao"], "outside": False}]
