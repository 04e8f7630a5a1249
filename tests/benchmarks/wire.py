"""Bytes to facts, beside panoramisk alone with one empty callback, on the same bytes in the same slices."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from panoramisk import Manager
from panoramisk.ami_protocol import AMIProtocol

from callcenter.ami.events import Malformed
from callcenter.ami.parse import NEEDED, event_name, parse
from callcenter.ami.wire import Framer
from callcenter.terms import Instant
from callcenter.tracking.tracker import Tracker
from tests.benchmarks.measure import say, take_turns
from tests.support import traces

SLICE = 4096
"""Bytes in one read; a socket gives about as many."""
REPEAT = 4
Wires = Sequence[Sequence[bytes]]
ARRIVAL = Instant(1_795_000_000_000_000)


def main() -> None:
    """Both streams: everything, and what the PBX sends when it filters."""
    whole = [wire for name in traces.NAMES for wire in traces.wires(name)]
    for title, wires in (("read=all", whole), ("filtered at the PBX", [_filtered(w) for w in whole])):
        slices = [[wire[at : at + SLICE] for at in range(0, len(wire), SLICE)] for wire in wires]
        timings = take_turns(
            {
                "panoramisk alone, one empty callback": lambda slices=slices: _repeated(slices, _panoramisk),
                "bytes to facts": lambda slices=slices: _repeated(slices, _facts),
                "bytes to events": lambda slices=slices: _repeated(slices, _events),
                "bytes to messages": lambda slices=slices: _repeated(slices, _messages),
            }
        )
        say(f"AMI stream, {title}", timings, "messages", "panoramisk alone, one empty callback")


def _filtered(wire: bytes) -> bytes:
    kept = (message for message in Framer().feed(wire) if _is_needed(message))
    return b"Asterisk Call Manager/11.0.0\r\n" + b"".join(message + b"\r\n\r\n" for message in kept)


def _is_needed(message: bytes) -> bool:
    name = event_name(message).decode()
    if name in {"VarSet", "Newexten"}:
        return parse(message, ARRIVAL) is not None
    return name in NEEDED or not name


def _repeated(wires: Wires, read: Callable[[Wires], int]) -> int:
    """The same recordings several times, each time to a reader that has not heard them."""
    return sum(read(wires) for _ in range(REPEAT))


def _messages(wires: Wires) -> int:
    count = 0
    for slices in wires:
        framer = Framer()
        for data in slices:
            count += len(framer.feed(data))
    return count


def _events(wires: Wires) -> int:
    count = 0
    for slices in wires:
        framer = Framer()
        for data in slices:
            for message in framer.feed(data):
                count += 1
                parse(message, ARRIVAL)
    return count


def _facts(wires: Wires) -> int:
    count, tracker = 0, Tracker(traces.SITE)
    for slices in wires:
        framer = Framer()
        for data in slices:
            messages = framer.feed(data)
            count += len(messages)
            parsed = [parse(message, ARRIVAL) for message in messages]  # by the read, as the pipeline does
            for event in [event for event in parsed if event is not None]:
                if not isinstance(event, Malformed):
                    tracker.receive(event)
    return count


class _NoTransport:
    """Takes nothing and goes nowhere: only reading is measured."""

    def write(self, data: bytes) -> None:
        """Nothing is sent."""

    def close(self) -> None:
        """Nothing is open."""


def _panoramisk(wires: Wires) -> int:
    loop = asyncio.new_event_loop()
    count = 0

    def nothing(_manager: Any, _message: Any) -> None:
        """The one empty callback."""

    try:
        manager = Manager(loop=loop)
        manager.register_event("*", nothing)
        for slices in wires:
            protocol = AMIProtocol()
            protocol.connection_made(_NoTransport())
            protocol.factory = manager
            protocol.encoding = "utf8"
            for data in slices:
                protocol.data_received(data)
                count += data.count(b"\r\n\r\n")
    finally:
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
    return count
