"""What goes wrong in a real week: the service, PostgreSQL, the network and the PBX die in the middle of calls
on a real Asterisk. Nothing may be lost, doubled or guessed, and what is wrong is said plainly."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.support import postgres, service
from tests.support.asterisk import day, judge
from tests.support.asterisk.judge import Scenario
from tests.support.asterisk.pbx import Pbx
from tests.support.asterisk.plans import Truth, answers
from tests.support.postgres import Server
from tests.support.service import LIMIT, PbxEntry, Service, Settings, until

pytestmark = [pytest.mark.needs_pbx, pytest.mark.timeout(300), pytest.mark.slow]

HOTLINES = ("4001", "4006", "4008", "4016")


@dataclass(slots=True)
class Stage:
    """A folder and a database for one service, and the PBX it follows."""

    folder: Path
    dsn: str
    owner_dsn: str

    def settings(self, *pbxs: PbxEntry) -> Settings:
        return Settings(pbxs=pbxs, dsn=self.dsn, owner_dsn=self.owner_dsn)

    def following(self, pbx: Pbx) -> contextlib.AbstractAsyncContextManager[Service]:
        """A service that follows this PBX, ready."""
        return service.serving(self.folder, self.settings(PbxEntry(address=pbx.ami, hotlines=HOTLINES)))


@pytest.fixture
def stage(tmp_path: Path, postgres_server: Server) -> Iterator[Stage]:
    """A fresh installation."""
    database = postgres_server.create()
    yield Stage(tmp_path, database.dsn, database.owner_dsn)
    postgres_server.drop(database)


def mine(calls: list[dict[str, Any]], caller: str) -> dict[str, Any]:
    """The one call of this caller."""
    found = [call for call in calls if call["caller"] == caller]
    assert len(found) == 1, f"{caller}: told {len(found)} times"
    return found[0]


def faults(played: list[tuple[Scenario, Truth]], calls: list[dict[str, Any]]) -> list[str]:
    """Where the stored calls say otherwise than the phones."""
    return [
        fault
        for scenario, truth in played
        for fault in judge.disagreements(scenario, truth, mine(calls, truth.caller))
    ]


async def link_is(running: Service, *, up: bool) -> dict[str, Any]:
    """Waits until the wallboard says so; the link as it tells it."""

    async def look() -> dict[str, Any] | None:
        link = (await running.get("/api/v1/hotlines/4001/live"))["link"]
        return dict(link) if link["up"] is up else None

    link = await until(look, f"the board says that the link is {'up' if up else 'down'}", LIMIT, running.log)
    if up:
        await running.heard_out()
    return dict(link)


async def connected(running: Service, hotline: str, callers: int = 1) -> None:
    """Waits until the board shows so many who talk: who rings off before that was never connected."""

    async def look() -> bool:
        talking: int = (await running.get(f"/api/v1/hotlines/{hotline}/live"))["talking"]
        return talking >= callers

    await until(look, "the board shows the talk", LIMIT, running.log)


async def ringing(running: Service, hotline: str, *phones: str, callers: int = 1) -> None:
    """Waits until the board shows so many callers for whom these phones ring: what rang before that may not
    have been seen."""

    async def look() -> bool:
        live = await running.get(f"/api/v1/hotlines/{hotline}/live")
        return [call["ringing"] for call in live["in_progress"] if call["ringing"]] == [[*phones]] * callers

    await until(look, "the board shows the ringing", LIMIT, running.log)


async def over_and_stored(running: Service, *callers: str) -> None:
    """Waits until these callers' calls are told to their end."""

    async def look() -> bool:
        done = {call["caller"] for call in await running.calls() if call["final"]}
        return done.issuperset(callers)

    await until(look, "the first calls are over", LIMIT, running.log)


# --- the service


