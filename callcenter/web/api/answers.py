"""How JSON goes out."""

import json
from typing import Any

from aiohttp import web


def dumps(value: Any) -> str:
    """Compact JSON; text stays readable."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def answer(value: Any, status: int = 200) -> web.Response:
    """The value as a JSON response."""
    return web.json_response(value, status=status, dumps=dumps)
