"""The command line: names, options and help. What a command does is in :mod:`callcenter.commands`.

Whatever goes wrong is one line on stderr: exit status 2 for usage and configuration, 1 for a
failure, never a traceback unless ``CALLCENTER_DEBUG`` asks for it.
"""

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from callcenter.commands.common import ConfigOption, Failure
from callcenter.commands.duty import logbook, people, roster, sign
from callcenter.commands.routing_options import routing
from callcenter.config import ConfigError
from callcenter.terms import Role

TRY, RUN, LOOK, ACCESS = "Try it", "Run it", "Look into a recording", "Who may see what"
BACK, DUTY = "Look back", "Who is on duty"

app = typer.Typer(
    name="callcenter",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Is the hotline answered within three rings?\n\n"
        "Follows Asterisk PBXs over their manager interface (AMI), judges every call, keeps the"
        " history in PostgreSQL and shows it live on a wall.\n\n"
        "New here? `callcenter demo` shows everything with nothing installed. Then write"
        " callcenter.toml, let `callcenter check-config` go through it, and `callcenter serve`."
    ),
    epilog="Errors are one line; CALLCENTER_DEBUG=1 adds the trace. Every command has its own --help.",
)
tokens = typer.Typer(no_args_is_help=True, help="API tokens: make, list, revoke.")
app.add_typer(roster, name="roster", rich_help_panel=DUTY)
app.add_typer(people, name="people", rich_help_panel=DUTY)
app.add_typer(sign, name="sign", rich_help_panel=DUTY)
app.add_typer(logbook, name="logbook", rich_help_panel=DUTY)
app.add_typer(routing, name="routing", rich_help_panel=DUTY)
app.add_typer(tokens, name="token", rich_help_panel=ACCESS)


@app.callback(invoke_without_command=True)
def _options(
    *,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"callcenter {installed('callcenter')}")
        raise typer.Exit


@app.command(rich_help_panel=TRY)
def demo(
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to serve; 0 takes a free one.")] = 8080,
    data_dir: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where to keep the demo's data.", show_default="./var/demo"),
    ] = None,
) -> None:
    """Everything at once, nothing to install: a played PBX, PostgreSQL, wallboard and console.

    Today's calls are there when it starts, and more come in. Every start begins afresh.
    """
    from callcenter.commands.service import demo as run

    run(port, data_dir)


@app.command(rich_help_panel=RUN)
def serve(config: ConfigOption = None) -> None:
    """The service: follow the PBXs, keep the history, serve wallboard, API and metrics."""
    from callcenter.commands.service import serve as run

    run(config)


@app.command("check-config", rich_help_panel=RUN)
def check_config(config: ConfigOption = None) -> None:
    """Say what is wrong in the configuration, where, and try every connection."""
    from callcenter.commands.service import check

    raise typer.Exit(check(config))


@app.command(rich_help_panel=RUN)
def migrate(config: ConfigOption = None) -> None:
    """Bring the database's schema up to date, as the owner that the configuration names (owner_dsn)."""
    from callcenter.commands.service import migrate as run

    run(config)


@app.command(rich_help_panel=LOOK)
def replay(
    *,
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE…",
            help="Raw AMI or our own captures, also .gz; - is stdin. Several are one PBX's connections.",
        ),
    ],
    config: ConfigOption = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object per line and call.")] = False,
    pbx: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Whose recording it is, where the file has several."),
    ] = None,
) -> None:
    """Tell every call that recorded AMI bytes contain, without PBX or database."""
    from callcenter.commands.replay import replay as run

    run(files, config, as_json=json, pbx=pbx)


@app.command(rich_help_panel=LOOK)
def capture(
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to write; .gz compresses.")],
    config: ConfigOption = None,
    pbx: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which PBX, where the file has several.")
    ] = None,
) -> None:
    """Record what a PBX says on its manager interface, until Ctrl-C. Contains callers' numbers."""
    from callcenter.commands.capture import capture as run

    run(out, config, pbx)


@app.command(rich_help_panel=BACK)
def explain(
    call_id: Annotated[str, typer.Argument(metavar="CALL_ID", help="Such as main:1795277906.41.")],
    config: ConfigOption = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="The same as one JSON object.")] = False,
) -> None:
    """How a call came to its verdict: what happened when, the events behind it, and why it was judged so."""
    from callcenter.commands.explain import explain as run

    run(call_id, config, as_json=json)


@app.command(rich_help_panel=BACK)
def retell(
    *,
    start: Annotated[
        str, typer.Option("--from", metavar="TIME", help="Arrived at or after, e.g. 2026-11-21T08:00+08:00.")
    ],
    end: Annotated[str, typer.Option("--to", metavar="TIME", help="Arrived before.")],
    config: ConfigOption = None,
    pbx: Annotated[str | None, typer.Option(metavar="NAME", help="Only this PBX's calls.")] = None,
    reason: Annotated[str, typer.Option(help="Why, for whoever reads the old verdicts.")] = "judged again",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, write nothing.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object with every change.")] = False,
) -> None:
    """Judge stored calls again by the present configuration. Old verdicts stay readable, by version."""
    from callcenter.commands.retell import retell as run

    raise typer.Exit(run(config, start, end, pbx=pbx, reason=reason, dry_run=dry_run, as_json=json))


@tokens.command("create")
def token_create(
    role: Annotated[Role, typer.Option(help="What its bearer may do.")],
    config: ConfigOption = None,
    person: Annotated[
        str | None, typer.Option(metavar="ID", help="Whose it is: acts that need a person need this.")
    ] = None,
) -> None:
    """Make a token and print it. It is shown this once: only its hash is kept."""
    from callcenter.commands.tokens import create

    create(config, role, person)


@tokens.command("list")
def token_list(config: ConfigOption = None) -> None:
    """Every token: its id, role and person, never the token itself."""
    from callcenter.commands.tokens import show

    show(config)


@tokens.command("revoke")
def token_revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="As `token list` shows it.")],
    config: ConfigOption = None,
) -> None:
    """Make a token worthless, at once."""
    from callcenter.commands.tokens import revoke

    revoke(config, token_id)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; the console script's entry."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal without Chinese shows question marks
            stream.reconfigure(errors="replace")
    try:
        status = app(args=arguments, prog_name="callcenter", standalone_mode=False)
    except Exception as error:  # noqa: BLE001 - the last resort: an operator gets a line, not a trace
        return _told(error)
    return status if isinstance(status, int) else 0


def _told(error: Exception) -> int:
    """Say what is wrong on stderr and choose the exit status."""
    if os.environ.get("CALLCENTER_DEBUG"):
        import traceback

        traceback.print_exception(error)
    match error:
        case ConfigError():
            lines, status = error.lines, 2
        case TyperException():
            lines, status = (f"{error.format_message()} (callcenter --help)",), 2
        case Failure():
            lines, status = (str(error),), error.status
        case typer.Abort():
            lines, status = ("stopped",), 130
        case _:
            lines, status = (_unexpected(error),), 1
    for line in lines:
        sys.stderr.write(f"callcenter: {' '.join(line.split())}\n")
    return status


def _unexpected(error: Exception) -> str:
    from callcenter.log import masked

    why = masked(str(error))[:200]
    return f"unexpected {type(error).__name__}: {why} (CALLCENTER_DEBUG=1 shows the trace)"
