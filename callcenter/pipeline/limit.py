"""A limit on telling the same thing again: a rotten stream must not fill the log or the outbox."""

from collections.abc import Hashable
from typing import Final

MICROSECONDS: Final = 1_000_000


class Limit:
    """At most *many* of a kind in each window of *seconds*."""

    def __init__(self, many: int = 10, seconds: float = 60.0) -> None:
        self._many = many
        self._window = round(seconds * MICROSECONDS)
        self._seen: dict[Hashable, tuple[int, int]] = {}
        """Kind → when its window began (microseconds), how many were seen in it."""

    def admits(self, kind: Hashable, at: int) -> bool:
        """Whether one more of *kind* may be told at *at* (microseconds)."""
        began, seen = self._seen.get(kind, (at, 0))
        if not 0 <= at - began < self._window:
            began, seen = at, 0
        self._seen[kind] = (began, seen + 1)
        return seen < self._many
