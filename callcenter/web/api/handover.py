"""``/api/v1/handover``: what one shift hands over to the next, and that both have signed it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from aiohttp import web

from callcenter.kpi import instant_json
from callcenter.roster.handover import Handover, Item
from callcenter.terms import AgentId, ShiftId
from callcenter.web import params
from callcenter.web.acts import person_of, record_act, refuse_other
from callcenter.web.api.answers import answer
from callcenter.web.api.entries import entry_json, numbers_in
from callcenter.web.api.logbook import own_entry
from callcenter.web.api.spans import HOTLINE, given_hotline, needed_hotline
from callcenter.web.auth import PRINCIPAL, WORKERS, Sight, record_lookup
from callcenter.web.bodies import Body, Given, Remark, Word
from callcenter.web.endpoints import Endpoint
from callcenter.web.keys import DESKS, PARTS
from callcenter.web.problems import Problem

SHIFT: Final = params.text("shift_id", "The outgoing shift. Default: that of the nearest change-over.")
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
    desks = request.app[DESKS]
    view = await desks.handover.present(hotline.number, at, ShiftId(shift) if shift else None)
    if view is None:
        raise Problem.not_found("no shift hands anything over here")
    items = (*view.entries, *view.open_items)
    shown = numbers_in(entry for item in items for entry in (item.entry, *item.corrections))
    await record_lookup(
        request, "handover.read", f"{hotline.number} {instant_json(view.outgoing.end)}", shown
    )
    return answer(handover_json(view, await desks.roster.names(), request[PRINCIPAL].sight))


async def sign_handover(request: web.Request) -> web.Response:
    """Sign one's own side."""
    given, person = await GIVEN.read(request), person_of(request)
    refuse_other(request, given.person, "signs")
    hotline = given_hotline(request, given.hotline)
    await record_act(request, f"handover.{given.side}", given.shift_id)
    desk = request.app[DESKS].handover
    entry = await desk.sign(hotline, ShiftId(given.shift_id), given.side, person, given.note.strip())
    return answer(await own_entry(request, entry), status=201)


def handover_json(view: Handover, names: Mapping[AgentId, str], sight: Sight) -> dict[str, Any]:
    """The handover, with as much of callers' numbers as *sight* allows; who called is told by the call."""
    going = view.outgoing
    return {
        "hotline": going.hotline, "shift_ids": list(going.shifts),
        "start": instant_json(going.start), "end": instant_json(going.end),
        "giving": _people(going.giving, names), "taking": _people(going.taking, names),
        "goes_on": going.goes_on,
        "entries": [_item_json(item, names, sight) for item in view.entries],
        "open_items": [_item_json(item, names, sight) for item in view.open_items],
        "unreturned": [
            {"call_id": call.call_id, "hotline": call.hotline, "at": instant_json(call.at)}
            for call in view.unreturned
        ],
        "given": entry_json(view.given, names, sight) if view.given else None,
        "taken": entry_json(view.taken, names, sight) if view.taken else None,
        "signed": view.signed, "unsigned": view.unsigned,
    }  # fmt: skip


def _people(people: Sequence[AgentId], names: Mapping[AgentId, str]) -> list[dict[str, str]]:
    return [{"person": person, "name": names.get(person, person)} for person in people]


def _item_json(item: Item, names: Mapping[AgentId, str], sight: Sight) -> dict[str, Any]:
    corrections = [entry_json(entry, names, sight) for entry in item.corrections]
    return {"entry": entry_json(item.entry, names, sight), "corrections": corrections}


ENDPOINTS: Final = (
    Endpoint(
        path="/api/v1/handover", name="readHandover", handler=read_handover, roles=WORKERS,
        answer="Handover", summary="What one shift hands over to the next", query=(HOTLINE, SHIFT, AT),
        doc="The outgoing shift's entries, what is open (of earlier shifts too), missed calls that nobody has"
        " called back, and the signatures. `unsigned`: the shift is over and a signature is missing.",
        faults=(404, 503),
    ),
    Endpoint(
        path="/api/v1/handover/sign", method="POST", name="signHandover", handler=sign_handover,
        roles=WORKERS, needs_person=True, body=GIVEN, status=201, answer="Entry",
        summary="Sign a handover, as who leaves or as who relieves", faults=(404, 409, 503),
    ),
)  # fmt: skip
