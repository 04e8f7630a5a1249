"""Who is on duty at an instant."""

from datetime import UTC, datetime, timedelta

import pytest

from callcenter.record import OnDuty
from callcenter.roster.book import NOBODY, DutyBook
from callcenter.roster.effective import planned
from callcenter.terms import DutyRole, HotlineNumber
from tests.support.wallclock import FRIDAY, local, on

DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
LINE, OTHER = HotlineNumber("4001"), HotlineNumber("4002")
BACKUP, SUPERVISOR = DutyRole.BACKUP, DutyRole.SUPERVISOR


def book(*shifts) -> DutyBook:
    return DutyBook(planned(shifts), rostered={shift.hotline for shift in shifts})


def names(standing) -> list[str]:
    return [holder.person for holder in standing.primary]


EARLY, LATE = on(FRIDAY, "08:00-20:00", "li"), on(FRIDAY, "20:00-08:00", "wu")


def test_at_the_very_instant_of_a_change_over_the_new_one_is_on_duty():
    at = book(EARLY, LATE)

    assert [names(at.at(LINE, LATE.start + step)) for step in (-TICK, 0 * TICK, TICK)] == [
        ["li"],
        ["wu"],
        ["wu"],
    ]


def test_nobody_is_on_duty_before_the_first_shift_and_from_the_end_of_the_last():
    at = book(EARLY, LATE)

    assert at.at(LINE, EARLY.start - TICK) == at.at(LINE, LATE.end) == NOBODY
    assert names(at.at(LINE, EARLY.start)) == ["li"]
    assert names(at.at(LINE, LATE.end - TICK)) == ["wu"]


def test_a_hotline_without_shifts_has_nobody():
    at = book(EARLY)

    assert at.at(OTHER, EARLY.start) == NOBODY
    assert at.next_after(OTHER, EARLY.start) is None
    assert at.reaches(OTHER) is None


def test_roles_and_seats_are_told_apart_and_in_order():
    standing = book(
        on(FRIDAY, "08:00-20:00", "second", seat=2),
        on(FRIDAY, "08:00-20:00", "first"),
        on(FRIDAY, "08:00-20:00", "behind", role=BACKUP),
        on(FRIDAY, "00:00-24:00", "boss", role=SUPERVISOR),
    ).at(LINE, EARLY.start)

    assert standing.who == (("first", "second"), ("behind",), ("boss",))
    assert standing.primary[0].since == EARLY.start
    assert standing.supervisor[0].until == local(FRIDAY + DAY, "00:00")


def test_told_as_the_contract_says():
    assert book(EARLY).at(LINE, EARLY.start).to_json() == {
        "primary": [
            {"person": "li", "since": "2026-11-20T00:00:00.000000Z", "until": "2026-11-20T12:00:00.000000Z"}
        ],
        "backup": [],
        "supervisor": [],
    }


def test_the_next_change_is_when_other_people_come_not_when_a_shift_of_the_same_ends():
    again = on(FRIDAY, "20:00-22:00", "li")
    at = book(EARLY, again, on(FRIDAY, "23:00-24:00", "wu"))

    assert at.next_after(LINE, EARLY.start) == (again.end, NOBODY)
    instant, standing = at.next_after(LINE, again.end)
    assert (instant, names(standing)) == (local(FRIDAY, "23:00"), ["wu"])
    assert at.next_after(LINE, local(FRIDAY + DAY, "00:00")) is None


def test_the_next_change_before_everything_is_the_first_shift():
    instant, standing = book(EARLY).next_after(LINE, EARLY.start - 100 * DAY)

    assert (instant, names(standing)) == (EARLY.start, ["li"])


def test_it_reaches_to_the_end_of_the_last_shift_of_whatever_role():
    assert book(EARLY, on(FRIDAY, "08:00-23:00", "boss", role=SUPERVISOR)).reaches(LINE) == local(
        FRIDAY, "23:00"
    )


