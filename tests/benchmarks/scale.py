"""Does the time per call grow with the calls in progress, does memory with those that are over?

``SCALE_CALLS=1000000 python -m tests.benchmarks scale`` plays a million calls one after the other.
"""

import os
from statistics import median
from time import process_time

from callcenter.ami.events import RING
from tests.benchmarks.measure import resident
from tests.support.script import Pbx

IN_PROGRESS = (100, 1_000, 10_000)
ROUNDS = 7
CALLS = 100
"""In each round, from arrival to hang-up."""
OVER = int(os.environ.get("SCALE_CALLS", "100000"))
"""Calls one after the other, for what they leave behind."""


def main() -> None:
    """The same calls beside few others and beside many; then many calls in turn."""
    print("\nTime for one call, ringing at three phones, beside others in progress")
    first = 0.0
    for others in IN_PROGRESS:
        each = _beside(others)
        first = first or each
        print(f"  {others:>7,} in progress {each * 1e6:>12,.0f} µs a call   x{each / first:5.2f}")
    _left_behind()


def _left_behind() -> None:
    print(f"\nResident memory over {OVER:,} calls, one after the other")
    pbx, before = Pbx(), None
    for part in range(1, 5):
        for number in range(OVER * (part - 1) // 4, OVER * part // 4):
            _call(pbx.at(number))
        now = resident()
        grown = f"   {(now - before) * 4 / OVER:+.1f} bytes a call" if before is not None else ""
        print(f"  by call {OVER * part // 4:>11,} {now / 1024:>12,.0f} KiB{grown}")
        before = now


def _beside(others: int) -> float:
    """Seconds for a call while *others* ring."""
    pbx = Pbx()
    for number in range(others):
        _ringing(pbx.at(number / others))
        pbx.facts.clear()
    pbx.forget_names()
    taken: list[float] = []
    for turn in range(ROUNDS):
        began = process_time()
        for number in range(CALLS):
            _call(pbx.at(10 + turn * CALLS + number))
        taken.append((process_time() - began) / CALLS)
    return median(taken)


def _ringing(pbx: Pbx) -> tuple[str, list[str]]:
    caller = pbx.caller(state=RING)
    legs = [pbx.dial(caller, f"PJSIP/100{phone}") for phone in (1, 2, 3)]
    for leg in legs:
        pbx.ring(caller, leg)
    return caller, legs


def _call(pbx: Pbx) -> None:
    caller, (first, *others) = _ringing(pbx)
    pbx.connect(caller, first)
    for leg in others:
        pbx.refuse(caller, leg, 26, "CANCEL")
    pbx.ask_hangup(caller)
    for channel in (first, caller):
        pbx.leave(channel)
        pbx.hangup(channel)
    pbx.facts.clear()
    pbx.forget_names()
