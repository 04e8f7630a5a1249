"""A real Prometheus on loopback for one test: it scrapes a page that the test holds, and answers PromQL."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from tests.support import parts

RULES = Path(__file__).resolve().parents[2] / "prometheus" / "rules" / "*.yml"
CONFIG = """
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: ["{rules}"]
scrape_configs:
  - job_name: callcenter
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


class Page:
    """``/metrics`` of a test; knows how often it was read."""

    def __init__(self, exposition: Callable[[str], tuple[bytes, str]]) -> None:
        self._exposition = exposition
        self._scrapes = 0
        self._scraped = asyncio.Condition()

    async def answer(self, request: web.Request) -> web.Response:
        """What Prometheus reads."""
        body, content_type = self._exposition(request.headers.get("Accept", ""))
        async with self._scraped:
            self._scrapes += 1
            self._scraped.notify_all()
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def scraped(self) -> None:
        """Until a scrape that began after now is in Prometheus' memory: the one after it has begun."""
        async with self._scraped:
            wanted = self._scrapes + 2
            await self._scraped.wait_for(lambda: self._scrapes >= wanted)


class Prometheus:
    """Asks PromQL of the server at *url*."""

    def __init__(self, url: str, page: Page) -> None:
        self._url = url
        self.page = page

    async def series(self, expr: str) -> list[tuple[dict[str, str], float]]:
        """The instant vector that *expr* is now: labels and value of each."""
        async with aiohttp.ClientSession() as session:
            answer = await session.get(f"{self._url}/api/v1/query", params={"query": expr})
            told: dict[str, Any] = json.loads(await answer.text())
        if told["status"] != "success":
            raise ValueError(f"{expr}: {told['error']}")
        return [(result["metric"], float(result["value"][1])) for result in told["data"]["result"]]

    async def value(self, expr: str) -> float | None:
        """The one value that *expr* is now; None where it is of no series."""
        series = await self.series(expr)
        if len(series) > 1:
            raise ValueError(f"{expr} is {len(series)} series")
        return series[0][1] if series else None


@asynccontextmanager
async def scraping(exposition: Callable[[str], tuple[bytes, str]], folder: Path) -> AsyncIterator[Prometheus]:
    """A Prometheus that scrapes what *exposition* gives once a second; its files are in *folder*."""
    page = Page(exposition)
    app = web.Application()
    app.router.add_get("/metrics", page.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    config = folder / "prometheus.yml"
    config.write_text(CONFIG.format(port=runner.addresses[0][1], rules=RULES), "utf-8")
    address = f"127.0.0.1:{_free_port()}"
    process = await asyncio.create_subprocess_exec(
        parts.prometheus() or "prometheus", f"--config.file={config}", f"--web.listen-address={address}",
        f"--storage.tsdb.path={folder / 'data'}", "--log.level=error",
    )  # fmt: skip
    try:
        await page.scraped()
        yield Prometheus(f"http://{address}", page)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        await runner.cleanup()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
