"""Gaps, too few seats and overlaps, to the instant."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from callcenter.roster.coverage import check, month_complete
from callcenter.roster.effective import effective, planned
from callcenter.roster.findings import Finding, FindingKind
from callcenter.roster.hours import Hours
from callcenter.roster.model import ChangeState
from callcenter.roster.patterns import Crew, Pattern, expand
from callcenter.terms import AgentId, DutyRole, HotlineNumber
from tests.support.duty import make_change, whole
from tests.support.wallclock import BERLIN, CLOCK_CHANGES, FRIDAY, LAW, SHANGHAI, local, on

DAY = timedelta(days=1)
LINE = HotlineNumber("4001")
ROUND_THE_CLOCK = ["00:00-24:00 1"]


def found(shifts, seats=ROUND_THE_CLOCK, days: int = 1, changes=()) -> list[tuple]:
    """What is found on *days* from Friday, as kind, clock times from its midnight, and people."""
    start = local(FRIDAY, "00:00")
    findings = check(
        effective(shifts, changes),
        LINE,
        start,
        start + days * DAY,
        Hours.parse(seats),
        zone=SHANGHAI,
        calendar=LAW,
    )
    return [
        (one.kind.value, clock(one.start - start), clock(one.end - start), *one.people) for one in findings
    ]


def clock(since: timedelta) -> str:
    minutes = int(since / timedelta(minutes=1))
    return f"{minutes // 60:02}:{minutes % 60:02}"


def test_shifts_that_touch_leave_no_gap_and_no_overlap():
    shifts = [
        on(FRIDAY - DAY, "20:00-08:00", "xu"),
        on(FRIDAY, "08:00-20:00", "li"),
        on(FRIDAY, "20:00-08:00", "wu"),
    ]

    assert found(shifts) == []


def test_a_gap_is_told_from_its_first_instant_to_its_last():
    shifts = [on(FRIDAY, "00:00-08:00", "xu"), on(FRIDAY, "08:30-24:00", "li")]

    assert found(shifts) == [("gap", "08:00", "08:30")]


def test_an_empty_roster_is_one_gap():
    assert found([], days=3) == [("gap", "00:00", "72:00")]


def test_outside_of_the_hours_nobody_is_missing():
    assert found([on(FRIDAY, "09:00-17:00", "li")], ["09:00-21:00"]) == [("gap", "17:00", "21:00")]


def test_a_backup_or_a_supervisor_fills_no_gap():
    behind = [
        on(FRIDAY, "00:00-24:00", "xu", role=DutyRole.BACKUP),
        on(FRIDAY, "00:00-24:00", "he", role=DutyRole.SUPERVISOR),
    ]

    assert found(behind) == [("gap", "00:00", "24:00")]


def test_another_hotlines_people_fill_no_gap():
    assert found([on(FRIDAY, "00:00-24:00", "li", hotline=HotlineNumber("4002"))]) == [
        ("gap", "00:00", "24:00")
    ]


def test_some_but_fewer_than_wanted_are_too_few_seats():
    shifts = [on(FRIDAY, "08:00-20:00", "li"), on(FRIDAY, "08:00-12:00", "wu", seat=2)]

    assert found(shifts, ["08:00-20:00 2"]) == [("too_few_seats", "12:00", "20:00", "li")]


def test_stretches_that_say_the_same_are_one_though_the_need_changes():
    shifts = [on(FRIDAY, "08:00-20:00", "li")]

    assert found(shifts, ["08:00-20:00 2", "10:00-12:00 3"]) == [("too_few_seats", "08:00", "20:00", "li")]


def test_the_hour_in_which_day_and_night_overlap_is_told_with_both():
    shifts = [on(FRIDAY, "09:00-21:00", "li"), on(FRIDAY, "20:00-09:00", "wu", seat=2)]

    assert found(shifts, ["09:00-24:00"]) == [("overlap", "20:00", "21:00", "li", "wu")]


def test_two_with_the_same_hours_are_two_seats_and_no_overlap():
    shifts = [on(FRIDAY, "00:00-24:00", "li"), on(FRIDAY, "00:00-24:00", "wu", seat=2)]

    assert found(shifts) == []


def test_staggered_shifts_overlap_only_where_more_are_there_than_wanted():
    shifts = [
        on(FRIDAY, "08:00-20:00", "li"),
        on(FRIDAY, "09:00-21:00", "wu", seat=2),
        on(FRIDAY, "20:00-24:00", "xu"),
    ]

    assert found(shifts, ["08:00-24:00"]) == [
        ("overlap", "09:00", "20:00", "li", "wu"),
        ("overlap", "20:00", "21:00", "xu", "wu"),
    ]
    assert found(shifts, ["08:00-24:00", "09:00-21:00 2"]) == []


def test_one_person_outside_of_the_hours_is_no_overlap():
    assert found([on(FRIDAY, "00:00-24:00", "li")], ["09:00-17:00"]) == []


def test_a_shift_shared_after_a_change_is_still_one_seat():
    one, two = on(FRIDAY, "08:00-20:00", "li"), on(FRIDAY, "08:00-20:00", "wu", seat=2)
    cover = whole(one, "xu", start=local(FRIDAY, "12:00"))
    leave = make_change(cover, number=1, state=ChangeState.APPROVED)

    assert found([one, two], ["08:00-20:00"], changes=[leave]) == []


def test_what_lies_outside_of_the_question_is_not_told():
    assert found([on(FRIDAY - DAY, "00:00-24:00", "li")], ["00:00-24:00"]) == [("gap", "00:00", "24:00")]


def test_an_instant_without_anybody_is_a_gap_of_that_length():
    early, late = on(FRIDAY, "00:00-08:00", "li"), on(FRIDAY, "08:00-24:00", "wu")
    later = replace(late, start=late.start + timedelta(microseconds=1))

    (gap,) = check(
        planned([early, later]), LINE, early.start, late.end, Hours.parse(()), zone=SHANGHAI, calendar=LAW
    )
    assert (gap.kind, gap.start, gap.end) == (FindingKind.GAP, early.end, later.start)


@pytest.mark.parametrize("day", CLOCK_CHANGES[BERLIN])
def test_the_nights_on_which_clocks_change_are_covered_by_shifts_that_touch_on_the_clock(day):
    night, morning = on(day - DAY, "20:00-02:30", "li", BERLIN), on(day, "02:30-08:00", "wu", BERLIN)

    assert (
        check(
            planned([night, morning]),
            LINE,
            night.start,
            morning.end,
            Hours.parse(()),
            zone=BERLIN,
            calendar=LAW,
        )
        == []
    )


def test_a_finding_is_told_as_the_contract_says():
    finding = Finding(
        kind=FindingKind.OVERLAP,
        start=local(FRIDAY, "20:00"),
        end=local(FRIDAY, "21:00"),
        people=(AgentId("li"),),
    )

    assert finding.to_json() == {
        "kind": "overlap",
        "start": "2026-11-20T12:00:00.000000Z",
        "end": "2026-11-20T13:00:00.000000Z",
        "people": ["li"],
    }


def december(days: int) -> tuple:
    """A roster of December's first *days*."""
    made = Pattern.parse(
        hotlines=[LINE], codes={"24": ["00:00-24:00"]}, weeks=["24"], anchor=date(2026, 12, 1)
    )
    crew = Crew(people=(AgentId("li"),))
    last = date(2026, 12, 1) + (days - 1) * DAY
    return planned(expand(made, [crew], date(2026, 12, 1), last, calendar=LAW, zone=SHANGHAI))


