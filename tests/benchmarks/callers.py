"""Callers by the hundred, played by SIPp (a C program), and what came of each by its own log.

What a caller does, and which of the group's three phones picks up for him, is told by the last digit of his
number: see ``sip/caller.xml`` and ``sip/phone.xml``. Both run in the network of whoever starts them. The log
is as sharp a judge as the tests' own phones are: it becomes the same words, see ``judge``.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tests.support.asterisk.judge import Scenario
from tests.support.asterisk.plans import Leg, Truth

SIP: Final = Path(__file__).parent / "sip"
"""The two scenarios, and what the PBX must know of them (``Variant.besides``)."""
HOTLINE: Final = "4080"
LONGEST: Final = 120
"""Seconds after which SIPp stops, whatever happens."""
_PBX, _HERE, _CALLERS_PORT, _PHONES_PORT = "127.0.0.1:5060", "127.0.0.1", "5191", "5192"
_NUMBERS = itertools.count(8613700100000)

Played = list[tuple[Scenario, Truth]]
_Line = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """What SIPp says of a load."""

    made: int
    """Calls that were begun."""
    played: Played
    """Those that both sides played to their end; ``late`` is how long the PBX took over what they did."""

    def __add__(self, more: Harvest) -> Harvest:
        return Harvest(made=self.made + more.made, played=self.played + more.played)

    def judged(self) -> Played:
        """The same, each with how late the PBX was at most with any call of the same seconds: what it was
        late with in one call may show in another alone."""
        worst: dict[int, float] = defaultdict(float)
        for _, truth in self.played:
            for second in _seconds(truth):
                worst[second] = max(worst[second], truth.late)
        return [
            (scenario, replace(truth, late=max(worst[second] for second in _seconds(truth))))
            for scenario, truth in self.played
        ]


@contextlib.asynccontextmanager
async def phones(folder: Path) -> AsyncIterator[None]:
    """The three phones, for as long as the block runs. They log in *folder*."""
    process = await _sipp(folder, "phone", "-p", _PHONES_PORT)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def call(folder: Path, many: int, rate: float) -> Harvest:
    """*many* callers, *rate* a second, to the end of the last call; `phones` are there, with the same
    *folder*."""
    numbers = [str(next(_NUMBERS)) for _ in range(many)]
    (folder / "callers.csv").write_text("SEQUENTIAL\n" + "".join(f"{number};\n" for number in numbers))
    callers = await _sipp(
        folder, "caller", "-p", _CALLERS_PORT, "-s", HOTLINE, "-inf", str(folder / "callers.csv"),
        "-m", str(many), "-r", str(round(rate)), "-l", str(many), "-timeout", f"{LONGEST}s", _PBX,
    )  # fmt: skip
    await callers.wait()
    return Harvest(made=many, played=await _all_played(folder, numbers))


async def _sipp(folder: Path, scenario: str, *options: str) -> asyncio.subprocess.Process:
    (folder / f"{scenario}.log").unlink(missing_ok=True)
    with (folder / f"{scenario}.out").open("wb") as out:
        return await asyncio.create_subprocess_exec(
            "sipp", "-sf", str(SIP / f"{scenario}.xml"), "-i", _HERE, *options, "-nostdin",
            "-recv_timeout", "30000", "-trace_logs", "-log_file", str(folder / f"{scenario}.log"),
            "-trace_err", "-error_file", str(folder / f"{scenario}.err"),
            cwd=folder, stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=out,
        )  # fmt: skip


async def _all_played(folder: Path, numbers: Sequence[str]) -> Played:
    """The phones' last lines may come after the callers' end: they have some seconds for them."""
    for _ in range(20):
        played = list(_played(folder, numbers))
        if len(played) == len(numbers):
            break
        await asyncio.sleep(0.2)
    return played


def _played(folder: Path, numbers: Sequence[str]) -> Iterator[tuple[Scenario, Truth]]:
    wanted = set(numbers)
    legs: dict[str, list[Leg]] = defaultdict(list)
    for line in _lines(folder / "phone.log"):
        legs[line["for"]].append(_leg(line))
    for line in _lines(folder / "caller.log"):
        number = line["caller"]
        if number in wanted and len(legs[number]) == 3:
            truth = _truth(line, legs[number])
            yield _scenario(truth), truth


def _seconds(truth: Truth) -> range:
    return range(int(truth.t_invite), int(truth.t_end or truth.t_invite) + 1)


def _lines(log: Path) -> Iterator[_Line]:
    for line in log.read_text().splitlines():
        yield dict(word.partition("=")[::2] for word in line.split() if "=" in word)


def _scenario(truth: Truth) -> Scenario:
    """What came of the call by the SIP side. A caller who was slow to be served may meet another end than
    his number says."""
    outcome = {200: "answered", 487: "abandoned"}.get(truth.final or 0, "no_answer")
    gave_up = {leg.phone: "caller_gave_up" for leg in truth.legs} if outcome == "abandoned" else {}
    return Scenario(name=outcome, dials=HOTLINE, caller=truth.caller, outcome=outcome, attempts=gave_up)


def _leg(line: _Line) -> Leg:
    up = _at(line.get("up"))
    return Leg(
        phone=line["phone"], t_invite=_at(line["invite"]) or 0.0, t_ring=_at(line["ring"]), ring_code=180,
        t_answer=up, t_end=_at(line["end"]), outcome="cancelled" if up is None else "answered",
        elsewhere=bool(line.get("elsewhere")), hung_up_here=bool(line.get("hung_up_here")),
    )  # fmt: skip


def _truth(line: _Line, legs: list[Leg]) -> Truth:
    truth = Truth(
        caller=line["caller"], dials=HOTLINE, origin="trunk", t_invite=_at(line["invite"]) or 0.0,
        t_connected=_at(line.get("up")), t_end=_at(line["end"]), ended_by=line["by"],
        final=int(line["final"]), legs=legs,
    )  # fmt: skip
    tried = min(leg.t_invite for leg in legs)
    for leg in legs:
        leg.t_invite = tried  # a group's phones are tried at once, however late the last one hears of it
    truth.late = sum(_lateness(truth, _at(line["rung"])))
    return truth


def _lateness(truth: Truth, rung: float | None) -> Iterator[float]:
    """How long the PBX took to pass on what one side did: the call, the ring, the answer, the end."""
    yield truth.legs[0].t_invite - truth.t_invite
    if rung is not None and truth.t_first_ring is not None:
        yield rung - truth.t_first_ring
    taken = truth.answering
    if taken and taken.t_answer and truth.t_connected:
        yield truth.t_connected - taken.t_answer
    if truth.ended_by != "pbx" and truth.t_end:
        stopped = (taken.t_answer if taken and leg is not taken else truth.t_end for leg in truth.legs)
        ends = zip(truth.legs, stopped, strict=True)
        yield max(abs(leg.t_end - why) for leg, why in ends if leg.t_end and why)


def _at(text: str | None) -> float | None:
    """``seconds+microseconds`` as seconds since the epoch; None where SIPp wrote nothing."""
    seconds, _, rest = (text or "+").partition("+")
    return float(seconds) + float(rest) / 1e6 if seconds else None
