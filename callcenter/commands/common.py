"""What every command needs: the configuration, the log, and one line for whatever goes wrong."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from callcenter.config import Config, PbxTable, find, hotlines, load
from callcenter.sites import Hotline

if TYPE_CHECKING:
    from callcenter.store.pool import Pool

T = TypeVar("T")

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        help="The configuration; else ./callcenter.toml, else $CALLCENTER_CONFIG.",
        show_default=False,
    ),
]


class Failure(Exception):
    """A command could not do its work: one line for the operator, and the exit status."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


def configuration(path: Path | None) -> tuple[Config, Path | None]:
    """The configuration and where it stands. Raises ConfigError, or Failure where there is none."""
    found = find(path)
    config = load(found)
    if found is None and not config.pbx and not config.hotline:
        raise Failure(
            "no configuration: give --config FILE, or have ./callcenter.toml or $CALLCENTER_CONFIG;"
            " `callcenter demo` needs none",
            status=2,
        )
    return config, found


def logging_to_stderr(config: Config) -> None:
    """Start the log as the configuration says."""
    from callcenter import log

    log.setup(config.log.level, config.log.format)


def quiet() -> None:
    """Let a command's own words stand alone: only warnings are logged."""
    from callcenter import log

    log.setup("warning")


@contextmanager
def one_line() -> Iterator[None]:
    """Faults that a part words for an operator become the command's failure."""
    from callcenter.app.faults import CannotStart
    from callcenter.store.outbox import SpoolFailed
    from callcenter.store.place import PostgresFailed
    from callcenter.store.pool import StoreAway

    try:
        yield
    except (CannotStart, PostgresFailed, SpoolFailed, StoreAway) as error:
        raise Failure(str(error)) from error


def choose_pbx(config: Config, name: str | None) -> PbxTable:
    """The PBX of that *name*, or the only one. Raises Failure where that is none or several."""
    known = [pbx.name for pbx in config.pbx]
    found = [pbx for pbx in config.pbx if name in (None, pbx.name)]
    if len(found) == 1:
        return found[0]
    if not known:
        raise Failure("the configuration has no [[pbx]]", status=2)
    why = f"no [[pbx]] has the name {name}" if name else "there are several [[pbx]]"
    raise Failure(f"{why}: give --pbx with one of {', '.join(known)}", status=2)


def choose_hotline(config: Config, word: str | None) -> Hotline:
    """The hotline of that number or name, or the only one. Raises Failure where that is none or several."""
    known = hotlines(config)
    if not known:
        raise Failure("the configuration has no [[hotline]]", status=2)
    by_number = [hotline for hotline in known if word in (None, hotline.number)]
    found = by_number or [hotline for hotline in known if hotline.name == word]
    if len(found) == 1:
        return found[0]
    why = "there are several [[hotline]]" if found else f"no [[hotline]] is {(word or '')[:40]}"
    numbers = ", ".join(hotline.number for hotline in known)
    raise Failure(f"{why}: give --hotline with one of {numbers}", status=2)


def with_pool(config: Config, act: Callable[["Pool"], Awaitable[T]]) -> T:
    """Do something with the database. Raises Failure where it can't be asked."""
    from callcenter.app.database import connected

    async def work() -> T:
        async with connected(config) as pool:
            return await act(pool)

    with one_line():
        return asyncio.run(work())
