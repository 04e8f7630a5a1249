"""What our link says to a real Asterisk, and what the real Asterisk makes of it."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Any

import pytest

from callcenter.ami.capture import CaptureWriter, open_recording
from callcenter.ami.events import Status
from callcenter.ami.filters import filter_actions
from callcenter.ami.parse import event_name, headers, parse
from callcenter.ami.received import LinkLost, LinkOpened, Messages, Trouble
from callcenter.ami.settings import AmiSettings, TlsSettings
from callcenter.terms import Instant
from tests.support.asterisk.pbx import Pbx
from tests.support.asterisk.plans import answers, rings
from tests.support.link import Heard, following

pytestmark = [pytest.mark.needs_pbx, pytest.mark.timeout(300)]

_number = count(1)


def settings(pbx: Pbx, user: str = "callcenter", **more: Any) -> AmiSettings:
    host, port = pbx.ami
    plain: dict[str, Any] = {"host": host, "port": port, "username": user, "secret": f"{user}-secret"}
    return AmiSettings(**{**plain, **more})


def settled(heard: Heard) -> bool:
    return bool(heard.events("BridgeListComplete"))


async def a_call(pbx: Pbx) -> str:
    """A queue call that is answered and a group call that ends in voicemail; their caller."""
    caller = f"86139000{next(_number):05}"
    phones = {"1011": rings(), "1012": answers(0.6, talk=0.5), "1013": rings()}
    await pbx.call("4001", caller=caller, phones=phones)
    return caller


def of_channels(heard: Heard, caller: str) -> list[bytes]:
    """What was heard of the call from *caller*."""
    told = [(m, headers(m)) for m in heard.messages if event_name(m)]
    linked = {h["Linkedid"] for _, h in told if h.get("CallerIDNum") == caller and "Linkedid" in h}
    return [m for m, h in told if linked & {h.get("Linkedid"), h.get("DestLinkedid")}]


def read_by_us(messages: list[bytes]) -> list[bytes]:
    return [m for m in messages if parse(m, Instant(0)) is not None]


async def test_filters_keep_the_noise_in_the_pbx_and_nothing_else(pbx: Pbx):
    async with (
        following(settings(pbx)) as (_, filtered),
        following(settings(pbx, "tests", filters=False)) as (_, everything),
    ):
        await filtered.until(settled)
        await everything.until(settled)
        caller = await a_call(pbx)
        await filtered.until(lambda h: len(h.events("Hangup")) >= 4)
        await everything.until(lambda h: len(h.events("Hangup")) >= 4)
    whole = of_channels(everything, caller)
    ours = of_channels(filtered, caller)
    assert ours
    assert read_by_us(ours) == read_by_us(whole)
    assert len(ours) < len(whole) / 2
    assert filtered.troubles == []
    assert everything.troubles == []


async def test_the_older_filters_are_regular_expressions_that_work_too(pbx: Pbx):
    async with (
        following(settings(pbx, "tests", filters=False)) as (client, filtered),
        following(settings(pbx, "tests", filters=False)) as (_, everything),
    ):
        await filtered.until(settled)
        await everything.until(settled)
        for action in filter_actions("5.0.4"):
            [answer] = await client.action(action)
            assert answer["Response"] == "Success"
        caller = await a_call(pbx)
        await filtered.until(lambda h: len(h.events("Hangup")) >= 4)
        await everything.until(lambda h: len(h.events("Hangup")) >= 4)
    whole = of_channels(everything, caller)
    ours = of_channels(filtered, caller)
    assert read_by_us(ours) == read_by_us(whole)
    assert len(ours) < len(whole) / 2


async def test_the_least_rights_are_enough_to_watch_and_read_back(pbx: Pbx):
    async with following(settings(pbx, "watcher")) as (_, heard):
        await heard.until(settled)
        await a_call(pbx)
        await heard.until(lambda h: len(h.events("Hangup")) >= 4)
    assert heard.troubles == []
    assert heard.events("FullyBooted")
    assert heard.events("VarSet")


async def connected(pbx: Pbx, caller: str) -> None:
    """Waits until the PBX has this caller in a bridge: it builds one after a phone has answered."""

    async def bridged() -> bool:
        rows = [row.split("!") for row in (await pbx.cli("core show channels concise")).splitlines()]
        return any(caller in row and row[12] for row in rows)

    while not await bridged():  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.1)


async def test_a_call_that_goes_on_is_read_back_with_its_variables(pbx: Pbx):
    caller = f"86139000{next(_number):05}"
    async with pbx.calling("4006", caller=caller, phones={"1061": answers(0.3)}):
        await connected(pbx, caller)
        async with following(settings(pbx)) as (_, heard):
            await heard.until(settled)
        await pbx.hang_up(caller)
    told = [parse(m, Instant(0)) for m in of_channels(heard, caller)]
    mine = [event for event in told if isinstance(event, Status)]
    assert {status.application for status in mine} == {"Dial", "AppDial"}
    [leg] = [status for status in mine if status.application == "AppDial"]
    assert dict(leg.variables)["MIXMONITOR_FILENAME"].endswith(".wav")
    assert float(dict(leg.variables)["CDR(answer,u)"]) > float(dict(leg.variables)["CDR(start,u)"])
    assert heard.events("QueueMember")
    assert heard.events("BridgeListItem")


async def test_a_wrong_secret_is_refused_to_the_challenge(pbx: Pbx):
    async with following(settings(pbx, secret="wrong-one")) as (_, heard):
        reason = await heard.trouble(Trouble.SECRET)
    assert "Authentication failed" in reason


async def test_rights_that_are_missing_are_told_once_calls_are_there(pbx: Pbx):
    async with following(settings(pbx, "deaf")) as (_, heard):
        await heard.until(settled)
        for _ in range(3):  # a channel that was already listed after the login proves nothing by itself
            caller = f"86139000{next(_number):05}"
            await pbx.call("4006", caller=caller, phones={"1061": answers(0.2)}, hangs_up=0.5)
        reason = await heard.trouble(Trouble.READ_CLASS)
    assert "`call`" in reason


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
async def test_tls_with_the_pbxs_own_certificate(pbx: Pbx, name: str):
    host, port = pbx.ami_tls
    tls = TlsSettings(ca_file=pbx.certificate, server_name=name)
    async with following(settings(pbx, host=host, port=port, tls=tls)) as (_, heard):
        await heard.until(settled)
    assert heard.troubles == []


@pytest.mark.parametrize(
    ("tls", "why"),
    [
        (TlsSettings(), "self-signed certificate"),
        ("other name", "Hostname mismatch"),
    ],
)
async def test_a_certificate_that_proves_nothing_is_refused(pbx: Pbx, tls: Any, why: str):
    host, port = pbx.ami_tls
    if tls == "other name":
        tls = TlsSettings(ca_file=pbx.certificate, server_name="pbx.example.org")
    async with following(settings(pbx, host=host, port=port, tls=tls)) as (_, heard):
        reason = await heard.trouble(Trouble.TLS)
    assert why.lower() in reason.lower()
    assert "tls_ca" in reason


async def test_tls_without_verification_is_the_operators_choice(pbx: Pbx):
    host, port = pbx.ami_tls
    async with following(settings(pbx, host=host, port=port, tls=TlsSettings(verify=False))) as (_, heard):
        await heard.until(settled)


async def test_tls_towards_the_plain_port_is_said_to_be_that(pbx: Pbx):
    async with following(settings(pbx, tls=TlsSettings(verify=False))) as (_, heard):
        reason = await heard.trouble(Trouble.TLS)
    assert "tlsbindaddr" in reason


async def test_a_capture_of_the_real_thing_reads_back_as_it_was_heard(pbx: Pbx, tmp_path: Any):
    path = tmp_path / "real.cap.gz"
    with CaptureWriter(path) as tee:
        async with following(settings(pbx), tee=tee) as (_, heard):
            await heard.until(settled)
            await a_call(pbx)
            await heard.until(lambda h: len(h.events("Hangup")) >= 4)
    items = list(open_recording(str(path)))
    assert isinstance(items[0], LinkOpened)
    assert isinstance(items[-1], LinkLost)
    played = [m for item in items if isinstance(item, Messages) for m in item.messages]
    private = [m for m in played if m not in heard.messages]
    assert [m for m in played if m in heard.messages and event_name(m)] == [
        m for m in heard.messages if event_name(m)
    ]
    assert not [m for m in private if b"secret" in m]
