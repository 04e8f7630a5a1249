"""The folder of evidence: one file for each PBX and hour (UTC), and what is thrown away when.

    <root>/<pbx>/2026-11-21T08.ccap.gz

The files are captures (see :mod:`callcenter.ami.records`) of gzip members. They hold callers' numbers:
folders are for their owner alone (0700), and so are files (0600).
"""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from callcenter.terms import Instant, PbxName

HOUR: Final = timedelta(hours=1)
HOUR_US: Final = 3_600_000_000
_FORM: Final = "%Y-%m-%dT%H"
_NAME: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d)\.ccap\.gz")
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """One hour of one PBX."""

    start: datetime
    path: Path

    @property
    def end(self) -> datetime:
        """When the next hour begins."""
        return self.start + HOUR


def hour_of(at: Instant) -> datetime:
    """The hour (UTC) that *at* is in."""
    return EPOCH + at // HOUR_US * HOUR


class Shelf:
    """The files under *root*. Methods may raise OSError."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def place(self, pbx: PbxName, hour: datetime) -> Path:
        """Where the *hour* of *pbx* belongs."""
        return self.root / pbx / f"{hour:{_FORM}}.ccap.gz"

    def open(self, pbx: PbxName, hour: datetime) -> int:
        """A file descriptor that appends to the hour's file, made with its folders if need be."""
        path = self.place(pbx, hour)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (self.root, path.parent):
            if folder.stat().st_mode & 0o077:
                folder.chmod(0o700)
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def volumes(
        self, pbx: PbxName, start: datetime | None = None, end: datetime | None = None
    ) -> list[Volume]:
        """What there is of *pbx* between *start* and *end*, in order; a side that is None is open."""
        found = sorted(_volumes(self.root / pbx), key=lambda volume: volume.start)
        return [
            volume
            for volume in found
            if (start is None or volume.end > start) and (end is None or volume.start < end)
        ]

    def expire(self, before: datetime, max_bytes: int) -> list[Path]:
        """Delete what ended before that time, and then the oldest until the rest is small enough.

        The last file of each PBX always stays. Returns what was deleted.
        """
        volumes: list[Volume] = []
        for folder in self._folders():
            volumes += sorted(_volumes(folder), key=lambda volume: volume.start)[:-1]
        sizes = {path: _size(path) for folder in self._folders() for path in _files(folder)}
        total = sum(sizes.values())
        gone: list[Path] = []
        for volume in sorted(volumes, key=lambda volume: volume.start):
            if volume.end > before and total <= max_bytes:
                break
            volume.path.unlink(missing_ok=True)
            total -= sizes.get(volume.path, 0)
            gone.append(volume.path)
        return gone

    def _folders(self) -> list[Path]:
        return [path for path in self.root.iterdir() if path.is_dir()] if self.root.is_dir() else []


def _files(folder: Path) -> Iterable[Path]:
    return folder.glob("*.ccap.gz")


def _volumes(folder: Path) -> Iterator[Volume]:
    for path in _files(folder):
        if found := _NAME.fullmatch(path.name):
            try:
                start = datetime.strptime(found[1], _FORM).replace(tzinfo=UTC)
            except ValueError:
                continue
            yield Volume(start=start, path=path)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
