"""Laws that hold for any stream of events, also one that no sane PBX would send."""

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from callcenter.ami.events import Event, Malformed
from callcenter.ami.parse import parse
from callcenter.ami.wire import Framer
from callcenter.facts import CallAnswered, CallEnded, CallMissed, CallOffered, Fact
from callcenter.terms import Instant, Outcome
from callcenter.tracking.tracker import Tracker
from tests.support import traces

EVERYTHING = [event for name in traces.NAMES for event in traces.events(name)]
WIRE = b"".join(traces.wires("05-ringgroup-answer-2nd-ring"))


@st.composite
def disturbed(draw: st.DrawFn) -> list[Event]:
    """A recording with events dropped, doubled, and moved, and strange ones put in."""
    stream = list(traces.events(draw(st.sampled_from(traces.NAMES))))
    for _ in range(draw(st.integers(0, 25))):
        place = draw(st.integers(0, len(stream) - 1))
        match draw(st.sampled_from(["drop", "double", "move", "strange"])):
            case "drop" if len(stream) > 1:
                del stream[place]
            case "double":
                stream.insert(place, stream[place])
            case "move":
                stream.insert(draw(st.integers(0, len(stream) - 1)), stream.pop(place))
            case _:
                stream.insert(place, draw(st.sampled_from(EVERYTHING)))
    return stream


def _counted(facts: list[Fact]) -> dict[str, Counter[str]]:
    """How often each hotline's call was offered, decided, ended."""
    seen: dict[str, Counter[str]] = {}
    for fact in facts:
        if isinstance(fact, CallOffered | CallAnswered | CallMissed | CallEnded) and fact.call.hotline:
            kind = "decided" if isinstance(fact, CallAnswered | CallMissed) else type(fact).__name__
            seen.setdefault(fact.call.call_id, Counter())[kind] += 1
    return seen


@given(disturbed())
def test_every_call_is_offered_decided_and_ended_exactly_once(stream: list[Event]) -> None:
    """Whatever comes over the wire, no call is lost, doubled, or left undecided."""
    for counted in _counted(traces.follow(stream)).values():
        assert counted == Counter(CallOffered=1, decided=1, CallEnded=1)


@given(disturbed())
def test_arrived_is_decided_plus_in_progress_at_every_moment(stream: list[Event]) -> None:
    """The completeness identity holds after each event."""
    tracker = Tracker(traces.SITE)
    arrived: set[str] = set()
    decided: set[str] = set()
    for event in stream:
        for fact in tracker.receive(event):
            if isinstance(fact, CallOffered):
                arrived.add(fact.call.call_id)
            if isinstance(fact, CallAnswered | CallMissed):
                decided.add(fact.call.call_id)
        in_progress = {
            f"{traces.PBX}:{track.uniqueid}"
            for track in tracker._state.calls.values()
            if track.counts and not track.answered
        }
        assert arrived == decided | in_progress
        assert not decided & in_progress


@given(disturbed())
def test_the_same_events_give_the_same_facts(stream: list[Event]) -> None:
    """Nothing but the events decides what is told."""
    assert traces.follow(stream) == traces.follow(stream)


@given(disturbed())
def test_what_is_told_keeps_to_its_own_rules(stream: list[Event]) -> None:
    """No value where there is none: verdicts belong to answered calls, and to none other."""
    for call in traces.calls(traces.follow(stream)):
        answered = call.outcome is Outcome.ANSWERED
        assert answered == (call.answered_by is not None)
        assert answered or (call.ring_seconds, call.rings, call.on_time, call.talk_seconds) == (None,) * 4
        assert all(attempt.outcome is not None for attempt in call.attempts)
        assert call.wait_seconds is None or call.wait_seconds >= 0


@given(st.lists(st.integers(0, len(WIRE)), max_size=12), st.integers(0, len(WIRE)), st.binary(max_size=200))
def test_broken_bytes_are_told_and_cost_no_more_than_themselves(
    cuts: list[int], place: int, garbage: bytes
) -> None:
    """Garbage anywhere, in any slices: no exception, and whole messages around it survive."""
    stream = WIRE[:place] + garbage + WIRE[place:]
    framer, messages = Framer(), []
    edges = [0, *sorted(cuts), len(stream)]
    for start, end in pairwise(edges):
        messages += framer.feed(stream[start:end])
    framer.close()
    for message in messages:
        assert isinstance(parse(message, Instant(1)), Event | Malformed | None)
    whole = WIRE.count(b"\r\n\r\n")
    assert len(messages) >= whole - 2 - garbage.count(b"\r\n\r\n")
    if garbage.strip() and place == len(WIRE):
        assert framer.faults
