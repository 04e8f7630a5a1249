"""``/api/v1/logbook``: the duty log. It is only ever added to."""

from collections.abc import Sequence
from datetime import date
from http import HTTPStatus
from typing import Any, Final, Literal

from aiohttp import web

from callcenter.kpi import instant_json
from callcenter.roster.logbook import Draft, Entry, EntryKind
from callcenter.terms import AgentId, CallId, HotlineNumber, ShiftId
from callcenter.web import params
from callcenter.web.acts import person_of, record_act, refuse_other
from callcenter.web.api.answers import answer
from callcenter.web.api.entries import entry_json, numbers_in
from callcenter.web.api.roster import LIMIT
from callcenter.web.api.spans import FROM, HOTLINE, TO, asked_number, given_hotline, needed_hotline
from callcenter.web.auth import ADMINISTRATION, PRINCIPAL, SUPERVISION, WORKERS, record_lookup
from callcenter.web.bodies import Body, Given, Remark, Text, Word, field_fault
from callcenter.web.desks import EntryFilter, Purge
from callcenter.web.endpoints import Endpoint
from callcenter.web.keys import DESKS, PARTS
from callcenter.web.problems import Problem

_MOST: Final = 2**53
SHIFT: Final = params.text("shift_id", "Only what was written in this shift.")
KIND: Final = params.choice("kind", "Only entries of this kind.", EntryKind)
AUTHOR: Final = params.text("author", "Only what this person wrote.")
CALL: Final = params.text("call_id", "Only what was written about this call.")
OPEN: Final = params.flag(
    "open", "true: only what is to be followed up and is not done; false: only the rest."
)
ABOUT: Final = params.whole("refers_to", "Only what is about this entry.", lowest=1, highest=_MOST, default=1)
BEFORE: Final = params.whole(
    "before",
    "Only entries with a lower number: `next` of the answer before.",
    lowest=1,
    highest=_MOST,
    default=1,
)

Written = Literal[
    "note", "incident", "incident_report", "complaint", "correction", "item_done", "called_back"
]
"""What people write; all other entries come with the acts they tell of."""
_ABOUT_ENTRY: Final = (EntryKind.CORRECTION, EntryKind.ITEM_DONE)


class EntryGiven(Given, frozen=True, kw_only=True):
    """What is to be written."""

    kind: Written
    text: Text
    hotline: Word | None = None
    shift_id: Word | None = None
    call_id: Word | None = None
    follow_up: bool = False
    """Stays open until an `item_done` refers to it."""
    refers_to: int | None = None
    author: Word | None = None
    """Who writes, if it is said: nobody else than the token's person."""


class SignOff(Given, frozen=True, kw_only=True):
    """What a supervisor says to it."""

    note: Remark = ""


class PurgeGiven(Given, frozen=True, kw_only=True):
    """What is to go."""

    before: date
    """The first day of the oldest month that stays."""


GIVEN: Final = Body(EntryGiven)
SIGN_OFF: Final = Body(SignOff)
PURGE: Final = Body(PurgeGiven)


async def list_entries(request: web.Request) -> web.Response:
    """Entries, the newest first."""
    limit = LIMIT.read(request) or LIMIT.schema["default"]
    found = await request.app[DESKS].log.entries(_wanted(request), BEFORE.read(request), limit + 1)
    shown = found[:limit]
    told = await told_entries(request, "logbook.list", request.query_string[:200], shown)
    return answer({"items": told, "next": shown[-1].number if len(found) > limit else None})


async def told_entries(
    request: web.Request, act: str, subject: str, entries: Sequence[Entry]
) -> list[dict[str, Any]]:
    """The entries as the asker may see them; who sees numbers in full is written down before."""
    await record_lookup(request, act, subject, numbers_in(entries))
    names = await request.app[DESKS].roster.names()
    return [entry_json(entry, names, request[PRINCIPAL].sight) for entry in entries]


async def read_entry(request: web.Request) -> web.Response:
    """One entry."""
    entry = await _named(request)
    return answer((await told_entries(request, "logbook.read", str(entry.number), [entry]))[0])


async def write_entry(request: web.Request) -> web.Response:
    """A new entry."""
    given, author = await GIVEN.read(request), person_of(request)
    refuse_other(request, given.author, "writes")
    draft = _draft(request, given, author)
    await _check_references(request, draft)
    return await append(request, draft, f"logbook.write.{draft.kind}")


async def append(request: web.Request, draft: Draft, act: str) -> web.Response:
    """Write it, and tell it."""
    await record_act(request, act, str(draft.refers_to or draft.call_id or draft.hotline or ""))
    entry = await request.app[DESKS].log.append(draft)
    return answer(await own_entry(request, entry), status=201)


