"""``/api/v1/handover``: what one shift hands over to the next, and that both have signed it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from aiohttp import web

from callcenter.kpi import instant_json
from callcenter.record import Call
from callcenter.record_json import mask
from callcenter.terms import AgentId, ShiftId
from callcenter.web import params
from callcenter.web.acts import person_of, record_act, refuse_other
from callcenter.web.api.answers import answer
from callcenter.web.api.entries import entry_json, numbers_in
from callcenter.web.api.logbook import own_entry
from callcenter.web.api.spans import HOTLINE, given_hotline, needed_hotline
from callcenter.web.auth import PRINCIPAL, WORKERS, Sight, record_lookup
from callcenter.web.bodies import Body, Given, Remark, Word
from callcenter.web.desks import HandoverView
from callcenter.web.endpoints import Endpoint
from callcenter.web.keys import DESKS, PARTS
from callcenter.web.problems import Problem

SHIFT: Final = params.text("shift_id", "The outgoing shift. Default: the one that ends or ended last.")
AT: Final = params.instant("at", "As of then. Default: now.")


class HandoverSign(Given, frozen=True, kw_only=True):
    """A signature under a handover."""

    hotline: Word
    shift_id: Word
    """The outgoing shift."""
    side: Literal["given", "taken"]
    """`given` by who leaves, `taken` by who relieves."""
    note: Remark = ""
    person: Word | None = None
    """Who signs, if it is said: nobody else than the token's person."""


GIVEN: Final = Body(HandoverSign)


async def read_handover(request: web.Request) -> web.Response:
    """What there is to hand over."""
    hotline, shift = needed_hotline(request), SHIFT.read(request)
    at = AT.read(request) or request.app[PARTS].now()
    desk = request.app[DESKS].handover
    view = await desk.present(hotline.number, at, ShiftId(shift) if shift else None)
    if view is None:
        raise Problem.not_found("no shift hands anything over here")
    callers = sum(1 for call in view.unreturned if call.caller is not None)
    shown = callers + numbers_in(view.entries) + numbers_in(view.open_items)
    await record_lookup(request, "handover.read", f"{view.hotline} {view.shift}", shown)
    return answer(handover_json(view, request[PRINCIPAL].sight))


async def sign_handover(request: web.Request) -> web.Response:
    """Sign one's own side."""
    given, person = await GIVEN.read(request), person_of(request)
    refuse_other(request, given.person, "signs")
    hotline = given_hotline(request, given.hotline)
    await record_act(request, f"handover.{given.side}", given.shift_id)
    desk = request.app[DESKS].handover
    entry = await desk.sign(hotline, ShiftId(given.shift_id), given.side, person, given.note.strip())
    return answer(await own_entry(request, entry), status=201)


def handover_json(view: HandoverView, sight: Sight) -> dict[str, Any]:
    """The handover, with as much of callers' numbers as *sight* allows."""
    names = view.names
    return {
        "hotline": view.hotline, "shift_id": view.shift,
        "start": instant_json(view.start), "end": instant_json(view.end),
        "outgoing": _people(view.outgoing, names), "incoming": _people(view.incoming, names),
        "entries": [entry_json(entry, names, sight) for entry in view.entries],
        "open_items": [entry_json(entry, names, sight) for entry in view.open_items],
        "unreturned": [_missed_json(call, sight) for call in view.unreturned],
        "given": entry_json(view.given, names, sight) if view.given else None,
        "taken": entry_json(view.taken, names, sight) if view.taken else None,
        "overdue": view.is_overdue,
    }  # fmt: skip


def _people(people: Sequence[AgentId], names: Mapping[AgentId, str]) -> list[dict[str, str]]:
    return [{"person": person, "name": names.get(person, person)} for person in people]


def _missed_json(call: Call, sight: Sight) -> dict[str, Any]:
    return {
        "call_id": call.call_id, "at": instant_json(call.arrived_at),
        "outcome": call.outcome.value if call.outcome else None,
        "caller": call.caller if sight == "full" else mask(call.caller),
    }  # fmt: skip


ENDPOINTS: Final = (
    Endpoint(
        path="/api/v1/handover", name="readHandover", handler=read_handover, roles=WORKERS,
        answer="Handover", summary="What one shift hands over to the next", query=(HOTLINE, SHIFT, AT),
        doc="The outgoing shift's entries, what is open (of earlier shifts too), missed calls that nobody has"
        " called back, and the signatures. `overdue`: the shift is over and a signature is missing.",
        faults=(404, 503),
    ),
    Endpoint(
        path="/api/v1/handover/sign", method="POST", name="signHandover", handler=sign_handover,
        roles=WORKERS, needs_person=True, body=GIVEN, status=201, answer="Entry",
        summary="Sign a handover, as who leaves or as who relieves", faults=(404, 409, 503),
    ),
)  # fmt: skip
