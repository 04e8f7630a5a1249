"""``/api/v1/calls``: stored calls, by filter and one by one."""

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from callcenter.record import Call
from callcenter.terms import AgentId, CallId, Direction, HotlineNumber, Outcome
from callcenter.web import cursor, params
from callcenter.web.api.answers import answer
from callcenter.web.auth import PRINCIPAL, STAFF, record_lookup
from callcenter.web.endpoints import Endpoint
from callcenter.web.keys import PARTS
from callcenter.web.ports import CallFilter, Position
from callcenter.web.problems import Problem
from callcenter.web.sight import tell

HOTLINE: Final = params.text("hotline", "The hotline's configured number, verbatim.")
FROM: Final = params.instant("from", "Arrived at or after this time.")
TO: Final = params.instant("to", "Arrived before this time.")
OUTCOME: Final = params.choice("outcome", "What became of the call.", Outcome)
AGENT: Final = params.text("agent", "The agent who answered first.")
DIRECTION: Final = params.choice("direction", "Which way the call went.", Direction)
MISSED: Final = params.flag("missed", "true: decided and not answered; false: answered.")
LIMIT: Final = params.whole("limit", "How many calls at most.", lowest=1, highest=500, default=100)
CURSOR: Final = params.Param(
    name="cursor",
    doc="Where to go on: `next` of the answer before.",
    parse=cursor.decode,
    schema={"type": "string", "maxLength": 400},
)
_FILTERS: Final = (HOTLINE, FROM, TO, OUTCOME, AGENT, DIRECTION, MISSED)


async def list_calls(request: web.Request) -> web.Response:
    """Calls by filter, latest arrival first."""
    wanted = _wanted(request)
    limit = LIMIT.read(request) or LIMIT.schema["default"]
    found = await request.app[PARTS].calls.page(wanted, CURSOR.read(request), limit + 1)
    shown, more = found[:limit], found[limit:]
    await record_lookup(request, "calls.list", _filters_told(request), _numbers(shown))
    sight = request[PRINCIPAL].sight
    return answer(
        {
            "items": [tell(call, sight) for call in shown],
            "next": cursor.encode(_at(shown[-1])) if more else None,
        }
    )


async def read_call(request: web.Request) -> web.Response:
    """One call."""
    call_id = CallId(request.match_info["call_id"])
    call = await request.app[PARTS].calls.get(call_id)
    if call is None:
        raise Problem.not_found("there is no such call")
    await record_lookup(request, "calls.read", call_id, _numbers([call]))
    return answer(tell(call, request[PRINCIPAL].sight))


def _wanted(request: web.Request) -> CallFilter:
    hotline, agent = HOTLINE.read(request), AGENT.read(request)
    wanted = CallFilter(
        hotline=HotlineNumber(hotline) if hotline else None,
        start=FROM.read(request),
        end=TO.read(request),
        outcome=OUTCOME.read(request),
        agent=AgentId(agent) if agent else None,
        direction=DIRECTION.read(request),
        missed=MISSED.read(request),
    )
    if wanted.start and wanted.end and wanted.start >= wanted.end:
        raise Problem.parameter("to", "must be later than from")
    return wanted


def _at(call: Call) -> Position:
    return Position(arrived_at=call.arrived_at, call_id=call.call_id)


def _numbers(calls: Sequence[Call]) -> int:
    return sum(1 for call in calls if call.caller is not None or call.direction is Direction.OUTBOUND)


def _filters_told(request: web.Request) -> str:
    given = [f"{param.name}={request.query[param.name]}" for param in _FILTERS if param.name in request.query]
    return "&".join(given) or "all"


ENDPOINTS: Final = (
    Endpoint(
        path="/api/v1/calls", name="listCalls", handler=list_calls, roles=STAFF, answer="Calls",
        summary="Calls by filter, latest arrival first",
        doc="Follow `next` until it is null. Each answer that shows callers' numbers in full is recorded.",
        query=(*_FILTERS, LIMIT, CURSOR), faults=(503,),
    ),
    Endpoint(
        path="/api/v1/calls/{call_id}", name="readCall", handler=read_call, roles=STAFF, answer="Call",
        summary="One call", path_docs={"call_id": "The call's id, such as `main:1795277906.41`."},
        faults=(404, 503),
    ),
)  # fmt: skip
