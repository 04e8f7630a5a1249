"""What a call in progress costs, and whether anything grows with the calls that are over."""

from callcenter.ami.events import RING
from tests.benchmarks.measure import traced
from tests.support.script import Pbx

IN_PROGRESS = 2_000
OVER = 20_000


def main() -> None:
    """Callers who ring three phones each; then many calls one after the other."""
    print("\nMemory of the tracker")
    pbx = Pbx()
    before = traced()
    for number in range(IN_PROGRESS):
        _ringing(pbx, number)
    each = (traced() - before) / IN_PROGRESS
    print(f"  a call in progress, three phones ringing    {each / 1024:8.2f} KiB")
    kept = len(pbx.tracker.checkpoint()) / IN_PROGRESS
    print(f"  its part of a checkpoint                    {kept / 1024:8.2f} KiB")
    first = _after(OVER // 10)
    print(f"  what {OVER // 10:,} calls leave behind              {first / 1024:8.1f} KiB")
    print(f"  what {OVER:,} calls leave behind             {_after(OVER) / 1024:8.1f} KiB")


def _ringing(pbx: Pbx, number: int) -> tuple[str, list[str]]:
    caller = pbx.at(number / 100).caller(state=RING)
    legs = [pbx.dial(caller, f"PJSIP/100{phone}") for phone in (1, 2, 3)]
    for leg in legs:
        pbx.ring(caller, leg)
    pbx.facts.clear()
    pbx.forget_names()
    return caller, legs


def _after(calls: int) -> float:
    pbx = Pbx()
    before = traced()
    for number in range(calls):
        caller = pbx.at(number).caller()
        leg = pbx.dial(caller)
        pbx.ring(caller, leg)
        pbx.ring_off(caller, leg)
        pbx.facts.clear()
        pbx.forget_names()
    return traced() - before
