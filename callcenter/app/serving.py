"""The addresses we serve at."""

import errno
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from callcenter.app.faults import CannotStart
from callcenter.config import Listen
from callcenter.web.api.health import HEALTH, METRICS
from callcenter.web.endpoints import register
from callcenter.web.keys import PARTS, SETTINGS, Parts, WebSettings
from callcenter.web.problems import problem_response, problems_middleware

GRACE = 3.0
"""Seconds that requests have to end in when we stop."""


@asynccontextmanager
async def served(app: web.Application, listen: Listen, how_else: str) -> AsyncIterator[str]:
    """Serve *app* at *listen* and give its address, with the port that a 0 became.

    Raises CannotStart where that is impossible; *how_else* says how to choose another address.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=GRACE, handle_signals=False)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, listen.host, listen.port).start()
        except (OSError, OverflowError) as error:
            raise CannotStart(_why(error, listen, how_else)) from None
        port = runner.addresses[0][1]
        yield f"http://{shown(Listen(listen.host, port))}"
    finally:
        await runner.cleanup()


def check_free(listen: Listen, how_else: str) -> None:
    """Raises CannotStart if *listen* is taken: better at once than after all the rest was started."""
    if listen.port == 0:
        return
    try:
        socket.create_server(listen, family=socket.AF_INET6 if ":" in listen.host else socket.AF_INET).close()
    except OSError as error:
        raise CannotStart(_why(error, listen, how_else)) from None


def metrics_app(parts: Parts, settings: WebSettings) -> web.Application:
    """``/metrics`` and the health checks, for an address of their own."""
    app = web.Application(middlewares=[problems_middleware(problem_response)])
    app[PARTS] = parts
    app[SETTINGS] = settings
    register(app, (METRICS, *HEALTH))
    return app


def shown(listen: Listen) -> Listen:
    """The same as an address that a browser on this machine can open."""
    # the wildcard is compared here, never bound
    return Listen({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(listen.host, listen.host), listen.port)  # noqa: S104


def _why(error: Exception, listen: Listen, how_else: str) -> str:
    match getattr(error, "errno", None):
        case errno.EADDRINUSE:
            return f"{listen} is taken by another program: stop it, or {how_else}"
        case errno.EACCES:
            return f"{listen} needs rights that we don't have (ports below 1024): {how_else}"
        case errno.EADDRNOTAVAIL:
            return f"{listen.host} is no address of this machine: {how_else}"
    return f"{listen} can't be listened on ({error}): {how_else}"
