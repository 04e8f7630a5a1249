"""What is added up between scrapes: whole numbers, so that nothing is lost in rounding."""

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

from callcenter.kpi import EMPTY, WAIT_EDGES, Tally
from callcenter.rings import MICROSECONDS, period_us
from callcenter.sites import Hotline
from callcenter.terms import Instant

RING_EDGES: Final = (1, 2, 3, 4, 5, 6, 8, 10)
TALK_EDGES: Final = tuple(s * MICROSECONDS for s in (15, 30, 60, 120, 180, 300, 600, 1200, 1800, 3600))
"""Three minutes is what a caller's business should take."""
RINGS_WAITED: Final = range(1, 7)
"""A wait is also told in rings of every cadence in use."""
OTHER: Final = "other"


def wait_edges(hotlines: Iterable[Hotline]) -> tuple[int, ...]:
    """Bucket edges of waits, microseconds: usual service levels, and rings of the *hotlines*' cadences.

    All hotlines have all edges, so that their buckets can be added up.
    """
    periods = {period_us(hotline.cadence) for hotline in hotlines}
    rings = {period * ring for period in periods for ring in RINGS_WAITED}
    return tuple(sorted(rings | {edge * MICROSECONDS for edge in WAIT_EDGES}))


class Histogram:
    """Counts of whole numbers by upper edge; *unit* of them make one of what is exported."""

    def __init__(self, edges: Sequence[int], unit: int = 1) -> None:
        self._edges = tuple(edges)
        self._unit = unit
        self._counts = [0] * (len(edges) + 1)
        self._total = 0

    def observe(self, value: int) -> None:
        """Count *value*; one that equals an edge is within it."""
        self._counts[bisect_left(self._edges, value)] += 1
        self._total += value

    @property
    def buckets(self) -> list[tuple[str, float]]:
        """Upper edge and how many were within it, the last one ``+Inf``."""
        names = [*(f"{edge / self._unit:.12g}" for edge in self._edges), "+Inf"]
        return list(zip(names, accumulate(self._counts), strict=True))

    @property
    def total(self) -> float:
        """All that was observed together, in the exported unit, rounded once."""
        return self._total / self._unit


class LineSums:
    """One hotline's sums since the start."""

    def __init__(self, hotline: Hotline, waits: Sequence[int]) -> None:
        self.labels = (hotline.pbx, hotline.number)
        self.number = hotline.number
        self.tally: Tally = EMPTY
        self.rings = Histogram(RING_EDGES)
        self.waits = Histogram(waits, MICROSECONDS)
        self.talk = Histogram(TALK_EDGES, MICROSECONDS)


@dataclass(slots=True, kw_only=True)
class LinkSums:
    """One PBX's link since the start."""

    up: bool = False
    events: int = 0
    last_event: Instant = field(default=Instant(0))
    gap_seconds: float = 0.0


class Labels:
    """The values one label may take: those *known*, and *admitted* others in the order they come."""

    def __init__(self, known: Iterable[str], admitted: int) -> None:
        self.values = list(dict.fromkeys(known))
        self._most = len(self.values) + admitted

    def value(self, word: str | None) -> str:
        """*word*, or ``other`` where it is none or one too many."""
        if word is None:
            return OTHER
        if word not in self.values:
            if len(self.values) >= self._most:
                return OTHER
            self.values.append(word)
        return word


class Once:
    """Tells the first time from any later one, for the last *remembered* keys."""

    def __init__(self, remembered: int) -> None:
        self._keys: OrderedDict[str, None] = OrderedDict()
        self._remembered = remembered

    def is_first(self, key: str) -> bool:
        """Whether *key* has not been asked for before."""
        if key in self._keys:
            return False
        self._keys[key] = None
        if len(self._keys) > self._remembered:
            self._keys.popitem(last=False)
        return True
