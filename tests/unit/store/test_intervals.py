"""Time is cut by the hotline's own clock: a day in which the clock jumps has 23 or 25 hours."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.store.intervals import MOST, Step, edges

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu")


def local(zone, *parts):
    return datetime(*parts, tzinfo=ZoneInfo(zone))


def hours(cuts):
    return [(b - a) / HOUR for a, b in pairwise(cuts)]


def test_a_day_in_shanghai_begins_at_four_in_the_afternoon_of_utc():
    cuts = edges(
        local("Asia/Shanghai", 2026, 11, 20), local("Asia/Shanghai", 2026, 11, 22), Step.DAY, "Asia/Shanghai"
    )
    assert [cut.isoformat() for cut in cuts] == [
        "2026-11-19T16:00:00+00:00",
        "2026-11-20T16:00:00+00:00",
        "2026-11-21T16:00:00+00:00",
    ]


@pytest.mark.parametrize("step", [Step.DAY, DAY])
def test_days_in_which_the_clock_jumps_have_23_or_25_hours(step):
    berlin = "Europe/Berlin"
    spring = edges(local(berlin, 2026, 3, 28), local(berlin, 2026, 3, 31), step, berlin)
    autumn = edges(local(berlin, 2026, 10, 24), local(berlin, 2026, 10, 27), step, berlin)
    assert hours(spring) == [24, 23, 24]
    assert hours(autumn) == [24, 25, 24]


def test_a_midnight_that_does_not_exist_is_the_instant_at_which_the_clock_jumps():
    sao_paulo = "America/Sao_Paulo"
    cuts = edges(local(sao_paulo, 2018, 11, 3), local(sao_paulo, 2018, 11, 6), Step.DAY, sao_paulo)
    assert hours(cuts) == [24, 23, 24]
    assert cuts[1] == datetime(2018, 11, 4, 3, tzinfo=UTC)


def test_hours_are_counted_in_elapsed_time_over_a_jump():
    berlin = "Europe/Berlin"
    cuts = edges(local(berlin, 2026, 10, 25), local(berlin, 2026, 10, 26), HOUR, berlin)
    assert len(cuts) == 26
    assert set(hours(cuts)) == {1}


def test_weeks_begin_on_monday_and_months_on_the_first():
    zone = "Asia/Shanghai"
    start, end = local(zone, 2026, 11, 20), local(zone, 2027, 1, 5)
    weeks = edges(start, end, Step.WEEK, zone)
    assert {cut.astimezone(ZoneInfo(zone)).weekday() for cut in weeks[1:-1]} == {0}
    months = edges(start, end, Step.MONTH, zone)
    assert [cut.astimezone(ZoneInfo(zone)).isoformat()[:10] for cut in months] == [
        "2026-11-20", "2026-12-01", "2027-01-01", "2027-01-05",
    ]  # fmt: skip


def test_the_last_interval_is_cut_short_by_the_end():
    start = datetime(2026, 11, 20, tzinfo=UTC)
    assert hours(edges(start, start + 2.5 * HOUR, HOUR, "Asia/Shanghai")) == [1, 1, 0.5]


@pytest.mark.parametrize(
    ("length", "step"),
    [(timedelta(0), HOUR), (-HOUR, HOUR), (MOST * HOUR + HOUR, HOUR), (HOUR, timedelta(0))],
)
def test_no_interval_or_too_many_are_refused(length, step):
    start = datetime(2026, 11, 20, tzinfo=UTC)
    with pytest.raises(ValueError, match=r"intervals|after the start"):
        edges(start, start + length, step, "Asia/Shanghai")


@given(
    st.datetimes(datetime.fromisoformat("2015-01-01"), datetime.fromisoformat("2030-01-01")),
    st.integers(1, 400),
    st.sampled_from([Step.DAY, Step.WEEK, Step.MONTH, DAY, 3 * DAY, 7 * HOUR, timedelta(minutes=15)]),
    st.sampled_from(ZONES),
)
def test_the_edges_always_rise_and_cover_exactly_the_time_asked_for(naive, length_hours, step, zone):
    start = naive.replace(tzinfo=UTC)
    end = start + length_hours * HOUR
    cuts = edges(start, end, step, zone)
    assert cuts[0] == start
    assert cuts[-1] == end
    assert all(a < b for a, b in pairwise(cuts))
