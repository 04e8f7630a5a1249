"""Laws of who is on duty: whatever is changed, every seat has one holder at an instant."""

from dataclasses import replace
from itertools import pairwise

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from callcenter.roster.book import DutyBook
from callcenter.roster.clashes import ClashKind, clashes, held_clashes
from callcenter.roster.coverage import check
from callcenter.roster.effective import effective, planned
from callcenter.roster.findings import FindingKind
from callcenter.roster.hours import Hours
from callcenter.roster.model import Assignment, Change, ChangeState, Move, Shift
from callcenter.roster.seats import seated
from callcenter.terms import AgentId, DutyRole
from tests.support.rosters import EPOCH, LINES, PEOPLE, instants, planned_and_changed, rosters, shifts
from tests.support.wallclock import LAW, SHANGHAI

many = st.lists(shifts(), max_size=10)


def holder(shift: Shift, changes: list[Change], at) -> AgentId:
    """Who holds the shift at an instant, told slowly: the last move that speaks of it."""
    who = shift.person
    for change in sorted(changes, key=lambda one: one.number):
        for move in change.moves:
            if move.shift_id == shift.id and move.start <= at < move.end:
                who = move.taker
    return who


def held_at(assignments: tuple[Assignment, ...], at) -> list[Assignment]:
    return [one for one in assignments if one.start <= at < one.end]


@given(planned_and_changed, instants)
def test_who_holds_a_shift_is_who_the_last_change_says(roster, at):
    shifts, changes = roster
    found = {one.shift_id: one.person for one in held_at(effective(shifts, changes), at)}

    assert found == {s.id: holder(s, changes, at) for s in shifts if s.start <= at < s.end}


@given(planned_and_changed)
def test_changes_divide_shifts_and_never_stretch_or_leave_them(roster):
    shifts, changes = roster
    held = effective(shifts, changes)

    for shift in shifts:
        parts = [one for one in held if one.shift_id == shift.id]
        assert (parts[0].start, parts[-1].end) == (shift.start, shift.end)
        assert all(a.end == b.start and a.person != b.person for a, b in pairwise(parts))
        assert {one.planned for one in parts} == {shift.person}


@given(planned_and_changed)
def test_no_seat_has_two_holders_at_one_instant(roster):
    shifts, changes = roster
    kinds = {clash.kind for clash in held_clashes(effective(shifts, changes), shifts)}

    assert ClashKind.ONE_SEAT not in kinds


@given(planned_and_changed, st.data())
def test_swapped_twice_is_nothing_changed(roster, data):
    shifts, changes = roster
    before = effective(shifts, changes)
    mine, theirs = data.draw(st.sampled_from(before)), data.draw(st.sampled_from(before))
    moves = (given_to(mine, theirs.person), given_to(theirs, mine.person))
    back = tuple(replace(move, giver=move.taker, taker=move.giver) for move in reversed(moves))
    twice = [swap(changes, 1, *moves), swap(changes, 2, *back)]

    assert effective(shifts, [*changes, *twice]) == before


def given_to(held: Assignment, taker: AgentId) -> Move:
    return Move(shift_id=held.shift_id, start=held.start, end=held.end, giver=held.person, taker=taker)


def swap(changes: list[Change], n: int, *moves: Move) -> Change:
    usual = {"kind": "swap", "state": ChangeState.APPROVED, "asked_by": PEOPLE[0], "other": PEOPLE[1]}
    told = {"id": f"swap {n}", "moves": moves, "reason": "", "asked_at": EPOCH, "number": len(changes) + n}
    return Change(**usual, **told)


@given(planned_and_changed, st.randoms(use_true_random=False))
def test_the_order_in_which_shifts_and_changes_come_does_not_matter(roster, chance):
    shifts, changes = (list(part) for part in roster)
    told = effective(shifts, changes)
    chance.shuffle(shifts)
    chance.shuffle(changes)

    assert effective(shifts, changes) == told


@given(planned_and_changed, instants, st.sampled_from(LINES))
def test_the_book_finds_whom_a_slow_search_finds(roster, at, line):
    held = effective(*roster)
    standing = DutyBook(held, rostered=LINES).at(line, at)

    for role in DutyRole:
        there = [one for one in held_at(held, at) if (one.hotline, one.role) == (line, role)]
        assert {(h.person, h.since, h.until, h.shift_id, h.seat) for h in standing.of(role)} == {
            (one.person, one.start, one.end, one.shift_id, one.seat) for one in there
        }
        seats = [h.seat for h in standing.of(role)]
        assert seats == sorted(set(seats))


