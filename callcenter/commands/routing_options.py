"""``callcenter routing``: names, options, help; the work is in :mod:`callcenter.commands.routing`."""

from enum import StrEnum
from typing import Annotated

import typer

from callcenter.commands.common import ConfigOption

routing = typer.Typer(no_args_is_help=True, help="Where callers are sent: look, or open and close by hand.")


class Force(StrEnum):
    """How a hotline is to be routed."""

    OPEN = "open"
    CLOSED = "closed"
    AUTO = "auto"


HotlineOption = Annotated[
    str | None,
    typer.Option("--hotline", metavar="N", help="Its number or name; the only one there is by default."),
]


@routing.command("show")
def show(
    config: ConfigOption = None,
    *,
    hotline: HotlineOption = None,
    at: Annotated[
        str,
        typer.Option(metavar="TIME", help="With an offset, or else by the hotline's clock; or now."),
    ] = "now",
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """What happens to a call at a moment: by the roster, and by what the PBX holds."""
    from callcenter.commands.routing import show as run

    run(config, hotline, at, as_json=json)


@routing.command("force")
def force(
    mode: Annotated[Force, typer.Argument(help="auto: as the schedule says, again.")],
    config: ConfigOption = None,
    *,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why: it stands in the duty log.")],
    hotline: HotlineOption = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Until then; without it until further notice.", show_default=False),
    ] = None,
    by: Annotated[
        str, typer.Option(metavar="PERSON", help="Who does it, by id or name, for the duty log.")
    ] = "cli",
) -> None:
    """Open or close a hotline now, whatever its hours say."""
    from callcenter.commands.routing import force as run

    run(config, hotline, mode.value, until, reason=reason, by=by)
