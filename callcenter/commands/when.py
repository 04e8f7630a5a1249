"""Days and moments as an operator writes them, by the clock of a hotline."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from callcenter.commands.common import Failure
from callcenter.roster.localtime import DAY_MINUTES, instant

_LOCAL: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d{1,2}):(\d\d)(?::(\d\d(?:\.\d{1,6})?))?)?")


def now() -> datetime:
    """The clock."""
    return datetime.now(UTC)  # noqa: TID251 - a command is a composition root


def moment(text: str, zone: ZoneInfo, at_once: datetime, option: str = "--at") -> datetime:
    """``now``, which is *at_once*; ISO 8601 with an offset; or without one by the clock of *zone*: a time
    that occurs twice is its first occurrence, one that does not exist the instant at which the clock jumps.
    Raises Failure."""
    if text.strip().lower() == "now":
        return at_once
    found = _LOCAL.fullmatch(text.strip())
    try:
        if found is None:
            return _with_offset(text)
        return _local(found, zone)
    except (ValueError, OverflowError):
        forms = f"2026-12-01T08:00 (the clock of {zone.key}), 2026-12-01T08:00+08:00, or now"
        raise Failure(f"{option} must be a time such as {forms}; not {text[:40]}", status=2) from None


def _with_offset(text: str) -> datetime:
    at = datetime.fromisoformat(text.strip())
    if at.tzinfo is None:
        raise ValueError(text)
    return at.astimezone(UTC)


def _local(found: re.Match[str], zone: ZoneInfo) -> datetime:
    day, minutes = date.fromisoformat(found[1]), int(found[2] or 0) * 60 + int(found[3] or 0)
    if int(found[3] or 0) > 59 or minutes > DAY_MINUTES or float(found[4] or 0) >= 60:
        raise ValueError(found[0])
    at, seconds = instant(day, minutes, zone), float(found[4] or 0)
    local = at.astimezone(zone)
    jumped = (local.hour * 60 + local.minute) % DAY_MINUTES != minutes % DAY_MINUTES
    return at if jumped else at + timedelta(seconds=seconds)


def a_day(text: str, option: str) -> date:
    """A date. Raises Failure."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Failure(f"{option} must be a day such as 2026-12-01, not {text[:40]}", status=2) from None