@given(planned_and_changed, instants, st.sampled_from(LINES))
def test_until_the_next_change_the_same_people_are_on_duty_and_then_others(roster, at, line):
    book = DutyBook(effective(*roster), rostered=LINES)
    who, turn = book.at(line, at).who, book.next_after(line, at)
    edges = sorted({edge for one in book.assignments for edge in (one.start, one.end) if edge > at})
    until = turn[0] if turn else None

    assert all(book.at(line, edge).who == who for edge in edges if until is None or edge < until)
    if turn is not None:
        assert turn[0] > at
        assert turn[1] == book.at(line, turn[0])
        assert turn[1].who != who


@given(planned_and_changed, instants, instants, st.sampled_from(LINES))
def test_spans_say_of_each_instant_what_a_look_up_says_and_join(roster, one, other, line):
    book = DutyBook(effective(*roster), rostered=LINES)
    start, end = min(one, other), max(one, other)
    spans = book.spans(line, start, end)

    assert all(before[1] == after[0] for before, after in pairwise(spans))
    assert not spans or (spans[0][0], spans[-1][1]) == (start, end)
    assert all(standing == book.at(line, a) for a, _, standing in spans)


@given(planned_and_changed, instants, st.sampled_from(LINES))
def test_the_copy_on_disk_gives_the_same_answers(roster, at, line):
    book = DutyBook(effective(*roster), rostered=LINES[:1])
    copy = DutyBook.from_json(msgspec.json.decode(msgspec.json.encode(book.to_json())))

    assert copy.at(line, at) == book.at(line, at)
    assert copy.next_after(line, at) == book.next_after(line, at)
    assert copy.reaches(line) == book.reaches(line)
    frozen = [b.duty(line, at, after_hours=False, target_rings=3) for b in (book, copy)]
    assert frozen[0] == frozen[1]


@given(many)
def test_clashes_are_those_that_comparing_every_pair_finds(several):
    found = {frozenset((id(clash.one), id(clash.other))) for clash in clashes(several)}
    pairs = {
        frozenset((id(a), id(b)))
        for n, a in enumerate(several)
        for b in several[n + 1 :]
        if a.start < b.end and b.start < a.end and cannot_stand(a, b)
    }

    assert found == pairs


def cannot_stand(a: Shift, b: Shift) -> bool:
    desk = (a.hotline, a.role) == (b.hotline, b.role)
    if a.person == b.person:
        return desk or (a.start, a.end) != (b.start, b.end)
    return desk and a.seat == b.seat


@given(many, many)
def test_seats_are_as_few_as_the_most_who_are_there_at_once(several, standing):
    placed = seated(several)

    assert all(clash.kind is not ClashKind.ONE_SEAT for clash in clashes(placed))
    for one in placed:
        desk = [s for s in placed if (s.hotline, s.role) == (one.hotline, one.role)]
        most = max(sum(s.start <= t.start < s.end for s in desk) for t in desk)
        assert max(s.seat for s in desk) == most
    beside = [(s, t) for s in seated(several, standing) for t in standing]
    same_seat = [(s, t) for s, t in beside if (s.hotline, s.role, s.seat) == (t.hotline, t.role, t.seat)]
    assert not [1 for s, t in same_seat if s.start < t.end and t.start < s.end]


@given(rosters(), st.integers(1, 2), instants, st.sampled_from(LINES))
def test_the_check_says_of_each_instant_what_counting_says(roster, wanted, at, line):
    held = planned(roster)
    start, end = EPOCH, EPOCH.replace(month=11, day=2)
    seats = Hours.parse([f"00:00-24:00 {wanted}"])
    findings = check(held, line, start, end, seats, zone=SHANGHAI, calendar=LAW)

    there = [
        one for one in held_at(held, at) if one.hotline == line and one.role is DutyRole.PRIMARY
    ]  # fmt: skip
    told = [one for one in findings if one.start <= at < one.end]
    if start <= at < end:
        assert [one.kind for one in told] == expected(there, wanted)
        assert all(set(one.people) == {held.person for held in there} for one in told)
    assert all(a.end <= b.start for a, b in pairwise(findings))
    assert all((a.kind, a.people, a.end) != (b.kind, b.people, b.start) for a, b in pairwise(findings))


def expected(there: list[Assignment], wanted: int) -> list[FindingKind]:
    if not there:
        return [FindingKind.GAP]
    if len(there) < wanted:
        return [FindingKind.TOO_FEW_SEATS]
    different = len({(one.start, one.end) for one in there}) > 1
    return [FindingKind.OVERLAP] if len(there) > wanted and different else []
