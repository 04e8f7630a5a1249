"""A night at hotlines that go through the dialplan library: callers side by side, each at one of his own."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.asterisk.duty import about, closed, opened, schedule, step, today, user_events, write
from tests.support.asterisk.pbx import Pbx
from tests.support.asterisk.plans import Plan, Truth, answers, busy, declines, forwards, rings
from tests.support.asterisk.recorder import recorded

PRESSES = (("wait", 0.5), ("dtmf", "1"), ("wait", 1.0), ("bye",))
FALLBACK = "d1391"
"""Answers whoever is led there."""
APART = 0.25
"""Seconds between two callers: the phones send each request once, and a PBX that is flooded loses some."""
WAITING = 3.0
"""Seconds that a second caller waits before the first one hangs up."""
LAST_WORDS = 1.0
"""Seconds in which the PBX says the last of it."""

Calls = list[Truth]
Plain = tuple[str, dict[str, str], dict[str, Any]]


@dataclass(slots=True)
class Night:
    """All calls, by name, and everything that the dialplan said."""

    calls: dict[str, Calls]
    events: list[dict[str, str]]
    monitor_dir: Path
    complaints: list[str]
    """Warnings and errors in the PBX's own log."""

    def only(self, name: str) -> Truth:
        """The one call of this name."""
        (truth,) = self.calls[name]
        return truth

    def said(self, truth: Truth) -> list[tuple[Any, ...]]:
        """What the dialplan said on the caller's channel."""
        return about(self.events, truth.caller)


def met_by_people() -> dict[str, Plain]:
    """Callers who meet the chain: the hotline, what AstDB holds, how the phones meet them."""
    return {
        "duty answers": (
            "4031",
            schedule("4031", closed(step("wang", 20, "d1311"), step("li", 20, "d1312", role="backup"))),
            {"phones": {"1311": answers(4, talk=2)}, "media": True}),
        "supervisor answers": (
            "4032",
            schedule("4032", closed(
                step("wang2", 3, "d1321"), step("li2", 20, "d1322", role="backup"),
                step("zhao2", 20, "d1323", role="supervisor"))),
            {"phones": {"1321": rings(), "1322": busy(), "1323": answers(1, talk=1)}}),
        "a mobile's voicemail": (
            "4501", schedule("4501", closed(step("wang3", 9, "m13900000301"), step("li3", 9, "d1333"))),
            {"phones": {"13900000301": answers(1), "1333": answers(1, talk=1)}}),
        "the wrong key, then the right one": (
            "4502", schedule("4502", closed(step("wang4", 9, "m13900000401"))),
            {"phones": {"13900000401": answers(1, then=(("wait", 0.5), ("dtmf", "7"), *PRESSES))}}),
        "desk, then mobile": (
            "4503",
            schedule("4503", closed(step("wang5", 3, "d1341", "m13900000501"), step("li5", 9, "d1342"))),
            {"phones": {"1341": rings(), "13900000501": answers(1, then=PRESSES)}}),
        "sounds are missing": (
            "4798", schedule("4798", closed(step("wang7", 9, "m13900000701"))),
            {"phones": {"13900000701": answers(1, then=(("wait", 1.0), *PRESSES))}}),
        "refused, busy, declined, unplugged, forwarded": (
            "4504",
            schedule("4504", closed(
                step("a6", 30, "m13900000601"), step("b6", 30, "m13900000602"), step("c6", 30, "d1343"),
                step("d6", 30, "d1151"), step("e6", 30, "d1331"), step("f6", 30, "d1332"))),
            {"phones": {
                "13900000601": Plan(alert=(), ring=0.0, final=503), "13900000602": busy(),
                "1343": declines(0.2), "1331": forwards("1901"), "1332": answers(1, talk=1)}}),
    }  # fmt: skip


def met_by_nobody_or_forced() -> dict[str, Plain]:
    """Callers for whom nobody is there, and those at hotlines opened or closed by hand."""
    now = int(time.time())
    return {
        "nobody on duty": ("4505", schedule("4505", closed(), fallback="d1391"), {}),
        "nobody on duty, the fallback is a mobile": (
            "4506", schedule("4506", closed(), fallback="m13900000801"),
            {"phones": {"13900000801": answers(1, then=PRESSES)}}),
        "nobody on duty and no fallback": ("4507", schedule("4507", closed()), {}),
        "nobody, and the sorry sound is missing": ("4799", schedule("4799", closed()), {}),
        "never pushed": ("4508", {"4508/fallback": FALLBACK}, {}),
        "the schedule is over": (
            "4509", {**schedule("4509", closed(step("x", 9, "d1311")), fallback=FALLBACK),
                     "4509/index": f"2,{today() - 3},0123456789ab,0123456789ab"}, {}),
        "voicemail": (
            "4033", schedule("4033", closed(step("wang9", 2, "d1331"))),
            {"phones": {"1331": rings()}, "then": (("wait", 2.0), ("bye",))}),
        "the caller gives up": (
            "4510", schedule("4510", closed(step("wang10", 30, "d1333"), step("li10", 30, "d1332"))),
            {"phones": {"1333": rings()}, "gives_up": 2.0}),
        "office hours": (
            "4034", schedule("4034", opened(step("wang11", 9, "d1342"))),
            {"phones": {"1341": answers(1, talk=1)}}),
        "office hours, forced closed": (
            "4511", schedule("4511", opened(step("wang12", 9, "d1343")), force="closed,0,li"),
            {"phones": {"1343": answers(1, talk=1)}}),
        "after hours, forced open": (
            "4512", schedule("4512", closed(step("wang13", 9, "d1343")), force=f"open,{now + 900},li"),
            {}),
        "forced until a time that is over": (
            "4513", schedule("4513", closed(step("w", 9, "d1363")), force=f"open,{now - 1},li"),
            {"phones": {"1363": answers(0.5, talk=0.5)}}),
        "forced open, and nothing else can be read": (
            "4514", {"4514/force": "open,0,li", "4514/index": "?"}, {}),
        "changed by the site": (
            "4038", schedule("4038", closed(step("w14", 2, "d1381"))),
            {"phones": {"1381": rings()}, "then": (("wait", 12.0), ("bye",))}),
    }  # fmt: skip


