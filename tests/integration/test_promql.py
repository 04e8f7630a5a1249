"""The figures as a real Prometheus takes them of our counters, against kpi.py: to the last digit."""

import random
from dataclasses import replace
from datetime import timedelta

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
LINE = '{pbx="main",hotline="4001"}'
COUNTED = f"(callcenter_calls_offered_total{LINE} - callcenter_calls_short_abandoned_total{LINE} > 0)"
WAIT = "callcenter_answer_wait_seconds"
ON_TIME = f"callcenter_calls_answered_on_time_total{LINE}"


def counter(outcome: Outcome) -> str:
    return f'sum without (outcome) (callcenter_calls_total{{pbx="main",hotline="4001",outcome="{outcome}"}})'


def bucket(edge: int) -> str:
    return f'sum without (le) ({WAIT}_bucket{{hotline="4001",le="{edge}"}})'


FIGURES = {
    "three_ring_rate": f"{ON_TIME} / {COUNTED}",
    "strict": f"{ON_TIME} / (callcenter_calls_offered_total{LINE} > 0)",
    "answer_rate": f"{counter(Outcome.ANSWERED)} / {COUNTED}",
    "abandonment_rate":
        f"({counter(Outcome.ABANDONED)} - callcenter_calls_short_abandoned_total{LINE}) / {COUNTED}",
    "asa_seconds": f"{WAIT}_sum{LINE} / ({WAIT}_count{LINE} > 0)",
    "offered": f"sum without (outcome) (callcenter_calls_total{LINE})",
    "in_progress": f"sum without (state) (callcenter_calls_in_progress{LINE})",
}  # fmt: skip


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


async def test_promql_of_raw_counters_is_the_wallboard_to_the_last_digit(tmp_path):
    chance = random.Random(20261121)
    watching, calls = Watching(), some_calls(chance, 400)
    async with scraping(watching.metrics.exposition, tmp_path) as prometheus:
        assert await no_data(prometheus)
        for told in (calls[:150], calls[150:]):
            watching.hear(told)
            await prometheus.page.scraped()

            shown = watching.board.snapshot(HotlineNumber("4001"), NOON)["today"]
            asked = {name: await prometheus.value(expr) for name, expr in FIGURES.items()}
            assert asked == {name: shown[name] for name in FIGURES}
            for edge, level in shown["service_levels"].items():
                assert await prometheus.value(f"{bucket(edge)} / {COUNTED}") == level

    today = Tally.of_all(call for call in calls if call.hotline == "4001")
    assert {name: getattr(today, name) for name in FIGURES} == asked
    assert min(today.unknown, today.short, today.in_progress) > 0


async def no_data(prometheus) -> bool:
    """A hotline nobody has called yet: no rate at all, neither 0 % nor 100 %."""
    rates = ("three_ring_rate", "strict", "answer_rate", "abandonment_rate", "asa_seconds")
    asked = [await prometheus.value(FIGURES[name]) for name in rates]
    return asked == [None] * 5 and await prometheus.value(FIGURES["offered"]) == 0.0