async def own_entry(request: web.Request, entry: Entry) -> dict[str, Any]:
    """What was just written. Its numbers are masked for everybody: seeing them is a lookup."""
    names = await request.app[DESKS].roster.names()
    return entry_json(entry, names, "masked")


async def sign_off(request: web.Request) -> web.Response:
    """A supervisor has read the log up to this entry."""
    entry, given, person = await _named(request), await SIGN_OFF.read(request), person_of(request)
    wanted = EntryFilter(kind=EntryKind.SIGN_OFF, author=person, refers_to=entry.number)
    before = await request.app[DESKS].log.entries(wanted, None, 1)
    if before:
        return answer(await own_entry(request, before[0]))
    draft = Draft(
        author=person, kind=EntryKind.SIGN_OFF, text=given.note.strip(), hotline=entry.hotline,
        shift_id=entry.shift_id, refers_to=entry.number,
    )  # fmt: skip
    return await append(request, draft, "logbook.sign_off")


async def verify(request: web.Request) -> web.Response:
    """Whether the chain holds."""
    found = await request.app[DESKS].log.verify()
    told = [{"number": one.number, "what": one.what} for one in found.breaks]
    return answer({"ok": not told, "checked": found.entries, "breaks": told})


async def read_due(request: web.Request) -> web.Response:
    """What is to be read and signed, and what is to be written."""
    hotline, at = needed_hotline(request), request.app[PARTS].now()
    due = await request.app[DESKS].log.due(hotline.number, at)
    unread = await told_entries(request, "logbook.due", hotline.number, due.unread)
    names = await request.app[DESKS].roster.names()
    reports = [
        {
            "incident": entry_json(report.incident, names, "masked"), "due": instant_json(report.due),
            "overdue": report.overdue,
        }
        for report in due.reports
    ]  # fmt: skip
    days = [day.isoformat() for day in due.days]
    told = {"hotline": hotline.number, "at": instant_json(at), "unread": unread}
    return answer(told | {"days_to_sign": days, "reports": reports})


async def list_purges(request: web.Request) -> web.Response:
    """What was purged, and what is to be."""
    return answer({"items": [_purge_json(purge) for purge in await request.app[DESKS].log.purges()]})


async def ask_purge(request: web.Request) -> web.Response:
    """One person asks."""
    given, person = await PURGE.read(request), person_of(request)
    if given.before.day != 1:
        raise field_fault("before", "must be the first day of a month: whole months go")
    await record_act(request, "logbook.purge.ask", given.before.isoformat())
    return answer(_purge_json(await request.app[DESKS].log.ask_purge(given.before, person)), status=201)


async def agree_purge(request: web.Request) -> web.Response:
    """Another agrees."""
    number, person = _number(request, "id"), person_of(request)
    purge = next((one for one in await request.app[DESKS].log.purges() if one.id == number), None)
    if purge is None:
        raise Problem.not_found("there is no such purge")
    if purge.asked_by == person:
        raise Problem(HTTPStatus.FORBIDDEN, "it takes another person than the one who asked")
    if purge.agreed_by == person:
        return answer(_purge_json(purge))
    await record_act(request, "logbook.purge.agree", str(number))
    return answer(_purge_json(await request.app[DESKS].log.agree_purge(number, person)))


def _wanted(request: web.Request) -> EntryFilter:
    shift, author, call = SHIFT.read(request), AUTHOR.read(request), CALL.read(request)
    wanted = EntryFilter(
        hotline=asked_number(request), shift=ShiftId(shift) if shift else None, kind=KIND.read(request),
        author=AgentId(author) if author else None, call=CallId(call) if call else None,
        refers_to=ABOUT.read(request), is_open=OPEN.read(request), start=FROM.read(request),
        end=TO.read(request),
    )  # fmt: skip
    if wanted.start and wanted.end and wanted.start >= wanted.end:
        raise Problem.parameter("to", "must be later than from")
    return wanted


def _draft(request: web.Request, given: EntryGiven, author: AgentId) -> Draft:
    hotline = given_hotline(request, given.hotline) if given.hotline else None
    return Draft(
        author=author, kind=EntryKind(given.kind), text=given.text.strip(),
        hotline=HotlineNumber(hotline) if hotline else None,
        shift_id=ShiftId(given.shift_id) if given.shift_id else None,
        call_id=CallId(given.call_id) if given.call_id else None,
        follow_up=given.follow_up, refers_to=given.refers_to,
    )  # fmt: skip