def test_spans_leave_no_hole_and_tell_of_nobody_too():
    start, end = EARLY.start - DAY, LATE.end + DAY
    spans = book(EARLY, LATE).spans(LINE, start, end)

    assert [(a, b, names(standing)) for a, b, standing in spans] == [
        (start, EARLY.start, []),
        (EARLY.start, LATE.start, ["li"]),
        (LATE.start, LATE.end, ["wu"]),
        (LATE.end, end, []),
    ]
    assert book().spans(LINE, end, start) == ()
    assert book().spans(LINE, start, end) == ((start, end, NOBODY),)


def test_a_call_freezes_who_is_on_duty_and_by_which_shifts():
    backup = on(FRIDAY, "06:00-20:00", "behind", role=BACKUP)
    second = on(FRIDAY, "09:00-21:00", "second", seat=2)
    frozen = book(EARLY, backup, second).duty(LINE, local(FRIDAY, "10:00"), after_hours=True, target_rings=4)

    assert frozen.shift_ids == (backup.id, EARLY.id, second.id)
    assert frozen.shift_id == second.id
    assert frozen.on_duty == (
        OnDuty(person="li", role=DutyRole.PRIMARY, shift_id=EARLY.id),
        OnDuty(person="second", role=DutyRole.PRIMARY, shift_id=second.id),
        OnDuty(person="behind", role=BACKUP, shift_id=backup.id),
    )
    assert (frozen.after_hours, frozen.target_rings, frozen.staffed) == (True, 4, True)


def test_of_shifts_that_began_together_the_first_primarys_is_the_calls():
    together = [
        on(FRIDAY, "08:00-20:00", "boss", role=SUPERVISOR),
        on(FRIDAY, "08:00-20:00", "second", seat=2),
        EARLY,
        on(FRIDAY, "08:00-20:00", "behind", role=BACKUP),
    ]
    frozen = book(*together).duty(LINE, EARLY.start, after_hours=False, target_rings=None)

    assert frozen.shift_id == EARLY.id == frozen.shift_ids[-1]
    assert len(frozen.shift_ids) == 4


def test_a_roster_without_anybody_is_not_the_same_as_no_roster():
    at = book(EARLY)

    assert at.duty(LINE, LATE.start, after_hours=False, target_rings=None).staffed is False
    assert at.duty(OTHER, LATE.start, after_hours=False, target_rings=None).staffed is None


def test_the_copy_on_disk_gives_the_same_answers():
    at = book(EARLY, LATE)
    copy = DutyBook.from_json(at.to_json())

    assert copy.assignments == at.assignments
    assert copy.rostered == at.rostered
    assert copy.at(LINE, LATE.start) == at.at(LINE, LATE.start)


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        ({"format": 99}, "has format 99, not 1"),
        ({"rostered": None}, "is damaged"),
        ({"assignments": [{"person": "li"}]}, "is damaged"),
    ],
)
def test_a_copy_that_is_damaged_is_refused(damage, why):
    with pytest.raises(ValueError, match=f"the duty book's copy {why}"):
        DutyBook.from_json(book(EARLY).to_json() | damage)


class Counted(datetime):
    """An instant that counts how often it is compared."""

    comparisons = 0

    def __lt__(self, other: datetime) -> bool:
        Counted.comparisons += 1
        return super().__lt__(other)

    __hash__ = datetime.__hash__


def test_a_look_up_in_years_of_roster_takes_a_handful_of_comparisons():
    years = [
        on(FRIDAY + n * DAY, hours, who)
        for n in range(1500)
        for hours, who in (("08:00-20:00", "li"), ("20:00-08:00", "wu"))
    ]
    long = book(*years)
    moment = EARLY.start + 700 * DAY + TICK
    at = Counted.fromtimestamp(moment.timestamp(), UTC)

    for look in (long.at, long.next_after):
        Counted.comparisons = 0
        assert look(LINE, at) == look(LINE, moment)
        assert 0 < Counted.comparisons <= 13
