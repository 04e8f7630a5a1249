"""The demo's traffic: made of recordings, and told by the tracker as what it was recorded as."""

import re
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from random import Random

import pytest

from callcenter.ami.parse import parse
from callcenter.demo import office, template
from callcenter.demo.office import DESKS, Scenario
from callcenter.demo.traffic import HOUR, SECOND, Traffic, history
from callcenter.facts import CallEnded
from callcenter.kpi import Tally
from callcenter.sites import Site
from callcenter.terms import Direction, Instant, Outcome
from callcenter.tracking.tracker import Tracker

NOON = Instant(int(datetime(2026, 11, 20, 12, 0, tzinfo=office.ZONE).timestamp()) * SECOND)
MIDNIGHT = Instant(NOON - 12 * HOUR)

SITE = Site(pbx=office.PBX, trunks=frozenset(office.TRUNKS), hotlines=office.HOTLINES, agents=office.AGENTS)

TRUTH = {
    "announcement-then-ringgroup": Outcome.ANSWERED,
    "attended-transfer-refer": Outcome.ANSWERED,
    "blind-transfer-refer": Outcome.ANSWERED,
    "direct-answer-01s": Outcome.ANSWERED,
    "direct-answer-17s": Outcome.ANSWERED,
    "early-media-183": Outcome.ANSWERED,
    "forward-302": Outcome.ANSWERED,
    "internal-call": Outcome.ANSWERED,
    "park-retrieve": Outcome.ANSWERED,
    "pickup-star8": Outcome.ANSWERED,
    "queue-abandon": Outcome.ABANDONED,
    "queue-local-members": Outcome.ANSWERED,
    "queue-ringall-answered": Outcome.ANSWERED,
    "queue-rrmemory-rna-then-answer": Outcome.ANSWERED,
    "queue-timeout-exit": Outcome.VOICEMAIL,
    "ringgroup-abandon-03s": Outcome.ABANDONED,
    "ringgroup-abandon-20s": Outcome.ABANDONED,
    "ringgroup-all-busy": Outcome.BUSY,
    "ringgroup-answer-2nd-ring": Outcome.ANSWERED,
    "ringgroup-noanswer-hangup": Outcome.NO_ANSWER,
    "ringgroup-noanswer-voicemail": Outcome.VOICEMAIL,
    "ringgroup-one-rejects-603": Outcome.ANSWERED,
    "ringgroup-unreachable-hangup": Outcome.UNREACHABLE,
    "ringgroup-unregistered": Outcome.VOICEMAIL,
}


def calls_of(messages):
    tracker = Tracker(SITE)
    facts = []
    for at, message in messages:
        event = parse(message, None)
        assert event is not None
        assert event.at == at
        facts += tracker.receive(event)
    assert tracker.in_progress == 0
    return [fact.call for fact in facts if isinstance(fact, CallEnded)]


def play(recording, *, wait=None, last=None, desk=DESKS[0]):
    made = Traffic(Random(7))
    scenario = Scenario(recording=recording, weight=1, wait=wait, last=last)
    recorded = template.load(recording)
    phones = made._phones(desk, recorded, NOON)
    return made._play(NOON, desk, scenario, recorded, phones)


def test_every_recording_is_used_and_its_outcome_known():
    used = {scenario.recording for desk in DESKS for scenario in desk.scenarios}
    assert used == set(template.names()) == set(TRUTH)


@pytest.mark.parametrize("recording", TRUTH)
def test_a_recorded_call_played_again_is_told_as_it_was(recording):
    [call] = calls_of(play(recording))
    assert call.outcome is TRUTH[recording]
    inbound = recording != "internal-call"
    assert call.direction is (Direction.INBOUND if inbound else Direction.INTERNAL)
    assert call.hotline == ("4001" if inbound else None)
    assert call.arrived_at == datetime.fromtimestamp(NOON / SECOND, UTC)


class SetTraffic(Traffic):
    """Waits and talks exactly so long."""

    def __init__(self, wait, last):
        super().__init__(Random(3))
        self._set = (wait * SECOND, last * SECOND)

    def _wait_us(self, desk, scenario):
        return self._set[0]

    def _last_us(self, scenario):
        return self._set[1]


@pytest.mark.parametrize("desk", DESKS, ids=lambda desk: desk.queue)
def test_stretched_calls_ring_and_talk_as_long_as_wanted(desk):
    recordings = {0: "ringgroup-answer-2nd-ring", 1: "queue-ringall-answered", 2: "direct-answer-01s"}
    made = SetTraffic(wait=12, last=90)
    scenario = Scenario(recording=recordings[DESKS.index(desk)], weight=1)
    recorded = made._template(scenario.recording)
    [call] = calls_of(made._play(NOON, desk, scenario, recorded, made._phones(desk, recorded, NOON)))
    assert call.hotline == desk.number
    assert call.ring_seconds == pytest.approx(12, abs=0.05)
    assert call.rings == 3
    assert call.on_time
    assert call.talk_seconds == pytest.approx(90, abs=0.05)
    assert call.answered_by in desk.phones
    assert call.recordings
    assert call.recordings[0].path.startswith(("20261120/", f"{desk.number}-"))


@pytest.fixture(scope="module")
def day():
    return list(history(Random(5), MIDNIGHT, Instant(MIDNIGHT + 24 * HOUR)))


@pytest.fixture(scope="module")
def calls(day):
    return calls_of(day)


def test_a_day_is_told_in_order_and_inside_its_bounds(day):
    times = [at for at, _ in day]
    assert times == sorted(times)
    assert times[0] >= MIDNIGHT
    assert times[-1] < MIDNIGHT + 24 * HOUR


def test_a_day_looks_like_a_hotlines_day(calls):
    calls = [call for call in calls if call.direction is Direction.INBOUND]
    assert 350 <= len(calls) <= 700
    assert {call.hotline for call in calls} == {"4001", "4002", "4003"}
    assert {call.outcome for call in calls} >= {
        Outcome.ANSWERED,
        Outcome.ABANDONED,
        Outcome.VOICEMAIL,
        Outcome.BUSY,
        Outcome.NO_ANSWER,
    }
    hours = Counter(call.arrived_at.astimezone(office.ZONE).hour for call in calls)
    assert hours[10] > 5 * hours[3]
    tally = sum((Tally.of(call) for call in calls), Tally())
    assert 0.6 < tally.three_ring_rate < 0.95


def test_nobody_talks_to_two_callers_at_once(calls):
    talks = {}
    for call in calls:
        if call.answered_by and not call.transfers:
            talks.setdefault(call.answered_by, []).append((call.answered_at, call.ended_at))
    assert len(talks) == 8
    for spans in talks.values():
        spans.sort()
        assert all(a[1] <= b[0] for a, b in pairwise(spans))


def test_ids_are_never_used_twice(day):
    born = [
        message.partition(b"Uniqueid: ")[2].partition(b"\r")[0]
        for _, message in day
        if b": Newchannel" in message
    ]
    assert len(born) == len(set(born))


def test_at_night_too_there_is_something_to_see():
    one = Instant(MIDNIGHT + HOUR)
    calls = calls_of(history(Random(5), MIDNIGHT, one))
    assert len(calls) > 40


def test_the_same_seed_gives_the_same_day(day):
    assert list(history(Random(5), MIDNIGHT, Instant(MIDNIGHT + 24 * HOUR))) == day


def test_no_recorded_number_is_left(day):
    assert not [message for _, message in day if re.search(rb": 4930\d{6}", message)]
