"""What no roster may say: one person in two places, two people on one seat."""

from datetime import timedelta

from callcenter.roster.clashes import clashes, held_clashes
from callcenter.roster.effective import effective
from callcenter.roster.model import ChangeState
from callcenter.terms import DutyRole, HotlineNumber
from tests.support.duty import make_change, whole
from tests.support.wallclock import FRIDAY, local, on

DAY = timedelta(days=1)
SECOND = HotlineNumber("4002")


def kinds(*shifts) -> list[str]:
    return [clash.kind.value for clash in clashes(shifts)]


def test_shifts_that_touch_do_not_clash():
    assert kinds(on(FRIDAY, "08:00-20:00", "li"), on(FRIDAY, "20:00-08:00", "li")) == []
    assert kinds(on(FRIDAY, "08:00-20:00", "li"), on(FRIDAY, "20:00-08:00", "wu")) == []


def test_a_minute_in_two_places_is_a_clash():
    assert kinds(on(FRIDAY, "08:00-20:01", "li"), on(FRIDAY, "20:00-08:00", "li", seat=2)) == ["two_places"]


def test_the_same_start_with_another_end_is_two_places():
    one = on(FRIDAY, "08:00-20:00", "li")

    assert kinds(one, on(FRIDAY, "08:00-18:00", "li", hotline=SECOND)) == ["two_places"]
    assert kinds(one, on(FRIDAY, "10:00-20:00", "li", hotline=SECOND)) == ["two_places"]


def test_one_duty_may_cover_several_hotlines_and_roles():
    duty = [on(FRIDAY, "20:00-08:00", "li", hotline=HotlineNumber(line)) for line in ("4001", "4002", "4003")]

    assert kinds(*duty, on(FRIDAY, "20:00-08:00", "li", role=DutyRole.BACKUP)) == []


def test_a_person_takes_one_seat_of_a_role_not_two():
    assert kinds(on(FRIDAY, "08:00-20:00", "li"), on(FRIDAY, "08:00-20:00", "li", seat=2)) == ["twice"]


def test_a_seat_has_one_holder_at_an_instant():
    assert kinds(on(FRIDAY, "08:00-20:00", "li"), on(FRIDAY, "19:00-23:00", "wu")) == ["one_seat"]
    assert kinds(on(FRIDAY, "08:00-20:00", "li"), on(FRIDAY, "19:00-23:00", "wu", seat=2)) == []
    assert kinds(on(FRIDAY, "08:00-20:00", "li"), on(FRIDAY, "19:00-23:00", "wu", hotline=SECOND)) == []


def test_both_shifts_are_named_the_earlier_first():
    early, late = on(FRIDAY, "08:00-20:00", "li"), on(FRIDAY, "19:00-23:00", "wu")
    (clash,) = clashes([late, early])

    assert (clash.one, clash.other) == (early, late)


def test_a_long_shift_clashes_with_every_short_one_in_it():
    long = on(FRIDAY, "08:00-08:00", "li")
    short = [on(FRIDAY, f"{hour}:00-{hour + 1}:00", "li", seat=2) for hour in range(10, 14)]

    assert kinds(long, *short) == ["two_places"] * 4


def held(shifts, *moves) -> list[str]:
    change = make_change(*moves, number=1, state=ChangeState.APPROVED)
    return [one.kind.value for one in held_clashes(effective(shifts, [change]), shifts)]


def test_who_gives_part_of_one_hotlines_shift_away_is_still_on_the_same_duty():
    duty = [on(FRIDAY, "08:00-20:00", "li", hotline=HotlineNumber(line)) for line in ("4001", "4002")]

    assert held(duty, whole(duty[0], "wu", start=local(FRIDAY, "12:00"))) == []


def test_who_covers_a_stretch_is_not_also_on_another_duty():
    mine, theirs = on(FRIDAY, "08:00-20:00", "li"), on(FRIDAY, "10:00-22:00", "wu", hotline=SECOND)

    assert held([mine, theirs], whole(mine, "wu", start=local(FRIDAY, "12:00"))) == ["two_places"]
    assert held([mine, theirs], whole(mine, "wu", end=local(FRIDAY, "10:00"))) == []
