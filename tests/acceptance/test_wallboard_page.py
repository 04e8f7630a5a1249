"""The wallboard in a real browser: what people see on the wall, on a phone, and when something is lost."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from callcenter.record import Call
from callcenter.terms import Outcome
from callcenter.web.app import make_app
from callcenter.web.assets import ASSETS
from callcenter.web.keys import WebSettings
from tests.support.browser import PHONE, WALL, Server, browsing, watched_page
from tests.support.factories import NOON, make_call, make_hotline, missed_call
from tests.support.fakeweb import MAIN, SECRET, World, a_day
from tests.support.sights import CUT_OFF, TOO_FAINT

pytestmark = [pytest.mark.needs_chromium, pytest.mark.asyncio(loop_scope="module")]

MIDNIGHT = NOON - timedelta(hours=12)
CALLER = "13800138000"
BOARD = "/wallboard/4001"
GREY = re.compile(r"grayscale")
NOTE_BANNER = """() => {
  const banner = document.getElementById("banner");
  const note = () => { window.bannerWasShown ||= !banner.hidden };
  new MutationObserver(note).observe(banner, {attributes: true});
}"""
"""It may be gone again before a busy machine has looked."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with browsing() as one:
        yield one


@pytest.fixture
def world() -> World:
    """A hotline with a morning behind it, and one on which nobody has called."""
    return a_world(a_day(NOON, MIDNIGHT, share=3))


def a_world(calls: list[Call]) -> World:
    return World(NOON, (make_hotline(name="客户服务热线"), make_hotline("4002", name="技术支持")), calls)


@pytest_asyncio.fixture(loop_scope="module")
async def server() -> AsyncIterator[Server]:
    one = Server()
    yield one
    await one.stop()


def app_of(world: World, **settings: float):
    told = {"beat_seconds": 3600.0, "refresh_seconds": 3600.0, "coalesce_seconds": 0.02} | settings
    return make_app(world.parts(), WebSettings(secret=SECRET, **told))


def ago(seconds: float):
    return NOON - timedelta(seconds=seconds)


async def stopped_clock(page):
    """From now on the page's time passes only when the test says so."""
    await page.clock.install(time=0)
    await page.clock.pause_at(1000)


async def live(page):
    await expect(page.locator("body")).to_have_attribute("data-link", "live")


# What is on the wall


async def test_figures_on_the_page_are_those_of_the_api(browser, server, world):
    await server.start(app_of(world))
    today = dict(world.feed.snapshot("4001", NOON))["today"]
    async with watched_page(browser) as watched:
        page = watched.page
        await page.goto(server.url(BOARD))
        await live(page)
        await expect(page.locator("#rate")).to_have_text(f"{today['three_ring_rate'] * 100:.1f}")
        await expect(page.locator("#strict")).to_have_text(f"{today['strict'] * 100:.1f}%")
        await expect(page.locator("#answer-rate")).to_have_text(f"{today['answer_rate'] * 100:.1f}%")
        for name in ("offered", "answered", "missed", "short"):
            await expect(page.locator(f"#{name}")).to_have_text(str(today[name]))
        counted = today["offered"] - today["short"]
        await expect(page.locator("#rate-of")).to_have_text(
            f"{counted} 通中有 {today['on_time']} 通在3声内接听"
        )
        assert watched.errors == []


async def test_rings_of_the_answers_are_counted_in_1_2_3_and_4_and_more(browser, server):
    calls = [make_call(n, caller_rings=rings) for n, rings in enumerate([1, 1, 1, 2, 3, 3, 4, 5, 9])]
    await server.start(app_of(a_world(calls)))
    async with watched_page(browser) as watched:
        await watched.page.goto(server.url(BOARD))
        columns = watched.page.locator("#histogram .column")
        await expect(columns).to_have_text(["31", "12", "23", "34+"])
        late = [await columns.nth(n).get_attribute("data-late") for n in range(4)]
        assert late == ["false", "false", "false", "true"]


