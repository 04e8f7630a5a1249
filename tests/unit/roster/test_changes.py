"""Swaps, leave and take-overs: who may do what, and when."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest

from callcenter.roster.changes import (
    OPEN,
    TRANSITIONS,
    ChangeRules,
    Context,
    Refused,
    Step,
    agree,
    approve,
    ask,
    decline,
    edit,
    expire,
    first_start,
    withdraw,
)
from callcenter.roster.effective import effective
from callcenter.roster.model import Change, ChangeKind, ChangeState, Person
from callcenter.roster.people import People
from callcenter.terms import AgentId, HotlineNumber
from tests.support.duty import make_change, whole
from tests.support.wallclock import BERLIN, FRIDAY, SHANGHAI, local, on

DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
LI, WU, XU, BOSS = map(AgentId, ("li", "wu", "xu", "boss"))
PEOPLE = People(Person(id=who, name=who.title()) for who in (LI, WU, XU, BOSS))
LINES = [HotlineNumber("4001"), HotlineNumber("4002")]

MINE, THEIRS = on(FRIDAY, "08:00-20:00", LI), on(FRIDAY + DAY, "08:00-20:00", WU)
BEFORE = MINE.start - DAY
SWAP = make_change(whole(MINE, WU), whole(THEIRS, LI), id="s")
LEAVE = make_change(whole(MINE, WU), id="l", kind=ChangeKind.LEAVE)
TAKE_OVER = make_change(whole(MINE, WU), id="t", asked_by=WU, other=LI)
EDIT = make_change(whole(MINE, WU), id="e", kind=ChangeKind.EDIT, asked_by=BOSS, other=None)


def context(*shifts, changes=(), people: People = PEOPLE, zone=SHANGHAI, swaps: int | None = 2) -> Context:
    shifts = shifts or (MINE, THEIRS)
    return Context(
        shifts=shifts,
        assignments=effective(shifts, changes),
        changes=changes,
        people=people,
        zones=dict.fromkeys(LINES, zone),
        rules=ChangeRules(swaps_per_month=swaps),
    )


def done(change: Change, step: Step, at=BEFORE, given: Context | None = None) -> Change:
    """The step by whoever may take it."""
    given = given or context()
    match step:
        case Step.AGREE:
            return agree(change, WU, at, given)
        case Step.APPROVE:
            return approve(change, BOSS, at, given, supervisor=True)
        case Step.DECLINE:
            return decline(change, BOSS, at, supervisor=True)
        case Step.WITHDRAW:
            return withdraw(change, LI, at)
        case Step.EXPIRE:
            return expire(change, MINE.start)


def refused(words: str):
    return pytest.raises(Refused, match=words)


@pytest.mark.parametrize(("state", "step"), list(product(ChangeState, Step)))
def test_the_table_of_transitions_is_what_happens(state, step):
    change = replace(SWAP, state=state, decided_by=XU)
    ends = {
        Step.AGREE: ChangeState.AGREED,
        Step.EXPIRE: ChangeState.EXPIRED,
        Step.WITHDRAW: ChangeState.WITHDRAWN,
    }

    if (state, step) in TRANSITIONS:
        assert done(change, step).state is TRANSITIONS[state, step]
    elif ends.get(step) is state:
        assert done(change, step) is change  # the same again
    else:
        with pytest.raises(Refused):
            done(change, step)


def test_what_is_decided_stays_so():
    assert {state for state, _ in TRANSITIONS} == OPEN


def test_asked_agreed_and_approved_and_only_then_in_force():
    asked = ask(SWAP, LI, BEFORE, context())
    agreed = agree(asked, WU, BEFORE + TICK, context())
    approved = approve(agreed, BOSS, BEFORE + 2 * TICK, context(), supervisor=True, note="fine")

    assert [one.state for one in (asked, agreed, approved)] == [
        ChangeState.ASKED,
        ChangeState.AGREED,
        ChangeState.APPROVED,
    ]
    assert (asked.asked_at, agreed.agreed_at, approved.decided_at) == (
        BEFORE,
        BEFORE + TICK,
        BEFORE + 2 * TICK,
    )
    assert (approved.decided_by, approved.decision_note) == (BOSS, "fine")
    assert [one.person for one in effective([MINE, THEIRS], [asked])] == [LI, WU]
    assert [one.person for one in effective([MINE, THEIRS], [agreed])] == [LI, WU]
    assert [one.person for one in effective([MINE, THEIRS], [replace(approved, number=1)])] == [WU, LI]


@pytest.mark.parametrize("change", [SWAP, LEAVE])
def test_swap_and_leave_are_asked_by_the_giver(change):
    assert ask(change, LI, BEFORE, context()).state is ChangeState.ASKED


def test_a_take_over_is_asked_by_the_taker_and_agreed_by_the_giver():
    asked = ask(TAKE_OVER, WU, BEFORE, context())

    assert agree(asked, LI, BEFORE, context()).state is ChangeState.AGREED


def test_only_the_other_one_agrees():
    for who in (LI, XU, BOSS):
        with refused("Only Wu can agree"):
            agree(SWAP, who, BEFORE, context())


def test_a_supervisor_who_asked_does_not_approve():
    mine = replace(SWAP, state=ChangeState.AGREED)

    with refused("Nobody approves what they asked for themselves: ask another supervisor"):
        approve(mine, LI, BEFORE, context(), supervisor=True)


def test_who_is_no_supervisor_does_not_approve():
    with refused("Only a supervisor approves"):
        approve(replace(SWAP, state=ChangeState.AGREED), XU, BEFORE, context(), supervisor=False)


def test_without_the_others_agreement_nothing_is_approved():
    with refused("has not agreed to this change yet"):
        approve(SWAP, BOSS, BEFORE, context(), supervisor=True)


def test_nobody_asks_in_anothers_name():
    with refused("sign in as that person"):
        ask(SWAP, WU, BEFORE, context())


def test_either_side_steps_back_until_it_is_approved():
    for state in OPEN:
        change = replace(SWAP, state=state)
        assert withdraw(change, LI, BEFORE).state is ChangeState.WITHDRAWN
        assert decline(change, WU, BEFORE, supervisor=False, note="no").decision_note == "no"
        with refused("Only who asked"):
            withdraw(change, WU, BEFORE)
        with refused("Only the other person or a supervisor"):
            decline(change, XU, BEFORE, supervisor=False)


def test_a_decision_made_again_by_the_same_person_is_the_same_decision():
    approved = done(replace(SWAP, state=ChangeState.AGREED), Step.APPROVE)

    assert approve(approved, BOSS, BEFORE + DAY, context(), supervisor=True) is approved
    with refused("in force"):
        approve(approved, XU, BEFORE, context(), supervisor=True)
    declined = done(SWAP, Step.DECLINE)
    assert decline(declined, BOSS, BEFORE + DAY, supervisor=True) is declined


@pytest.mark.parametrize("state", [ChangeState.ASKED, ChangeState.AGREED])
def test_the_past_is_not_swapped_from_its_first_instant_on(state):
    change, step = replace(SWAP, state=state), agree if state is ChangeState.ASKED else approve
    who, more = (WU, {}) if step is agree else (BOSS, {"supervisor": True})

    assert step(change, who, MINE.start - TICK, context(), **more)
    with refused("What began on 2026-11-20 08:00 can't be changed any more: ask a supervisor to edit"):
        step(change, who, MINE.start, context(), **more)


def test_it_is_the_first_of_both_shifts_that_counts():
    assert first_start(SWAP) == MINE.start
    with refused("What began"):
        ask(SWAP, LI, MINE.start, context())


def test_the_rest_of_a_shift_that_has_begun_can_still_be_covered():
    rest = replace(LEAVE, moves=(whole(MINE, WU, start=local(FRIDAY, "14:00")),))

    assert ask(rest, LI, local(FRIDAY, "10:00"), context()).state is ChangeState.ASKED
    with refused("What began on 2026-11-20 14:00"):
        ask(rest, LI, local(FRIDAY, "14:00"), context())


def test_what_nobody_approved_in_time_expires_and_not_before():
    assert expire(SWAP, MINE.start).state is ChangeState.EXPIRED
    with refused("still to come"):
        expire(SWAP, MINE.start - TICK)


def test_a_supervisors_edit_is_in_force_at_once():
    edited = edit(EDIT, BOSS, BEFORE, context(), supervisor=True)

    assert (edited.state, edited.decided_by, edited.decided_at) == (ChangeState.APPROVED, BOSS, BEFORE)


def test_an_edit_corrects_the_past_too():
    assert edit(EDIT, BOSS, MINE.end + DAY, context(), supervisor=True).state is ChangeState.APPROVED


def test_only_a_supervisor_edits():
    with refused("Only a supervisor edits"):
        edit(EDIT, BOSS, BEFORE, context(), supervisor=False)
    with refused("Only a supervisor edits"):
        ask(EDIT, BOSS, BEFORE, context())
    with refused("is agreed and approved"):
        edit(replace(SWAP, asked_by=BOSS), BOSS, BEFORE, context(), supervisor=True)


@pytest.mark.parametrize("change", [EDIT, LEAVE])
def test_an_edit_and_leave_need_a_reason(change):
    for reason in ("", "  "):
        bare = replace(change, reason=reason)
        with refused("need a reason: write one"):
            if change is EDIT:
                edit(bare, BOSS, BEFORE, context(), supervisor=True)
            else:
                ask(bare, LI, BEFORE, context())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (replace(SWAP, moves=()), "names at least one stretch"),
        (replace(SWAP, moves=(whole(MINE, WU),)), "In a swap both people give a shift and get one"),
        (replace(SWAP, other=XU), "In a swap both people give"),
        (replace(SWAP, other=None), "In a swap both people give"),
        (replace(LEAVE, other=None), "Leave is of one's own shifts, covered by the person who is named"),
        (replace(LEAVE, moves=(whole(THEIRS, LI),)), "Leave is of one's own shifts"),
        (replace(TAKE_OVER, asked_by=LI, other=WU), "A take-over is of one person's shifts"),
        (replace(LEAVE, moves=(whole(MINE, LI),), other=LI), "given by one person to another"),
        (replace(LEAVE, moves=(whole(MINE, WU), whole(MINE, WU))), "named twice"),
        (
            replace(LEAVE, moves=(whole(MINE, WU, end=MINE.end + TICK),)),
            "from 2026-11-20 08:00 to 2026-11-20 20:00",
        ),
        (replace(LEAVE, moves=(whole(MINE, WU, end=MINE.start),)), "does not lie within the shift"),
        (replace(LEAVE, moves=(whole(on(FRIDAY, "00:00-04:00", LI), WU),)), "no longer in the roster"),
    ],
)
def test_a_request_that_makes_no_sense_says_what_to_do(change, words):
    with refused(words):
        ask(change, change.asked_by, BEFORE, context())


def test_what_the_giver_no_longer_holds_is_not_given():
    taken = replace(LEAVE, id="x", state=ChangeState.APPROVED, number=1, moves=(whole(MINE, XU),))

    with refused("Li does not hold the shift from 2026-11-20 08:00 to 2026-11-20 20:00"):
        approve(
            replace(SWAP, state=ChangeState.AGREED), BOSS, BEFORE, context(changes=[taken]), supervisor=True
        )


def test_a_shift_of_which_a_part_was_given_away_is_not_given_whole():
    part = whole(MINE, XU, start=local(FRIDAY, "14:00"))
    given = replace(LEAVE, id="x", state=ChangeState.APPROVED, number=1, moves=(part,))

    with refused("Li does not hold the shift"):
        ask(LEAVE, LI, BEFORE, context(changes=[given]))


def test_what_was_got_by_a_swap_can_be_given_on():
    first = replace(SWAP, id="x", state=ChangeState.APPROVED, number=1)
    on_to_xu = make_change(whole(MINE, XU, giver=WU), kind=ChangeKind.LEAVE)

    assert ask(on_to_xu, WU, BEFORE, context(changes=[first])).state is ChangeState.ASKED


def test_who_is_on_duty_then_can_t_take_another_shift():
    busy = on(FRIDAY, "18:00-22:00", WU, hotline=LINES[1])

    with refused("Wu would be on duty twice at once from 2026-11-20 18:00: choose somebody who is free"):
        ask(LEAVE, LI, BEFORE, context(MINE, busy))


def test_a_shift_that_only_touches_is_no_obstacle():
    after = on(FRIDAY, "20:00-08:00", WU)

    assert ask(LEAVE, LI, BEFORE, context(MINE, after)).state is ChangeState.ASKED


def test_in_a_swap_of_overlapping_shifts_each_gives_up_what_would_clash():
    early, late = on(FRIDAY, "08:00-16:00", LI), on(FRIDAY, "12:00-20:00", WU, seat=2)
    swap = make_change(whole(early, WU), whole(late, LI))

    assert ask(swap, LI, BEFORE, context(early, late)).state is ChangeState.ASKED


def test_a_clash_that_was_there_before_is_not_the_changes_fault():
    other = on(FRIDAY + 5 * DAY, "08:00-20:00", WU), on(FRIDAY + 5 * DAY, "09:00-12:00", WU, hotline=LINES[1])

    assert ask(LEAVE, LI, BEFORE, context(MINE, *other)).state is ChangeState.ASKED


@pytest.mark.parametrize(
    "wu",
    [
        Person(id=WU, name="Wu", active_until=FRIDAY - DAY),
        Person(id=WU, name="Wu", active_from=FRIDAY + DAY),
    ],
)
def test_who_does_not_work_here_that_day_takes_nothing(wu):
    with refused("Wu does not work here on 2026-11-20: choose somebody else"):
        ask(LEAVE, LI, BEFORE, context(people=People([Person(id=LI, name="Li"), wu])))


def test_a_night_is_taken_only_by_who_is_here_the_morning_after_too():
    night = on(FRIDAY, "20:00-08:00", LI)
    leave = make_change(whole(night, WU), kind=ChangeKind.LEAVE)
    people = People([Person(id=WU, name="Wu", active_until=FRIDAY)])

    with refused("Wu does not work here on 2026-11-21"):
        ask(leave, LI, BEFORE, context(night, people=people))


def test_somebody_unknown_takes_nothing():
    with refused('Nobody is known as "wu": choose somebody from the people list'):
        ask(LEAVE, LI, BEFORE, context(people=People([])))


def november(n: int, state: ChangeState, first: AgentId = LI, second: AgentId = XU, **changes) -> Change:
    """An earlier swap of the month."""
    one, two = on(date(2026, 11, n), "08:00-20:00", first), on(date(2026, 11, n), "20:00-08:00", second)
    return make_change(whole(one, second), whole(two, first), id=str(n), number=n, state=state, **changes)


APPROVED, ASKED, AGREED = ChangeState.APPROVED, ChangeState.ASKED, ChangeState.AGREED


@pytest.mark.parametrize(
    "others",
    [
        [november(2, APPROVED), november(4, APPROVED)],
        [november(2, APPROVED, XU, LI), november(4, APPROVED)],
        [november(2, ASKED), november(4, AGREED)],
        [november(2, APPROVED), november(4, AGREED, XU, LI)],
    ],
)
def test_the_third_swap_of_a_month_is_refused(others):
    with refused("Li has had the 2 swaps that are allowed in 2026-11: choose another month"):
        ask(SWAP, LI, BEFORE, context(changes=others))
    assert ask(SWAP, LI, BEFORE, context(changes=others, swaps=None)).state is ASKED


@pytest.mark.parametrize(
    "other",
    [
        november(4, ChangeState.DECLINED),
        november(4, ChangeState.WITHDRAWN),
        november(4, ChangeState.EXPIRED),
        november(4, ASKED, XU, LI),  # nobody's swap until they agree to it
        replace(november(4, APPROVED), kind=ChangeKind.LEAVE),
        replace(november(4, APPROVED), kind=ChangeKind.TAKE_OVER),
        november(4, APPROVED, XU, WU),
    ],
)
def test_what_came_to_nothing_or_is_no_swap_of_theirs_does_not_count(other):
    assert ask(SWAP, LI, BEFORE, context(changes=[november(2, APPROVED), other])).state is ASKED


def test_the_cap_holds_for_the_other_one_when_agreeing_and_for_both_when_approving():
    theirs = [november(2, APPROVED, WU, XU), november(4, APPROVED, XU, WU)]

    asked = ask(SWAP, LI, BEFORE, context(changes=theirs))
    with refused("Wu has had the 2 swaps"):
        agree(asked, WU, BEFORE, context(changes=theirs))
    with refused("Wu has had the 2 swaps"):
        approve(replace(asked, state=AGREED), BOSS, BEFORE, context(changes=theirs), supervisor=True)


def test_what_is_only_asked_for_does_not_keep_another_swap_from_being_approved():
    others = [november(2, APPROVED), november(4, ASKED), november(6, AGREED)]
    agreed = replace(SWAP, state=AGREED)

    assert approve(agreed, BOSS, BEFORE, context(changes=others), supervisor=True).state is APPROVED


def test_leave_has_no_cap():
    others = [november(2, APPROVED), november(4, APPROVED)]

    assert ask(LEAVE, LI, BEFORE, context(changes=others)).state is ASKED


@pytest.mark.parametrize(("zone", "fits"), [(SHANGHAI, True), (BERLIN, False)])
def test_the_month_is_the_hotlines_own(zone, fits):
    """Two swaps in November; the third begins on 30 November 18:00 UTC: in Shanghai it is December."""
    night = on(date(2026, 12, 1), "02:00-08:00", LI)
    theirs = on(date(2026, 12, 2), "02:00-08:00", WU)
    swap = make_change(whole(night, WU), whole(theirs, LI))
    others = [november(2, APPROVED), november(4, APPROVED)]
    given = context(night, theirs, changes=others, zone=zone)

    if fits:
        assert ask(swap, LI, BEFORE, given).state is ASKED
    else:
        with refused("allowed in 2026-11"):
            ask(swap, LI, BEFORE, given)
