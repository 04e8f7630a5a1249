"""Stories and earlier tellings, made up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callcenter.record import Call
from callcenter.terms import CallId
from callcenter.web.ports import NoTimeline, Timeline


@dataclass
class FakeVersion:
    version: int
    replaced_at: datetime
    reason: str
    told: Call


class FakePast:
    def __init__(self) -> None:
        self.told: dict[CallId, dict[str, Any]] = {}
        self.older: dict[CallId, list[FakeVersion]] = {}

    async def timeline(self, call: Call) -> Timeline:
        if call.call_id not in self.told:
            raise NoTimeline("what main said then is not kept any more")
        return Timeline(call=call, told=self.told[call.call_id])

    async def versions(self, call: Call) -> Sequence[FakeVersion]:
        return self.older.get(call.call_id, [])