async def test_a_planned_restart_while_callers_wait_and_talk_loses_no_time(pbx: Pbx, stage: Stage):
    """Ring seconds, waiting, talk: all as the phones saw them, though the service was away in between."""
    rings = Scenario(name="rings across the restart", dials="4016", outcome="answered", caller="86138001")
    talks = Scenario(
        name="talks across the restart", dials="4001", outcome="answered", caller="86138002",
        phones={"1011": answers(1)}, recording=True,
    )  # fmt: skip
    waits = Scenario(
        name="waits across it, and gives up", dials="4016", outcome="abandoned", caller="86138003"
    )
    async with stage.following(pbx) as running:
        await running.token()
        playing = asyncio.create_task(day.play(pbx, [[rings], [talks], [waits]]))
        await asyncio.gather(
            pbx.until(rings.caller, "rang"),
            pbx.until(talks.caller, "answered"),
            pbx.until(waits.caller, "rang"),
        )
        await connected(running, "4001")
        await ringing(running, "4016", "1161", "1162", callers=2)
        assert await running.stop() == 0
        await running.start()
        await link_is(running, up=True)
        live = await running.get("/api/v1/hotlines/4016/live")
        assert [call["ringing"] for call in live["in_progress"]] == [["1161", "1162"], ["1161", "1162"]]
        await pbx.pick_up(rings.caller, "1161")
        await connected(running, "4016")
        await pbx.hang_up(rings.caller)
        await pbx.hang_up(talks.caller, "1011")
        await pbx.hang_up(waits.caller)
        played = await playing
        calls = await running.settled(len(played))
    assert not faults(played, calls)
    assert (mine(calls, rings.caller)["truncated"], mine(calls, talks.caller)["truncated"]) == (None, None)


async def test_kill_9_in_the_middle_neither_loses_nor_doubles_a_call(pbx: Pbx, stage: Stage):
    """Calls that were over, that rang and that talked when the service died are told exactly; one that was
    answered unseen is told as answered, by the right phone, and one whose end was unseen says so."""
    over = replace(
        quick("over before"), dials="4006", phones={"1061": answers(1, talk=0.5)}, caller="86138001"
    )
    gone = Scenario(name="given up before", dials="4001", outcome="abandoned", gives_up=2, caller="86138002")
    rings = Scenario(name="rings across", dials="4016", outcome="answered", caller="86138003")
    talks = Scenario(
        name="talks across", dials="4001", outcome="answered", caller="86138004", phones={"1012": answers(1)}
    )
    async with stage.following(pbx) as running:
        await running.token()
        seen = asyncio.create_task(day.play(pbx, [[over], [gone], [rings], [talks]]))
        answered = asyncio.create_task(pbx.call("4016", caller="86138005"))
        ended = asyncio.create_task(pbx.call("4006", caller="86138006", phones={"1061": answers(1)}))
        await asyncio.gather(
            pbx.until(over.caller, "over"), pbx.until(gone.caller, "over"), pbx.until(rings.caller, "rang"),
            pbx.until("86138005", "rang"),
        )  # fmt: skip
        await connected(running, "4001")
        await connected(running, "4006")
        await ringing(running, "4016", "1161", "1162", callers=2)
        await over_and_stored(running, over.caller, gone.caller)
        await running.kill()
        await pbx.pick_up("86138005", "1162")
        await pbx.until("86138005", "answered")
        await pbx.hang_up("86138006", "1061")
        ended_truth = await ended
        await running.start()
        await link_is(running, up=True)
        await connected(running, "4016")
        await pbx.pick_up(rings.caller, "1161")
        await connected(running, "4016", callers=2)
        for caller in (rings.caller, talks.caller, "86138005"):
            await pbx.hang_up(caller)
        played = await seen
        answered_truth = await answered
        calls = await running.settled(len(played) + 2)
    assert len(calls) == len(played) + 2
    assert not faults(played, calls)
    told = mine(calls, "86138005")
    assert (told["outcome"], told["answered_by"], told["hung_up_by"]) == ("answered", "1162", "caller")
    assert told["ring_seconds"] in (
        None,
        pytest.approx(answered_truth.ring_seconds, abs=0.1 + answered_truth.late),
    )
    told = mine(calls, "86138006")
    assert (told["outcome"], told["answered_by"], told["truncated"]) == ("answered", "1061", "end")
    assert (told["talk_seconds"], told["hung_up_by"]) == (None, None)
    assert told["ring_seconds"] == pytest.approx(ended_truth.ring_seconds, abs=0.1 + ended_truth.late)


# --- PostgreSQL


