"""Pages as they come from the server."""

import json
import re
from datetime import timedelta

import pytest

from callcenter.web.assets import STATIC
from callcenter.web.auth import WallboardKeys
from tests.support.factories import NOON, make_hotline
from tests.support.fakeweb import SECRET, FakePart, World

SETUP = re.compile(r'<script type="application/json" id="setup">(.*?)</script>', re.DOTALL)


async def page(client, path, **headers):
    answer = await client.get(path, headers={"Accept": "text/html", **headers})
    assert answer.status == 200
    assert answer.content_type == "text/html"
    return await answer.text()


async def test_a_board_brings_its_first_figures_along(client, world):
    setup = json.loads(SETUP.search(await page(client, "/wallboard/4001"))[1])
    assert setup["hotlines"][0]["live"]["today"] == dict(world.feed.snapshot("4001", NOON))["today"]
    assert setup["stream"] == "/api/v1/stream?hotline=4001"
    assert setup["silence_ms"] == 150


async def test_no_caller_is_in_a_page(client, world):
    world.ring(world.offer(caller="13800138000"), "1001")
    for path in ("/", "/wallboard", "/wallboard/4001"):
        html = await page(client, path)
        assert "13800138000" not in html
        assert not any(call.caller in html for call in world.store.calls)


async def test_a_key_stays_with_the_links_and_the_stream(serve):
    client = await serve(listen_host="0.0.0.0")
    key = WallboardKeys(SECRET).make()
    html = await page(client, f"/wallboard?key={key}")
    assert f'href="/wallboard/_400X?key={key}"' in html
    assert f'href="/wallboard?lang=en&amp;key={key}"' in html
    assert f"/api/v1/stream?key={key}" in SETUP.search(html)[1]


async def test_the_console_leads_on_and_tells_the_state(client, world):
    world.readiness.state["store"] = FakePart(ok=False, why="PostgreSQL refuses connections")
    html = await page(client, "/", **{"Accept-Language": "zh-CN"})
    for found in (
        "/wallboard/4001",
        "/wallboard/_400X",
        "/wallboard",
        "/api/v1/openapi.json",
        "/readyz",
        "/metrics",
    ):
        assert f'href="{found}"' in html
    assert "PostgreSQL refuses connections" in html
    assert "数据库" in html
    assert "异常" in html


async def test_the_console_names_nothing_to_strangers(serve, world):
    client = await serve(listen_host="0.0.0.0")
    world.readiness.state["store"] = FakePart(ok=False, why="PostgreSQL at db.internal refuses connections")
    html = await page(client, "/")
    assert "4001" not in html
    assert "客户服务热线" not in html
    assert "db.internal" not in html


async def test_names_are_text_whatever_they_hold(aiohttp_client):
    from callcenter.web.app import make_app
    from callcenter.web.keys import WebSettings

    world = World(NOON, [make_hotline(name='</script><img src=x onerror="alert(1)">')])
    client = await aiohttp_client(make_app(world.parts(), WebSettings(secret="s")))
    for path in ("/", "/wallboard", "/wallboard/4001"):
        html = await page(client, path)
        assert "<img" not in html


@pytest.mark.parametrize("path", ["/", "/wallboard", "/wallboard/4001", "/wallboard/4009"])
async def test_pages_run_no_inline_script_and_fetch_nothing_from_elsewhere(client, path):
    html = await (await client.get(path, headers={"Accept": "text/html"})).text()
    scripts = re.findall(r"<script([^>]*)>", html)
    assert all("src=" in script or "application/json" in script for script in scripts)
    assert not re.search(r"\sstyle=|\son\w+=|<style", html)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', html)


async def test_every_file_that_a_page_names_is_there(client):
    for path in ("/", "/wallboard", "/wallboard/4001"):
        html = await page(client, path)
        for name in re.findall(r'(?:src|href)="(/static/[^"]+)"', html):
            assert (await client.get(name)).status == 200, name


async def test_scripts_import_only_what_is_there(client):
    for script in (STATIC / "js").glob("*.js"):
        source = script.read_text(encoding="utf-8")
        for name in re.findall(r'(?:from|import\()\s*"([^"]+)"', source):
            assert (script.parent / name).is_file(), f"{script.name} imports {name}"


async def test_files_are_kept_for_ever_under_their_hash_and_not_under_another(client):
    html = await page(client, "/wallboard/4001")
    css = re.search(r'href="(/static/\w+/css/base.css)"', html)[1]
    current = await client.get(css)
    assert current.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert current.content_type == "text/css"
    old = await client.get("/static/000000000000/css/base.css")
    assert (old.status, old.headers["Cache-Control"]) == (200, "no-cache")
    script = await client.get(css.replace("css/base.css", "js/board.js"))
    assert script.content_type in ("text/javascript", "application/javascript")


async def test_the_icon_is_there_for_browsers_that_ask_by_themselves(client):
    answer = await client.get("/favicon.ico")
    assert (answer.status, answer.content_type) == (200, "image/svg+xml")


async def test_a_page_is_todays_at_the_hotline(client, world):
    world.at = NOON + timedelta(hours=12)  # midnight in Shanghai
    setup = json.loads(SETUP.search(await page(client, "/wallboard/4001"))[1])
    assert setup["hotlines"][0]["live"]["today"]["offered"] == 0
    assert setup["hotlines"][0]["live"]["today"]["three_ring_rate"] is None
