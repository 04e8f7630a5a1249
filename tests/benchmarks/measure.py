"""Timing that survives a busy machine: CPU seconds, contestants in turns, medians compared."""

import gc
import tracemalloc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from resource import getpagesize
from statistics import median
from time import process_time

ROUNDS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What one contestant did."""

    units: int
    """How many units of work one round was."""
    seconds: tuple[float, ...]
    """Each round."""

    @property
    def rate(self) -> float:
        """Units a second, by the median round."""
        return self.units / median(self.seconds)

    @property
    def spread(self) -> str:
        """The slowest and the fastest round, in units a second."""
        return f"{self.units / max(self.seconds):,.0f} to {self.units / min(self.seconds):,.0f}"


def take_turns(contestants: Mapping[str, Callable[[], int]], rounds: int = ROUNDS) -> dict[str, Timing]:
    """Let each contestant work once before any works again; each returns its units of work."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    units: dict[str, int] = {}
    for _ in range(rounds):
        for name, work in contestants.items():
            gc.collect()
            began = process_time()
            units[name] = work()
            seconds[name].append(process_time() - began)
    return {name: Timing(units=units[name], seconds=tuple(taken)) for name, taken in seconds.items()}


def say(title: str, timings: Mapping[str, Timing], unit: str, yardstick: str) -> None:
    """Print a table, and each ratio to *yardstick*."""
    print(f"\n{title}")
    for name, timing in timings.items():
        ratio = timing.rate / timings[yardstick].rate
        print(f"  {name:<44}{timing.rate:>12,.0f} {unit}/s   x{ratio:5.2f}   ({timing.spread})")


def traced() -> int:
    """Bytes that Python holds now; the first call begins the tracing, which makes everything slower."""
    if not tracemalloc.is_tracing():
        tracemalloc.start()
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def resident() -> int:
    """Bytes of memory that the process has; quicker to ask than :func:`traced`, and less exact."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * getpagesize()
