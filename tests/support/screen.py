"""Looking at a service over HTTP, and waiting until there is something to see."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from callcenter.app.service import App
from callcenter.terms import Role


class Screen:
    """Somebody who looks at the service over HTTP."""

    def __init__(self, app: App, session: aiohttp.ClientSession) -> None:
        self.app = app
        self._session = session

    async def get(self, path: str, status: int = 200, address: str | None = None) -> Any:
        async with self._session.get((address or self.app.address) + path) as answer:
            assert answer.status == status, await answer.text()
            return await (answer.json() if "json" in answer.content_type else answer.text())

    async def live(self) -> dict[str, Any]:
        return await self.get("/api/v1/hotlines/4001/live")

    async def parts(self) -> dict[str, Any]:
        async with self._session.get(f"{self.app.address}/readyz") as answer:
            return (await answer.json())["parts"]

    async def calls(self) -> list[dict[str, Any]]:
        _, token = await self.app.tokens.create(Role.ADMIN)
        headers = {"Authorization": f"Bearer {token}"}
        async with self._session.get(f"{self.app.address}/api/v1/calls", headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return (await answer.json())["items"]


async def until(look: Callable[[], Awaitable[Any]], seconds: float = 30.0) -> Any:
    """Looks until there is something to see: what another process or thread does can't wake us."""
    async with asyncio.timeout(seconds):
        while not (seen := await look()):  # noqa: ASYNC110 - a request is how it is seen
            await asyncio.sleep(0.02)
        return seen


async def stored(app: App) -> None:
    """Until everything that was told is in PostgreSQL."""

    async def delivered() -> bool:
        return app.pump.settled and await app.spool.flush(5) and await app.writer.drain(5)

    await until(delivered, 60)


async def quiet(screen: Screen) -> dict[str, Any]:
    """The live picture once nobody is in progress or talking."""

    async def over() -> dict[str, Any] | None:
        live = await screen.live()
        done = (
            live["link"]["up"]
            and live["today"]["arrived"]
            and not live["in_progress"]
            and not live["talking"]
        )
        return live if done else None

    return await until(over)
