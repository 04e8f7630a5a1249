"""``callcenter roster``: a roster brought in, looked at, checked, written out."""

import sys
from codecs import BOM_UTF8
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import typer

from callcenter.app.rosters import RosterOffice
from callcenter.app.rosters.office import Brought, next_month
from callcenter.commands.common import Failure, choose_hotline, configuration, quiet, with_pool
from callcenter.commands.tables import SHOWN, a_table, add_row, print_faults, print_json, print_table
from callcenter.commands.when import a_day, moment, now
from callcenter.config import Config, hotlines
from callcenter.record_json import iso
from callcenter.roster.book import Standing
from callcenter.roster.findings import Finding, FindingKind
from callcenter.roster.localtime import day_span, local_day
from callcenter.roster.localtime import next_month as month_after
from callcenter.roster.people import AmbiguousPerson, People, UnknownPerson
from callcenter.sheets.grids import Unreadable
from callcenter.sheets.values import Month
from callcenter.sites import Hotline
from callcenter.terms import AgentId, DutyRole

T = TypeVar("T")
CHECKED_DAYS = 60
"""How many days from today on ``roster check`` looks at."""


def bring(
    path: Path | None, file: Path, *, dry_run: bool, as_json: bool, by: str, reason: str, month: str | None
) -> int:
    """Make *file* the roster of the days it names; the exit status."""
    config = _ready(path)
    data, of_month = contents(file), _month(month)

    async def work(office: RosterOffice) -> Brought:
        author = by if by == "cli" else await _person(office, by)
        return await office.bring(data, dry_run=dry_run, by=author, reason=reason, month=of_month)

    try:
        brought = _with_office(config, work)
    except Unreadable as error:
        raise Failure(f"{file}: {error}") from None
    if as_json:
        print_json(brought.to_json())
    else:
        _tell(brought, config)
    if not brought.ok:
        many = f"{len(brought.faults)} fault{'s' if len(brought.faults) > 1 else ''}"
        typer.echo(f"callcenter: {file}: {many}, nothing was written", err=True)
    return 0 if brought.ok else 1


