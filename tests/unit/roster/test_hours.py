"""Lines of hours: office hours, and seats that are wanted."""

from datetime import date, timedelta

import pytest

from callcenter.roster.hours import Hours, Need
from tests.support.wallclock import BERLIN, CLOCK_CHANGES, FRIDAY, LAW, SHANGHAI, local

DAY = timedelta(days=1)
SATURDAY = FRIDAY + DAY


def spans(lines: list[str], day: date, days: int = 1) -> list[tuple[str, str, int]]:
    """The open stretches of some days, as clock times from the first day's midnight."""
    start = local(day, "00:00")
    needs = Hours.parse(lines).spans(start, start + days * DAY, SHANGHAI, LAW)
    return [(clock(need.start, start), clock(need.end, start), need.seats) for need in needs]


def clock(at, start) -> str:
    minutes = int((at - start) / timedelta(minutes=1))
    return f"{minutes // 60:02}:{minutes % 60:02}"


def test_a_day_has_its_hours():
    assert spans(["09:00-21:00"], FRIDAY) == [("09:00", "21:00", 1)]


def test_hours_over_midnight_belong_to_the_day_on_which_they_begin():
    assert spans(["fri 20:00-09:00"], FRIDAY, 2) == [("20:00", "33:00", 1)]
    assert spans(["fri 20:00-09:00"], SATURDAY) == [("00:00", "09:00", 1)]
    assert spans(["fri 20:00-09:00"], SATURDAY + DAY) == []


def test_weekdays_and_weekends_differ():
    lines = ["mon-fri 17:30-21:30", "sat,sun 09:00-21:30"]

    assert spans(lines, FRIDAY, 2) == [("17:30", "21:30", 1), ("33:00", "45:30", 1)]


def test_a_range_of_weekdays_may_run_over_the_weekend():
    assert spans(["sat-mon 09:00-10:00"], FRIDAY, 4) == [
        ("33:00", "34:00", 1),
        ("57:00", "58:00", 1),
        ("81:00", "82:00", 1),
    ]


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2026, 10, 10), ("08:30", "17:30", 1)),  # a Saturday that is worked
        (date(2026, 10, 7), ("09:00", "12:00", 1)),  # a Wednesday that is off
        (date(2026, 10, 1), ("10:00", "11:00", 1)),
    ],
)
def test_workdays_rest_days_and_holidays_follow_the_work_calendar(day, hours):
    lines = ["workday 08:30-17:30", "restday 09:00-12:00", "holiday 10:00-11:00"]

    assert spans(lines, day) == [hours]


@pytest.mark.parametrize(
    ("day", "start"),
    [
        (date(2026, 4, 30), "08:30"),
        (date(2026, 5, 1), "08:00"),
        (date(2026, 9, 30), "08:00"),
        (date(2026, 10, 1), "08:30"),
        (date(2027, 1, 1), "08:30"),
    ],
)
def test_summer_and_winter_hours_differ_also_over_the_new_year(day, start):
    lines = ["05-01..09-30 08:00-18:00", "10-01..04-30 daily 08:30-18:00"]

    assert spans(lines, day) == [(start, "18:00", 1)]


def test_a_split_day_has_a_pause():
    assert spans(["10:00-14:00 + 17:30-23:00"], FRIDAY) == [("10:00", "14:00", 1), ("17:30", "23:00", 1)]


def test_where_lines_overlap_the_most_seats_count():
    lines = ["00:00-24:00", "08:00-20:00 8", "10:00-12:00 2"]

    assert spans(lines, FRIDAY) == [("00:00", "08:00", 1), ("08:00", "20:00", 8), ("20:00", "24:00", 1)]


def test_lines_that_touch_are_one_stretch():
    assert spans(["08:00-12:00", "12:00-24:00", "00:00-08:00"], FRIDAY, 3) == [("00:00", "72:00", 1)]


def test_no_lines_at_all_are_always():
    assert spans([], FRIDAY) == [("00:00", "24:00", 1)]


def test_full_width_text_is_understood():
    assert spans(["ｍｏｎ－ｆｒｉ　０９：００－１８：００　２"], FRIDAY) == [("09:00", "18:00", 2)]


def test_it_is_open_at_the_first_instant_and_closed_at_the_last():
    hours = Hours.parse(["20:00-08:00"])
    opens, closes = local(FRIDAY, "20:00"), local(SATURDAY, "08:00")
    tick = timedelta(microseconds=1)

    told = [hours.open_at(at, SHANGHAI, LAW) for at in (opens - tick, opens, closes - tick, closes)]
    assert told == [False, True, True, False]


def test_the_night_on_which_clocks_go_back_is_open_for_an_hour_more():
    day = CLOCK_CHANGES[BERLIN][1]
    start = local(day - DAY, "12:00", BERLIN)

    (need,) = Hours.parse(["20:00-08:00"]).spans(start, start + DAY, BERLIN, LAW)
    assert need.end - need.start == timedelta(hours=13)


def test_stretches_are_cut_off_where_the_question_ends():
    start, end = local(FRIDAY, "10:00"), local(FRIDAY, "11:00")

    assert Hours.parse(["09:00-21:00"]).spans(start, end, SHANGHAI, LAW) == (
        Need(start=start, end=end, seats=1),
    )


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "there is no HH:MM-HH:MM in it"),
        ("mon-fri", "there is no HH:MM-HH:MM in it"),
        ("weekdays 09:00-10:00", '"weekdays" are no days: write daily, workday'),
        ("mon-day 09:00-10:00", '"mon-day" are no days'),
        ("mon,,tue 09:00-10:00", '"" are no days'),
        ("13-01..02-01 09:00-10:00", "there is no 13-01"),
        ("02-30..03-01 09:00-10:00", "there is no 02-30"),
        ("5-1..9-30 09:00-10:00", "write MM-DD..MM-DD"),
        ("25:00-26:00", '"25:00" is no time of day'),
        ("09:00", '"09:00" has no end'),
        ("09:00-10:00 many", "there may only be a number of seats"),
        ("09:00-10:00 2 3", "there may only be a number of seats"),
        ("09:00-10:00 0", "the number of seats is 1 to 999, not 0"),
    ],
)
def test_a_line_that_can_t_be_read_says_where_what_and_how(line, why):
    with pytest.raises(ValueError) as told:
        Hours.parse([line], where="hotline 4001, seats")
    assert str(told.value).startswith(f'hotline 4001, seats: "{line}": ')
    assert why in str(told.value)
