"""Every shift pattern that call centres work by, as shifts on the wall clock."""

from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from callcenter.roster.clashes import clashes
from callcenter.roster.model import Shift
from callcenter.roster.patterns import Code, Crew, Pattern, expand
from callcenter.terms import AgentId, DutyRole, HotlineNumber
from tests.support.wallclock import BERLIN, CLOCK_CHANGES, FRIDAY, LAW, SHANGHAI

DAY = timedelta(days=1)
MONDAY = date(2026, 11, 16)
LINE = HotlineNumber("4001")


def pattern(codes: dict[str, list[str]], *weeks: str, hotlines: tuple[str, ...] = (LINE,)) -> Pattern:
    return Pattern.parse(
        hotlines=[HotlineNumber(h) for h in hotlines], codes=codes, weeks=weeks, anchor=MONDAY
    )


def crew(*people: str, offset: int = 0, role: DutyRole = DutyRole.PRIMARY) -> Crew:
    return Crew(people=tuple(map(AgentId, people)), offset=offset, role=role)


def wall(shifts: list[Shift], zone: ZoneInfo = SHANGHAI) -> list[str]:
    """Each shift as ``DD HH:MM-HH:MM person``, by local start."""
    return [
        f"{one.start.astimezone(zone):%d %H:%M}-{one.end.astimezone(zone):%H:%M} {one.person}"
        for one in shifts
    ]


def rostered(made: Pattern, *crews: Crew, first: date = MONDAY, days: int = 7) -> list[Shift]:
    shifts = expand(made, crews, first, first + (days - 1) * DAY, calendar=LAW, zone=SHANGHAI)
    assert clashes(shifts) == []
    return shifts


def test_weekday_evenings_and_whole_weekends():
    made = pattern({"W": ["mon-fri 17:30-21:30", "sat,sun 09:00-21:30"]}, "W")

    assert wall(rostered(made, crew("li"), first=FRIDAY, days=3)) == [
        "20 17:30-21:30 li",
        "21 09:00-21:30 li",
        "22 09:00-21:30 li",
    ]


def test_an_early_and_a_late_shift_meet_at_half_past_four():
    made = pattern({"E": ["08:30-16:30"], "L": ["16:30-23:30"]}, "E L")

    assert wall(rostered(made, crew("li"), crew("wu", offset=1), days=2)) == [
        "16 08:30-16:30 li",
        "16 16:30-23:30 wu",
        "17 08:30-16:30 wu",
        "17 16:30-23:30 li",
    ]


def test_a_day_and_a_night_shift_overlap_for_an_hour_and_need_two_seats_for_it():
    made = pattern({"D": ["09:00-21:00"], "N": ["20:00-09:00"]}, "D N -")
    shifts = rostered(made, *(crew(who, offset=n) for n, who in enumerate(("li", "wu", "xu"))), days=2)

    assert wall(shifts) == [
        "16 09:00-21:00 li",
        "16 20:00-09:00 wu",
        "17 09:00-21:00 xu",
        "17 20:00-09:00 li",
    ]
    assert [one.seat for one in shifts] == [1, 2, 1, 2]


def test_24_hours_from_eight_to_eight():
    made = pattern({"24": ["08:00-08:00"]}, "24 - -")
    shifts = rostered(made, *(crew(who, offset=n) for n, who in enumerate(("li", "wu", "xu"))), days=3)

    assert wall(shifts) == ["16 08:00-08:00 li", "17 08:00-08:00 xu", "18 08:00-08:00 wu"]
    assert all(before.end == after.start for before, after in pairwise(shifts))


def test_a_split_shift_is_two_shifts_of_one_person():
    made = pattern({"S": ["10:00-14:00+17:30-23:00"]}, "S")

    assert wall(rostered(made, crew("li"), days=1)) == ["16 10:00-14:00 li", "16 17:30-23:00 li"]


def test_a_split_shift_joins_the_others_exactly():
    made = pattern({"S": ["06:00-10:00+14:00-18:00"], "M": ["10:00-14:00"], "N": ["18:00-06:00"]}, "S M N")
    shifts = rostered(made, *(crew(who, offset=n) for n, who in enumerate(("li", "wu", "xu"))), days=3)

    assert all(before.end == after.start for before, after in pairwise(shifts))
    assert {one.seat for one in shifts} == {1}


def test_staggered_shifts():
    made = pattern({"A": ["08:00-20:00"], "B": ["09:00-21:00"], "C": ["20:00-08:00"]}, "A B C")
    shifts = rostered(made, *(crew(who, offset=n) for n, who in enumerate(("li", "wu", "xu"))), days=1)

    assert wall(shifts) == ["16 08:00-20:00 li", "16 09:00-21:00 wu", "16 20:00-08:00 xu"]
    assert [one.seat for one in shifts] == [1, 2, 1]


