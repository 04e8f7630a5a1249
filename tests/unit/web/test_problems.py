"""Errors: problem+json for programs, a page for people, and never what a store or PBX said."""

import logging

import pytest


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/api/v1/nowhere", 404),
        ("GET", "/static/0/nowhere.js", 404),
        ("GET", "/static/0/../app.py", 404),
        ("GET", "/static/0/%2e%2e/app.py", 404),
        ("POST", "/api/v1/calls", 405),
        ("DELETE", "/healthz", 405),
        ("HEAD", "/api/v1/stream", 405),
    ],
)
async def test_every_error_is_a_problem(client, method, path, status):
    answer = await client.request(method, path)
    assert answer.status == status
    assert answer.content_type == "application/problem+json"
    if method != "HEAD":
        problem = await answer.json()
        assert problem["status"] == status
        assert problem["type"] == "about:blank"
        assert problem.keys() == {"type", "title", "status", "detail", "instance"}


async def test_a_method_that_is_not_possible_is_told_which_are(client):
    answer = await client.post("/api/v1/hotlines")
    assert set(answer.headers["Allow"].split(",")) == {"GET", "HEAD"}


async def test_a_fault_of_ours_is_logged_and_tells_the_asker_nothing(client, world, bearer, caplog):
    world.store.fault = RuntimeError("caller 13800138000 broke it")
    with caplog.at_level(logging.ERROR, "callcenter.web"):
        answer = await client.get("/api/v1/calls?hotline=4001", headers=bearer("admin"))
    assert answer.status == 500
    assert "13800138000" not in await answer.text()
    (record,) = caplog.records
    assert record.name == "callcenter.web.problems"
    assert "/api/v1/calls" in record.getMessage()


async def test_while_the_store_is_away_it_says_so_and_when_to_come_back(client, world, bearer):
    world.store.fault = ConnectionError("host=db.internal")
    answer = await client.get("/api/v1/hotlines/4001/kpi", headers=bearer("agent"))
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "5"
    assert "db.internal" not in await answer.text()


@pytest.mark.parametrize(
    ("lang", "words"),
    [("zh-CN,zh;q=0.9", "页面不存在"), ("en", "There is nothing here"), ("fr", "There is nothing here")],
)
async def test_people_get_a_page_in_their_language(client, lang, words):
    headers = {"Accept": "text/html,*/*", "Accept-Language": lang}
    answer = await client.get("/wallboard/9999", headers=headers)
    assert answer.status == 404
    assert answer.content_type == "text/html"
    assert words in await answer.text()


async def test_a_browser_that_asks_the_api_still_gets_json(client):
    answer = await client.get("/api/v1/nowhere", headers={"Accept": "text/html"})
    assert answer.content_type == "application/problem+json"


async def test_a_screen_without_its_key_says_so_to_people(serve):
    client = await serve(listen_host="0.0.0.0")
    answer = await client.get("/wallboard/4001", headers={"Accept": "text/html", "Accept-Language": "zh"})
    assert answer.status == 401
    assert "此大屏需用专用链接打开" in await answer.text()


async def test_hostile_text_in_an_address_stays_text(client):
    answer = await client.get(
        "/wallboard/%3Cscript%3Ealert(1)%3C%2Fscript%3E", headers={"Accept": "text/html"}
    )
    assert "<script>alert" not in await answer.text()


@pytest.mark.parametrize(
    "path", ["/", "/wallboard", "/wallboard/4001", "/healthz", "/nowhere", "/api/v1/calls"]
)
async def test_every_answer_carries_the_security_headers(client, path):
    headers = (await client.get(path)).headers
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Server"] == "callcenter"
