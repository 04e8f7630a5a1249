"""A real Chromium on the screens: a server that can die and come back, pages that tell what went wrong."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from playwright.async_api import Browser, Page, Request, async_playwright, expect

from tests.support.parts import chromium

ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-dev-shm-usage", "--no-first-run",
)  # fmt: skip
expect.set_options(timeout=30_000)  # a limit for a busy machine; what is expected mostly comes at once
WALL = {"width": 1920, "height": 1080}
PHONE = {"width": 390, "height": 844}


class Server:
    """A web application at one address of this machine, whatever becomes of it."""

    def __init__(self) -> None:
        self.port = 0
        self._runner: web.AppRunner | None = None

    async def start(self, app: web.Application) -> None:
        """Serve *app*, at the same port as before."""
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Be gone."""
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@dataclass
class Watched:
    """A page, with all that it said, asked for and was sent."""

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    received: list[str] = field(default_factory=list)

    async def begin(self) -> None:
        """Listen from before the first byte."""
        self.page.on(
            "console", lambda said: said.type in ("error", "warning") and self.errors.append(said.text)
        )
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._asked)
        wire = await self.page.context.new_cdp_session(self.page)
        await wire.send("Network.enable")
        wire.on("Network.eventSourceMessageReceived", lambda message: self.received.append(message["data"]))

    def _asked(self, request: Request) -> None:
        self.requests.append(request.url)


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    """A browser of this test's own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def watched_page(browser: Browser, **context: Any) -> AsyncIterator[Watched]:
    """A page in a fresh profile, on a wall in Chinese unless told otherwise."""
    told: dict[str, Any] = {"viewport": WALL, "locale": "zh-CN", "timezone_id": "America/New_York"}
    profile = await browser.new_context(**told | context)
    try:
        watched = Watched(await profile.new_page())
        await watched.begin()
        yield watched
    finally:
        await profile.close()
