"""Local days and their quarters of an hour, as instants. The calendar's oddities end here."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

QUARTER: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One local day, ``start <= at < end``; 23 to 25 hours long where clocks are changed."""

    start: datetime
    end: datetime

    def __contains__(self, at: datetime) -> bool:
        return self.start <= at < self.end

    def quarter(self, at: datetime) -> int:
        """Which quarter of an hour of this day *at* is in, from 0."""
        return (at - self.start) // QUARTER

    def quarter_start(self, quarter: int) -> datetime:
        """When that quarter of an hour began, UTC."""
        return self.start + quarter * QUARTER


def day_of(at: datetime, zone: ZoneInfo) -> Day:
    """The local day that *at* is in.

    Where clocks are put back over midnight the new day stays begun: days follow one another without overlap.
    """
    today = at.astimezone(zone).date()
    tomorrow = midnight(today + timedelta(days=1), zone)
    if at >= tomorrow:
        return Day(start=tomorrow, end=midnight(today + timedelta(days=2), zone))
    return Day(start=midnight(today, zone), end=tomorrow)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When *day* begins, UTC: its first 00:00, or where the clock skips that, the instant of the jump."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
