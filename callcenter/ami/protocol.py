"""One connection to a PBX: panoramisk's protocol with the parts replaced that lose things.

panoramisk decodes each read by itself (a character split over two segments vanishes), keeps order
only for plain callbacks, pings without looking for the answer and sends unanswered actions again
after a reconnect, so that an Originate may dial twice. What is left of it here is the protocol's
shape and the encoding of actions with their ids; bytes go through :class:`Framer` and on to one
synchronous receiver, in order, as bytes.

Nothing here shows what was sent: a Login holds the secret.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, cast

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol

from callcenter.ami.parse import headers
from callcenter.ami.trouble import LinkFailure
from callcenter.ami.wire import Fault, Framer
from callcenter.terms import Instant

Headers = Mapping[str, str | Sequence[str]]
"""An action's headers; a sequence is one header several times."""

GREETING: Final = b"Asterisk Call Manager/"
_ACTION_ID: Final = re.compile(rb"^ActionID: ([^\r\n]*)", re.MULTILINE)


class AmiError(Exception):
    """An action could not be done. Its text is for an operator and holds no header's value."""


class NotConnectedError(AmiError):
    """There is no link, or it was lost before the answer. The action may or may not have been done."""


class ActionTimeoutError(AmiError):
    """No answer in time. The action may or may not have been done."""


class Receiver(Protocol):
    """Who takes what a link hears. Called synchronously, in order; must not raise."""

    def heard(self, at: Instant, data: bytes) -> None:
        """Bytes came, before anything is made of them."""

    def told(self, at: Instant, messages: list[bytes], faults: list[Fault]) -> None:
        """The messages these bytes completed, and what was broken."""


@dataclass(slots=True)
class _Pending:
    """An action that waits for its answer."""

    name: str
    private: bool
    then: Callable[[Mapping[str, str]], None] | None
    future: asyncio.Future[list[bytes]]
    messages: list[bytes] = field(default_factory=list)

    def complete(self, message: bytes) -> bool:
        """Whether *message* was the last one of the answer."""
        self.messages.append(message)
        if len(self.messages) > 1:
            return b"\r\nEventList: Complete" in message or b"\r\nEventList: Cancelled" in message
        return b"\r\nEventList: start" not in message


