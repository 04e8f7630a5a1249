"""``callcenter roster``, ``people``, ``logbook``: names, options, help; the work is in the modules beside."""

from pathlib import Path
from typing import Annotated

import typer

from callcenter.commands.common import ConfigOption
from callcenter.terms import SignKind

roster = typer.Typer(no_args_is_help=True, help="The duty roster: bring it in, look at it, write it out.")
people = typer.Typer(no_args_is_help=True, help="People who may be on duty: bring in, list.")
sign = typer.Typer(no_args_is_help=True, help="Sign in when duty begins, out when it is handed over.")
logbook = typer.Typer(no_args_is_help=True, help="The duty log: read it, and prove that nobody changed it.")

HotlineOption = Annotated[
    str | None,
    typer.Option("--hotline", metavar="N", help="Its number or name; the only one there is by default."),
]
FromOption = Annotated[
    str | None, typer.Option("--from", metavar="D", help="The first day, such as 2026-12-01.")
]
ToOption = Annotated[str | None, typer.Option("--to", metavar="D", help="The last day, itself included.")]
ByOption = Annotated[str, typer.Option("--by", metavar="PERSON", help="Who does it, for the history.")]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for the history.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what would change, write nothing.")]
JsonOption = Annotated[bool, typer.Option("--json", help="As JSON.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="FILE", help="Where to write.", show_default="stdout")
]


@roster.command("import")
def roster_import(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="xlsx, ods, xls or csv.")],
    config: ConfigOption = None,
    *,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    by: ByOption = "cli",
    reason: ReasonOption = "",
    month: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="What bare days 1 … 31 belong to.")
    ] = None,
) -> None:
    """Make a file the roster of the days that it names; all other days stay.

    A line for each shift, or people down and days across. All or nothing: every fault is told with its cell.
    """
    from callcenter.commands.roster import bring

    raise typer.Exit(
        bring(config, file, dry_run=dry_run, as_json=json, by=by, reason=reason or file.name, month=month)
    )


@roster.command("export")
def roster_export(
    config: ConfigOption = None,
    *,
    hotline: HotlineOption = None,
    first: FromOption = None,
    last: ToOption = None,
    kind: Annotated[
        str | None, typer.Option("--format", metavar="csv|xlsx", help="By default as FILE ends, else csv.")
    ] = None,
    out: OutOption = None,
) -> None:
    """Write the planned shifts of some days, this month's by default, as a file that the import takes."""
    from callcenter.commands.roster import export

    export(config, hotline, first, last, kind=kind, out=out)


@roster.command("check")
def roster_check(
    config: ConfigOption = None,
    *,
    hotline: HotlineOption = None,
    first: FromOption = None,
    last: ToOption = None,
    json: JsonOption = False,
) -> None:
    """Find gaps, overlaps and too few seats, by default in 60 days from today. Exit status 1 unless it is
    only overlaps."""
    from callcenter.commands.roster import check

    raise typer.Exit(check(config, hotline, first, last, as_json=json))


@roster.command("show")
def roster_show(
    config: ConfigOption = None,
    *,
    hotline: HotlineOption = None,
    at: Annotated[
        str,
        typer.Option(metavar="TIME", help="With an offset, or else by the hotline's clock; or now."),
    ] = "now",
    json: JsonOption = False,
) -> None:
    """Who is on duty at a moment, after swaps and leave."""
    from callcenter.commands.roster import show

    show(config, hotline, at, as_json=json)


@roster.command("template")
def roster_template(
    config: ConfigOption = None,
    *,
    month: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="The next one by default.", show_default=False)
    ] = None,
    out: OutOption = None,
) -> None:
    """Write an xlsx to fill in, with the people of that month and drop-downs."""
    from callcenter.commands.roster import template

    template(config, month, out)


@roster.command("plan")
def roster_plan(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A shift pattern (TOML), see docs/duty-rules.md.")
    ],
    config: ConfigOption = None,
    *,
    first: FromOption = None,
    last: ToOption = None,
    out: OutOption = None,
) -> None:
    """Write the shifts that a pattern makes, of the next month by default, as a csv that the import takes."""
    from callcenter.commands.plan import plan

    plan(config, file, first, last, out)


@roster.command("ical")
def roster_ical(
    config: ConfigOption = None,
    *,
    hotline: HotlineOption = None,
    person: Annotated[
        str | None, typer.Option(metavar="PERSON", help="One person's duty, by id or name.")
    ] = None,
    out: OutOption = None,
) -> None:
    """Write duty as iCalendar (.ics): a hotline's, or one person's."""
    from callcenter.commands.roster import ical

    ical(config, hotline, person, out)


@people.command("import")
def people_import(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Columns id, name, phones, roles, from, until.")
    ],
    config: ConfigOption = None,
    *,
    dry_run: DryRunOption = False,
    by: ByOption = "cli",
    reason: ReasonOption = "",
) -> None:
    """Add people, or change what is known of them; whoever is not in the file stays as known."""
    from callcenter.commands.people import bring

    raise typer.Exit(bring(config, file, dry_run=dry_run, by=by, reason=reason or file.name))


@people.command("list")
def people_list(config: ConfigOption = None, *, json: JsonOption = False) -> None:
    """Everybody who may be on duty, by pinyin, those who left among them."""
    from callcenter.commands.people import show

    show(config, as_json=json)


PersonArgument = Annotated[str, typer.Argument(metavar="PERSON", help="By id or name.")]


@sign.command("in")
def sign_in(person: PersonArgument, config: ConfigOption = None) -> None:
    """Say that somebody is here now."""
    from callcenter.commands.sign import sign as run

    run(config, person, SignKind.IN)


@sign.command("out")
def sign_out(person: PersonArgument, config: ConfigOption = None) -> None:
    """Say that somebody goes now."""
    from callcenter.commands.sign import sign as run

    run(config, person, SignKind.OUT)


@logbook.command("verify")
def logbook_verify(config: ConfigOption = None, *, json: JsonOption = False) -> None:
    """Go through the whole chain of entries. Exit status 1 if an entry was changed, or is missing."""
    from callcenter.commands.logbook import verify

    raise typer.Exit(verify(config, as_json=json))


@logbook.command("list")
def logbook_list(
    config: ConfigOption = None,
    *,
    hotline: HotlineOption = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many of the newest.")] = 50,
    json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """The newest entries, the oldest of them first. They may name callers."""
    from callcenter.commands.logbook import show

    show(config, hotline, limit, as_json=json)
