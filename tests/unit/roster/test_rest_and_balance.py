"""Who works too much, and how evenly it is shared."""

from datetime import date, timedelta

from callcenter.roster.balance import Load, balance
from callcenter.roster.effective import planned
from callcenter.roster.rest import rest_faults
from callcenter.terms import AgentId, DutyRole, HotlineNumber
from tests.support.wallclock import BERLIN, CLOCK_CHANGES, FRIDAY, LAW, SHANGHAI, local, on

DAY = timedelta(days=1)


def faults(*shifts, rest: float = 11, days: int = 6) -> list[tuple]:
    return [
        (one.people, one.start, one.end) for one in rest_faults(planned(shifts), rest, days, zone=SHANGHAI)
    ]


def test_a_late_shift_before_an_early_one_leaves_too_little_rest():
    late, early = on(FRIDAY, "14:00-22:00", "li"), on(FRIDAY + DAY, "06:00-14:00", "li")

    assert faults(late, early) == [(("li",), late.end, early.start)]
    assert faults(late, early, rest=8) == []


def test_the_pause_of_a_split_shift_is_no_rest_that_could_be_too_short():
    assert faults(on(FRIDAY, "10:00-14:00", "li"), on(FRIDAY, "17:30-23:00", "li")) == []


def test_a_day_after_a_night_without_rest_is_found():
    night, day = on(FRIDAY, "20:00-09:00", "li"), on(FRIDAY + DAY, "09:00-21:00", "li")

    assert faults(night, day) == [(("li",), night.end, day.start)]


def test_rest_is_everybodys_own():
    assert faults(on(FRIDAY, "14:00-22:00", "li"), on(FRIDAY + DAY, "06:00-14:00", "wu")) == []


def test_a_duty_over_several_hotlines_is_work_once():
    duty = [on(FRIDAY, "20:00-08:00", "li", hotline=HotlineNumber(line)) for line in ("4001", "4002")]

    assert faults(*duty, on(FRIDAY + DAY, "20:00-08:00", "li")) == []


def test_a_supervisors_stand_by_is_no_work():
    stand_by = [on(FRIDAY + n * DAY, "00:00-24:00", "boss", role=DutyRole.SUPERVISOR) for n in range(14)]

    assert faults(*stand_by) == []


def test_the_seventh_day_in_a_row_is_found_and_a_day_off_begins_anew():
    week = [on(FRIDAY + n * DAY, "08:00-16:00", "li") for n in range(8)]

    assert faults(*week) == [(("li",), week[6].start, week[7].end)]
    assert faults(*week[:6]) == []
    assert faults(*week[:3], *week[4:]) == []


def loads(*shifts, first: date = FRIDAY, days: int = 7, people: tuple[str, ...] = ("li",)) -> list[Load]:
    start = local(first, "00:00")
    return list(
        balance(planned(shifts), map(AgentId, people), start, start + days * DAY, zone=SHANGHAI, calendar=LAW)
    )


def test_hours_nights_weekends_and_holidays_are_counted():
    shifts = [
        on(date(2026, 9, 30), "20:00-08:00", "li"),  # into a holiday
        on(date(2026, 10, 3), "08:00-20:00", "li"),  # a holiday
        on(date(2026, 10, 4), "08:00-20:00", "li"),  # a Sunday
    ]

    assert loads(*shifts, first=date(2026, 9, 30)) == [
        Load(person=AgentId("li"), hours=36.0, duties=3, nights=1, weekends=1, holidays=2)
    ]


def test_who_has_nothing_is_told_with_nothing():
    assert loads(people=("wu",)) == [
        Load(person=AgentId("wu"), hours=0, duties=0, nights=0, weekends=0, holidays=0)
    ]


def test_a_duty_over_several_hotlines_counts_once():
    duty = [on(FRIDAY, "08:00-20:00", "li", hotline=HotlineNumber(line)) for line in ("4001", "4002")]

    assert (loads(*duty)[0].hours, loads(*duty)[0].duties) == (12.0, 1)


def test_a_duty_that_goes_on_from_shift_to_shift_counts_once():
    shifts = [on(FRIDAY, "08:00-14:00", "li"), on(FRIDAY, "14:00-20:00", "li")]

    assert (loads(*shifts)[0].hours, loads(*shifts)[0].duties) == (12.0, 1)


def test_a_make_up_saturday_is_no_weekend():
    assert loads(on(date(2026, 10, 10), "08:00-20:00", "li"), first=date(2026, 10, 10))[0].weekends == 0


def test_an_evening_until_half_past_eleven_is_no_night():
    assert loads(on(FRIDAY, "16:30-23:30", "li"))[0].nights == 0
    assert loads(on(FRIDAY, "16:30-00:30", "li"))[0].nights == 1


def test_what_lies_outside_of_the_stretch_does_not_count():
    assert loads(on(FRIDAY - DAY, "20:00-08:00", "li"))[0].hours == 8.0


def test_the_hour_that_a_night_has_more_is_worked():
    day = CLOCK_CHANGES[BERLIN][1]
    night = on(day - DAY, "20:00-08:00", "li", BERLIN)
    (load,) = balance(planned([night]), [AgentId("li")], night.start, night.end, zone=BERLIN, calendar=LAW)

    assert (load.hours, load.nights) == (13.0, 1)