async def test_the_last_missed_calls_are_told_without_a_number(browser, server):
    calls = [
        missed_call(1, Outcome.BUSY, arrived_at=ago(7200), caller_rings=None),
        missed_call(2, Outcome.ABANDONED, arrived_at=ago(3600), caller_rings=4, caller=CALLER),
    ]
    await server.start(app_of(a_world(calls)))
    async with watched_page(browser) as watched:
        await watched.page.goto(server.url(BOARD))
        rows = watched.page.locator("#missed-list li")
        await expect(rows).to_have_text(["11:00主叫挂断响4声", "10:00忙线未振铃"])


async def test_the_rate_can_be_read_from_eight_metres(browser, server, world):
    """Digits of a fifth of the screen's height: 14 cm on a 55-inch screen."""
    await server.start(app_of(world))
    for size in (WALL, {"width": 1366, "height": 768}, {"width": 3840, "height": 2160}):
        async with watched_page(browser, viewport=size) as watched:
            await watched.page.goto(server.url(BOARD))
            await live(watched.page)
            digits = await watched.page.evaluate(DIGIT_HEIGHT)
            assert digits >= 0.2 * size["height"]


async def test_calls_the_board_could_not_judge_open_the_rate_to_its_bounds(browser, server):
    calls = [make_call(n) for n in range(1, 9)] + [missed_call(9, Outcome.LOST), make_call(10, on_time=None)]
    await server.start(app_of(a_world(calls)))
    async with watched_page(browser, locale="en") as watched:
        page = watched.page
        await page.goto(server.url(BOARD))
        await expect(page.locator("#rate")).to_have_text("80.0")
        await expect(page.locator("#bounds")).to_have_text("between 80.0% and 100%, not judged: 2")
        await expect(page.locator("#strict-bounds")).to_have_text("80.0–100%")
        await expect(page.locator("#answer-bounds")).to_have_text("90.0–100%")


async def test_time_in_which_the_pbx_was_not_heard_is_marked_on_the_trend(browser, server, world):
    await server.start(app_of(world))
    async with watched_page(browser) as watched:
        page = watched.page
        await page.goto(server.url(BOARD))
        canvas = page.locator("#trend canvas")
        await expect(canvas).to_be_visible()
        await expect(page.locator("#blind")).to_be_hidden()
        before = await canvas.screenshot()
        world.feed.board.load([], [(MAIN, MIDNIGHT + timedelta(hours=2), MIDNIGHT + timedelta(hours=3))])
        world.offer()
        await expect(page.locator("#blind")).to_have_text("失联 1:00:00")
        assert await canvas.screenshot() != before


# Calls now


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("zh-CN", ["第1声及时", "第2声接近时限", "第3声最后一声", "第4声超时"]),
        ("en", ["ring 1in time", "ring 2nearly due", "ring 3last ring in time", "ring 4overdue"]),
    ],
)
async def test_the_ring_counter_ticks_by_itself_in_the_hotlines_cadence(browser, server, world, lang, told):
    """Amber at ring N-1, red past N, at the very tenth of a second, and said in words each time."""
    world.ring(world.offer(at=ago(4)), "1001", at=ago(4))
    await server.start(app_of(world))
    async with watched_page(browser, locale=lang) as watched:
        page = watched.page
        await stopped_clock(page)
        await page.goto(server.url(BOARD))
        await live(page)
        call = page.locator("#calls .call")
        words = [await call.locator(".ring, .verdict").all_text_contents()]
        verdicts = [await call.get_attribute("data-verdict")]
        for until_just_before in (900, 4800, 4800):
            await page.clock.run_for(until_just_before)
            assert await call.get_attribute("data-verdict") == verdicts[-1]
            await page.clock.run_for(200)
            words.append(await call.locator(".ring, .verdict").all_text_contents())
            verdicts.append(await call.get_attribute("data-verdict"))
        assert verdicts == ["early", "near", "last", "over"]
        assert ["".join(pair) for pair in words] == told
        assert await page.locator("#spoken").text_content() != ""


async def test_amber_and_red_are_seen_and_not_by_colour_alone(browser, server, world):
    world.ring(world.offer(at=ago(7)), at=ago(7))
    world.ring(world.offer(at=ago(17)), at=ago(17))
    await server.start(app_of(world))
    async with watched_page(browser, reduced_motion="reduce") as watched:
        page = watched.page
        await stopped_clock(page)
        await page.goto(server.url(BOARD))
        over, near = (page.locator(f'.call[data-verdict="{name}"]') for name in ("over", "near"))
        await expect(over).to_have_css("background-color", "rgb(179, 38, 30)")
        await expect(near.locator(".ring")).to_have_css("color", "rgb(255, 197, 61)")
        sign = "e => getComputedStyle(e, '::before').content"
        assert await over.locator(".verdict").evaluate(sign) == '"✕ "'
        assert await near.locator(".verdict").evaluate(sign) == '"▲ "'
        await expect(over.locator(".verdict")).to_have_text("超时")


