"""The service on a real Asterisk driven to its limit by short calls into a ring group, then 200 at once.

``LOAD_RATE=100 LOAD_SECONDS=30 python -m tests.benchmarks load``: at most 60 seconds and 6,000 calls, in a
network of its own, played by SIPp, whose own log is what the service's tellings are held against, call by
call. A tenth of the callers give up and a tenth are answered by nobody.

The bare listener logs in beside the service, asks for the same events and does nothing but note when a
caller's arrival is told to it; the service's figure is when a screen's stream has told it. Callers, phones,
listener, screen, service, PostgreSQL and Asterisk share this machine: the figures are to be compared.
"""

import asyncio
import collections
import contextlib
import itertools
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp

from callcenter.ami.filters import filter_actions
from tests.benchmarks import callers
from tests.support import parts, provision
from tests.support.asterisk import judge, layout
from tests.support.asterisk.pbx import NoPbxError, Pbx, Variant
from tests.support.asterisk.recorder import Wire, recorded
from tests.support.postgres import open_folder
from tests.support.service import PbxEntry, Service, Settings, serving

SECONDS = min(60.0, float(os.environ.get("LOAD_SECONDS", "30")))
RATE = min(float(os.environ.get("LOAD_RATE", "100")), 6000 / SECONDS)
AT_ONCE = 200
_AMI = ("127.0.0.1", layout.PLAIN_PORT)
_USER = "callcenter"
_LINES = rb"\r\n(?:[^\r\n]+\r\n)*?"
_CALL = re.compile(rb'"call_id":"([^"]+)".*?"arrived_at":"([^"]+)"')
_TOLD = re.compile(
    rb"Event: Newchannel" + _LINES + rb"Timestamp: (\d+\.\d+)" + _LINES + rb"Channel: PJSIP/trunk-"
)


def main() -> None:
    """Both, and what was told of them; left out where there can be no Asterisk or no SIPp."""
    if not parts.sipp():
        provision.install(["sip-tester"])
    if not parts.pbx():
        provision.build_asterisk()
    if not parts.sipp() or not parts.pbx():
        print("\nReal Asterisk under load: left out; it takes root, Asterisk and SIPp (Debian: sip-tester)")
        return
    pbx = Pbx(Variant(besides=callers.SIP))
    try:
        pbx.start()
        with pbx.entered(), _alike(), open_folder() as folder, TemporaryDirectory() as logs:
            asyncio.run(_run(folder, Path(logs)))
    except NoPbxError as reason:
        print(f"\nReal Asterisk under load: left out, {reason}")
    finally:
        pbx.stop()


@contextlib.contextmanager
def _alike() -> Iterator[None]:
    """Whatever is started meanwhile is as urgent as the PBX is: none goes before the others."""
    usual = os.getpriority(os.PRIO_PROCESS, 0)
    os.setpriority(os.PRIO_PROCESS, 0, layout.URGENT)
    try:
        yield
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, usual)


