"""The screens: ``/``, ``/wallboard`` and ``/wallboard/{hotline}``. Figures come by the stream; a page brings
the first of them along, so it never shows wrong ones."""

from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import aiohttp_jinja2
import jinja2
from aiohttp import web

from callcenter.sites import Hotline
from callcenter.web import client, i18n
from callcenter.web.assets import ASSETS
from callcenter.web.auth import PRINCIPAL, SCREENS, admit, permit_hotline
from callcenter.web.i18n import Language, Speech
from callcenter.web.i18n import mark as _
from callcenter.web.keys import PARTS, SETTINGS
from callcenter.web.problems import Problem

TEMPLATES: Final = Path(__file__).parent / "templates"
ENVIRONMENTS: Final = {
    language: web.AppKey(f"JINJA_{language.name}", jinja2.Environment) for language in Language
}
PART_NAMES: Final = {
    "ami": _("PBX"),
    "spool": _("Outbox"),
    "store": _("Database"),
    "schema": _("Database schema"),
}
SPEECH: Final = web.AppKey("SPEECH", dict[Language, Speech])


def set_up(app: web.Application) -> None:
    """One template environment per language, and the routes."""
    app[SPEECH] = {language: i18n.load(language) for language in Language}
    for language, speech in app[SPEECH].items():
        env = aiohttp_jinja2.setup(
            app, app_key=ENVIRONMENTS[language], loader=jinja2.FileSystemLoader(TEMPLATES),
            extensions=["jinja2.ext.i18n"], default_helpers=False, undefined=jinja2.StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        translations = speech.translations
        env.install_gettext_callables(translations.gettext, translations.ngettext, newstyle=True)  # type: ignore[attr-defined]  # by the extension
        env.globals["asset"] = app[ASSETS].url
        env.globals["spoken"] = partial(i18n.spoken, language=language)
    app.router.add_get("/", console, name="console")
    app.router.add_get("/wallboard", wallboards, name="wallboards")
    app.router.add_get("/wallboard/{hotline}", wallboard, name="wallboard")


async def wallboard(request: web.Request) -> web.Response:
    """One hotline's screen."""
    principal = await admit(request, SCREENS)
    hotline = request.app[PARTS].hotline(request.match_info["hotline"])
    if hotline is None:
        raise Problem.not_found("there is no such hotline")
    permit_hotline(principal, hotline.number)
    stream = _with_key(request, "/api/v1/stream", hotline=hotline.number)
    context = {"hotline": hotline, "setup": client.setup(request, _speech(request), (hotline,), stream)}
    return render(request, "wallboard.html", context | {"all": _with_key(request, "/wallboard")})


async def wallboards(request: web.Request) -> web.Response:
    """All hotlines that the asker may see, as tiles."""
    await admit(request, SCREENS)
    hotlines = seen_hotlines(request)
    setup = client.setup(request, _speech(request), hotlines, _with_key(request, "/api/v1/stream"))
    tiles = [(hotline, _board_url(request, hotline)) for hotline in hotlines]
    return render(request, "wallboards.html", {"tiles": tiles, "setup": setup})


async def console(request: web.Request) -> web.Response:
    """Where to go on: screens, readiness, the API. Names no hotline to somebody who may not see it."""
    parts = request.app[PARTS]
    try:
        await admit(request, SCREENS)
        boards = [(hotline, _board_url(request, hotline)) for hotline in seen_hotlines(request)]
    except Problem:
        boards = None
    state = dict(await parts.readiness.parts())
    speech = _speech(request)
    context = {
        "boards": boards, "all": _with_key(request, "/wallboard"), "parts": state,
        "has_metrics": request.app[SETTINGS].serve_metrics,
        "part_name": lambda name: _part_name(name, speech),
    }  # fmt: skip
    return render(request, "console.html", context)


def problem_page(request: web.Request, problem: Problem) -> web.Response:
    """A problem for people."""
    response = render(request, "problem.html", {"problem": problem, "kind": _kind(problem)}, problem.status)
    response.headers.update(problem.headers)
    return response


def seen_hotlines(request: web.Request) -> tuple[Hotline, ...]:
    """The hotlines that the asker may see."""
    limit = request[PRINCIPAL].hotline
    return tuple(hotline for hotline in request.app[PARTS].hotlines if limit in (None, hotline.number))


def render(request: web.Request, template: str, context: dict[str, Any], status: int = 200) -> web.Response:
    """A template in the reader's language."""
    language = i18n.wanted(request)
    shared = {"lang": language.value, "languages_links": _switch(request, language)}
    response = aiohttp_jinja2.render_template(
        template, request, shared | context, app_key=ENVIRONMENTS[language], status=status
    )
    response.headers["Vary"] = "Accept-Language, Cookie"
    response.headers["Content-Language"] = language.value
    i18n.remember(request, response)
    return response


def _speech(request: web.Request) -> Speech:
    return request.app[SPEECH][i18n.wanted(request)]


def _part_name(name: str, speech: Speech) -> str:
    kind, _colon, which = name.partition(":")
    told = speech(PART_NAMES[kind]) if kind in PART_NAMES else kind
    return f"{told} {which}".strip()


def _kind(problem: Problem) -> str:
    match problem.status:
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return "closed"
        case HTTPStatus.NOT_FOUND:
            return "missing"
        case _:
            return "broken"


def _board_url(request: web.Request, hotline: Hotline) -> str:
    return _with_key(request, f"/wallboard/{quote(hotline.number, safe='')}")


def _with_key(request: web.Request, path: str, **query: str) -> str:
    """The address with the key that opened this page, if one did."""
    if key := request.query.get("key"):
        query["key"] = key
    return f"{path}?{urlencode(query)}" if query else path


def _switch(request: web.Request, current: Language) -> list[dict[str, Any]]:
    """Links to this page in each language."""
    names = {Language.CHINESE: "中文", Language.ENGLISH: "English"}
    return [
        {
            "tag": language.value, "name": names[language], "current": language is current,
            "url": _with_key(request, request.rel_url.raw_path, lang=language.value),
        }
        for language in Language
    ]  # fmt: skip
