"""What the PBXs say is kept, and stories of calls are told from it as the web asks for them."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from callcenter.app.hindsight import Hindsight, NoEvidence
from callcenter.config import Config
from callcenter.evidence import Recorder, Shelf
from callcenter.record import Call
from callcenter.store.versions import Version, VersionStore
from callcenter.tracking.retelling import differences
from callcenter.tracking.timeline import story_to_json
from callcenter.web.ports import NoTimeline, Timeline

FLUSH = 5.0
"""Seconds that what was just heard has to get into its file."""


class Timelines:
    """One story at a time: telling it takes a thread and, of a busy PBX, some seconds."""

    def __init__(self, hindsight: Hindsight, recorder: Recorder | None, versions: VersionStore) -> None:
        self._hindsight = hindsight
        self._recorder = recorder
        self._versions = versions
        self._turn = asyncio.Lock()

    async def timeline(self, call: Call) -> Timeline:
        """The story of *call*. Raises NoTimeline."""
        async with self._turn:
            try:
                return await asyncio.to_thread(self._tell, call)
            except NoEvidence as why:
                raise NoTimeline(str(why)) from None
            except OSError as error:
                raise NoTimeline(f"the evidence can't be read: {error.strerror}") from None

    def _tell(self, call: Call) -> Timeline:
        if self._recorder is not None:
            self._recorder.flush(FLUSH)
        rules = self._hindsight.remembered(call.pbx, [call])
        story = self._hindsight.story(call.pbx, call.uniqueid, call.arrived_at, rules)
        told = story_to_json(story, stored=call)
        del told["call"]
        differs = differences(call, story.call) if story.over and call.final else ()
        return Timeline(call=story.call, told={**told, "differs": list(differs)})

    async def versions(self, call: Call) -> Sequence[Version]:
        """What *call* was told before it was judged again. Raises as the store's readers do."""
        return await self._versions.versions(call)


def recorder_of(config: Config) -> Recorder | None:
    """What keeps what the PBXs say, if that is to be kept."""
    if config.evidence.keep_days == 0:
        return None
    keep = timedelta(days=config.evidence.keep_days)
    return Recorder(Shelf(config.evidence_path), keep=keep, max_bytes=config.evidence.max_size)
