"""Puts the web part together."""

from typing import Final

from aiohttp import web

from callcenter.web import openapi, pages, stream
from callcenter.web.api import (
    attendance,
    calls,
    changes,
    duty,
    figures,
    handover,
    health,
    hotlines,
    logbook,
    past,
    people,
    roster,
    routing,
    workdays,
)
from callcenter.web.api.answers import answer
from callcenter.web.assets import ASSETS, Assets
from callcenter.web.auth import WALLBOARD_KEYS, WallboardKeys
from callcenter.web.endpoints import Endpoint, register
from callcenter.web.feedkeys import FEED_KEYS, FeedKeys
from callcenter.web.keys import DESKS, PARTS, SETTINGS, Parts, WebSettings
from callcenter.web.problems import problems_middleware
from callcenter.web.security import add_headers
from callcenter.web.sight import PICTURES, Pictures
from callcenter.web.stream import STREAMS, Streams

DESCRIPTION: Final = web.AppKey("DESCRIPTION", dict)


def make_app(parts: Parts, settings: WebSettings) -> web.Application:
    """The web application: API, stream and screens over *parts*. Run it with an access log that leaves out
    queries: a wallboard's key is one."""
    app = web.Application(middlewares=[problems_middleware(pages.problem_page)], client_max_size=64 * 1024)
    app[PARTS] = parts
    app[SETTINGS] = settings
    app[ASSETS] = Assets()
    app[WALLBOARD_KEYS] = WallboardKeys(settings.secret)
    app[FEED_KEYS] = FeedKeys(settings.secret)
    app[DESKS] = parts.desks
    app[PICTURES] = Pictures(parts)
    app[STREAMS] = Streams(settings.max_streams)
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(app[STREAMS].close)
    table = endpoints(settings)
    app[DESCRIPTION] = openapi.describe(table)
    register(app, table)
    pages.set_up(app)
    app.router.add_get("/static/{build}/{name:.+}", app[ASSETS].serve, name="static")
    app.router.add_get("/favicon.ico", app[ASSETS].favicon, name="favicon")
    return app


def endpoints(settings: WebSettings) -> tuple[Endpoint, ...]:
    """The table of the API's addresses."""
    return (
        *_OF_DESKS,
        *calls.ENDPOINTS,
        *past.ENDPOINTS,
        *hotlines.ENDPOINTS,
        stream.ENDPOINT,
        _DESCRIPTION_ENDPOINT,
        *health.HEALTH,
        *((health.METRICS,) if settings.serve_metrics else ()),
    )


_OF_DESKS: Final = (
    *duty.ENDPOINTS,
    *roster.ENDPOINTS,
    *people.ENDPOINTS,
    *workdays.ENDPOINTS,
    *changes.ENDPOINTS,
    *attendance.ENDPOINTS,
    *logbook.ENDPOINTS,
    *handover.ENDPOINTS,
    *routing.ENDPOINTS,
    *figures.ENDPOINTS,
)


async def _describe(request: web.Request) -> web.Response:
    return answer(request.app[DESCRIPTION])


_DESCRIPTION_ENDPOINT: Final = Endpoint(
    path="/api/v1/openapi.json", name="readDescription", handler=_describe, answer="Description",
    summary="This description",
)  # fmt: skip
