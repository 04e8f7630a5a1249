"""The service on a real Asterisk under many short calls into a ring group, and two hundred calls at once.

``LOAD_RATE=30 LOAD_SECONDS=30 python -m tests.benchmarks load``: at most 60 seconds and 3,000 calls, in a
network of its own, by the tests' own phones. The bare listener logs in beside the service and does nothing
but note when a caller's arrival is told to it; the service's figure is when a screen's stream has told it.
Phones, listener, screen, service, PostgreSQL and Asterisk share this machine: the figures are to be compared.
"""

import asyncio
import collections
import itertools
import json
import os
import re
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import quantiles
from typing import Any

import aiohttp

from tests.support import parts
from tests.support.asterisk import day, judge
from tests.support.asterisk.judge import Scenario
from tests.support.asterisk.pbx import Pbx, Variant
from tests.support.asterisk.plans import Truth, answers, rings
from tests.support.asterisk.recorder import Wire, recorded
from tests.support.postgres import open_folder
from tests.support.service import PbxEntry, Service, Settings, serving

SECONDS = min(60.0, float(os.environ.get("LOAD_SECONDS", "30")))
RATE = min(float(os.environ.get("LOAD_RATE", "25")), 3000 / SECONDS)
AT_ONCE = 200
HOTLINE = "4016"
NUMBERS = itertools.count(8613700100000)
_LINES = rb"\r\n(?:[^\r\n]+\r\n)*?"
_TOLD = re.compile(
    rb"Event: Newchannel" + _LINES + rb"Timestamp: (\d+\.\d+)" + _LINES + rb"Channel: PJSIP/trunk-"
)

Played = list[tuple[Scenario, Truth]]


def main() -> None:
    """Both, and what was told of them; left out where there can be no Asterisk."""
    if not parts.pbx():
        print("\nReal Asterisk: left out, it is not built here (tests/support/asterisk/build.py)")
        return
    pbx = Pbx(Variant())
    pbx.start()
    try:
        with open_folder() as folder:
            asyncio.run(_run(pbx, folder))
    finally:
        pbx.stop()


async def _run(pbx: Pbx, folder: Path) -> None:
    entry = PbxEntry(address=pbx.ami, hotlines=(HOTLINE,), username="callcenter", secret="callcenter-secret")
    async with serving(folder, Settings(pbxs=(entry,))) as service, recorded(pbx.ami) as wire:
        watch = Watch(service)
        watching = [asyncio.create_task(watch.stream()), asyncio.create_task(watch.depth())]
        await watch.open.wait()
        began, cpu = time.monotonic(), watch.cpu()
        played = await _steadily(pbx)
        lasted, spent = time.monotonic() - began, watch.cpu() - cpu
        print(f"\nReal Asterisk, ring group, {RATE:.0f} calls/s: {len(played):,} calls in {lasted:.1f} s")
        await _say(watch, wire, played, spent)
        watch.forget()
        crowd = await _at_once(pbx)
        print(f"\n{AT_ONCE} calls at once")
        await _say(watch, wire, [*played, *crowd], 0.0)
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)


def _short() -> Scenario:
    return Scenario(
        name="short", dials=HOTLINE, caller=str(next(NUMBERS)), outcome="answered",
        phones={"1161": answers(0.5, talk=1), "1162": rings()},
    )  # fmt: skip


async def _steadily(pbx: Pbx) -> Played:
    tasks: list[asyncio.Task[tuple[Scenario, Truth]]] = []
    began = time.monotonic()
    for number in range(round(RATE * SECONDS)):
        await asyncio.sleep(began + number / RATE - time.monotonic())
        tasks.append(asyncio.create_task(_one(pbx, _short())))
    return _done(await asyncio.gather(*tasks, return_exceptions=True))


async def _at_once(pbx: Pbx) -> Played:
    calls = (_one(pbx, _short()) for _ in range(AT_ONCE))
    return _done(await asyncio.gather(*calls, return_exceptions=True))


def _done(outcomes: Iterable[tuple[Scenario, Truth] | BaseException]) -> Played:
    """The calls that the phones could play; the others are named."""
    outcomes = list(outcomes)
    failed = collections.Counter(type(one).__name__ for one in outcomes if isinstance(one, BaseException))
    if failed:
        print(f"  not played: {dict(failed)}")
    return [one for one in outcomes if not isinstance(one, BaseException)]


