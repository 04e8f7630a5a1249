"""Writes down an AMI connection exactly as it came: for recordings that tests can be replayed from."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Wire:
    """The bytes that one AMI session received, and when."""

    data: bytearray = field(default_factory=bytearray)
    reads: list[tuple[float, int]] = field(default_factory=list)
    """Epoch seconds and length of each read."""


@contextlib.asynccontextmanager
async def recorded(address: tuple[str, int], *, username: str = "tests") -> AsyncIterator[Wire]:
    """Records from the login on, for as long as the block runs."""
    reader, writer = await asyncio.open_connection(*address)
    wire = Wire()
    booted = asyncio.Event()

    async def read() -> None:
        while data := await reader.read(65536):
            wire.data += data
            wire.reads.append((time.time(), len(data)))
            if not booted.is_set() and b"Event: FullyBooted" in wire.data:
                booted.set()

    reading = asyncio.create_task(read())
    try:
        writer.write(f"Action: Login\r\nUsername: {username}\r\nSecret: {username}-secret\r\n\r\n".encode())
        async with asyncio.timeout(60):
            await booted.wait()
        yield wire
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        writer.close()
