"""Bytes as Asterisk wrote them, as rows in the order of their Timestamps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

READ = frozenset(
    [
        *("Newchannel", "Newstate", "Rename", "DialBegin", "DialState"),
        *("DialEnd", "BridgeEnter", "BridgeLeave", "Hangup", "HangupRequest"),
        *("Hold", "Unhold", "Pickup", "BlindTransfer", "AttendedTransfer"),
        *("ParkedCall", "UnParkedCall", "QueueCallerJoin", "QueueCallerLeave", "QueueMemberStatus"),
        *("VarSet", "Newexten", "UserEvent", "MixMonitorStart", "MixMonitorStop"),
    ]
)
"""The events that the contract's words are about."""


@dataclass(frozen=True, slots=True)
class Row:
    """One event of the recording."""

    place: int
    """Its place among all events, by Timestamp and then by the stream: what happened before what."""
    at: int
    """Microseconds since the epoch by the PBX's clock; 0 where it says none."""
    headers: dict[str, str]

    @property
    def name(self) -> str:
        return self.headers["Event"]

    def get(self, key: str) -> str:
        return self.headers.get(key, "")


def messages(wire: bytes) -> list[bytes]:
    """The messages of the bytes, without what follows the last blank line."""
    return wire.split(b"\r\n\r\n")[:-1]


def headers(message: bytes) -> dict[str, str]:
    """The headers of one message; the first of a name counts."""
    found: dict[str, str] = {}
    for line in message.decode("utf-8", "replace").split("\r\n"):
        key, colon, value = line.partition(":")
        if colon:
            found.setdefault(key, value.removeprefix(" "))
    return found


def rows(wire: bytes) -> list[Row]:
    """Every event that happened, in order. Answers to questions are no events."""
    found = [h for h in map(headers, messages(wire)) if h.get("Event") in READ and "ActionID" not in h]
    return in_order(found)


def in_order(found: Iterable[dict[str, str]]) -> list[Row]:
    """The events by Timestamp; those without one stay where they came, after their predecessor.

    What is said twice to the microsecond happened once.
    """
    timed: list[tuple[int, int, dict[str, str]]] = []
    latest = 0
    once = {tuple(h.items()) if "Timestamp" in h else number: h for number, h in enumerate(found)}
    for number, h in enumerate(once.values()):
        at = micros(h.get("Timestamp", ""))
        timed.append((latest if at is None else at, number, h))
        latest = timed[-1][0]
    timed.sort(key=lambda item: item[:2])
    return [Row(place, at, h) for place, (at, _, h) in enumerate(timed)]


def micros(text: str) -> int | None:
    """``1795277913.932406`` as microseconds."""
    seconds, dot, fraction = text.partition(".")
    if not (dot and seconds.isdigit() and fraction.isdigit()):
        return None
    return int(seconds) * 1_000_000 + int(fraction.ljust(6, "0")[:6])
