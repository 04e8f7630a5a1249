"""/healthz, /readyz, /metrics."""

from tests.support.fakeweb import FakePart


async def test_the_process_lives(client):
    answer = await client.get("/healthz")
    assert (answer.status, await answer.json()) == (200, {"ok": True})


async def test_ready_when_every_part_is_fit(client):
    answer = await client.get("/readyz")
    assert answer.status == 200
    assert await answer.json() == {
        "ready": True,
        "parts": {name: {"ok": True, "why": None} for name in ("ami:main", "store", "schema")},
    }


async def test_not_ready_says_which_part_and_why(client, world):
    world.readiness.state["ami:main"] = FakePart(ok=False, why="login refused")
    answer = await client.get("/readyz")
    assert answer.status == 503
    told = await answer.json()
    assert told["ready"] is False
    assert told["parts"]["ami:main"] == {"ok": False, "why": "login refused"}
    assert told["parts"]["store"] == {"ok": True, "why": None}


async def test_metrics_come_in_the_format_that_was_asked_for(client):
    plain = await client.get("/metrics")
    assert plain.headers["Content-Type"].startswith("text/plain")
    better = await client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert better.headers["Content-Type"].startswith("application/openmetrics-text")
    assert await better.text() == "# EOF\n"


async def test_metrics_can_be_put_behind_a_token_of_their_own(serve, bearer):
    client = await serve(metrics_token="scrape")
    for headers in ({}, bearer("admin"), {"Authorization": "Basic scrape"}, {"Authorization": "Bearer 抓取"}):
        assert (await client.get("/metrics", headers=headers)).status == 401
    assert (await client.get("/metrics", headers={"Authorization": "Bearer scrape"})).status == 200


async def test_metrics_are_not_here_when_they_have_an_address_of_their_own(serve):
    client = await serve(serve_metrics=False)
    assert (await client.get("/metrics")).status == 404
    assert "/metrics" not in (await (await client.get("/api/v1/openapi.json")).json())["paths"]


async def test_probes_may_add_what_they_like_to_the_address(client):
    assert (await client.get("/healthz?t=1")).status == 200
