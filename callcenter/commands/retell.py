"""``callcenter retell``: stored calls judged again by the present configuration, the old verdicts kept."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from callcenter.app.retell import Change, Missing, Outcome
from callcenter.commands.common import Failure, choose_pbx, configuration, one_line, quiet
from callcenter.config import Config
from callcenter.record import Call
from callcenter.record_json import iso
from callcenter.terms import PbxName

_TELLING = ("outcome", "on_time", "caller_rings", "rings", "hotline", "direction", "target_rings", "agent_id")
"""Fields of which it is said what became of what."""


def retell(
    path: Path | None, start: str, end: str, *, pbx: str | None, reason: str, dry_run: bool, as_json: bool
) -> int:
    """Judge the calls that arrived from *start* until before *end* again; the exit status."""
    config, _ = configuration(path)
    quiet()
    first, last = instant(start, "--from"), instant(end, "--to")
    if first >= last:
        raise Failure("--to must be later than --from", status=2)
    if not config.evidence.keep_days:
        raise Failure("[evidence] keep_days is 0: nothing of what the PBXs said is kept", status=2)
    names = [pbx.name for pbx in config.pbx] if pbx is None else [choose_pbx(config, pbx).name]
    with one_line():
        work = _run(config, [PbxName(name) for name in names], first, last, reason, dry_run=dry_run)
        outcome = asyncio.run(work)
    if as_json:
        sys.stdout.write(json.dumps(_json(outcome, dry_run=dry_run), ensure_ascii=False) + "\n")
    else:
        for line in _lines(outcome, dry_run=dry_run):
            typer.echo(line)
    for part in outcome.missing:
        typer.echo(f"callcenter: {_missing(part)}", err=True)
    return 1 if outcome.missing else 0


def instant(text: str, option: str) -> datetime:
    """An aware time. Raises Failure for anything else."""
    from callcenter.web.params import parse_instant

    try:
        return parse_instant(text)
    except ValueError as error:
        raise Failure(f"{option} {error}", status=2) from None


async def _run(
    config: Config, pbxs: list[PbxName], start: datetime, end: datetime, reason: str, *, dry_run: bool
) -> Outcome:
    from callcenter.app.database import connected
    from callcenter.app.hindsight import Hindsight, NoEvidence
    from callcenter.app.retell import Retell
    from callcenter.store.versions import VersionStore

    async with connected(config) as pool:
        try:
            work = Retell(Hindsight.of(config), VersionStore(pool))
            return await work.run(pbxs, start, end, reason=reason, dry_run=dry_run)
        except NoEvidence as why:
            raise Failure(str(why)) from None
        except OSError as error:
            if isinstance(error, ConnectionError):
                raise
            raise Failure(f"{error.filename or 'the evidence'} can't be read: {error.strerror}") from None


def _lines(outcome: Outcome, *, dry_run: bool) -> Iterator[str]:
    """The summary."""
    would = "would be" if dry_run else "are"
    yield f"{_calls(outcome.looked_at)} looked at, {len(outcome.changes)} {would} told otherwise"
    for what, count in _became(outcome).most_common():
        yield f"  {what}: {_calls(count)}"
    for change in outcome.changes[:_SHOWN]:
        arrived = change.before.arrived_at.astimezone(UTC)
        yield f"  {change.after.call_id}  {arrived:%Y-%m-%d %H:%M:%S} UTC  {'; '.join(_steps(change))}"
    if len(outcome.changes) > _SHOWN:
        yield f"  … and {len(outcome.changes) - _SHOWN} more (--json lists them all)"
    for why, count in outcome.kept.most_common():
        yield f"{_calls(count)} stay as told: each {why}"


_SHOWN = 20


def _became(outcome: Outcome) -> Counter[str]:
    return Counter(step for change in outcome.changes for step in _steps(change))


def _steps(change: Change) -> list[str]:
    """What became of what, e.g. ``on_time true -> false``; other fields by their names alone."""
    told = [name for name in change.fields if name in _TELLING]
    steps = [f"{name} {_shown(change.before, name)} -> {_shown(change.after, name)}" for name in told]
    return steps or [f"{', '.join(change.fields)} changed"]


def _shown(call: Call, name: str) -> str:
    value = getattr(call, name)
    if isinstance(value, bool):
        return str(value).lower()
    return "-" if value is None else str(value)


def _calls(count: int) -> str:
    return "1 call" if count == 1 else f"{count} calls"


def _missing(part: Missing) -> str:
    form = "%Y-%m-%d %H:%M"
    return (
        f"nothing is kept of what {part.pbx} said from {part.start:{form}} to {part.end:{form}} UTC:"
        f" {_calls(part.calls)} of that time stay as told"
    )


def _json(outcome: Outcome, *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "looked_at": outcome.looked_at,
        "changed": [
            {
                "call_id": change.after.call_id,
                "fields": {
                    name: [getattr(change.before, name), getattr(change.after, name)]
                    for name in change.fields
                    if name in _TELLING
                },
                "also": [name for name in change.fields if name not in _TELLING],
            }
            for change in outcome.changes
        ],
        "kept": dict(outcome.kept),
        "missing": [
            {"pbx": part.pbx, "from": iso(part.start), "to": iso(part.end), "calls": part.calls}
            for part in outcome.missing
        ],
    }
