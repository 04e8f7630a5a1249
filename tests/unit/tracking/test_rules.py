"""Judging again and completing from records: whoever was on duty then still was."""

from dataclasses import replace
from datetime import datetime

from callcenter.record import Call, Duty, OnDuty
from callcenter.terms import AgentId, DutyRole, HotlineNumber, Outcome, ShiftId
from callcenter.tracking.cdr import from_cdr
from callcenter.tracking.completion import from_cel
from callcenter.tracking.rules import Remembered
from tests.support import records, traces
from tests.support.factories import make_call, make_hotline

ANNOUNCED = "48-announcement-then-ringgroup"
LI = OnDuty(person=AgentId("li"), role=DutyRole.PRIMARY, shift_id=ShiftId("night"))
NIGHT = Duty(
    after_hours=True, target_rings=1, shift_ids=(ShiftId("night"),), shift_id=ShiftId("night"), on_duty=(LI,),
    staffed=True,
)  # fmt: skip


class Night:
    """It is always night."""

    def duty(self, _hotline: HotlineNumber, _at: datetime) -> Duty:
        return NIGHT


def inbound(calls: list[Call]) -> Call:
    (call,) = [call for call in calls if call.hotline is not None]
    return call


def test_a_call_that_is_told_from_cel_alone_belongs_to_its_shift() -> None:
    """It came and went unseen; the roster knows who was on duty."""
    call = inbound(from_cel(records.cel(ANNOUNCED), traces.SITE, rules=Night()))
    assert (call.shift_id, call.on_duty, call.after_hours, call.target_rings) == ("night", (LI,), True, 1)


def test_a_call_that_is_told_from_cdr_alone_belongs_to_its_shift() -> None:
    """Coarser, and the same shift."""
    call = inbound(from_cdr(records.cdr(ANNOUNCED), traces.SITE, rules=Night()))
    assert (call.shift_id, call.on_duty, call.after_hours, call.target_rings) == ("night", (LI,), True, 1)


def test_judging_again_remembers_the_duty_and_takes_todays_target() -> None:
    """The rule for the night was six rings then and is five now."""
    told = replace(
        make_call(), after_hours=True, target_rings=6, shift_ids=(ShiftId("night"),), on_duty=(LI,)
    )
    hotline = make_hotline(after_hours_target_rings=5)
    duty = Remembered([told], [hotline]).duty(hotline.number, told.arrived_at)

    assert (duty.after_hours, duty.target_rings) == (True, 5)
    assert (duty.shift_ids, duty.on_duty, duty.staffed) == (("night",), (LI,), True)


def test_who_was_unstaffed_is_not_staffed_by_judging_again() -> None:
    """Nobody on duty was the reason; where there was no roster nobody knows."""
    hotline = make_hotline()
    unstaffed = replace(make_call(), outcome=Outcome.UNSTAFFED)
    assert Remembered([unstaffed], [hotline]).duty(hotline.number, unstaffed.arrived_at).staffed is False
    plain = make_call()
    assert Remembered([plain], [hotline]).duty(hotline.number, plain.arrived_at).staffed is None
