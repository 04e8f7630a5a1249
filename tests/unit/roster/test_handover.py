"""What one shift hands to the next, and the two signatures."""

from datetime import timedelta
from typing import Any

import pytest

from callcenter.roster.effective import effective, planned
from callcenter.roster.handover import MissedCall, judge_signature, outgoing, present
from callcenter.roster.judging import Refused
from callcenter.roster.logbook import NO_HASH, Entry, EntryKind
from callcenter.roster.model import ChangeState
from callcenter.terms import AgentId, CallId, DutyRole, HotlineNumber
from tests.support.duty import make_change, whole
from tests.support.wallclock import FRIDAY, local, on

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
LINE, OTHER = HotlineNumber("4001"), HotlineNumber("4002")
LI, WU, XU = map(AgentId, ("li", "wu", "xu"))
DAYTIME, NIGHT = on(FRIDAY, "08:00-20:00", LI), on(FRIDAY, "20:00-08:00", WU)
ROSTER = planned([DAYTIME, NIGHT])
SHIFT = outgoing(ROSTER, LINE, DAYTIME.end)
K = EntryKind


def entry(number: int, clock: str = "12:00", kind: EntryKind = K.NOTE, **told: Any) -> Entry:
    """Entry *number* of the day shift."""
    text = f"no {number}"
    usual: dict[str, Any] = {
        "at": local(FRIDAY, clock), "hotline": LINE, "shift_id": DAYTIME.id, "author": LI, "text": text,
        "call_id": None, "follow_up": False, "refers_to": None, "prev_hash": NO_HASH, "hash": NO_HASH,
    }  # fmt: skip
    return Entry(number=number, kind=kind, **usual | told)


def missed(n: int, clock: str = "12:00", **told: Any) -> MissedCall:
    return MissedCall(call_id=CallId(f"main:{n}"), hotline=LINE, at=local(FRIDAY, clock), **told)


def shown(*entries: Entry, calls=(), now=DAYTIME.end):
    return present(SHIFT, entries, calls, now)


def numbers(items) -> list[int]:
    return [item.entry.number for item in items]


def signed(by: AgentId, kind: EntryKind, number: int = 9, **told: Any) -> Entry:
    return entry(number, "19:58", kind, author=by, **told)


def test_the_shift_that_ends_nearest_is_handed_over():
    for clock in ("19:00", "20:00", "21:00"):
        told = outgoing(ROSTER, LINE, local(FRIDAY, clock))
        assert (told.shifts, told.giving, told.taking) == ((DAYTIME.id,), (LI,), (WU,))
    assert outgoing(ROSTER, LINE, NIGHT.end).giving == (WU,)
    assert outgoing(ROSTER, LINE, DAYTIME.end, NIGHT.id).giving == (WU,)
    assert outgoing(ROSTER, OTHER, DAYTIME.end) is None


def test_shifts_that_end_together_are_one_handover():
    second = on(FRIDAY, "09:00-20:00", XU, seat=2)
    told = outgoing(planned([DAYTIME, second, NIGHT]), LINE, DAYTIME.end)

    assert (told.giving, told.taking) == ((LI, XU), (WU,))
    assert told.start == DAYTIME.start
    assert set(told.shifts) == {DAYTIME.id, second.id}


def test_after_a_swap_those_hand_over_who_were_there():
    swap = make_change(whole(DAYTIME, XU), number=1, state=ChangeState.APPROVED)

    assert outgoing(effective([DAYTIME, NIGHT], [swap]), LINE, DAYTIME.end).giving == (XU,)


def test_when_nobody_follows_at_once_the_next_shift_takes_over():
    morning = on(FRIDAY + DAY, "09:00-21:00", WU)

    assert outgoing(planned([DAYTIME, morning]), LINE, DAYTIME.end).taking == (WU,)


def test_a_backup_hands_nothing_over():
    behind = on(FRIDAY, "08:00-20:00", XU, role=DutyRole.BACKUP)

    assert outgoing(planned([behind]), LINE, behind.end) is None


def test_the_shifts_log_is_shown_in_order_with_its_corrections():
    told = shown(
        entry(2, "09:00"),
        entry(1, "08:30"),
        entry(3, "10:00", hotline=OTHER),
        entry(4, "07:00", shift_id=None),
        entry(5, "11:00", K.CORRECTION, refers_to=2),
        entry(6, "13:00", hotline=None, shift_id=None),
    )

    assert numbers(told.entries) == [1, 2, 6]
    assert [one.number for one in told.entries[1].corrections] == [5]


