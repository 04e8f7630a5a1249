"""One table row per address of the API. It registers the route, guards it and describes it, so that the
three can't drift."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from callcenter.terms import Role
from callcenter.web.auth import admit
from callcenter.web.params import Param, refuse_unknown

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One address that answers GET."""

    path: str
    name: str
    """The operation's id in the description."""
    handler: Handler
    summary: str
    doc: str = ""
    roles: frozenset[Role] | None = None
    """Who may ask; None: everybody."""
    path_docs: Mapping[str, str] = field(default_factory=dict)
    """What the path's variables mean."""
    query: tuple[Param[Any], ...] = ()
    any_query: bool = False
    """Whether unknown parameters are let pass."""
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
        allow_head = endpoint.media_type != "text/event-stream"
        app.router.add_get(endpoint.path, _guarded(endpoint), name=endpoint.name, allow_head=allow_head)


def _guarded(endpoint: Endpoint) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        if endpoint.roles is not None:
            await admit(request, endpoint.roles)
        if not endpoint.any_query:
            refuse_unknown(request, endpoint.query)
        return await endpoint.handler(request)

    return handler
