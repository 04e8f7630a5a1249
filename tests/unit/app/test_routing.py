"""The service keeps each PBX at what the roster says, and learns what was forced by phone."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from callcenter.app.routing import Routing, keeper
from callcenter.facts import LinkUp, RoutingForced
from callcenter.roster.plan import Forced as Order
from callcenter.routing.held import decide_held
from callcenter.routing.words import Mode, Why
from callcenter.store.pool import StoreAway
from callcenter.terms import HotlineNumber, PbxName, Phone, RoutingMode
from tests.support.fakeastdb import FakeAstdb
from tests.support.nights import LINE, NIGHT, hotline, plan, shifts

MAIN, NORTH = PbxName("main"), PbxName("north")
AT = int(NIGHT.timestamp())
CLOSED = Order(mode=RoutingMode.CLOSED, since=NIGHT + timedelta(hours=1), until=None)
"""Given by a clock that is ahead of the PBX's."""


class Modes:
    """Forced modes in a PostgreSQL that may be away."""

    def __init__(self) -> None:
        self.now: dict[HotlineNumber, Order] = {}
        self.taken: list[tuple[str, RoutingMode | None, datetime | None, str]] = []
        self.away = False

    async def forced(self):
        if self.away:
            raise StoreAway("PostgreSQL is not running")
        return dict(self.now)

    async def force(self, hotline, mode, until, by, reason):
        if self.away:
            raise StoreAway("PostgreSQL is not running")
        self.taken.append((hotline, mode, until, by))
        self.now.pop(hotline, None)
        if mode is not None:
            self.now[hotline] = Order(mode=mode, since=NIGHT, until=until)


class Office:
    """The routing of one or two PBXs, with everything around it under the test's control."""

    def __init__(self, *lines) -> None:
        self.plan = None
        self.modes = Modes()
        self.clock = NIGHT
        self.pbxs = {MAIN: FakeAstdb(), NORTH: FakeAstdb()}
        self.turned = asyncio.Event()
        self.routing = Routing(
            lines or (hotline(),),
            days_ahead=7,
            outside_digits=7,
            plan=self.current,
            modes=self.modes,
            now=lambda _: self.clock,
        )

    def current(self):
        self.turned.set()
        return self.plan

    def values(self, pbx=MAIN, number=LINE):
        found = self.pbxs[pbx].values.items()
        return {name.removeprefix(f"{number}/"): v for name, v in found if name.startswith(f"{number}/")}

    def change(self, *planned) -> None:
        self.plan = plan(*planned)
        self.routing.changed()

    async def until(self, true) -> None:
        async with asyncio.timeout(30):
            while not true():  # noqa: ASYNC110 - what is awaited is a value in a store, which tells nobody
                await asyncio.sleep(0.005)


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    for name in ("RETRY", "AWAY", "NO_PLAN"):
        monkeypatch.setattr(keeper, name, 0.02)


@asynccontextmanager
async def running(office):
    loop = asyncio.get_running_loop()
    tasks = [loop.create_task(office.routing.run(pbx, ami)) for pbx, ami in office.pbxs.items()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(one, asyncio.CancelledError) for one in ended), ended


async def test_a_roster_that_was_read_is_pushed_and_a_change_of_it_too():
    office = Office()
    office.plan = plan(*shifts("li", "zhang"))
    async with running(office):
        await office.until(lambda: office.routing.held()[LINE].in_sync)
        assert decide_held(office.values(), AT).steps[0].person == "li"

        office.change(*shifts("wang", "zhang"))
        await office.until(lambda: decide_held(office.values(), AT).steps[0].person == "wang")
        await office.until(lambda: office.routing.held()[LINE].in_sync)

    assert office.routing.held()[LINE].until == datetime(2026, 12, 11, tzinfo=UTC)


async def test_nothing_is_pushed_before_the_roster_was_read():
    office = Office()
    office.pbxs[MAIN].values["4001/index"] = "2,20000,0123456789ab"
    async with running(office):
        for _ in range(3):
            office.turned.clear()
            await office.turned.wait()

    assert office.pbxs[MAIN].sent == []
    assert not office.routing.held()[LINE].in_sync


async def test_each_pbx_has_its_own_hotlines_and_no_other():
    office = Office(hotline(), hotline("4002", pbx=NORTH))
    office.plan = plan(numbers=(hotline(), hotline("4002", pbx=NORTH)))
    async with running(office):
        await office.until(lambda: all(held.in_sync for held in office.routing.held().values()))

    assert {name.split("/")[0] for name in office.pbxs[MAIN].values} == {"4001"}
    assert {name.split("/")[0] for name in office.pbxs[NORTH].values} == {"4002"}


async def test_a_link_that_is_back_has_everything_compared_again():
    office = Office()
    office.plan = plan(*shifts("li"))
    async with running(office):
        await office.until(lambda: office.routing.held()[LINE].in_sync)
        office.pbxs[MAIN].values.clear()  # the PBX fell before its disk had it

        office.routing.hear(
            LinkUp(at=NIGHT, pbx=MAIN, gap_seconds=1.0, gap_began_at=NIGHT, pbx_restarted=False)
        )
        await office.until(lambda: office.routing.held()[LINE].in_sync and office.values())

    assert decide_held(office.values(), AT).steps[0].person == "li"