def test_a_three_week_cycle_comes_round_after_three_weeks():
    made = pattern(
        {"E": ["06:00-14:00"], "L": ["14:00-22:00"], "N": ["22:00-06:00"]},
        "E E E E E - -",
        "L L L L L - -",
        "N N N N N - -",
    )
    teams = [crew("li", "wu"), crew("xu", "he", offset=7), crew("bai", "cui", offset=14)]
    weeks = [rostered(made, *teams, first=MONDAY + n * 7 * DAY) for n in range(4)]

    hours = [{one.start.astimezone(SHANGHAI).hour for one in week if one.person == "li"} for week in weeks]
    assert hours == [{6}, {14}, {22}, {6}]
    assert all(len(week) == 5 * 6 for week in weeks)
    assert {one.seat for one in weeks[0]} == {1, 2}


def test_one_day_off_in_seven_goes_round():
    made = pattern({"D": ["08:00-20:00"]}, "D D D D D D -")
    everybody = [crew(f"p{n}", offset=n) for n in range(7)]
    shifts = rostered(made, *everybody, days=14)

    assert len(shifts) == 14 * 6
    assert all(sum(one.person == f"p{n}" for one in shifts) == 12 for n in range(7))
    off = [{f"p{n}" for n in range(7)} - on_day(shifts, MONDAY + n * DAY) for n in range(7)]
    assert sorted(who for day in off for who in day) == [f"p{n}" for n in range(7)]


def on_day(shifts: list[Shift], day: date) -> set[str]:
    return {one.person for one in shifts if one.start.astimezone(SHANGHAI).date() == day}


def test_summer_and_winter_hours_change_by_themselves():
    made = pattern({"D": ["05-01..09-30 08:00-18:00", "10-01..04-30 08:30-17:30"]}, "D")

    assert wall(rostered(made, crew("li"), first=date(2026, 9, 30), days=2)) == [
        "30 08:00-18:00 li",
        "01 08:30-17:30 li",
    ]


def test_make_up_saturdays_rest_days_and_holidays_have_their_own_hours():
    made = pattern({"O": ["workday 08:30-17:30", "restday 09:00-12:00", "holiday 10:00-11:00"]}, "O")
    shifts = wall(rostered(made, crew("li"), first=date(2026, 10, 1), days=11))

    assert shifts[0] == "01 10:00-11:00 li"
    assert shifts[2] == "03 10:00-11:00 li"  # a Saturday and a holiday
    assert shifts[6] == "07 09:00-12:00 li"  # a Wednesday off
    assert shifts[9] == "10 08:30-17:30 li"  # a Saturday worked for it
    assert shifts[10] == "11 09:00-12:00 li"


def test_a_code_that_says_nothing_of_a_day_leaves_it_off():
    made = pattern({"O": ["workday 08:30-17:30"]}, "O")

    assert wall(rostered(made, crew("li"), first=FRIDAY, days=4)) == [
        "20 08:30-17:30 li",
        "23 08:30-17:30 li",
    ]


def test_one_duty_may_cover_several_hotlines():
    made = pattern({"N": ["20:00-08:00"]}, "N", hotlines=("4001", "4002", "4003"))
    shifts = rostered(made, crew("li"), crew("wu", role=DutyRole.BACKUP), days=1)

    assert [(one.hotline, one.role, one.person, one.seat) for one in shifts] == [
        (hotline, role, who, 1)
        for who, role in (("li", DutyRole.PRIMARY), ("wu", DutyRole.BACKUP))
        for hotline in ("4001", "4002", "4003")
    ]


def test_nights_on_which_clocks_change_still_touch():
    made = pattern({"D": ["08:00-20:00"], "N": ["20:00-08:00"]}, "D N")
    for day in CLOCK_CHANGES[BERLIN]:
        crews = [crew("li"), crew("wu", offset=1)]
        shifts = expand(made, crews, day - 2 * DAY, day + 2 * DAY, calendar=LAW, zone=BERLIN)

        assert all(before.end == after.start for before, after in pairwise(shifts))
        assert {one.seat for one in shifts} == {1}


def test_a_shift_that_the_clock_skips_is_left_out():
    day = CLOCK_CHANGES[BERLIN][0]
    made = pattern({"X": ["02:00-03:00"]}, "X")

    shifts = expand(made, [crew("li")], day - DAY, day + DAY, calendar=LAW, zone=BERLIN)
    assert wall(shifts, BERLIN) == ["28 02:00-03:00 li", "30 02:00-03:00 li"]


def test_the_cycle_goes_on_before_its_anchor():
    made = pattern({"D": ["08:00-20:00"]}, "D - -")

    assert made.code_on(MONDAY - 3 * DAY) == made.code_on(MONDAY) == made.codes["D"]
    assert made.code_on(MONDAY - DAY) is None


def test_a_code_that_is_not_explained_is_named():
    with pytest.raises(ValueError, match='day 2 of the cycle is "X": write one of D, -'):
        pattern({"D": ["08:00-20:00"]}, "D X")


def test_a_cycle_of_no_days_is_none():
    with pytest.raises(ValueError, match="a cycle needs at least one day"):
        pattern({"D": ["08:00-20:00"]}, " ")


def test_hours_that_can_t_be_read_name_their_code():
    with pytest.raises(ValueError, match='shift code D: "8-20": there is no HH:MM-HH:MM in it'):
        Code.parse("D", ["8-20"])
    with pytest.raises(ValueError, match='shift code "D" has no hours'):
        Code.parse("D", [])
