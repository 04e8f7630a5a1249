"""The figures a hotline is judged by: one definition for the board, the API, the exports and the tests.

A `Tally` holds sums and nothing else, so tallies add up over intervals, hotlines and machines, and a
percentage is only ever taken of a sum. Durations are summed in whole microseconds. A rate is one division
of two integers, the exact ratio rounded once. A mean is the sum in seconds, divided by the calls: exactly
what PromQL does with a histogram's ``_sum`` and ``_count``, and SQL with
``sum(round(wait_seconds * 1e6)) / 1e6::float8 / count``; so all three give the same digits.

Where the contract's section 4 leaves room, this is how it is read, and why:

- A call that is not a hotline's (internal, outbound, a number nobody configured) is no call here: its
  tally is `EMPTY`.
- An undecided call is ``arrived`` and ``in_progress`` and nothing else, so a running day's rates never
  move because somebody has just begun to wait.
- ``on_time`` in the rate means *known* to be on time. An answered call whose ``on_time`` is null, and a
  lost call, count as late in the rate and open the bounds; so the rate itself is the lower bound.
- Short-abandoned calls leave the denominator, so a day of nothing but short ones has a strict rate
  (0.0) and no three-ring rate (null).
- Service level T takes "within T seconds" as ``wait_seconds <= T``. An answered call whose wait is null
  stays in the denominator and is not within any T: what was not seen is never counted as kept.
- ASA leaves null waits out of numerator and denominator alike.
- AHT is over answered calls that have ended and whose talk and hold are both known. A call that still
  goes on has no handling time yet; wrap-up is 0 as long as no call carries one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import add, attrgetter, sub
from typing import Any, Final

import msgspec

from callcenter.record import Call
from callcenter.record_json import iso
from callcenter.rings import MICROSECONDS
from callcenter.terms import Outcome

WAIT_EDGES: Final = (5, 10, 15, 20, 30, 60, 120)
"""Seconds for which a service level can be told, the ``le`` edges of the wait histogram among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """A rate where some calls could not be judged: all of them late, and all of them on time."""

    low: float
    high: float


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over any set of hotline calls; whole numbers, so adding is exact and order does not matter.

    Each telling of a call is a few of them, so they must be made in no time.
    """

    arrived: int = 0
    """Calls that entered the hotline, decided or not."""
    in_progress: int = 0
    """Calls whose outcome is not decided yet."""
    answered: int = 0
    abandoned: int = 0
    voicemail: int = 0
    no_answer: int = 0
    busy: int = 0
    unreachable: int = 0
    unstaffed: int = 0
    lost: int = 0
    short: int = 0
    """Of the abandoned, those who hung up before the hotline's limit."""
    on_time: int = 0
    """Answered, and known to be within the target rings."""
    on_time_unknown: int = 0
    """Answered, and the ring of the answer could not be told."""
    waits: int = 0
    """Answered calls whose wait is known."""
    wait_us: int = 0
    """Their waits together, microseconds."""
    within_5s: int = 0
    """Answered calls that waited at most 5 s; the others likewise."""
    within_10s: int = 0
    within_15s: int = 0
    within_20s: int = 0
    within_30s: int = 0
    within_60s: int = 0
    within_120s: int = 0
    handled: int = 0
    """Answered calls that have ended and whose talk and hold are known."""
    talk_us: int = 0
    """Talk of the handled calls, microseconds."""
    hold_us: int = 0
    """Hold of the handled calls, microseconds."""

    @classmethod
    def of(cls, call: Call) -> "Tally":
        """The tally of one call as it is told now."""
        if call.hotline is None:
            return EMPTY
        if call.outcome is None:
            return _IN_PROGRESS
        sums = {"arrived": 1, call.outcome.value: 1}
        if call.outcome is Outcome.ABANDONED:
            sums["short"] = int(call.short_abandoned)
        if call.outcome is Outcome.ANSWERED:
            sums |= _verdict(call) | _wait(call) | _handling(call)
        return cls(**sums)

    @classmethod
    def of_all(cls, calls: Iterable[Call]) -> "Tally":
        """The tally of many calls."""
        return sum((cls.of(call) for call in calls), EMPTY)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(**dict(zip(FIELDS, map(add, _values(self), _values(other)), strict=True)))

    def __sub__(self, other: "Tally") -> "Tally":
        return Tally(**dict(zip(FIELDS, map(sub, _values(self), _values(other)), strict=True)))

    @property
    def missed(self) -> int:
        """Decided and not answered."""
        reached_nobody = self.no_answer + self.busy + self.unreachable + self.unstaffed
        return self.abandoned + self.voicemail + reached_nobody + self.lost

    @property
    def offered(self) -> int:
        """Decided calls."""
        return self.answered + self.missed

    @property
    def counted(self) -> int:
        """Decided calls without the short-abandoned: the denominator of most rates."""
        return self.offered - self.short

    @property
    def is_complete(self) -> bool:
        """Whether every call that arrived is in exactly one outcome or still in progress."""
        return self.arrived == self.offered + self.in_progress

    @property
    def three_ring_rate(self) -> float | None:
        """Answered within the target rings, of the offered calls without the short ones; 0…1."""
        return _ratio(self.on_time, self.counted)

    @property
    def strict(self) -> float | None:
        """Answered within the target rings, of all offered calls; 0…1."""
        return _ratio(self.on_time, self.offered)

    @property
    def answer_rate(self) -> float | None:
        """接通率: answered, of the offered calls without the short ones; 0…1."""
        return _ratio(self.answered, self.counted)

    @property
    def abandonment_rate(self) -> float | None:
        """Abandoned but not short, of the offered calls without the short ones; 0…1."""
        return _ratio(self.abandoned - self.short, self.counted)

    @property
    def asa_seconds(self) -> float | None:
        """Average speed of answer: the mean wait of answered calls, seconds."""
        return _mean_seconds(self.wait_us, self.waits)

    @property
    def aht_seconds(self) -> float | None:
        """Average handling time: the mean of talk and hold together, seconds."""
        return _mean_seconds(self.talk_us + self.hold_us, self.handled)

    def service_level(self, seconds: int) -> float | None:
        """Answered within *seconds* of arrival, 0…1. Raises ValueError unless it is one of `WAIT_EDGES`."""
        return _ratio(self.within(seconds), self.counted)

    def within(self, seconds: int) -> int:
        """Answered calls that waited at most *seconds*, one of `WAIT_EDGES` (else ValueError)."""
        if seconds not in WAIT_EDGES:
            raise ValueError(f"waits are counted up to one of {WAIT_EDGES} seconds, not {seconds}")
        return int(getattr(self, f"within_{seconds}s"))

    @property
    def unknown(self) -> int:
        """Calls that our own blindness keeps from being judged: lost, or answered at an unknown ring."""
        return self.lost + self.on_time_unknown

    @property
    def three_ring_bounds(self) -> Bounds | None:
        """`three_ring_rate` with all unknown calls late, and with all of them on time."""
        return _bounds(self.on_time, self.unknown, self.counted)

    @property
    def strict_bounds(self) -> Bounds | None:
        """`strict` with all unknown calls late, and with all of them on time."""
        return _bounds(self.on_time, self.unknown, self.offered)

    @property
    def answer_bounds(self) -> Bounds | None:
        """`answer_rate` with all lost calls missed, and with all of them answered."""
        return _bounds(self.answered, self.lost, self.counted)

    def to_json(self) -> dict[str, Any]:
        """Sums, figures and bounds as JSON; a figure without data is null."""
        return _counts_json(self) | _rates_json(self) | {"bounds": _bounds_json(self)}


