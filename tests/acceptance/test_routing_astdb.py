"""AstDB of real Asterisks, the newest and the oldest: what is pushed is what their dialplans then read."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from callcenter.ami.client import AmiClient
from callcenter.ami.parse import headers
from callcenter.ami.settings import AmiSettings
from callcenter.routing.astdb import KEEP, Denied, Pusher
from callcenter.routing.policy import Rules, schedule
from callcenter.routing.words import Content
from callcenter.terms import DutyRole, HotlineNumber
from tests.support.asterisk import build
from tests.support.asterisk.duty import write
from tests.support.asterisk.fixtures import running
from tests.support.asterisk.pbx import Pbx, Variant
from tests.support.asterisk.plans import answers
from tests.support.dialplan_model import DialplanModel
from tests.support.link import Heard, following
from tests.support.nights import hotline, people, plan, shifts

pytestmark = [pytest.mark.needs_pbx, pytest.mark.timeout(180), pytest.mark.slow]

EDITIONS = [build.NEWEST, *([build.OLDEST] if build.built_root(build.OLDEST) else [])]
"""The oldest promised too, where somebody has built it."""
LINE = HotlineNumber("4680")
PHONES = {"li": ("1901",), "zhang": ("1902",)}


class Treeless:
    """A link to an Asterisk 16 that is older than the tests' own: it has no DBGetTree yet."""

    def __init__(self, client: AmiClient) -> None:
        self._client = client

    async def action(self, action: Mapping[str, str], /) -> list[dict[str, str]]:
        if action["Action"] == "DBGetTree":
            action = {**action, "Action": "DBGetTreeOfLater"}
        return await self._client.action(action)


@pytest.fixture(scope="module", params=EDITIONS, ids=lambda edition: edition.major)
def exchange(request: pytest.FixtureRequest) -> Iterator[Pbx]:
    yield from running(Variant(asterisk=request.param))


@pytest_asyncio.fixture
async def client(exchange: Pbx) -> AsyncIterator[AmiClient]:
    async with logged_in(exchange, "callcenter") as (client, heard):
        await heard.until(lambda heard: heard.events("BridgeListComplete"))
        yield client
    await exchange.cli("database deltree callcenter")


def logged_in(pbx: Pbx, user: str):
    host, port = pbx.ami
    return following(AmiSettings(host=host, port=port, username=user, secret=f"{user}-secret"))