async def test_postgres_away_for_a_while_costs_nothing(pbx: Pbx, tmp_path: Path):
    """The board goes on, /readyz says what is missing, and afterwards every call is there, once."""
    played: list[tuple[Scenario, Truth]] = []
    with postgres.open_folder() as place:
        server = postgres.EmbeddedPostgres(place / "var", settings=postgres.QUICK)
        await server.start()
        settings = Settings(
            pbxs=(PbxEntry(address=pbx.ami, hotlines=HOTLINES),),
            dsn=server.dsn,
            owner_dsn=server.owner_dsn,
        )
        async with service.serving(tmp_path, settings) as running:
            await running.token()
            played += await day.play(pbx, day.numbered(((quick("before"),),)))
            await running.settled(1)
            await server.stop()
            played += await day.play(pbx, day.numbered(((quick("during"),), (quick("too"),)), first=86138100))
            ready = await running.parts()
            assert (ready["store"]["ok"], ready["ami:main"]["ok"]) == (False, True)
            assert ready["store"]["why"]
            assert "callcenter_store_up 0.0" in await running.text("/metrics")
            await server.start()
            played += await day.play(pbx, day.numbered(((quick("after"),),), first=86138200))
            calls = await running.settled(4)
            today = (await running.get("/api/v1/hotlines/4016/live"))["today"]
            (stored,) = (await running.get("/api/v1/hotlines/4016/kpi?step=1d"))["intervals"]
        await server.stop()
    assert len(calls) == today["answered"] == stored["answered"] == 4
    assert not faults(played, calls)


def quick(name: str) -> Scenario:
    """A short answered call."""
    return Scenario(name=name, dials="4016", outcome="answered", phones={"1161": answers(1, talk=1)})


# --- the network


async def test_a_cut_link_is_said_at_once_and_what_happened_meanwhile_is_not_invented(pbx: Pbx, stage: Stage):
    """The gap is told; of a call that rang on through it, the answer is read back and the end is seen."""
    async with stage.following(pbx) as running:
        async with pbx.calling("4016", caller="86138001") as playing:
            await ringing(running, "4016", "1161", "1162")
            await pbx.link("cut")
            down = await link_is(running, up=False)
            assert down["why"]
            assert not (await running.parts())["ami:main"]["ok"]
            assert 'callcenter_ami_up{pbx="main"} 0.0' in await running.text("/metrics")
            await pbx.pick_up("86138001", "1161")
            await pbx.until("86138001", "answered")
            await pbx.link("open")
            await link_is(running, up=True)
            await connected(running, "4016")
            await pbx.hang_up("86138001", "1161")
        truth = playing.result()
        (call,) = await running.settled(1)
        (today,) = (await running.get("/api/v1/hotlines/4016/kpi?step=1d"))["intervals"]
    assert (call["outcome"], call["answered_by"], call["hung_up_by"]) == ("answered", "1161", "agent")
    assert judge.epoch(call["first_ring_at"]) == pytest.approx(truth.t_first_ring, abs=0.1 + truth.late)
    assert judge.epoch(call["ended_at"]) == pytest.approx(truth.t_end, abs=0.15 + truth.late)
    assert call["ring_seconds"] in (None, pytest.approx(truth.ring_seconds, abs=0.1 + truth.late))
    assert today["gap_seconds"] > 0
    (other,) = (attempt for attempt in call["attempts"] if attempt["phone"] == "1162")
    assert (other["outcome"], other["ring_seconds"], other["rings"]) == ("lost", None, None)


async def test_a_half_open_link_is_noticed_by_its_silence(pbx: Pbx, stage: Stage):
    """The connection stays open and nothing comes through it, as behind a firewall that forgot it."""
    async with stage.following(pbx) as running:
        await pbx.link("stalled")
        try:
            await link_is(running, up=False)
        finally:
            await pbx.link("open")
        await link_is(running, up=True)
        await day.play(pbx, [[quick_numbered("afterwards")]])
        (call,) = await running.settled(1)
    assert call["outcome"] == "answered"


def quick_numbered(name: str) -> Scenario:
    return day.numbered(((quick(name),),))[0][0]


# --- the PBX


async def test_a_pbx_that_restarts_ends_its_calls_and_is_followed_again(fragile_pbx: Pbx, stage: Stage):
    """``core restart now`` in a talk: the PBX hung up. The next call is followed as ever."""
    async with stage.following(fragile_pbx) as running:
        async with fragile_pbx.calling("4016", caller="86138001", phones={"1161": answers(1)}) as talking:
            await connected(running, "4016")
            await fragile_pbx.restart()
        await link_is(running, up=True)
        played = await day.play(fragile_pbx, [[quick_numbered("after the restart")]])
        calls = await running.settled(2)
    told = mine(calls, "86138001")
    assert (told["outcome"], told["answered_by"], told["hung_up_by"]) == ("answered", "1161", "pbx")
    assert told["ring_seconds"] == pytest.approx(
        talking.result().ring_seconds, abs=0.1 + talking.result().late
    )
    assert told["uniqueid"].startswith("east-")
    assert not faults(played, calls)


