"""``callcenter token``: API tokens, and signed links to wallboards."""

from pathlib import Path

import typer

from callcenter.commands.common import Failure, configuration, quiet, with_pool
from callcenter.commands.trail import record
from callcenter.config import Config, agents
from callcenter.roster.people import People
from callcenter.store.people import PeopleStore
from callcenter.store.pool import Pool
from callcenter.store.tokens import Grant, TokenStore
from callcenter.terms import AgentId, Role


def create(path: Path | None, role: Role, person: str | None) -> None:
    """Make a token, print its secret alone on stdout, and the rest beside it on stderr."""
    config, _ = configuration(path)
    owner = AgentId(person) if person is not None else None

    async def make(pool: Pool) -> tuple[Grant, str]:
        if owner is not None:
            await _check_known(config, pool, owner)
        await record(pool, "tokens.create", f"{role} {owner or ''}".strip())
        return await TokenStore(pool).create(role, owner)

    quiet()
    grant, secret = with_pool(config, make)
    typer.echo(f"token {grant.token_id} of role {role}; keep it, it can't be shown again:", err=True)
    typer.echo(secret)
    if role is Role.WALLBOARD:
        typer.echo(f"a screen opens all wallboards with {wallboard_link(config)}", err=True)


def show(path: Path | None) -> None:
    """List all tokens."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    config, _ = configuration(path)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("id", "role", "person", "made", "revoked"):
        table.add_column(name, no_wrap=True)
    quiet()
    for token in with_pool(config, lambda pool: TokenStore(pool).all()):
        revoked = f"{token.revoked_at:%Y-%m-%d %H:%M} UTC" if token.revoked_at else "-"
        made = f"{token.created_at:%Y-%m-%d %H:%M} UTC"
        table.add_row(token.grant.token_id, token.grant.role, token.grant.person or "-", made, revoked)
    Console(highlight=False).print(table)


def revoke(path: Path | None, token_id: str) -> None:
    """Put a token out of force."""
    config, _ = configuration(path)

    async def end(pool: Pool) -> bool:
        await record(pool, "tokens.revoke", token_id)
        return await TokenStore(pool).revoke(token_id)

    quiet()
    if not with_pool(config, end):
        raise Failure(f"no token {token_id} is in force: see `callcenter token list`")
    typer.echo(f"{token_id} is revoked")


async def _check_known(config: Config, pool: Pool, person: AgentId) -> None:
    """Where anybody is known at all, a token is somebody's. Raises Failure."""
    people = People(await PeopleStore(pool).all()).with_agents(agents(config))
    if len(people) and people.get(person) is None:
        known = ", ".join(sorted(one.id for one in people))
        raise Failure(f"nobody has the id {person}; known are {known}", status=2)


def wallboard_link(config: Config) -> str:
    """A signed link that opens every hotline's screen and nothing else."""
    from callcenter.app.serving import shown
    from callcenter.app.webkey import web_key
    from callcenter.web.auth import WallboardKeys

    scheme = "https" if config.web.https else "http"
    return f"{scheme}://{shown(config.web.listen)}/wallboard?key={WallboardKeys(web_key(config)).make()}"
