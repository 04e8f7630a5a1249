import asyncio
from collections import deque
from logging import Logger
from typing import Any

from panoramisk.actions import Action
from panoramisk.manager import Manager
from panoramisk.message import Message

class AMIProtocol(asyncio.Protocol):
    transport: asyncio.Transport
    closed: bool
    queue: deque[str]
    responses: dict[str, Action]
    factory: Manager | None
    version: str | None
    log: Logger
    encoding: str
    config: dict[str, Any]
    def send(self, data: dict[str, Any] | Action, as_list: bool | None = False) -> asyncio.Future[Any]: ...
    def handle_message(self, message: Message) -> None: ...
    def close(self) -> None: ...
