"""Laws of changes: however many are asked for, agreed to and approved, the roster stays sound."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from callcenter.roster.changes import (
    ChangeRules,
    Context,
    Refused,
    agree,
    approve,
    ask,
    decline,
    expire,
    first_start,
    withdraw,
)
from callcenter.roster.clashes import held_clashes
from callcenter.roster.effective import effective
from callcenter.roster.model import Change, ChangeKind, ChangeState, Move, Person, Shift
from callcenter.roster.people import People
from callcenter.terms import AgentId
from tests.support.rosters import EPOCH, LINES, PEOPLE, instants, moves_of, rosters
from tests.support.wallclock import SHANGHAI

BOSS = AgentId("boss")
EVERYBODY = People(Person(id=who, name=who) for who in (*PEOPLE, BOSS))
NO_CAP = ChangeRules(swaps_per_month=None)
acts = st.sampled_from(["agree", "approve", "decline", "withdraw", "expire"])
somebody = st.sampled_from([*PEOPLE, BOSS])


@st.composite
def requests(draw: st.DrawFn, shifts: list[Shift], n: int) -> Change:
    """A swap, leave or take-over; many make sense."""
    mine = draw(st.sampled_from(shifts))
    kind = draw(st.sampled_from([ChangeKind.SWAP, ChangeKind.LEAVE, ChangeKind.TAKE_OVER]))
    others = [one for one in shifts if one.person != mine.person]
    theirs = draw(st.sampled_from(others or shifts))
    moves = [Move(shift_id=mine.id, start=mine.start, end=mine.end, giver=mine.person, taker=theirs.person)]
    if kind is ChangeKind.SWAP:
        moves.append(
            Move(
                shift_id=theirs.id, start=theirs.start, end=theirs.end, giver=theirs.person, taker=mine.person
            )
        )
    if draw(st.integers(0, 5)) == 0:
        moves.append(draw(moves_of(shifts)))
    asker, other = (theirs, mine) if kind is ChangeKind.TAKE_OVER else (mine, theirs)
    return Change(
        id=str(n), kind=kind, state=ChangeState.ASKED, moves=tuple(moves), asked_by=asker.person,
        other=other.person, reason="ill", asked_at=EPOCH,
    )  # fmt: skip


def context(shifts: list[Shift], changes: list[Change], rules: ChangeRules = NO_CAP) -> Context:
    return Context(
        shifts=shifts,
        assignments=effective(shifts, changes),
        changes=changes,
        people=EVERYBODY,
        zones=dict.fromkeys(LINES, SHANGHAI),
        rules=rules,
    )


def acted(change: Change, act: str, by: AgentId, at, given: Context) -> Change:
    match act:
        case "agree":
            return agree(change, by, at, given)
        case "approve":
            return approve(change, by, at, given, supervisor=by == BOSS)
        case "decline":
            return decline(change, by, at, supervisor=by == BOSS)
        case "withdraw":
            return withdraw(change, by, at)
        case _:
            return expire(change, at)


@given(rosters().filter(bool), st.data())
def test_whatever_comes_into_force_nobody_is_in_two_places_and_no_seat_has_two_holders(shifts, data):
    in_force: list[Change] = []
    for n in range(1, 6):
        change = data.draw(requests(shifts, n))
        given = context(shifts, in_force)
        try:
            asked = ask(change, change.asked_by, EPOCH.replace(year=2025), given)
            agreed = agree(asked, change.other, EPOCH.replace(year=2025), given)
            approved = approve(agreed, BOSS, EPOCH.replace(year=2025), given, supervisor=True)
        except Refused:
            continue
        in_force.append(replace(approved, number=n))

    assert held_clashes(effective(shifts, in_force), shifts) == []


@given(rosters().filter(bool), st.lists(st.tuples(acts, somebody, instants), max_size=8), st.data())
def test_nothing_comes_into_force_without_the_other_a_supervisor_and_in_time(shifts, story, data):
    given, change = context(shifts, []), data.draw(requests(shifts, 1))
    told = [change]
    for act, by, at in story:
        try:
            told.append(acted(told[-1], act, by, at, given))
        except Refused:
            continue

    states = [one.state for one in told]
    if told[-1].state is ChangeState.APPROVED:
        assert states.index(ChangeState.AGREED) < states.index(ChangeState.APPROVED)
        assert told[-1].decided_by == BOSS
        assert told[-1].decided_at < first_start(change)
        assert told[-1].agreed_at is not None
    over = [state for state in states if state not in (ChangeState.ASKED, ChangeState.AGREED)]
    assert len(set(over)) <= 1
    assert all(one.moves == change.moves for one in told)


@given(rosters().filter(bool), st.integers(0, 3), st.data())
def test_nobody_has_more_swaps_in_a_month_than_are_allowed(shifts, most, data):
    kept: list[Change] = []
    rules = ChangeRules(swaps_per_month=most)
    for n in range(1, 6):
        change = data.draw(requests(shifts, n))
        given = context(shifts, kept, rules)
        try:
            asked = ask(change, change.asked_by, EPOCH, given)
            agreed = agree(asked, change.other, EPOCH, given)
            kept.append(replace(approve(agreed, BOSS, EPOCH, given, supervisor=True), number=n))
        except Refused:
            continue

    for who in PEOPLE:
        months = [
            f"{first_start(one).astimezone(SHANGHAI):%Y-%m}"
            for one in kept
            if one.kind is ChangeKind.SWAP and who in (one.asked_by, one.other)
        ]
        assert all(months.count(month) <= most for month in months)