async def test_a_pbx_that_is_killed_takes_its_calls_along_and_nobody_guesses(fragile_pbx: Pbx, stage: Stage):
    """The caller who talked was answered, and no end was seen; of the caller for whom a phone rang, nobody
    knows what became."""
    async with stage.following(fragile_pbx) as running:
        async with (
            fragile_pbx.calling("4016", caller="86138001", phones={"1161": answers(1)}),
            fragile_pbx.calling("4001", caller="86138002"),
        ):
            await ringing(running, "4001", "1011", "1012", "1013")
            await connected(running, "4016")
            await fragile_pbx.kill()
        await fragile_pbx.boot()
        await link_is(running, up=True)
        played = await day.play(fragile_pbx, [[quick_numbered("after the crash")]])
        calls = await running.settled(3)
    talked, rang = mine(calls, "86138001"), mine(calls, "86138002")
    assert (talked["outcome"], talked["truncated"], talked["hung_up_by"]) == ("answered", "end", None)
    assert talked["talk_seconds"] is None
    assert (rang["outcome"], rang["truncated"]) == ("lost", "end")
    assert not faults(played, calls)


# --- what is configured wrongly, and otherwise than usual


async def test_each_mistake_is_said_in_one_sentence_and_the_service_lives_on(pbx: Pbx, stage: Stage):
    """Wrong secret, nothing listening, a certificate nobody vouches for, an account that may not hear calls:
    side by side in one service, which goes on following the PBX where nothing is wrong."""
    settings = stage.settings(
        PbxEntry(name="right", address=pbx.ami, hotlines=("4016",)),
        PbxEntry(name="secret", address=pbx.ami, hotlines=(), secret="not-the-secret"),
        PbxEntry(name="absent", address=("127.0.0.1", 9), hotlines=()),
        PbxEntry(name="cert", address=pbx.ami_tls, hotlines=(), extra="tls = true\n"),
        PbxEntry(name="deaf", address=pbx.ami, hotlines=(), username="deaf", secret="deaf-secret"),
    )
    running = Service(stage.folder, settings)
    try:
        await running.start()

        async def told() -> dict[str, Any] | None:
            parts = await running.parts()
            whys = {name: parts[f"ami:{name}"]["why"] or "" for name in ("secret", "absent", "cert")}
            return whys if all(why and "not connected yet" not in why for why in whys.values()) else None

        why = await until(told, "the service says what is wrong with each PBX", LIMIT, running.log)
        played = await day.play(pbx, [[quick_numbered("where nothing is wrong")]])
        await until(
            lambda: said(running, "class `call`"), "the missing read class is told", LIMIT, running.log
        )
        (call,) = await running.settled(1)
        assert await running.stop() == 0
    finally:
        await running.kill()
    assert "secret" in why["secret"]
    assert "refuse" in why["absent"]
    assert "certificate" in why["cert"]
    assert call["pbx"] == "right"
    assert not faults(played, [call])
    assert "not-the-secret" not in running.log()
    assert "Traceback" not in running.log()


async def said(running: Service, words: str) -> bool:
    return words in running.log()


async def test_tls_and_a_pbx_without_timestampevents(pbx: Pbx, clockless_pbx: Pbx, stage: Stage):
    """Over TLS with the certificate checked, all is as ever. Without the PBX's clock the call says that its
    times are our own, and the log says what to set."""
    trusted = f'tls = true\ntls_ca = "{pbx.certificate}"\n'
    settings = stage.settings(
        PbxEntry(name="private", address=pbx.ami_tls, hotlines=("4016",), extra=trusted),
        PbxEntry(name="clockless", address=clockless_pbx.ami, hotlines=("4006",)),
    )
    plain = replace(quick("without clock"), dials="4006", phones={"1061": answers(1, talk=1)}, caller="86139")
    async with service.serving(stage.folder, settings) as running:
        played, ((_, truth),) = await asyncio.gather(
            day.play(pbx, [[quick_numbered("over TLS")]]), day.play(clockless_pbx, [[plain]])
        )
        calls = await running.settled(2)
    assert not faults(played, calls)
    assert mine(calls, played[0][1].caller)["pbx"] == "private"
    told = mine(calls, truth.caller)
    assert (told["clock"], told["outcome"], told["pbx"]) == ("arrival", "answered", "clockless")
    assert told["ring_seconds"] == pytest.approx(truth.ring_seconds, abs=0.5 + truth.late)
    assert "timestampevents" in running.log()
