"""The link to one PBX: connect, log in, listen, notice when it is dead, come back.

Theory of operation. :meth:`AmiClient.run` makes attempt after attempt; one attempt is one
connection. Its states, and what the sink hears:

    connecting → greeting → login ──accepted──→ open ──lost──→ (wait) → connecting
        └───────────┴─────────┴── LinkTrouble      └ LinkOpened, Messages …, LinkLost

Bytes go socket → Framer → sink in one synchronous call, so order is the PBX's order and nothing is
between an event and its consumer. Beside that two things run while a link is open: the watchdog
(silence → Ping → lost), and the setting up (filters, events on, read back what is going on, now and
then a look at the channels while an event class is unproven). A link that was lost is never patched
up: unanswered actions fail, nothing is sent twice, and what happened meanwhile is read back. It is
read back on the open link too where a part of the stream was no AMI: a hang-up may have been in it.
"""

import asyncio
import random
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from callcenter.ami import tls, trouble
from callcenter.ami.backoff import Backoff
from callcenter.ami.evidence import Evidence, Finding
from callcenter.ami.parse import headers
from callcenter.ami.protocol import AmiError, Headers, Link, NotConnectedError
from callcenter.ami.received import (
    LinkDoubted,
    LinkLost,
    LinkOpened,
    LinkTrouble,
    Messages,
    Received,
    Trouble,
)
from callcenter.ami.session import log_in, permitted, read_back, set_filters
from callcenter.ami.settings import AmiSettings
from callcenter.ami.trouble import LinkFailure
from callcenter.ami.watchdog import Step, Watchdog
from callcenter.ami.wire import Fault
from callcenter.terms import Instant

BROKEN_BYTES_EVERY = 60.0
"""Seconds between two reports of broken bytes: a rotten stream must not flood the log."""


GOODBYE = 1.0
"""Seconds for the last bytes to leave when a connection is closed."""


class Tee(Protocol):
    """Where a copy of the stream goes, e.g. a capture. Only what the PBX sent, never what we did.
    May raise OSError: it is then left alone, and the link goes on."""

    def opened(self, at: Instant) -> None:
        """A connection was opened."""

    def received(self, at: Instant, data: bytes) -> None:
        """Bytes came."""

    def lost(self, at: Instant, reason: str) -> None:
        """The connection ended."""