def content(*who: str, days: int = 14) -> Content:
    """Somebody's shifts of an hour in turn, from an hour ago on, for days."""
    since = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    planned = shifts(*who * (60 // len(who)), since=since, hours=4, number=LINE)
    now = plan(*planned, known=people(PHONES))
    rules = Rules.of(
        hotline(LINE, office_hours=("02-29..02-29 00:00-00:01",)),
        book=now.book,
        people=now.people,
        calendar=now.calendar,
        outside_digits=7,
    )
    return {LINE: schedule(rules, since, days).keys}


async def held(pbx: Pbx) -> dict[str, str]:
    """What the PBX has, asked at its console."""
    listed = await pbx.cli("database show callcenter")
    return dict(re.findall(r"^/callcenter/(\S+)\s*: (.*?)\s*$", listed, re.MULTILINE))


@pytest.mark.parametrize("tree", [True, False], ids=["tree", "key by key"])
async def test_what_is_pushed_is_what_the_dialplan_reads(exchange: Pbx, client: AmiClient, tree: bool):
    ami = client if tree else Treeless(client)
    clock = [0.0]
    pusher = Pusher(ami, lambda: clock[0])

    first, before = await pusher.push(content("li", "zhang", days=19))
    assert (first.written > 10, before) == (True, {LINE: {}})
    assert (await pusher.push(content("li", "zhang", days=14)))[0].left > 0
    wanted = content("zhang", "li")
    await pusher.push(wanted)
    clock[0] += KEEP
    assert (await pusher.push(wanted))[0].left == 0
    assert (await pusher.push(wanted))[0].written == 0

    assert await held(exchange) == {f"{LINE}/{key}": value for key, value in wanted[LINE].items()}
    decided = DialplanModel(await held(exchange)).decide(LINE, int(time.time()))
    assert decided[:2] == ["closed", "schedule"]
    truth = await exchange.call(LINE, caller="8613800171001", phones={"1902": answers(0.2, talk=0.2)})
    assert truth.answered_by == "1902"
    assert decided[2].startswith(f"{DutyRole.PRIMARY};zhang;")


async def test_the_longest_chain_that_is_pushed_is_read_whole(exchange: Pbx, client: AmiClient):
    names = [f"somebody-with-a-rather-long-name-{n:02}" for n in range(20)]
    crowd = people(dict.fromkeys(names, ("1901", "1902")))
    night = [
        type(one)(hotline=one.hotline, start=one.start, end=one.end, role=one.role, seat=seat, person=name)
        for seat, name in enumerate(names, 1)
        for one in shifts(name, since=datetime.now(UTC) - timedelta(hours=1), number=LINE)
    ]
    now = plan(*night, known=crowd)
    rules = Rules.of(
        hotline(LINE, office_hours=("02-29..02-29 00:00-00:01",)), book=now.book, people=now.people,
        calendar=now.calendar, outside_digits=7,
    )  # fmt: skip
    wanted = schedule(rules, datetime.now(UTC), 7)

    await Pusher(client, asyncio.get_running_loop().time).push({LINE: wanted.keys})

    assert max(len(value) for value in wanted.keys.values()) > 800
    truth = await exchange.call(LINE, caller="8613800171002", phones={"1901": answers(0.2, talk=0.2)})
    assert truth.answered_by == "1901"


async def test_an_account_that_may_only_watch_is_told_what_it_lacks(exchange: Pbx):
    async with logged_in(exchange, "watcher") as (client, heard):
        await heard.until(lambda heard: heard.events("BridgeListComplete"))
        with pytest.raises(Denied, match="does not permit DBPut: add system"):
            await Pusher(client, asyncio.get_running_loop().time).push(content("li", "zhang"))


OFFICE = ((), ("daily 00:00-24:00",), ("02-29..02-29 00:00-00:01",), ("mon-fri 08:00-20:00",))
FORCED = ("", "open,0,li", "closed,0,1901", "open,{past},li", "closed,{later},li", "shut,0,li", "open,0")
CASES = 120


def some_roster(chance: random.Random, number: str) -> dict[str, str]:
    """One hotline's keys: somebody's shifts around now, at times a forced mode, at times a value mangled."""
    now = datetime.now(UTC).replace(microsecond=0)
    since = now - timedelta(hours=chance.randrange(40))
    who = chance.choices(["li", "zhang", "nobody-known"], k=chance.randrange(12))
    planned = shifts(*who, since=since, hours=chance.randrange(1, 20), number=number)
    seats = [replace(one, role=chance.choice(list(DutyRole)), seat=n) for n, one in enumerate(planned, 1)]
    made = plan(*seats, known=people(PHONES))
    line = hotline(number, office_hours=chance.choice(OFFICE))
    rules = Rules.of(line, book=made.book, people=made.people, calendar=made.calendar, outside_digits=7)
    keys = schedule(rules, now - timedelta(days=chance.choice((0, 0, 0, 3, 9))), 7).keys
    if forced := chance.choice(FORCED):
        past, later = (int((now + timedelta(hours=hours)).timestamp()) for hours in (-1, 1))
        keys["force"] = forced.format(past=past, later=later)
    if chance.random() < 0.4:
        hurt = chance.choice(sorted(keys))
        at = chance.randrange(len(keys[hurt]) or 1)
        keys[hurt] = keys[hurt][:at] + chance.choice(",;x0 |") + keys[hurt][at + chance.randrange(2) :]
    return {f"{number}/{key}": value for key, value in keys.items()}


async def test_the_dialplan_decides_as_its_model_does(exchange: Pbx):
    """The model that the laws of routing are tested with is held to the real one."""
    chance = random.Random(20261121)
    numbers = [str(4700 + n) for n in range(CASES)]
    keys = {name: value for number in numbers for name, value in some_roster(chance, number).items()}
    await write(exchange, keys)
    async with logged_in(exchange, "tests") as (client, heard):
        await heard.until(lambda heard: heard.events("BridgeListComplete"))
        for number in numbers:
            originate = {"Action": "Originate", "Channel": "Local/s@tests-decide/n", "Async": "true"}
            await client.action({**originate, "Application": "Hangup", "Variable": f"__WHICH={number}"})

        def decided(heard: Heard) -> dict[str, tuple[int, list[str]]]:
            told = [headers(message) for message in heard.events("UserEvent")]
            ours = [event for event in told if event["UserEvent"] == "Decided"]
            return {event["Hotline"]: (int(event["At"]), event["Said"].split("|")) for event in ours}

        await heard.until(lambda heard: len(decided(heard)) == CASES)
        answers = decided(heard)
    model = DialplanModel(keys)
    wrong = {
        number: (said, model.decide(number, at))
        for number, (at, said) in answers.items()
        if said not in (model.decide(number, at), model.decide(number, at - 1))
    }
    assert wrong == {}
    assert {(said[0], said[1]) for _, said in answers.values()} >= {
        ("open", "schedule"), ("open", "forced"), ("closed", "schedule"), ("closed", "forced"),
        ("fallback", "nobody"), ("fallback", "malformed"), ("fallback", "expired"),
    }  # fmt: skip
