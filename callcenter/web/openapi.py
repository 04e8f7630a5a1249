"""The API's description (OpenAPI 3.1), made of the same table that registers the routes."""

import re
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, Final

from callcenter.web.auth import SCREENS
from callcenter.web.bodies import body_schemas
from callcenter.web.endpoints import Endpoint
from callcenter.web.problems import CONTENT_TYPE
from callcenter.web.schemas import SCHEMAS

_VARIABLE: Final = re.compile(r"\{(\w+)\}")
_INTRODUCTION: Final = """What happens on the hotlines, and what has happened.

Times are UTC, ISO 8601 with microseconds; durations are seconds. "No value" is null, never 0 and never "".
A percentage is a number from 0 to 1, null when there was nothing to take it of.
Errors are RFC 9457 problem+json; `parameter` names the faulty parameter, `field` the faulty field of a body.
What changes something asks for a bearer token, and is recorded with who did it. Acts of a person (signing,
agreeing, approving …) are refused (403) to a token that names none, and nobody acts for another.

Callers' numbers: in full for supervisors and administrators (each lookup is recorded), masked to `…` and the
last two digits for agents and quality reviewers, absent for wallboards and on the stream."""


def describe(endpoints: tuple[Endpoint, ...]) -> dict[str, Any]:
    """The whole description, JSON-ready."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "callcenter",
            "version": version("callcenter"),
            "description": _INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": _paths(endpoints),
        "components": {
            "schemas": SCHEMAS | body_schemas([endpoint.body for endpoint in endpoints if endpoint.body]),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "A token with a role."},
                "key": {
                    "type": "apiKey", "in": "query", "name": "key",
                    "description": "A signed wallboard key. Not needed while only this machine can reach us.",
                },
                "feed": {
                    "type": "apiKey", "in": "query", "name": "key",
                    "description": "The key in a calendar's address.",
                },
            },
        },
    }  # fmt: skip


def _paths(endpoints: tuple[Endpoint, ...]) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return paths


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        **({"description": endpoint.doc} if endpoint.doc else {}),
        "security": _security(endpoint),
        "parameters": _path_parameters(endpoint) + _query_parameters(endpoint),
        **_request_body(endpoint),
        "responses": _answers(endpoint) | _faults(endpoint),
    }


def _request_body(endpoint: Endpoint) -> dict[str, Any]:
    if endpoint.body is not None:
        schema = {"$ref": f"#/components/schemas/{endpoint.body.kind.__name__}"}
        required = not endpoint.body.is_optional
        return {"requestBody": {"required": required, "content": {"application/json": {"schema": schema}}}}
    if endpoint.upload is not None:
        form = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string"}}}
        content: dict[str, Any] = {kind: {} for kind in endpoint.upload.types}
        content["multipart/form-data"] = {"schema": form}
        return {"requestBody": {"required": True, "content": content}}
    return {}


def _security(endpoint: Endpoint) -> list[dict[str, list[str]]]:
    if endpoint.roles is None:
        return []
    if endpoint.roles == SCREENS and endpoint.method == "GET":
        return [{"bearer": []}, {"key": []}, {}]
    return [{"bearer": []}, {"feed": []}] if endpoint.by_feed_key else [{"bearer": []}]


def _path_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    return [
        {
            "name": name, "in": "path", "required": True,
            "description": endpoint.path_docs[name], "schema": {"type": "string"},
        }
        for name in _VARIABLE.findall(endpoint.path)
    ]  # fmt: skip


def _query_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    return [
        {"name": param.name, "in": "query", "description": param.doc, "schema": dict(param.schema)}
        for param in endpoint.query
    ]


def _answers(endpoint: Endpoint) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{endpoint.answer}"} if endpoint.answer else {"type": "string"}
    content = {endpoint.media_type: {"schema": schema}}
    meanings = {endpoint.status: "As described.", **endpoint.also}
    return {str(status): {"description": text, "content": content} for status, text in meanings.items()}


def _faults(endpoint: Endpoint) -> dict[str, Any]:
    guarded = (401, 403) if endpoint.roles is not None else ()
    carries = (413, 415, 422) if endpoint.body or endpoint.upload else ()
    statuses = {*endpoint.faults, *guarded, *carries, *((400,) if not endpoint.any_query else ())}
    content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        str(status): {"description": HTTPStatus(status).phrase, "content": content}
        for status in sorted(statuses)
    }