def test_a_correction_of_an_older_shifts_entry_is_shown_by_itself():
    yesterday = entry(1, "12:00", at=local(FRIDAY - DAY, "12:00"), shift_id=None)
    told = shown(yesterday, entry(2, "09:00", K.CORRECTION, refers_to=1))

    assert numbers(told.entries) == [2]


def test_an_open_item_is_carried_over_until_it_is_done():
    last_week = entry(1, at=local(FRIDAY - 7 * DAY, "12:00"), shift_id=None, follow_up=True)
    today = entry(2, follow_up=True)

    assert numbers(shown(last_week, today).open_items) == [1, 2]
    done = entry(3, "13:00", K.ITEM_DONE, refers_to=1)
    assert numbers(shown(last_week, today, done).open_items) == [2]


def test_an_item_of_the_next_shift_is_not_handed_over_by_this_one():
    later = entry(1, "21:00", shift_id=NIGHT.id, follow_up=True)

    assert shown(later, now=NIGHT.end).open_items == ()


def test_missed_calls_wait_until_somebody_calls_back():
    calls = [missed(3, "13:00"), missed(1, "09:00"), missed(2, "10:00", returned=True), missed(4, "20:30")]

    assert [call.call_id for call in shown(calls=calls).unreturned] == ["main:1", "main:3"]
    called = entry(1, "14:00", K.CALLED_BACK, call_id=CallId("main:1"))
    assert [call.call_id for call in shown(called, calls=calls).unreturned] == ["main:3"]


def test_both_sign():
    given, taken = signed(LI, K.HANDOVER_GIVEN, 8), signed(WU, K.HANDOVER_TAKEN)
    told = shown(given, taken, now=DAYTIME.end + DAY)

    assert (told.given, told.taken, told.signed, told.unsigned) == (given, taken, True, False)
    assert told.entries == ()


def test_an_unsigned_handover_is_seen_after_half_an_hour():
    given = signed(LI, K.HANDOVER_GIVEN)

    for entries in ((), (given,)):
        assert shown(*entries, now=DAYTIME.end + 30 * MINUTE).unsigned is False
        assert shown(*entries, now=DAYTIME.end + 31 * MINUTE).unsigned is True


def test_one_person_does_not_sign_for_both_sides():
    told = shown(signed(LI, K.HANDOVER_GIVEN, 8), signed(LI, K.HANDOVER_TAKEN), now=DAYTIME.end + DAY)

    assert (told.taken, told.unsigned) == (None, True)


def test_another_shifts_signatures_do_not_count():
    other = signed(LI, K.HANDOVER_GIVEN, shift_id=NIGHT.id)

    assert shown(other).given is None


def test_who_goes_on_alone_has_nothing_to_sign():
    on_and_on = planned([DAYTIME, on(FRIDAY, "20:00-24:00", LI)])
    shift = outgoing(on_and_on, LINE, DAYTIME.end)

    assert present(shift, (), (), DAYTIME.end + DAY).unsigned is False


def test_each_side_is_signed_for_by_its_own_people():
    told = shown(signed(LI, K.HANDOVER_GIVEN))

    judge_signature(told, K.HANDOVER_GIVEN, LI)
    judge_signature(told, K.HANDOVER_TAKEN, WU)
    with pytest.raises(Refused, match="those whose shift ends"):
        judge_signature(told, K.HANDOVER_GIVEN, WU)
    with pytest.raises(Refused, match="those whose shift begins"):
        judge_signature(told, K.HANDOVER_TAKEN, XU)


def test_where_nobody_follows_anybody_but_the_giver_takes_over():
    told = present(outgoing(planned([DAYTIME]), LINE, DAYTIME.end), (), (), DAYTIME.end)

    judge_signature(told, K.HANDOVER_TAKEN, XU)
    with pytest.raises(Refused, match="Nobody takes over from themselves"):
        judge_signature(told, K.HANDOVER_TAKEN, LI)


def test_who_signed_for_taking_over_does_not_sign_for_giving_too():
    both = on(FRIDAY, "09:00-20:00", XU, seat=2)
    shift = outgoing(planned([DAYTIME, both]), LINE, DAYTIME.end)
    told = present(shift, [signed(XU, K.HANDOVER_TAKEN)], (), DAYTIME.end)

    with pytest.raises(Refused, match="another person signs for giving"):
        judge_signature(told, K.HANDOVER_GIVEN, XU)
