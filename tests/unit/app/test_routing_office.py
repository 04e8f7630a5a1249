"""What is told of a call before it comes: by the roster, and by what its PBX holds."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from callcenter.ami.protocol import NotConnectedError
from callcenter.app.routing import RoutingOffice
from callcenter.roster.plan import Forced as Order
from callcenter.routing.astdb import Pusher
from callcenter.routing.policy import Rules, schedule
from callcenter.store.routing import ForcedMode
from callcenter.terms import PbxName, RoutingMode
from tests.support.fakeastdb import FakeAstdb
from tests.support.nights import LINE, NIGHT, hotline, plan, shifts


class Modes:
    def __init__(self) -> None:
        self.now = {}

    async def forced(self):
        return self.now

    async def force(self, number, mode, until, by, reason):
        return ForcedMode(hotline=number, mode=mode, at=NIGHT, until=until, author=by, reason=reason)


class Desk:
    def __init__(self) -> None:
        self.pbx = FakeAstdb()
        self.modes = Modes()
        self.away = False
        self.line = hotline(fallback="1900")
        self.plan = plan(*shifts("zhang", "li"))
        self.office = RoutingOffice(
            [self.line],
            plan=lambda: self.plan,
            modes=self.modes,
            reach=self.reach,
            outside_digits=7,
            monotonic=lambda: 0.0,
        )

    @asynccontextmanager
    async def reach(self, pbx: PbxName):
        assert pbx == self.line.pbx
        if self.away:
            raise NotConnectedError("pbx.example refuses the connection")
        yield self.pbx

    async def push(self) -> None:
        now = self.plan
        rules = Rules.of(self.line, book=now.book, people=now.people, calendar=now.calendar, outside_digits=7)
        await Pusher(self.pbx, lambda: 0.0).push({LINE: schedule(rules, NIGHT, 7).keys})


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_the_chain_is_told_with_names_phones_and_limits_and_that_the_pbx_agrees(desk):
    await desk.push()

    told = await desk.office.show(LINE, NIGHT)

    step = {
        "step": 1, "role": "primary", "person": "zhang", "name": "zhang", "rings": 4, "seconds": 20,
        "phones": [{"phone": "1002", "outside": False}, {"phone": "13900000002", "outside": True}],
    }  # fmt: skip
    assert told == {
        "hotline": "4001", "at": "2026-12-03T12:00:00.000000Z", "mode": "closed", "why": "schedule",
        "chain": [step], "forced": None, "fallback": "1900", "busy": "next",
        "pbx": {
            "name": "main", "reached": True, "agrees": True, "held_until": "2026-12-11T00:00:00.000000Z",
            "mode": "closed", "why": "schedule", "chain": [step],
        },
    }  # fmt: skip


async def test_a_pbx_that_holds_something_else_is_told_with_what_it_would_do(desk):
    await desk.push()
    desk.plan = plan(*shifts("li"))

    told = await desk.office.show(LINE, NIGHT)

    assert (told["chain"][0]["person"], told["pbx"]["chain"][0]["person"]) == ("li", "zhang")
    assert not told["pbx"]["agrees"]


async def test_a_pbx_that_can_not_be_asked_is_told_with_the_reason(desk):
    desk.away = True

    told = await desk.office.show(LINE, NIGHT)

    assert told["pbx"] == {
        "name": "main", "reached": False, "trouble": "pbx.example refuses the connection",
    }  # fmt: skip


async def test_what_is_forced_is_told_while_it_holds(desk):
    until = NIGHT + timedelta(hours=1)
    desk.modes.now = {LINE: Order(mode=RoutingMode.OPEN, since=NIGHT, until=until)}

    during, after = await desk.office.show(LINE, NIGHT), await desk.office.show(LINE, until)

    assert (during["mode"], during["why"], during["forced"]["until"]) == (
        "open", "forced", "2026-12-03T13:00:00.000000Z",
    )  # fmt: skip
    assert (after["mode"], after["forced"]) == ("closed", None)


async def test_an_order_goes_straight_to_the_pbx_and_is_taken_back_there(desk):
    until = NIGHT + timedelta(hours=1, microseconds=5)
    forced = await desk.office.force(LINE, RoutingMode.OPEN, until, "li", "a talk")
    await desk.office.bring(forced)

    second = int(until.timestamp())
    assert desk.pbx.values == {"4001/force": f"open,{second},li", "4001/seen": f"open,{second},li"}

    await desk.office.bring(await desk.office.force(LINE, None, None, "li", "over"))
    assert desk.pbx.values == {}