FIELDS: Final = Tally.__struct_fields__
"""Names of the sums, in order: what a query has to return to make a `Tally`."""

EMPTY: Final = Tally()
_IN_PROGRESS: Final = Tally(arrived=1, in_progress=1)
_values = attrgetter(*FIELDS)


def interval_json(start: datetime, tally: Tally, gap_seconds: float) -> dict[str, Any]:
    """One interval of the kpi answer. *gap_seconds*: how long of it the PBX could not be heard."""
    return {"start": instant_json(start), **tally.to_json(), "gap_seconds": gap_seconds}


def instant_json(at: datetime) -> str:
    """An aware time as the contract writes it: UTC, ISO 8601 with microseconds."""
    return iso(at.astimezone(UTC))


def microseconds(seconds: float) -> int:
    """Seconds of a call's record as whole microseconds, which they are but for binary fractions."""
    return round(seconds * MICROSECONDS)


def _verdict(call: Call) -> dict[str, int]:
    return {"on_time": int(call.on_time is True), "on_time_unknown": int(call.on_time is None)}


def _wait(call: Call) -> dict[str, int]:
    if call.wait_seconds is None:
        return {}
    wait = microseconds(call.wait_seconds)
    within = {f"within_{edge}s": int(wait <= edge * MICROSECONDS) for edge in WAIT_EDGES}
    return {"waits": 1, "wait_us": wait, **within}


def _handling(call: Call) -> dict[str, int]:
    if call.ended_at is None or call.talk_seconds is None or call.hold_seconds is None:
        return {}
    return {
        "handled": 1,
        "talk_us": microseconds(call.talk_seconds),
        "hold_us": microseconds(call.hold_seconds),
    }


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _mean_seconds(total_us: int, calls: int) -> float | None:
    return total_us / MICROSECONDS / calls if calls else None


def _bounds(known: int, unknown: int, whole: int) -> Bounds | None:
    if not whole:
        return None
    return Bounds(low=known / whole, high=(known + unknown) / whole)


def _counts_json(tally: Tally) -> dict[str, Any]:
    counts = ("arrived", "in_progress", "offered", "short", "on_time", "on_time_unknown")
    return {
        **{name: getattr(tally, name) for name in counts},
        **{outcome.value: getattr(tally, outcome.value) for outcome in Outcome},
        "missed": tally.missed,
        "complete": tally.is_complete,
    }


def _rates_json(tally: Tally) -> dict[str, Any]:
    rates = ("three_ring_rate", "strict", "answer_rate", "abandonment_rate", "asa_seconds", "aht_seconds")
    return {
        **{name: getattr(tally, name) for name in rates},
        "service_levels": {str(edge): tally.service_level(edge) for edge in WAIT_EDGES},
    }


def _bounds_json(tally: Tally) -> dict[str, Any] | None:
    """Null where every call could be judged: then the rates stand for themselves."""
    if not tally.unknown:
        return None
    named = {
        "three_ring_rate": tally.three_ring_bounds,
        "strict": tally.strict_bounds,
        "answer_rate": tally.answer_bounds,
    }
    return {name: {"low": b.low, "high": b.high} if b else None for name, b in named.items()}
