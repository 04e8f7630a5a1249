"""Records what a real PBX says of the day and of callers who are handed on, with the phones' truth beside it.

    python -m tests.support.asterisk.record [--on 16 [--chan-sip]] [NAME …]

Each recording is a folder in ``tests/recordings``: ``wire.ami.gz``, the exact bytes, and ``played.json``,
what was played and what the phones saw. They are replayed by tests/replay on machines without Asterisk.
Those of Asterisk 16 have ``-asterisk-16`` at the end of their names, those of its chan_sip ``-chan-sip``; the
first run builds that Asterisk.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.support.asterisk import build, day, devices, handed_further, judge, panels, turned_away
from tests.support.asterisk.handed_on import STORIES, Played
from tests.support.asterisk.pbx import Pbx, Variant
from tests.support.asterisk.recorder import recorded
from tests.support.asterisk.unusual import STORIES as UNUSUAL

FOLDER = Path(__file__).resolve().parents[2] / "recordings"
LAST_WORDS = 1.0
"""Seconds in which the PBX says the last of it."""


async def record(pbx: Pbx, name: str, play: Callable[[Pbx], Awaitable[Played]]) -> None:
    """Plays and writes one recording."""
    async with recorded(pbx.ami) as wire:
        played = await play(pbx)
        await asyncio.sleep(LAST_WORDS)
    write(FOLDER / name, bytes(wire.data), played)
    print(name, len(wire.data))


def write(folder: Path, data: bytes, played: Played) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "wire.ami.gz").write_bytes(gzip.compress(data, mtime=0))
    told = [{"scenario": judge.to_json(scenario), "truth": truth.to_json()} for scenario, truth in played]
    (folder / "played.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")


async def whole_day(pbx: Pbx) -> Played:
    return await day.play(pbx, day.whole_day())


async def main(wanted: set[str], variant: Variant) -> None:
    """All recordings, or those that are named."""
    plays = [("101-whole-day", whole_day)]
    plays += [(f"{102 + number}-{story.name}", story.play) for number, story in enumerate(STORIES)]
    plays += [(f"{119 + number}-{story.name}", story.play) for number, story in enumerate(UNUSUAL)]
    plays += [(f"{140 + number}-{story.name}", story.play) for number, story in enumerate(devices.STORIES)]
    if not variant.chan_sip:
        plays += [(f"{150 + number}-{story.name}", story.play) for number, story in enumerate(devices.SHARED)]
    plays += [(f"{160 + number}-{story.name}", story.play) for number, story in enumerate(panels.STORIES)]
    plays += [
        (f"{170 + number}-{story.name}", story.play) for number, story in enumerate(handed_further.STORIES)
    ]
    plays += [
        (f"{180 + number}-{story.name}", story.play) for number, story in enumerate(turned_away.STORIES)
    ]
    suffix = "" if variant.asterisk is build.NEWEST else f"-asterisk-{variant.asterisk.major}"
    suffix = "-chan-sip" if variant.chan_sip else suffix
    pbx = Pbx(variant)
    pbx.start()
    try:
        for name, play in plays:
            if not wanted or name in wanted:
                await record(pbx, name + suffix, play)
    finally:
        pbx.stop()


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    options.add_argument("--on", choices=sorted(build.EDITIONS), default=build.NEWEST.major)
    options.add_argument("--chan-sip", action="store_true")
    options.add_argument("names", nargs="*")
    given = options.parse_args()
    asyncio.run(main(set(given.names), Variant(asterisk=build.EDITIONS[given.on], chan_sip=given.chan_sip)))
