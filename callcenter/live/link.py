"""Whether a PBX can be heard, and when it could not: the board's word on its own blindness."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from callcenter.facts import LinkDown, LinkUp
from callcenter.kpi import instant_json
from callcenter.live.day import Day

NEVER_HEARD: Final = "not connected yet"
_REMEMBERED: Final = 64

Span = tuple[datetime, datetime]


@dataclass(slots=True, kw_only=True)
class Link:
    """The link to one PBX. Gaps are a union of spans, so one told twice is still one."""

    up: bool = False
    since: datetime | None = None
    """When it went up or down; None before the first word of it."""
    why: str | None = NEVER_HEARD
    """One sentence for an operator while it is down."""
    last_event_at: datetime | None = None
    _gaps: tuple[Span, ...] = ()
    _seen: deque[LinkDown | LinkUp] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))

    def apply(self, fact: LinkDown | LinkUp) -> bool:
        """Take in one fact; whether it was news."""
        if fact in self._seen:
            return False
        self._seen.append(fact)
        if isinstance(fact, LinkUp):
            self._came_up(fact)
        elif self.up or self.since is None:
            self.up, self.since = False, fact.at
        if isinstance(fact, LinkDown):
            self.why = fact.reason
        return True

    def heard(self, at: datetime) -> None:
        """Something was heard at *at*."""
        if self.last_event_at is None or at > self.last_event_at:
            self.last_event_at = at

    def add_gap(self, began_at: datetime, ended_at: datetime) -> None:
        """Nothing could be heard from *began_at* to *ended_at*."""
        self._gaps = _union(self._gaps, (began_at, ended_at))

    def forget(self, before: datetime) -> None:
        """Drop gaps that ended before *before*."""
        self._gaps = tuple(gap for gap in self._gaps if gap[1] >= before)

    def blind(self, day: Day, at: datetime) -> dict[int, float]:
        """Seconds of gap by quarter of *day*, up to *at* where the link is down."""
        quarters: dict[int, float] = {}
        for began, ended in self._spans(at):
            start, end = max(began, day.start), min(ended, day.end)
            while start < end:
                quarter = day.quarter(start)
                cut = min(end, day.quarter_start(quarter + 1))
                quarters[quarter] = quarters.get(quarter, 0.0) + (cut - start) / timedelta(seconds=1)
                start = cut
        return quarters

    def to_json(self) -> dict[str, Any]:
        """The link as the live picture shows it."""
        return {
            "up": self.up,
            "since": self.since and instant_json(self.since),
            "last_event_at": self.last_event_at and instant_json(self.last_event_at),
            "why": self.why,
        }

    def _came_up(self, fact: LinkUp) -> None:
        began = fact.gap_began_at or (None if self.up else self.since)
        if began is not None:
            self.add_gap(began, fact.at)
        if not self.up:
            self.up, self.since, self.why = True, fact.at, None

    def _spans(self, at: datetime) -> tuple[Span, ...]:
        if self.up or self.since is None:
            return self._gaps
        return _union(self._gaps, (self.since, at))


def _union(spans: tuple[Span, ...], new: Span) -> tuple[Span, ...]:
    """*spans*, which don't touch one another, and *new*, joined with those that it touches."""
    if new[0] >= new[1]:
        return spans
    touched = [span for span in spans if span[0] <= new[1] and new[0] <= span[1]]
    apart = tuple(span for span in spans if span not in touched)
    began, ended = zip(new, *touched, strict=True)
    return (*apart, (min(began), max(ended)))
