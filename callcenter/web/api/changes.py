"""``/api/v1/changes``: swaps, leave, take-overs and edits, from asking to being in force."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Final

import msgspec
from aiohttp import web

from callcenter.kpi import instant_json
from callcenter.roster.model import Change, ChangeKind, ChangeState, Move
from callcenter.terms import AgentId, ShiftId
from callcenter.web import params
from callcenter.web.acts import person_of, record_act, refuse_other
from callcenter.web.api.answers import answer
from callcenter.web.api.roster import LIMIT
from callcenter.web.api.spans import FROM, HOTLINE, PERSON, TO, asked_number, own_or_asked
from callcenter.web.auth import PRINCIPAL, SUPERVISION, WORKERS
from callcenter.web.bodies import Body, Given, Moment, NewId, Remark, Sentence, Word, field_fault
from callcenter.web.desks import ChangeAct, ChangeAsked, ChangeFilter
from callcenter.web.endpoints import Endpoint, Handler
from callcenter.web.keys import DESKS, PARTS
from callcenter.web.problems import Problem

STATE: Final = params.choice("state", "Only those that have come so far.", ChangeState)


class MoveGiven(Given, frozen=True, kw_only=True):
    """A stretch of a shift that goes to somebody else."""

    shift_id: Word
    giver: Word
    taker: Word
    start: Moment
    end: Moment


class ChangeGiven(Given, frozen=True, kw_only=True):
    """What is asked for."""

    kind: ChangeKind
    moves: Annotated[list[MoveGiven], msgspec.Meta(min_length=1, max_length=50)]
    other: Word | None = None
    """Whose agreement it needs; none for a supervisor's edit."""
    reason: Remark = ""
    """Leave and edits need one."""
    asked_by: Word | None = None
    """Who asks, if it is said: nobody else than the token's person."""
    id: NewId | None = None
    """An id of the asker's own making. The same request again with the same id is the same change."""


class Note(Given, frozen=True, kw_only=True):
    """What is said with it."""

    note: Remark = ""


class Refusal(Given, frozen=True, kw_only=True):
    """Why not."""

    note: Sentence


ASKED: Final = Body(ChangeGiven)
NOTE: Final = Body(Note)
REFUSAL: Final = Body(Refusal)
_DONE: Final = {
    ChangeAct.AGREE: ChangeState.AGREED,
    ChangeAct.APPROVE: ChangeState.APPROVED,
    ChangeAct.DECLINE: ChangeState.DECLINED,
    ChangeAct.WITHDRAW: ChangeState.WITHDRAWN,
}


async def list_changes(request: web.Request) -> web.Response:
    """What concerns the asker; for supervisors all."""
    limit = LIMIT.read(request) or LIMIT.schema["default"]
    wanted = ChangeFilter(
        state=STATE.read(request),
        person=own_or_asked(request),
        hotline=asked_number(request),
        start=FROM.read(request),
        end=TO.read(request),
    )
    desks = request.app[DESKS]
    names = await desks.roster.names()
    return answer({"items": [change_json(c, names) for c in await desks.changes.find(wanted, limit)]})


async def read_change(request: web.Request) -> web.Response:
    """One change."""
    change = await _seen(request)
    return answer(change_json(change, await request.app[DESKS].roster.names()))


async def ask(request: web.Request) -> web.Response:
    """Ask for a change; a supervisor's edit is in force at once."""
    given, asker = await ASKED.read(request), person_of(request)
    refuse_other(request, given.asked_by, "asks")
    asked = _asked(given, asker, request)
    await _check_people(request, asked)
    desks = request.app[DESKS]
    names = await desks.roster.names()
    if (known := await _asked_before(request, asked)) is not None:
        return answer(change_json(known, names))
    await record_act(request, f"changes.ask.{asked.kind}", asked.id or asked.moves[0].shift_id)
    return answer(change_json(await desks.changes.ask(asked), names), status=201)