async def _one(pbx: Pbx, scenario: Scenario) -> tuple[Scenario, Truth]:
    return scenario, await day.play_one(pbx, scenario)


class Watch:
    """A screen's stream, and how the service bears it."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.open = asyncio.Event()
        self.late: list[float] = []
        """Seconds from each caller's arrival to its being told on the stream."""
        self.deepest = 0.0
        self.opened = 0
        """How often the stream was opened: each time but the first it had been cut off."""
        self._known: set[str] = set()

    def forget(self) -> None:
        """A new measurement begins."""
        self.late.clear()
        self.deepest = 0.0

    async def stream(self) -> None:
        """Listens for ever; whoever is cut off comes back."""
        headers = {"Authorization": f"Bearer {await self.service.token()}"}
        limit = aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(headers=headers, timeout=limit) as session:
            address = f"{self.service.url}/api/v1/stream?hotline={HOTLINE}"
            while True:
                async with session.get(address, read_bufsize=1 << 22) as answer:
                    self.opened += 1
                    await self._listen(answer.content)

    async def _listen(self, lines: aiohttp.StreamReader) -> None:
        name = b""
        async for line in lines:
            self.open.set()
            if line.startswith(b"event:"):
                name = line[6:].strip()
            elif line.startswith(b"data:") and name == b"call":
                self._told(json.loads(line[5:]))

    def _told(self, call: dict[str, Any]) -> None:
        if call["call_id"] not in self._known:
            self._known.add(call["call_id"])
            self.late.append(time.time() - (judge.epoch(call["arrived_at"]) or 0.0))

    async def depth(self) -> None:
        """The deepest that the queue of unread reads was, looked at four times a second."""
        while True:
            told = await self.service.text("/metrics")
            found = re.search(r"^callcenter_queue_depth (\S+)", told, re.MULTILINE)
            self.deepest = max(self.deepest, float(found[1]) if found else 0.0)
            await asyncio.sleep(0.25)

    def cpu(self) -> float:
        """CPU seconds of the service's own process so far."""
        process = self.service._process
        assert process
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _say(watch: Watch, wire: Wire, played: Played, spent: float) -> None:
    calls = await watch.service.settled(len(played))
    by_caller = {call["caller"]: call for call in calls}
    wrong: collections.Counter[str] = collections.Counter()
    for scenario, truth in played:
        faults = judge.disagreements(scenario, truth, by_caller[scenario.caller])
        wrong.update(fault.split(": ")[1] for fault in faults)
    if spent:
        print(f"  the service's CPU                    {spent / len(played) * 1000:8.2f} ms a call")
    print(f"  calls made and told                  {len(played):,} and {len(calls):,}")
    print(f"  told otherwise than by the phones    {dict(wrong) or 'none'}")
    print(f"  deepest queue of unread reads        {watch.deepest:8.0f}")
    print(f"  stream cut off                       {watch.opened - 1:8d} times")
    print(f"  link lost                            {watch.service.log().count('link_lost'):8d} times")
    print(f"  arrival to a bare listener           {_spread(_bare(wire))}")
    print(f"  arrival to a screen's stream         {_spread(watch.late)}")
    wire.data.clear()
    wire.reads.clear()


def _bare(wire: Wire) -> list[float]:
    """Seconds from each caller's arrival to its being read by the bare listener."""
    ends = list(itertools.accumulate(length for _, length in wire.reads))
    late, read = [], 0
    for found in _TOLD.finditer(bytes(wire.data)):
        while ends[read] < found.end():
            read += 1
        late.append(wire.reads[read][0] - float(found[1]))
    return late


def _spread(seconds: list[float]) -> str:
    if len(seconds) < 2:
        return "not measured"
    cuts = quantiles(seconds, n=100)
    figures = {"p50": cuts[49], "p99": cuts[98], "max": max(seconds)}
    told = "   ".join(f"{name} {value * 1000:7.1f} ms" for name, value in figures.items())
    return f"{told}   of {len(seconds):,}"
