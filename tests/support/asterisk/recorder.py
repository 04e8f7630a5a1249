"""Writes down an AMI connection exactly as it came: for recordings that tests can be replayed from."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Wire:
    """The bytes that one AMI session received, and when."""

    data: bytearray = field(default_factory=bytearray)
    reads: list[tuple[float, int]] = field(default_factory=list)
    """Epoch seconds and length of each read."""


@contextlib.asynccontextmanager
async def recorded(
    address: tuple[str, int], *, username: str = "tests", then: Iterable[Mapping[str, str]] = ()
) -> AsyncIterator[Wire]:
    """Records from the login on, for as long as the block runs. Actions *then* follow the login."""
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
        login = {"Action": "Login", "Username": username, "Secret": f"{username}-secret"}
        for action in (login, *then):
            lines = "".join(f"{name}: {value}\r\n" for name, value in action.items())
            writer.write(f"{lines}\r\n".encode())
        async with asyncio.timeout(60):
            await booted.wait()
        yield wire
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        writer.close()
