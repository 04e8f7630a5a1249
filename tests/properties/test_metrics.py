"""Counters against the figures: the same facts, however often told, give the same sums."""

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from callcenter.facts import CallAnswered, CallEnded, CallMissed, CallOffered
from callcenter.kpi import WAIT_EDGES, Tally
from callcenter.metrics import Metrics, Name
from callcenter.terms import Outcome
from tests.support.factories import make_hotline
from tests.support.strategies import calls


def facts_of(call):
    """What a tracker tells of a call in the end: offered, decided, ended."""
    at = call.arrived_at
    yield CallOffered(at=at, call=call)
    if call.outcome is Outcome.ANSWERED:
        yield CallAnswered(at=at, call=call)
    elif call.outcome is not None:
        yield CallMissed(at=at, call=call)
    if call.final:
        yield CallEnded(at=at, call=call)


@st.composite
def days(draw):
    """A day of calls, each with an id of its own."""
    return [draw(calls(n=n)) for n in range(draw(st.integers(0, 12)))]


@given(days(), st.data())
def test_counters_equal_the_figures_of_the_same_calls(day, data):
    registry = CollectorRegistry()
    metrics = Metrics(registry, version="1", hotlines=[make_hotline(), make_hotline("4002")])
    told = [fact for call in day for fact in facts_of(call)]
    again = data.draw(st.lists(st.sampled_from(told), max_size=8)) if told else []
    for fact in [*told, *again]:
        metrics.apply(fact)

    for number in ("4001", "4002"):
        mine = [call for call in day if call.hotline == number]
        assert_agrees(registry, number, Tally.of_all(mine))


def assert_agrees(registry, number, tally):
    def value(name, **labels):
        return registry.get_sample_value(name, {"pbx": "main", "hotline": number, **labels})

    for outcome in Outcome:
        assert value(Name.CALLS, outcome=outcome.value) == getattr(tally, outcome.value)
    assert value(Name.OFFERED) == tally.offered
    assert value(Name.SHORT) == tally.short
    assert value(Name.ON_TIME) == tally.on_time
    assert value(f"{Name.ANSWER_WAIT}_count") == tally.waits
    for edge in WAIT_EDGES:
        assert value(f"{Name.ANSWER_WAIT}_bucket", le=str(edge)) == tally.within(edge)
    if tally.waits:
        asa = value(f"{Name.ANSWER_WAIT}_sum") / value(f"{Name.ANSWER_WAIT}_count")
        assert asa == tally.asa_seconds
