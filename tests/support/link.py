"""Following a PBX with the product's own client, and waiting for what it hears."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from callcenter.ami.client import AmiClient, Tee
from callcenter.ami.parse import event_name
from callcenter.ami.received import LinkTrouble, Messages, Received, Trouble
from callcenter.ami.settings import AmiSettings

Kind = TypeVar("Kind")

LIMIT = 30.0
"""Seconds until a wait has failed: a limit for a busy machine, not a measure of speed."""


class Heard:
    """A client's sink: keeps what it is told, and lets a test wait for it."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self._news = asyncio.Event()

    def __call__(self, item: Received) -> None:
        self.received.append(item)
        self._news.set()

    def all(self, kind: type[Kind]) -> list[Kind]:
        return [item for item in self.received if isinstance(item, kind)]

    @property
    def messages(self) -> list[bytes]:
        return [m for item in self.all(Messages) for m in item.messages]

    def events(self, *names: str) -> list[bytes]:
        return [m for m in self.messages if event_name(m).decode() in names]

    @property
    def troubles(self) -> list[tuple[Trouble, str]]:
        return [(t.kind, t.reason) for t in self.all(LinkTrouble)]

    async def until(self, condition: Callable[["Heard"], object], seconds: float = LIMIT) -> None:
        async with asyncio.timeout(seconds):
            while not condition(self):
                self._news.clear()
                await self._news.wait()

    async def trouble(self, kind: Trouble, seconds: float = LIMIT) -> str:
        """Its sentence, once it is told."""
        await self.until(lambda heard: kind in dict(heard.troubles), seconds)
        return dict(self.troubles)[kind]


@asynccontextmanager
async def following(
    settings: AmiSettings, *, tee: Tee | None = None
) -> AsyncIterator[tuple[AmiClient, Heard]]:
    """A client that follows for as long as the block runs. Its secret must be in nothing it says."""
    heard = Heard()
    client = AmiClient(settings, sink=heard, tee=tee, chance=lambda: 0.5)
    task = asyncio.get_running_loop().create_task(client.run())
    try:
        yield client, heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled(), task.exception()
        assert all(settings.secret not in repr(item) for item in heard.received)