def _asked(given: ChangeGiven, asker: AgentId, request: web.Request) -> ChangeAsked:
    is_edit = given.kind is ChangeKind.EDIT
    if is_edit and request[PRINCIPAL].role not in SUPERVISION:
        raise Problem(HTTPStatus.FORBIDDEN, "only supervisors put somebody else there without being asked")
    if is_edit and given.other is not None:
        raise field_fault("other", "has no place in an edit: it asks for nobody's agreement")
    if not is_edit and given.other is None:
        raise field_fault("other", "is missing: name who has to agree")
    if given.other == asker:
        raise field_fault("other", "must be somebody else than who asks")
    return ChangeAsked(
        id=given.id, kind=given.kind, moves=tuple(_move(n, move) for n, move in enumerate(given.moves)),
        asked_by=asker, other=AgentId(given.other) if given.other else None,
        reason=given.reason.strip(), at=request.app[PARTS].now(),
    )  # fmt: skip


def _move(n: int, given: MoveGiven) -> Move:
    if given.start >= given.end:
        raise field_fault(f"moves[{n}].end", "must be later than start")
    if given.giver == given.taker:
        raise field_fault(f"moves[{n}].taker", "must be somebody else than the giver")
    return Move(
        shift_id=ShiftId(given.shift_id), start=given.start, end=given.end, giver=AgentId(given.giver),
        taker=AgentId(given.taker),
    )  # fmt: skip


async def _check_people(request: web.Request, asked: ChangeAsked) -> None:
    """Everybody is somebody; whether they may is for the rules."""
    names = await request.app[DESKS].roster.names()
    if asked.other is not None and asked.other not in names:
        raise field_fault("other", "there is no such person")
    for n, move in enumerate(asked.moves):
        for role, person in (("giver", move.giver), ("taker", move.taker)):
            if person not in names:
                raise field_fault(f"moves[{n}].{role}", "there is no such person")


async def _asked_before(request: web.Request, asked: ChangeAsked) -> Change | None:
    known = await request.app[DESKS].changes.get(asked.id) if asked.id else None
    if known is None:
        return None
    if (known.asked_by, known.kind, known.moves) != (asked.asked_by, asked.kind, asked.moves):
        raise Problem(HTTPStatus.CONFLICT, "another change has this id", field="id")
    return known


async def _act(request: web.Request, act: ChangeAct, note: str) -> web.Response:
    change, person = await _seen(request), person_of(request)
    _refuse_bystander(request, change, act, person)
    desks = request.app[DESKS]
    names = await desks.roster.names()
    if change.state is _DONE[act] and (act is not ChangeAct.APPROVE or change.decided_by == person):
        return answer(change_json(change, names))
    await record_act(request, f"changes.{act}", change.id)
    done = await desks.changes.act(change.id, act, person, note.strip(), request.app[PARTS].now())
    return answer(change_json(done, names))


def _refuse_bystander(request: web.Request, change: Change, act: ChangeAct, person: AgentId) -> None:
    """Raises Problem 403 for whom it is not to say."""
    supervises = request[PRINCIPAL].role in SUPERVISION
    match act:
        case ChangeAct.AGREE if person != change.other:
            raise Problem(HTTPStatus.FORBIDDEN, "only who was asked can agree")
        case ChangeAct.WITHDRAW if person != change.asked_by:
            raise Problem(HTTPStatus.FORBIDDEN, "only who asked can withdraw")
        case ChangeAct.DECLINE if person != change.other and not supervises:
            raise Problem(HTTPStatus.FORBIDDEN, "only who was asked, or a supervisor, can decline")
        case _:
            return


async def agree(request: web.Request) -> web.Response:
    """By the other one."""
    return await _act(request, ChangeAct.AGREE, (await NOTE.read(request)).note)


async def approve(request: web.Request) -> web.Response:
    """By a supervisor: from now on it is in force."""
    return await _act(request, ChangeAct.APPROVE, (await NOTE.read(request)).note)


async def decline(request: web.Request) -> web.Response:
    """By the other one or a supervisor, with a reason."""
    return await _act(request, ChangeAct.DECLINE, (await REFUSAL.read(request)).note)


async def withdraw(request: web.Request) -> web.Response:
    """By who asked."""
    return await _act(request, ChangeAct.WITHDRAW, (await NOTE.read(request)).note)