class Link(AMIProtocol):
    """One connection, from its first byte to its last."""

    def __init__(self, receiver: Receiver, clock: Callable[[], Instant], answer_seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._receiver = receiver
        self._clock = clock
        self._answer_seconds = answer_seconds
        self._framer = Framer()
        self._first = b""
        self._pending: dict[bytes, _Pending] = {}
        self._last_heard = self._loop.time()
        self._paused = False
        self.greeted: asyncio.Future[bool] = self._loop.create_future()
        """Done at the first line: whether it is an AMI's."""
        self.why: str | None = None
        """Why we hung up; None where the other side did."""
        self.ended: asyncio.Future[None] = self._loop.create_future()
        """Done when the connection is gone."""

    @property
    def banner(self) -> str | None:
        """AMI's version as greeted with."""
        return self._framer.banner

    @property
    def last_sign(self) -> float:
        """Monotonic time of the last byte. While we ourselves don't read, silence says nothing: now."""
        return self._loop.time() if self._paused else self._last_heard

    def pause(self) -> None:
        """Read no more for now."""
        if not self.transport.is_closing():
            self._paused = True
            self.transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        if self._paused and not self.transport.is_closing():
            self._paused = False
            self._last_heard = self._loop.time()
            self.transport.resume_reading()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        at = self._clock()
        self._last_heard = self._loop.time()
        self._receiver.heard(at, data)
        if not self.greeted.done():
            self._greet(data)
        messages = self._framer.feed(data)
        if self._pending:
            messages = [m for m in messages if not self._answers(m)]
        faults = self._framer.faults
        if faults:
            self._framer.faults = []
        if messages or faults:
            self._receiver.told(at, messages, faults)

    def connection_lost(self, exc: BaseException | None) -> None:  # noqa: ARG002 - asyncio's shape
        if not self.ended.done():
            self.ended.set_result(None)
        if not self.greeted.done():
            self.greeted.cancel()
        pending, self._pending = self._pending, {}
        for action in pending.values():
            if not action.future.done():
                action.future.set_exception(
                    NotConnectedError(f"the link was lost before {action.name} was answered")
                )
                action.future.exception()  # looked at: whoever waits is told, and nobody need wait

    def hang_up(self, why: str) -> None:
        """End the connection now; what was not sent is dropped."""
        self.why = why
        self.transport.abort()

    async def ask(
        self,
        action: Headers,
        *,
        private: bool = False,
        then: Callable[[Mapping[str, str]], None] | None = None,
        seconds: float | None = None,
    ) -> list[bytes]:
        """Send *action* and return its answer: the response, and the list items if it starts a list.

        *private*: keep the answer from the receiver. *then* is called with the response's headers before
        anything after it is handed on. Raises :class:`AmiError`, and ValueError for a header that can't be
        sent.
        """
        return await self.wait(self.send_action(action, private=private, then=then), seconds)

    def send_action(
        self,
        action: Headers,
        *,
        private: bool = False,
        then: Callable[[Mapping[str, str]], None] | None = None,
    ) -> "Sent":
        """As :meth:`ask`, without waiting: actions sent one after the other are answered in that order."""
        check_headers(action)
        if self.ended.done() or self.transport.is_closing():
            raise NotConnectedError("the link to the PBX is closed")
        encoded = Action({name: value for name, value in action.items() if name.lower() != "actionid"})
        name = str(action.get("Action", "the action"))
        key = str(encoded.id).encode()
        pending = _Pending(name, private, then, self._loop.create_future())
        self._pending[key] = pending
        self.transport.write(str(encoded).encode())
        return Sent(key=key, name=name, answer=pending.future)

    async def wait(self, sent: "Sent", seconds: float | None = None) -> list[bytes]:
        """The answer to *sent*; raises :class:`AmiError`."""
        limit = self._answer_seconds if seconds is None else seconds
        try:
            while True:
                await asyncio.wait({sent.answer}, timeout=limit)
                if sent.answer.done():
                    return sent.answer.result()
                if not self._paused:  # while we don't read, there can be no answer
                    raise ActionTimeoutError(f"the PBX did not answer {sent.name} within {limit:g} s")
        finally:
            self._pending.pop(sent.key, None)

    def ping(self) -> None:
        """Ask for a sign of life; any byte is one."""
        if not self.transport.is_closing():
            self.transport.write(b"Action: Ping\r\n\r\n")

    def _greet(self, data: bytes) -> None:
        self._first += data[: 64 - len(self._first)]
        if self._first.startswith(GREETING):
            if b"\n" in self._first or len(self._first) >= 64:
                self.greeted.set_result(True)
        elif not GREETING.startswith(self._first):
            self.greeted.set_result(False)

    def _answers(self, message: bytes) -> bool:
        """Give *message* to the action it answers; whether it is private."""
        found = _ACTION_ID.search(message)
        pending = self._pending.get(found[1]) if found else None
        if found is None or pending is None:
            return False
        first = not pending.messages
        complete = pending.complete(message)
        if first and pending.then is not None:
            pending.then(headers(message))
        if complete:
            del self._pending[found[1]]
            if not pending.future.done():
                pending.future.set_result(pending.messages)
        return pending.private


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """An action on its way."""

    key: bytes
    name: str
    answer: asyncio.Future[list[bytes]]


def check_headers(action: Headers) -> None:
    """Raises ValueError where a value would begin a header of its own."""
    for name, value in action.items():
        values = (value,) if isinstance(value, str) else value
        if any(c in text for text in (name, *values) for c in "\r\n\0"):
            raise ValueError(f"the value of header {name.splitlines()[0]!r} contains a line break")


async def greeting(
    link: Link, seconds: float, silent: LinkFailure, gone: LinkFailure, other: LinkFailure
) -> None:
    """Wait for the AMI's greeting; raises one of the three failures."""
    try:
        async with asyncio.timeout(seconds):
            ami = await asyncio.shield(link.greeted)
    except TimeoutError:
        raise silent from None
    except asyncio.CancelledError:
        if link.ended.done():
            raise gone from None
        raise
    if not ami:
        raise other
