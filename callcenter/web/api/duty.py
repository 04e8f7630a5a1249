"""``/api/v1/duty``: who is on duty at any instant, as planned and as it is, or was when a call came."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from callcenter.kpi import instant_json
from callcenter.record import Call
from callcenter.roster.book import Standing
from callcenter.sites import Hotline
from callcenter.terms import AgentId, CallId, DutyRole
from callcenter.web import params
from callcenter.web.api.answers import answer
from callcenter.web.api.spans import HOTLINE, named_hotline
from callcenter.web.auth import PRINCIPAL, SCREENS, STAFF, permit_hotline
from callcenter.web.desks import DutyView
from callcenter.web.endpoints import Endpoint
from callcenter.web.keys import DESKS, PARTS
from callcenter.web.problems import Problem

AT: Final = params.instant("at", "At this instant. Default: now.")
CALL: Final = params.text("call_id", "When this call was offered, as it was frozen onto it; for staff.")


async def read_duty(request: web.Request) -> web.Response:
    """One hotline's duty, that of all, or that of a call."""
    if (call_id := CALL.read(request)) is not None:
        return answer(await _frozen(request, CallId(call_id)))
    principal, number = request[PRINCIPAL], HOTLINE.read(request)
    at = AT.read(request) or request.app[PARTS].now()
    if number is not None:
        hotline = named_hotline(request, number)
        permit_hotline(principal, hotline.number)
        return answer(duty_json(hotline, instant_json(at), await _view(request, hotline, at)))
    items = [
        duty_json(hotline, instant_json(at), await _view(request, hotline, at))
        for hotline in request.app[PARTS].hotlines
        if principal.hotline in (None, hotline.number)
    ]
    return answer({"at": instant_json(at), "items": items})


async def _view(request: web.Request, hotline: Hotline, at: datetime) -> DutyView:
    return await request.app[DESKS].duty.duty(hotline.number, at)


def duty_json(hotline: Hotline, at: str, view: DutyView) -> dict[str, Any]:
    """As ``roster show --json`` tells it, with what was planned and what comes next beside."""
    ahead = None
    if view.next is not None and view.next_at is not None:
        ahead = {"at": instant_json(view.next_at)} | standing_json(view.next, view.names)
    return {
        "hotline": hotline.number,
        "at": at,
        **standing_json(view.effective, view.names),
        "planned": standing_json(view.planned, view.names),
        "next": ahead,
        "staffed": view.effective.staffed if view.is_rostered else None,
        "after_hours": view.after_hours,
    }


def standing_json(standing: Standing, names: Mapping[AgentId, str]) -> dict[str, Any]:
    """Lists by role, empty where nobody is."""
    return {
        role.value: [
            {
                "person": holder.person, "name": names.get(holder.person, holder.person),
                "since": instant_json(holder.since), "until": instant_json(holder.until),
                "shift_id": holder.shift_id, "seat": holder.seat,
            }
            for holder in standing.of(role)
        ]
        for role in DutyRole
    }  # fmt: skip


async def _frozen(request: web.Request, call_id: CallId) -> dict[str, Any]:
    if request[PRINCIPAL].role not in STAFF:
        raise Problem(HTTPStatus.FORBIDDEN, f"the role {request[PRINCIPAL].role} may not see calls")
    for other in (AT, HOTLINE):
        if other.name in request.query:
            raise Problem.parameter(other.name, "can't stand beside call_id: the call says both")
    call = await request.app[PARTS].calls.get(call_id)
    if call is None:
        raise Problem.not_found("there is no such call")
    return frozen_json(call, await request.app[DESKS].roster.names())


def frozen_json(call: Call, names: Mapping[AgentId, str]) -> dict[str, Any]:
    """What was frozen onto the call when it was offered."""
    by_role = {
        role.value: [
            {"person": one.person, "name": names.get(one.person, one.person), "shift_id": one.shift_id}
            for one in call.on_duty
            if one.role is role
        ]
        for role in DutyRole
    }
    return {
        "call_id": call.call_id,
        "hotline": call.hotline,
        "at": instant_json(call.arrived_at),
        **by_role,
        "after_hours": call.after_hours,
        "shift_id": call.shift_id,
        "shift_ids": list(call.shift_ids),
        "target_rings": call.target_rings,
        "cadence": list(call.cadence) if call.cadence else None,
    }


ENDPOINTS: Final = (
    Endpoint(
        path="/api/v1/duty", name="readDuty", handler=read_duty, roles=SCREENS, answer="DutyAnswer",
        summary="Who is on duty at an instant", query=(AT, HOTLINE, CALL), faults=(404, 503),
        doc="With `hotline` the shape `Duty`, without it `Duties`: one for each that the asker may see; with"
        " `call_id` the shape `FrozenDuty`. `planned` is the roster as it was published, before swaps, leave"
        " and edits. `staffed` is null where there is no roster for the hotline.",
    ),
)  # fmt: skip
