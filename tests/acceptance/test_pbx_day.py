"""A day at the hotlines on a real Asterisk, followed by the service as an operator runs it.

Some thirty calls are played side by side, by phones that keep their own log of what happened. Then the
API, PostgreSQL, the live figures, /metrics and the wallboard must agree with the phones and with one another.
"""

from __future__ import annotations

import asyncio
import collections
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from playwright.async_api import async_playwright
from prometheus_client.parser import text_string_to_metric_families

from tests.support import parts, service
from tests.support.asterisk import day, judge, layout
from tests.support.asterisk.judge import Scenario
from tests.support.asterisk.pbx import Pbx
from tests.support.asterisk.plans import Truth
from tests.support.postgres import Server
from tests.support.service import PbxEntry, Service, Settings

pytestmark = [pytest.mark.needs_pbx, pytest.mark.timeout(300), pytest.mark.slow]

OUTCOMES = (
    "answered", "abandoned", "voicemail", "no_answer", "busy", "unreachable", "unstaffed", "lost",
)  # fmt: skip
SHOWN = ("offered", "answered", "missed", "short", "rate", "strict")
HOTLINE = "4001"
"""The hotline with most calls, looked at on its wallboard."""


@dataclass(slots=True)
class Evidence:
    """What everybody said once the day was over."""

    played: list[tuple[Scenario, Truth]]
    calls: list[dict[str, Any]]
    rows: list[dict[str, Any]]
    live: dict[str, dict[str, Any]]
    kpi: dict[str, dict[str, Any]]
    unconfigured: list[dict[str, Any]]
    metrics: dict[tuple[str, frozenset[tuple[str, str]]], float]
    wallboard: dict[str, str]
    replayed: list[dict[str, Any]]
    log: str

    def told(self, scenario: Scenario, truth: Truth) -> dict[str, Any]:
        """The one stored call that this is."""
        shown = None if truth.caller == "anonymous" else truth.caller
        began = judge.arrival(scenario, truth)
        found = [
            call
            for call in self.calls
            if call["caller"] == shown and abs(judge.epoch(call["arrived_at"]) - began) < 1
        ]
        assert len(found) == 1, f"{scenario.name}: told {len(found)} times"
        return found[0]

    def of(self, hotline: str) -> list[tuple[Scenario, Truth]]:
        """The calls that came to this hotline."""
        return [
            (scenario, truth)
            for scenario, truth in self.played
            if (scenario.hotline or (scenario.dials if scenario.hotline == "" else None)) == hotline
        ]

    def counted(self, name: str, **labels: str) -> float:
        """A counter's value; 0 where it was never counted."""
        return self.metrics.get((name, frozenset({"pbx": "main", **labels}.items())), 0.0)


@pytest.fixture(scope="module")
def evidence(
    pbx: Pbx, postgres_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Evidence]:
    """The day, played once for all tests of this module."""
    database = postgres_server.create()
    entry = PbxEntry(
        address=pbx.ami, hotlines=tuple(layout.PHONES), username="callcenter", secret="callcenter-secret"
    )
    settings = Settings(
        pbxs=(entry,),
        dsn=database.dsn, owner_dsn=database.owner_dsn,
    )  # fmt: skip
    yield asyncio.run(live_through(pbx, settings, tmp_path_factory.mktemp("day")))
    postgres_server.drop(database)


async def live_through(pbx: Pbx, settings: Settings, folder: Path) -> Evidence:
    """Plays the day and asks everybody afterwards."""
    async with service.serving(folder, settings) as running:
        async with running.capturing(folder / "day.amic"):
            played = await day.play(pbx, day.whole_day())
        calls = await running.settled(len(played))
        return Evidence(
            played=played,
            calls=calls,
            rows=await stored_rows(settings.dsn),
            live={n: await running.get(f"/api/v1/hotlines/{n}/live") for n in layout.PHONES},
            kpi={n: await running.get(f"/api/v1/hotlines/{n}/kpi?step=1d") for n in layout.PHONES},
            unconfigured=(await running.get("/api/v1/unconfigured"))["items"],
            metrics=counters(await running.text("/metrics")),
            wallboard=await wallboard(running),
            replayed=await replay(running, folder / "day.amic"),
            log=running.log(),
        )