def wall_clock() -> Instant:
    """Now."""
    return Instant(time.time_ns() // 1000)


class AmiClient:
    """Follows one PBX for as long as :meth:`run` runs.

    *sink* is called once for each read from the socket, synchronously and in order, with what came;
    it must not block or raise. *clock* stamps arrivals, *chance* (numbers in [0, 1)) spreads retries.
    """

    def __init__(
        self,
        settings: AmiSettings,
        *,
        sink: Callable[[Received], None],
        tee: Tee | None = None,
        clock: Callable[[], Instant] = wall_clock,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings
        self._sink = sink
        self._tee = tee
        self._clock = clock
        self._backoff = Backoff(settings.timings, chance)
        self._filters = settings.filters
        self._link: Link | None = None
        self._open = False
        self._opened_at = 0.0
        self._evidence = Evidence((), settings.username)
        self._last: Sequence[bytes] = ()
        self._said: set[str] = set()
        self._faults_said_at: float | None = None
        self._doubt = asyncio.Event()
        """Set while a part of the open link's stream is lost and was not made good by reading back."""
        self._reading_back = False

    def __repr__(self) -> str:
        return f"<AmiClient {self._settings.username}@{self._settings.address}>"

    @property
    def connected(self) -> bool:
        """Whether the PBX is heard now."""
        return self._open

    async def run(self) -> None:
        """Follow the PBX for ever; cancel to stop. The link is then closed in an orderly way."""
        while True:
            slow = False
            self._opened_at = 0.0
            try:
                await self._attempt()
            except LinkFailure as failure:
                self._trouble(failure.kind, failure.reason)
                slow = failure.slow
            lived = asyncio.get_running_loop().time() - self._opened_at if self._opened_at else 0.0
            await asyncio.sleep(self._backoff.after(lived=lived, slow=slow))

    async def action(self, action: Headers, *, seconds: float | None = None) -> list[dict[str, str]]:
        """Send *action*; its response and, where it starts a list, the items.

        It is sent once at most. Raises :class:`NotConnectedError` or :class:`ActionTimeoutError`, both
        :class:`AmiError`; the PBX may then have done it or not. A refusal is an answer: see ``Response``.
        """
        if self._link is None or not self._open:
            raise NotConnectedError("there is no link to the PBX now")
        return [headers(message) for message in await self._link.ask(action, seconds=seconds)]

    def pause(self) -> None:
        """Read no more for now: what the PBX says waits in the network, and after a while in the PBX."""
        if self._link is not None:
            self._link.pause()

    def resume(self) -> None:
        """Read on after :meth:`pause`."""
        if self._link is not None:
            self._link.resume()

    async def _attempt(self) -> None:
        """One connection from its opening to its end. Raises LinkFailure if it never opened."""
        link = await self._connect()
        self._link = link
        reason = "the login failed"
        try:
            await log_in(link, self._settings, self._opened, filters=self._filters)
            reason = await self._follow(link)
        except asyncio.CancelledError:
            reason = "we are shutting down"
            if self._open and not link.transport.is_closing():
                link.transport.write(b"Action: Logoff\r\n\r\n")
            raise
        finally:
            self._close(link, reason)
            await asyncio.wait({link.ended}, timeout=GOODBYE)
            link.transport.abort()

    async def _connect(self) -> Link:
        settings = self._settings
        context = tls.context(settings.tls) if settings.tls else None
        name = (settings.tls.server_name or settings.host) if settings.tls else None
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(settings.timings.connect):
                _, link = await loop.create_connection(
                    lambda: Link(self, self._clock, settings.timings.answer),
                    settings.host,
                    settings.port,
                    ssl=context,
                    server_hostname=name,
                )
        except (OSError, TimeoutError, UnicodeError) as error:
            raise trouble.connecting(settings, error) from None
        self._tee_do(lambda tee: tee.opened(self._clock()))
        return link

    def _opened(self) -> None:
        """The login was accepted, and nothing after it was handed on yet."""
        self._open = True
        self._opened_at = asyncio.get_running_loop().time()
        self._evidence = Evidence(self._settings.read_classes, self._settings.username)
        self._doubt.clear()
        self._sink(LinkOpened(at=self._clock()))

    def _close(self, link: Link, reason: str) -> None:
        """Whatever the attempt came to: nothing is heard from this connection any more."""
        self._link = None
        if not link.transport.is_closing():
            link.transport.close()
        self._tee_do(lambda tee: tee.lost(self._clock(), reason))
        if self._open:
            self._open = False
            self._sink(LinkLost(at=self._clock(), reason=reason))

    async def _follow(self, link: Link) -> str:
        """Until the open link ends; why it did."""
        async with asyncio.TaskGroup() as group:
            setting_up = group.create_task(self._set_up(link))
            reason = await self._watch(link)
            setting_up.cancel()
        return reason

    async def _watch(self, link: Link) -> str:
        loop = asyncio.get_running_loop()
        dog = Watchdog(self._settings.timings)
        while not link.ended.done():
            step, seconds = dog.step(now=loop.time(), heard=link.last_sign)
            match step:
                case Step.PING:
                    link.ping()
                case Step.LOST:
                    link.hang_up(trouble.gone_silent(self._settings, loop.time() - link.last_sign))
                case Step.WAIT:
                    pass
            await asyncio.wait({link.ended}, timeout=seconds)
        if link.why:
            return link.why
        if any(message.startswith(b"Event: Shutdown") for message in self._last):
            return "the PBX was shut down or restarted"
        return f"{self._settings.address} closed the connection"

    async def _set_up(self, link: Link) -> None:
        """Filters, read-back, and looking for what events don't tell. Ends at the latest with the link."""
        try:
            if self._filters and not await set_filters(link, self._settings):
                self._filters = False
                link.hang_up(trouble.HALF_FILTERED)
                return
            await self._read_back(link)
            await self._look_again(link)
        except NotConnectedError:
            return
        except AmiError as error:
            link.hang_up(f"{error}: connecting anew")

    async def _read_back(self, link: Link) -> None:
        self._reading_back = True
        try:
            for sentence in await read_back(link, self._settings):
                self._once(Trouble.DENIED, sentence)
        finally:
            self._reading_back = False

    async def _look_again(self, link: Link) -> None:
        """While an event class is unproven, look now and then whether calls go on that nobody told us of; and
        whenever a part of the stream was lost, read back what goes on."""
        timings = self._settings.timings
        wait, may_look = 0.0, True
        while True:
            try:
                async with asyncio.timeout(wait if may_look and self._evidence.probing else None):
                    await self._doubt.wait()
            except TimeoutError:
                may_look = await self._probe(link)
                wait = min(max(wait * 1.5, timings.probe), timings.last_probe)
            else:
                await self._make_good(link)

    async def _probe(self, link: Link) -> bool:
        """Hold a list of the channels against what we were told; whether we may have one."""
        messages = await link.ask({"Action": "CoreShowChannels"}, private=True)
        allowed = permitted(headers(messages[0]))
        if allowed:
            self._findings(self._evidence.channels_listed(messages))
        return allowed

    async def _make_good(self, link: Link) -> None:
        """Read back what goes on, now that a part of the stream was lost."""
        await asyncio.sleep(self._settings.timings.recheck)
        self._doubt.clear()
        self._sink(LinkDoubted(at=self._clock()))
        await self._read_back(link)
        await asyncio.sleep(self._settings.timings.recheck_gap)

    def heard(self, at: Instant, data: bytes) -> None:
        """The link's bytes, before anything is made of them."""
        if self._tee is not None:
            self._tee_do(lambda tee: tee.received(at, data))

    def told(self, at: Instant, messages: list[bytes], faults: list[Fault]) -> None:
        """The link's messages of one read."""
        if not self._open:
            return
        if faults and self._reading_back:
            self._sink(LinkDoubted(at=at))  # it may have been in the lists: these prove nothing
        if messages:
            self._last = messages
            self._sink(Messages(arrival=at, messages=messages))
            if self._evidence.looking:
                self._findings(self._evidence.look(messages))
        if faults:
            self._doubt.set()
            self._broken(faults)

    def _broken(self, faults: Sequence[Fault]) -> None:
        now = asyncio.get_running_loop().time()
        if self._faults_said_at is not None and now - self._faults_said_at < BROKEN_BYTES_EVERY:
            return
        self._faults_said_at = now
        self._trouble(Trouble.BROKEN_BYTES, trouble.broken(self._settings, faults[0]))

    def _findings(self, findings: Iterable[Finding]) -> None:
        for kind, sentence in findings:
            self._once(kind, sentence)

    def _once(self, kind: Trouble, sentence: str) -> None:
        """Say what does not change by connecting anew only once."""
        if sentence not in self._said:
            self._said.add(sentence)
            self._trouble(kind, sentence)

    def _trouble(self, kind: Trouble, sentence: str) -> None:
        self._sink(LinkTrouble(at=self._clock(), reason=sentence, kind=kind))

    def _tee_do(self, write: Callable[[Tee], None]) -> None:
        if self._tee is None:
            return
        try:
            write(self._tee)
        except OSError as error:
            self._tee = None
            self._trouble(
                Trouble.CAPTURE, f"recording the stream stopped ({error.strerror}); following it goes on"
            )
