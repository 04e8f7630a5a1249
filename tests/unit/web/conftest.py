from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from callcenter.web.app import make_app
from callcenter.web.keys import WebSettings
from tests.support.factories import NOON, make_hotline
from tests.support.fakeweb import SECRET, World, a_day

Serve = Callable[..., Awaitable[TestClient[Any, Any]]]


@pytest.fixture
def world() -> World:
    """Two hotlines, the first with a morning of calls, at noon."""
    hotlines = (make_hotline("4001", name="客户服务热线"), make_hotline("_400X", name="Patterns", pbx="main"))
    return World(NOON, hotlines, a_day(NOON, NOON - timedelta(hours=12)))


@pytest.fixture
def serve(world, aiohttp_client) -> Serve:
    """Starts the web application over `world`; settings and parts may be changed by name."""

    async def start(parts: dict[str, Any] | None = None, **settings: Any) -> TestClient[Any, Any]:
        told = WebSettings(**{"secret": SECRET, "beat_seconds": 0.05, "coalesce_seconds": 0.01} | settings)
        return await aiohttp_client(make_app(world.parts(**parts or {}), told))

    return start


@pytest.fixture
async def client(serve) -> TestClient[Any, Any]:
    return await serve()


@pytest.fixture
def bearer() -> Callable[[str], dict[str, str]]:
    """The header of a role's token, or of a person's: ``agent@wang``."""
    return lambda role: {"Authorization": f"Bearer {role}-token"}
