"""After hours on a real Asterisk with nothing but the dialplan library and AstDB: no callcenter runs here.

A night is played once, its callers side by side, each at a hotline of his own. The phones tell what happened.
"""

from __future__ import annotations

import re
import wave
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.asterisk import build
from tests.support.asterisk.fixtures import running
from tests.support.asterisk.night import FALLBACK, Night, play
from tests.support.asterisk.pbx import Variant
from tests.support.asterisk.plans import Leg, Truth

pytestmark = [
    pytest.mark.needs_pbx,
    pytest.mark.timeout(180),
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
]

EDITIONS = [build.NEWEST, *([build.OLDEST] if build.built_root(build.OLDEST) else [])]
"""The oldest promised too, where somebody has built it."""

AT_ONCE = 5.0
"""Seconds within which the next phone has its INVITE where one refused: on however slow a machine; the ring
limits are longer."""


def legs(truth: Truth) -> list[tuple[str, str]]:
    """Which phones had an INVITE, in order, and what became of it."""
    return [(leg.phone, leg.outcome) for leg in truth.legs]


def gap(before: Leg, after: Leg) -> float:
    """Seconds from one phone's end to the next one's INVITE."""
    return after.t_invite - (before.t_end or 0.0)


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=EDITIONS, ids=lambda edition: edition.major
)
async def night(request: pytest.FixtureRequest) -> AsyncIterator[Night]:
    """Played once for each Asterisk."""
    exchange = running(Variant(asterisk=request.param))
    pbx = next(exchange)
    try:
        yield await play(pbx)
    finally:
        exchange.close()


# --- the chain


async def test_the_duty_phone_rings_at_once_and_answers(night: Night):
    truth = night.only("duty answers")
    assert legs(truth) == [("1311", "answered")]
    assert truth.legs[0].t_invite - truth.t_invite < AT_ONCE
    assert night.said(truth) == [
        ("Offered", "4031"),
        ("Routed", "4031", "closed", "schedule"),
        ("Step", "4031", "1", "primary", "wang", "d1311"),
    ]


async def test_who_does_not_answer_is_followed_by_backup_and_supervisor(night: Night):
    """Each rings for its own limit; a busy one is passed over at once."""
    truth = night.only("supervisor answers")
    assert legs(truth) == [("1321", "cancelled"), ("1322", "refused"), ("1323", "answered")]
    duty, backup, supervisor = truth.legs
    assert 2 < (duty.ring_seconds or 0) < 3 + AT_ONCE
    assert gap(duty, backup) < AT_ONCE
    assert gap(backup, supervisor) < AT_ONCE
    assert [(said[2], said[3]) for said in night.said(truth) if said[0] == "Step"] == [
        ("1", "primary"), ("2", "backup"), ("3", "supervisor"),
    ]  # fmt: skip


async def test_a_mobiles_own_voicemail_is_no_answer(night: Night):
    """It picks up, presses no key, and the next person's phone rings; the caller is never connected to it."""
    truth = night.only("a mobile's voicemail")
    mobile, desk = truth.legs
    assert (mobile.phone, mobile.hung_up_here, desk.phone) == ("13900000301", False, "1333")
    assert mobile.t_answer is not None
    assert desk.t_answer is not None
    assert truth.t_connected is not None
    assert truth.t_connected >= desk.t_answer
    assert "Confirmed" not in {event["UserEvent"].removeprefix("Callcenter") for event in night.events
                               if event.get("Person") == "wang3"}  # fmt: skip


async def test_a_mobile_is_connected_by_the_key(night: Night):
    """A wrong one asks again."""
    truth = night.only("the wrong key, then the right one")
    assert legs(truth) == [("13900000401", "answered")]
    mobile = truth.legs[0]
    assert mobile.hung_up_here
    assert mobile.t_answer is not None
    assert truth.t_connected is not None
    assert truth.t_connected > mobile.t_answer + 0.5
    (confirmed,) = (event for event in night.events if event.get("Person") == "wang4" and "Phone" in event)
    assert (confirmed["UserEvent"], confirmed["Phone"]) == ("CallcenterConfirmed", "13900000401")