async def test_callers_come_ring_and_go_without_a_reload(browser, server, world):
    await server.start(app_of(world))
    async with watched_page(browser) as watched:
        page = watched.page
        await stopped_clock(page)
        await page.goto(server.url(BOARD))
        await expect(page.locator("#calls-none")).to_have_text("当前没有来电")
        await page.evaluate("window.isTheSamePage = true")
        call = world.offer(at=ago(12))
        row = page.locator("#calls .call")
        await expect(row.locator(".ring")).to_have_text("等待中")
        await expect(page.locator("#waiting")).to_have_text("1")
        await expect(page.locator("#longest")).to_have_text("0:12")
        call = world.ring(call, "1001", "1003", at=ago(1))
        await expect(row.locator(".ring")).to_have_text("第1声")
        await expect(row.locator(".phones")).to_have_text("分机 1001 1003")
        answered = int(await page.locator("#answered").text_content())
        world.answer(call)
        await expect(row).to_have_count(0)
        await expect(page.locator("#answered")).to_have_text(str(answered + 1))
        await expect(page.locator("#talking")).to_have_text("1")
        await expect(page.locator("#waiting")).to_have_text("0")
        await expect(page.locator("#longest")).to_have_text("—")
        assert await page.evaluate("window.isTheSamePage")


async def test_more_callers_than_there_is_room_for_are_counted(browser, server, world):
    for n in range(8):
        world.offer(at=ago(60 - n))
    await server.start(app_of(world))
    async with watched_page(browser) as watched:
        await watched.page.goto(server.url(BOARD))
        await expect(watched.page.locator("#calls .call")).to_have_count(5)
        await expect(watched.page.locator("#calls-more")).to_have_text("另有 3 通")


async def test_a_ring_whose_begin_was_not_seen_is_not_counted(browser, server, world):
    from dataclasses import replace

    from callcenter.facts import CallChanged
    from callcenter.terms import Truncated

    call = world.ring(world.offer(at=ago(20)), at=ago(20))
    world.feed.apply(CallChanged(at=NOON, call=replace(call, truncated=Truncated.START, seq=9)))
    await server.start(app_of(world))
    async with watched_page(browser) as watched:
        await watched.page.goto(server.url(BOARD))
        row = watched.page.locator("#calls .call")
        await expect(row.locator(".ring")).to_have_text("第?声")
        await expect(row.locator(".verdict")).to_have_text("开始时刻未知")


async def test_a_screen_whose_own_clock_is_wrong_counts_rings_right(browser, server, world):
    world.ring(world.offer(at=ago(6)), at=ago(6))
    await server.start(app_of(world))
    async with watched_page(browser) as watched:
        await watched.page.clock.install(time="1999-01-01T00:00:00Z")
        await watched.page.clock.pause_at("1999-01-01T00:00:01Z")
        await watched.page.goto(server.url(BOARD))
        await expect(watched.page.locator("#calls .ring")).to_have_text("第2声")
        await expect(watched.page.locator("#clock")).to_have_text("12:00:00")


# No data, and lost links


async def test_no_data_looks_like_no_data(browser, server):
    await server.start(app_of(a_world([])))
    async with watched_page(browser) as watched:
        page = watched.page
        for path in (BOARD, "/wallboard"):
            await page.goto(server.url(path))
            await live(page)
            text = await page.locator("main").inner_text()
            assert "暂无数据" in text
            assert not re.search(r"\b(0|100)\s*%", text)
        await page.goto(server.url(BOARD))
        await expect(page.locator("#rate-of")).to_have_text("今日暂无来电")
        await expect(page.locator("#strict")).to_have_text("—")
        await expect(page.locator("#answer-rate")).to_have_text("—")
        await expect(page.locator("#histogram .n")).to_have_text(["—"] * 4)


