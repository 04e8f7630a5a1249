"""The server's side of one AMI connection: reads actions, writes answers, in Asterisk's manner."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

GREETING = b"Asterisk Call Manager/11.0.0\r\n"
"""As Asterisk 22 greets."""

MAX_LINE = 1024
"""Asterisk's own limit for a line of an action."""

Action = Mapping[str, str]
"""An action's headers, names in lower case."""

Headers = Mapping[str, str | Sequence[str]]
"""A message's headers; a sequence is one header several times."""


class Peer:
    """One client's connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @property
    def closing(self) -> bool:
        """Whether the connection is gone or about to be."""
        return self._writer.is_closing()

    @property
    def unsent(self) -> int:
        """Bytes that the client has not taken yet."""
        return self._writer.transport.get_write_buffer_size()

    async def read_action(self) -> dict[str, str] | None:
        """The next action's headers, names in lower case; None when the client is gone or talks nonsense."""
        headers: dict[str, str] = {}
        while True:
            try:
                line = await self._reader.readline()
            except (ValueError, ConnectionError):
                return None
            if not line.endswith(b"\n"):
                return None
            text = line.decode("utf-8", "replace").strip()
            if not text and headers:
                return headers
            name, colon, value = text.partition(":")
            if colon:
                headers.setdefault(name.strip().lower(), value.strip())

    def send(self, data: bytes) -> None:
        """Write *data* as it is."""
        if not self._writer.is_closing():
            self._writer.write(data)

    def answer(self, action: Action, response: str = "Success", /, **headers: str) -> None:
        """Write a response to *action*."""
        fields = {"Response": response, **_action_id(action), **headers}
        self.send(encode(fields))

    def list_of(self, action: Action, name: str, items: Sequence[Headers], complete: str = "") -> None:
        """Answer *action* by a list of events: *items* (with their ``Event``), then ``<name>Complete``."""
        self.answer(action, EventList="start", Message=f"{name} will follow")
        for item in items:
            self.send(encode({**item, **_action_id(action)}))
        end = {"Event": complete or f"{name}Complete", **_action_id(action)}
        self.send(encode({**end, "EventList": "Complete", "ListItems": str(len(items))}))

    async def drain(self) -> None:
        """Wait until the client has taken most of it; never raises."""
        try:
            await self._writer.drain()
        except ConnectionError:
            self._writer.close()

    async def close(self) -> None:
        """Flush and close."""
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except (ConnectionError, TimeoutError):
            return

    def abort(self) -> None:
        """Close without sending the rest."""
        self._writer.transport.abort()


def encode(headers: Headers) -> bytes:
    """One message with its closing empty line."""
    return ("".join(_lines(headers)) + "\r\n").encode()


def _lines(headers: Headers) -> Iterable[str]:
    for name, value in headers.items():
        for one in (value,) if isinstance(value, str) else value:
            yield f"{name}: {one}\r\n"


def _action_id(action: Action) -> dict[str, str]:
    return {"ActionID": action["actionid"]} if "actionid" in action else {}
