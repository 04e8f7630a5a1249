"""The service on a real Asterisk in bad weather, each call held against what its phones saw.

``STORM_SECONDS=120 STORM_SEED=7 python -m tests.benchmarks storm``: callers of all kinds at a few a second,
at most ten minutes, while at random moments the link is cut or stalls, the service is killed or restarted,
and the PBX is restarted or killed. No call may be doubled, none that could be seen may be missing or told
otherwise than by the phones, and one that could be seen in part may lack what was unseen and contradict
nothing. Which moments, and which callers, depend on the seed; how they meet, on the machine.
"""

import asyncio
import collections
import itertools
import os
import random
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.support import parts
from tests.support.asterisk import day, judge, layout
from tests.support.asterisk.judge import Scenario
from tests.support.asterisk.pbx import Pbx, Variant
from tests.support.asterisk.plans import Truth
from tests.support.postgres import open_folder
from tests.support.service import PbxEntry, Service, Settings, serving, until

SECONDS = min(600.0, float(os.environ.get("STORM_SECONDS", "120")))
SEED = int(os.environ.get("STORM_SEED", "1"))
NUMBERS = itertools.count(8613600000000)
AROUND = 2.0
"""Seconds before and after bad weather in which a call may have been seen in part."""
LIMIT = 180.0
FIGURES = ("arrived", "offered", "short", "on_time", "answered", "abandoned", "lost", "in_progress")


def main() -> None:
    """Left out where there can be no Asterisk."""
    if not parts.pbx():
        print("\nBad weather: left out, no Asterisk is built here (tests/support/asterisk/build.py)")
        return
    pbx = Pbx(Variant())
    pbx.start()
    try:
        with open_folder() as folder:
            asyncio.run(_run(pbx, folder))
    finally:
        pbx.stop()


async def _run(pbx: Pbx, folder: Path) -> None:
    entry = PbxEntry(
        address=pbx.ami, hotlines=tuple(layout.PHONES), username="callcenter", secret="callcenter-secret"
    )
    async with serving(folder, Settings(pbxs=(entry,))) as service:
        await service.token()
        storm = Storm(pbx, service)
        players = [asyncio.create_task(storm.play(chain)) for chain in _chains()]
        await storm.rage()
        await asyncio.gather(*players)
        await until(lambda: _at_rest(service), "all is told and stored", LIMIT, service.log)
        _say(storm, await service.calls())
        for number in layout.PHONES:
            live = (await service.get(f"/api/v1/hotlines/{number}/live"))["today"]
            (stored,) = (await service.get(f"/api/v1/hotlines/{number}/kpi?step=1d"))["intervals"]
            if any(live[name] != stored[name] for name in FIGURES):
                print(f"  {number}: the board and the history differ")


async def _at_rest(service: Service) -> bool:
    told = await service.text("/metrics")
    delivered = re.search(r"^callcenter_spool_depth 0\.0$", told, re.MULTILINE) is not None
    return delivered and all(call["final"] for call in await service.calls())


def _chains() -> Iterator[list[Scenario]]:
    """Callers from outside who show a number: by it each call is known again."""
    for chain in day.whole_day():
        if all(scenario.origin == layout.TRUNK and scenario.caller != "anonymous" for scenario in chain):
            yield chain


