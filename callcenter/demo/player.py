"""A PBX that is played: hotline traffic over a real AMI socket, to as many clients as come.

It talks AMI as Asterisk 22 does, as far as a watching client needs it: greeting, login (plain or by
challenge), event classes, filters, Ping, the questions a client asks after a login. What it answers
is what it plays.
"""

import asyncio
import hashlib
import heapq
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from random import Random
from types import TracebackType
from typing import Final, Self

from callcenter.demo.exchange import Exchange
from callcenter.demo.peer import GREETING, Action, Peer, encode
from callcenter.demo.subscription import Subscription
from callcenter.demo.traffic import Traffic, arrivals
from callcenter.terms import Instant

LEAST_PER_HOUR: Final = 300.0
"""Calls, at any hour: a demo at night must move too."""
MOST_CALLS: Final = 6
"""In progress at once."""
_UNSENT: Final = 4 << 20
"""Bytes that a client may leave unread before it is cut off, about as Asterisk does it."""
_FIRST_CALLS_US: Final = (500_000, 2_500_000, 6_000_000)
"""The first callers, so that one need not wait for something to see."""


def wall_clock() -> Instant:
    """Now."""
    return Instant(time.time_ns() // 1000)


class Player:
    """An AMI server that plays *traffic* from its start to its end."""

    def __init__(
        self,
        rng: Random,
        *,
        username: str,
        secret: str,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Callable[[], Instant] = wall_clock,
    ) -> None:
        self._rng = rng
        self._username = username
        self._secret = secret
        self._address = (host, port)
        self._clock = clock
        self._exchange = Exchange()
        self._sessions: set[_Session] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._started = clock()
        self._first_login = asyncio.Event()

    @property
    def port(self) -> int:
        """Where it listens; known once it is started."""
        if self._server is None:
            raise RuntimeError("the player is not started")
        return int(self._server.sockets[0].getsockname()[1])

    async def __aenter__(self) -> Self:
        host, port = self._address
        self._server = await asyncio.start_server(self._serve, host, port, limit=1 << 16)
        self._started = self._clock()
        self._keep(asyncio.create_task(self._play(), name="demo player"))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for session in self._sessions:
            session.peer.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()

    async def _play(self) -> None:
        """Say everything at its time, for ever. Nobody calls before somebody listens."""
        await self._first_login.wait()
        traffic = Traffic(self._rng)
        start = self._clock()
        coming: list[tuple[Instant, int, bytes]] = []
        number = 0
        callers = heapq.merge(
            (Instant(start + later) for later in _FIRST_CALLS_US),
            arrivals(self._rng, start, least=LEAST_PER_HOUR),
        )
        for at in callers:
            while coming and coming[0][0] < at:
                when, _, message = heapq.heappop(coming)
                await self._until(when)
                self._say(when, message)
            await self._until(at)
            if self._exchange.calls < MOST_CALLS:
                for when, message in traffic.call(at):
                    number += 1
                    heapq.heappush(coming, (when, number, message))

    async def _until(self, when: Instant) -> None:
        late = when - self._clock()
        if late > 0:
            await asyncio.sleep(late / 1_000_000)

    def _say(self, at: Instant, message: bytes) -> None:
        stamp = {"Timestamp": f"{at // 1_000_000}.{at % 1_000_000:06}"}
        followers = [encode({**told, **stamp}) for told in self._exchange.follow(at, message)]
        for data in (message + b"\r\n\r\n", *followers):
            for session in self._sessions:
                session.tell(data)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._keep(task)
        session = _Session(Peer(reader, writer), self)
        self._sessions.add(session)
        with suppress(asyncio.CancelledError):
            await session.run()
        self._sessions.discard(session)
        await session.peer.close()

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def accepts(self, action: Action, challenge: str) -> bool:
        """Whether a Login's user and secret, or key, are right."""
        if not secrets.compare_digest(action.get("username", "").encode(), self._username.encode()):
            return False
        if action.get("authtype", "").upper() == "MD5":
            text = (challenge + self._secret).encode()
            key = hashlib.md5(text, usedforsecurity=False).hexdigest()
            return bool(challenge) and secrets.compare_digest(action.get("key", "").encode(), key.encode())
        return secrets.compare_digest(action.get("secret", "").encode(), self._secret.encode())

    def booted(self) -> bytes:
        """What a PBX says after a login."""
        self._first_login.set()
        uptime = str(max(1, (self._clock() - self._started) // 1_000_000))
        told = {"Event": "FullyBooted", "Privilege": "system,all", "Uptime": uptime, "LastReload": uptime}
        return encode({**told, "Status": "Fully Booted"})

    def answer(self, peer: Peer, action: Action) -> None:
        """Answer a question about what is going on, or refuse what is none."""
        now = self._clock()
        exchange = self._exchange
        match action.get("action", "").lower():
            case "coreshowchannels":
                peer.list_of(action, "CoreShowChannels", list(exchange.channels(now)))
            case "status":
                peer.list_of(action, "Status", list(exchange.status(now, action.get("variables", ""))))
            case "queuestatus":
                peer.list_of(action, "QueueStatus", list(exchange.queues(now)))
            case "bridgelist":
                peer.list_of(action, "BridgeList", list(exchange.bridges()))
            case _:
                peer.answer(action, "Error", Message="Invalid/unknown command")


class _Session:
    """One client."""

    def __init__(self, peer: Peer, player: Player) -> None:
        self.peer = peer
        self._player = player
        self._subscription = Subscription()
        self._challenge = ""
        self._in = False

    def tell(self, message: bytes) -> None:
        """Send an event, if it is wanted; cut a client off that does not read."""
        if self.peer.unsent > _UNSENT:
            self.peer.abort()
        elif self._in and self._subscription.wants(message):
            self.peer.send(message)

    async def run(self) -> None:
        """Until the client leaves."""
        self.peer.send(GREETING)
        while (action := await self.peer.read_action()) is not None:
            going_on = self._logged_in(action) if self._in else self._stranger(action)
            await self.peer.drain()
            if not going_on:
                return

    def _stranger(self, action: Action) -> bool:
        match action.get("action", "").lower():
            case "challenge":
                self._challenge = str(secrets.randbelow(1_000_000_000))
                self.peer.answer(action, Challenge=self._challenge)
            case "login" if self._player.accepts(action, self._challenge):
                self._in = True
                self.peer.answer(action, Message="Authentication accepted")
                self._subscription.mask(action.get("events", "on"))
                self.tell(self._player.booted())
            case "login":
                self.peer.answer(action, "Error", Message="Authentication failed")
                return False
            case "logoff":
                return False
            case _:
                self.peer.answer(action, "Error", Message="Permission denied")
        return True

    def _logged_in(self, action: Action) -> bool:
        match action.get("action", "").lower():
            case "ping":
                self.peer.answer(action, Ping="Pong")
            case "events":
                on = self._subscription.mask(action.get("eventmask", ""))
                self.peer.answer(action, Events="On" if on else "Off")
            case "filter":
                self._filter(action)
            case "logoff":
                self.peer.answer(action, "Goodbye", Message="Thanks for all the fish.")
                return False
            case _:
                self._player.answer(self.peer, action)
        return True

    def _filter(self, action: Action) -> None:
        if self._subscription.add_filter(action.get("matchcriteria", ""), action.get("filter", "")):
            self.peer.answer(action, Message="Filter added successfully")
        else:
            self.peer.answer(action, "Error", Message="Filter did not parse successfully")