async def test_only_short_hang_ups_are_no_data_for_the_rate_and_zero_for_the_strict_one(browser, server):
    await server.start(app_of(a_world([missed_call(1, wait_seconds=2.0, short_abandoned=True)])))
    async with watched_page(browser) as watched:
        await watched.page.goto(server.url(BOARD))
        await expect(watched.page.locator("#rate")).to_have_text("暂无数据")
        await expect(watched.page.locator("#strict")).to_have_text("0%")


async def test_a_rate_is_never_rounded_up_to_100_or_down_to_0(browser, server):
    calls = [make_call(n) for n in range(2001)] + [missed_call(9999, Outcome.BUSY)]
    await server.start(app_of(a_world(calls)))
    async with watched_page(browser) as watched:
        await watched.page.goto(server.url(BOARD))
        await expect(watched.page.locator("#rate")).to_have_text("99.9")


async def test_when_the_pbx_is_lost_the_board_says_so_at_once_and_greys_its_figures(browser, server, world):
    world.ring(world.offer(at=ago(3)), at=ago(3))
    await server.start(app_of(world))
    async with watched_page(browser) as watched:
        page = watched.page
        await page.goto(server.url(BOARD))
        await live(page)
        await expect(page.locator("#banner")).to_be_hidden()
        rate = await page.locator("#rate").text_content()
        world.lose_link()
        await expect(page.locator("#banner")).to_be_visible()
        await expect(page.locator("#banner-title")).to_have_text("与PBX连接中断")
        await expect(page.locator("#banner-detail")).to_contain_text("12:00:00")
        assert (await page.locator("#banner").bounding_box())["width"] == WALL["width"]
        await expect(page.locator("#rate-card")).to_have_css("filter", GREY)
        await expect(page.locator("#rate")).to_have_text(rate)
        for name in ("#waiting", "#longest", "#talking"):
            await expect(page.locator(name)).to_have_text("—")
        await expect(page.locator("#calls .call")).to_have_count(0)
        await expect(page.locator("#calls-none")).to_have_text("连接恢复前无法得知")
        world.regain_link()
        await expect(page.locator("#banner")).to_be_hidden()
        await expect(page.locator("#rate-card")).to_have_css("filter", "none")
        await expect(page.locator("#calls .call")).to_have_count(1)


async def test_a_lost_link_is_shown_before_any_new_figures_come(browser, server, world):
    await server.start(app_of(world, coalesce_seconds=3600.0))
    async with watched_page(browser) as watched:
        page = watched.page
        await page.goto(server.url(BOARD))
        await live(page)
        world.lose_link()
        await expect(page.locator("#banner-title")).to_have_text("与PBX连接中断")
        await expect(page.locator("#waiting")).to_have_text("—")


async def test_a_link_that_was_never_there_is_no_quiet_hotline(browser, server):
    world = World(NOON, [make_hotline()], is_linked=False)
    await server.start(app_of(world))
    async with watched_page(browser) as watched:
        await watched.page.goto(server.url(BOARD))
        await expect(watched.page.locator("#banner-title")).to_have_text("尚未连接到PBX")
        await expect(watched.page.locator("#waiting")).to_have_text("—")


async def test_when_the_service_dies_the_board_says_so_and_comes_back_by_itself(browser, server, world):
    await server.start(app_of(world))
    async with watched_page(browser) as watched:
        page = watched.page
        await page.goto(server.url(BOARD))
        await live(page)
        await page.evaluate("window.isTheSamePage = true")
        await server.stop()
        await expect(page.locator("#banner-title")).to_have_text("与服务器连接中断")
        await expect(page.locator("#rate-card")).to_have_css("filter", GREY)
        await expect(page.locator("#waiting")).to_have_text("—")
        world.give_up(world.offer(at=ago(30)))
        await server.start(app_of(world))
        await expect(page.locator("#banner")).to_be_hidden()
        missed = dict(world.feed.snapshot("4001", NOON))["today"]["missed"]
        await expect(page.locator("#missed")).to_have_text(str(missed))
        assert await page.evaluate("window.isTheSamePage")


