"""Which stretch of time, which hotline and whose: what many addresses of the roster ask for alike."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from aiohttp import web

from callcenter.sites import Hotline
from callcenter.terms import AgentId, HotlineNumber
from callcenter.web import params
from callcenter.web.acts import person_of
from callcenter.web.api.hotlines import start_of_day
from callcenter.web.auth import PRINCIPAL, SUPERVISION
from callcenter.web.bodies import field_fault
from callcenter.web.keys import PARTS
from callcenter.web.problems import Problem

HOTLINE: Final = params.text("hotline", "Only this hotline, by its configured number.")
PERSON: Final = params.text("person", "Only this person, by id. Agents see what concerns themselves.")
FROM: Final = params.instant("from", "From this time on. Default: the start of today.")
TO: Final = params.instant("to", "Until before this time.")
LONGEST: Final = timedelta(days=400)
_USUAL_ZONE: Final = "Asia/Shanghai"


def asked_number(request: web.Request) -> HotlineNumber | None:
    """The number in ``hotline``, if one is asked for. Raises Problem 400 for one that is none."""
    number = HOTLINE.read(request)
    if number is None:
        return None
    return named_hotline(request, number).number


def needed_hotline(request: web.Request) -> Hotline:
    """The hotline in ``hotline``; where only one is configured it may be left out. Raises Problem 400."""
    number, hotlines = HOTLINE.read(request), request.app[PARTS].hotlines
    if number is None and len(hotlines) == 1:
        return hotlines[0]
    if number is None:
        raise Problem.parameter("hotline", "is needed here: there are several")
    return named_hotline(request, number)


def named_hotline(request: web.Request, number: str) -> Hotline:
    """The hotline of that number. Raises Problem 400 that names the parameter."""
    hotline = request.app[PARTS].hotline(number)
    if hotline is None:
        raise Problem.parameter("hotline", "there is no such hotline")
    return hotline


def given_hotline(request: web.Request, number: str) -> HotlineNumber:
    """The number in a body's ``hotline``. Raises Problem 422."""
    hotline = request.app[PARTS].hotline(number)
    if hotline is None:
        raise field_fault("hotline", "there is no such hotline")
    return hotline.number


def asked_span(request: web.Request, usual: timedelta) -> tuple[datetime, datetime]:
    """``from`` … ``to``; without them today and what follows, *usual* together. Raises Problem 400."""
    parts = request.app[PARTS]
    number = HOTLINE.read(request)
    hotline = parts.hotline(number) if number else next(iter(parts.hotlines), None)
    zone = hotline.time_zone if hotline else _USUAL_ZONE
    start = FROM.read(request) or start_of_day(parts.now(), zone)
    end = TO.read(request) or start + usual
    if start >= end:
        raise Problem.parameter("to", "must be later than from")
    if end - start > LONGEST:
        raise Problem.parameter("to", f"must be at most {LONGEST.days} days after from")
    return start, end


def own_or_asked(request: web.Request) -> AgentId | None:
    """Whose is asked for: any or all by supervisors, their own by agents. Raises Problem 403."""
    asked = PERSON.read(request)
    if request[PRINCIPAL].role in SUPERVISION:
        return AgentId(asked) if asked else None
    own = person_of(request)
    if asked not in (None, own):
        raise Problem(HTTPStatus.FORBIDDEN, "only supervisors see this of other people")
    return own
