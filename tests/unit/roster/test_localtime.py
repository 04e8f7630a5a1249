"""Clock times on nights that are an hour, or half an hour, longer or shorter than others."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from callcenter.roster.localtime import clock_minutes, clock_text, day_span, instant, month_span, shift_span
from tests.support.wallclock import BERLIN, CHICAGO, CLOCK_CHANGES, LORD_HOWE, SHANGHAI

SPRING, AUTUMN = CLOCK_CHANGES[BERLIN]
HOUR = timedelta(hours=1)
EVENING, MORNING = 20 * 60, 8 * 60


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)


@pytest.mark.parametrize(("zone", "hours"), [(BERLIN, 1), (CHICAGO, 1), (LORD_HOWE, 0.5)])
def test_the_night_shift_is_shorter_when_clocks_go_forward_and_longer_when_they_go_back(zone, hours):
    forward, back = CLOCK_CHANGES[zone]
    lengths = []
    for day in (forward, back):
        start, end = shift_span(day - timedelta(days=1), EVENING, MORNING, zone)
        lengths.append(end - start)

    assert lengths == [timedelta(hours=12 - hours), timedelta(hours=12 + hours)]


@pytest.mark.parametrize(("zone", "hours"), [(BERLIN, 1), (CHICAGO, 1), (LORD_HOWE, 0.5)])
def test_a_24_hour_shift_is_as_long_as_the_day(zone, hours):
    forward, back = CLOCK_CHANGES[zone]

    assert [end - start for start, end in (day_span(forward, zone), day_span(back, zone))] == [
        timedelta(hours=24 - hours),
        timedelta(hours=24 + hours),
    ]
    start, end = shift_span(forward - timedelta(days=1), MORNING, MORNING, zone)
    assert end - start == timedelta(hours=24 - hours)


def test_in_shanghai_every_night_has_twelve_hours():
    start, end = shift_span(date(2026, 3, 28), EVENING, MORNING, SHANGHAI)

    assert (start, end) == (utc(2026, 3, 28, 12), utc(2026, 3, 29, 0))


def test_a_time_that_the_clock_shows_twice_means_its_first_showing():
    assert instant(AUTUMN, 150, BERLIN) == utc(2026, 10, 25, 0, 30)
    assert instant(CLOCK_CHANGES[LORD_HOWE][1], 105, LORD_HOWE) == utc(2026, 4, 4, 14, 45)


@pytest.mark.parametrize("minutes", [120, 121, 150, 179, 180])
def test_a_time_that_the_clock_skips_means_the_instant_of_the_jump(minutes):
    assert instant(SPRING, minutes, BERLIN) == utc(2026, 3, 29, 1)


def test_half_an_hour_is_skipped_at_half_past_fifteen_utc_on_lord_howe():
    day = CLOCK_CHANGES[LORD_HOWE][0]

    assert {instant(day, minutes, LORD_HOWE) for minutes in range(120, 151)} == {utc(2026, 10, 3, 15, 30)}


def test_a_whole_day_that_an_island_skipped_is_the_instant_of_the_jump():
    assert instant(date(2011, 12, 30), 600, ZoneInfo("Pacific/Apia")) == utc(2011, 12, 30, 10)


def test_a_shift_within_the_skipped_hour_does_not_take_place():
    start, end = shift_span(SPRING, 125, 175, BERLIN)

    assert start == end


def test_24_00_is_midnight_of_the_next_day():
    assert instant(AUTUMN, 24 * 60, BERLIN) == instant(AUTUMN + timedelta(days=1), 0, BERLIN)
    assert shift_span(AUTUMN, 16 * 60, 24 * 60, BERLIN)[1] == utc(2026, 10, 25, 23)


def test_an_end_at_or_before_the_start_is_the_next_days():
    start, end = shift_span(date(2026, 11, 20), MORNING, MORNING, SHANGHAI)
    assert end - start == 24 * HOUR
    start, end = shift_span(date(2026, 11, 20), EVENING, 0, SHANGHAI)
    assert end - start == 4 * HOUR


def test_months_end_where_the_next_begins():
    assert month_span(date(2026, 10, 31), BERLIN) == (utc(2026, 9, 30, 22), utc(2026, 10, 31, 23))
    assert month_span(date(2026, 12, 5), SHANGHAI) == (utc(2026, 11, 30, 16), utc(2026, 12, 31, 16))


@pytest.mark.parametrize(
    ("text", "minutes"), [("8:05", 485), ("08:05", 485), ("24:00", 1440), ("00:00", 0), ("１７：３０", 1050)]
)
def test_times_of_day_are_read_as_they_are_typed(text, minutes):
    assert clock_minutes(text) == minutes
    assert clock_minutes(clock_text(minutes)) == minutes


@pytest.mark.parametrize("text", ["24:01", "25:00", "12:60", "12", "noon", "", "-1:00"])
def test_what_is_no_time_of_day_is_refused_with_what_to_write(text):
    with pytest.raises(ValueError, match=r"is no time of day: write HH:MM from 00:00 to 24:00"):
        clock_minutes(text)


@pytest.mark.parametrize("minutes", [-1, 1441])
def test_minutes_outside_of_a_day_are_refused(minutes):
    with pytest.raises(ValueError, match="between 00:00 and 24:00"):
        instant(AUTUMN, minutes, BERLIN)
