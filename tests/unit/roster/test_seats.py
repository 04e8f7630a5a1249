"""Several at once are several seats."""

from datetime import timedelta

from callcenter.roster.seats import seated
from callcenter.terms import DutyRole, HotlineNumber
from tests.support.wallclock import FRIDAY, on

DAY = timedelta(days=1)


def seats(shifts, standing=()) -> dict[str, int]:
    return {one.person: one.seat for one in seated(shifts, standing)}


def test_who_begins_together_sits_in_the_order_of_the_file():
    assert seats([on(FRIDAY, "08:00-20:00", who) for who in ("wu", "li", "xu")]) == {
        "wu": 1,
        "li": 2,
        "xu": 3,
    }


def test_a_change_over_keeps_the_seat():
    assert seats([on(FRIDAY, "20:00-08:00", "wu"), on(FRIDAY, "08:00-20:00", "li")]) == {"li": 1, "wu": 1}


def test_who_overlaps_takes_another_seat():
    assert seats([on(FRIDAY, "09:00-21:00", "li"), on(FRIDAY, "20:00-09:00", "wu")]) == {"li": 1, "wu": 2}


def test_a_file_in_any_order_needs_no_more_seats():
    hours = {"li": "08:00-10:00", "wu": "12:00-14:00", "xu": "09:00-11:00", "he": "10:30-13:00"}
    placed = seated(on(FRIDAY, span, who) for who, span in hours.items())

    assert [(one.person, one.seat) for one in placed] == [("li", 1), ("xu", 2), ("he", 1), ("wu", 2)]


def test_each_role_and_each_hotline_has_seats_of_its_own():
    shifts = [
        on(FRIDAY, "08:00-20:00", "li"),
        on(FRIDAY, "08:00-20:00", "wu", role=DutyRole.BACKUP),
        on(FRIDAY, "08:00-20:00", "xu", hotline=HotlineNumber("4002")),
    ]

    assert set(seats(shifts).values()) == {1}


def test_what_is_there_already_keeps_its_seat():
    night = on(FRIDAY - DAY, "20:00-09:00", "xu", seat=1)
    after = on(FRIDAY, "19:00-23:00", "he", seat=2)

    assert seats([on(FRIDAY, "08:00-20:00", "li")], [night, after]) == {"li": 3}


def test_a_day_that_is_brought_in_again_gets_the_seats_it_had():
    days = [
        on(FRIDAY + n * DAY, hours, who)
        for n in range(5)
        for hours, who in (("09:00-21:00", "li"), ("20:00-09:00", "wu"))
    ]
    month = seated(days)
    again = [one for one in month if days[4].start <= one.start < days[6].start]
    others = [one for one in month if one not in again]

    assert seated(again, others) == again
