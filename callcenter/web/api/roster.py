"""``/api/v1/roster``: the roster as planned and as it came to be, as sheets and as calendars."""

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from callcenter.kpi import instant_json
from callcenter.roster.model import Assignment, Shift
from callcenter.terms import AgentId, HotlineNumber
from callcenter.web import params
from callcenter.web.acts import author_of, record_act
from callcenter.web.api.answers import answer
from callcenter.web.api.hotlines import asked_hotline
from callcenter.web.api.spans import FROM, HOTLINE, LONGEST, TO, asked_number, asked_span, needed_hotline
from callcenter.web.auth import STAFF, SUPERVISION
from callcenter.web.desks import RosterVersion, SheetKind
from callcenter.web.endpoints import Endpoint
from callcenter.web.feedkeys import FEED_KEYS, admit_to_feed
from callcenter.web.keys import DESKS, PARTS
from callcenter.web.problems import Problem
from callcenter.web.uploads import NAME, Upload

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODS: Final = "application/vnd.oasis.opendocument.spreadsheet"
SHEET: Final = Upload(types={XLSX: ".xlsx", ODS: ".ods", "text/csv": ".csv"}, largest=5 * 2**20)
DRY_RUN: Final = params.flag("dry_run", "true: only tell what would become of it.")
REASON: Final = params.text("reason", "Why, for the version's history.", longest=500)
LIMIT: Final = params.whole("limit", "How many at most.", lowest=1, highest=500, default=100)
MONTH: Final = params.day("month", "A day of the month to plan. Default: one of the next month.")
OF_MONTH: Final = params.day("month", "A day of the month that days without one belong to.")
FIRST: Final = params.day("from", "The first day. Default: the first of the next month.")
LAST: Final = params.day("to", "The last day. Default: the last of that month.")
FORMAT: Final = params.choice("format", "What kind of file. Default: xlsx.", SheetKind)


async def read_roster(request: web.Request) -> web.Response:
    """Shifts and who holds them."""
    number, (start, end) = asked_number(request), asked_span(request, timedelta(days=31))
    desk = request.app[DESKS].roster
    names = await desk.names()
    shifts = [shift_json(shift, names) for shift in await desk.shifts(start, end, number)]
    held = [assignment_json(one, names) for one in await desk.assignments(start, end, number)]
    told = {"from": instant_json(start), "to": instant_json(end), "hotline": number}
    return answer(told | {"shifts": shifts, "assignments": held})


def shift_json(shift: Shift, names: Mapping[AgentId, str]) -> dict[str, Any]:
    """A seat as it was planned."""
    return {
        "shift_id": shift.id, "hotline": shift.hotline, "role": shift.role.value, "seat": shift.seat,
        "start": instant_json(shift.start), "end": instant_json(shift.end),
        "person": shift.person, "name": names.get(shift.person, shift.person),
    }  # fmt: skip


def assignment_json(one: Assignment, names: Mapping[AgentId, str]) -> dict[str, Any]:
    """Who holds a stretch of it."""
    return {
        "shift_id": one.shift_id, "hotline": one.hotline, "role": one.role.value, "seat": one.seat,
        "start": instant_json(one.start), "end": instant_json(one.end),
        "person": one.person, "name": names.get(one.person, one.person),
        "planned": one.planned, "planned_name": names.get(one.planned, one.planned),
    }  # fmt: skip


async def import_roster(request: web.Request) -> web.Response:
    """A file's shifts, all or nothing."""
    is_dry = DRY_RUN.read(request) or False
    reason, month = REASON.read(request) or "", OF_MONTH.read(request)
    data = await SHEET.read(request)
    if not is_dry:
        digest = hashlib.sha256(data).hexdigest()
        await record_act(request, "roster.import", f"sha256:{digest}")
    told = await request.app[DESKS].roster.bring(
        data, dry_run=is_dry, by=author_of(request), reason=reason, month=month
    )
    if not told["ok"] and not is_dry:
        many = len(told["faults"])
        detail = f"nothing was published: the file has {many} fault{'s' if many != 1 else ''}"
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, **told)
    return answer(told)


async def check_roster(request: web.Request) -> web.Response:
    """Gaps, overlaps, balance."""
    hotline, (start, end) = needed_hotline(request), asked_span(request, timedelta(days=60))
    desk = request.app[DESKS].roster
    told = await desk.check(hotline.number, start, end)
    return answer({"hotline": hotline.number, "from": instant_json(start), "to": instant_json(end), **told})


async def list_versions(request: web.Request) -> web.Response:
    """What was published when, and by whom."""
    limit = LIMIT.read(request) or LIMIT.schema["default"]
    found = await request.app[DESKS].roster.versions(asked_number(request), limit)
    return answer({"items": [_version_json(version) for version in found]})


def _version_json(version: RosterVersion) -> dict[str, Any]:
    return {
        "version": version.version, "at": instant_json(version.at), "author": version.author,
        "reason": version.reason, "added": version.added, "kept": version.kept,
        "withdrawn": version.withdrawn,
    }  # fmt: skip


