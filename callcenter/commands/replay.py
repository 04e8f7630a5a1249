"""``callcenter replay``: recorded AMI to calls, as a table or as JSON lines."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from callcenter.commands.common import Failure, choose_pbx
from callcenter.config import find, load, site_of
from callcenter.record import Call
from callcenter.sites import Site
from callcenter.terms import HotlineNumber, PbxName

if TYPE_CHECKING:
    from rich.table import Table


def replay(files: Sequence[str], path: Path | None, *, as_json: bool, pbx: str | None) -> None:
    """Tell every call in *files*, by arrival; broken parts go to stderr."""
    site = _site(path, pbx)
    calls = sorted(_read(files, site), key=lambda call: (call.arrived_at, call.call_id))
    if as_json:
        _print_json(calls)
    else:
        _print_table(calls, {h.number: ZoneInfo(h.time_zone) for h in site.hotlines})


def _site(path: Path | None, pbx: str | None) -> Site:
    """The configured PBX; without a configuration every number is a hotline of its own."""
    found = find(path)
    if found is None:
        return Site(any_number=True)
    config = load(found)
    return site_of(config, PbxName(choose_pbx(config, pbx).name))


def _read(files: Sequence[str], site: Site) -> Iterable[Call]:
    from callcenter.replay import Broken, replay

    try:
        for item in replay(files, site):
            if isinstance(item, Broken):
                where = item.path if item.offset is None else f"{item.path}: byte {item.offset}"
                sys.stderr.write(f"callcenter: {where}: {item.what}\n")
            else:
                yield item
    except OSError as error:
        raise Failure(f"{error.filename or 'standard input'} can't be read: {error.strerror}") from None


def _print_json(calls: Iterable[Call]) -> None:
    from callcenter.record_json import call_to_json

    for call in calls:
        sys.stdout.write(json.dumps(call_to_json(call, caller="full"), ensure_ascii=False) + "\n")


_COLUMNS = (
    ("arrived", "left"), ("hotline", "left"), ("caller", "left"), ("outcome", "left"), ("by", "left"),
    ("wait s", "right"), ("rings", "right"), ("on time", "left"), ("talk s", "right"), ("hung up by", "left"),
)  # fmt: skip


def _print_table(calls: Sequence[Call], zones: Mapping[HotlineNumber, ZoneInfo]) -> None:
    from rich.console import Console

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    console.print(_table(calls, zones))
    console.print(f"{len(calls)} calls" if len(calls) != 1 else "1 call")


def _table(calls: Iterable[Call], zones: Mapping[HotlineNumber, ZoneInfo]) -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name, justify in _COLUMNS:
        table.add_column(name, justify="right" if justify == "right" else "left", no_wrap=True)
    for call in calls:
        table.add_row(*(Text(cell) for cell in _row(call, zones)))
    return table


def _row(call: Call, zones: Mapping[HotlineNumber, ZoneInfo]) -> tuple[str, ...]:
    at = call.arrived_at.astimezone(zones.get(call.hotline, UTC) if call.hotline else UTC)
    return (
        _clock(at),
        call.hotline or f"({call.direction}) {call.dialled}",
        call.caller or "-",
        f"{call.outcome or '-'}{' (short)' if call.short_abandoned else ''}",
        call.answered_by or "-",
        _seconds(call.wait_seconds),
        "-" if call.caller_rings is None else str(call.caller_rings),
        {True: "yes", False: "no", None: "-"}[call.on_time],
        _seconds(call.talk_seconds),
        call.hung_up_by or "-",
    )


def _clock(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S %Z")


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