async def just_call(pbx: Pbx, plan: Plain, caller: str) -> Calls:
    hotline, keys, how = plan
    await write(pbx, keys)
    return [await pbx.call(hotline, caller=caller, **{"phones": {"1391": answers(0.5, talk=0.5)}, **how})]


async def talks(pbx: Pbx, person: str) -> None:
    """Waits until the PBX has *person* down as talking."""
    async with asyncio.timeout(30):
        while person not in await pbx.cli("group show channels"):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.4)


async def second_caller(
    pbx: Pbx, caller: str, plan: Plain, person: str, *, ends_first: bool = False
) -> Calls:
    """Somebody calls while *person* talks to *caller*, who hangs up while that one waits, or after him."""
    hotline, keys, phones = plan
    await write(pbx, keys)
    async with pbx.calling(hotline, caller=caller, phones=phones["first"]) as first:
        await talks(pbx, person)
        async with pbx.calling(hotline, caller=caller + "2", phones=phones["then"]) as second:
            await (asyncio.sleep(WAITING) if ends_first else second)
            await pbx.hang_up(caller)
    return [first.result(), second.result()]


async def next_one(pbx: Pbx, caller: str) -> Calls:
    keys = schedule("4035", closed(step("wang15", 20, "d1351"), step("li15", 20, "d1352")))
    phones = {"first": {"1351": answers(1)}, "then": {"1352": answers(1, talk=1)}}
    return await second_caller(pbx, caller, ("4035", keys, phones), "wang15")


async def next_one_mobile(pbx: Pbx, caller: str) -> Calls:
    keys = schedule("4515", closed(step("wang16", 20, "m13900001601"), step("li16", 20, "d1353")))
    confirmed = {"13900001601": answers(1, then=PRESSES[:2])}
    phones = {"first": confirmed, "then": {"1353": answers(1, talk=1)}}
    return await second_caller(pbx, caller, ("4515", keys, phones), "wang16")


async def waits(pbx: Pbx, caller: str) -> Calls:
    keys = schedule("4036", closed(step("wang17", 60, "d1361"), step("li17", 20, "d1362")), settings="wait")
    phones = {"first": {"1361": answers(1)}, "then": {"1361": answers(1, talk=1)}}
    return await second_caller(pbx, caller, ("4036", keys, phones), "wang17", ends_first=True)


async def waits_in_vain(pbx: Pbx, caller: str) -> Calls:
    keys = schedule("4037", closed(step("wang18", 2, "d1371"), step("li18", 20, "d1372")), settings="wait")
    phones = {"first": {"1371": answers(1)}, "then": {"1372": answers(1, talk=1)}}
    return await second_caller(pbx, caller, ("4037", keys, phones), "wang18")


async def shift_changes(pbx: Pbx, caller: str) -> Calls:
    """The first caller comes while A is on duty; the shift ends; then the second."""
    change = int(time.time()) + 12
    first, second = closed(step("a19", 9, "d1382"), until=change), closed(step("b19", 9, "d1383"))
    await write(pbx, schedule("4516", first, second))
    phones = {"1382": answers(0.5, talk=0.5), "1383": answers(0.5, talk=0.5)}
    before = await pbx.call("4516", caller=caller, phones=phones)
    await asyncio.sleep(max(0.0, change + 0.1 - time.time()))
    return [before, await pbx.call("4516", caller=caller, phones=phones)]


ACTED: dict[str, Callable[[Pbx, str], Awaitable[Calls]]] = {
    "a second caller goes to the next": next_one,
    "a second caller goes to the next, a mobile": next_one_mobile,
    "a second caller waits": waits,
    "a second caller waits in vain": waits_in_vain,
    "the shift changes": shift_changes,
}


async def play(pbx: Pbx) -> Night:
    """The whole night."""

    async def one(number: int, name: str) -> Calls:
        await asyncio.sleep(number * APART)
        caller = str(8613800140000 + number)
        return await (ACTED[name](pbx, caller) if name in ACTED else just_call(pbx, plans[name], caller))

    plans = met_by_people() | met_by_nobody_or_forced()  # made now: they hold instants of now
    names = [*ACTED, *plans]
    async with recorded(pbx.ami) as wire:
        calls = await asyncio.gather(*(one(number, name) for number, name in enumerate(names)))
        await asyncio.sleep(LAST_WORDS)
    log = (pbx.home / "log" / "messages.log").read_text()
    complaints = [line for line in log.splitlines() if re.search(r" (WARNING|ERROR)\[", line)]
    events = user_events(bytes(wire.data))
    return Night(dict(zip(names, calls, strict=True)), events, pbx.monitor_dir, complaints)
