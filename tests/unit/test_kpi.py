"""What the figures say on small days that one can count by hand."""

from datetime import datetime, timedelta, timezone

import pytest

from callcenter.kpi import EMPTY, Bounds, Tally, interval_json
from callcenter.terms import Outcome
from tests.support.factories import make_call, missed_call, waiting_call


def test_no_calls_is_no_data_and_neither_zero_nor_hundred_percent():
    figures = EMPTY.to_json()

    for name in (
        "three_ring_rate",
        "strict",
        "answer_rate",
        "abandonment_rate",
        "asa_seconds",
        "aht_seconds",
    ):
        assert figures[name] is None
    assert set(figures["service_levels"].values()) == {None}
    assert figures["bounds"] is None


def test_a_caller_still_waiting_has_arrived_and_moves_no_rate():
    tally = Tally.of(waiting_call())

    assert (tally.arrived, tally.in_progress, tally.offered) == (1, 1, 0)
    assert tally.three_ring_rate is None
    assert tally.is_complete


def test_a_call_in_voicemail_is_in_progress_until_it_is_decided():
    assert Tally.of(waiting_call(state="voicemail")).in_progress == 1
    assert Tally.of(missed_call(1, Outcome.VOICEMAIL)).voicemail == 1


def test_short_abandoned_calls_leave_the_rate_and_stay_in_the_strict_one():
    day = [make_call(1), missed_call(2, short_abandoned=True)]
    tally = Tally.of_all(day)

    assert tally.three_ring_rate == 1.0
    assert tally.strict == 0.5
    assert (tally.offered, tally.short, tally.abandoned) == (2, 1, 1)


def test_only_short_calls_give_a_strict_rate_and_no_three_ring_rate():
    tally = Tally.of(missed_call(short_abandoned=True))

    assert tally.three_ring_rate is None
    assert tally.answer_rate is None
    assert tally.strict == 0.0


def test_an_answer_at_an_unknown_ring_counts_late_and_opens_the_bounds():
    tally = Tally.of_all([make_call(1), make_call(2, on_time=None, caller_rings=None)])

    assert tally.three_ring_rate == 0.5
    assert tally.three_ring_bounds == Bounds(low=0.5, high=1.0)


def test_a_lost_call_may_have_been_anything():
    figures = Tally.of_all([make_call(1), missed_call(2, Outcome.LOST)]).to_json()

    assert figures["bounds"]["three_ring_rate"] == {"low": 0.5, "high": 1.0}
    assert figures["bounds"]["strict"] == {"low": 0.5, "high": 1.0}
    assert figures["bounds"]["answer_rate"] == {"low": 0.5, "high": 1.0}


def test_internal_and_outbound_calls_are_in_no_figure():
    assert Tally.of(make_call(hotline=None)) == EMPTY


def test_a_wait_of_exactly_twenty_seconds_is_within_twenty():
    at, past = make_call(1, wait_seconds=20.0), make_call(2, wait_seconds=20.000001)

    assert Tally.of(at).within(20) == 1
    assert Tally.of(past).within(20) == 0
    assert Tally.of_all([at, past]).service_level(20) == 0.5


def test_a_service_level_nobody_counted_is_refused():
    with pytest.raises(ValueError, match="not 7"):
        EMPTY.service_level(7)


def test_waits_that_were_not_seen_leave_the_average_speed_of_answer():
    tally = Tally.of_all([make_call(1, wait_seconds=4.0), make_call(2, wait_seconds=None)])

    assert tally.asa_seconds == 4.0
    assert tally.service_level(5) == 0.5


def test_a_call_that_goes_on_has_no_handling_time_yet():
    ended = make_call(1, talk_seconds=60.0, hold_seconds=30.0)
    tally = Tally.of_all(
        [ended, make_call(2, ended_at=None), make_call(3, talk_seconds=None, hold_seconds=None)]
    )

    assert tally.aht_seconds == 90.0
    assert tally.answered == 3


def test_a_lost_count_is_seen_as_incomplete():
    assert not Tally(arrived=2, answered=1).is_complete


def test_an_interval_has_the_contracts_keys_and_times_in_utc():
    start = datetime(2026, 11, 20, 20, 0, tzinfo=timezone(timedelta(hours=8)))
    told = interval_json(start, Tally.of_all([make_call(), waiting_call(2)]), 1.5)

    assert told["start"] == "2026-11-20T12:00:00.000000Z"
    assert told["gap_seconds"] == 1.5
    assert {
        "start", "arrived", "in_progress", "offered", "short", "on_time", "answered", "abandoned",
        "voicemail",
        "no_answer", "busy", "unreachable", "unstaffed", "lost", "three_ring_rate", "strict", "answer_rate",
        "asa_seconds", "gap_seconds",
    } <= told.keys()  # fmt: skip
