"""``/api/v1/calendar``: public holidays, days off and make-up workdays (调休)."""

from datetime import date
from typing import Annotated, Any, Final

import msgspec
from aiohttp import web

from callcenter.roster.calendar import DayKind
from callcenter.web import params
from callcenter.web.acts import author_of, record_act
from callcenter.web.api.answers import answer
from callcenter.web.auth import ADMINISTRATION, STAFF
from callcenter.web.bodies import Body, Given, field_fault
from callcenter.web.desks import CalendarYear
from callcenter.web.endpoints import Endpoint
from callcenter.web.keys import DESKS, PARTS
from callcenter.web.problems import Problem

_EARLIEST, _LATEST = 2000, 2200
YEAR: Final = params.whole(
    "year", "Of that year. Default: this one.", lowest=_EARLIEST, highest=_LATEST, default=2026
)


class DayGiven(Given, frozen=True, kw_only=True):
    """A day that is not what its day of the week says."""

    date: date
    kind: DayKind


class CalendarGiven(Given, frozen=True, kw_only=True):
    """The announced calendar of a year."""

    days: Annotated[list[DayGiven], msgspec.Meta(min_length=1, max_length=366)]


GIVEN: Final = Body(CalendarGiven)


async def read_year(request: web.Request) -> web.Response:
    """A year's days."""
    year = YEAR.read(request) or request.app[PARTS].now().year
    return answer(_year_json(await request.app[DESKS].calendar.year(year)))


async def bring_year(request: web.Request) -> web.Response:
    """The official days of a year, in place of what was known."""
    year = _asked_year(request)
    given = await GIVEN.read(request)
    days: dict[date, DayKind] = {}
    for n, day in enumerate(given.days):
        if day.date.year != year:
            raise field_fault(f"days[{n}].date", f"is not in {year}")
        if day.date in days:
            raise field_fault(f"days[{n}].date", "is given more than once")
        days[day.date] = day.kind
    await record_act(request, "calendar.bring", str(year))
    return answer(_year_json(await request.app[DESKS].calendar.bring_year(year, days, author_of(request))))


def _asked_year(request: web.Request) -> int:
    given = request.match_info["year"]
    if not (given.isascii() and given.isdigit() and _EARLIEST <= int(given[:9]) <= _LATEST):
        raise Problem.parameter("year", f"must be a year from {_EARLIEST} to {_LATEST}")
    return int(given)


def _year_json(told: CalendarYear) -> dict[str, Any]:
    days = [{"date": day.isoformat(), "kind": kind.value} for day, kind in sorted(told.days.items())]
    return {"year": told.year, "status": told.status, "days": days}


ENDPOINTS: Final = (
    Endpoint(
        path="/api/v1/calendar", name="readCalendar", handler=read_year, roles=STAFF, answer="CalendarYear",
        summary="A year's public holidays, days off and make-up workdays", query=(YEAR,), faults=(503,),
    ),
    Endpoint(
        path="/api/v1/calendar/{year}", method="PUT", name="bringCalendar", handler=bring_year,
        roles=ADMINISTRATION, body=GIVEN, answer="CalendarYear", path_docs={"year": "Such as 2027."},
        summary="Bring in the announced calendar of a year", faults=(409, 503),
        doc="The days that are not what their day of the week says. They take the place of what was known.",
    ),
)  # fmt: skip
