"""One table row per address of the API. It registers the route, guards it and describes it, so that the
three can't drift."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

from callcenter.terms import Role
from callcenter.web.acts import refuse_nobody
from callcenter.web.auth import admit
from callcenter.web.bodies import Body
from callcenter.web.params import Param, refuse_unknown
from callcenter.web.uploads import Upload

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One address and one method that it answers."""

    path: str
    method: Literal["GET", "POST", "PUT"] = "GET"
    name: str
    """The operation's id in the description."""
    handler: Handler
    summary: str
    doc: str = ""
    roles: frozenset[Role] | None = None
    """Who may ask; None: everybody."""
    needs_person: bool = False
    """Whether it is an act of a person, refused to a token without one."""
    by_feed_key: bool = False
    """Whether the key in a calendar's address opens it too; the handler looks at who asks."""
    path_docs: Mapping[str, str] = field(default_factory=dict)
    """What the path's variables mean."""
    query: tuple[Param[Any], ...] = ()
    any_query: bool = False
    """Whether unknown parameters are let pass."""
    body: Body[Any] | None = None
    """The JSON object that comes with the request."""
    upload: Upload | None = None
    """The file that comes with the request."""
    status: int = 200
    """Of the usual answer."""
    answer: str | None = None
    """The schema's name of the JSON answer; None: *media_type* is text."""
    media_type: str = "application/json"
    also: Mapping[int, str] = field(default_factory=dict)
    """Further answers that have the same shape, and what they mean."""
    faults: tuple[int, ...] = ()
    """Problems besides those that every address may answer with."""


def register(app: web.Application, endpoints: tuple[Endpoint, ...]) -> None:
    """Serve them. HEAD is answered where the answer ends."""
    for endpoint in endpoints:
        if endpoint.method != "GET":
            app.router.add_route(endpoint.method, endpoint.path, _guarded(endpoint), name=endpoint.name)
            continue
        allow_head = endpoint.media_type != "text/event-stream"
        app.router.add_get(endpoint.path, _guarded(endpoint), name=endpoint.name, allow_head=allow_head)


def _guarded(endpoint: Endpoint) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        if endpoint.roles is not None and not endpoint.by_feed_key:
            principal = await admit(request, endpoint.roles, by_token=endpoint.method != "GET")
            if endpoint.needs_person:
                refuse_nobody(principal)
        if not endpoint.any_query:
            refuse_unknown(request, endpoint.query)
        return await endpoint.handler(request)

    return handler
