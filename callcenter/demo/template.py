"""A recorded call as a pattern that can be played again: other ids, numbers and phones, another time, longer.

Everything in the bytes that belongs to that one call (times, ids of channels and bridges, suffixes of
channel names, the caller's number, the hotline, the phones, the date in a recording's path) is found
once and becomes a slot; the bytes between stay as the PBX wrote them. Time is stretched only where
nothing happened: in the quiet before the answer (or before the caller gave up) and in the last quiet.
"""

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from importlib import resources
from typing import Final

from callcenter.ami.parse import event_name, headers
from callcenter.ami.wire import Framer


class Slot(Enum):
    """What kind of thing is filled in; each value is how it looks in the recordings."""

    TIME = rb"(?<=Timestamp: )\d+\.\d{6}"
    BRIDGE = rb"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
    UNIQUEID = rb"\b\d{10}\.\d+\b"
    SUFFIX = rb"(?<=-)[0-9a-f]{8}\b"
    DATE = rb"(?<=/)\d{8}(?=/)"
    CALLER = rb"\b4930\d{6,7}\b"
    HOTLINE = rb"\b40\d\d\b"
    PHONE = rb"\b1[09]0\d\b"
    QUEUE = rb"\bhot-[a-z]+\b"


_PATTERN: Final = re.compile(b"|".join(b"(?P<%b>%b)" % (slot.name.encode(), slot.value) for slot in Slot))

Piece = bytes | tuple[Slot, bytes]
Filled = Mapping[tuple[Slot, bytes], bytes]

QUIET_US: Final = 300_000
"""Microseconds without an event that can be stretched."""
SHORTEST_US: Final = 400_000


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the recording."""

    offset_us: int
    """Since the first one."""
    pieces: tuple[Piece, ...]

    def render(self, time: bytes, filled: Filled) -> bytes:
        """The bytes, without the closing empty line, at *time* (as in a Timestamp header)."""
        parts = [p if isinstance(p, bytes) else time if p[0] is Slot.TIME else filled[p] for p in self.pieces]
        return b"".join(parts)

    @property
    def slots(self) -> tuple[tuple[Slot, bytes], ...]:
        """What is to be filled in, in order."""
        return tuple(piece for piece in self.pieces if not isinstance(piece, bytes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One recorded call."""

    name: str
    messages: tuple[Message, ...]
    phones: tuple[bytes, ...]
    """The phones that take part; the first is the one that answered first, if any did."""
    talkers: frozenset[bytes]
    """Those of them that were in a bridge: busy until the call ends."""
    wait_at: int | None
    """Index of the message that ends the quiet of ringing; None where the PBX decides its length."""
    last_at: int | None
    """Index of the message that ends the last quiet: talking, or leaving a message."""

    def offsets(self, wait_us: int | None, last_us: int | None) -> list[int]:
        """When each message comes, in microseconds, if the two quiets are to last so long."""
        shift, before, told = 0, 0, []
        wanted = {self.wait_at: wait_us, self.last_at: last_us}
        for index, message in enumerate(self.messages):
            want = wanted.get(index)
            if want is not None:
                shift += max(SHORTEST_US, want) - (message.offset_us - before)
            before = message.offset_us
            told.append(message.offset_us + shift)
        return told


def load(name: str) -> Template:
    """The recording *name* of this package."""
    packed = (resources.files("callcenter.demo") / "recordings" / f"{name}.ami.gz").read_bytes()
    return build(name, Framer().feed(gzip.decompress(packed)))


def names() -> list[str]:
    """All recordings of this package."""
    folder = resources.files("callcenter.demo") / "recordings"
    packed = (entry.name for entry in folder.iterdir() if entry.name.endswith(".ami.gz"))
    return sorted(name.removesuffix(".ami.gz") for name in packed)


def build(name: str, messages: list[bytes]) -> Template:
    """Find the slots and the quiets in one call's messages."""
    first = _time_us(messages[0])
    parsed = tuple(Message(_time_us(message) - first, _cut(message)) for message in messages)
    facts = [(event_name(message), headers(message)) for message in messages]
    caller = facts[0][1]["Uniqueid"]
    entered = [i for i, (event, h) in enumerate(facts) if event == b"BridgeEnter" and h["Uniqueid"] == caller]
    gave_up = [
        i for i, (event, h) in enumerate(facts) if event == b"HangupRequest" and h["Uniqueid"] == caller
    ]
    voicemail = any(event == b"Newexten" for event, _ in facts)
    quiets = [i for i in range(1, len(parsed)) if parsed[i].offset_us - parsed[i - 1].offset_us >= QUIET_US]
    decided = entered[:1] or ([] if voicemail else gave_up[:1])
    wait_at = max((i for i in quiets if decided and i <= decided[0]), default=None)
    last_at = max((i for i in quiets if i != wait_at and (entered or voicemail)), default=None)
    met = _met(facts) if entered else []
    return Template(
        name=name,
        messages=parsed,
        phones=_phones(parsed, met),
        talkers=frozenset(met),
        wait_at=wait_at,
        last_at=last_at,
    )


def _cut(message: bytes) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    end = 0
    for found in _PATTERN.finditer(message):
        if found.start() > end:
            pieces.append(message[end : found.start()])
        pieces.append((Slot[found.lastgroup or ""], found[0]))
        end = found.end()
    return (*pieces, message[end:])


def _time_us(message: bytes) -> int:
    second, _, fraction = headers(message)["Timestamp"].partition(".")
    return int(second) * 1_000_000 + int(fraction)


def _met(facts: list[tuple[bytes, dict[str, str]]]) -> list[bytes]:
    """The phones that entered a bridge, in order."""
    entering = (told.get("Channel", "") for event, told in facts if event == b"BridgeEnter")
    found = (re.search(r"/(1[09]0\d)", channel) for channel in entering)
    return [phone[1].encode() for phone in found if phone]


def _phones(messages: tuple[Message, ...], met: list[bytes]) -> tuple[bytes, ...]:
    seen = dict.fromkeys(text for m in messages for slot, text in m.slots if slot is Slot.PHONE)
    return tuple(dict.fromkeys([*met[:1], *seen]))
