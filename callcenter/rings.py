"""Cadence to ring count: the only place that counts rings.

A phone rings in a *cadence* ``(on, off, …)``; its sum is the period P. The ring during which
something happens is ``floor(ring_seconds / P) + 1``, so "answered within N rings" is the same as
``ring_seconds < N * P``. Everything is whole microseconds: an answer at exactly N * P is ring N + 1.
"""

from functools import lru_cache
from typing import Final

Cadence = tuple[float, ...]
"""Seconds of tone and silence in turn, e.g. ``(1.0, 4.0)``."""

MICROSECONDS: Final = 1_000_000

PRESETS: Final[dict[str, Cadence]] = {
    "at": (1.0, 5.0),
    "au": (0.4, 0.2, 0.4, 2.0),
    "be": (1.0, 3.0),
    "br": (1.0, 4.0),
    "ch": (1.0, 4.0),
    "cl": (1.0, 3.0),
    "cn": (1.0, 4.0),
    "cz": (1.0, 4.0),
    "de": (1.0, 4.0),
    "dk": (1.0, 4.0),
    "es": (1.5, 3.0),
    "fi": (1.0, 4.0),
    "fr": (1.5, 3.5),
    "gr": (1.0, 4.0),
    "hk": (0.4, 0.2, 0.4, 3.0),
    "hu": (1.25, 3.75),
    "il": (1.0, 3.0),
    "in": (0.4, 0.2, 0.4, 2.0),
    "it": (1.0, 4.0),
    "jp": (1.0, 2.0),
    "mx": (2.0, 4.0),
    "my": (2.0, 4.0),
    "nl": (1.0, 4.0),
    "no": (1.0, 4.0),
    "nz": (0.4, 0.2, 0.4, 2.0),
    "ph": (1.0, 4.0),
    "pl": (1.0, 4.0),
    "pt": (1.0, 5.0),
    "ru": (1.0, 4.0),
    "se": (1.0, 5.0),
    "sg": (0.4, 0.2, 0.4, 2.0),
    "th": (1.0, 4.0),
    "tw": (1.0, 4.0),
    "uk": (0.4, 0.2, 0.4, 2.0),
    "us": (2.0, 4.0),
    "us-old": (2.0, 4.0),
    "ve": (1.0, 4.0),
    "za": (0.4, 0.2, 0.4, 2.0),
}
"""Ringback by country, after ``ring`` in Asterisk's ``indications.conf.sample``. The phone's own
bell may differ and the PBX can't hear it, so the cadence is a setting of each hotline."""


@lru_cache(maxsize=256)  # there are as many cadences as hotlines at the most, and each telling counts by one
def period_us(cadence: Cadence) -> int:
    """Length of one ring, tone and silence together, in microseconds. Raises ValueError unless positive."""
    period = sum(round(part * MICROSECONDS) for part in cadence)
    if period <= 0 or any(part < 0 for part in cadence):
        raise ValueError(f"a cadence is seconds of tone and silence, not {list(cadence)}")
    return period


def ring_count(ring_us: int, cadence: Cadence) -> int:
    """The ring (1, 2, 3 …) that was sounding *ring_us* microseconds after the phone began to ring."""
    return max(ring_us, 0) // period_us(cadence) + 1


def within(ring_us: int, target_rings: int, cadence: Cadence) -> bool:
    """Whether an answer after *ring_us* microseconds came within *target_rings* rings."""
    return ring_count(ring_us, cadence) <= target_rings
