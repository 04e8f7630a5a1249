"""Workdays and holidays, with make-up workdays (调休)."""

from datetime import date, timedelta

import chinese_calendar
import pytest

from callcenter.roster.calendar import DayKind, WorkCalendar
from tests.support.wallclock import LAW

WORKDAY, REST, HOLIDAY = DayKind.WORKDAY, DayKind.REST_DAY, DayKind.HOLIDAY
NOT_OURS = {date(2005, 12, 31)}
"""The one day on which the two sources differ."""


def test_every_workday_since_2010_is_one_by_a_second_source_too():
    day, differing = date(2010, 1, 1), set()
    while day.year <= 2026:
        if LAW.is_workday(day) != chinese_calendar.is_workday(day):
            differing.add(day)
        day += timedelta(days=1)

    assert differing - NOT_OURS == set()


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 11, 20), WORKDAY),
        (date(2026, 11, 21), REST),
        (date(2026, 10, 10), WORKDAY),  # a Saturday, worked for the 7th
        (date(2026, 2, 14), WORKDAY),
        (date(2026, 10, 1), HOLIDAY),
        (date(2026, 10, 3), HOLIDAY),  # a Saturday, and a holiday all the same
        (date(2026, 10, 5), REST),  # a Monday off for the Saturday
        (date(2026, 10, 7), REST),  # swapped for the 10th
        (date(2026, 2, 17), HOLIDAY),
        (date(2026, 2, 15), REST),
    ],
)
def test_a_statutory_holiday_is_told_from_a_day_that_is_only_off(day, kind):
    assert LAW.kind(day) is kind


def test_a_year_is_official_once_its_make_up_days_are_known():
    assert LAW.status(2026) == "official"
    assert LAW.status(2027) == "provisional"
    assert WorkCalendar({}, frozenset({2027})).status(2027) == "official"


def test_an_imported_day_stands_above_everything():
    calendar = WorkCalendar({date(2027, 2, 20): WORKDAY, date(2027, 2, 12): REST}, frozenset({2027}))

    assert calendar.kind(date(2027, 2, 20)) is WORKDAY
    assert calendar.kind(date(2027, 2, 12)) is REST


def test_in_an_imported_year_only_the_law_itself_is_added_to_the_notice():
    guessed = date(2027, 2, 9)  # expected to be off for a holiday on a Saturday
    assert LAW.kind(guessed) is REST

    calendar = WorkCalendar({}, frozenset({2027}))
    assert calendar.kind(guessed) is WORKDAY
    assert calendar.kind(date(2027, 2, 6)) is HOLIDAY
    assert calendar.kind(date(2027, 10, 1)) is HOLIDAY
    assert calendar.kind(date(2027, 10, 9)) is REST


def test_another_countrys_holidays_can_be_had_and_are_never_provisional():
    germany = WorkCalendar({}, frozenset(), "DE")

    assert germany.kind(date(2026, 10, 3)) is HOLIDAY
    assert germany.kind(date(2026, 10, 1)) is WORKDAY
    assert germany.status(2030) == "official"


def test_an_unknown_country_is_refused_with_what_to_write():
    with pytest.raises(ValueError, match='"Middle-earth" is no country whose holidays are known'):
        WorkCalendar({}, frozenset(), "Middle-earth")
