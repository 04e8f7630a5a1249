"""What a PBX holds, read as its dialplan reads it."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from enum import StrEnum

from callcenter.routing.words import (
    DAY,
    FAMILY,
    MOST_INTERVALS,
    Content,
    Decision,
    Forced,
    Index,
    Interval,
    Mode,
    Why,
    decision,
)
from callcenter.terms import HotlineNumber, RoutingMode

_LAST = 253_402_300_799
"""The last second of the year 9999, after which there are no dates."""


def decide_held(keys: Mapping[str, str], at: int) -> Decision:
    """What the dialplan does with a caller at *at* (Unix seconds), given one hotline's *keys*."""
    forced = forced_at(keys, at)
    if forced is not None and forced.mode is RoutingMode.OPEN:
        return decision(forced.mode, (), forced)
    found = interval_at(keys, at)
    if isinstance(found, Why):
        return Decision(mode=Mode.FALLBACK, why=found)
    return decision(found.mode, found.steps, forced)


def interval_at(keys: Mapping[str, str], at: int) -> Interval | Why:
    """The interval in force, or why there is none."""
    if not keys.get("index"):
        return Why.EXPIRED
    index = Index.read(keys["index"])
    day = at // DAY - index.first if index else -1
    if index is None or day < 0:
        return Why.MALFORMED
    if day >= len(index.ids):
        return Why.EXPIRED
    for number in range(1, MOST_INTERVALS + 1):
        interval = Interval.read(keys.get(f"{index.ids[day]}/{number}"))
        if interval is None:
            return Why.MALFORMED
        if at < interval.until:
            return interval
    return Why.MALFORMED


def held_until(keys: Mapping[str, str]) -> datetime | None:
    """Until when the schedule goes that a PBX holds; None where it holds none."""
    index = Index.read(keys.get("index"))
    return instant(index.until) if index else None


def instant(second: int) -> datetime:
    """A second that a PBX tells, as a date: whatever it is."""
    return datetime.fromtimestamp(min(second, _LAST), UTC)


def strangers(held: Content, own: Collection[HotlineNumber]) -> list[str]:
    """One sentence for each schedule that a PBX holds of a hotline that is not its *own*."""
    others = sorted(number for number, keys in held.items() if "index" in keys and number not in own)
    return [
        f"the PBX holds a schedule of {number}, which is no hotline of it in this configuration: if nobody"
        f' else put it there, delete it with asterisk -rx "database deltree {FAMILY}/{number}"'
        for number in others
    ]


class Newer(StrEnum):
    """Which of two forced modes was set last: the service's, or the one that the PBX holds."""

    NEITHER = "neither"
    """They are the same."""
    OURS = "ours"
    THEIRS = "theirs"
    """Somebody dialled a code."""


def newer(keys: Mapping[str, str], ours: Forced | None, at: int) -> Newer:
    """Compare what the PBX holds in *keys* with *ours* by what both last agreed on (``seen``).

    If the PBX still holds that, ours is the newer one; else a phone has set it, which then wins: whoever
    stood there has seen the hotline as it was. What is over or malformed is in force nowhere.
    """
    theirs, seen = (_in_force(Forced.read(keys.get(key)), at) for key in ("force", "seen"))
    if theirs == _in_force(ours, at):
        return Newer.NEITHER
    return Newer.OURS if theirs == seen else Newer.THEIRS


def forced_at(keys: Mapping[str, str], at: int) -> Forced | None:
    """The forced mode that the PBX holds, while it is in force."""
    forced = Forced.read(keys.get("force"))
    return forced if forced is not None and forced.holds(at) else None


def _in_force(forced: Forced | None, at: int) -> tuple[RoutingMode, int] | None:
    return (forced.mode, forced.until) if forced is not None and forced.holds(at) else None