async def test_silence_on_an_open_connection_counts_as_broken(browser, server, world):
    """A service that hangs, or a cable that was pulled, closes nothing."""
    await server.start(app_of(world, beat_seconds=2.0))
    async with watched_page(browser) as watched:
        page = watched.page
        await stopped_clock(page)
        await page.goto(server.url(BOARD))
        await live(page)
        await page.clock.run_for(5400)
        await expect(page.locator("#banner")).to_be_hidden()
        await page.clock.run_for(1200)
        await expect(page.locator("#banner-title")).to_have_text("与服务器连接中断")


async def test_a_reader_that_was_too_slow_comes_back_by_itself(browser, server, world):
    await server.start(app_of(world))
    async with watched_page(browser) as watched:
        page = watched.page
        await page.goto(server.url(BOARD))
        await live(page)
        await page.evaluate(NOTE_BANNER)
        world.outrun_readers()
        await page.wait_for_function("window.bannerWasShown")
        await expect(page.locator("#banner")).to_be_hidden()
        await live(page)


async def test_an_updated_service_brings_its_own_page(browser, server, world):
    await server.start(app_of(world))
    async with watched_page(browser) as watched:
        page = watched.page
        await page.goto(server.url(BOARD))
        await live(page)
        await page.evaluate("window.isTheSamePage = true")
        await server.stop()
        updated = app_of(world)
        updated[ASSETS].build = "new"
        async with page.expect_event("domcontentloaded"):
            await server.start(updated)
        await live(page)
        assert await page.evaluate("window.isTheSamePage === undefined")
        assert any("/static/new/js/board.js" in url for url in watched.requests)


# All hotlines


async def test_all_hotlines_stand_side_by_side_and_each_tells_its_worst_call(browser, server, world):
    world.ring(world.offer("4001", at=ago(21)), at=ago(21))
    world.ring(world.offer("4001", at=ago(6)), at=ago(6))
    await server.start(app_of(world))
    async with watched_page(browser) as watched:
        page = watched.page
        await stopped_clock(page)
        await page.goto(server.url("/wallboard"))
        first, second = page.locator(".tile").nth(0), page.locator(".tile").nth(1)
        await expect(first.locator('[data-part="now"]')).to_have_text("第5声 · 超时")
        await expect(first).to_have_attribute("data-verdict", "over")
        await expect(first.locator('[data-part="waiting"]')).to_have_text("2")
        await expect(second.locator('[data-part="rate"]')).to_have_text("暂无数据")
        await expect(second.locator('[data-part="now"]')).to_have_text("当前没有来电")
        await first.click()
        await expect(page.locator("h1")).to_have_text("客户服务热线")
        assert watched.errors == []


async def test_a_tile_whose_pbx_is_lost_says_so_while_the_others_go_on(browser, server):
    hotlines = [make_hotline("4001"), make_hotline("4002", pbx="branch")]
    world = World(NOON, hotlines, [make_call(1), make_call(2, hotline="4002")])
    await server.start(app_of(world))
    async with watched_page(browser, locale="en") as watched:
        page = watched.page
        await page.goto(server.url("/wallboard"))
        here, branch = page.locator(".tile").nth(0), page.locator(".tile").nth(1)
        await expect(branch.locator('[data-part="now"]')).to_have_text("PBX connection lost")
        await expect(branch).to_have_css("filter", GREY)
        await expect(here).to_have_css("filter", "none")
        await expect(page.locator("#banner")).to_be_hidden()
        world.lose_link()
        await expect(page.locator("#banner")).to_be_visible()


