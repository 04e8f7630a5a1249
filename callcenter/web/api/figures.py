"""``/api/v1/shifts/kpi`` and ``/api/v1/agents/kpi``: figures per shift and per person."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from aiohttp import web

from callcenter.kpi import instant_json
from callcenter.roster.figures import PersonFigures, ShiftFigures
from callcenter.terms import AgentId
from callcenter.web.api.answers import answer
from callcenter.web.api.spans import FROM, HOTLINE, PERSON, TO, asked_number, asked_span, own_or_asked
from callcenter.web.auth import STAFF, WORKERS
from callcenter.web.endpoints import Endpoint
from callcenter.web.keys import DESKS

_USUAL: Final = timedelta(days=1)


async def by_shift(request: web.Request) -> web.Response:
    """Each shift's figures."""
    number, (start, end) = asked_number(request), asked_span(request, _USUAL)
    desks = request.app[DESKS]
    names = await desks.roster.names()
    items = [_shift_json(shift, names) for shift in await desks.figures.by_shift(number, start, end)]
    return answer({"hotline": number, "from": instant_json(start), "to": instant_json(end), "items": items})


async def by_person(request: web.Request) -> web.Response:
    """Each person's figures; agents see their own."""
    number, (start, end), person = asked_number(request), asked_span(request, _USUAL), own_or_asked(request)
    desks = request.app[DESKS]
    names = await desks.roster.names()
    found = await desks.figures.by_person(number, start, end)
    items = [_person_json(one, names) for one in found if person in (None, one.person)]
    return answer({"hotline": number, "from": instant_json(start), "to": instant_json(end), "items": items})


def _shift_json(shift: ShiftFigures, names: Mapping[AgentId, str]) -> dict[str, Any]:
    return {
        "hotline": shift.hotline, "shift_id": shift.shift_id,
        "start": instant_json(shift.start) if shift.start else None,
        "end": instant_json(shift.end) if shift.end else None,
        "people": [{"person": person, "name": names.get(person, person)} for person in shift.people],
        **shift.tally.to_json(),
    }  # fmt: skip


def _person_json(one: PersonFigures, names: Mapping[AgentId, str]) -> dict[str, Any]:
    handled = one.talk_seconds + one.hold_seconds
    return {
        "person": one.person, "name": names.get(one.person, one.person), "offered": one.offered,
        "answered": one.answered, "on_time": one.on_time, "missed": one.missed,
        "three_ring_rate": one.on_time / one.answered if one.answered else None,
        "talk_seconds": one.talk_seconds, "hold_seconds": one.hold_seconds,
        "aht_seconds": handled / one.answered if one.answered else None,
        "signed_in_seconds": one.signed_in_seconds,
        "occupancy": handled / one.signed_in_seconds if one.signed_in_seconds else None,
    }  # fmt: skip


ENDPOINTS: Final = (
    Endpoint(
        path="/api/v1/shifts/kpi", name="readShiftKpi", handler=by_shift, roles=STAFF, answer="ShiftKpi",
        summary="Figures per shift", query=(HOTLINE, FROM, TO), faults=(503,),
        doc="A call counts in the shift in which it was offered, as frozen then; `shift_id` null: in none."
        " Without `to` one day.",
    ),
    Endpoint(
        path="/api/v1/agents/kpi", name="readAgentKpi", handler=by_person, roles=WORKERS, answer="AgentKpi",
        summary="Figures per person", query=(HOTLINE, PERSON, FROM, TO), faults=(503,),
        doc="Agents see themselves, supervisors all. `offered`: calls tried at the person's phones. `missed`:"
        " rang in vain or was rejected, not where somebody else was faster, nor where the person answered"
        " at another phone or a later try. `three_ring_rate` is of the answered calls, by the person's own"
        " phone.",
    ),
)  # fmt: skip
