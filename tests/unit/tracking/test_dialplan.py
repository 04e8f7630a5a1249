"""What our dialplan library says: the chain's steps, what it did with the caller, codes dialled on phones."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from callcenter.ami import events as ev
from callcenter.ami.parse import parse
from callcenter.facts import DutySigned, Fact, RoutingAlert, RoutingForced
from callcenter.record import Duty, OnDuty
from callcenter.sites import Hotline
from callcenter.terms import (
    AgentId,
    AttemptOutcome,
    DutyRole,
    HotlineNumber,
    Instant,
    Outcome,
    PbxName,
    RoutingMode,
    ShiftId,
    SignKind,
)
from callcenter.tracking.timeline import sentence, story_of, verdict
from tests.support.script import SITE, Pbx

NOTHING = dict.fromkeys(("hotline", "mode", "why", "step", "role", "person", "phone", "until", "sign"), "")
NIGHTLY = replace(
    SITE,
    hotlines=(
        Hotline(number=HotlineNumber("4001"), name="Sales", pbx=PbxName("main"), after_hours_target_rings=6),
    ),
)


def says(pbx: Pbx, channel: str, name: str, **headers: Any) -> None:
    """A user event of the library on *channel*."""
    pbx.channel(ev.DialplanSaid, channel, **(NOTHING | {"name": name, "hotline": "4001"} | headers))


def test_each_try_names_the_step_of_the_chain_that_called_it() -> None:
    """The primary's desk and mobile, then the supervisor, who takes the caller."""
    pbx = Pbx(NIGHTLY)
    caller = pbx.at(0).caller()
    says(pbx, caller, "CallcenterRouted", mode="closed", why="schedule")
    says(pbx, caller, "CallcenterStep", step="1", role="primary", person="wang")
    for second, number in ((0, "13800138000"), (10, "13900139000")):
        leg = pbx.at(second).dial(caller, "PJSIP/trunk", dial_string=f"{number}@trunk")
        pbx.ring(caller, leg)
        pbx.at(second + 9).end_dial(caller, leg, "NOANSWER")
        pbx.hangup(leg, 0)
    says(pbx.at(20), caller, "CallcenterStep", step="2", role="supervisor", person="zhao")
    boss = pbx.dial(caller, "PJSIP/trunk", dial_string="13700137000@trunk")
    pbx.ring(caller, boss)
    pbx.at(25).connect(caller, boss)
    pbx.at(40).ring_off(caller)
    pbx.hangup(boss)

    call = pbx.told()
    assert [(a.phone, a.agent_id, a.step, a.step_role, a.outcome) for a in call.attempts] == [
        ("13800138000", "wang", 1, "primary", AttemptOutcome.NO_ANSWER),
        ("13900139000", "wang", 1, "primary", AttemptOutcome.NO_ANSWER),
        ("13700137000", "zhao", 2, "supervisor", AttemptOutcome.ANSWERED),
    ]
    assert (call.agent_id, call.after_hours, call.target_rings) == ("zhao", True, 6)
    assert call.on_time is True


def test_what_the_pbx_did_stands_above_what_the_hours_say() -> None:
    """By the hours it was night; somebody had opened the hotline by code while we were away."""
    pbx = Pbx(NIGHTLY)
    pbx.tracker.follow_roster(Night())
    caller = pbx.at(0).caller()
    says(pbx, caller, "CallcenterRouted", mode="open", why="forced")
    pbx.at(7).ring_off(caller)

    call = pbx.told()
    assert (call.after_hours, call.target_rings) == (False, 3)


class Night:
    """It is always night."""

    def duty(self, _hotline: HotlineNumber, _at: datetime) -> Duty:
        return Duty(after_hours=True, target_rings=6)


def test_the_dialplan_alone_may_say_that_nobody_is_on_duty() -> None:
    """No fallback either: nobody was tried."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    says(pbx, caller, "CallcenterUnstaffed")
    pbx.at(8).hangup(caller)

    assert pbx.told().outcome is Outcome.UNSTAFFED


def test_a_caller_who_hears_that_nobody_is_there_and_hangs_up_did_not_give_up_waiting() -> None:
    """There was nobody to wait for."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    says(pbx, caller, "CallcenterUnstaffed")
    pbx.at(3).ring_off(caller)

    call = pbx.told()
    assert (call.outcome, call.short_abandoned) == (Outcome.UNSTAFFED, False)


