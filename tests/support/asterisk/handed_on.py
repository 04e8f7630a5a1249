"""Callers who are handed on: transfers of every kind, hold, parking, pickup. One story at a time on a PBX.

Stories of one party are scenarios like the day's. Those in which somebody else has a hand in the call
(who picks it up, fetches it from the parking lot, or unplugs his phone) are acted out by a function.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.support.asterisk import day
from tests.support.asterisk.judge import Scenario
from tests.support.asterisk.pbx import Pbx
from tests.support.asterisk.plans import Leg, Step, Truth, answers, declines, rings

Played = list[tuple[Scenario, Truth]]
Act = Callable[[Pbx, Scenario], Awaitable[Played]]


@dataclass(frozen=True, slots=True)
class Story:
    """A scenario under a short name, and how it is acted out where playing it is not enough."""

    name: str
    scenario: Scenario
    act: Act

    async def play(self, pbx: Pbx) -> Played:
        return await self.act(pbx, self.scenario)


def then(*steps: Step) -> tuple[Step, ...]:
    """One second of talk, and then."""
    return (("wait", 1.0), *steps)


async def alone(pbx: Pbx, scenario: Scenario) -> Played:
    """Nobody else has a hand in it."""
    return [(scenario, await day.play_one(pbx, scenario))]


async def picked_up_by_a_colleague(pbx: Pbx, scenario: Scenario) -> Played:
    """1905 presses the pickup keys while the hotline's phones ring."""
    keys = "**1162" if "directed" in scenario.name else "*8"
    async with pbx.calling(scenario.dials, caller=scenario.caller) as task:
        await pbx.until(scenario.caller, "rang")
        picker = await pbx.call(keys, caller="1905", origin="1905", then=(("wait", 3.0), ("bye",)))
    truth = task.result()
    truth.legs.append(
        Leg(phone="1905", t_invite=picker.t_invite, t_answer=truth.t_connected, t_end=picker.t_end,
            outcome="answered", hung_up_here=True, by_pickup=True)
    )  # fmt: skip
    truth.ended_by = "agent"
    return [(scenario, truth)]


async def fetched_from_the_parking_lot(pbx: Pbx, scenario: Scenario) -> Played:
    """1906 dials the place in the parking lot once the caller is in it."""
    async with pbx.calling(scenario.dials, caller=scenario.caller, phones=scenario.phones) as task:
        await pbx.until(scenario.caller, "answered")
        await parked(pbx)
        await pbx.call("701", caller="1906", origin="1906", then=(("wait", 2.0), ("bye",)))
    truth = task.result()
    truth.ended_by = "agent"
    return [(scenario, truth)]


async def given_up_in_the_parking_lot(pbx: Pbx, scenario: Scenario) -> Played:
    async with pbx.calling(scenario.dials, caller=scenario.caller, phones=scenario.phones) as task:
        await pbx.until(scenario.caller, "answered")
        await parked(pbx)
        await pbx.hang_up(scenario.caller)
    return [(scenario, task.result())]


async def parked(pbx: Pbx) -> None:
    """Waits until somebody is parked."""
    while pbx.from_trunk not in await pbx.cli("parking show default"):  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.1)


async def redirected(pbx: Pbx, scenario: Scenario) -> Played:
    """An operator's panel sends the caller on."""
    async with pbx.calling(scenario.dials, caller=scenario.caller, phones=scenario.phones) as task:
        await pbx.until(scenario.caller, "answered")
        while not (channel := await talking_caller(pbx)):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)
        await pbx.cli(f"channel redirect {channel} from-phones,1904,1")
    return [(scenario, task.result())]


async def clicked(pbx: Pbx, scenario: Scenario) -> Played:
    """A click in a browser: the agent's phone first, then out by the trunk."""
    async with pbx.calling(scenario.dials, caller=scenario.caller, phones=scenario.phones, origin="") as task:
        phone = f"{pbx.technology}/{scenario.caller}"
        await pbx.cli(f"channel originate {phone} extension {scenario.dials}@from-phones")
    return [(scenario, task.result())]


async def talking_caller(pbx: Pbx) -> str:
    """Channel of the one caller from outside, once he is connected; else nothing."""
    listed = (line.split("!") for line in (await pbx.cli("core show channels concise")).splitlines())
    up = [fields for fields in listed if fields[0].startswith(pbx.from_trunk) and fields[-2]]
    return up[0][0] if up else ""


