"""Callers whom nobody transfers and who are moved all the same: by a panel, over AMI, or by the dialplan."""

from __future__ import annotations

import asyncio

from tests.support.asterisk.handed_on import HELD, Played, Story, story, talking_caller
from tests.support.asterisk.judge import Scenario
from tests.support.asterisk.pbx import Pbx
from tests.support.asterisk.plans import Leg, answers


async def channel_of(pbx: Pbx, phone: str) -> str:
    """The phone's one channel, once it is up."""
    while True:
        listed = (line.split("!") for line in (await pbx.cli("core show channels concise")).splitlines())
        for fields in listed:
            if fields[0].startswith(f"{pbx.technology}/{phone}-") and fields[4] == "Up":
                return fields[0]
        await asyncio.sleep(0.1)


async def bridged(pbx: Pbx, scenario: Scenario) -> Played:
    """The panel connects the caller, who talks, to a supervisor who waits on the line for that."""
    async with pbx.calling(scenario.dials, caller=scenario.caller, phones=scenario.phones) as task:
        await pbx.until(scenario.caller, "answered")
        while not (caller := await talking_caller(pbx)):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)
        waits = asyncio.create_task(pbx.call("7001", caller="1905", origin="1905"))
        supervisor = await channel_of(pbx, "1905")
        await pbx.ask_ami(Action="Bridge", Channel1=caller, Channel2=supervisor, Tone="no")
        await asyncio.sleep(2)
        await pbx.hang_up("1905")
        took = await waits
    truth = task.result()
    truth.legs.append(
        Leg(phone="1905", t_invite=took.t_invite, t_answer=took.t_connected, t_end=took.t_end,
            outcome="answered", hung_up_here=True, by_pickup=True)
    )  # fmt: skip
    return [(scenario, truth)]


async def both_redirected(pbx: Pbx, scenario: Scenario) -> Played:
    """The caller is sent to a colleague and the agent to an announcement, by one action."""
    async with pbx.calling(scenario.dials, caller=scenario.caller, phones=scenario.phones) as task:
        await pbx.until(scenario.caller, "answered")
        while not (caller := await talking_caller(pbx)):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)
        await pbx.ask_ami(
            Action="Redirect", Channel=caller, Context="from-phones", Exten="1904", Priority="1",
            ExtraChannel=await channel_of(pbx, "1061"), ExtraContext="from-phones", ExtraExten="7001",
            ExtraPriority="1",
        )  # fmt: skip
        await pbx.until(scenario.caller, "over")
    return [(scenario, task.result())]


async def taken_from_the_phones(pbx: Pbx, scenario: Scenario) -> Played:
    """While the phones ring the caller is sent to a colleague."""
    async with pbx.calling(scenario.dials, caller=scenario.caller, phones=scenario.phones) as task:
        await pbx.until(scenario.caller, "rang")
        await asyncio.sleep(2)
        listed = (await pbx.cli("core show channels concise")).splitlines()
        (caller,) = [line.split("!")[0] for line in listed if line.startswith(pbx.from_trunk)]
        await pbx.ask_ami(
            Action="Redirect", Channel=caller, Context="from-phones", Exten="1904", Priority="1"
        )
    return [(scenario, task.result())]


STORIES: tuple[Story, ...] = (
    story("bridged-by-a-panel", bridged, transfers=(("blind", "1905", True),), loose=(*HELD, "hung_up_by"),
          phones={"1061": answers(1)}),
    story("both-redirected", both_redirected, transfers=(("blind", "1904", True),), loose=HELD,
          phones={"1061": answers(1, talk=5), "1904": answers(2, talk=2)}),
    story("the-dialplan-goes-on", dials="4024", transfers=(("blind", "1242", True),),
          phones={"1241": answers(1, talk=2), "1242": answers(2, talk=2)}),
    story("taken-from-the-phones", taken_from_the_phones, dials="4016",
          attempts=dict.fromkeys(("1161", "1162"), "no_answer"),
          phones={"1904": answers(2, talk=2)}),
)  # fmt: skip
