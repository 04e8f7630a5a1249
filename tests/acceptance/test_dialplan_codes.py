"""Codes dialled on a phone open and close a hotline, sign people in and out, with no callcenter running."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from tests.support.asterisk.duty import about, closed, kept, opened, schedule, step, user_events, write
from tests.support.asterisk.pbx import Pbx
from tests.support.asterisk.plans import Truth, answers
from tests.support.asterisk.recorder import recorded

pytestmark = [pytest.mark.needs_pbx, pytest.mark.timeout(120), pytest.mark.slow]

HOUR = 3600
RIGHT, WRONG = "4711#", "1234#"


def types(*pins: str) -> tuple[tuple[str | float, ...], ...]:
    """What the person at the phone does: types each PIN when asked, and listens to the end."""
    return tuple(step for pin in pins for step in (("wait", 1.0), ("dtmf", pin)))


async def dials(pbx: Pbx, code: str, phone: str, *pins: str) -> tuple[Truth, list[tuple[Any, ...]]]:
    """A code dialled on a phone; what came of it and what the dialplan said."""
    async with recorded(pbx.ami) as wire:
        truth = await pbx.call(code, caller=phone, origin=phone, then=types(*pins))
    return truth, about(user_events(bytes(wire.data)), phone)


async def calls(pbx: Pbx, hotline: str) -> Truth:
    """A caller from outside."""
    phones = {"1903": answers(0.2, talk=0.2)}
    return await pbx.call(hotline, caller="8613800160001", phones=phones)


async def test_closed_at_once_by_a_code_and_again_as_the_schedule_says(pbx: Pbx):
    await write(pbx, schedule("4590", opened(step("wang", 9, "d1903"))))
    assert (await calls(pbx, "4590")).legs == []
    _, said = await dials(pbx, "*904590", "1901", RIGHT)
    assert said == [("Forced", "4590", "closed", "0", "1901")]
    assert await kept(pbx, "4590/force") == "closed,0,1901"
    assert (await calls(pbx, "4590")).answered_by == "1903"
    _, said = await dials(pbx, "*924590", "1902", RIGHT)
    assert said == [("Forced", "4590", "auto", "0", "1902")]
    assert await kept(pbx, "4590/force") == ""
    assert (await calls(pbx, "4590")).legs == []


async def test_open_for_so_many_hours(pbx: Pbx):
    await write(pbx, schedule("4591", closed(step("wang", 9, "d1903"))))
    _, said = await dials(pbx, "*914591*2", "1901", WRONG, RIGHT)
    mode, until, by = (await kept(pbx, "4591/force")).split(",")
    assert (mode, by) == ("open", "1901")
    assert said == [("Forced", "4591", "open", until, "1901")]
    assert int(until) == pytest.approx(time.time() + 2 * HOUR, abs=60)
    assert (await calls(pbx, "4591")).legs == []


async def test_three_wrong_pins_change_nothing_and_are_told(pbx: Pbx):
    await write(pbx, schedule("4592", opened()))
    truth, said = await dials(pbx, "*904592", "1901", WRONG, "47110#", "*#")
    assert said == [("Alert", "4592", "pin", "1901")]
    assert await kept(pbx, "4592/force") == ""
    assert truth.ended_by == "pbx"


async def test_what_is_no_hotline_or_no_hours_is_refused_before_any_pin(pbx: Pbx):
    await write(pbx, schedule("4593", opened()))
    codes = {
        "1901": "*904597",
        "1902": "*904593*",
        "1903": "*904593*0",
        "1904": "*904593*1000",
        "1905": "*904593*2*2",
    }
    told = await asyncio.gather(*(dials(pbx, code, phone, RIGHT) for phone, code in codes.items()))
    assert [(truth.t_connected is not None, said) for truth, said in told] == [(True, [])] * len(codes)
    assert [await kept(pbx, f"{hotline}/force") for hotline in ("4593", "4597")] == ["", ""]


async def test_a_phones_person_signs_in_and_out(pbx: Pbx):
    for code, kind in (("*93", "in"), ("*94", "out")):
        _, said = await dials(pbx, code, "1904")
        assert said == [("Signed", "1904", kind)]
        told, at = (await kept(pbx, "signed/1904")).split(",")
        assert told == kind
        assert int(at) == pytest.approx(time.time(), abs=60)


async def test_the_pin_in_astdb_goes_before_the_one_in_the_dialplan(pbx: Pbx):
    await write(pbx, {**schedule("4594", opened()), "pin": "908070"})
    try:
        await dials(pbx, "*904594", "1901", "908070#")
    finally:
        await pbx.cli("database del callcenter pin")
    assert await kept(pbx, "4594/force") == "closed,0,1901"


async def test_a_restarted_pbx_rings_who_is_on_duty(fragile_pbx: Pbx):
    """Nothing has to tell it: neither after a restart nor after it was killed."""
    pbx = fragile_pbx
    await write(pbx, schedule("4595", closed(step("wang", 9, "d1903"))))
    await pbx.restart()
    assert (await calls(pbx, "4595")).answered_by == "1903"
    await pbx.kill()
    await pbx.boot()
    assert (await calls(pbx, "4595")).answered_by == "1903"
