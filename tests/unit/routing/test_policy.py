"""What a PBX is told of people, phones and limits, and what it can't be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.routing.held import Newer, decide_held, held_until, newer, strangers
from callcenter.routing.policy import Rules, decide, schedule
from callcenter.routing.words import LONGEST, Decision, Forced, Mode, Why
from callcenter.sites import Chain, WhenBusy
from callcenter.terms import DutyRole, HotlineNumber, RoutingMode
from tests.support.nights import LINE, NIGHT, hotline, people, plan, shifts

AT = int(NIGHT.timestamp())


def rules(*planned, known=None, line=None) -> Rules:
    now = plan(*planned, known=known)
    return Rules.of(
        line or hotline(), book=now.book, people=now.people, calendar=now.calendar, outside_digits=7
    )


def test_the_chain_is_primary_backup_supervisor_each_with_desk_before_mobile_and_limits_in_rings():
    night = shifts("zhang")[0]
    held = [
        night,
        *(
            replace(night, role=role, person=person)
            for role, person in ((DutyRole.SUPERVISOR, "wang"), (DutyRole.BACKUP, "li"))
        ),
    ]
    line = hotline(cadence=(0.4, 0.2, 0.4, 2.0), chain=Chain(primary_rings=3, supervisor_rings=7))

    found = decide(rules(*held, line=line), NIGHT)

    assert [str(step) for step in found.steps] == [
        "primary;zhang;9;d1002;m13900000002",
        "backup;li;12;d1001",
        "supervisor;wang;21;d1003",
    ]
    assert (found.mode, found.why) == (Mode.CLOSED, Why.SCHEDULE)


def test_a_ring_limit_is_rounded_up_to_whole_seconds():
    line = hotline(cadence=(0.4, 0.2, 0.4, 2.25), chain=Chain(primary_rings=1))

    assert decide(rules(*shifts("li"), line=line), NIGHT).steps[0].seconds == 4


@pytest.mark.parametrize(
    ("phone", "told"),
    [
        ("1001", "d1001"),
        ("123456", "d123456"),
        ("1234567", "m1234567"),
        ("+8613900000001", "m+8613900000001"),
        ("softphone-li", "dsoftphone-li"),
    ],
)
def test_a_long_number_is_outside_and_anything_else_an_endpoint(phone, told):
    found = decide(rules(*shifts("li"), known=people({"li": (phone,)})), NIGHT)

    assert found.steps[0].phones == (told,)


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"li": ("10,01", "1002")}, "li has a phone (number 1) that a PBX can't dial"),
        ({"li": ()}, "li is on the roster and has no phone"),
        ({}, "li is on the roster and not known"),
    ],
)
def test_who_can_not_be_rung_is_named_once_and_the_chain_goes_on(known, said):
    now = rules(*shifts("li", "zhang", "li"), known=people({"zhang": ("1003",), **known}))

    (fault,) = schedule(now, NIGHT, 7).faults

    assert fault.hotline == LINE
    assert fault.what.startswith(said)
    assert decide(now, NIGHT + timedelta(hours=13)).steps[0].person == "zhang"


def test_a_pattern_that_no_dialplan_can_hand_on_is_a_fault():
    (fault,) = schedule(rules(line=hotline("_400!")), NIGHT, 7).faults

    assert "has a ! in its pattern" in fault.what


def test_an_id_that_would_split_the_pbxs_list_is_refused_with_its_owner_named():
    pushed = schedule(rules(*shifts("li;x"), known=people({"li;x": ("1001",)})), NIGHT, 7)

    assert [fault.what for fault in pushed.faults] == [
        "li;x has an id that a PBX can't hold: only letters, digits and . _ + - can be in it"
    ]
    assert decide_held(pushed.keys, AT) == Decision(mode=Mode.FALLBACK, why=Why.NOBODY)


def test_a_chain_too_long_for_the_pbx_loses_its_end_and_says_who():
    crowd = {f"person-with-a-long-name-{n:02}": ("1001", "13900000001") for n in range(20)}
    night = shifts("li")[0]
    held = [replace(night, seat=seat, person=person) for seat, person in enumerate(crowd, 1)]

    pushed = schedule(rules(*held, known=people(crowd)), NIGHT, 7)
    steps = decide_held(pushed.keys, AT).steps

    assert all(len(value.encode()) <= LONGEST for value in pushed.keys.values())
    assert [step.person for step in steps] == list(crowd)[: len(steps)]
    assert {fault.what.split()[0] for fault in pushed.faults} == set(list(crowd)[len(steps) :])
    assert decide(rules(*held, known=people(crowd)), NIGHT).steps == steps


def test_fallback_and_what_a_second_caller_meets_are_told_beside_the_schedule():
    line = hotline(fallback="13900000009", chain=Chain(busy=WhenBusy.WAIT))

    keys = schedule(rules(line=line), NIGHT, 7).keys

    assert (keys["fallback"], keys["settings"]) == ("m13900000009", "wait")


def test_a_schedule_goes_to_the_end_of_the_last_day_and_begins_early_enough_for_a_slow_clock():
    after_midnight = NIGHT.replace(hour=0, minute=10)
    keys = schedule(rules(*shifts("li")), after_midnight, 7).keys

    assert decide_held(keys, int(after_midnight.timestamp()) - 900).why is not Why.MALFORMED
    assert held_until(keys) == after_midnight.replace(minute=0) + timedelta(days=8)
    assert decide_held(keys, int(held_until(keys).timestamp())).why is Why.EXPIRED


CLOSED = Forced(mode=RoutingMode.CLOSED, until=0, by="boss")
OPEN = Forced(mode=RoutingMode.OPEN, until=AT + 60, by="1001")
OVER = Forced(mode=RoutingMode.OPEN, until=AT, by="1001")


@pytest.mark.parametrize(
    ("force", "seen", "ours", "who"),
    [
        (None, None, None, Newer.NEITHER),
        (None, None, CLOSED, Newer.OURS),
        (CLOSED, CLOSED, CLOSED, Newer.NEITHER),
        (CLOSED, CLOSED, None, Newer.OURS),
        (CLOSED, CLOSED, OPEN, Newer.OURS),
        (OPEN, None, None, Newer.THEIRS),
        (OPEN, CLOSED, CLOSED, Newer.THEIRS),
        (None, CLOSED, CLOSED, Newer.THEIRS),
        (OPEN, None, OPEN, Newer.NEITHER),
        (OVER, None, None, Newer.NEITHER),
        (OVER, OVER, CLOSED, Newer.OURS),
        (OPEN, OPEN, OVER, Newer.OURS),
    ],
)
def test_a_forced_mode_is_whose_who_changed_it_last(force, seen, ours, who):
    keys = {name: str(value) for name, value in (("force", force), ("seen", seen)) if value}

    assert newer(keys, ours, AT) is who


def test_a_time_beyond_all_dates_is_the_last_of_them():
    assert held_until({"index": "2,9999999,0123456789ab"}).year == 9999


def test_a_force_that_makes_no_sense_is_none():
    assert newer({"force": "shut,0,x"}, None, AT) is Newer.NEITHER
    assert decide_held({"force": "shut,0,x"}, AT).why is Why.EXPIRED


def test_schedules_of_hotlines_that_are_not_this_pbxs_are_told_apart_from_its_other_keys():
    held = {HotlineNumber("4001"): {"index": "x"}, HotlineNumber("4009"): {"index": "x"}}
    held |= {HotlineNumber("signed"): {"1001": "in,1"}}

    (told,) = strangers(held, [HotlineNumber("4001")])

    assert "a schedule of 4009" in told
