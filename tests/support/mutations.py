"""Recordings with something broken in them: what no PBX should send, and a bad line or a bug may."""

import re
from collections.abc import Callable
from random import Random

END = b"\r\n\r\n"
_VALUE = re.compile(rb"(?<=: )[^\r\n]+")
ODD_VALUES = (
    b"", b"0", b"-1", b"99999999999999999999", b"1e308", b"nan", b"<unknown>", b"\xff\xfe", "客服".encode(),
    b"1795280968.399682", b"1795280968.1", b"Local/1@x-00000001;1", b"Local/1@x-00000001;2",
    b"x" * 5000, b"9" * 5000, b"9" * 5000 + b".1",
)  # fmt: skip


def mutated(wire: bytes, random: Random, changes: int) -> bytes:
    """*wire* with so many changes, each of a kind chosen by *random*."""
    for _ in range(changes):
        wire = random.choice(KINDS)(wire, random)
    return wire


def _flip(wire: bytes, random: Random) -> bytes:
    """One bit the other way round."""
    place = random.randrange(max(len(wire), 1))
    flipped = bytes(byte ^ 1 << random.randrange(8) for byte in wire[place : place + 1])
    return wire[:place] + flipped + wire[place + 1 :]


def _cut(wire: bytes, random: Random) -> bytes:
    """Up to a thousand bytes missing."""
    place = random.randrange(max(len(wire), 1))
    return wire[:place] + wire[place + random.randrange(1000) :]


def _repeat(wire: bytes, random: Random) -> bytes:
    """A stretch of messages, and it again somewhere else."""
    messages = wire.split(END)
    place = random.randrange(len(messages))
    stretch = messages[place : place + random.randrange(1, 20)]
    place = random.randrange(len(messages))
    return END.join([*messages[:place], *stretch, *messages[place:]])


def _move(wire: bytes, random: Random) -> bytes:
    """A stretch of messages at another place."""
    messages = wire.split(END)
    place = random.randrange(len(messages))
    stretch = messages[place : place + random.randrange(1, 20)]
    del messages[place : place + len(stretch)]
    place = random.randrange(len(messages) + 1)
    return END.join([*messages[:place], *stretch, *messages[place:]])


def _swap_values(wire: bytes, random: Random) -> bytes:
    """A header with a value that stood somewhere else: ids, names and instants of other channels."""
    found = list(_VALUE.finditer(wire))
    if not found:
        return wire
    one, other = random.choice(found), random.choice(found)
    return wire[: one.start()] + other[0] + wire[one.end() :]


def _odd_value(wire: bytes, random: Random) -> bytes:
    """A header with a value that nobody expects."""
    found = list(_VALUE.finditer(wire))
    if not found:
        return wire
    one = random.choice(found)
    return wire[: one.start()] + random.choice(ODD_VALUES) + wire[one.end() :]


KINDS: tuple[Callable[[bytes, Random], bytes], ...] = (_flip, _cut, _repeat, _move, _swap_values, _odd_value)
