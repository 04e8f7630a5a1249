"""How far a PBX's clock is from ours, so that time can go on for its calls while it says nothing.

Every message says when it was written by the PBX's clock and when it arrived by ours. Their
difference is the clocks' distance plus the way here, and the way is never negative: the least
difference of the last minute is the distance, off by a network's latency.
"""

from typing import Final

from callcenter.terms import Instant

WINDOW: Final = 30_000_000
"""Microseconds; the least of this window and the one before counts, so a clock that is set is followed."""


class PbxClock:
    """The clock of one PBX, as it shows in what arrives. *distance* is what an earlier run knew."""

    __slots__ = ("_before", "_began", "_least")

    def __init__(self, distance: int | None = None) -> None:
        self._began: Instant | None = None
        self._least: int | None = None
        self._before = distance

    @property
    def distance(self) -> int | None:
        """Microseconds that the PBX's clock is behind ours; None while nothing was heard."""
        known = [d for d in (self._least, self._before) if d is not None]
        return min(known) if known else None

    def heard(self, at: Instant, arrival: Instant) -> None:
        """A message of *at* by the PBX's clock came at *arrival* by ours."""
        distance = arrival - at
        if self._began is None or arrival - self._began >= WINDOW or arrival < self._began:
            before = self._before if self._began is None else self._least
            self._began, self._before, self._least = arrival, before, distance
        elif self._least is None or distance < self._least:
            self._least = distance

    def now(self, ours: Instant) -> Instant:
        """What the PBX's clock shows when ours shows *ours*; ours, while nothing was heard yet."""
        return Instant(ours - (self.distance or 0))
