"""Times as records have them: with a zone, without one, or as seconds.

A channel's id holds the second of its creation, whatever zone the PBX or its database writes in. So the
zone is read off the records themselves: what the first row of a channel says and what its id says differ
by whole quarters of an hour, and that is how far the zone is off.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any, Final

from callcenter.terms import Instant, Uniqueid
from callcenter.tracking.channels import creation_of

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_LAST: Final = 1 << 53
"""The year 2255; later ones are somebody's zeros too many."""
_QUARTER_US: Final = 900_000_000
_NEAR_US: Final = 60_000_000
"""How far the two may be from a whole quarter: a row is written a moment after its channel is made."""


def instant_of(value: Any) -> Instant | None:
    """*value* as an instant, taken as UTC where it has no zone; None where it is none that can be."""
    at = _read(value)
    return at if at is not None and 0 < at < _LAST else None


def _read(value: Any) -> Instant | None:
    match value:
        case datetime():
            aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
            return Instant((aware - _EPOCH) // _MICROSECOND)
        case bool() | None:
            return None
        case int():
            return Instant(value * 1_000_000)
        case float() if isfinite(value) and abs(value) < _LAST:
            return Instant(round(value * 1_000_000))
        case Decimal() if value.is_finite() and abs(value) < _LAST:
            return Instant(round(value * 1_000_000))
        case str():
            return _of_text(value.strip())
    return None


def _of_text(text: str) -> Instant | None:
    second, _, fraction = text.partition(".")
    if len(second) <= 12 and second.isdecimal() and (fraction.isdecimal() or not fraction):
        return Instant(int(second + fraction[:6].ljust(6, "0")))
    try:
        return _read(datetime.fromisoformat(text))
    except ValueError:
        return None


def shifts_of(starts: Iterable[tuple[Uniqueid, Instant]]) -> tuple[int, ...]:
    """Microseconds to add to the records' times: one number, and more where the clocks were put back or
    forward meanwhile, or PBXs in several zones write; that of most channels first.

    *starts*: channels, and when their first rows say that they began.
    """
    found: Counter[int] = Counter()
    for uniqueid, at in starts:
        created = creation_of(uniqueid)
        if created is None:
            continue
        quarters = round((created - at) / _QUARTER_US) * _QUARTER_US
        if abs(created - at - quarters) <= _NEAR_US:
            found[quarters] += 1
    return tuple(shift for shift, _ in found.most_common()) or (0,)


def set_right(at: Instant, uniqueid: Uniqueid, shifts: tuple[int, ...]) -> Instant:
    """*at* by that of *shifts* which puts it soonest after its channel's creation."""
    created = creation_of(uniqueid) if len(shifts) > 1 else None
    if created is None:
        return Instant(at + shifts[0])
    return Instant(min((at + s for s in shifts if at + s >= created - _NEAR_US), default=at + shifts[0]))
