"""Late, gone early, missed, not relieved."""

from datetime import timedelta

from callcenter.roster.attendance import AttendanceRules, Sign, SignSource, judge, waited_for
from callcenter.roster.effective import effective, planned
from callcenter.roster.model import ChangeState
from callcenter.terms import AgentId, DutyRole, HotlineNumber, SignKind
from tests.support.duty import make_change, whole
from tests.support.wallclock import FRIDAY, local, on

DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
RULES = AttendanceRules()
DAYTIME, NIGHT = on(FRIDAY, "08:00-20:00", "li"), on(FRIDAY, "20:00-08:00", "wu")


def at(clock: str, day=FRIDAY):
    return local(day, clock)


def signs(*told: str, day=FRIDAY) -> list[Sign]:
    """E.g. ``li in 07:55``."""
    found = []
    for who, kind, clock in (one.split() for one in told):
        when = at(clock, day)
        found.append(Sign(person=AgentId(who), at=when, kind=SignKind(kind), source=SignSource.API))
    return found


def findings(shifts, signed: list[Sign], now, rules: AttendanceRules = RULES, changes=()) -> list[tuple]:
    found = judge(effective(shifts, changes), signed, now, rules)
    return [(one.kind.value, one.person, one.start, one.end) for one in found]


def test_who_comes_before_the_start_and_stays_is_not_spoken_of():
    signed = signs("li in 07:52", "wu in 19:50", "li out 20:05")

    assert findings([DAYTIME, NIGHT], signed, at("20:10")) == []


def test_who_is_not_there_when_the_shift_begins_is_late_at_once():
    assert findings([DAYTIME], [], at("08:00")) == []
    assert findings([DAYTIME], [], at("08:00") + TICK) == [("late", "li", at("08:00"), None)]


def test_signing_in_at_the_very_start_is_in_time():
    assert findings([DAYTIME], signs("li in 08:00"), at("12:00")) == []


def test_how_late_is_known_when_they_come():
    assert findings([DAYTIME], signs("li in 08:07"), at("12:00")) == [
        ("late", "li", at("08:00"), at("08:07"))
    ]
    (late,) = judge(planned([DAYTIME]), signs("li in 08:07"), at("12:00"), RULES)
    assert late.minutes == 7
    assert late.key == (DAYTIME.id, "li", "late")


def test_a_house_may_allow_some_minutes():
    lenient = AttendanceRules(late_grace_minutes=10)

    assert findings([DAYTIME], signs("li in 08:10"), at("12:00"), lenient) == []
    assert findings([DAYTIME], signs("li in 08:11"), at("12:00"), lenient) == [
        ("late", "li", at("08:00"), at("08:11"))
    ]


def test_who_never_comes_has_missed_the_shift_once_it_is_over():
    assert findings([DAYTIME], [], at("19:59")) == [("late", "li", at("08:00"), None)]
    assert findings([DAYTIME], [], at("20:00")) == [
        ("late", "li", at("08:00"), at("20:00")),
        ("missed_shift", "li", at("08:00"), at("20:00")),
    ]


def test_yesterdays_forgotten_sign_out_makes_nobody_punctual_today():
    forgotten = signs("li in 07:55", day=FRIDAY - DAY)

    assert findings([DAYTIME], forgotten, at("09:00")) == [("late", "li", at("08:00"), None)]


def test_who_goes_before_the_end_and_stays_away_has_left_early():
    signed = signs("li in 07:55", "li out 18:30")

    assert findings([DAYTIME], signed, at("18:45")) == []
    assert findings([DAYTIME], signed, at("18:46")) == [("left_early", "li", at("18:30"), None)]
    assert findings([DAYTIME], signed, at("21:00")) == [("left_early", "li", at("18:30"), at("20:00"))]


def test_who_is_back_soon_has_not_left():
    signed = signs("li in 07:55", "li out 12:00", "li in 12:15", "li out 20:00")

    assert findings([DAYTIME], signed, at("21:00")) == []


def test_who_comes_back_late_was_away_until_then():
    signed = signs("li in 07:55", "li out 12:00", "li in 13:00", "li out 20:00")

    assert findings([DAYTIME], signed, at("21:00")) == [("left_early", "li", at("12:00"), at("13:00"))]


def test_going_at_the_very_end_is_not_early():
    assert findings([DAYTIME], signs("li in 07:55", "li out 20:00"), at("21:00")) == []


def test_two_shifts_that_touch_are_one_turn():
    shifts = [on(FRIDAY, "08:00-14:00", "li"), on(FRIDAY, "14:00-20:00", "li")]

    assert findings(shifts, signs("li in 07:55", "li out 20:00"), at("21:00")) == []


def test_of_two_shifts_that_touch_the_one_slept_through_is_missed():
    shifts = [on(FRIDAY, "08:00-14:00", "li"), on(FRIDAY, "14:00-20:00", "li")]

    assert findings(shifts, signs("li in 15:00", "li out 20:00"), at("21:00")) == [
        ("late", "li", at("08:00"), at("15:00")),
        ("missed_shift", "li", at("08:00"), at("14:00")),
    ]


def test_both_parts_of_a_split_shift_are_signed_for():
    split = [on(FRIDAY, "10:00-14:00", "li"), on(FRIDAY, "17:30-23:00", "li")]
    signed = signs("li in 09:55", "li out 14:00", "li in 17:40", "li out 23:00")

    assert findings(split, signed, at("23:30")) == [("late", "li", at("17:30"), at("17:40"))]


def test_who_stays_through_a_short_pause_is_there_for_the_second_part():
    split = [on(FRIDAY, "08:00-12:00", "li"), on(FRIDAY, "13:00-17:00", "li")]

    assert findings(split, signs("li in 07:55", "li out 17:00"), at("18:00")) == []