async def _run(folder: Path, logs: Path) -> None:
    entry = PbxEntry(address=_AMI, hotlines=(callers.HOTLINE,), username=_USER, secret=f"{_USER}-secret")
    events = {"Action": "Events", "EventMask": "call,agent,system,dialplan,user"}
    async with (
        serving(folder, Settings(pbxs=(entry,))) as service,
        recorded(_AMI, username=_USER, then=(*filter_actions("11"), events)) as wire,
        callers.phones(logs),
    ):
        watch = Watch(service)
        watching = [asyncio.create_task(watch.stream()), asyncio.create_task(watch.depth())]
        await watch.open.wait()
        began = Spent.by(service)
        steady = await callers.call(logs, round(RATE * SECONDS), RATE)
        spent = Spent.by(service) - began
        print(f"\nReal Asterisk, ring group of three, {RATE:.0f} calls/s: {steady.made:,} calls")
        spent.say(steady.made)
        await _say(watch, wire, steady)
        watch.forget()
        crowd = await callers.call(logs, AT_ONCE, 10 * AT_ONCE)
        print(f"\n{AT_ONCE} calls at once")
        await _say(watch, wire, steady + crowd, since=steady.made)
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)


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
        self._known: set[bytes] = set()

    def forget(self) -> None:
        """A new measurement begins."""
        self.late.clear()
        self.deepest = 0.0

    async def stream(self) -> None:
        """Listens for ever; whoever is cut off comes back."""
        headers = {"Authorization": f"Bearer {await self.service.token()}"}
        limit = aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(headers=headers, timeout=limit) as session:
            address = f"{self.service.url}/api/v1/stream?hotline={callers.HOTLINE}"
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
                self._told(line)

    def _told(self, line: bytes) -> None:
        """One telling of a call, as JSON; to read all of it would keep the others from their work."""
        found = _CALL.search(line)
        if found and found[1] not in self._known:
            self._known.add(found[1])
            self.late.append(time.time() - (judge.epoch(found[2].decode()) or 0.0))

    async def depth(self) -> None:
        """The deepest that the queue of unread reads was, looked at twice a second."""
        while True:
            told = await self.service.text("/metrics")
            found = re.search(r"^callcenter_queue_depth (\S+)", told, re.MULTILINE)
            self.deepest = max(self.deepest, float(found[1]) if found else 0.0)
            await asyncio.sleep(0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """CPU seconds by who spent them, and the time on the wall."""

    at: float = field(default_factory=time.monotonic)
    seconds: dict[str, float]

    @classmethod
    def by(cls, service: Service) -> "Spent":
        """All that were spent until now in this network."""
        seconds = {"the service": service.cpu_seconds(), "this benchmark": time.process_time()}
        for name in ("asterisk", "postgres", "sipp"):
            seconds[name] = sum(_cpu_seconds_of(name))
        return cls(seconds=seconds)

    def __sub__(self, before: "Spent") -> "Spent":
        seconds = {name: spent - before.seconds[name] for name, spent in self.seconds.items()}
        return Spent(at=self.at - before.at, seconds=seconds)

    def say(self, calls: int) -> None:
        """The table's first line."""
        told = ", ".join(f"{name} {spent / self.at:.2f}" for name, spent in self.seconds.items())
        print(f"  cores used over {self.at:4.1f} s              {told}")
        each = self.seconds["the service"] / calls * 1000
        print(f"  the service's CPU                    {each:8.2f} ms a call")


def _cpu_seconds_of(name: str) -> Iterator[float]:
    """Of each process of this network that is called so."""
    here = Path("/proc/self/ns/net").readlink()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "ns" / "net").readlink() == here:
                head, _, rest = (process / "stat").read_text().rpartition(")")
                if head.endswith(f"({name}"):
                    yield sum(map(int, rest.split()[11:13])) / os.sysconf("SC_CLK_TCK")
        except OSError:
            continue  # it ended in this moment


async def _say(watch: Watch, wire: Wire, harvest: callers.Harvest, since: int = 0) -> None:
    calls = await watch.service.settled(harvest.made)
    outcomes = dict(collections.Counter(call["outcome"] for call in calls))
    wrong = dict(_disagreements(harvest, calls))
    log = watch.service.log()
    delays = [truth.late for _, truth in harvest.played[since:]]
    paused, lost = log.count("links_paused"), log.count("link_lost")
    print(f"  calls made, played to the end, told  {harvest.made:,}, {len(harvest.played):,}, {len(calls):,}")
    print(f"  told                                 {outcomes}")
    print(f"  told otherwise than by SIPp          {wrong or 'none'}")
    print(f"  deepest queue of unread reads        {watch.deepest:8.0f}, reading paused {paused} times")
    print(f"  link lost, stream cut off            {lost:8d}, {watch.opened - 1} times")
    print(f"  Asterisk's own delay in signalling   {_spread(delays)}")
    print(f"  arrival to a bare listener           {_spread(_bare(wire))}")
    print(f"  arrival to a screen's stream         {_spread(watch.late)}")
    wire.data.clear()
    wire.reads.clear()


def _disagreements(harvest: callers.Harvest, calls: list[dict[str, Any]]) -> collections.Counter[str]:
    """What is told otherwise than SIPp saw it: by what it is, how often."""
    by_caller = {call["caller"]: call for call in calls}
    wrong: collections.Counter[str] = collections.Counter()
    for scenario, truth in harvest.judged():
        told = by_caller.get(scenario.caller)
        faults = judge.disagreements(scenario, truth, told) if told else [f"{scenario.name}: not told"]
        wrong.update(fault.split(": ")[1] for fault in faults)
    return wrong


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
