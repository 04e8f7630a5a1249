"""Every recording of the real PBX is told as it truly was, whole, cut anywhere, or disturbed."""

from dataclasses import replace
from heapq import merge
from random import Random
from typing import Any

import msgspec
import pytest

from callcenter.ami.events import ChannelEvent, Connected, DialEvent, Disconnected, Event, Tick
from callcenter.facts import CallAnswered, CallEnded, CallMissed, Fact, LinkUp
from callcenter.record import Call
from callcenter.record_json import call_to_json
from callcenter.terms import Instant, Outcome
from callcenter.tracking.tracker import Tracker
from tests.support import traces

TOLERANCE = {
    "caller_ring_seconds": 0.1,
    "ring_seconds": 0.1,
    "wait_seconds": 0.15,
    "talk_seconds": 0.3,
    "hold_seconds": 0.3,
}


def _differences(call: Call, expected: dict[str, Any]) -> list[str]:
    told = call_to_json(call, caller="full")
    told["attempts"] = sorted([a["phone"], a["outcome"]] for a in told["attempts"])
    told["transfers"] = sorted([t["kind"], t["to"], t["answered"]] for t in told["transfers"])
    return [f"{k}: {told[k]!r}, truly {v!r}" for k, v in expected.items() if not _same(k, told[k], v)]


def _same(key: str, told: Any, truly: Any) -> bool:
    if key in {"attempts", "transfers"}:
        return bool(told == sorted(truly))
    if isinstance(truly, list):
        return told in truly
    if key in TOLERANCE and truly is not None:
        return told is not None and abs(told - truly) <= TOLERANCE[key]
    return bool(told == truly)


@pytest.mark.parametrize("name", traces.NAMES)
def test_told_as_it_truly_was(name: str) -> None:
    """Outcome, who answered, rings, seconds, attempts, transfers and who hung up agree with the phones."""
    told = traces.inbound(traces.follow(traces.events(name)))
    expected = traces.expected(name)

    assert len(told) == len(expected)
    assert [_differences(call, truly) for call, truly in zip(told, expected, strict=True)] == [[]] * len(told)


@pytest.mark.parametrize("name", traces.NAMES)
def test_each_call_is_decided_once_and_ends_once(name: str) -> None:
    """A call is answered or missed, once, and nothing follows its end."""
    facts = traces.follow(traces.events(name))

    for call in traces.inbound(facts):
        own = [f for f in facts if getattr(getattr(f, "call", None), "call_id", None) == call.call_id]
        assert sum(isinstance(fact, CallAnswered | CallMissed) for fact in own) == 1
        assert [isinstance(fact, CallEnded) for fact in own] == [False] * (len(own) - 1) + [True]
        assert [fact.call.seq for fact in own] == list(range(1, len(own) + 1))


@pytest.mark.parametrize("name", traces.NAMES)
def test_each_event_heard_twice_tells_nothing_new(name: str) -> None:
    """As from two captures of one stream put together."""
    once = traces.events(name)
    assert traces.follow([event for event in once for _ in (1, 2)]) == traces.follow(once)


@pytest.mark.parametrize("name", sorted(set(traces.NAMES) - {"45-ami-cut-and-reconnect"}))
def test_a_recording_heard_a_second_time_tells_nothing_new(name: str) -> None:
    """As from files that overlap. Only of a recording that ends in mid-call there is more to tell."""
    once = traces.events(name)
    assert _of_calls([*once, *once]) == _of_calls(once)


def _of_calls(events: list[Event]) -> list[Fact]:
    return [fact for fact in traces.follow(events) if not isinstance(fact, LinkUp)]


@pytest.mark.parametrize("name", traces.NAMES)
def test_nothing_is_remembered_of_calls_that_are_over(name: str) -> None:
    """When every channel has hung up, the tracker is as empty as at its start."""
    tracker = Tracker(traces.SITE)
    for event in traces.events(name):
        tracker.receive(event)
    tracker.receive(Tick(at=Instant(traces.events(name)[-1].at + 10_000_000), clock=None))

    state = tracker._state
    assert (state.mirror.channels, state.mirror.bridges, state.mirror.locals) == ({}, {}, {})
    assert (state.calls, state.joined, state.closing) == ({}, {}, {})