async def test_a_persons_desk_phone_rings_and_then_the_mobile(night: Night):
    truth = night.only("desk, then mobile")
    assert legs(truth) == [("1341", "cancelled"), ("13900000501", "answered")]
    steps = [said for said in night.said(truth) if said[0] == "Step"]
    assert steps == [("Step", "4503", "1", "primary", "wang5", "d1341;m13900000501")]


async def test_whatever_refuses_is_passed_over_at_once(night: Night):
    """A trunk's 503, a busy mobile, a declined call, a phone that is not there, and one that would be
    forwarded to where no key is asked for."""
    truth = night.only("refused, busy, declined, unplugged, forwarded")
    phones = ["13900000601", "13900000602", "1343", "1331", "1332"]
    assert [leg.phone for leg in truth.legs] == phones
    assert truth.answered_by == "1332"
    for before, after in zip(truth.legs, truth.legs[1:], strict=False):
        assert gap(before, after) < AT_ONCE


async def test_a_second_caller_goes_to_the_next_while_the_duty_person_talks(night: Night):
    first, second = night.calls["a second caller goes to the next"]
    assert legs(first) == [("1351", "answered")]
    assert legs(second) == [("1352", "answered")]
    assert night.said(second)[2:] == [
        ("Skipped", "4035", "1", "primary", "wang15"),
        ("Step", "4035", "2", "primary", "li15", "d1352"),
    ]


async def test_who_talks_on_the_mobile_is_not_called_again_either(night: Night):
    first, second = night.calls["a second caller goes to the next, a mobile"]
    assert legs(first) == [("13900001601", "answered")]
    assert legs(second) == [("1353", "answered")]


async def test_a_second_caller_waits_where_that_is_set(night: Night):
    """The phone rings for him once its first caller has gone."""
    first, second = night.calls["a second caller waits"]
    assert legs(second) == [("1361", "answered")]
    assert first.t_end is not None
    assert second.t_invite < first.t_end
    assert first.legs[0].t_end is not None
    assert first.legs[0].t_end <= second.legs[0].t_invite


async def test_he_waits_no_longer_than_the_steps_limit(night: Night):
    first, second = night.calls["a second caller waits in vain"]
    assert legs(second) == [("1372", "answered")]
    assert first.t_end is not None
    assert second.t_invite + 2 <= second.legs[0].t_invite < first.t_end


async def test_the_next_shifts_phone_rings_from_its_first_second(night: Night):
    before, after = night.calls["the shift changes"]
    assert legs(before) == [("1382", "answered")]
    assert legs(after) == [("1383", "answered")]


async def test_the_callers_end_stops_the_phone_and_rings_no_other(night: Night):
    truth = night.only("the caller gives up")
    assert legs(truth) == [("1333", "cancelled")]
    assert (truth.legs[0].ring_seconds or 30) < 30  # its own limit


# --- nobody


@pytest.mark.parametrize(
    ("name", "why", "more"),
    [
        ("nobody on duty", "nobody", "Unstaffed"),
        ("never pushed", "expired", "Alert"),
        ("the schedule is over", "expired", "Alert"),
    ],
)
async def test_without_anybody_to_ring_the_fallback_number_does(night: Night, name: str, why: str, more: str):
    truth = night.only(name)
    assert legs(truth) == [("1391", "answered")]
    said = night.said(truth)
    assert said[1] == ("Routed", truth.dials, "fallback", why)
    assert said[2][0] == more
    assert said[3] == ("Step", truth.dials, "1", "fallback", "fallback", FALLBACK)


async def test_a_fallback_over_the_trunk_needs_the_key_too(night: Night):
    truth = night.only("nobody on duty, the fallback is a mobile")
    assert legs(truth) == [("13900000801", "answered")]
    assert truth.ended_by == "agent"


