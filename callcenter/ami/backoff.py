"""How long to wait before the next attempt: doubling, spread out by chance, forgiven after a stable time."""

from collections.abc import Callable

from callcenter.ami.settings import Timings


class Backoff:
    """The waits of one link. *chance* gives numbers in [0, 1)."""

    def __init__(self, timings: Timings, chance: Callable[[], float]) -> None:
        self._timings = timings
        self._chance = chance
        self._failures = 0
        self._slow = False

    def after(self, *, lived: float = 0.0, slow: bool = False) -> float:
        """Seconds to wait now that an attempt ended whose link was open for *lived* seconds.

        *slow*: the login was refused. The upper half of each wait is chance, so that many clients
        of one restarted PBX don't come back together.
        """
        if lived >= self._timings.stable or slow is not self._slow:
            self._failures = 0
        self._slow = slow
        first, last = self._bounds(slow=slow)
        whole = min(last, first * 2.0 ** min(self._failures, 30))
        self._failures += 1
        return max(first, whole * (0.5 + 0.5 * self._chance()))

    def _bounds(self, *, slow: bool) -> tuple[float, float]:
        timings = self._timings
        if slow:
            return timings.slow_retry, timings.last_slow_retry
        return timings.first_retry, timings.last_retry
