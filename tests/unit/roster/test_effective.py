"""Who really holds what, after everything that was approved."""

from datetime import timedelta

from callcenter.roster.effective import effective, moves_in_force, planned
from callcenter.roster.model import ChangeState
from tests.support.duty import make_change, whole
from tests.support.wallclock import FRIDAY, local, on

DAY = timedelta(days=1)
MINE, THEIRS = on(FRIDAY, "08:00-20:00", "li"), on(FRIDAY + DAY, "08:00-20:00", "wu")
SWAP = (whole(MINE, "wu"), whole(THEIRS, "li"))
SWAP_BACK = (whole(MINE, "li", giver="wu"), whole(THEIRS, "wu", giver="li"))


def approved(number: int, *moves, **changes):
    return make_change(*moves, id=str(100 - number), number=number, state=ChangeState.APPROVED, **changes)


def held(shifts, *changes) -> list[tuple]:
    return [
        (one.person, one.start, one.end) for one in effective(shifts, changes)
    ]  # fmt: skip


def test_without_changes_everybody_holds_what_was_planned():
    assert held([MINE, THEIRS]) == [("li", MINE.start, MINE.end), ("wu", THEIRS.start, THEIRS.end)]
    assert effective([MINE, THEIRS], ()) == planned([THEIRS, MINE])


def test_a_swap_exchanges_holders_and_remembers_whom_the_roster_named():
    both = effective([MINE, THEIRS], [approved(1, *SWAP)])

    assert [(one.person, one.planned) for one in both] == [("wu", "li"), ("li", "wu")]
    assert [one.shift_id for one in both] == [MINE.id, THEIRS.id]


def test_only_what_is_approved_is_in_force():
    for state in set(ChangeState) - {ChangeState.APPROVED}:
        change = make_change(*SWAP, number=1, state=state)
        assert effective([MINE, THEIRS], [change]) == planned([MINE, THEIRS])


def test_swapped_twice_is_nothing_changed():
    twice = [approved(1, *SWAP), approved(2, *SWAP_BACK)]

    assert effective([MINE, THEIRS], twice) == planned([MINE, THEIRS])


def test_later_changes_are_laid_over_earlier_ones_in_whatever_order_they_come():
    first = approved(1, whole(MINE, "wu"))
    second = approved(2, whole(MINE, "xu", giver="wu"))

    assert held([MINE], second, first) == [("xu", MINE.start, MINE.end)]
    assert moves_in_force([second, first]) == [*first.moves, *second.moves]


def test_part_of_a_shift_can_be_covered():
    noon, three = local(FRIDAY, "12:00"), local(FRIDAY, "15:00")
    cover = approved(1, whole(MINE, "wu", start=noon, end=three))

    assert held([MINE], cover) == [("li", MINE.start, noon), ("wu", noon, three), ("li", three, MINE.end)]


def test_stretches_of_one_holder_that_adjoin_are_one():
    noon, three = local(FRIDAY, "12:00"), local(FRIDAY, "15:00")
    one = approved(1, whole(MINE, "wu", end=noon))
    two = approved(2, whole(MINE, "wu", start=noon, end=three))

    assert held([MINE], one, two) == [("wu", MINE.start, three), ("li", three, MINE.end)]


def test_a_move_reaching_beyond_its_shift_does_not_make_it_longer():
    beyond = approved(1, whole(MINE, "wu", start=MINE.start - DAY, end=MINE.end + DAY))

    assert held([MINE], beyond) == [("wu", MINE.start, MINE.end)]


def test_a_move_of_a_shift_that_is_not_planned_any_more_counts_for_nothing():
    assert effective([THEIRS], [approved(1, *SWAP)])[0].person == "li"
    assert len(effective([THEIRS], [approved(1, *SWAP)])) == 1


def test_a_shift_that_comes_twice_is_held_once():
    assert len(effective([MINE, MINE], ())) == 1