async def read_template(request: web.Request) -> web.Response:
    """A sheet to fill in."""
    day = MONTH.read(request) or _next_month(request.app[PARTS].now().date())
    data = await request.app[DESKS].roster.template(day.replace(day=1))
    return _file(data, XLSX, f"roster-{day:%Y-%m}.xlsx")


async def export_roster(request: web.Request) -> web.Response:
    """The roster as a file that the import takes."""
    number, kind = asked_number(request), FORMAT.read(request) or SheetKind.XLSX
    first = FIRST.read(request) or _next_month(request.app[PARTS].now().date())
    last = LAST.read(request) or _next_month(first) - timedelta(days=1)
    if not first <= last <= first + LONGEST:
        raise Problem.parameter("to", f"must be from the first day on, and at most {LONGEST.days} days later")
    data = await request.app[DESKS].roster.export(first, last, number, kind)
    media_type = XLSX if kind is SheetKind.XLSX else "text/csv"
    return _file(data, media_type, f"roster-{first}.{kind}")


async def hotline_calendar(request: web.Request) -> web.Response:
    """A hotline's duty as iCalendar."""
    number = HotlineNumber(request.match_info["n"])
    await admit_to_feed(request, "hotline", number)
    if request.app[PARTS].hotline(number) is None:
        raise Problem.not_found("there is no such hotline")
    return calendar_file(await request.app[DESKS].roster.calendar_of_hotline(number))


async def hotline_calendar_link(request: web.Request) -> web.Response:
    """Where a calendar program finds it."""
    return answer({"url": request.app[FEED_KEYS].url("hotline", asked_hotline(request).number)})


def calendar_file(data: bytes) -> web.Response:
    """An iCalendar as a response."""
    return web.Response(body=data, headers={"Content-Type": "text/calendar; charset=utf-8"})


def _file(data: bytes, media_type: str, name: str) -> web.Response:
    headers = {"Content-Type": media_type, "Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=data, headers=headers)


def _next_month(today: date) -> date:
    return (today.replace(day=1) + timedelta(days=32)).replace(day=1)


_NUMBER: Final = {"n": "The hotline's configured number, verbatim and URL-encoded."}

ENDPOINTS: Final = (
    Endpoint(
        path="/api/v1/roster", name="readRoster", handler=read_roster, roles=STAFF, answer="Roster",
        summary="Shifts as planned, and who holds them", query=(HOTLINE, FROM, TO), faults=(503,),
        doc="All that overlap `from` … `to`; without `to` 31 days.",
    ),
    Endpoint(
        path="/api/v1/roster/import", method="POST", name="importRoster", handler=import_roster,
        roles=SUPERVISION, upload=SHEET, query=(DRY_RUN, REASON, OF_MONTH, NAME), answer="RosterImport",
        summary="Publish a roster from a sheet", faults=(503,),
        doc="The sheet itself as the body, with its Content-Type or `filename`, or the first file of a form."
        " For the hotlines and local days it names, its shifts take the place of what stood there. All or"
        " nothing: with a fault nothing is published, and the problem (422) holds the same members as the"
        " answer. The same file again changes nothing. `dry_run=true` answers 200 in any case.",
    ),
    Endpoint(
        path="/api/v1/roster/check", name="checkRoster", handler=check_roster, roles=STAFF,
        answer="RosterCheck", summary="Gaps, overlaps, too few seats and the balance of the roster",
        query=(HOTLINE, FROM, TO), faults=(503,), doc="Without `to` the coming 60 days.",
    ),
    Endpoint(
        path="/api/v1/roster/versions", name="listRosterVersions", handler=list_versions, roles=STAFF,
        answer="RosterVersions", summary="What was published, the newest first", query=(HOTLINE, LIMIT),
        faults=(503,),
    ),
    Endpoint(
        path="/api/v1/roster/template.xlsx", name="readRosterTemplate", handler=read_template, roles=STAFF,
        media_type=XLSX, summary="A sheet to fill in, with lists to choose from", query=(MONTH,),
        faults=(503,),
    ),
    Endpoint(
        path="/api/v1/roster/export", name="exportRoster", handler=export_roster, roles=STAFF,
        media_type=XLSX, summary="The roster as a sheet that the import takes",
        query=(HOTLINE, FIRST, LAST, FORMAT), faults=(503,),
    ),
    Endpoint(
        path="/api/v1/roster/{n}.ics", name="readHotlineCalendar", handler=hotline_calendar, roles=STAFF,
        by_feed_key=True, media_type="text/calendar", path_docs=_NUMBER, faults=(404, 503),
        summary="A hotline's duty as a calendar (iCalendar)",
    ),
    Endpoint(
        path="/api/v1/hotlines/{n}/calendar", name="readHotlineCalendarLink", handler=hotline_calendar_link,
        roles=STAFF, answer="CalendarLink", path_docs=_NUMBER, faults=(404,),
        summary="The signed address of a hotline's calendar",
    ),
)  # fmt: skip
