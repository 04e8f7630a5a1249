"""Every error as RFC 9457 problem+json; a browser that asked for a page gets it as a page.

A problem never carries what a store or a PBX said: that may hold a caller's number. It goes to the
log's reader by its exception alone.
"""

import json
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from callcenter.web.desks import BadFile, Unknown
from callcenter.web.keys import PARTS

CONTENT_TYPE: Final = "application/problem+json"
_MACHINE_PATHS: Final = ("/api/", "/metrics", "/healthz", "/readyz", "/static/")
_log = logging.getLogger(__name__)


class Problem(Exception):
    """Why a request is refused; *extra* are further members: ``parameter`` names the faulty one, ``field``
    the faulty field of a body."""

    def __init__(
        self, status: HTTPStatus, detail: str, *, headers: dict[str, str] | None = None, **extra: Any
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}
        self.extra = extra

    @classmethod
    def parameter(cls, name: str, detail: str) -> "Problem":
        """A query or path parameter that can't be used."""
        return cls(HTTPStatus.BAD_REQUEST, f"{name}: {detail}", parameter=name)

    @classmethod
    def not_found(cls, detail: str) -> "Problem":
        """There is no such thing."""
        return cls(HTTPStatus.NOT_FOUND, detail)

    @classmethod
    def unauthorised(cls, detail: str, error: str | None = None) -> "Problem":
        """Who asks is not known."""
        challenge = 'Bearer realm="callcenter"' + (f', error="{error}"' if error else "")
        return cls(HTTPStatus.UNAUTHORIZED, detail, headers={"WWW-Authenticate": challenge})

    def to_json(self, instance: str) -> dict[str, Any]:
        """The members of RFC 9457. *instance*: the path that was asked for, without its query."""
        told = {"type": "about:blank", "title": self.status.phrase, "status": int(self.status)}
        return told | {"detail": self.detail, "instance": instance} | self.extra


ProblemPage = Callable[[web.Request, Problem], web.Response]
"""How a problem looks to people."""


def problem_response(request: web.Request, problem: Problem) -> web.Response:
    """The problem as JSON."""
    return web.Response(
        text=json.dumps(problem.to_json(request.path), ensure_ascii=False),
        status=problem.status, content_type=CONTENT_TYPE, headers=problem.headers,
    )  # fmt: skip


def wants_page(request: web.Request) -> bool:
    """Whether a person's browser asks for a page, as opposed to a program for data."""
    is_machine = request.path.startswith(_MACHINE_PATHS)
    return not is_machine and "text/html" in request.headers.get("Accept", "")


def problems_middleware(page: ProblemPage) -> Middleware:
    """Turns whatever goes wrong below into a problem. *page* renders one for people."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Problem as problem:
            return _answer(request, problem, page)
        except Unknown as error:
            return _answer(request, Problem.not_found(str(error)), page)
        except BadFile as error:
            return _answer(request, Problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)), page)
        except request.app[PARTS].refusals as error:
            return _answer(request, Problem(HTTPStatus.CONFLICT, str(error)), page)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            return _answer(request, _of_http(request, error), page)
        except request.app[PARTS].unavailable:
            return _answer(request, _store_away(), page)
        except Exception:  # noqa: BLE001 - whatever it is, it is told as a problem and goes to the log
            _log.exception("request failed: %s %s", request.method, request.match_info.route.resource)
            broken = "something broke here; the log tells what"
            return _answer(request, Problem(HTTPStatus.INTERNAL_SERVER_ERROR, broken), page)

    return middleware


def _answer(request: web.Request, problem: Problem, page: ProblemPage) -> web.Response:
    return page(request, problem) if wants_page(request) else problem_response(request, problem)


def _store_away() -> Problem:
    detail = "the store can't be reached; live figures go on"
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers={"Retry-After": "5"})


def _of_http(request: web.Request, error: web.HTTPException) -> Problem:
    status = HTTPStatus(error.status)
    allow = error.headers.get("Allow")
    headers = {"Allow": allow} if allow else {}
    match status:
        case HTTPStatus.NOT_FOUND:
            detail = "there is nothing at this address"
        case HTTPStatus.METHOD_NOT_ALLOWED:
            detail = f"{request.method} is not possible here, but {allow}"
        case _:
            detail = status.description or status.phrase
    return Problem(status, detail, headers=headers)
