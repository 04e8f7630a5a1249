"""When silence is a question and when it is an answer: noticing a half-open link, without a clock.

A TCP connection whose other end is gone (cable, firewall, frozen host) looks like one on which
nothing happens. After ``ping_after`` seconds without a byte we ask; a link that leaves the question
open for the rest of ``lost_after`` is lost. Any byte is an answer. Time counts only from the question
on, so that a process that was itself stopped for a while does not blame the link.
"""

from enum import Enum, auto

from callcenter.ami.settings import Timings


class Step(Enum):
    """What the caller should do."""

    WAIT = auto()
    PING = auto()
    LOST = auto()


class Watchdog:
    """Judges one link. All times are seconds of one monotonic clock."""

    def __init__(self, timings: Timings) -> None:
        self._ping_after = timings.ping_after
        self._patience = timings.lost_after - timings.ping_after
        self._asked: float | None = None

    def step(self, *, now: float, heard: float) -> tuple[Step, float]:
        """What to do at *now* when the last byte came at *heard*, and in how many seconds to ask again."""
        if self._asked is not None and heard >= self._asked:
            self._asked = None
        if self._asked is not None:
            left = self._asked + self._patience - now
            return (Step.WAIT, left) if left > 0 else (Step.LOST, 0.0)
        left = heard + self._ping_after - now
        if left > 0:
            return Step.WAIT, left
        self._asked = now
        return Step.PING, self._patience