def test_the_fallback_is_a_try_of_nobody_in_particular() -> None:
    """Nobody was on duty; the number for that did not answer."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    says(pbx, caller, "CallcenterUnstaffed")
    says(pbx, caller, "CallcenterStep", step="1", role="fallback", person="fallback")
    leg = pbx.dial(caller, "PJSIP/trunk", dial_string="01012345678@trunk")
    pbx.ring(caller, leg)
    pbx.at(20).end_dial(caller, leg, "NOANSWER")
    pbx.hangup(leg, 0)
    pbx.hangup(caller)

    call = pbx.told()
    (attempt,) = call.attempts
    assert (attempt.step_role, attempt.agent_id, call.outcome) == ("fallback", None, Outcome.NO_ANSWER)


def test_signing_in_by_code_is_told_of_the_phone() -> None:
    """Whose phone it is others know."""
    pbx = Pbx()
    desk = pbx.at(0).new("PJSIP/1001", context="phones", number="1001", exten="*93")
    says(pbx, desk, "CallcenterSigned", sign="in", phone="1001")

    (signed,) = [fact for fact in pbx.facts if isinstance(fact, DutySigned)]
    assert (signed.phone, signed.kind, signed.pbx) == ("1001", SignKind.IN, "main")


@pytest.mark.parametrize(
    ("mode", "until", "told"),
    [
        ("closed", "1795006800", (RoutingMode.CLOSED, datetime(2026, 11, 18, 13, 0, tzinfo=UTC))),
        ("open", "0", (RoutingMode.OPEN, None)),
        ("auto", "0", (None, None)),
    ],
)
def test_forcing_a_hotline_by_code_is_told(mode: str, until: str, told: tuple[Any, Any]) -> None:
    """Until a time, until further notice, or back to the schedule."""
    pbx = Pbx()
    desk = pbx.at(0).new("PJSIP/1001", context="phones", number="1001", exten="*904001")
    says(pbx, desk, "CallcenterForced", mode=mode, until=until, phone="1001")

    (forced,) = [fact for fact in pbx.facts if isinstance(fact, RoutingForced)]
    assert (forced.mode, forced.until) == told
    assert (forced.hotline, forced.phone) == ("4001", "1001")


def test_an_alert_of_the_chain_is_told() -> None:
    """Nobody took the caller: he is in the mailbox."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    says(pbx, caller, "CallcenterAlert", why="voicemail")

    (alert,) = [fact for fact in pbx.facts if isinstance(fact, RoutingAlert)]
    assert (alert.hotline, alert.why) == ("4001", "voicemail")


def test_a_step_that_makes_no_sense_makes_no_trouble() -> None:
    """Whatever a dialplan sends: without a number, by no person, a thousand times."""
    pbx = Pbx()
    caller = pbx.at(0).caller()
    for _ in range(1000):
        says(pbx, caller, "CallcenterStep", step="x", role="", person="")
    leg = pbx.dial(caller)
    pbx.ring(caller, leg)
    pbx.at(5).ring_off(caller, leg)

    (attempt,) = pbx.told().attempts
    assert (attempt.step, attempt.agent_id) == (0, "wang")


def test_of_other_peoples_user_events_nothing_is_read() -> None:
    """Only our own names."""
    message = b"Event: UserEvent\r\nUserEvent: %b\r\nChannel: a-1\r\nUniqueid: 1.1\r\nHotline: 4001"
    assert parse(message % b"Somebody", Instant(1)) is None
    assert isinstance(parse(message % b"CallcenterStep", Instant(1)), ev.DialplanSaid)
    assert isinstance(parse(message % b"CallcenterOffered", Instant(1)), ev.CallcenterOffered)
    broken = parse(message.replace(b"Hotline", b"Hotlin") % b"CallcenterOffered", Instant(1))
    assert broken == ev.Malformed(name="UserEvent", missing="Hotline")


def test_the_story_tells_the_chain_step_by_step() -> None:
    """Who was called in which step, who was passed over, who pressed the key, and who was on duty."""
    pbx = Pbx(NIGHTLY)
    heard: list[ev.Event] = []
    receive = pbx.tracker.receive

    def keep(event: ev.Event) -> tuple[Fact, ...]:
        heard.append(event)
        return receive(event)

    pbx.tracker.receive = keep  # type: ignore[method-assign]  # a spy in its place
    caller = pbx.at(0).caller()
    says(pbx, caller, "CallcenterRouted", mode="closed", why="schedule")
    says(pbx, caller, "CallcenterSkipped", step="1", role="primary", person="wang")
    says(pbx, caller, "CallcenterStep", step="2", role="backup", person="zhao")
    leg = pbx.dial(caller, "PJSIP/trunk", dial_string="13700137000@trunk")
    pbx.ring(caller, leg)
    pbx.at(8).state(leg, ev.UP)
    says(pbx.at(10), leg, "CallcenterConfirmed", person="zhao", phone="13700137000")
    pbx.connect(caller, leg)
    pbx.at(30).ring_off(caller)
    pbx.hangup(leg)

    story = story_of(heard, NIGHTLY, pbx.uniqueid(caller), Shift())
    assert story is not None
    said = [sentence(entry) for entry in story.entries]
    for line in (
        "the dialplan routed the caller: closed (schedule)",
        "step 1 of the duty chain was passed over: wang (primary) was talking",
        "step 2 of the duty chain: zhao (backup)",
        "13700137000 pressed the key and takes the call",
    ):
        assert line in said
    pressed = said.index("13700137000 pressed the key and takes the call")
    assert said.index("13700137000 began to ring") < pressed
    assert "On duty after hours when the call was offered: wang (primary)." in verdict(story)


class Shift:
    """Wang's night."""

    def duty(self, _hotline: HotlineNumber, _at: datetime) -> Duty:
        wang = OnDuty(person=AgentId("wang"), role=DutyRole.PRIMARY, shift_id=ShiftId("night"))
        return Duty(after_hours=True, on_duty=(wang,), staffed=True)
