"""A PBX for what can't be had from a real one: each connection is played by a script.

    async def script(peer: Peer) -> None: ...
    async with FakePbx(script) as pbx: ... pbx.port

Successive connections take successive scripts, the last one for ever. A script that returns closes
its connection. Whatever clients sent is in ``actions``.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from callcenter.demo.peer import GREETING, Peer, encode

Script = Callable[[Peer], Awaitable[None]]


class FakePbx:
    """A listening socket on loopback whose connections follow scripts."""

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        self._scripts = list(scripts)
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.connections = 0
        self.connected_at: list[float] = []
        self.peers: list[Peer] = []
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for peer in self.peers:
            peer.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        script = self._scripts[min(self.connections, len(self._scripts) - 1)]
        self.connections += 1
        self.connected_at.append(asyncio.get_running_loop().time())
        peer = Peer(reader, writer)
        self.peers.append(peer)
        try:
            await script(peer)
        except asyncio.CancelledError:
            return
        finally:
            await peer.close()


async def greet_and_accept(peer: Peer, *, greeting: bytes = GREETING, booted: bool = True) -> None:
    """Greeting and login as Asterisk does it with any user and secret, by challenge or plain."""
    peer.send(greeting)
    while (action := await peer.read_action()) is not None:
        if action["action"].lower() == "challenge":
            peer.answer(action, Challenge="123456789")
        elif action["action"].lower() == "login":
            peer.answer(action, Message="Authentication accepted")
            if booted:
                peer.send(FULLY_BOOTED)
            return


FULLY_BOOTED = encode(
    {"Event": "FullyBooted", "Privilege": "system,all", "Uptime": "100", "Status": "Fully Booted"}
)

LISTS = {
    "coreshowchannels": "CoreShowChannels",
    "status": "Status",
    "queuestatus": "QueueStatus",
    "bridgelist": "BridgeList",
}


def answer_politely(peer: Peer, action: dict[str, str]) -> None:
    """What an idle Asterisk with full rights says to *action*."""
    name = action["action"].lower()
    if name in LISTS:
        peer.list_of(action, LISTS[name], [])
    elif name == "ping":
        peer.answer(action, Ping="Pong")
    elif name == "logoff":
        peer.answer(action, "Goodbye")
    else:
        peer.answer(action)


async def serve_politely(peer: Peer) -> None:
    """An idle Asterisk that answers everything, until the client leaves."""
    while (action := await peer.read_action()) is not None:
        answer_politely(peer, action)
        if action["action"].lower() == "logoff":
            return


async def idle(peer: Peer) -> None:
    """The whole life of a well-behaved, silent PBX."""
    await greet_and_accept(peer)
    await serve_politely(peer)


async def silence(peer: Peer) -> None:
    """Read and never say anything."""
    while await peer.read_action() is not None:
        pass


def then(*scripts: Script) -> Script:
    """One script after the other on the same connection."""

    async def play(peer: Peer) -> None:
        for script in scripts:
            await script(peer)

    return play


def saying(*parts: bytes) -> Script:
    """Write each part in a segment of its own (as far as the loop lets us)."""

    async def play(peer: Peer) -> None:
        for part in parts:
            peer.send(part)
            await peer.drain()
            await asyncio.sleep(0)

    return play
