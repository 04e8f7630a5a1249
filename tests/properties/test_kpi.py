"""The figures against slow, exact arithmetic in fractions, over calls of every kind."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from callcenter.kpi import EMPTY, WAIT_EDGES, Tally
from callcenter.record import Call
from callcenter.terms import Outcome
from tests.support.strategies import calls

many = st.lists(calls(), max_size=25)


def exact(part: int, whole: int) -> float | None:
    """The ratio in fractions, rounded once at the end."""
    return float(Fraction(part) / whole) if whole else None


def exact_mean(durations: list[Fraction]) -> float | None:
    """The sum in seconds as one number, divided by how many there are."""
    return float(sum(durations, Fraction(0))) / len(durations) if durations else None


def decided(day: list[Call]) -> list[Call]:
    return [call for call in day if call.hotline is not None and call.outcome is not None]


def seconds(value: float) -> Fraction:
    return Fraction(round(value * 1_000_000), 1_000_000)


@given(many)
def test_every_call_that_arrived_is_in_exactly_one_outcome_or_in_progress(day):
    tally = Tally.of_all(day)

    assert tally.is_complete
    assert tally.arrived == sum(call.hotline is not None for call in day)
    assert tally.in_progress == sum(call.hotline is not None and call.outcome is None for call in day)
    assert all(
        getattr(tally, outcome.value) == sum(call.outcome is outcome for call in decided(day))
        for outcome in Outcome
    )


@given(many)
def test_rates_are_the_contracts_ratios_to_the_last_digit(day):
    tally, offered = Tally.of_all(day), decided(day)
    short = sum(call.short_abandoned for call in offered)
    on_time = sum(call.on_time is True for call in offered)
    answered = sum(call.outcome is Outcome.ANSWERED for call in offered)
    abandoned = sum(call.outcome is Outcome.ABANDONED for call in offered)

    assert tally.three_ring_rate == exact(on_time, len(offered) - short)
    assert tally.strict == exact(on_time, len(offered))
    assert tally.answer_rate == exact(answered, len(offered) - short)
    assert tally.abandonment_rate == exact(abandoned - short, len(offered) - short)


@given(many)
def test_waits_are_averaged_and_cut_at_the_exact_microsecond(day):
    tally, offered = Tally.of_all(day), decided(day)
    short = sum(call.short_abandoned for call in offered)
    answered = [call for call in offered if call.outcome is Outcome.ANSWERED]
    waits = [seconds(call.wait_seconds) for call in answered if call.wait_seconds is not None]

    assert tally.asa_seconds == exact_mean(waits)
    for edge in WAIT_EDGES:
        kept = sum(wait <= edge for wait in waits)
        assert tally.service_level(edge) == exact(kept, len(offered) - short)


@given(many)
def test_handling_time_is_of_ended_calls_whose_talk_and_hold_were_seen(day):
    handled = [
        seconds(call.talk_seconds) + seconds(call.hold_seconds)
        for call in decided(day)
        if call.outcome is Outcome.ANSWERED
        and call.ended_at is not None
        and call.talk_seconds is not None
        and call.hold_seconds is not None
    ]

    assert Tally.of_all(day).aht_seconds == exact_mean(handled)


@given(many)
def test_bounds_hold_the_rate_for_whatever_the_unseen_calls_were(day):
    tally, offered = Tally.of_all(day), decided(day)
    unseen = [
        call
        for call in offered
        if call.outcome is Outcome.LOST or (call.outcome is Outcome.ANSWERED and call.on_time is None)
    ]
    bounds = tally.three_ring_bounds

    assert tally.unknown == len(unseen)
    assert (bounds is None) == (tally.three_ring_rate is None)
    if bounds is not None:
        assert bounds.low == tally.three_ring_rate
        assert bounds.high == exact(tally.on_time + len(unseen), tally.counted)
        assert 0.0 <= bounds.low <= bounds.high <= 1.0


@given(many, many)
def test_tallies_of_parts_add_up_to_the_tally_of_the_whole(one, other):
    parts = Tally.of_all(one), Tally.of_all(other)

    assert parts[0] + parts[1] == Tally.of_all(one + other) == parts[1] + parts[0]
    assert parts[0] + parts[1] - parts[1] == parts[0]
    assert parts[0] + EMPTY == parts[0]
