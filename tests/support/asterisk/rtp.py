"""Sound: one party's RTP socket, which sends a steady tone and throws away what it hears."""

from __future__ import annotations

import asyncio
import math
import re
import secrets

FRAME = bytes(0xFF ^ (int(60 + 40 * math.sin(2 * math.pi * 400 * i / 8000)) & 0x7F) for i in range(160))
"""20 ms of some 400 Hz in mu-law."""


class Sound(asyncio.DatagramProtocol):
    """Bound on opening, silent until it is told whom to talk to."""

    def __init__(self) -> None:
        self.port = 0
        self._transport: asyncio.DatagramTransport | None = None
        self._talking: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls) -> Sound:
        sound = cls()
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: sound, local_addr=("127.0.0.1", 0)
        )
        sound._transport = transport
        sound.port = transport.get_extra_info("sockname")[1]
        return sound

    def talk_to(self, sdp: str) -> None:
        """Begins to send to where the session description says."""
        found = re.search(r"^m=audio (\d+)", sdp, re.MULTILINE)
        if found and int(found.group(1)) and self._talking is None:
            self._talking = asyncio.create_task(self._send(("127.0.0.1", int(found.group(1)))))

    async def _send(self, there: tuple[str, int]) -> None:
        assert self._transport
        source, sequence, stamp = secrets.token_bytes(4), 0, 0
        clock = asyncio.get_running_loop().time
        due = clock()
        while True:
            header = b"\x80\x00" + sequence.to_bytes(2, "big") + stamp.to_bytes(4, "big") + source
            self._transport.sendto(header + FRAME, there)
            sequence, stamp, due = (sequence + 1) & 0xFFFF, (stamp + 160) & 0xFFFFFFFF, due + 0.02
            await asyncio.sleep(max(0.0, due - clock()))

    def close(self) -> None:
        if self._talking:
            self._talking.cancel()
        if self._transport:
            self._transport.close()