async def test_a_pbx_that_refuses_is_told_once_and_gets_it_when_it_may():
    office = Office()
    office.plan = plan(*shifts("li"))
    office.pbxs[MAIN] = FakeAstdb(denied=("DBPut",))
    with capture_logs() as logs:
        async with running(office):
            await office.until(lambda: office.pbxs[MAIN].reads >= 4)
            office.pbxs[MAIN]._denied = ()
            await office.until(lambda: office.routing.held()[LINE].in_sync)

    told = [line["why"] for line in logs if line["event"] == "routing_trouble"]
    assert told == [
        "the PBX does not permit DBPut: add system to the account's write classes in manager.conf"
    ]


async def test_what_is_forced_here_is_in_the_pbx_and_away_again_when_it_is_over():
    office = Office()
    office.plan = plan(*shifts("li"))
    async with running(office):
        office.modes.now = {LINE: CLOSED}
        await office.until(lambda: office.values().get("seen") == "closed,0,callcenter")
        assert decide_held(office.values(), AT).why is Why.FORCED

        office.modes.now = {}
        office.routing.changed()
        await office.until(lambda: "force" not in office.values())

    assert office.modes.taken == []


async def test_what_was_forced_by_phone_is_taken_over_with_its_owner_and_stays():
    office = Office()
    office.plan = plan(*shifts("li"))
    until = NIGHT + timedelta(hours=8)
    async with running(office):
        await office.until(lambda: office.routing.held()[LINE].in_sync)
        office.pbxs[MAIN].values["4001/force"] = f"open,{int(until.timestamp())},1002"
        office.routing.hear(forced_by_phone(RoutingMode.OPEN))
        await office.until(lambda: "seen" in office.values())
        office.routing.changed()
        await office.until(lambda: office.values().get("seen") == office.values()["force"])

    assert office.modes.taken == [(LINE, RoutingMode.OPEN, until, "zhang")]
    assert decide_held(office.values(), AT).mode is Mode.OPEN


async def test_given_back_to_the_schedule_by_phone_it_stays_so_and_the_phone_is_named():
    office = Office()
    office.plan = plan(*shifts("li"))
    office.modes.now = {LINE: CLOSED}
    async with running(office):
        await office.until(lambda: office.values().get("seen") == "closed,0,callcenter")
        del office.pbxs[MAIN].values["4001/force"]
        office.routing.hear(forced_by_phone(None))
        await office.until(lambda: "seen" not in office.values())

    assert office.modes.taken == [(LINE, None, None, "zhang")]
    assert "force" not in office.values()


@pytest.mark.parametrize("value", ["open,999999999999,1002", "closed,0,"])
async def test_whatever_a_phone_left_there_is_taken_over_as_far_as_it_goes(value):
    office = Office()
    office.plan = plan(*shifts("li"))
    office.pbxs[MAIN].values["4001/force"] = value
    async with running(office):
        await office.until(lambda: "seen" in office.values())
        office.routing.changed()
        await office.until(lambda: office.values()["seen"] == office.values()["force"])

    ((_, mode, until, by),) = office.modes.taken
    assert (mode.value, by) == (value.partition(",")[0], "zhang" if value.endswith("1002") else "phone")
    assert until is None or until.year == 9999


async def test_without_postgres_what_is_forced_in_the_pbx_stays_as_it_is():
    office = Office()
    office.plan = plan(*shifts("li"))
    office.modes.away = True
    office.pbxs[MAIN].values["4001/force"] = "open,0,1002"
    async with running(office):
        await office.until(lambda: office.pbxs[MAIN].reads >= 6)
        assert office.values()["force"] == "open,0,1002"
        assert office.routing.held()[LINE].in_sync

        office.modes.away = False
        await office.until(lambda: office.modes.taken)

    assert office.modes.taken == [(LINE, RoutingMode.OPEN, None, "zhang")]


async def test_what_somebody_else_wrote_there_is_put_right_and_told():
    office = Office()
    office.plan = plan(*shifts("li"))
    with capture_logs() as logs:
        async with running(office):
            await office.until(lambda: office.routing.held()[LINE].in_sync)
            good = dict(office.pbxs[MAIN].values)
            office.pbxs[MAIN].values["4001/settings"] = "wait"
            office.routing.changed()
            await office.until(lambda: any(line["event"] == "routing_trouble" for line in logs))
            assert office.pbxs[MAIN].values == good

    told = [line["why"] for line in logs if line["event"] == "routing_trouble"]
    assert told == ["somebody else wrote to the PBX's schedule of 4001: it was put right"]


async def test_a_schedule_of_a_hotline_that_is_not_the_pbxs_is_told_and_left():
    office = Office()
    office.plan = plan(*shifts("li"))
    office.pbxs[MAIN].values["4009/index"] = "2,20000,0123456789ab"
    with capture_logs() as logs:
        async with running(office):
            for _ in range(3):
                office.routing.changed()
                reads = office.pbxs[MAIN].reads
                await office.until(lambda reads=reads: office.pbxs[MAIN].reads > reads)

    (told,) = [line["why"] for line in logs if line["event"] == "routing_trouble"]
    assert "a schedule of 4009" in told
    assert "4009/index" in office.pbxs[MAIN].values


def forced_by_phone(mode: RoutingMode | None) -> RoutingForced:
    return RoutingForced(at=NIGHT, pbx=MAIN, hotline=LINE, mode=mode, until=None, phone=Phone("1002"))
