"""Callers handed on in the rarer ways: in vain, into queues, through Local channels, by asking first."""

from __future__ import annotations

import asyncio

from tests.support.asterisk.handed_on import CONSULTS, HELD, Played, Story, story, talking_caller, then
from tests.support.asterisk.judge import Scenario
from tests.support.asterisk.pbx import Pbx
from tests.support.asterisk.plans import answers, rings


async def redirected_in_vain(pbx: Pbx, scenario: Scenario) -> Played:
    """An operator's panel sends the caller to a phone that is unplugged: the PBX dials nobody."""
    async with pbx.calling(scenario.dials, caller=scenario.caller, phones=scenario.phones) as task:
        await pbx.until(scenario.caller, "answered")
        while not (channel := await talking_caller(pbx)):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)
        await pbx.cli(f"channel redirect {channel} from-phones,1151,1")
    return [(scenario, task.result())]


async def fetched(pbx: Pbx, scenario: Scenario) -> Played:
    """1906 dials the place in the parking lot once the agent who parked the caller has gone."""
    agent = next(iter(scenario.phones))
    async with pbx.calling(scenario.dials, caller=scenario.caller, phones=scenario.phones) as task:
        await pbx.until(scenario.caller, "answered")
        await shown(pbx, f"PJSIP/{agent}-")
        await gone(pbx, f"PJSIP/{agent}-")
        await pbx.call("701", caller="1906", origin="1906", then=(("wait", 2.0), ("bye",)))
    truth = task.result()
    truth.ended_by = "agent"
    return [(scenario, truth)]


async def shown(pbx: Pbx, channel: str) -> None:
    while channel not in await pbx.cli("core show channels concise"):  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.1)


async def gone(pbx: Pbx, channel: str) -> None:
    while channel in await pbx.cli("core show channels concise"):  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.1)


INTO_A_QUEUE = (("dtmf", "*2"), ("wait", 1.0), ("dtmf", "4003"))
JOINS_THEM = (("wait", 3.0), ("dtmf", "*3"), ("wait", 2.0), ("bye",))
ASKED_FOR_A_PLACE = (("consult", "700"), ("wait", 1.0), ("complete",))

STORIES: tuple[Story, ...] = (
    story("redirected-in-vain", redirected_in_vain, transfers=(("blind", "1151", False),),
          phones={"1061": answers(1)}),
    story("blonde-given-up", hangs_up=9.0, transfers=(("blonde", "1904", False),), loose=HELD,
          phones={"1061": answers(1, then=then(*CONSULTS, ("wait", 3.0), ("bye",))), "1904": rings()}),
    story("blonde-into-a-queue", transfers=(("blonde", "1032", True),), loose=HELD,
          phones={"1061": answers(1, then=then(*INTO_A_QUEUE, ("wait", 3.0), ("bye",))),
                  "1032": answers(6, talk=2)}),
    story("parked-through-a-local-channel", fetched, dials="4014", transfers=(("park", "1906", True),),
          loose=HELD, phones={"1141": answers(1, then=then(("dtmf", "#72")))}),
    story("parked-by-asking-for-a-place", fetched, transfers=(("park", "1906", True),), loose=HELD,
          phones={"1061": answers(1, then=then(*ASKED_FOR_A_PLACE))}),
    story("three-in-one-call", transfers=(("attended", "1904", True),), loose=HELD,
          phones={"1061": answers(1, then=then(*CONSULTS, *JOINS_THEM)),
                  "1904": answers(1, talk=8)}),
    story("a-colleague-is-handed-on", dials="1061", origin="1905", caller="1905", direction="internal",
          hotline=None, transfers=(("attended", "1904", True),), loose=HELD,
          phones={"1061": answers(1, then=then(("consult", "1904"), ("wait", 1.0), ("complete",))),
                  "1904": answers(1, talk=5)}),
)  # fmt: skip
