"""Draws docs/wallboard.png: the wallboard of a made-up afternoon, as it is.

python -m tests.support.picture
"""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import expect

from callcenter.web.app import make_app
from callcenter.web.keys import WebSettings
from tests.support.browser import Server, browsing, watched_page
from tests.support.factories import make_hotline
from tests.support.fakeweb import MAIN, SECRET, World, a_day

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "wallboard.png"
NOW = datetime(2026, 11, 20, 9, 47, 8, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 19, 16, tzinfo=UTC)


def an_afternoon() -> World:
    """Three callers ringing, one waiting, two talking; the PBX was away for a while at night."""
    world = World(NOW, [make_hotline(name="客户服务 Customer service")], a_day(NOW, MIDNIGHT, share=3))
    world.feed.board.load([], [(MAIN, MIDNIGHT + timedelta(hours=4.8), MIDNIGHT + timedelta(hours=5.25))])
    for waited, rang, phones in ((21, 17.5, "1001 1002 1003"), (14, 8, "1004"), (3, 2, "1005 1006")):
        call = world.offer(at=NOW - timedelta(seconds=waited))
        world.ring(call, *phones.split(), at=NOW - timedelta(seconds=rang))
    world.offer(at=NOW - timedelta(seconds=26))
    for ago in (64, 140):
        call = world.ring(world.offer(at=NOW - timedelta(seconds=ago)), at=NOW - timedelta(seconds=ago))
        world.answer(call, at=NOW - timedelta(seconds=ago - 4))
    return world


async def draw() -> None:
    """Opens it in Chromium and keeps what is seen."""
    server = Server()
    await server.start(make_app(an_afternoon().parts(), WebSettings(secret=SECRET)))
    size = {"width": 1600, "height": 900}
    async with browsing() as browser, watched_page(browser, viewport=size, locale="en") as watched:
        await watched.page.clock.install(time=0)
        await watched.page.clock.pause_at(1000)
        await watched.page.goto(server.url("/wallboard/4001"))
        await expect(watched.page.locator("body")).to_have_attribute("data-link", "live")
        await expect(watched.page.locator("#trend canvas")).to_be_visible()
        await watched.page.screenshot(path=PICTURE, animations="disabled")
    await server.stop()


if __name__ == "__main__":
    asyncio.run(draw())