@pytest.mark.parametrize("name", traces.NAMES)
def test_a_recording_that_stops_anywhere_invents_no_answer(name: str) -> None:
    """Cut after any event, a call is answered from exactly the event where caller and phone are connected."""
    truly = {c.call_id: c.outcome for c in traces.inbound(traces.follow(traces.events(name)))}
    answered: set[str] = set()
    for _, facts in traces.prefixes(name):
        told = {call.call_id: call.outcome for call in traces.inbound(facts)}
        now = {call_id for call_id, outcome in told.items() if outcome is Outcome.ANSWERED}
        assert all(truly[call_id] is Outcome.ANSWERED for call_id in now)
        assert answered & told.keys() <= now
        answered |= now


@pytest.mark.parametrize("name", traces.NAMES)
def test_attaching_anywhere_invents_no_answer_and_tells_later_calls_alike(name: str) -> None:
    """From any event on, nothing raises, no answer is invented, and a call wholly inside is told as ever."""
    stream = traces.events(name)
    whole = {call.call_id: call for call in traces.inbound(traces.follow(stream))}
    for start in range(1, len(stream)):
        for call in traces.inbound(traces.follow(stream[start:])):
            truly = whole[call.call_id]
            assert call.outcome is not Outcome.ANSWERED or truly.outcome is Outcome.ANSWERED
            if call.truncated is truly.truncated:
                assert _verdict(call) == _verdict(truly)
                assert (call.talk_seconds or 0) == pytest.approx(truly.talk_seconds or 0, abs=0.005)
            else:
                assert (call.caller_ring_seconds, call.wait_seconds) == (None, None)


@pytest.mark.parametrize("name", traces.NAMES)
def test_a_planned_restart_anywhere_loses_nothing(name: str) -> None:
    """Put down and taken up again after each event, the tracker says what it would have said."""
    tracker = Tracker(traces.SITE)
    facts = []
    for event in traces.events(name):
        facts += tracker.receive(event)
        tracker = Tracker.resume(traces.SITE, tracker.checkpoint())
    facts += tracker.finish(traces.events(name)[-1].at)

    assert facts == traces.follow(traces.events(name))


def _channels(event: Event) -> set[str]:
    """The channels whose own order the event is part of."""
    if isinstance(event, ChannelEvent):
        return {event.uniqueid}
    if isinstance(event, DialEvent):
        return {event.dest_uniqueid, event.uniqueid or ""}
    return set()


def _swappable(one: Event, two: Event) -> bool:
    near = abs(one.at - two.at) <= 2_000 and not isinstance(one, Connected | Disconnected)
    mine, other = _channels(one), _channels(two)
    return near and bool(mine) and bool(other) and not mine & other


def _verdict(call: Call) -> Call:
    """The call without what may move by the two milliseconds themselves."""
    attempts = tuple(sorted((replace(a) for a in call.attempts), key=lambda a: (a.phone, str(a.started_at))))
    talks = tuple(replace(talk, talk_seconds=0.0, hold_seconds=0.0) for talk in call.talks)
    untimed = {"talk_seconds": None, "hold_seconds": None, "decided_at": None}
    return replace(call, attempts=attempts, talks=talks, **untimed)


@pytest.mark.parametrize("name", traces.NAMES)
def test_the_order_of_near_events_of_different_channels_does_not_matter(name: str) -> None:
    """AMI promises no order between channels: neighbours within two milliseconds may change places."""
    stream = list(traces.events(name))
    truly = traces.inbound(traces.follow(stream))
    for place in range(len(stream) - 1):
        if not _swappable(stream[place], stream[place + 1]):
            continue
        swapped = [*stream[:place], stream[place + 1], stream[place], *stream[place + 2 :]]
        told = traces.inbound(traces.follow(swapped))

        assert [_verdict(call) for call in told] == [_verdict(call) for call in truly]
        for call, true_call in zip(told, truly, strict=True):
            assert (call.talk_seconds or 0) == pytest.approx(true_call.talk_seconds or 0, abs=0.005)


@pytest.mark.parametrize("seed", range(40))
def test_two_calls_at_once_are_told_as_each_alone(seed: int) -> None:
    """Two recordings played into each other at random: no verdict of either changes."""
    choice = Random(seed)
    one, two = choice.sample(traces.NAMES, 2)
    first, second = list(traces.events(one)), list(traces.events(two))
    shift = first[0].at - second[0].at + choice.randrange(5_000_000)
    second = [msgspec.structs.replace(event, at=Instant(event.at + shift)) for event in second]
    alone = [traces.calls(traces.follow(stream)) for stream in (first, second)]
    mixed = merge(first, second, key=lambda event: event.at)
    told = {call.call_id: call for call in traces.calls(traces.follow(mixed))}

    for call in [*alone[0], *alone[1]]:
        if call.truncated is None:
            assert _verdict(told[call.call_id]) == _verdict(call)
