import asyncio
from typing import Any

from panoramisk.message import Message
from panoramisk.utils import CaseInsensitiveDict

class Action(CaseInsensitiveDict):
    as_list: bool | None
    responses: list[Message]
    future: asyncio.Future[Any]
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...
    @property
    def id(self) -> str: ...
    @property
    def action_id(self) -> str | None: ...
    def add_message(self, message: Message) -> bool: ...

class Command(Action): ...