def change_json(change: Change, names: Mapping[AgentId, str]) -> dict[str, Any]:
    """A change and what became of it."""
    return {
        "id": change.id, "kind": change.kind.value, "state": change.state.value,
        "moves": [
            {
                "shift_id": move.shift_id, "start": instant_json(move.start), "end": instant_json(move.end),
                "giver": move.giver, "giver_name": names.get(move.giver, move.giver),
                "taker": move.taker, "taker_name": names.get(move.taker, move.taker),
            }
            for move in change.moves
        ],
        "asked_by": change.asked_by, "asked_by_name": names.get(change.asked_by, change.asked_by),
        "other": change.other, "other_name": names.get(change.other, change.other) if change.other else None,
        "reason": change.reason, "asked_at": instant_json(change.asked_at),
        "agreed_at": instant_json(change.agreed_at) if change.agreed_at else None,
        "decided_by": change.decided_by,
        "decided_by_name": names.get(change.decided_by, change.decided_by) if change.decided_by else None,
        "decided_at": instant_json(change.decided_at) if change.decided_at else None,
        "decision_note": change.decision_note, "number": change.number or None,
    }  # fmt: skip


async def _seen(request: web.Request) -> Change:
    """The change of the address. Agents see what concerns them; others are not there for them."""
    change = await request.app[DESKS].changes.get(request.match_info["id"])
    principal = request[PRINCIPAL]
    if change is None or (principal.role not in SUPERVISION and principal.person not in _concerned(change)):
        raise Problem.not_found("there is no such change")
    return change


def _concerned(change: Change) -> set[AgentId]:
    people = {move.giver for move in change.moves} | {move.taker for move in change.moves}
    return people | {change.asked_by} | ({change.other} if change.other else set())


def _acting(act: ChangeAct, handler: Handler, summary: str, doc: str = "") -> Endpoint:
    return Endpoint(
        path=f"/api/v1/changes/{{id}}/{act}", method="POST", name=f"{act}Change", handler=handler,
        roles=SUPERVISION if act is ChangeAct.APPROVE else WORKERS, needs_person=True,
        body=REFUSAL if act is ChangeAct.DECLINE else NOTE, answer="Change", path_docs=_ID,
        summary=summary, doc=doc, faults=(404, 409, 503),
    )  # fmt: skip


_ID: Final = {"id": "The change's id."}

ENDPOINTS: Final = (
    Endpoint(
        path="/api/v1/changes", name="listChanges", handler=list_changes, roles=WORKERS, answer="Changes",
        summary="Swaps, leave, take-overs and edits, asked last first",
        doc="Agents see what concerns themselves, supervisors all.",
        query=(HOTLINE, STATE, PERSON, FROM, TO, LIMIT), faults=(503,),
    ),
    Endpoint(
        path="/api/v1/changes", method="POST", name="askChange", handler=ask, roles=WORKERS,
        needs_person=True, body=ASKED, status=201, also={200: "It was asked for before."}, answer="Change",
        summary="Ask for a change of the roster",
        doc="`swap`, `leave` and `take_over` need the agreement of `other` and a supervisor's approval before"
        " they are in force; `edit` is a supervisor's own and is in force at once. Refused (409) as the rules"
        " say: the past, the monthly cap, a taker who is elsewhere then.",
        faults=(409, 503),
    ),
    Endpoint(
        path="/api/v1/changes/{id}", name="readChange", handler=read_change, roles=WORKERS, answer="Change",
        summary="One change", path_docs=_ID, faults=(404, 503),
    ),
    _acting(ChangeAct.AGREE, agree, "Agree, as the one who was asked"),
    _acting(ChangeAct.APPROVE, approve, "Approve, as a supervisor: it is in force from then on",
            "Refused (409) to who asked for it, and once the first shift concerned has begun."),
    _acting(ChangeAct.DECLINE, decline, "Decline, as the one who was asked or as a supervisor"),
    _acting(ChangeAct.WITHDRAW, withdraw, "Withdraw what one asked for"),
)  # fmt: skip