async def test_with_no_fallback_and_no_mailbox_the_caller_is_told(night: Night):
    """He hears a sentence, and somebody is alerted; he is not just hung up on."""
    truth = night.only("nobody on duty and no fallback")
    assert truth.legs == []
    assert truth.t_connected is not None
    assert truth.t_end is not None
    assert truth.t_end - truth.t_connected > 1
    assert night.said(truth)[2:] == [("Unstaffed", "4507"), ("Alert", "4507", "exhausted")]


async def test_a_chain_that_nobody_answered_ends_in_voicemail_and_an_alert(night: Night):
    truth = night.only("voicemail")
    assert legs(truth) == [("1331", "cancelled")]
    assert (truth.final, truth.ended_by) == (200, "caller")
    assert night.said(truth)[-1] == ("Alert", "4033", "voicemail")


async def test_a_sound_that_is_missing_costs_no_call(night: Night):
    """The key is waited for in silence; who can't be told that nobody is there hears a tone. The mobile is
    reached as a phone reaches it, through a Local channel."""
    truth = night.only("sounds are missing")
    assert legs(truth) == [("13900000701", "answered")]
    assert truth.ended_by == "agent"
    alone = night.only("nobody, and the sorry sound is missing")
    assert (alone.legs, alone.final, alone.ended_by) == ([], 200, "pbx")
    assert alone.t_end - alone.t_connected > 2


# --- open and forced


async def test_in_office_hours_the_hotlines_own_dialplan_goes_on(night: Night):
    truth = night.only("office hours")
    assert legs(truth) == [("1341", "answered")]
    assert night.said(truth) == [("Offered", "4034"), ("Routed", "4034", "open", "schedule")]


async def test_forced_closed_rings_who_would_be_on_duty(night: Night):
    truth = night.only("office hours, forced closed")
    assert legs(truth) == [("1343", "answered")]
    assert night.said(truth)[1] == ("Routed", "4511", "closed", "forced")


@pytest.mark.parametrize("name", ["after hours, forced open", "forced open, and nothing else can be read"])
async def test_forced_open_lets_the_hotlines_own_dialplan_go_on(night: Night, name: str):
    """Whatever the schedule says, and also when it can't be read."""
    truth = night.only(name)
    assert truth.legs == []
    assert truth.final == 403  # what the rig's own line does with him
    assert night.said(truth) == [("Offered", truth.dials), ("Routed", truth.dials, "open", "forced")]


async def test_what_was_forced_ends_at_its_time(night: Night):
    truth = night.only("forced until a time that is over")
    assert legs(truth) == [("1363", "answered")]
    assert night.said(truth)[1] == ("Routed", "4513", "closed", "schedule")


async def test_what_a_site_sets_before_its_line_is_kept_to(night: Night):
    """Answered first, its own notice, another hotline's mailbox, one file of recording."""
    truth = night.only("changed by the site")
    assert truth.t_connected is not None
    assert truth.legs[0].t_invite > truth.t_connected + 0.5
    assert night.said(truth)[-1] == ("Alert", "4038", "voicemail")
    assert [path.name.count("-") for path in night.monitor_dir.glob("*/4038-*.wav")] == [1]


# --- evidence


async def test_the_talk_is_recorded_whole_and_each_side_by_itself(night: Night):
    """``<YYYYMMDD>/<hotline>-<uniqueid>.wav``, and with -caller and -agent; the ringing is not in it."""
    (offered,) = (
        event for event in night.events
        if (event["UserEvent"], event.get("Hotline")) == ("CallcenterOffered", "4031")
    )  # fmt: skip
    (folder,) = {path.parent for path in night.monitor_dir.glob("*/4031-*")}
    assert re.fullmatch(r"\d{8}", folder.name)
    for side in ("", "-caller", "-agent"):
        with wave.open(str(folder / f"4031-{offered['Uniqueid']}{side}.wav")) as sound:
            assert sound.getnframes() / sound.getframerate() == pytest.approx(2, abs=1.5), side


async def test_the_dialplan_made_the_pbx_complain_of_nothing(night: Night):
    """But for the phone that nobody has plugged in and the sounds that are missing."""
    assert not [line for line in night.complaints if not re.search(r"'1151'|missing|app_playback", line)]
