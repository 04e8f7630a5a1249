"""How JSON goes out."""

import json
from typing import Any, Final

from aiohttp import web

_WORTH_PACKING: Final = 2000
"""Bytes; less is not worth the browser's and our time."""


def dumps(value: Any) -> str:
    """Compact JSON; text stays readable."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def answer(value: Any, status: int = 200) -> web.Response:
    """The value as a JSON response."""
    response = web.json_response(value, status=status, dumps=dumps)
    if len(response.body or b"") > _WORTH_PACKING:  # type: ignore[arg-type]  # bytes: we made it of text
        response.enable_compression()
    return response
