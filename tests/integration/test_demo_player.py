"""The played PBX, heard by the product's own client over a real socket."""

import asyncio
from random import Random

import pytest

from callcenter.ami.parse import headers, parse
from callcenter.ami.received import LinkOpened, LinkTrouble, Trouble
from callcenter.ami.settings import AmiSettings
from callcenter.demo import office
from callcenter.demo.player import Player, wall_clock
from callcenter.facts import CallOffered, PhoneRang
from callcenter.sites import Site
from callcenter.tracking.tracker import Tracker
from tests.support import link

SECRET = "demo-secret"
SITE = Site(pbx=office.PBX, trunks=frozenset(office.TRUNKS), hotlines=office.HOTLINES, agents=office.AGENTS)


def player(**more):
    return Player(Random(11), username="demo", secret=SECRET, **more)


def following(port, secret=SECRET, **more):
    return link.following(AmiSettings(host="127.0.0.1", port=port, username="demo", secret=secret, **more))


async def test_calls_ring_within_seconds_and_the_tracker_follows_them():
    async with player() as pbx, following(pbx.port) as (_, heard):
        await heard.until(lambda _: heard.events("DialState"))
    assert not [item for item in heard.received if isinstance(item, LinkTrouble)]
    tracker = Tracker(SITE)
    facts = [
        fact for m in heard.messages if (event := parse(m, wall_clock())) for fact in tracker.receive(event)
    ]
    assert [f for f in facts if isinstance(f, CallOffered)]
    assert [f for f in facts if isinstance(f, PhoneRang)]


async def test_it_happens_now():
    async with player() as pbx, following(pbx.port) as (_, heard):
        await heard.until(lambda _: heard.events("Newchannel"))
        event = parse(heard.events("Newchannel")[0], None)
        assert abs(wall_clock() - event.at) < 2_000_000
        assert event.uniqueid.startswith(str(event.at)[:8])


async def test_a_client_that_comes_later_reads_back_what_goes_on():
    async with player() as pbx:
        async with following(pbx.port) as (_, first):
            await first.until(lambda _: first.events("DialState"))
        async with following(pbx.port) as (client, later):
            await later.until(lambda _: later.events("BridgeListComplete"))
            assert {headers(m)["Uniqueid"] for m in later.events("CoreShowChannel")} >= {
                headers(first.events("DialState")[0])["Uniqueid"]
            }
            leg = headers(first.events("DialState")[0])["DestUniqueid"]
            [status] = [m for m in later.events("Status") if headers(m)["Uniqueid"] == leg]
            assert headers(status)["Application"] == "AppDial"
            assert b"Variable: CDR(start,u)=" in status
            answer = await client.action({"Action": "QueueStatus"})
            members = [item for item in answer if item.get("Event") == "QueueMember"]
            assert len(members) == sum(len(desk.phones) for desk in office.DESKS)
            assert any(m["Status"] in ("2", "6") for m in members)


async def test_several_clients_hear_the_same():
    async with player() as pbx, following(pbx.port) as (_, one), following(pbx.port) as (_, two):
        await one.until(lambda _: one.events("DialState"))
        await two.until(lambda _: two.events("DialState"))
    assert one.events("DialState")[0] == two.events("DialState")[0]


async def test_our_filters_let_all_through_that_we_read_and_nothing_else():
    async with (
        player() as pbx,
        following(pbx.port) as (_, filtered),
        following(pbx.port, filters=False) as (_, unfiltered),
    ):
        await filtered.until(lambda _: len(filtered.events("DialState")) > 2)
        await unfiltered.until(lambda _: len(unfiltered.events("DialState")) > 2)
    read = [m for m in unfiltered.events("Newchannel", "VarSet", "DialBegin") if parse(m, None)]
    assert filtered.events("Newchannel", "VarSet", "DialBegin")[: len(read)] == read


async def test_a_wrong_secret_is_refused_as_asterisk_does():
    async with player() as pbx, following(pbx.port, secret="wrong") as (_, heard):
        await heard.until(lambda _: any(isinstance(item, LinkTrouble) for item in heard.received))
    [trouble] = [item for item in heard.received if isinstance(item, LinkTrouble)]
    assert trouble.kind is Trouble.SECRET
    assert not [item for item in heard.received if isinstance(item, LinkOpened)]


async def test_a_port_that_is_taken_is_an_error_at_the_start():
    async with player() as pbx:
        with pytest.raises(OSError, match="in use"):
            async with player(port=pbx.port):
                pass


async def test_nothing_is_left_when_it_stops():
    before = asyncio.all_tasks()
    async with player() as pbx, following(pbx.port) as (_, heard):
        await heard.until(lambda _: any(isinstance(item, LinkOpened) for item in heard.received))
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
