"""``/api/v1/hotlines``: what is configured, what is happening now, and the figures of any time."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from aiohttp import web

from callcenter.kpi import instant_json, interval_json
from callcenter.sites import Hotline
from callcenter.web import params
from callcenter.web.api.answers import answer
from callcenter.web.auth import PRINCIPAL, SCREENS, SUPERVISION, permit_hotline
from callcenter.web.endpoints import Endpoint
from callcenter.web.keys import PARTS
from callcenter.web.problems import Problem
from callcenter.web.sight import live_json

MAX_INTERVALS: Final = 2000
FROM: Final = params.instant(
    "from", "Start of the first interval. Default: the start of today at the hotline."
)
TO: Final = params.instant("to", "End of the last interval, which may be cut short by it. Default: now.")
STEP: Final = params.duration("step", "Length of an interval: seconds, or `15m`, `1h`, `1d`. Default: 15m.")
_NUMBER_DOC: Final = {"n": "The hotline's configured number, verbatim and URL-encoded (`_400X`, `+8610…`)."}

Gap = tuple[datetime, datetime | None]


def hotline_json(hotline: Hotline) -> dict[str, Any]:
    """What is configured of a hotline."""
    return {
        "hotline": hotline.number,
        "name": hotline.name,
        "pbx": hotline.pbx,
        "time_zone": hotline.time_zone,
        "cadence": list(hotline.cadence),
        "target_rings": hotline.target_rings,
        "short_abandon_seconds": hotline.short_abandon_seconds,
    }


def asked_hotline(request: web.Request) -> Hotline:
    """The hotline of the path. Raises Problem 404, or 403 if the key is another one's."""
    hotline = request.app[PARTS].hotline(request.match_info["n"])
    if hotline is None:
        raise Problem.not_found("there is no such hotline")
    permit_hotline(request[PRINCIPAL], hotline.number)
    return hotline


async def list_hotlines(request: web.Request) -> web.Response:
    """The hotlines that the asker may see."""
    limit = request[PRINCIPAL].hotline
    seen = [hotline for hotline in request.app[PARTS].hotlines if limit in (None, hotline.number)]
    return answer({"items": [hotline_json(hotline) for hotline in seen]})


async def live(request: web.Request) -> web.Response:
    """One hotline now."""
    hotline = asked_hotline(request)
    return answer(live_json(request.app[PARTS], hotline, request[PRINCIPAL].sight))


async def kpi(request: web.Request) -> web.Response:
    """One hotline's figures by interval."""
    hotline, parts = asked_hotline(request), request.app[PARTS]
    now = parts.now_at(hotline)
    start = FROM.read(request) or start_of_day(now, hotline.time_zone)
    end = TO.read(request) or max(now, start + timedelta(microseconds=1))
    step = STEP.read(request) or timedelta(minutes=15)
    _check_span(start, end, step)
    tallies = await parts.kpi.tallies(hotline.number, start, end, step)
    gaps = await parts.kpi.gaps(hotline.pbx, start, end)
    cuts = pairwise([*(at for at, _ in tallies), end])
    intervals = [
        interval_json(at, tally, gap_seconds(gaps, at, until, now))
        for (at, until), (_, tally) in zip(cuts, tallies, strict=True)
    ]
    return answer(
        {
            "hotline": hotline.number, "from": instant_json(start), "to": instant_json(end),
            "step": step.total_seconds(), "intervals": intervals,
        }
    )  # fmt: skip


async def unconfigured(request: web.Request) -> web.Response:
    """Numbers that callers dialled and nobody configured."""
    found = await request.app[PARTS].kpi.unconfigured()
    items = [
        {
            "number": item.number, "pbx": item.pbx, "calls": item.calls,
            "first_at": instant_json(item.first_at), "last_at": instant_json(item.last_at),
        }
        for item in found
    ]  # fmt: skip
    return answer({"items": items})


def start_of_day(now: datetime, zone: str) -> datetime:
    """Midnight of the local day, in UTC."""
    local = now.astimezone(ZoneInfo(zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)


def gap_seconds(gaps: Sequence[Gap], start: datetime, end: datetime, now: datetime) -> float:
    """Seconds of *start* … *end* that the PBX could not be heard. A gap that goes on lasts until *now*."""
    clipped = ((max(begin, start), min(until or now, end)) for begin, until in gaps)
    return sum(max(timedelta(), until - begin).total_seconds() for begin, until in clipped)


def _check_span(start: datetime, end: datetime, step: timedelta) -> None:
    if start >= end:
        raise Problem.parameter("to", "must be later than from")
    if (end - start) / step > MAX_INTERVALS:
        raise Problem.parameter("step", f"cuts this time into more than {MAX_INTERVALS} intervals")


ENDPOINTS: Final = (
    Endpoint(
        path="/api/v1/hotlines", name="listHotlines", handler=list_hotlines, roles=SCREENS, answer="Hotlines",
        summary="The configured hotlines",
    ),
    Endpoint(
        path="/api/v1/hotlines/{n}/live", name="readLive", handler=live, roles=SCREENS, answer="Live",
        summary="What is happening at a hotline now, and today's figures", path_docs=_NUMBER_DOC,
        faults=(404,),
    ),
    Endpoint(
        path="/api/v1/hotlines/{n}/kpi", name="readKpi", handler=kpi, roles=SCREENS, answer="KpiAnswer",
        summary="A hotline's figures by interval", path_docs=_NUMBER_DOC, query=(FROM, TO, STEP),
        doc="A call counts in the interval of its arrival. Intervals are counted from `from`.",
        faults=(404, 503),
    ),
    Endpoint(
        path="/api/v1/unconfigured", name="listUnconfigured", handler=unconfigured, roles=SUPERVISION,
        answer="Unconfigured", summary="Numbers that callers dialled and no hotline is configured for",
        faults=(503,),
    ),
)  # fmt: skip
