"""A link to a PBX for one errand: nothing is followed, it only asks and is gone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

from callcenter.ami.client import AmiClient
from callcenter.ami.protocol import NotConnectedError
from callcenter.ami.received import LinkOpened, LinkTrouble, Received
from callcenter.config import PbxTable, ami_settings

LOGIN: Final = 12.0
"""Seconds that a PBX has to let us in."""


@asynccontextmanager
async def linked(pbx: PbxTable) -> AsyncIterator[AmiClient]:
    """A client that is logged in. Raises NotConnectedError with the reason where that can't be."""
    opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def hear(received: Received) -> None:
        if opened.done():
            return
        match received:
            case LinkOpened():
                opened.set_result(None)
            case LinkTrouble(reason=reason):
                opened.set_exception(NotConnectedError(reason))

    settings = replace(ami_settings(pbx), filters=False, read_classes=("system",))
    client = AmiClient(settings, sink=hear)
    following = asyncio.get_running_loop().create_task(client.run())
    try:
        try:
            async with asyncio.timeout(LOGIN):
                await opened
        except TimeoutError:
            raise NotConnectedError(f"{settings.address} did not answer within {LOGIN:.0f} s") from None
        yield client
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
