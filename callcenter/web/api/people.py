"""``/api/v1/people``: who may be on duty, and who somebody who asks is."""

from datetime import date
from http import HTTPStatus
from typing import Annotated, Any, Final

import msgspec
from aiohttp import web

from callcenter.kpi import instant_json
from callcenter.roster.model import Person
from callcenter.terms import AgentId, Phone, Role
from callcenter.web import params
from callcenter.web.acts import author_of, person_of, record_act
from callcenter.web.api.answers import answer
from callcenter.web.api.roster import calendar_file
from callcenter.web.auth import ADMINISTRATION, PRINCIPAL, STAFF, SUPERVISION
from callcenter.web.bodies import Body, Given, NewId, Sentence, Word, field_fault
from callcenter.web.desks import PersonVersion
from callcenter.web.endpoints import Endpoint
from callcenter.web.feedkeys import FEED_KEYS, admit_to_feed
from callcenter.web.keys import DESKS
from callcenter.web.problems import Problem

ACTIVE_ON: Final = params.day("active_on", "Only who may be on duty on that day.")


class PersonGiven(Given, frozen=True, kw_only=True):
    """What is told of a person. All of it takes the place of what was told before."""

    name: Word
    phones: Annotated[tuple[Word, ...], msgspec.Meta(max_length=10)] = ()
    """In the order in which they are tried."""
    roles: Annotated[tuple[Role, ...], msgspec.Meta(min_length=1, max_length=5)] = (Role.AGENT,)
    sort_key: Annotated[str, msgspec.Meta(max_length=200)] = ""
    active_from: date | None = None
    active_until: date | None = None
    reason: Sentence


class NewPerson(PersonGiven, frozen=True, kw_only=True):
    """Somebody new."""

    id: NewId


class Leaving(Given, frozen=True, kw_only=True):
    """Somebody leaves."""

    last_day: date
    reason: Sentence


ADDED: Final = Body(NewPerson)
CHANGED: Final = Body(PersonGiven)
LEAVING: Final = Body(Leaving)


async def list_people(request: web.Request) -> web.Response:
    """Everybody."""
    day = ACTIVE_ON.read(request)
    people = await request.app[DESKS].people.all()
    return answer({"items": [person_json(p) for p in people if day is None or p.active_on(day)]})


async def read_person(request: web.Request) -> web.Response:
    """Somebody."""
    return answer(person_json(await _named(request)))


async def read_history(request: web.Request) -> web.Response:
    """What was told of somebody before."""
    found = await request.app[DESKS].people.history(AgentId(request.match_info["id"]))
    return answer({"items": [_version_json(version) for version in found]})


async def add_person(request: web.Request) -> web.Response:
    """Somebody new; the same person again is no other."""
    given = await ADDED.read(request)
    person = _person(AgentId(given.id), given)
    known = await _find(request, person.id)
    if known is not None:
        if _is_same(known, person):
            return answer(person_json(known))
        raise Problem(HTTPStatus.CONFLICT, "there is somebody else with this id", field="id")
    return await _put(request, "people.add", person, given.reason, status=201)


async def change_person(request: web.Request) -> web.Response:
    """Other names, phones, roles, times."""
    known, given = await _named(request), await CHANGED.read(request)
    person = _person(known.id, given)
    if _is_same(known, person):
        return answer(person_json(known))
    return await _put(request, "people.change", person, given.reason, status=200)


async def let_leave(request: web.Request) -> web.Response:
    """A last day; history stays."""
    known, given = await _named(request), await LEAVING.read(request)
    if known.active_until == given.last_day:
        return answer(person_json(known))
    await record_act(request, "people.leave", known.id)
    desk = request.app[DESKS].people
    left = await desk.leave(known.id, given.last_day, author_of(request), given.reason)
    return answer(person_json(left))


async def who_am_i(request: web.Request) -> web.Response:
    """The role and the person behind the token."""
    principal = request[PRINCIPAL]
    person = await _find(request, principal.person) if principal.person else None
    name = person.name if person else principal.person
    return answer({"role": principal.role.value, "person": principal.person, "name": name})


async def person_calendar(request: web.Request) -> web.Response:
    """A person's duty as iCalendar."""
    person = AgentId(request.match_info["id"])
    await admit_to_feed(request, "person", person)
    return calendar_file(await request.app[DESKS].roster.calendar_of_person(person))


async def person_calendar_link(request: web.Request) -> web.Response:
    """Where a calendar program finds it. It opens without a token, so it is told to that person alone, and to
    supervisors."""
    person = await _named(request)
    if request[PRINCIPAL].role not in SUPERVISION and person_of(request) != person.id:
        raise Problem(HTTPStatus.FORBIDDEN, "this address is for that person and for supervisors")
    return answer({"url": request.app[FEED_KEYS].url("person", person.id)})


