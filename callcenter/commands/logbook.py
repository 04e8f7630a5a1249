"""``callcenter logbook``: the duty log, read and verified."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from callcenter.commands.common import choose_hotline, configuration, quiet, with_pool
from callcenter.commands.tables import a_table, add_row, print_json, print_table
from callcenter.record_json import iso
from callcenter.roster.logbook import Entry
from callcenter.store.logbook import LogbookStore, Verdict
from callcenter.web.desks import EntryFilter


def verify(path: Path | None, *, as_json: bool) -> int:
    """Go through the whole chain; the exit status."""
    config, _ = configuration(path)
    quiet()
    verdict = with_pool(config, lambda pool: LogbookStore(pool).verify())
    entries = "1 entry" if verdict.entries == 1 else f"{verdict.entries} entries"
    head = f"; the newest is {verdict.head.number} {verdict.head.hash}" if verdict.entries else ""
    if as_json:
        print_json(_verdict_json(verdict))
    elif verdict.ok:
        typer.echo(f"the chain holds: {entries}{head}")
    for broken in () if as_json else verdict.breaks:
        typer.echo(f"entry {broken.number}: {broken.what}")
    if verdict.ok:
        return 0
    breaks = "1 break" if len(verdict.breaks) == 1 else f"{len(verdict.breaks)} breaks"
    typer.echo(f"callcenter: the duty log was tampered with: {breaks} in {entries}", err=True)
    return 1


def _verdict_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "ok": verdict.ok,
        "entries": verdict.entries,
        "anchor": asdict(verdict.anchor),
        "head": asdict(verdict.head),
        "breaks": [asdict(broken) for broken in verdict.breaks],
    }


def show(path: Path | None, hotline: str | None, limit: int, *, as_json: bool) -> None:
    """Print the newest entries, the oldest of them first."""
    config, _ = configuration(path)
    quiet()
    number = choose_hotline(config, hotline).number if hotline is not None else None
    wanted = EntryFilter(hotline=number)
    found = with_pool(config, lambda pool: LogbookStore(pool).entries(wanted, limit=limit))
    if as_json:
        for entry in reversed(found):
            sys.stdout.write(json.dumps(_json(entry), ensure_ascii=False) + "\n")
        return
    table = a_table("no.", "at (UTC)", "hotline", "who", "kind", "text")
    for entry in reversed(found):
        at = f"{entry.at:%Y-%m-%d %H:%M}"
        add_row(table, str(entry.number), at, entry.hotline or "-", entry.author, entry.kind, entry.text)
    print_table(table)


def _json(entry: Entry) -> dict[str, Any]:
    return {**asdict(entry), "at": iso(entry.at), "kind": entry.kind.value}
