"""Making the embedded PostgreSQL's cluster, its settings, and what its last words mean."""

import os
import subprocess
from pathlib import Path
from shutil import rmtree

from callcenter.store.binaries import Binaries
from callcenter.store.place import Place, PostgresFailed, give

SUPERUSER = "callcenter_owner"
DATABASE = "callcenter"

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": "5432",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "60",
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgresql-%a.log",  # a week of logs, then over again
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_error_verbosity": "terse",  # an error's detail may show a row, and a row a caller
}

LEAVING = "pre-existing shared memory block"
"""What a server says while processes of a killed one are still there: they go by themselves."""

_MEANINGS = (
    ("No space left on device", "the disk that holds {place} is full"),
    ("Disk quota exceeded", "the quota of the disk that holds {place} is used up"),
    ("Read-only file system", "{place} is on a read-only file system"),
    ("Permission denied", "PostgreSQL may not read or write {place}"),
    ("database files are incompatible", "the data in {place} are of another version of PostgreSQL"),
    ("could not create shared memory segment", "the machine has too little shared memory for PostgreSQL"),
    ("Cannot allocate memory", "the machine has too little memory for PostgreSQL"),
    (LEAVING, "what is left of the last server in {place} has not ended yet"),
    ("another server might be running", "another server uses {place}, one that we did not start"),
)


def make_cluster(place: Place, binaries: Binaries, password: str) -> None:
    """A fresh cluster in *place*, whole or not at all: killed half-way, the next start begins again."""
    who = place.runner
    fresh = place.home / "data.new"
    key = place.home / "pwfile"
    rmtree(fresh, ignore_errors=True)
    try:
        give(fresh, who)
        _write_key(key, password, place)
        _initdb(place, binaries, fresh, key)
        if place.data.exists():
            place.data.rmdir()
        fresh.rename(place.data)
    except OSError as error:
        raise PostgresFailed(f"{place.home} can't be used: {error.strerror}") from None
    finally:
        key.unlink(missing_ok=True)


def last_words(place: Place) -> str:
    """What the server wrote last: at its start, or once it had come so far, in its log."""
    at_start = _tail(place.home / "server.log")
    if "FATAL" in at_start or "PANIC" in at_start:
        return at_start
    logs = sorted((place.data / "log").glob("*.log"), key=_written)
    return at_start + "".join(map(_tail, logs[-1:]))


def sentence(words: str, place: Place) -> str:
    """Why the server ended, for an operator."""
    for sign, meaning in _MEANINGS:
        if sign in words:
            return meaning.format(place=place.home)
    told = [line for line in words.splitlines() if any(mark in line for mark in ("FATAL", "PANIC", "error:"))]
    return f"PostgreSQL does not start: {told[-1].strip() if told else 'it said nothing'}"


def _initdb(place: Place, binaries: Binaries, data: Path, key: Path) -> None:
    who = place.runner
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if binaries.major >= 17 else []
    done = subprocess.run(
        [
            binaries.program("initdb"), "-D", data, f"--pwfile={key}", f"--username={SUPERUSER}",
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", *locale, "--data-checksums",
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.defpath, "LC_ALL": "C"},
        cwd=place.home,
        umask=0o077,
        user=who.uid if who.dropped else None,
        group=who.gid if who.dropped else None,
        extra_groups=[] if who.dropped else None,
    )  # fmt: skip
    if done.returncode != 0:
        raise PostgresFailed(sentence(done.stdout + done.stderr, place))


def _write_key(key: Path, password: str, place: Place) -> None:
    key.unlink(missing_ok=True)
    with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(password)
    if place.runner.dropped:
        os.chown(key, place.runner.uid, place.runner.gid)


def _tail(path: Path) -> str:
    try:
        return path.read_bytes()[-4096:].decode(errors="replace")
    except OSError:
        return ""


def _written(path: Path) -> float:
    return path.stat().st_mtime
