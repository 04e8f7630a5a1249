"""Streams that no PBX should send: nothing raises, and nothing that they leave behind stays for ever."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from callcenter.ami import events as ev
from callcenter.ami.parse import parse
from callcenter.ami.wire import Framer
from callcenter.terms import Clock, Instant
from callcenter.tracking.tracker import Tracker
from tests.support import traces
from tests.support.mutations import mutated

MINUTES = 11
EMPTY = dict.fromkeys(("channels", "bridges", "locals", "members", "calls", "joined", "closing"), 0)


@given(st.sampled_from(traces.NAMES), st.integers(min_value=0), st.integers(1, 40))
def test_whatever_is_broken_nothing_raises_and_all_of_it_goes(name: str, seed: int, changes: int) -> None:
    """Bits flipped, messages lost, doubled and moved, ids exchanged; then the PBX says it has nothing."""
    tracker = Tracker(traces.SITE)
    now = heard(tracker, mutated(b"".join(traces.wires(name)), Random(seed), changes))
    now = told_that_nothing_exists(tracker, now)
    for second in range(MINUTES * 60):
        tracker.receive(ev.Tick(at=Instant(now + second * 1_000_000), clock=Clock.ARRIVAL))
    assert held(tracker) == EMPTY


def heard(tracker: Tracker, wire: bytes) -> Instant:
    """Give it the stream; when the last of it was."""
    now = Instant(traces.events(traces.NAMES[0])[0].at)
    for message in Framer().feed(wire):
        event = parse(message, now)
        if isinstance(event, ev.Event):
            now = Instant(max(now, event.at))
            tracker.receive(event)
    return now


def told_that_nothing_exists(tracker: Tracker, now: Instant) -> Instant:
    """A new login, and two empty lists."""
    tracker.receive(ev.Disconnected(at=now, clock=Clock.ARRIVAL, reason="cut"))
    tracker.receive(ev.Connected(at=now, clock=Clock.ARRIVAL))
    tracker.receive(ev.FullyBooted(at=now, clock=Clock.ARRIVAL, uptime=None))
    for _ in range(2):
        tracker.receive(ev.ChannelsComplete(at=now, clock=Clock.ARRIVAL))
    return now


def held(tracker: Tracker) -> dict[str, int]:
    """How many of each thing are remembered."""
    state = tracker._state
    things = {**{name: getattr(state.mirror, name) for name in ("channels", "bridges", "locals", "members")}}
    things |= {name: getattr(state, name) for name in ("calls", "joined", "closing")}
    return {name: len(kept) for name, kept in things.items()}
