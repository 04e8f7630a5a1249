"""A real Prometheus scrapes the real page: every query of the dashboards and every rule runs on it."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from callcenter.facts import CallAnswered, CallEnded, CallMissed
from callcenter.live.board import Board
from callcenter.metrics import Metrics
from callcenter.roster.plan import Plan
from callcenter.terms import Outcome, PbxName
from tests.support import prometheus
from tests.support.factories import NOON, make_call, make_hotline, missed_call

pytestmark = pytest.mark.needs_prometheus

BOARDS = sorted((Path(__file__).resolve().parents[2] / "grafana" / "dashboards").glob("*.json"))
CALLS = [
    *(make_call(n) for n in range(1, 9)),
    missed_call(9),
    missed_call(10, wait_seconds=2.0, short_abandoned=True),
]


@pytest.fixture
def metrics():
    """The page of a service with one hotline that nobody has called yet, and no link to its PBX."""
    hotline = make_hotline()
    page = Metrics(CollectorRegistry(), version="0", hotlines=[hotline], pbxs=[PbxName("main")])
    page.watch_live(Board([hotline]), lambda: NOON)
    page.watch_duty(Plan, lambda: NOON)
    page.watch_spool(lambda: 0)
    page.watch_store(lambda: True)
    return page


@pytest.fixture
async def scraped(metrics, tmp_path):
    """A Prometheus that has seen the hotline idle, and then `CALLS`."""
    async with prometheus.scraping(metrics.exposition, tmp_path) as server:
        for call in CALLS:
            decided = CallAnswered if call.outcome is Outcome.ANSWERED else CallMissed
            metrics.apply(decided(at=call.decided_at, call=call))
            metrics.apply(CallEnded(at=call.decided_at + timedelta(seconds=6), call=call))
        await server.page.scraped()
        yield server


async def value_after(server, expr):
    """The value of *expr*, as soon as an evaluation of the rules has given it one."""
    async with asyncio.timeout(60):
        while (value := await server.value(expr)) is None:
            await server.page.scraped()
    return value


async def test_dashboards_and_rules_say_what_the_calls_were(scraped):
    """One server for all of it: a start costs some seconds."""
    told = {}
    for board in BOARDS:
        for panel in json.loads(board.read_text("utf-8"))["panels"]:
            for target in panel["targets"]:
                expr = (
                    target["expr"].replace("$__range", "1h").replace("$pbx", ".*").replace("$hotline", ".*")
                )
                told[panel["title"], target["refId"]] = await scraped.series(expr)

    # no event came over the link, nothing impossible happened, no agent missed a call and no chain failed
    nothing = {title for (title, _), series in told.items() if not series}
    assert nothing == {"Silence", "Anomalies", "Attempts of agents", "Duty chain failed"}
    assert told["Within the target rings", "A"][0][1] == pytest.approx(8 / 9)
    assert told["Strict", "A"][0][1] == pytest.approx(8 / 10)

    assert await value_after(scraped, "callcenter:three_ring_rate:ratio1h") == pytest.approx(8 / 9)
    assert await value_after(scraped, "callcenter:strict_rate:ratio1h") == pytest.approx(8 / 10)

    assert await value_after(scraped, 'count(ALERTS{alertname="CallcenterAmiDown"})') == 1
    assert await scraped.value('count(ALERTS{alertname="CallcenterStoreDown"})') is None
