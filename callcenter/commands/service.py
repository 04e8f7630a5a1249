"""Commands about the service as a whole: ``serve``, ``demo``, ``check-config``, ``migrate``."""

import asyncio
from pathlib import Path

import typer

from callcenter.commands.common import Failure, configuration, logging_to_stderr, one_line, quiet
from callcenter.config import Config


def serve(path: Path | None) -> None:
    """Run until SIGTERM or Ctrl-C."""
    config, _ = configuration(path)
    if not config.pbx:
        raise Failure("the configuration has no [[pbx]]: there is nothing to follow", status=2)
    logging_to_stderr(config)
    from callcenter.app.run import serve as run

    with one_line():
        run(config)


def demo(port: int, data_dir: Path | None) -> None:
    """Run the demonstration until SIGTERM or Ctrl-C."""
    quiet()
    from callcenter.demo.show import show

    with one_line():
        show(port, (data_dir or Path("var/demo")).absolute(), say=typer.echo)


def check(path: Path | None) -> int:
    """Say how everything stands that the configuration names; the exit status."""
    config, found = configuration(path)
    from callcenter import log

    log.setup("error")
    typer.echo(f"{found or 'the environment'}: the configuration is well-formed")
    faults = asyncio.run(_check(config))
    if faults:
        typer.echo(f"{faults} to mend", err=True)
    return 1 if faults else 0


async def _check(config: Config) -> int:
    from callcenter.check import Verdict
    from callcenter.check import check as findings

    faults = 0
    async for finding in findings(config):
        typer.echo(f"{finding.verdict:5} {finding.about}: {finding.what}")
        faults += finding.verdict is Verdict.FAULT
    return faults


def migrate(path: Path | None) -> None:
    """Bring the schema up to date."""
    config, _ = configuration(path)
    logging_to_stderr(config)
    if not config.embedded and config.database.owner_dsn is None:
        raise Failure("[database] owner_dsn is missing: dsn itself never owns the tables", status=2)
    with one_line():
        typer.echo(asyncio.run(_migrate(config)))


async def _migrate(config: Config) -> str:
    from callcenter.app.database import Database
    from callcenter.store.migrate import wanted

    database = Database(config)
    await database.start()
    try:
        await database.migrate()
    finally:
        await database.stop()
    return f"the schema is at {wanted()}"
