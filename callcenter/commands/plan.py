"""``callcenter roster plan``: the shifts of some days as a pattern makes them, for the import."""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from callcenter.app.rosters.known import known
from callcenter.commands.common import Failure, configuration, quiet, with_pool
from callcenter.commands.roster import contents, put
from callcenter.commands.when import a_day, now
from callcenter.config import hotlines
from callcenter.roster.localtime import local_day, next_month
from callcenter.roster.planfile import shifts_of
from callcenter.sheets.writing import to_csv


def plan(path: Path | None, file: Path, first: str | None, last: str | None, out: Path | None) -> None:
    """Write the shifts of the local days from *first* to *last*, the next month's by default."""
    config, _ = configuration(path)
    quiet()
    told = _pattern(file)
    zones = {line.number: ZoneInfo(line.time_zone) for line in hotlines(config)}
    if not zones:
        raise Failure("the configuration has no [[hotline]]", status=2)
    today = local_day(now(), next(iter(zones.values())))
    start = a_day(first, "--from") if first else next_month(today)
    end = a_day(last, "--to") if last else next_month(start) - timedelta(days=1)
    if start > end:
        raise Failure("--to must not be before --from", status=2)
    about = with_pool(config, lambda pool: known(pool, config))
    people, calendar = about.directory.people, about.calendar
    try:
        shifts = shifts_of(told, start, end, people=people, zones=zones, calendar=calendar)
    except ValueError as wrong:
        raise Failure(f"{file}: {wrong}") from None
    put(to_csv(shifts, about.directory), out)


def _pattern(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(contents(file).decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise Failure(f"{file}: is no TOML: {wrong}") from None
