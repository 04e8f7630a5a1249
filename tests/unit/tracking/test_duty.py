"""Who was on duty when a call was offered, and the rule of then, whatever changes later."""

from datetime import UTC, datetime, timedelta

from callcenter.ami import events as ev
from callcenter.record import Duty, OnDuty
from callcenter.terms import AgentId, DutyRole, HotlineNumber, Outcome, Phone, ShiftId
from callcenter.tracking.tracker import Tracker
from tests.support.script import BEGIN, SITE, Pbx

CHANGE_OVER = datetime.fromtimestamp(BEGIN, UTC) + timedelta(seconds=10)


def shift(person: str, **more: object) -> Duty:
    """*person* alone is on duty, on a shift of that name."""
    shift_id = ShiftId(f"shift of {person}")
    on_duty = (OnDuty(person=AgentId(person), role=DutyRole.PRIMARY, shift_id=shift_id),)
    told = {"shift_ids": (shift_id,), "shift_id": shift_id, "on_duty": on_duty, "staffed": True}
    return Duty(**(told | more))  # type: ignore[arg-type]  # a test's shorthand


class Roster:
    """Li until ten seconds after the beginning, then Zhao."""

    def duty(self, _hotline: HotlineNumber, at: datetime) -> Duty:
        """Half-open: at the very instant of the change-over it is Zhao."""
        return shift("li") if at < CHANGE_OVER else shift("zhao")


class Always:
    """The same at all times."""

    def __init__(self, duty: Duty) -> None:
        self._duty = duty

    def duty(self, _hotline: HotlineNumber, _at: datetime) -> Duty:
        """What it was made with."""
        return self._duty


def test_a_call_belongs_to_the_shift_in_which_it_was_offered() -> None:
    """The shift changes over while the phone rings: Li was on duty when the caller came."""
    pbx = Pbx()
    pbx.tracker.follow_roster(Roster())
    caller = pbx.at(8).caller()
    leg = pbx.dial(caller)
    pbx.ring(caller, leg)
    pbx.at(13).connect(caller, leg)
    pbx.at(20).ring_off(caller)
    pbx.hangup(leg)

    call = pbx.told()
    assert call.shift_id == "shift of li"
    assert [(one.person, one.role) for one in call.on_duty] == [("li", "primary")]
    assert all(fact.call.shift_id == "shift of li" for fact in pbx.facts)  # type: ignore[union-attr]


def test_at_the_instant_of_the_change_over_the_next_one_is_on_duty() -> None:
    """A caller of that very microsecond is Zhao's."""
    pbx = Pbx()
    pbx.tracker.follow_roster(Roster())
    caller = pbx.at(10).caller()
    pbx.at(12).ring_off(caller)

    assert pbx.told().shift_id == "shift of zhao"


def test_a_new_roster_changes_nothing_about_a_call_that_goes_on() -> None:
    """A swap is approved while the caller waits."""
    pbx = Pbx()
    pbx.tracker.follow_roster(Always(shift("li")))
    caller = pbx.at(0).caller()
    pbx.tracker.follow_roster(Always(shift("zhao")))
    pbx.at(5).ring_off(caller)

    assert pbx.told().shift_id == "shift of li"


def test_a_restart_keeps_who_was_on_duty() -> None:
    """The checkpoint holds it; the tracker that goes on knows no roster yet."""
    pbx = Pbx()
    pbx.tracker.follow_roster(Always(shift("li", after_hours=True, target_rings=6)))
    caller = pbx.at(0).caller()
    pbx.tracker = Tracker.resume(SITE, pbx.tracker.checkpoint())
    pbx.at(5).ring_off(caller)

    call = pbx.told()
    assert (call.shift_id, call.after_hours, call.target_rings) == ("shift of li", True, 6)


def test_after_hours_the_rule_of_then_judges_the_call() -> None:
    """Four rings are late by day and in time at night, where six are allowed."""
    for duty, on_time in ((shift("li"), False), (shift("li", after_hours=True, target_rings=6), True)):
        pbx = Pbx()
        pbx.tracker.follow_roster(Always(duty))
        caller = pbx.at(0).caller()
        leg = pbx.dial(caller)
        pbx.ring(caller, leg)
        pbx.at(17).connect(caller, leg)
        pbx.at(20).ring_off(caller)
        pbx.hangup(leg)
        call = pbx.told()
        assert (call.caller_rings, call.target_rings, call.on_time) == (4, duty.target_rings or 3, on_time)


def test_nobody_on_duty_and_nobody_tried_is_unstaffed() -> None:
    """The PBX plays an announcement and hangs up; without a roster that would be unreachable."""
    for duty, outcome in (
        (Duty(staffed=False), Outcome.UNSTAFFED),
        (shift("li"), Outcome.UNREACHABLE),
        (Duty(), Outcome.UNREACHABLE),
    ):
        pbx = Pbx()
        pbx.tracker.follow_roster(Always(duty))
        caller = pbx.at(0).caller()
        pbx.state(caller, ev.UP)
        pbx.at(6).hangup(caller)
        assert pbx.told().outcome is outcome


def test_a_caller_who_gives_up_is_abandoned_whoever_is_on_duty() -> None:
    """He hung up himself."""
    pbx = Pbx()
    pbx.tracker.follow_roster(Always(Duty(staffed=False)))
    caller = pbx.at(0).caller()
    pbx.at(6).ring_off(caller)

    assert pbx.told().outcome is Outcome.ABANDONED


def test_who_is_on_duty_is_no_matter_of_internal_calls() -> None:
    """Only hotline calls belong to shifts."""
    pbx = Pbx()
    pbx.tracker.follow_roster(Always(shift("li")))
    desk = pbx.at(0).new("PJSIP/1004", context="phones", number="1004")
    pbx.at(3).ring_off(desk)

    assert pbx.told().shift_ids == ()


def test_a_mobile_is_its_owners_once_the_people_are_known() -> None:
    """Over the trunk the number dialled says whose phone answered; the configuration has the last word."""
    pbx = Pbx()
    pbx.tracker.employ({Phone("13700000001"): AgentId("zhao"), Phone("1001"): AgentId("somebody else")})
    caller = pbx.at(0).caller()
    desk = pbx.dial(caller)
    pbx.at(5).refuse(caller, desk, 17)
    mobile = pbx.dial(caller, "PJSIP/trunk", dial_string="13700000001@trunk")
    pbx.ring(caller, mobile)
    pbx.at(9).connect(caller, mobile)
    pbx.at(20).ring_off(caller)
    pbx.hangup(mobile)

    call = pbx.told()
    assert [attempt.agent_id for attempt in call.attempts] == ["wang", "zhao"]
    assert (call.answered_by, call.agent_id) == ("13700000001", "zhao")
