"""A real Asterisk's own records complete what we did not see: the link cut, or we dead, in mid call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import service
from tests.support.asterisk import judge
from tests.support.asterisk.plans import Truth, answers, rings
from tests.support.asterisk.writing import FilingPbx
from tests.support.postgres import Database
from tests.support.service import LIMIT, PbxEntry, Service, Settings, until

pytestmark = [pytest.mark.needs_pbx, pytest.mark.timeout(300), pytest.mark.slow]

HOTLINES = ("4001", "4006", "4016")


def mine(calls: list[dict[str, Any]], caller: str) -> dict[str, Any]:
    """The one call of this caller."""
    found = [call for call in calls if call["caller"] == caller]
    assert len(found) == 1, f"{caller}: told {len(found)} times"
    return found[0]


@pytest.fixture(scope="module")
def recording_pbx() -> Iterator[FilingPbx]:
    exchange = FilingPbx()
    try:
        exchange.start()
        yield exchange
    finally:
        exchange.stop()


@pytest.fixture
def settings(recording_pbx: FilingPbx, database: Database) -> Settings:
    """A service that is told where the PBX writes."""
    records = f'\n[records]\ncel = "{recording_pbx.cel}"\n'
    entry = PbxEntry(address=recording_pbx.ami, hotlines=HOTLINES, extra=records)
    return Settings(pbxs=(entry,), dsn=database.dsn, owner_dsn=database.owner_dsn)


async def link_is(running: Service, *, up: bool, hotline: str = HOTLINES[0]) -> None:
    async def look() -> bool:
        return (await running.get(f"/api/v1/hotlines/{hotline}/live"))["link"]["up"] is up

    await until(look, "the board says how the link is", LIMIT, running.log)


async def completed(running: Service, calls: int) -> list[dict[str, Any]]:
    """Waits until so many calls are told from the PBX's records; all that is stored then."""

    async def look() -> list[dict[str, Any]]:
        stored = await running.calls()
        return stored if sum(call["source"] == "cel" for call in stored) >= calls else []

    return await until(look, f"{calls} calls are told from CEL", LIMIT, running.log)


def told_as_the_phones_saw_it(call: dict[str, Any], truth: Truth) -> None:
    """Answered while nobody of ours listened: all but what CEL does not know."""
    assert (call["outcome"], call["answered_by"]) == ("answered", truth.answered_by)
    assert (call["hung_up_by"], call["truncated"], call["source"]) == (truth.ended_by, None, "cel")
    assert call["wait_seconds"] == pytest.approx(truth.wait_seconds, abs=0.15 + truth.late)
    assert judge.epoch(call["ended_at"]) == pytest.approx(truth.t_end, abs=0.15 + truth.late)
    assert truth.answering
    assert call["talk_seconds"] == pytest.approx(
        (truth.t_end or 0) - (truth.answering.t_answer or 0), abs=0.3 + truth.late
    )


async def today(running: Service, hotline: str) -> dict[str, Any]:
    """Today's figures, on which the board and the history must agree."""
    live = (await running.get(f"/api/v1/hotlines/{hotline}/live"))["today"]
    (stored,) = (await running.get(f"/api/v1/hotlines/{hotline}/kpi?step=1d"))["intervals"]
    figures = ("arrived", "offered", "answered", "abandoned", "lost", "on_time", "in_progress")
    assert {name: live[name] for name in figures} == {name: stored[name] for name in figures}
    return dict(live)


async def test_calls_that_ended_while_the_link_was_cut_are_completed(
    recording_pbx: FilingPbx, settings: Settings, tmp_path: Path
):
    """One rang before our eyes and was answered and over unseen: its rings are still known. Two more came
    and went wholly unseen. Counters keep what they counted."""
    pbx = recording_pbx
    async with service.serving(tmp_path, settings) as running:
        async with pbx.calling("4016", caller="86138001") as playing:
            await pbx.until("86138001", "rang")
            await rung(running, "4016")
            await pbx.link("cut")
            await link_is(running, up=False)
            await pbx.pick_up("86138001", "1161")
            await pbx.until("86138001", "answered")
            gone = await pbx.call("4016", caller="86138002", gives_up=1.5)
            unseen = await pbx.call("4006", caller="86138003", phones={"1061": answers(1, talk=1)})
            await pbx.hang_up("86138001", "1161")
        await pbx.link("open")
        calls = await completed(running, 3)
        figures = await today(running, "4016")
        metrics = await running.text("/metrics")
    seen = playing.result()
    call = mine(calls, "86138001")
    told_as_the_phones_saw_it(call, seen)
    assert call["caller_ring_seconds"] == pytest.approx(seen.caller_ring_seconds, abs=0.1 + seen.late)
    assert call["ring_seconds"] == pytest.approx(seen.ring_seconds, abs=0.1 + seen.late)
    assert call["on_time"] is (call["caller_rings"] <= 3)
    told_as_the_phones_saw_it(mine(calls, "86138003"), unseen)
    assert (mine(calls, "86138003")["caller_rings"], mine(calls, "86138003")["on_time"]) == (None, True)
    abandoned = mine(calls, "86138002")
    assert (abandoned["outcome"], abandoned["short_abandoned"], abandoned["rings"]) == (
        "abandoned",
        True,
        None,
    )
    assert abandoned["wait_seconds"] == pytest.approx(gone.wait_seconds, abs=0.15 + gone.late)
    assert (figures["arrived"], figures["answered"], figures["abandoned"], figures["lost"]) == (2, 1, 1, 0)
    assert 'callcenter_calls_total{hotline="4016",outcome="answered",pbx="main"} 0.0' in metrics
    assert 'callcenter_calls_total{hotline="4016",outcome="lost",pbx="main"} 1.0' in metrics


async def test_calls_that_ended_while_we_were_dead_are_completed(
    recording_pbx: FilingPbx, settings: Settings, tmp_path: Path
):
    """kill -9 while a caller talks and another waits; both are over before we are back."""
    pbx = recording_pbx
    async with service.serving(tmp_path, settings) as running:
        await running.token()
        talking = pbx.calling("4006", caller="86138011", phones={"1061": answers(1)})
        waiting = pbx.calling("4016", caller="86138012", phones={"1161": rings(), "1162": rings()})
        async with talking as talked, waiting as waited:
            await pbx.until("86138011", "answered")
            await pbx.until("86138012", "rang")
            await rung(running, "4016")
            await running.kill()
            await pbx.hang_up("86138011")
            await pbx.hang_up("86138012")
        await running.start()
        calls = await completed(running, 2)
        figures = await today(running, "4006")
    told_as_the_phones_saw_it(mine(calls, "86138011"), talked.result())
    gave_up, truth = mine(calls, "86138012"), waited.result()
    assert (gave_up["outcome"], gave_up["hung_up_by"], gave_up["truncated"]) == ("abandoned", "caller", None)
    assert gave_up["caller_ring_seconds"] == pytest.approx(truth.caller_ring_seconds, abs=0.1 + truth.late)
    assert [attempt["outcome"] for attempt in gave_up["attempts"]] == ["caller_gave_up", "caller_gave_up"]
    assert (figures["arrived"], figures["answered"], figures["lost"]) == (1, 1, 0)


async def rung(running: Service, hotline: str) -> None:
    """Waits until the board shows that a phone rings."""

    async def look() -> bool:
        return any(
            c["ringing"] for c in (await running.get(f"/api/v1/hotlines/{hotline}/live"))["in_progress"]
        )

    await until(look, "the board shows the ringing", LIMIT, running.log)