def contents(file: Path) -> bytes:
    """The file's bytes. Raises Failure."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise Failure(f"{file}: can't be read: {error.strerror}") from None


def _tell(brought: Brought, config: Config) -> None:
    if brought.faults:
        print_faults(brought.faults)
        return
    if brought.warnings:
        _print_warnings(brought, config)
    added, kept, withdrawn = brought.preview.counts
    counts = f"{len(brought.preview.shifts)} shifts: {added} added, {kept} kept, {withdrawn} withdrawn"
    if brought.dry_run:
        typer.echo(f"{counts} (dry run, nothing was written)")
    elif brought.published is not None:
        changed = "" if added or withdrawn else ", nothing changed"
        typer.echo(f"{counts} (version {brought.published.version}{changed})")
        for change in brought.published.changes_dropped:
            typer.echo(f"change {change} lost its shift and is void")


def _print_warnings(brought: Brought, config: Config) -> None:
    zones = {hotline.number: ZoneInfo(hotline.time_zone) for hotline in hotlines(config)}
    table = a_table("look at", "hotline", "from", "until", "people")
    for one in brought.warnings[:SHOWN]:
        zone = zones[one.hotline]
        add_row(
            table, one.kind, one.hotline, _clock(one.start, zone), _clock(one.end, zone), " ".join(one.people)
        )
    print_table(table, len(brought.warnings))


def export(
    path: Path | None,
    hotline: str | None,
    first: str | None,
    last: str | None,
    *,
    kind: str | None,
    out: Path | None,
) -> None:
    """Write the planned shifts of some local days."""
    config = _ready(path)
    chosen = [choose_hotline(config, hotline)] if hotline is not None else list(hotlines(config))
    if not chosen:
        raise Failure("the configuration has no [[hotline]]", status=2)
    format_ = (kind or (out.suffix[1:] if out is not None else "csv")).lower()
    if format_ not in {"csv", "xlsx"}:
        raise Failure("--format must be csv or xlsx", status=2)
    today = local_day(now(), ZoneInfo(chosen[0].time_zone))
    start = a_day(first, "--from") if first else today.replace(day=1)
    end = a_day(last, "--to") if last else month_after(start) - timedelta(days=1)
    if start > end:
        raise Failure("--to must not be before --from", status=2)
    numbers = [line.number for line in chosen]
    put(_with_office(config, lambda office: office.export(start, end, numbers, as_csv=format_ == "csv")), out)


def check(
    path: Path | None, hotline: str | None, first: str | None, last: str | None, *, as_json: bool
) -> int:
    """Say what is amiss in the roster of some local days; the exit status."""
    config = _ready(path)
    line = choose_hotline(config, hotline)
    zone = ZoneInfo(line.time_zone)
    start = a_day(first, "--from") if first else local_day(now(), zone)
    end = a_day(last, "--to") if last else start + timedelta(days=CHECKED_DAYS - 1)
    if start > end:
        raise Failure("--to must not be before --from", status=2)
    span = day_span(start, zone)[0], day_span(end, zone)[1]

    async def work(office: RosterOffice) -> tuple[Sequence[Finding], People]:
        about = await office.known()
        return await office.findings(line.number, *span, about), about.directory.people

    found, people = _with_office(config, work)
    if as_json:
        print_json([one.to_json() for one in found])
    else:
        _print_findings(found, people, line, start, end)
    return 0 if all(one.kind is FindingKind.OVERLAP for one in found) else 1


def _print_findings(found: Sequence[Finding], people: People, line: Hotline, start: date, end: date) -> None:
    zone = ZoneInfo(line.time_zone)
    if not found:
        typer.echo(f"{line.number} is staffed from {start} to {end} as its seats want it")
        return
    table = a_table("what", "from", "until", "people")
    for one in found:
        names = ", ".join(_named(people, person) for person in one.people) or "-"
        add_row(table, one.kind.value, _clock(one.start, zone), _clock(one.end, zone), names)
    print_table(table, 0)


def show(path: Path | None, hotline: str | None, at: str, *, as_json: bool) -> None:
    """Say who is effectively on duty."""
    config = _ready(path)
    line = choose_hotline(config, hotline)
    zone = ZoneInfo(line.time_zone)
    when = moment(at, zone, now())

    async def work(office: RosterOffice) -> tuple[Standing, People]:
        return await office.standing(line.number, when), (await office.known()).directory.people

    standing, people = _with_office(config, work)
    if as_json:
        print_json({"hotline": line.number, "at": iso(when), **standing.to_json()})
        return
    typer.echo(f"{line.number} {line.name}  {when.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}")
    if not standing.staffed:
        typer.echo("nobody is on duty")
        return
    table = a_table("role", "who", "since", "until")
    for role in DutyRole:
        for one in standing.of(role):
            add_row(
                table,
                role.value,
                _named(people, one.person),
                _clock(one.since, zone),
                _clock(one.until, zone),
            )
    print_table(table, 0)


def template(path: Path | None, month: str | None, out: Path | None) -> None:
    """Write an xlsx to fill in."""
    config = _ready(path)
    wanted = _month(month)
    if not hotlines(config):
        raise Failure("the configuration has no [[hotline]]", status=2)

    async def work(office: RosterOffice) -> bytes:
        return await office.template(wanted or next_month(now(), await office.known()))

    put(_with_office(config, work), out)


def ical(path: Path | None, hotline: str | None, person: str | None, out: Path | None) -> None:
    """Write duty as iCalendar."""
    config = _ready(path)
    if hotline is not None and person is not None:
        raise Failure("give --hotline or --person, not both", status=2)

    async def work(office: RosterOffice) -> bytes:
        if person is not None:
            return await office.calendar_of_person(await _person(office, person))
        return await office.calendar_of_hotline(choose_hotline(config, hotline).number)

    put(_with_office(config, work), out)


async def _person(office: RosterOffice, word: str) -> AgentId:
    """Whom an option names. Raises Failure."""
    try:
        return (await office.known()).directory.people.find(word).id
    except (UnknownPerson, AmbiguousPerson) as error:
        raise Failure(str(error), status=2) from None


def _month(text: str | None) -> Month | None:
    try:
        return None if text is None else Month.parse(text)
    except ValueError as error:
        raise Failure(f"--month {error}", status=2) from None


def _ready(path: Path | None) -> Config:
    config, _ = configuration(path)
    quiet()
    return config


def _with_office(config: Config, act: Callable[[RosterOffice], Awaitable[T]]) -> T:
    return with_pool(config, lambda pool: act(RosterOffice(pool, config, now)))


def put(data: bytes, out: Path | None) -> None:
    """Write to *out*, or to stdout. Raises Failure."""
    if out is None:
        if sys.stdout.isatty() and data.startswith(b"PK"):
            raise Failure("a workbook is nothing for a terminal: give --out FILE.xlsx", status=2)
        sys.stdout.flush()
        sys.stdout.buffer.write(data.removeprefix(BOM_UTF8))  # a pipe's reader is no Excel
        sys.stdout.buffer.flush()
        return
    try:
        out.write_bytes(data)
    except OSError as error:
        raise Failure(f"{out}: can't be written: {error.strerror}") from None


def _named(people: People, person: AgentId) -> str:
    name = people.name(person)
    return name if name == person else f"{name} ({person})"


def _clock(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