# For everybody, everywhere


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_no_caller_reaches_a_screen_by_any_way(browser, server, world, lang):
    await server.start(app_of(world))
    async with watched_page(browser, locale=lang) as watched:
        page = watched.page
        sent, bodies = "", []

        def keep(answer):
            if answer.request.resource_type in ("document", "fetch", "xhr"):
                bodies.append(asyncio.ensure_future(answer.body()))

        page.on("response", keep)
        await stopped_clock(page)
        for path in (BOARD, "/wallboard", "/"):
            await page.goto(server.url(path))
            if path != "/":
                await live(page)
                call = world.ring(world.offer(at=ago(8), caller=CALLER), "1001", at=ago(8))
                await expect(page.locator('[data-verdict="near"]').first).to_be_visible()
                world.give_up(call)
                await expect(page.locator('[data-verdict="near"]')).to_have_count(0)
            assert CALLER not in await page.content()
            sent += "".join(body.decode(errors="replace") for body in await asyncio.gather(*bodies))
            bodies.clear()
        sent += "".join(watched.received)
        assert len([message for message in watched.received if "call_id" in message]) >= 6
        assert CALLER not in sent
        assert not [call.caller for call in world.store.calls if call.caller and call.caller in sent]


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
@pytest.mark.parametrize(
    "size", [WALL, {"width": 1280, "height": 720}, PHONE], ids=["1080p", "720p", "phone"]
)
async def test_everything_fits_and_nothing_is_fetched_from_elsewhere(browser, server, world, lang, size):
    for n in range(8):
        world.ring(world.offer(at=ago(20 - n)), "1001", "1002", "1003", "1004", "1005", at=ago(18 - n))
    await server.start(app_of(world))
    async with watched_page(browser, locale=lang, viewport=size) as watched:
        page = watched.page
        for path in (BOARD, "/wallboard", "/", "/wallboard/nowhere"):
            await page.goto(server.url(path))
            if path in (BOARD, "/wallboard"):
                await live(page)
            await expect(page.locator("body")).to_be_visible()
            room = await page.evaluate(
                "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
            )
            assert room[0] <= size["width"]
            if size is not PHONE and path.startswith("/wallboard"):
                assert room[1] <= size["height"]
                assert await page.evaluate(CUT_OFF) == []
        assert [url for url in watched.requests if not url.startswith(server.url("/"))] == []
        assert [error for error in watched.errors if "404" not in error] == []


@pytest.mark.parametrize("many", [1, 3, 5, 12])
async def test_all_hotlines_fit_on_one_screen_however_many_and_however_named(browser, server, many):
    name = "客户服务热线与售后支持 Customer service and support"
    hotlines = [make_hotline(f"40{n:02}", name=name) for n in range(many)]
    await server.start(app_of(World(NOON, hotlines, a_day(NOON, MIDNIGHT, hotline="4000", share=9))))
    for lang in ("zh-CN", "en"):
        async with watched_page(browser, locale=lang) as watched:
            await watched.page.goto(server.url("/wallboard"))
            await live(watched.page)
            assert await watched.page.evaluate(CUT_OFF) == []


@pytest.mark.parametrize("path", [BOARD, "/wallboard", "/"])
async def test_text_stands_out_from_its_ground(browser, server, world, path):
    """WCAG 2 AA: 4.5 to 1, large text 3 to 1."""
    world.ring(world.offer(at=ago(7)), at=ago(7))
    world.ring(world.offer(at=ago(17)), at=ago(17))
    await server.start(app_of(world))
    async with watched_page(browser, reduced_motion="reduce") as watched:
        await stopped_clock(watched.page)
        await watched.page.goto(server.url(path))
        await expect(watched.page.locator("main")).to_be_visible()
        assert await watched.page.evaluate(TOO_FAINT) == []


async def test_the_language_is_switched_on_the_screen_and_kept(browser, server, world):
    await server.start(app_of(world))
    async with watched_page(browser) as watched:
        page = watched.page
        await page.goto(server.url(BOARD))
        await expect(page.locator("#rate-card h2")).to_have_text("今日三声接听率")
        await page.get_by_role("link", name="English").click()
        await expect(page.locator("#rate-card h2")).to_have_text("Answered within 3 rings today")
        await page.goto(server.url("/wallboard"))
        await expect(page.locator("h1")).to_have_text("All hotlines")
        await expect(page.locator("html")).to_have_attribute("lang", "en")


async def test_before_its_script_runs_a_board_shows_no_figure_at_all(browser, server, world):
    await server.start(app_of(world))
    async with watched_page(browser, java_script_enabled=False) as watched:
        await watched.page.goto(server.url(BOARD))
        figures = await watched.page.locator("main dd, #rate").all_text_contents()
        assert {figure.strip() for figure in figures} == {"—"}
        await expect(watched.page.locator(".noscript")).to_be_visible()


DIGIT_HEIGHT = """() => {
  const style = getComputedStyle(document.querySelector("#rate"));
  const context = document.createElement("canvas").getContext("2d");
  context.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  const size = context.measureText("8");
  return size.actualBoundingBoxAscent + size.actualBoundingBoxDescent;
}"""