def person_json(person: Person) -> dict[str, Any]:
    """What is told of a person."""
    return {
        "id": person.id, "name": person.name, "sort_key": person.sort_key, "phones": list(person.phones),
        "roles": [role.value for role in person.roles],
        "active_from": person.active_from.isoformat() if person.active_from else None,
        "active_until": person.active_until.isoformat() if person.active_until else None,
    }  # fmt: skip


def _version_json(version: PersonVersion) -> dict[str, Any]:
    told = {"at": instant_json(version.at), "author": version.author, "reason": version.reason}
    return told | {"person": person_json(version.person)}


def _person(person: AgentId, given: PersonGiven) -> Person:
    if given.active_from and given.active_until and given.active_until < given.active_from:
        raise field_fault("active_until", "must not be before active_from")
    return Person(
        id=person, name=given.name, sort_key=given.sort_key, phones=tuple(map(Phone, given.phones)),
        roles=given.roles, active_from=given.active_from, active_until=given.active_until,
    )  # fmt: skip


def _is_same(known: Person, person: Person) -> bool:
    """Whether *known* already is what was asked for; a sort key that was left out is made by us."""
    told = person_json(person)
    return person_json(known) == told | ({} if person.sort_key else {"sort_key": known.sort_key})


async def _put(request: web.Request, act: str, person: Person, reason: str, status: int) -> web.Response:
    await record_act(request, act, person.id)
    kept = await request.app[DESKS].people.put(person, author_of(request), reason)
    return answer(person_json(kept), status=status)


async def _find(request: web.Request, person: AgentId) -> Person | None:
    return next((one for one in await request.app[DESKS].people.all() if one.id == person), None)


async def _named(request: web.Request) -> Person:
    person = await _find(request, AgentId(request.match_info["id"]))
    if person is None:
        raise Problem.not_found("there is no such person")
    return person


_ID: Final = {"id": "The person's id."}

ENDPOINTS: Final = (
    Endpoint(
        path="/api/v1/me", name="whoAmI", handler=who_am_i, roles=STAFF, answer="Me",
        summary="The role and the person behind the token", faults=(503,),
    ),
    Endpoint(
        path="/api/v1/people", name="listPeople", handler=list_people, roles=STAFF, answer="People",
        summary="Everybody who is or was on duty", query=(ACTIVE_ON,), faults=(503,),
    ),
    Endpoint(
        path="/api/v1/people", method="POST", name="addPerson", handler=add_person, roles=ADMINISTRATION,
        body=ADDED, status=201, also={200: "That person is already there."}, answer="Person",
        summary="Add somebody", faults=(409, 503),
    ),
    Endpoint(
        path="/api/v1/people/{id}.ics", name="readPersonCalendar", handler=person_calendar, roles=STAFF,
        by_feed_key=True, media_type="text/calendar", path_docs=_ID, faults=(404, 503),
        summary="A person's duty as a calendar (iCalendar)",
    ),
    Endpoint(
        path="/api/v1/people/{id}", name="readPerson", handler=read_person, roles=STAFF, answer="Person",
        summary="Somebody", path_docs=_ID, faults=(404, 503),
    ),
    Endpoint(
        path="/api/v1/people/{id}", method="PUT", name="changePerson", handler=change_person,
        roles=ADMINISTRATION, body=CHANGED, answer="Person", summary="Tell anew what is told of somebody",
        path_docs=_ID, faults=(404, 409, 503),
    ),
    Endpoint(
        path="/api/v1/people/{id}/leave", method="POST", name="letPersonLeave", handler=let_leave,
        roles=ADMINISTRATION, body=LEAVING, answer="Person", summary="Let somebody leave", path_docs=_ID,
        doc="History keeps name and shifts. Refused (409) while shifts after the last day are theirs.",
        faults=(404, 409, 503),
    ),
    Endpoint(
        path="/api/v1/people/{id}/history", name="readPersonHistory", handler=read_history, roles=SUPERVISION,
        answer="PersonHistory", summary="What was told of somebody, the newest first", path_docs=_ID,
        faults=(404, 503),
    ),
    Endpoint(
        path="/api/v1/people/{id}/calendar", name="readPersonCalendarLink", handler=person_calendar_link,
        roles=STAFF, answer="CalendarLink", path_docs=_ID, faults=(404, 503),
        summary="The signed address of a person's calendar",
    ),
)  # fmt: skip
