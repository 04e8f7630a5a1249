"""A day at the hotlines, played in half a minute: every way in which a caller can meet phones, at once.

Calls in one chain follow one another (they need the same queue); chains run side by side.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tests.support.asterisk.judge import Scenario
from tests.support.asterisk.pbx import Pbx
from tests.support.asterisk.plans import Truth, answers, busy, declines, forwards

APART = 0.08
"""Seconds between the beginnings of two chains."""

DIRECT_AND_GROUPS = (
    (Scenario(name="direct, picked up at 1 s, recorded", dials="4006", outcome="answered",
              phones={"1061": answers(1, talk=3)}, recording=True),),
    (Scenario(name="group, picked up at 7 s", dials="4001", outcome="answered",
              phones={"1012": answers(7, talk=3)}, recording=True, media=True),),
    (Scenario(name="direct, picked up at 12 s, recorded", dials="4006", outcome="answered",
              phones={"1061": answers(12, talk=2)}, recording=True),),
    (Scenario(name="group, picked up at 17 s, the caller hangs up", dials="4001", outcome="answered",
              phones={"1013": answers(17)}, hangs_up=2, recording=True),),
    (Scenario(name="two at once in one group: one", dials="4001", outcome="answered",
              phones={"1011": answers(2.5, talk=6)}, recording=True),),
    (Scenario(name="two at once in one group: the other", dials="4001", outcome="answered",
              phones={"1012": answers(4, talk=1)}, recording=True),),
    (Scenario(name="gives up after 3 s: short", dials="4001", outcome="abandoned", gives_up=3),),
    (Scenario(name="gives up after 11 s", dials="4001", outcome="abandoned", gives_up=11),),
    (Scenario(name="nobody, then voicemail", dials="4001", outcome="voicemail", gives_up=29),),
    (Scenario(name="nobody for 25 s, then a closing announcement", dials="4006", outcome="no_answer"),),
    (Scenario(name="everybody busy", dials="4016", outcome="busy",
              phones=dict.fromkeys(("1161", "1162"), busy())),),
    (Scenario(name="one declines, another answers", dials="4016", outcome="answered",
              phones={"1161": declines(2), "1162": answers(6, talk=2)}),),
    (Scenario(name="both decline", dials="4016", outcome="busy",
              phones={"1161": declines(2), "1162": declines(3)}),),
    (Scenario(name="no number shown", dials="4016", outcome="answered", caller="anonymous",
              phones={"1161": answers(2, talk=2)}),),
    (Scenario(name="no phone registered", dials="4015", outcome="unreachable"),),
    (Scenario(name="an announcement, then the group", dials="4007", outcome="answered",
              phones={"1071": answers(2, talk=2)}),),
    (Scenario(name="hunt: the second phone", dials="4008", outcome="answered",
              phones={"1082": answers(3, talk=2)}),),
    (Scenario(name="the same phone twice", dials="4011", outcome="answered",
              phones={"1111": answers(6, talk=1)}),),
    (Scenario(name="the agent hears an announcement first", dials="4013", outcome="answered",
              phones={"1131": answers(3, talk=5)}),),
)  # fmt: skip

QUEUES = (
    (Scenario(name="queue in turn: the second answers", dials="4002", outcome="answered",
              phones={"1022": answers(3, talk=2)}, recording=True),
     Scenario(name="gives up between two tries", dials="4002", outcome="abandoned", gives_up=6.6)),
    (Scenario(name="queue rings everybody", dials="4003", outcome="answered",
              phones={"1032": answers(7, talk=2)}, recording=True),
     Scenario(name="gives up in the queue", dials="4003", outcome="abandoned", gives_up=6)),
    (Scenario(name="the queue gives up, then voicemail", dials="4009", outcome="voicemail", gives_up=14),),
    (Scenario(name="the queue lets nobody in", dials="4010", outcome="unreachable"),),
)  # fmt: skip

ODD_SIGNALLING = (
    (Scenario(name="183 in place of 180", dials="4017", outcome="answered",
              phones={"1171": answers(6, talk=1, alert=(183,)), "1172": busy()}),),
    (Scenario(name="180, then 183: the clock runs from the first", dials="4017", outcome="answered",
              phones={"1171": answers(6, talk=1, alert=(180, 183)), "1172": busy()}),),
    (Scenario(name="picked up without ever ringing", dials="4017", outcome="answered",
              phones={"1171": answers(2, talk=1, alert=()), "1172": busy()}),),
)  # fmt: skip

NOT_HOTLINE = (
    (Scenario(name="a colleague calls a colleague", dials="1902", origin="1901", caller="1901",
              outcome="answered", direction="internal", hotline=None, phones={"1902": answers(1, talk=1)}),),
    (Scenario(name="an agent dials the hotline from the desk", dials="4014", origin="1903", caller="1903",
              outcome="answered", direction="internal", hotline=None, phones={"1141": answers(1, talk=1)}),),
    (Scenario(name="out by the trunk", dials="94930123456", origin="1904", caller="1904",
              outcome="answered", direction="outbound", hotline=None, phones={"trunk": answers(1, talk=1)},
              told={"answered_by": "4930123456", "agent_id": None}),),
    (Scenario(name="a number that is no hotline", dials="4999", outcome="answered", hotline=None,
              phones={"1906": answers(1, talk=1)}),),
)  # fmt: skip

PRESSES_ONE = (("wait", 1.0), ("dtmf", "1"), ("wait", 1.0), ("bye",))

LOCALS_AND_MORE = (
    (Scenario(name="group of Local channels", dials="4004", outcome="answered",
              phones={"1042": answers(3, talk=2)}, recording=True),),
    (Scenario(name="queue of Local members", dials="4005", outcome="answered",
              phones={"1051": answers(3, talk=2)}, recording=True),),
    (Scenario(name="forwarded to a colleague", dials="4014", outcome="answered",
              phones={"1141": forwards("1905"), "1905": answers(3, talk=1)}),),
    (Scenario(name="by way of a menu", dials="4900", outcome="answered", hotline="4017", by_menu=True,
              phones={"1172": answers(3, talk=1)}),),
    (Scenario(name="by way of a menu, marked by our dialplan library", dials="4901", outcome="answered",
              hotline="4017", by_menu=True, phones={"1171": answers(4, talk=1)}),),
    (Scenario(name="only the second presses the key", dials="4012", outcome="answered",
              phones={"1121": answers(1), "1122": answers(2, then=PRESSES_ONE)},
              attempts={"1121": "unconfirmed"}),),
)  # fmt: skip


def whole_day() -> list[list[Scenario]]:
    """All chains, each call with a caller's number of its own."""
    chains = (*DIRECT_AND_GROUPS, *QUEUES, *ODD_SIGNALLING, *NOT_HOTLINE, *LOCALS_AND_MORE)
    return numbered(chains)


