"""``/api/v1/routing``: where a caller is sent, and opening or closing a hotline by hand."""

from datetime import UTC
from enum import StrEnum
from typing import Any, Final

from aiohttp import web

from callcenter.kpi import instant_json
from callcenter.terms import RoutingMode
from callcenter.web import params
from callcenter.web.acts import author_of, record_act
from callcenter.web.api.answers import answer
from callcenter.web.api.roster import LIMIT
from callcenter.web.api.spans import HOTLINE, given_hotline, needed_hotline
from callcenter.web.auth import STAFF, SUPERVISION
from callcenter.web.bodies import Body, Given, Moment, Sentence, Word, field_fault
from callcenter.web.desks import Forced
from callcenter.web.endpoints import Endpoint
from callcenter.web.keys import DESKS, PARTS

AT: Final = params.instant("at", "At this instant. Default: now.")


class ModeWord(StrEnum):
    """How a hotline is to be routed."""

    OPEN = "open"
    CLOSED = "closed"
    AUTO = "auto"


class ForceGiven(Given, frozen=True, kw_only=True):
    """A mode by hand."""

    hotline: Word
    mode: ModeWord
    """`auto` gives it back to office hours and roster."""
    until: Moment | None = None
    """None: until the next."""
    reason: Sentence


GIVEN: Final = Body(ForceGiven)


async def show(request: web.Request) -> web.Response:
    """Where a caller is sent."""
    hotline, at = needed_hotline(request), AT.read(request) or request.app[PARTS].now()
    return answer(dict(await request.app[DESKS].routing.show(hotline.number, at)))


async def force(request: web.Request) -> web.Response:
    """Open now, closed now, or as the schedule says again."""
    given = await GIVEN.read(request)
    hotline = given_hotline(request, given.hotline)
    until = given.until.astimezone(UTC) if given.until else None
    if until is not None and given.mode is ModeWord.AUTO:
        raise field_fault("until", "has no place with auto")
    if until is not None and until <= request.app[PARTS].now():
        raise field_fault("until", "is over already")
    mode = None if given.mode is ModeWord.AUTO else RoutingMode(given.mode)
    await record_act(request, f"routing.force.{given.mode}", hotline)
    desk = request.app[DESKS].routing
    forced = await desk.force(hotline, mode, until, author_of(request), given.reason.strip())
    return answer(_forced_json(forced), status=201)


async def history(request: web.Request) -> web.Response:
    """What was set by hand."""
    limit = LIMIT.read(request) or LIMIT.schema["default"]
    found = await request.app[DESKS].routing.history(needed_hotline(request).number, limit)
    return answer({"items": [_forced_json(forced) for forced in found]})


def _forced_json(forced: Forced) -> dict[str, Any]:
    return {
        "hotline": forced.hotline, "mode": forced.mode.value if forced.mode else ModeWord.AUTO.value,
        "until": instant_json(forced.until) if forced.until else None, "author": forced.author,
        "at": instant_json(forced.at), "reason": forced.reason,
    }  # fmt: skip


ENDPOINTS: Final = (
    Endpoint(
        path="/api/v1/routing", name="showRouting", handler=show, roles=STAFF, answer="Routing",
        summary="Where a caller is sent at an instant", query=(HOTLINE, AT), faults=(503,),
    ),
    Endpoint(
        path="/api/v1/routing/force", method="POST", name="forceRouting", handler=force, roles=SUPERVISION,
        body=GIVEN, status=201, answer="Forced", faults=(409, 503),
        summary="Open or close a hotline by hand, or give it back to its schedule",
        doc="Written in the duty log with who and why.",
    ),
    Endpoint(
        path="/api/v1/routing/history", name="listForced", handler=history, roles=STAFF, answer="ForcedList",
        summary="What was set by hand, the newest first", query=(HOTLINE, LIMIT), faults=(503,),
    ),
)  # fmt: skip
