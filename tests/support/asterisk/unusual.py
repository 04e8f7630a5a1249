"""Callers who meet what is not so usual: phones all engaged, conferences, calls that the PBX places."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tests.support.asterisk import day, layout
from tests.support.asterisk.handed_on import HELD, Played, Story, story
from tests.support.asterisk.judge import Scenario
from tests.support.asterisk.pbx import Pbx
from tests.support.asterisk.plans import Leg, Plan, Truth, answers, rings

ENGAGED = Scenario(
    name="a colleague keeps both phones engaged", dials="1182", origin="1181", caller="1181",
    outcome="answered", direction="internal", hotline=None, phones={"1182": answers(1, talk=10)},
)  # fmt: skip


async def while_all_are_on_the_phone(pbx: Pbx, scenario: Scenario) -> Played:
    """The queue's two members talk to each other for longer than the caller is kept waiting."""
    async with pbx.calling(ENGAGED.dials, caller="1181", origin="1181", phones=ENGAGED.phones) as engaged:
        await pbx.until("1181", "answered")
        truth = await day.play_one(pbx, scenario)
    return [(ENGAGED, engaged.result()), (scenario, truth)]


async def both_at_once(pbx: Pbx, scenario: Scenario) -> Played:
    """The caller hangs up in the moment in which the phone is picked up."""
    async with pbx.calling(scenario.dials, caller=scenario.caller) as task:
        await pbx.until(scenario.caller, "rang")
        await asyncio.sleep(1.5)
        await asyncio.gather(pbx.pick_up(scenario.caller, "1061"), pbx.hang_up(scenario.caller))
    return [(scenario, task.result())]


async def met_in_a_conference(pbx: Pbx, scenario: Scenario) -> Played:
    """The hotline is a conference: whoever is in it when an agent joins is answered then."""
    joins = Scenario(
        name="an agent joins", dials="7000", origin="1191", caller="1191", outcome="answered",
        direction="internal", hotline=None, then=(("wait", 3.0), ("bye",)), media=True,
        loose=("attempts", "outcome", "hung_up_by"),
    )  # fmt: skip
    async with pbx.calling(scenario.dials, caller=scenario.caller, then=scenario.then) as task:
        while pbx.from_trunk not in await pbx.cli("confbridge list hotline"):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)
        agent = await day.play_one(pbx, joins)
    truth = task.result()
    truth.legs.append(
        Leg(phone="1191", t_invite=agent.t_invite, t_answer=agent.t_connected, t_end=agent.t_end,
            outcome="answered", hung_up_here=True, by_pickup=True)
    )  # fmt: skip
    return [(scenario, truth), (joins, agent)]


async def clicked_through_a_local_channel(pbx: Pbx, scenario: Scenario) -> Played:
    """A click in a browser, by an Originate that calls the agent's extension and not the phone."""
    async with pbx.calling(scenario.dials, caller=scenario.caller, phones=scenario.phones, origin="") as task:
        await pbx.ask_ami(
            Action="Originate", Channel=f"Local/{scenario.caller}@from-phones/n", Context="from-phones",
            Exten=scenario.dials, Priority="1", Async="true",
        )  # fmt: skip
    return [(scenario, task.result())]


async def called_back_for_the_queue(pbx: Pbx, scenario: Scenario) -> Played:
    """The customer kept his place and is called when it is his turn: first he, then the queue's members."""
    async with pbx.calling(scenario.dials, caller=scenario.caller, phones=scenario.phones, origin="") as task:
        await pbx.ask_ami(
            Action="Originate", Channel=f"{pbx.technology}/{scenario.caller}@{pbx.trunk}",
            Context="from-trunk", Exten=scenario.dials, Priority="1", Async="true",
        )  # fmt: skip
    return [(scenario, task.result())]


async def agents_first(pbx: Pbx, scenario: Scenario) -> Played:
    """The same the other way about: the queue finds an agent, then the customer is called."""
    async with pbx.calling(scenario.dials, caller=scenario.caller, phones=scenario.phones, origin="") as task:
        await pbx.ask_ami(
            Action="Originate", Channel="Local/4020@from-trunk/n", Context="from-phones",
            Exten=scenario.dials, Priority="1", Async="true",
        )  # fmt: skip
    truth = task.result()
    rung = [leg for leg in truth.legs if leg.phone in layout.PHONES["4020"]]
    in_vain = [(not_picked_up(leg), alone_with(truth, leg)) for leg in rung if leg.t_answer is None]
    return [*in_vain, (scenario, replace(truth, t_invite=rung[-1].t_invite))]


def not_picked_up(leg: Leg) -> Scenario:
    """An agent whom the PBX called for nothing: his call, it led nowhere, and is not counted."""
    return Scenario(
        name=f"{leg.phone} does not pick up", dials="", caller=leg.phone, direction="internal", hotline=None,
        outcome="unreachable", loose=("attempts", "caller_ring_seconds", "wait_seconds", "hung_up_by"),
    )  # fmt: skip


def alone_with(truth: Truth, leg: Leg) -> Truth:
    return replace(truth, caller=leg.phone, t_invite=leg.t_invite, t_end=leg.t_end, legs=[leg])


async def twice_within_a_second(pbx: Pbx, scenario: Scenario) -> Played:
    """He hangs up as soon as he has dialled, and dials again."""
    first = replace(scenario, name="the first try", outcome="abandoned", gives_up=0.4, phones={})
    return [(one, await day.play_one(pbx, one)) for one in (first, scenario)]


ANSWERED_TOO_LATE = {"1061": "caller_gave_up"}
PLACED = (*HELD, "ring_seconds", "caller_ring_seconds", "wait_seconds", "hung_up_by", "attempts")
FAR_END = {"answered_by": "4930123458", "agent_id": None}

STORIES: tuple[Story, ...] = (
    story("queue-all-engaged", while_all_are_on_the_phone, dials="4018", outcome="busy"),
    story("cancel-crosses-the-answer", outcome="abandoned", gives_up=3, attempts=ANSWERED_TOO_LATE,
          phones={"1061": Plan(crosses=True)}),
    story("picked-up-and-hung-up-at-once", both_at_once, outcome="abandoned", attempts=ANSWERED_TOO_LATE),
    story("conference", met_in_a_conference, dials="4019", then=(("wait", 8.0), ("bye",))),
    story("click-to-call-local", clicked_through_a_local_channel, dials="94930123456", caller="1904",
          direction="outbound", hotline=None, loose=PLACED,
          phones={"1904": answers(1, talk=5), "trunk": answers(1.5, talk=2)},
          told={"answered_by": "4930123456", "agent_id": None}),
    story("queue-call-back", called_back_for_the_queue, dials="4003", caller="4930123457",
          direction="outbound", hotline=None, loose=PLACED,
          phones={"trunk": answers(1, talk=8), "1032": answers(2, talk=2)},
          attempts={"trunk": "unconfirmed"}),
    story("queue-call-back-agents-first", agents_first, dials="94930123458", caller="1201",
          direction="outbound", hotline=None, loose=PLACED, told=FAR_END,
          phones={"1201": answers(2, talk=6), "trunk": answers(1, talk=2)}),
    story("queue-call-back-second-agent", agents_first, dials="94930123458", caller="1202",
          direction="outbound", hotline=None, loose=PLACED, told=FAR_END,
          phones={"1201": rings(), "1202": answers(2, talk=6), "trunk": answers(1, talk=2)}),
    story("twice-within-a-second", twice_within_a_second, phones={"1061": answers(1, talk=1)}),
)  # fmt: skip