async def _check_references(request: web.Request, draft: Draft) -> None:
    if draft.kind in _ABOUT_ENTRY and draft.refers_to is None:
        raise field_fault("refers_to", "is missing: name the entry that this is about")
    if draft.kind is EntryKind.CALLED_BACK and draft.call_id is None:
        raise field_fault("call_id", "is missing: name the call that was returned")
    if draft.refers_to is not None and await _entry(request, draft.refers_to) is None:
        raise field_fault("refers_to", "there is no such entry")
    if draft.call_id is not None and await request.app[PARTS].calls.get(draft.call_id) is None:
        raise field_fault("call_id", "there is no such call")


async def _entry(request: web.Request, number: int) -> Entry | None:
    return await request.app[DESKS].log.get(number) if 0 < number <= _MOST else None


async def _named(request: web.Request) -> Entry:
    entry = await _entry(request, _number(request, "n"))
    if entry is None:
        raise Problem.not_found("there is no such entry")
    return entry


def _number(request: web.Request, name: str) -> int:
    given = request.match_info[name]
    if not (given.isascii() and given.isdigit() and len(given) < 16):
        raise Problem.not_found("there is no such entry" if name == "n" else "there is no such purge")
    return int(given)


def _purge_json(purge: Purge) -> dict[str, Any]:
    return {
        "id": purge.id, "before": purge.before.isoformat(), "asked_by": purge.asked_by,
        "asked_at": instant_json(purge.asked_at), "agreed_by": purge.agreed_by,
        "agreed_at": instant_json(purge.agreed_at) if purge.agreed_at else None,
        "purged_at": instant_json(purge.purged_at) if purge.purged_at else None,
    }  # fmt: skip


_N: Final = {"n": "The entry's number."}
_FILTERS: Final = (HOTLINE, SHIFT, KIND, AUTHOR, CALL, OPEN, ABOUT, FROM, TO)

ENDPOINTS: Final = (
    Endpoint(
        path="/api/v1/logbook", name="listLogbook", handler=list_entries, roles=WORKERS, answer="Entries",
        summary="The duty log, the newest entry first", query=(*_FILTERS, BEFORE, LIMIT), faults=(503,),
        doc="Numbers in the texts that may be callers' are masked but for supervisors, whose lookups are"
        " recorded. Follow `next` as `before` until it is null.",
    ),
    Endpoint(
        path="/api/v1/logbook", method="POST", name="writeLogbook", handler=write_entry, roles=WORKERS,
        needs_person=True, body=GIVEN, status=201, answer="Entry", summary="Write in the duty log",
        doc="Nothing is ever changed: a `correction` refers to the entry it corrects, an `item_done` closes"
        " the open item it refers to, a `called_back` names the missed call that was returned.",
        faults=(409, 503),
    ),
    Endpoint(
        path="/api/v1/logbook/verify", name="verifyLogbook", handler=verify, roles=SUPERVISION,
        answer="LogbookCheck", summary="Whether the log's chain holds", faults=(503,),
    ),
    Endpoint(
        path="/api/v1/logbook/due", name="readLogbookDue", handler=read_due, roles=WORKERS,
        answer="LogbookDue", summary="What is still to be signed off, and which incidents lack their report",
        query=(HOTLINE,), faults=(503,),
    ),
    Endpoint(
        path="/api/v1/logbook/purges", name="listPurges", handler=list_purges, roles=SUPERVISION,
        answer="Purges", summary="Purges that were asked for, the newest first", faults=(503,),
    ),
    Endpoint(
        path="/api/v1/logbook/purges", method="POST", name="askPurge", handler=ask_purge,
        roles=ADMINISTRATION, needs_person=True, body=PURGE, status=201, answer="Purge",
        summary="Ask that whole months of the log be purged", faults=(409, 503),
        doc="Another person has to agree. Nothing younger than three years goes (409), and an archive stays.",
    ),
    Endpoint(
        path="/api/v1/logbook/purges/{id}/agree", method="POST", name="agreePurge", handler=agree_purge,
        roles=SUPERVISION, needs_person=True, answer="Purge",
        summary="Agree to a purge that another asked for",
        path_docs={"id": "The purge's id."}, faults=(404, 409, 503),
    ),
    Endpoint(
        path="/api/v1/logbook/{n}", name="readEntry", handler=read_entry, roles=WORKERS, answer="Entry",
        summary="One entry", path_docs=_N, faults=(404, 503),
    ),
    Endpoint(
        path="/api/v1/logbook/{n}/sign-off", method="POST", name="signOff", handler=sign_off,
        roles=SUPERVISION, needs_person=True, body=SIGN_OFF, status=201,
        also={200: "You signed it before."}, answer="Entry", path_docs=_N, faults=(404, 409, 503),
        summary="Sign that one has read the log up to this entry",
    ),
)  # fmt: skip
