"""The played PBX answers truthfully about what it plays."""

from random import Random

import pytest

from callcenter.ami.events import Connected
from callcenter.ami.parse import headers, parse
from callcenter.demo import office
from callcenter.demo.exchange import Exchange
from callcenter.demo.peer import encode
from callcenter.demo.traffic import HOUR, SECOND, history
from callcenter.facts import Anomaly, CallEnded
from callcenter.sites import Site
from callcenter.terms import Clock, Instant, Outcome
from callcenter.tracking.tracker import Tracker

START = Instant(1_795_140_000 * SECOND)
SITE = Site(pbx=office.PBX, trunks=frozenset(office.TRUNKS), hotlines=office.HOTLINES, agents=office.AGENTS)


@pytest.fixture(scope="module")
def hours():
    """A good hour of traffic with what queues' members do, as the player says it."""
    exchange = Exchange()
    told = []
    for at, message in history(Random(2), START, Instant(START + 3 * HOUR // 2)):
        told.append((at, message))
        told += [(at, encode(more)[:-4]) for more in exchange.follow(at, message)]
    return told


@pytest.fixture(scope="module")
def truth(hours):
    """What a tracker tells that was there all the time."""
    return calls_of(Tracker(SITE), hours)


def devices(exchange, now):
    members = (item for item in exchange.queues(now) if item["Event"] == "QueueMember")
    return {(m["Queue"], m["Interface"]): m["Status"] for m in members}


def lists(exchange, now):
    variables = "CDR(start,u),CDR(answer,u),MIXMONITOR_FILENAME,CC_HOTLINE"
    yield from exchange.status(now, variables)
    yield {"Event": "StatusComplete"}
    yield from exchange.channels(now)
    yield {"Event": "CoreShowChannelsComplete"}
    yield from exchange.queues(now)
    yield from exchange.bridges()


def test_when_all_is_quiet_nothing_is_left(hours):
    exchange = Exchange()
    for at, message in hours:
        exchange.follow(at, message)
    end = hours[-1][0]
    assert exchange.calls == 0
    assert not list(exchange.channels(end))
    assert not list(exchange.bridges())
    assert set(devices(exchange, end).values()) == {"1"}
    assert not [item for item in exchange.queues(end) if item["Event"] == "QueueEntry"]


def test_what_members_do_is_told_as_it_changes(hours):
    exchange = Exchange()
    heard = devices(exchange, START)
    for at, message in hours:
        exchange.follow(at, message)
        if message.startswith(b"Event: QueueMemberStatus"):
            told = headers(message)
            heard[told["Queue"], told["Interface"]] = told["Status"]
        if at > START + HOUR // 2:
            break
    assert heard == devices(exchange, at)


def calls_of(tracker, messages):
    facts = []
    for at, message in messages:
        event = parse(message, at)
        if event is not None:
            facts += tracker.receive(event)
    assert not [fact for fact in facts if isinstance(fact, Anomaly)]
    return {fact.call.call_id: fact.call for fact in facts if isinstance(fact, CallEnded)}


def test_a_tracker_finds_nothing_odd_in_it(truth):
    assert len(truth) > 50
    assert not [call for call in truth.values() if call.outcome is Outcome.LOST]


@pytest.mark.parametrize("seed", range(6))
def test_whoever_comes_late_learns_what_goes_on_by_asking(hours, truth, seed):
    """Calls that begin later are told alike, and of those that go on nothing is invented."""
    cut = Random(seed).randrange(len(hours) // 4, len(hours) * 3 // 4)
    exchange = Exchange()
    for at, message in hours[:cut]:
        exchange.follow(at, message)
    now = hours[cut - 1][0]
    tracker = Tracker(SITE)
    tracker.receive(Connected(at=now, clock=Clock.ARRIVAL))
    readback = [(now, encode(item)[:-4]) for item in lists(exchange, now)]
    calls = calls_of(tracker, readback + hours[cut:])
    later = {call_id for call_id, call in truth.items() if call.arrived_at.timestamp() > now / SECOND}
    assert {call_id: calls[call_id] for call_id in later} == {call_id: truth[call_id] for call_id in later}
    for call_id in calls.keys() - later:
        if calls[call_id].outcome is Outcome.ANSWERED and call_id in truth:
            assert truth[call_id].outcome is Outcome.ANSWERED