class Storm:
    """What is played, and the weather."""

    def __init__(self, pbx: Pbx, service: Service) -> None:
        self.pbx = pbx
        self.service = service
        self.played: list[tuple[Scenario, Truth]] = []
        self.weather: list[tuple[str, float, float]] = []
        """What it was, from when to when."""
        self._chance = random.Random(SEED)
        self._until = time.time() + SECONDS
        self._standing = asyncio.Event()
        self._standing.set()
        self._kinds: dict[str, Callable[[], Awaitable[None]]] = {
            "link cut": self._cut,
            "link stalled": self._stalled,
            "service killed": self._killed,
            "service restarted": self._restarted,
            "PBX restarted": self._pbx_restarted,
            "PBX killed": self._pbx_killed,
        }

    async def play(self, chain: list[Scenario]) -> None:
        """The chain, over and over; nobody calls a PBX that is down."""
        while time.time() < self._until:
            for scenario in chain:
                await self._standing.wait()
                numbered = replace(scenario, caller=str(next(NUMBERS)))
                self.played.append((numbered, await day.play_one(self.pbx, numbered)))

    async def rage(self) -> None:
        """One thing after the other, with time between them to see calls whole."""
        while (pause := self._chance.uniform(8, 25)) < self._until - time.time():
            await asyncio.sleep(pause)
            kind = self._chance.choice(list(self._kinds))
            began = time.time()
            await self._kinds[kind]()
            await self.service.ready()
            self.weather.append((kind, began, time.time()))

    async def _cut(self) -> None:
        await self.pbx.link("cut")
        await asyncio.sleep(self._chance.uniform(0, 8))
        await self.pbx.link("open")

    async def _stalled(self) -> None:
        await self.pbx.link("stalled")
        await asyncio.sleep(self._chance.uniform(1, 20))
        await self.pbx.link("open")

    async def _killed(self) -> None:
        await self.service.kill()
        await asyncio.sleep(self._chance.uniform(0, 10))
        await self.service.start()

    async def _restarted(self) -> None:
        await self.service.stop()
        await self.service.start()

    async def _pbx_restarted(self) -> None:
        self._standing.clear()
        await self.pbx.restart()
        self._standing.set()

    async def _pbx_killed(self) -> None:
        self._standing.clear()
        await self.pbx.kill()
        await self.pbx.boot()
        self._standing.set()

    def met(self, truth: Truth) -> set[str]:
        """The weather that the call went through."""
        ends = [truth.t_end, *(leg.t_end for leg in truth.legs)]
        end = max((at for at in ends if at is not None), default=truth.t_invite)
        return {
            kind
            for kind, began, ended in self.weather
            if began - AROUND < end and truth.t_invite < ended + AROUND
        }


def _say(storm: Storm, calls: list[dict[str, Any]]) -> None:
    by_caller: dict[str, list[dict[str, Any]]] = collections.defaultdict(list)
    for call in calls:
        if call["direction"] == "inbound":
            by_caller[call["caller"]].append(call)
    wrong: collections.Counter[str] = collections.Counter()
    seen = 0
    for scenario, truth in storm.played:
        met, told = storm.met(truth), by_caller.pop(scenario.caller, [])
        seen += not met
        for fault in _faults(scenario, truth, told, met):
            wrong[fault] += 1
    wrong["told, and nobody called"] += len(by_caller)
    weather = collections.Counter(kind for kind, _, _ in storm.weather)
    print(f"\nBad weather for {SECONDS:.0f} s (seed {SEED}): {dict(weather) or 'none'}")
    print(f"  calls played                         {len(storm.played):6,d}, {seen:,} of them in fair weather")
    print(f"  calls told                           {len(calls):6,d}")
    print(f"  told otherwise than by the phones    {dict(+wrong) or 'none'}")


def _faults(scenario: Scenario, truth: Truth, told: list[dict[str, Any]], met: set[str]) -> list[str]:
    if len(told) > 1:
        return [f"{scenario.name}: told {len(told)} times"]
    if not told:
        return [] if met else [f"{scenario.name}: missing"]
    (call,) = told
    if not met:
        return judge.disagreements(scenario, truth, call)
    if any(kind.startswith("PBX") for kind in met):
        return []  # what the PBX then did to the call no phone knows
    return [f"{scenario.name}: {fault}" for fault in _contradictions(scenario, truth, call)]


def _contradictions(scenario: Scenario, truth: Truth, call: dict[str, Any]) -> Iterator[str]:
    """Where a call that was seen in part says what is not so; what it does not say is no fault."""
    if call["outcome"] not in {scenario.outcome, "lost"}:
        yield f"was {scenario.outcome}, told {call['outcome']}"
        return
    on_time, _ = judge.verdict(scenario, truth)
    if isinstance(on_time, bool) and call["on_time"] not in {on_time, None}:
        yield f"on time {on_time}, told {call['on_time']}"
    leg = judge.picked_up_by(scenario, truth) if scenario.outcome == "answered" else None
    if leg and call["answered_by"] not in {leg.phone, None}:
        yield f"answered by {leg.phone}, told {call['answered_by']}"
