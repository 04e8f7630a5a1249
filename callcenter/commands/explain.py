"""``callcenter explain``: how a call came to its verdict, with the events behind it."""

import asyncio
import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from callcenter.app.duty.copy import copy_of
from callcenter.app.hindsight import Hindsight, NoEvidence
from callcenter.commands.common import Failure, configuration, one_line, quiet
from callcenter.commands.trail import record_lookup
from callcenter.config import Config, agents, hotlines
from callcenter.record import Call
from callcenter.terms import CallId, PbxName, Uniqueid
from callcenter.tracking.channels import creation_of
from callcenter.tracking.parts import moment
from callcenter.tracking.timeline import Entry, Evidence, Story, sentence, story_to_json, verdict

if TYPE_CHECKING:
    from rich.table import Table


def explain(call_id: str, path: Path | None, *, as_json: bool) -> None:
    """Print the story of the call. Callers' numbers are shown in full, as everywhere on the command line,
    and the access log says so."""
    config, _ = configuration(path)
    quiet()
    pbx, uniqueid = _parts(call_id, config)
    story = _story(config, pbx, uniqueid)
    if story.call.caller is not None:
        record_lookup(config, "calls.timeline", story.call.call_id)
    stored = _as_told(config, story.call.call_id)
    if as_json:
        sys.stdout.write(json.dumps(story_to_json(story, stored=stored), ensure_ascii=False) + "\n")
    else:
        _print(story, stored, _zone(config, story.call))


def _parts(call_id: str, config: Config) -> tuple[PbxName, Uniqueid]:
    """The PBX and the channel in a call's id. Raises Failure where it is none."""
    pbx, colon, uniqueid = call_id.partition(":")
    known = [table.name for table in config.pbx]
    if not colon or not uniqueid or pbx not in known:
        names = ", ".join(known) or "none is configured"
        why = f"a call's id is <pbx>:<uniqueid>, such as main:1795277906.41, with one of the PBXs {names}"
        raise Failure(f"{call_id[:80]} is no call's id: {why}", status=2)
    return PbxName(pbx), Uniqueid(uniqueid)


def _story(config: Config, pbx: PbxName, uniqueid: Uniqueid) -> Story:
    """By the time in the id, where there is one; else, and where that does not help, by the database."""
    hindsight = Hindsight.of(config)
    rules = copy_of(config).plan(hotlines(config), agents(config))
    created = creation_of(uniqueid)
    why: NoEvidence | None = None
    try:
        if created is not None:
            return hindsight.story(pbx, uniqueid, moment(created), rules)
    except NoEvidence as error:
        why = error
    except OSError as error:
        raise Failure(f"{error.filename or 'the evidence'} can't be read: {error.strerror}") from None
    call = _stored(config, CallId(f"{pbx}:{uniqueid}"), why)
    if call is None:
        raise Failure(f"there is no call {pbx}:{uniqueid}: it is neither stored nor in the evidence")
    try:
        return hindsight.story(pbx, uniqueid, call.arrived_at, hindsight.remembered(pbx, [call]))
    except NoEvidence as error:
        raise Failure(f"{call.call_id} is stored as {call.outcome or 'in progress'}, but {error}") from None


def _stored(config: Config, call_id: CallId, why: NoEvidence | None) -> Call | None:
    """The call as PostgreSQL has it. Raises Failure where that can't be asked."""
    from callcenter.app.database import connected
    from callcenter.store.calls import CallStore

    async def work() -> Call | None:
        async with connected(config) as pool:
            return await CallStore(pool).get(call_id)

    try:
        with one_line():
            return asyncio.run(work())
    except Failure as away:
        found = f"{why}; and " if why is not None else "the id does not say when the call was, and "
        raise Failure(f"{found}whether it is stored can't be asked: {away}") from None


def _as_told(config: Config, call_id: CallId) -> Call | None:
    """The call as it is told now: completed from records, or judged by another rule than that of now. None
    where there is no telling."""
    try:
        return _stored(config, call_id, None)
    except Failure:
        return None


def _zone(config: Config, call: Call) -> tzinfo:
    """Where the hotline is."""
    zones = {hotline.number: hotline.time_zone for hotline in hotlines(config)}
    return ZoneInfo(zones[call.hotline]) if call.hotline in zones else UTC


def _print(story: Story, stored: Call | None, zone: tzinfo) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    call = story.call
    arrived = call.arrived_at.astimezone(zone)
    caller = f" from {call.caller}" if call.caller else ""
    console.print(Text(f"{call.call_id}  {arrived:%Y-%m-%d %H:%M:%S %Z}  {call.direction}{caller}"))
    console.print(_table(story.entries, zone))
    for line in verdict(story, stored):
        console.print(Text(line))


def _table(entries: Iterable[Entry], zone: tzinfo) -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("time", no_wrap=True)
    table.add_column("s", justify="right", no_wrap=True)
    table.add_column("what happened")
    table.add_column("shown by")
    for entry in entries:
        offset = "-" if entry.offset_seconds is None else f"{entry.offset_seconds:+.3f}"
        shown = "; ".join(_shown(evidence) for evidence in entry.evidence) or "-"
        table.add_row(_clock(entry.at, zone), offset, Text(sentence(entry)), Text(shown))
    return table


def _clock(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%H:%M:%S}.{at.microsecond // 1000:03}"


_SAID = (
    "channel",
    "dest_channel",
    "dial_status",
    "bridge_uniqueid",
    "cause",
    "queue",
    "variable",
    "application",
)


def _shown(evidence: Evidence) -> str:
    said = [evidence.ids[name] for name in _SAID if name in evidence.ids]
    return " ".join([evidence.event, *said])
