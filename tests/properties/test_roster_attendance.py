"""Laws of attendance: what has been told stays told, and nobody is blamed who did as asked."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from callcenter.roster.attendance import AttendanceRules, LapseKind, Sign, SignSource, judge
from callcenter.roster.effective import planned
from callcenter.roster.presence import ON_POST, presences
from callcenter.terms import SignKind
from tests.support.rosters import MINUTE, PEOPLE, instants, rosters

rules = st.builds(
    AttendanceRules,
    late_grace_minutes=st.integers(0, 20),
    relief_grace_minutes=st.integers(0, 20),
    away_minutes=st.integers(0, 30),
    opens_minutes=st.integers(30, 180),
)
signs = st.builds(
    Sign,
    person=st.sampled_from(PEOPLE),
    at=instants,
    kind=st.sampled_from(SignKind),
    source=st.sampled_from(SignSource),
)


@st.composite
def attended(draw: st.DrawFn):
    """Shifts, and signs of which many are near their starts and ends."""
    shifts = draw(rosters())
    found = draw(st.lists(signs, max_size=6))
    for shift in shifts:
        for edge, kind in ((shift.start, SignKind.IN), (shift.end, SignKind.OUT)):
            if draw(st.booleans()):
                at = edge + draw(st.integers(-40, 40)) * MINUTE
                found.append(Sign(person=shift.person, at=at, kind=kind, source=SignSource.API))
    return planned(shifts), found


@given(attended(), rules, instants, instants)
def test_what_has_been_told_once_stays_told(day, rules, one, other):
    held, signed = day
    before = {finding.key for finding in judge(held, signed, min(one, other), rules)}
    after = {finding.key for finding in judge(held, signed, max(one, other), rules)}

    assert before <= after


@given(attended(), rules, instants)
def test_each_finding_is_told_once_and_about_whoever_holds_the_shift(day, rules, now):
    held, signed = day
    found = judge(held, signed, now, rules)
    holders = {(one.shift_id, one.person) for one in held if one.role in ON_POST}

    assert len({one.key for one in found}) == len(found)
    assert all((one.shift_id, one.person) in holders for one in found)
    assert all(one.end is None or one.start <= one.end for one in found)
    assert all(one.start <= now for one in found)


@given(rosters(), rules, instants)
def test_nobody_is_blamed_who_signs_in_before_and_out_after(shifts, rules, now):
    held = planned(shifts)
    signed = []
    for turn in presences(held, (), now, rules):
        for at, kind in ((turn.start - 5 * MINUTE, SignKind.IN), (turn.end + 5 * MINUTE, SignKind.OUT)):
            signed.append(Sign(person=turn.person, at=at, kind=kind, source=SignSource.CLI))
    blamed = judge(held, signed, now, rules)

    # Turns less than ten minutes apart: the sign-out of one falls into the next.
    turns = presences(held, (), now, rules)
    near = any(
        a.person == b.person and timedelta() < b.start - a.end <= 10 * MINUTE for a in turns for b in turns
    )
    assert near or not blamed


@given(rosters(), rules, instants)
def test_without_any_sign_every_turn_that_is_over_was_missed(shifts, rules, now):
    held = planned(shifts)
    missed = {
        (one.person, one.start, one.end)
        for one in judge(held, (), now, rules)
        if one.kind is LapseKind.MISSED_SHIFT
    }

    assert missed == {
        (one.person, one.start, one.end) for one in held if one.role in ON_POST and one.end <= now
    }