def ahead(assignments, at, due_from_day: int = 25):
    return month_complete(
        assignments, LINE, at, Hours.parse(()), zone=SHANGHAI, calendar=LAW, due_from_day=due_from_day
    )


def test_next_months_roster_is_complete_when_every_seat_is_filled():
    told = ahead(december(31), local(FRIDAY, "12:00"))

    assert (told.month, told.complete, told.due) == (date(2026, 12, 1), True, False)


def test_a_day_that_is_missing_is_known_from_the_25th_on():
    told = [ahead(december(30), local(date(2026, 11, day), "00:00")) for day in (24, 25)]

    assert [(one.complete, one.due) for one in told] == [(False, False), (False, True)]
    (gap,) = told[1].findings
    assert (gap.start, gap.end) == (local(date(2026, 12, 31), "00:00"), local(date(2027, 1, 1), "00:00"))


def test_the_25th_begins_at_the_hotlines_own_midnight():
    midnight = local(date(2026, 11, 25), "00:00")

    assert [ahead((), midnight + step).due for step in (-timedelta(microseconds=1), timedelta())] == [
        False,
        True,
    ]


def test_a_day_that_a_short_month_does_not_have_is_its_last():
    assert ahead((), local(date(2027, 2, 27), "12:00"), due_from_day=31).due is False
    assert ahead((), local(date(2027, 2, 28), "12:00"), due_from_day=31).due is True


def test_more_people_than_seats_do_not_make_a_month_incomplete():
    extra = planned([on(date(2026, 12, 5), "10:00-12:00", "wu", seat=2)])

    assert ahead((*december(31), *extra), local(FRIDAY, "12:00")).complete
