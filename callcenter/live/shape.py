"""The live picture as JSON (contract, section 7). Nothing in it tells who a caller is."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from callcenter.kpi import Tally, instant_json, interval_json
from callcenter.live.day import QUARTER, Day
from callcenter.live.lane import Lane, Ledger, Miss, is_waiting, ring_seconds, rings_now, standing_state
from callcenter.live.link import Link
from callcenter.record import Call
from callcenter.sites import Hotline

USUAL_RINGS: Final = (1, 2, 3, 4)
"""Rings that the histogram names even where nobody was answered in them."""

_TREND: Final = ("arrived", "in_progress", "offered", "short", "on_time", "answered", "missed",
                 "three_ring_rate", "strict")  # fmt: skip


def live_json(lane: Lane, link: Link, duty: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Everything a wallboard shows of one hotline at *at*."""
    hotline, ledger, standing = lane.hotline, lane.ledger(at), lane.standing(at)
    blind = link.blind(ledger.day, at)
    today = today_json(hotline, ledger, sum(blind.values()))
    return {
        "hotline": hotline.number,
        "name": hotline.name,
        "time_zone": hotline.time_zone,
        "target_rings": hotline.target_rings,
        "cadence": list(hotline.cadence),
        "at": instant_json(at),
        "day": {"start": instant_json(ledger.day.start), "end": instant_json(ledger.day.end)},
        "link": link.to_json(),
        "in_progress": [waiting_json(call, hotline, at) for call in lane.in_progress()],
        "waiting": standing.unanswered,
        "longest_wait_seconds": standing.longest_wait_seconds,
        "talking": standing.talking,
        **duty,
        "today": today,
        "bounds": today["bounds"],
        "histogram": histogram_json(ledger),
        "histogram_unknown": ledger.total.answered - sum(ledger.rings.values()),
        "missed": [missed_json(miss) for miss in lane.last_missed(ledger.day)],
        "trend": trend_json(ledger, blind),
    }


def waiting_json(call: Call, hotline: Hotline, at: datetime) -> dict[str, Any]:
    """One undecided call. ``ring_seconds`` and ``rings`` are null once voicemail has the caller."""
    waits = is_waiting(call)
    return {
        "call_id": call.call_id,
        "state": standing_state(call).value,
        "arrived_at": instant_json(call.arrived_at),
        "first_ring_at": call.first_ring_at and instant_json(call.first_ring_at),
        "waiting_since": call.waiting_since and instant_json(call.waiting_since),
        "ringing": list(call.ringing),
        "queue": call.queue,
        "ring_seconds": ring_seconds(call, at) if waits else None,
        "rings": rings_now(call, hotline, at) if waits else None,
        "target_rings": call.target_rings or hotline.target_rings,
        "cadence": list(call.cadence or hotline.cadence),
    }


def today_json(hotline: Hotline, ledger: Ledger, gap_seconds: float) -> dict[str, Any]:
    """The day's figures, readable both as the one interval they are and as a kpi answer around it."""
    day = ledger.day
    interval = interval_json(day.start, ledger.total, gap_seconds)
    return {
        "hotline": hotline.number,
        "from": instant_json(day.start),
        "to": instant_json(day.end),
        "step": (day.end - day.start) // timedelta(seconds=1),
        "intervals": [interval],
        **interval,
    }


def histogram_json(ledger: Ledger) -> dict[str, int]:
    """Answered calls by the ring the caller heard."""
    rings = sorted({*USUAL_RINGS, *(ring for ring, calls in ledger.rings.items() if calls)})
    return {str(ring): ledger.rings[ring] for ring in rings}


def missed_json(miss: Miss) -> dict[str, Any]:
    """One missed call: when it was decided, how, and in which ring."""
    return {"at": instant_json(miss.at), "outcome": miss.outcome.value, "caller_rings": miss.caller_rings}


def trend_json(ledger: Ledger, blind: dict[int, float]) -> list[dict[str, Any]]:
    """The day's quarters of an hour that had calls or gaps, in order; the others had nothing to tell."""
    called = {quarter for quarter, tally in ledger.quarters.items() if tally.arrived}
    return [
        quarter_json(ledger.day, quarter, ledger.quarters.get(quarter, Tally()), blind.get(quarter, 0.0))
        for quarter in sorted(called | blind.keys())
    ]


def quarter_json(day: Day, quarter: int, tally: Tally, gap_seconds: float) -> dict[str, Any]:
    """One quarter of an hour of the trend; its last one may be cut by the day's end."""
    figures = {name: getattr(tally, name) for name in _TREND}
    start = day.quarter_start(quarter)
    return {"start": instant_json(start), **figures, "gap_seconds": min(gap_seconds, QUARTER.total_seconds())}