def numbered(chains: tuple[tuple[Scenario, ...], ...], first: int = 8613800138000) -> list[list[Scenario]]:
    """The chains with a number for each caller who has none."""
    numbers = iter(range(first, first + 1000))
    return [
        [scenario if scenario.caller else replace(scenario, caller=str(next(numbers))) for scenario in chain]
        for chain in chains
    ]


async def play(pbx: Pbx, chains: list[list[Scenario]]) -> list[tuple[Scenario, Truth]]:
    """Plays the chains side by side, to the end of the last call.

    They begin one after another: forty at once would keep each other waiting in the PBX, and the phones
    can't see when it really took their call.
    """

    async def chain_of(number: int, scenarios: list[Scenario]) -> list[tuple[Scenario, Truth]]:
        await asyncio.sleep(number * APART)
        return [(scenario, await play_one(pbx, scenario)) for scenario in scenarios]

    played = await asyncio.gather(*(chain_of(n, chain) for n, chain in enumerate(chains)))
    return [pair for chain in played for pair in chain]


async def play_one(pbx: Pbx, scenario: Scenario) -> Truth:
    """Plays one scenario."""
    return await pbx.call(
        scenario.dials, caller=scenario.caller, phones=scenario.phones, origin=scenario.origin,
        gives_up=scenario.gives_up, hangs_up=scenario.hangs_up, then=scenario.then, media=scenario.media,
    )  # fmt: skip