def test_a_duty_over_several_hotlines_is_late_once():
    duty = [on(FRIDAY, "08:00-20:00", "li", hotline=HotlineNumber(line)) for line in ("4001", "4002")]

    assert findings(duty, [], at("20:00")) == [
        ("late", "li", at("08:00"), at("20:00")),
        ("missed_shift", "li", at("08:00"), at("20:00")),
    ]


def test_after_a_swap_it_is_the_cover_who_has_to_come():
    cover = make_change(whole(DAYTIME, "xu"), number=1, state=ChangeState.APPROVED)

    assert findings([DAYTIME], [], at("09:00"), changes=[cover]) == [("late", "xu", at("08:00"), None)]


def test_a_supervisors_phone_is_not_signed_in():
    assert findings([on(FRIDAY, "08:00-20:00", "boss", role=DutyRole.SUPERVISOR)], [], at("21:00")) == []


def test_a_sign_out_without_a_sign_in_shows_that_somebody_was_there():
    assert findings([DAYTIME], signs("li out 19:55"), at("21:00")) == [
        ("late", "li", at("08:00"), at("19:55")),
        ("left_early", "li", at("19:55"), at("20:00")),
    ]


def test_signing_in_again_is_no_new_arrival():
    signed = signs("li in 07:55", "li in 09:00", "li out 20:00")

    assert findings([DAYTIME], signed, at("21:00")) == []


def test_signs_that_are_still_to_come_are_not_known():
    assert findings([DAYTIME], signs("li in 08:30"), at("08:15")) == [("late", "li", at("08:00"), None)]


def test_who_stays_because_nobody_comes_is_unrelieved():
    signed = signs("li in 07:55")

    assert findings([DAYTIME, NIGHT], signed, at("20:01")) == [
        ("late", "wu", at("20:00"), None),
        ("unrelieved", "li", at("20:00"), None),
    ]


def test_it_is_known_how_long_somebody_waited_for_relief():
    signed = signs("li in 07:55", "wu in 20:25", "li out 20:30")

    assert ("unrelieved", "li", at("20:00"), at("20:25")) in findings([DAYTIME, NIGHT], signed, at("21:00"))


def test_nobody_leaves_before_the_relief_has_taken_over():
    signed = signs("li in 07:55", "li out 20:00", "wu in 20:10")

    assert findings([DAYTIME, NIGHT], signed, at("20:30")) == [
        ("late", "wu", at("20:00"), at("20:10")),
        ("left_before_relief", "li", at("20:00"), at("20:10")),
    ]


def test_who_waited_and_went_at_last_is_both_unrelieved_and_gone():
    signed = signs("li in 07:55", "li out 20:30")

    kinds = [kind for kind, who, *_ in findings([DAYTIME, NIGHT], signed, at("21:00")) if who == "li"]
    assert kinds == ["unrelieved", "left_before_relief"]


def test_where_nobody_is_to_come_nobody_is_waited_for():
    assert findings([DAYTIME], signs("li in 07:55", "li out 20:00"), at("21:00")) == []
    assert findings([DAYTIME, on(FRIDAY, "21:00-23:00", "wu")], signs("li in 07:55"), at("20:30")) == []


def test_a_relief_that_overlaps_relieves_as_soon_as_it_is_there():
    shifts = [on(FRIDAY, "09:00-21:00", "li"), on(FRIDAY, "20:00-09:00", "wu", seat=2)]
    signed = signs("li in 08:55", "wu in 19:55", "li out 21:00")

    assert findings(shifts, signed, at("21:30")) == []


def test_who_goes_on_working_waits_for_nobody():
    shifts = [
        on(FRIDAY, "08:00-14:00", "li"),
        on(FRIDAY, "14:00-20:00", "li"),
        on(FRIDAY, "14:00-20:00", "wu", seat=2),
    ]

    kinds = [kind for kind, who, *_ in findings(shifts, signs("li in 07:55"), at("14:30")) if who == "li"]
    assert kinds == []


def test_each_seat_has_its_own_relief():
    shifts = [
        on(FRIDAY, "08:00-20:00", "li"),
        on(FRIDAY, "08:00-20:00", "he", seat=2),
        NIGHT,
        on(FRIDAY, "20:00-08:00", "xu", seat=2),
    ]
    signed = signs("li in 07:55", "he in 07:55", "wu in 19:55")

    unrelieved = [who for kind, who, *_ in findings(shifts, signed, at("20:05")) if kind == "unrelieved"]
    assert unrelieved == ["he"]


def test_before_signing_out_it_is_told_who_has_to_come():
    people = planned([DAYTIME, NIGHT])
    here = signs("li in 07:55")

    assert waited_for(people, here, AgentId("li"), at("20:00"), RULES) == ("wu",)
    assert waited_for(people, [*here, *signs("wu in 19:55")], AgentId("li"), at("20:00"), RULES) == ()
    assert waited_for(people, here, AgentId("xu"), at("20:00"), RULES) == ()
    assert waited_for(planned([DAYTIME]), here, AgentId("li"), at("20:00"), RULES) == ()
    assert waited_for(people, here, AgentId("li"), at("12:00"), RULES) == ()  # a pause is no hand-over


def test_a_finding_is_told_in_plain_values():
    (late,) = judge(planned([DAYTIME]), signs("li in 08:07"), at("12:00"), RULES)

    assert late.to_json() == {
        "kind": "late",
        "shift_id": DAYTIME.id,
        "hotline": "4001",
        "person": "li",
        "start": "2026-11-20T00:00:00.000000Z",
        "end": "2026-11-20T00:07:00.000000Z",
        "minutes": 7.0,
    }
