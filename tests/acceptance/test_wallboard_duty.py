"""Who is on duty, on the wall: now and next, and that nobody is, before any call comes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from callcenter.facts import DutyChanged
from callcenter.terms import HotlineNumber
from callcenter.web.app import make_app
from callcenter.web.keys import WebSettings
from tests.support.browser import PHONE, WALL, Server, browsing, watched_page
from tests.support.factories import NOON, make_hotline
from tests.support.fakeweb import SECRET, World, a_day
from tests.support.sights import CUT_OFF, TOO_FAINT

pytestmark = [pytest.mark.needs_chromium, pytest.mark.asyncio(loop_scope="module")]

BOARD = "/wallboard/4001"
HOUR = timedelta(hours=1)


def at(hours: float) -> str:
    """So many hours from noon."""
    return (NOON + hours * HOUR).isoformat()


def on_duty(name: str, role: str, since: float, until: float) -> dict[str, Any]:
    told = {"person": name, "name": name, "role": role, "shift_id": f"{name} {since}"}
    return told | {"since": at(since), "until": at(until)}


WANG, LI = on_duty("王小明", "primary", -4, 8), on_duty("李娜", "backup", -4, 8)
CHEN, ZHAO = on_duty("陈主任", "supervisor", -28, 44), on_duty("赵敏", "primary", 8, 20)
STAFFED = {
    "on_duty": [WANG, LI, CHEN], "next_duty": {"at": at(8), "on_duty": [ZHAO, CHEN]}, "staffed": True,
    "after_hours": False,
}  # fmt: skip
ENDING = STAFFED | {"next_duty": {"at": at(8), "on_duty": []}}
NOBODY = {
    "on_duty": [],
    "next_duty": {"at": at(44), "on_duty": [ZHAO]},
    "staffed": False,
    "after_hours": False,
}
ALARM = NOBODY | {"after_hours": True, "next_duty": None}
LONG = on_duty("Maria Hernández-Oyelaran of the night team", "primary", -4, 8)
CROWD = [ZHAO, *(on_duty(f"Zhou Jie {n}", "primary", 8, 20) for n in range(4))]
CROWDED = STAFFED | {
    "on_duty": [WANG, LONG, LI, ZHAO, CHEN],
    "next_duty": {"at": at(8), "on_duty": CROWD},
}
UNKNOWN = {"on_duty": [], "next_duty": None, "staffed": None, "after_hours": False}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with browsing() as one:
        yield one


@pytest.fixture
def world() -> World:
    """A morning of calls, and a hotline without a roster beside it."""
    calls = a_day(NOON, NOON - 12 * HOUR, share=3)
    return World(NOON, (make_hotline(name="客户服务热线"), make_hotline("4002", name="技术支持")), calls)


@pytest_asyncio.fixture(loop_scope="module")
async def server() -> AsyncIterator[Server]:
    one = Server()
    yield one
    await one.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def seen(browser, server, world) -> AsyncIterator[Callable[[str], Awaitable[Page]]]:
    """Opens a page of the world, once it is as it shall be."""
    async with watched_page(browser) as watched:

        async def opened(path: str) -> Page:
            await server.start(app_of(world))
            await watched.page.goto(server.url(path))
            return watched.page

        yield opened


def put(world: World, duty: dict[str, Any]) -> None:
    """From now on that is who is on duty at 4001."""
    world.feed.board.duty = lambda number, _at: duty if number == "4001" else UNKNOWN
    world.feed.apply(DutyChanged(at=NOON, hotline=HotlineNumber("4001")))


def app_of(world: World, **settings: float):
    told = {"beat_seconds": 3600.0, "refresh_seconds": 3600.0, "coalesce_seconds": 0.02} | settings
    return make_app(world.parts(), WebSettings(secret=SECRET, **told))


async def test_who_is_on_duty_and_who_is_next_is_told_in_the_hotlines_time(browser, server, world):
    put(world, STAFFED)
    await server.start(app_of(world))
    async with watched_page(browser) as watched:
        page = watched.page
        await page.goto(server.url(BOARD))
        await expect(page.locator("#duty-now li")).to_have_text(
            ["王小明主班08:00–20:00", "李娜备班08:00–20:00", "陈主任主管周四08:00–周日08:00"]
        )
        await expect(page.locator("#duty-next-at")).to_have_text("20:00 起")
        await expect(page.locator("#duty-next-people li")).to_have_text(["赵敏主班"])
        await expect(page.locator("#duty-nobody")).to_be_hidden()
        await expect(page.locator("#duty")).to_have_attribute("data-state", "staffed")
        assert watched.errors == []


async def test_it_is_told_in_english_too(browser, server, world):
    put(world, STAFFED)
    await server.start(app_of(world))
    async with watched_page(browser, locale="en") as watched:
        page = watched.page
        await page.goto(server.url(BOARD))
        await expect(page.locator("#duty-now li").first).to_have_text("王小明primary08:00–20:00")
        await expect(page.locator("#duty-next-at")).to_have_text("From 20:00")
        await page.goto(server.url("/wallboard"))
        await expect(page.locator('[data-part="duty"]').first).to_have_text("On duty: 王小明")


@pytest.mark.parametrize(
    ("duty", "sign", "ground"),
    [(NOBODY, '"▲ "', "rgb(58, 47, 16)"), (ALARM, '"✕ "', "rgb(179, 38, 30)")],
    ids=["in office hours", "after hours"],
)
async def test_nobody_on_duty_is_seen_before_any_call_comes(seen, world, duty, sign, ground):
    put(world, duty)
    page = await seen(BOARD)
    await expect(page.locator("#duty")).to_have_css("background-color", ground)
    nobody = page.locator("#duty-nobody")
    await expect(nobody).to_have_text("无人值班")
    assert await nobody.evaluate("e => getComputedStyle(e, '::before').content") == sign
    assert await nobody.get_attribute("role") == "alert"
    await page.goto(page.url.replace(BOARD, "/wallboard"))
    await expect(page.locator('[data-part="duty"]').first).to_have_text("无人值班")


async def test_a_shift_that_nobody_follows_is_seen_while_it_lasts(browser, server, world):
    put(world, ENDING)
    await server.start(app_of(world))
    async with watched_page(browser) as watched:
        page = watched.page
        await page.goto(server.url(BOARD))
        await expect(page.locator("#duty-next-nobody")).to_have_text("无人值班")
        await expect(page.locator("#duty-nobody")).to_be_hidden()
        await expect(page.locator("#duty")).to_have_css("border-color", "rgb(255, 197, 61)")


async def test_more_people_than_there_is_room_for_are_counted(seen, world):
    put(world, CROWDED)
    page = await seen(BOARD)
    await expect(page.locator("#duty-now li").last).to_have_text("另有 3 人")
    await expect(page.locator("#duty-next-people li").last).to_have_text("另有 3 人")  # Zhao stays


async def test_without_a_roster_nothing_is_said_of_duty(browser, server, world):
    put(world, STAFFED)
    await server.start(app_of(world))
    async with watched_page(browser) as watched:
        page = watched.page
        await page.goto(server.url("/wallboard/4002"))
        await expect(page.locator("body")).to_have_attribute("data-link", "live")
        await expect(page.locator("#duty")).to_be_hidden()
        await page.goto(server.url("/wallboard"))
        await expect(page.locator('[data-part="duty"]').nth(1)).to_have_text("")


async def test_when_the_roster_changes_the_wall_follows_without_a_reload(browser, server, world):
    put(world, STAFFED)
    await server.start(app_of(world, coalesce_seconds=3600.0))  # by the event itself, not by a snapshot
    async with watched_page(browser) as watched:
        page = watched.page
        await page.goto(server.url(BOARD))
        await expect(page.locator("#duty-now li")).to_have_count(3)
        await page.evaluate("window.isTheSamePage = true")
        put(world, STAFFED | {"on_duty": [ZHAO]})
        await expect(page.locator("#duty-now li")).to_have_text(["赵敏主班20:00–08:00"])
        put(world, ALARM)
        await expect(page.locator("#duty-nobody")).to_be_visible()
        await expect(page.locator("#duty-now li")).to_have_count(0)
        assert await page.evaluate("window.isTheSamePage")


async def test_the_roster_stays_true_when_the_pbx_is_lost_and_not_when_the_service_is(browser, server, world):
    put(world, STAFFED)
    await server.start(app_of(world))
    async with watched_page(browser) as watched:
        page = watched.page
        await page.goto(server.url(BOARD))
        await expect(page.locator("body")).to_have_attribute("data-link", "live")
        world.lose_link()
        await expect(page.locator("body")).to_have_attribute("data-link", "pbx")
        await expect(page.locator("#duty")).to_have_css("filter", "none")
        await server.stop()
        await expect(page.locator("body")).to_have_attribute("data-link", "server", timeout=20_000)
        await expect(page.locator("#duty")).to_have_css("filter", "grayscale(1)")


@pytest.mark.parametrize(
    "duty", [STAFFED, CROWDED, ENDING, NOBODY, ALARM], ids=lambda duty: str(duty["staffed"])
)
@pytest.mark.parametrize(
    "size", [WALL, {"width": 1280, "height": 720}, PHONE], ids=["1080p", "720p", "phone"]
)
async def test_it_fits_and_can_be_read_in_both_languages(browser, server, world, duty, size):
    for n in range(8):
        world.ring(
            world.offer(at=NOON - timedelta(seconds=20 - n)), "1001", "1002", at=NOON - timedelta(seconds=18)
        )
    put(world, duty)
    await server.start(app_of(world))
    for lang in ("zh-CN", "en"):
        async with watched_page(browser, locale=lang, viewport=size, reduced_motion="reduce") as watched:
            page = watched.page
            for path in (BOARD, "/wallboard"):
                await page.goto(server.url(path))
                await expect(page.locator("body")).to_have_attribute("data-link", "live")
                width, height = await page.evaluate(
                    "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
                )
                assert width <= size["width"]
                assert await page.evaluate(TOO_FAINT) == []
                if size is not PHONE:
                    assert height <= size["height"]
                    assert await page.evaluate(CUT_OFF) == []
            assert watched.errors == []


async def test_the_last_missed_calls_name_nobody(browser, server, world):
    put(world, STAFFED)
    world.give_up(world.ring(world.offer(at=NOON - timedelta(seconds=30)), at=NOON - timedelta(seconds=29)))
    await server.start(app_of(world))
    async with watched_page(browser) as watched:
        await watched.page.goto(server.url(BOARD))
        await expect(watched.page.locator("#missed-list li")).not_to_have_count(0)
        assert "王小明" not in await watched.page.locator(".last-missed").inner_text()
        live = await watched.page.evaluate("fetch('/api/v1/hotlines/4001/live').then(a => a.json())")
        assert {name for miss in live["missed"] for name in miss} == {"at", "outcome", "caller_rings"}