async def replay(running: Service, capture: Path) -> list[dict[str, Any]]:
    status, told = await running.command("replay", str(capture), "--json")
    assert status == 0, told
    return [json.loads(line) for line in told.splitlines()]


async def stored_rows(dsn: str) -> list[dict[str, Any]]:
    connection = await asyncpg.connect(dsn)
    try:
        return [dict(row) for row in await connection.fetch("SELECT * FROM call")]
    finally:
        await connection.close()


def counters(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """/metrics as a table."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def wallboard(running: Service) -> dict[str, str]:
    """The figures that somebody in front of the screen reads; empty where there is no browser."""
    if (chromium := parts.chromium()) is None:
        return {}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            page = await browser.new_page(locale="en-US")
            await page.goto(f"{running.url}/wallboard/{HOTLINE}")
            await page.wait_for_function("/\\d/.test(document.getElementById('offered').textContent)")
            return {name: await page.inner_text(f"#{name}") for name in SHOWN}
        finally:
            await browser.close()


def test_each_call_is_told_as_its_phones_saw_it(evidence: Evidence):
    """Ring seconds within 0.1 s; rings, outcome, who answered, who hung up and every attempt exactly."""
    faults = [
        fault
        for scenario, truth in evidence.played
        for fault in judge.disagreements(scenario, truth, evidence.told(scenario, truth))
    ]
    assert not faults, "\n".join(faults)


def test_nothing_is_told_that_was_not_played(evidence: Evidence):
    assert len(evidence.calls) == len(evidence.played)
    assert len({call["call_id"] for call in evidence.calls}) == len(evidence.calls)


def test_rings_of_1_7_12_and_17_seconds_are_ring_1_2_3_and_4(evidence: Evidence):
    """Three of them within three rings, the fourth not."""
    told = {
        truth.answering.ring_seconds and round(truth.answering.ring_seconds): evidence.told(scenario, truth)
        for scenario, truth in evidence.played
        if truth.answering and scenario.dials in {"4001", "4006"}
    }
    assert [told[seconds]["rings"] for seconds in (1, 7, 12, 17)] == [1, 2, 3, 4]
    assert [told[seconds]["on_time"] for seconds in (1, 7, 12, 17)] == [True, True, True, False]


def test_recordings_are_named_and_lie_where_they_are_said_to(evidence: Evidence, pbx: Pbx):
    faults = [
        fault
        for scenario, truth in evidence.played
        for fault in judge.recording_faults(scenario, evidence.told(scenario, truth), pbx.monitor_dir)
    ]
    assert not faults, "\n".join(faults)


def test_postgres_holds_what_the_api_tells(evidence: Evidence):
    rows = {row["call_id"]: row for row in evidence.rows}
    assert set(rows) == {call["call_id"] for call in evidence.calls}
    for call in evidence.calls:
        row = rows[call["call_id"]]
        for key in ("outcome", "hotline", "answered_by", "rings", "caller_rings", "on_time", "hung_up_by"):
            assert row[key] == call[key], (call["call_id"], key)
        for key in ("ring_seconds", "caller_ring_seconds", "wait_seconds", "talk_seconds"):
            assert (row[key] and float(row[key])) == call[key], (call["call_id"], key)
        assert row["arrived_at"] == datetime.fromisoformat(call["arrived_at"])


def test_a_capture_of_the_day_replays_to_the_same_calls(evidence: Evidence):
    """``callcenter capture`` beside the service, then ``callcenter replay``: the same verdicts. The capture
    holds every event, the service asked the PBX to keep back what nobody reads: nothing is lost by that."""
    replayed = {call["call_id"]: call for call in evidence.replayed}
    ours = ("seq", "decided_at")
    for call in evidence.calls:
        twin = replayed.pop(call["call_id"])
        assert {k: v for k, v in twin.items() if k not in ours} == {
            k: v for k, v in call.items() if k not in ours
        }
    assert not replayed


def test_internal_and_outbound_calls_are_kept_out_of_the_figures(evidence: Evidence):
    directions = collections.Counter(call["direction"] for call in evidence.calls)
    assert directions["internal"] == 2
    assert directions["outbound"] == 1
    (desk_call,) = (scenario for scenario, _ in evidence.played if scenario.origin == "1903")
    from_outside = len(evidence.of(desk_call.dials))
    assert evidence.live[desk_call.dials]["today"]["arrived"] == from_outside


def test_a_number_that_no_hotline_has_is_listed(evidence: Evidence):
    assert [(item["number"], item["calls"]) for item in evidence.unconfigured] == [("4999", 1)]


@pytest.mark.parametrize("hotline", sorted(layout.PHONES))
def test_every_figure_of_a_hotline_is_what_was_played(evidence: Evidence, hotline: str):
    """Completeness: arrived = the sum of all outcomes, with nobody left in progress; live, stored and
    exported figures agree with one another and with the phones."""
    played = collections.Counter(scenario.outcome for scenario, _ in evidence.of(hotline))
    live = evidence.live[hotline]
    (stored,) = evidence.kpi[hotline]["intervals"]
    today = live["today"]
    for outcome in OUTCOMES:
        exported = evidence.counted("callcenter_calls_total", hotline=hotline, outcome=outcome)
        assert played[outcome] == today[outcome] == stored[outcome] == exported, outcome
    assert today["arrived"] == stored["arrived"] == played.total()
    assert today["in_progress"] == stored["in_progress"] == 0
    assert live["in_progress"] == []
    for key in ("offered", "short", "on_time", "three_ring_rate", "strict", "answer_rate", "asa_seconds"):
        assert today[key] == stored[key], key


@pytest.mark.parametrize("hotline", sorted(layout.PHONES))
def test_rates_follow_from_the_phones_own_clocks(evidence: Evidence, hotline: str):
    """on time / (offered − short), worked out from what the phones saw."""
    pairs = evidence.of(hotline)
    wanted = [judge.verdict(scenario, truth) for scenario, truth in pairs]
    on_time = sum(verdict is True for verdict, _ in wanted)
    short = sum(short for _, short in wanted)
    today = evidence.live[hotline]["today"]
    rate = on_time / (len(pairs) - short) if len(pairs) > short else None
    assert (today["on_time"], today["short"], today["three_ring_rate"]) == (on_time, short, rate)
    assert today["strict"] == (on_time / len(pairs) if pairs else None)
    exported = "callcenter_calls_answered_on_time_total", "callcenter_calls_short_abandoned_total"
    assert [evidence.counted(name, hotline=hotline) for name in exported] == [on_time, short]


@pytest.mark.parametrize("hotline", sorted(layout.PHONES))
def test_the_histogram_counts_answers_by_the_ring_they_came_in(evidence: Evidence, hotline: str):
    answered = [
        evidence.told(s, t)["caller_rings"] for s, t in evidence.of(hotline) if s.outcome == "answered"
    ]
    rings = collections.Counter(ring for ring in answered if ring is not None)
    shown = {int(ring): n for ring, n in evidence.live[hotline]["histogram"].items() if n}
    assert shown == dict(rings)
    within = evidence.counted("callcenter_answer_rings_bucket", hotline=hotline, le="3")
    assert within == sum(n for ring, n in rings.items() if ring <= 3)


@pytest.mark.needs_chromium
def test_the_wallboard_shows_what_the_api_tells(evidence: Evidence):
    today = evidence.live[HOTLINE]["today"]
    shown = {name: text.strip().rstrip("%") for name, text in evidence.wallboard.items()}
    for name in ("offered", "answered", "missed", "short"):
        assert int(shown[name]) == today[name], name
    assert float(shown["rate"]) == pytest.approx(100 * today["three_ring_rate"], abs=0.51)
    assert float(shown["strict"]) == pytest.approx(100 * today["strict"], abs=0.51)


def test_no_callers_number_is_in_the_log_or_the_metrics(evidence: Evidence):
    numbers = {truth.caller for scenario, truth in evidence.played if scenario.origin == "trunk"}
    labels = {value for _, pairs in evidence.metrics for _, value in pairs}
    assert not [number for number in numbers - {"anonymous"} if number in evidence.log or number in labels]
