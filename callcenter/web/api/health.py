"""``/healthz``, ``/readyz`` and ``/metrics``: what machines watch."""

import secrets
from http import HTTPStatus
from typing import Final

from aiohttp import web

from callcenter.web.api.answers import answer
from callcenter.web.auth import bearer
from callcenter.web.endpoints import Endpoint
from callcenter.web.keys import PARTS, SETTINGS
from callcenter.web.problems import Problem


async def healthz(_: web.Request) -> web.Response:
    """The process lives and its loop turns."""
    return answer({"ok": True})


async def readyz(request: web.Request) -> web.Response:
    """Each part by itself; 503 unless all are fit."""
    parts = await request.app[PARTS].readiness.parts()
    ready = all(part.ok for part in parts.values())
    told = {name: {"ok": part.ok, "why": part.why} for name, part in parts.items()}
    return answer({"ready": ready, "parts": told}, status=200 if ready else 503)


async def metrics(request: web.Request) -> web.Response:
    """The metrics page in the format that the asker understands best."""
    _check_metrics_token(request)
    body, content_type = request.app[PARTS].metrics(request.headers.get("Accept", ""))
    return web.Response(body=body, headers={"Content-Type": content_type})


def _check_metrics_token(request: web.Request) -> None:
    expected = request.app[SETTINGS].metrics_token
    if expected is None:
        return
    if not secrets.compare_digest((bearer(request) or "").encode(), expected.encode()):
        headers = {"WWW-Authenticate": 'Bearer realm="metrics"'}
        raise Problem(HTTPStatus.UNAUTHORIZED, "the metrics ask for their own bearer token", headers=headers)


HEALTH: Final = (
    Endpoint(
        path="/healthz", name="healthz", handler=healthz, answer="Health", any_query=True,
        summary="Whether the process lives",
    ),
    Endpoint(
        path="/readyz", name="readyz", handler=readyz, answer="Readiness", any_query=True,
        summary="Whether PBX, store and schema are fit", also={503: "Some part is not fit."},
    ),
)  # fmt: skip
METRICS: Final = Endpoint(
    path="/metrics", name="metrics", handler=metrics, media_type="text/plain", any_query=True,
    summary="Prometheus metrics", doc="Behind a bearer token of its own where one is configured.",
    faults=(401,),
)  # fmt: skip
