"""``/api/v1/calls/{id}/timeline`` and ``…/versions``: how a call came to its verdict, and what was told of
it before."""

from typing import Final

from aiohttp import web

from callcenter.record import Call
from callcenter.record_json import iso
from callcenter.terms import CallId, Direction
from callcenter.web.api.answers import answer
from callcenter.web.auth import PRINCIPAL, STAFF, record_lookup
from callcenter.web.endpoints import Endpoint
from callcenter.web.keys import PARTS
from callcenter.web.ports import NoTimeline
from callcenter.web.problems import Problem
from callcenter.web.sight import hide_numbers, tell


async def read_timeline(request: web.Request) -> web.Response:
    """A call's story."""
    call = await _stored(request)
    try:
        timeline = await request.app[PARTS].past.timeline(call)
    except NoTimeline as why:
        raise Problem.not_found(str(why)) from None
    await record_lookup(request, "calls.timeline", call.call_id, _numbers(timeline.call))
    sight = request[PRINCIPAL].sight
    told = hide_numbers(dict(timeline.told), timeline.call, sight)
    return answer({"call_id": call.call_id, "call": tell(timeline.call, sight), **told})


async def list_versions(request: web.Request) -> web.Response:
    """What a call was told before it was judged again."""
    call = await _stored(request)
    versions = await request.app[PARTS].past.versions(call)
    await record_lookup(request, "calls.versions", call.call_id, sum(_numbers(v.told) for v in versions))
    sight = request[PRINCIPAL].sight
    return answer(
        {
            "items": [
                {
                    "version": version.version,
                    "replaced_at": iso(version.replaced_at),
                    "reason": version.reason,
                    "told": tell(version.told, sight),
                }
                for version in versions
            ]
        }
    )


async def _stored(request: web.Request) -> Call:
    call = await request.app[PARTS].calls.get(CallId(request.match_info["call_id"]))
    if call is None:
        raise Problem.not_found("there is no such call")
    return call


def _numbers(call: Call) -> int:
    return int(call.caller is not None or call.direction is Direction.OUTBOUND)


_CALL_ID: Final = {"call_id": "The call's id, such as `main:1795277906.41`."}

ENDPOINTS: Final = (
    Endpoint(
        path="/api/v1/calls/{call_id}/timeline", name="readTimeline", handler=read_timeline, roles=STAFF,
        answer="Timeline", summary="How a call came to its verdict", path_docs=_CALL_ID, faults=(404, 503),
        doc="Read from what the PBX said, which is kept for a configured time; 404 says from when on there is"
        " some. `verdict` is the stored call's; `call` is what the events show by the present rules, and"
        " `differs` names what the stored call tells otherwise.",
    ),
    Endpoint(
        path="/api/v1/calls/{call_id}/versions", name="listVersions", handler=list_versions, roles=STAFF,
        answer="Versions", summary="What a call was told before it was judged again", path_docs=_CALL_ID,
        faults=(404, 503),
    ),
)  # fmt: skip
