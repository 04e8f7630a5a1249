"""The figures as a real Prometheus takes them of our counters, against kpi.py: to the last digit."""

import random
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from callcenter.facts import CallAnswered, CallEnded, CallMissed, CallOffered
from callcenter.kpi import Tally
from callcenter.live.board import Board
from callcenter.metrics import Metrics
from callcenter.record import Call
from callcenter.rings import ring_count, within
from callcenter.terms import CallState, HotlineNumber, Outcome
from tests.support.factories import NOON, make_call, make_hotline, missed_call, waiting_call
from tests.support.prometheus import scraping

pytestmark = pytest.mark.needs_prometheus

CN = (1.0, 4.0)
HOTLINES = ("4001", "4002")
METRICS_PAGE = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"
RATES = ("three_ring_rate", "strict", "answer_rate", "abandonment_rate", "service_level", "asa_seconds")


def documented() -> dict[str, str]:
    """The expressions that the documentation gives, by the name of their figure."""
    [block] = re.findall(r"```promql\n(.*?)```", METRICS_PAGE.read_text("utf-8"), re.DOTALL)
    return dict(re.findall(r"^# (\w+)[^\n]*\n(.*?)(?=^# |\Z)", block, re.DOTALL | re.MULTILINE))


def some_calls(chance: random.Random, many: int) -> list[Call]:
    """Calls of two hotlines with every outcome, at rings and waits of any microsecond."""
    return [some_call(chance, n) for n in range(many)]


def some_call(chance: random.Random, n: int) -> Call:
    rang, waited = chance.randrange(30_000_000), chance.randrange(40_000_000)
    hotline = HotlineNumber(chance.choice(["4001", "4001", "4002"]))
    told = {"hotline": hotline, "arrived_at": NOON + timedelta(seconds=n), "wait_seconds": waited / 1e6}
    match chance.randrange(4):
        case 0:
            return waiting_call(
                n, hotline=hotline, state=chance.choice([CallState.WAITING, CallState.RINGING])
            )
        case 1:
            outcome = chance.choice([outcome for outcome in Outcome if outcome is not Outcome.ANSWERED])
            short = outcome is Outcome.ABANDONED and chance.random() < 0.5
            return missed_call(n, outcome, short_abandoned=short, **told)
        case _:
            rings, on_time = ring_count(rang, CN), within(rang, 3, CN)
            call = make_call(n, caller_rings=rings, on_time=on_time, **told)
            unseen = chance.random() < 0.1
            return replace(call, caller_rings=None, on_time=None, wait_seconds=None) if unseen else call


def facts_of(call: Call):
    yield CallOffered(at=call.arrived_at, call=call)
    if call.outcome is Outcome.ANSWERED:
        yield CallAnswered(at=call.arrived_at, call=call)
    elif call.outcome is not None:
        yield CallMissed(at=call.arrived_at, call=call)
    if call.final:
        yield CallEnded(at=call.arrived_at, call=call)


class Watching:
    """Board and metrics that hear the same facts."""

    def __init__(self) -> None:
        hotlines = [make_hotline(), make_hotline("4002")]
        self.board = Board(hotlines)
        self.metrics = Metrics(CollectorRegistry(), version="1", hotlines=hotlines)
        self.metrics.watch_live(self.board, lambda: NOON)

    def hear(self, calls: list[Call]) -> None:
        for call in calls:
            for fact in facts_of(call):
                self.board.apply(fact)
                self.metrics.apply(fact)


async def asked(prometheus, hotline: str) -> dict[str, float | None]:
    """Every documented figure of *hotline*, None where there is no series."""
    told = {name: await prometheus.series(expr) for name, expr in documented().items()}
    return {
        name: next((value for labels, value in series if labels["hotline"] == hotline), None)
        for name, series in told.items()
    }


async def test_promql_of_raw_counters_is_the_wallboard_to_the_last_digit(tmp_path):
    chance = random.Random(20261121)
    watching, calls = Watching(), some_calls(chance, 400)
    async with scraping(watching.metrics.exposition, tmp_path) as prometheus:
        before = await asked(prometheus, "4001")
        assert before == {**dict.fromkeys(RATES), "offered": 0.0, "in_progress": 0.0}

        for told in (calls[:150], calls[150:]):
            watching.hear(told)
            await prometheus.page.scraped()
            for hotline in HOTLINES:
                today = watching.board.snapshot(HotlineNumber(hotline), NOON)["today"]
                today["service_level"] = today["service_levels"]["20"]
                figures = await asked(prometheus, hotline)
                assert figures == {name: today[name] for name in figures}

    for hotline in HOTLINES:
        all_calls = Tally.of_all(call for call in calls if call.hotline == hotline)
        assert min(all_calls.unknown, all_calls.short, all_calls.in_progress, all_calls.on_time) > 0
