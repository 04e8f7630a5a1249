"""The tracker's telling and the slow one, field by field."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from callcenter.ami.events import Event
from callcenter.ami.parse import parse
from callcenter.ami.wire import Framer
from callcenter.record_json import call_to_json
from callcenter.sites import Site
from callcenter.terms import Instant
from tests.support import traces
from tests.support.oracle.telling import calls

TALK_SECONDS = 0.02
"""By how much two readings of how long was talked may differ: which side left the bridge first is open."""

MORE = frozenset({"talks", "seq", "decided_at"})
"""What the tracker tells beyond the contract, and what depends on which of two near events came first."""

Told = list[dict[str, Any]]


def told(wire: bytes, site: Site) -> Told:
    """The calls as the tracker tells them."""
    stream: list[Event] = []
    now = Instant(0)
    for message in Framer().feed(wire):
        event = parse(message, now)
        if isinstance(event, Event):
            now = Instant(max(now, event.at))
            stream.append(event)
    return [call_to_json(call, caller="full") for call in traces.calls(traces.follow(stream, site))]


def disagreements(wire: bytes, site: Site) -> list[str]:
    """Every field of every call in which the two readings of the bytes differ."""
    return differences(calls(wire, site), told(wire, site))


def differences(slow: Told, fast: Told) -> list[str]:
    """In words; only what the slow reading tells is compared."""
    mine, theirs = ({call["call_id"]: call for call in found} for found in (slow, fast))
    found = [f"{call_id}: told by one reading only" for call_id in sorted(mine.keys() ^ theirs.keys())]
    for call_id in sorted(mine.keys() & theirs.keys()):
        for field, value in mine[call_id].items():
            if field not in MORE and not _same(field, value, theirs[call_id][field]):
                found.append(f"{call_id} {field}: {value} slowly, {theirs[call_id][field]} by the tracker")
    return found


def _same(field: str, slow: Any, fast: Any) -> bool:
    if field in ("talk_seconds", "hold_seconds") and slow is not None and fast is not None:
        return bool(abs(slow - fast) < TALK_SECONDS)
    if isinstance(slow, list) and slow and isinstance(slow[0], dict):
        keys = slow[0].keys()
        fast = [{key: part[key] for key in keys} for part in fast]
    if field == "transfers" and len(slow) == len(fast):
        slow = _rounded(slow, fast)
    return bool(slow == fast)


def _rounded(slow: Told, fast: Told) -> Told:
    """The slow transfers, at the fast ones' instants where those are near: several events tell of one."""
    return [
        one | {"at": other["at"]} if _near(one["at"], other["at"]) else one
        for one, other in zip(slow, fast, strict=True)
    ]


def _near(one: str | None, other: str | None) -> bool:
    if one is None or other is None:
        return one == other
    return abs(datetime.fromisoformat(one) - datetime.fromisoformat(other)) < timedelta(seconds=TALK_SECONDS)
