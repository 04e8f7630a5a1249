"""Recordings that begin in the middle of a call: answers have no Timestamp, events have."""

from pathlib import Path
from typing import Any

import pytest

from callcenter.ami.wire import Framer
from callcenter.record_json import call_to_json
from callcenter.replay import Broken, replay
from tests.support import traces

NAME = "04-direct-answer-17s"
GREETING = b"Response: Success\r\n\r\nEvent: FullyBooted\r\nUptime: 900\r\n\r\n"
LISTS = {"CoreShowChannel": "CoreShowChannelsComplete", "Status": "StatusComplete"}
LISTED = (
    "Channel",
    "ChannelState",
    "CallerIDNum",
    "ConnectedLineNum",
    "Context",
    "Exten",
    "Uniqueid",
    "Linkedid",
)


def _headers(message: bytes) -> dict[str, str]:
    lines = (line.partition(": ") for line in message.decode().split("\r\n"))
    return {name: value for name, _, value in lines}


def _answers(messages: list[bytes]) -> bytes:
    """What the PBX would have said to ``CoreShowChannels`` and ``Status`` after these messages."""
    channels: dict[str, dict[str, str]] = {}
    bridges: dict[str, str] = {}
    for told in map(_headers, messages):
        if "ChannelState" not in told or "Uniqueid" not in told:
            continue
        channels[told["Uniqueid"]] = {name: told[name] for name in LISTED}
        bridges[told["Uniqueid"]] = told.get("BridgeUniqueid", bridges.get(told["Uniqueid"], ""))
    said = [b"Response: Success\r\nActionID: list\r\nEventList: start\r\nMessage: Channels will follow"]
    for kind, complete in LISTS.items():
        for uniqueid, shown in channels.items():
            application = "Dial" if uniqueid == shown["Linkedid"] else "AppDial"
            lines = {"Event": kind, "ActionID": "list", **shown, "Application": application}
            lines["BridgeId" if kind == "CoreShowChannel" else "BridgeID"] = bridges[uniqueid]
            said.append("\r\n".join(f"{name}: {value}" for name, value in lines.items()).encode())
        said.append(f"Event: {complete}\r\nActionID: list\r\nEventList: Complete".encode())
    return b"".join(message + b"\r\n\r\n" for message in said)


def _attached(after: bytes, folder: Path) -> dict[str, Any]:
    """The call as told by whoever attached right after the first message with *after* in it."""
    messages = list(Framer().feed(traces.wires(NAME)[0]))
    cut = next(number for number, message in enumerate(messages) if after in message) + 1
    wire = folder / "wire.ami"
    rest = b"".join(message + b"\r\n\r\n" for message in messages[cut:])
    wire.write_bytes(GREETING + _answers(messages[:cut]) + rest)
    (told,) = replay([str(wire)], traces.SITE)
    assert not isinstance(told, Broken)
    return call_to_json(told, caller="full")


@pytest.fixture
def whole() -> dict[str, Any]:
    """The call as told by whoever was there from the beginning."""
    (call,) = traces.inbound(traces.follow(traces.events(NAME)))
    return call_to_json(call, caller="full")


def test_what_follows_an_attachment_in_the_middle_is_told_by_the_clock_of_the_pbx(
    whole: dict[str, Any], tmp_path: Path
) -> None:
    """Attached while it rang: how long it had rung by then nobody knows, and all that came after is known."""
    call = _attached(b"DialStatus: RINGING", tmp_path)

    seen = (
        "hotline",
        "outcome",
        "answered_by",
        "answered_at",
        "ended_at",
        "talk_seconds",
        "hung_up_by",
        "clock",
    )
    assert {key: call[key] for key in seen} == {key: whole[key] for key in seen}
    assert (call["truncated"], call["ring_seconds"], call["caller_ring_seconds"]) == ("start", None, None)


def test_an_answer_before_we_attached_is_not_on_time_for_all_we_know(tmp_path: Path) -> None:
    """It rang seventeen seconds and was answered before: nothing that was seen says how long it took."""
    call = _attached(b"Event: BridgeEnter", tmp_path)

    assert (call["outcome"], call["answered_at"], call["on_time"]) == ("answered", None, None)
    assert (call["truncated"], call["talk_seconds"], call["clock"]) == ("start", None, "pbx")