async def left_alone_in_the_queue(pbx: Pbx, scenario: Scenario) -> Played:
    """The queue's only member is unplugged while the caller waits."""
    await pbx.plug("1101")
    async with pbx.calling(scenario.dials, caller=scenario.caller, phones=scenario.phones) as task:
        await pbx.until(scenario.caller, "rang")
        await pbx.plug("1101", on=False)
    return [(scenario, task.result())]


def story(name: str, act: Act = alone, **how: object) -> Story:
    usual = {"dials": "4006", "outcome": "answered", "caller": "8613900139000"}
    scenario = Scenario(name=name, **{**usual, **how})
    return Story(name, scenario, act)


AND_BYE = (("wait", 1.0), ("bye",))
CONSULTS = (("dtmf", "*2"), ("wait", 1.0), ("dtmf", "1904"))
BY_COLLEAGUE = dict.fromkeys(("1161", "1162"), "answered_elsewhere")
HELD = ("talk_seconds", "hold_seconds")

STORIES = (
    story("blind-by-refer", transfers=(("blind", "1904", True),),
          phones={"1061": answers(1, then=then(("refer", "1904"))), "1904": answers(2, talk=2)}),
    story("blind-by-keys", transfers=(("blind", "1904", True),), loose=HELD,
          phones={"1061": answers(1, then=then(("dtmf", "##"), ("wait", 0.5), ("dtmf", "1904"))),
                  "1904": answers(2, talk=2)}),
    story("blind-in-vain", transfers=(("blind", "1904", False),),
          phones={"1061": answers(1, then=then(("refer", "1904"))), "1904": declines(2)}),
    story("blind-to-a-group-hotline", transfers=(("blind", "1012", True),),
          phones={"1061": answers(1, then=then(("refer", "4001"))), "1012": answers(2, talk=2)}),
    story("attended-by-refer", transfers=(("attended", "1904", True),), loose=HELD,
          phones={"1061": answers(1, then=then(("consult", "1904"), ("wait", 1.0), ("complete",))),
                  "1904": answers(1, talk=5)}),
    story("attended-by-keys", transfers=(("attended", "1904", True),), loose=HELD,
          phones={"1061": answers(1, then=then(*CONSULTS, ("wait", 5.0), ("bye",))),
                  "1904": answers(1, talk=8)}),
    story("blonde-by-keys", transfers=(("blonde", "1904", True),), loose=HELD,
          phones={"1061": answers(1, then=then(*CONSULTS, ("wait", 3.0), ("bye",))),
                  "1904": answers(6, talk=2)}),
    story("consulted-and-back", loose=HELD,
          phones={"1061": answers(1, then=then(*CONSULTS, ("wait", 7.0), ("bye",))),
                  "1904": declines(1)}),
    story("hold", loose=("talk_seconds",), told={},
          phones={"1061": answers(1, then=then(("hold",), ("wait", 2.0), ("unhold",), *AND_BYE))}),
    story("picked-up", picked_up_by_a_colleague, dials="4016", attempts=BY_COLLEAGUE),
    story("picked-up-directed", picked_up_by_a_colleague, dials="4016", attempts=BY_COLLEAGUE),
    story("parked-and-fetched", fetched_from_the_parking_lot, transfers=(("park", "1906", True),),
          loose=HELD, phones={"1061": answers(1, then=then(("dtmf", "#72")))}),
    story("parked-and-given-up", given_up_in_the_parking_lot, transfers=(("park", None, False),), loose=HELD,
          phones={"1061": answers(1, then=then(("dtmf", "#72")))}),
    story("redirected", redirected, transfers=(("blind", "1904", True),),
          phones={"1061": answers(1), "1904": answers(2, talk=2)}),
    story("click-to-call", clicked, dials="94930123456", caller="1904", direction="outbound", hotline=None,
          phones={"1904": answers(1, talk=5), "trunk": answers(1.5, talk=2)},
          loose=(*HELD, "ring_seconds", "caller_ring_seconds", "wait_seconds", "hung_up_by", "attempts"),
          told={"answered_by": "4930123456", "agent_id": None}),
    story("queue-left-empty", left_alone_in_the_queue, dials="4010", outcome="no_answer",
          phones={"1101": rings()}),
)  # fmt: skip
