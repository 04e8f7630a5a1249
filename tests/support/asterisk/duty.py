"""Schedules in AstDB as the dialplan library reads them, written by hand, and what the dialplan tells."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from tests.support.asterisk.pbx import Pbx

DAY = 86_400
FAMILY = "callcenter"
ID = "0123456789ab"
"""The one day that all days of a hand-written schedule are."""


@dataclass(frozen=True, slots=True)
class Interval:
    """What is in force until *until* (seconds since the epoch; None: beyond the day's end)."""

    mode: str
    steps: tuple[str, ...] = ()
    until: float | None = None

    def value(self) -> str:
        """The value in AstDB."""
        until = int(self.until) if self.until else today() * DAY + 2 * DAY
        return ",".join((str(until), self.mode, *self.steps))


def closed(*steps: str, until: float | None = None) -> Interval:
    """The steps' people are on duty."""
    return Interval("closed", steps, until)


def opened(*steps: str, until: float | None = None) -> Interval:
    """Office hours."""
    return Interval("open", steps, until)


def step(person: str, seconds: int, *phones: str, role: str = "primary") -> str:
    """One person and what rings, e.g. ``d1311`` or ``m13900000001``."""
    return ";".join((role, person, str(seconds), *phones))


def today() -> int:
    return int(time.time()) // DAY


def schedule(hotline: str, *intervals: Interval, **other: str) -> dict[str, str]:
    """The keys of a hotline whose days are all alike; *other* are further keys, as ``force``."""
    return {
        f"{hotline}/index": f"2,{today()},{ID},{ID}",
        **{f"{hotline}/{ID}/{number}": each.value() for number, each in enumerate(intervals, 1)},
        **{f"{hotline}/{key}": value for key, value in other.items()},
    }


async def write(pbx: Pbx, keys: dict[str, str]) -> None:
    """Puts all keys into AstDB in one AMI session."""
    reader, writer = await asyncio.open_connection(*pbx.ami)
    actions: list[dict[str, str]] = [
        {"Action": "Login", "Username": "tests", "Secret": "tests-secret", "Events": "off"},
        *({"Action": "DBPut", "Family": FAMILY, "Key": key, "Val": value} for key, value in keys.items()),
    ]
    try:
        for action in actions:
            writer.write("".join(f"{k}: {v}\r\n" for k, v in action.items()).encode() + b"\r\n")
            answer = b""
            while not answer.startswith(b"Response:"):
                answer = await reader.readline()
            assert answer.startswith(b"Response: Success"), (action, answer)
    finally:
        writer.close()


async def kept(pbx: Pbx, key: str) -> str:
    """A key's value in AstDB; empty where there is none."""
    told = await pbx.cli(f"database get {FAMILY} {key}")
    return next(
        (line.removeprefix("Value: ") for line in told.splitlines() if line.startswith("Value: ")), ""
    )


def user_events(wire: bytes) -> list[dict[str, str]]:
    """The dialplan's own events, in the order in which they came."""
    told = (
        dict(line.split(": ", 1) for line in block.split("\r\n") if ": " in line)
        for block in wire.decode("utf-8", "replace").split("\r\n\r\n")
        if block.startswith("Event: UserEvent\r\n")
    )
    return [event for event in told if event["UserEvent"].startswith("Callcenter")]


def about(events: list[dict[str, str]], party: str) -> list[tuple[Any, ...]]:
    """What was said on the channel of *party* (a caller's or a phone's number): names and headers of ours."""
    ours = ("Hotline", "Mode", "Why", "Step", "Role", "Person", "Phones", "Until", "Phone", "Kind")
    return [
        (event["UserEvent"].removeprefix("Callcenter"), *(event[key] for key in ours if key in event))
        for event in events
        if event["CallerIDNum"] == party
    ]
