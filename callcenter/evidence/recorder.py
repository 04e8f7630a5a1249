"""Keeps what the PBXs say, beside the calls and never in their way.

Theory of operation. The link's sink hands each read on as it always did, and leaves it here; that is all
that happens on the event loop. One thread takes what was left once a second, or as soon as there is
enough, keeps of it what is needed (:mod:`callcenter.evidence.sift`) and appends that to the hour's file
of its PBX with one write: killed at any moment we lose the last second at most. An hour begins by the
clock that arrivals are stamped with, i.e. ours.

A disk that is full or fails costs evidence and nothing else: it is said once, tried again with the
next notes, and what was dropped shows in the file as a link that was lost, for the reason `HOLE`. The
same goes for a disk so slow that more than `MOST` messages wait.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

import structlog

from callcenter.ami.received import LinkLost, LinkOpened, LinkTrouble, Messages, Received
from callcenter.evidence.batch import Note, Records
from callcenter.evidence.shelf import Shelf, hour_of
from callcenter.evidence.sift import is_needed
from callcenter.evidence.volume import OpenVolume
from callcenter.terms import Instant, PbxName

log = structlog.get_logger(__name__)

LINGER: Final = 1.0
"""Seconds that a read waits for company."""
ENOUGH: Final = 1000
"""Messages that are worth a write at once."""
MOST: Final = 50_000
"""Messages that may wait for the disk: some 25 MB."""
HOLE: Final = "what the PBX said then could not be kept"
"""The reason of a link's loss where in truth the evidence has a hole."""

Hear = Callable[[Received], None]
Heard = tuple[PbxName, Received, bool]
"""Whose read it is, and whether its messages are timed by their arrival."""


class Recorder:
    """Writes to *shelf*; what is older than *keep* or beyond *max_bytes* goes at each full hour."""

    def __init__(self, shelf: Shelf, *, keep: timedelta, max_bytes: int) -> None:
        self._shelf = shelf
        self._keep = keep
        self._max_bytes = max_bytes
        self._news = threading.Condition()
        self._heard: list[Heard] = []
        self._waiting = 0
        self._noted = self._written = 0
        self._urgent = self._closing = False
        self._holes: set[PbxName] = set()
        self._volumes: dict[PbxName, OpenVolume] = {}
        self._failing: set[PbxName] = set()
        self._thread = threading.Thread(target=self._run, name="evidence", daemon=True)

    @property
    def failing(self) -> bool:
        """Whether the disk does not take what it is given."""
        return bool(self._failing)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def beside(self, pbx: PbxName, sink: Hear, *, by_arrival: bool = False) -> Hear:
        """*sink*, and what it is given is kept. *by_arrival*: its messages are timed by their arrival."""

        def hear(received: Received) -> None:
            sink(received)
            if not isinstance(received, LinkTrouble):
                self._add((pbx, received, by_arrival))

        return hear

    def flush(self, timeout: float) -> bool:
        """Wait until all that was noted so far is written or dropped; whether that came in time."""
        with self._news:
            wanted, self._urgent = self._noted, True
            self._news.notify_all()
            return self._news.wait_for(lambda: self._written >= wanted, timeout)

    def close(self, timeout: float = 5.0) -> None:
        """Write what is left and end the files well."""
        with self._news:
            self._closing = True
            self._news.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _add(self, heard: Heard) -> None:
        pbx, received, by_arrival = heard
        with self._news:
            if self._waiting > MOST:
                self._holes.add(pbx)
                return
            if pbx in self._holes:
                self._holes.discard(pbx)
                self._heard += [(pbx, hole, by_arrival) for hole in _hole(received)]
            self._heard.append(heard)
            self._noted += 1
            self._waiting += len(received.messages) if isinstance(received, Messages) else 1
            enough = self._waiting >= ENOUGH and not self._urgent
            if enough or len(self._heard) == 1:
                self._urgent = self._urgent or enough
                self._news.notify_all()

    def _run(self) -> None:
        closing = False
        while not closing:
            with self._news:
                self._news.wait_for(lambda: self._heard or self._closing or self._urgent)
                self._news.wait_for(lambda: self._urgent or self._closing, LINGER)
                heard, self._heard, self._waiting = self._heard, [], 0
                noted, closing = self._noted, self._closing
                self._urgent = False
            self._keep_all(heard)
            with self._news:
                self._written = noted
                self._news.notify_all()
        for pbx in [*self._volumes]:
            self._end(pbx)

    def _keep_all(self, heard: Sequence[Heard]) -> None:
        """Write what was heard, each PBX's by itself: what one file refuses, another may take."""
        for pbx in dict.fromkeys(pbx for pbx, _, _ in heard):
            own = (_note(received, by_arrival) for whose, received, by_arrival in heard if whose == pbx)
            try:
                self._keep_notes(pbx, [note for note in own if note is not None])
            except OSError as error:
                self._failed(pbx, error)
            else:
                self._recovered(pbx)

    def _keep_notes(self, pbx: PbxName, notes: Sequence[Note]) -> None:
        records = Records()
        for note in notes:
            volume = self._volumes.get(pbx)
            if volume is None or note.at >= volume.until:
                self._write(pbx, records.take())
                self._turn_over(pbx, note.at)
            records.add(note)
        self._write(pbx, records.take())

    def _write(self, pbx: PbxName, data: bytes) -> None:
        if data:
            self._volumes[pbx].write(data)

    def _turn_over(self, pbx: PbxName, at: Instant) -> None:
        """Begin the hour of *at*; the time to throw away what is too old."""
        hour = hour_of(at)
        self._end(pbx)
        self._volumes[pbx] = OpenVolume(self._shelf, pbx, hour)
        gone = self._shelf.expire(hour - self._keep, self._max_bytes)
        if gone:
            log.info("evidence_expired", files=len(gone))

    def _end(self, pbx: PbxName) -> None:
        volume = self._volumes.pop(pbx, None)
        if volume is not None:
            with suppress(OSError):
                volume.close()

    def _failed(self, pbx: PbxName, error: OSError) -> None:
        volume = self._volumes.pop(pbx, None)
        if volume is not None:
            with suppress(OSError):
                volume.abandon()
        with self._news:
            self._holes.add(pbx)
        if pbx not in self._failing:
            log.error("evidence_not_kept", pbx=pbx, why=error.strerror, folder=str(self._shelf.root))
        self._failing.add(pbx)

    def _recovered(self, pbx: PbxName) -> None:
        if pbx in self._failing:
            log.info("evidence_kept_again", pbx=pbx)
        self._failing.discard(pbx)


def _note(received: Received, by_arrival: bool) -> Note | None:  # noqa: FBT001 - a value beside its read
    """What of a read is kept; None for nothing."""
    match received:
        case Messages(arrival=arrival, messages=messages) if arrival is not None:
            needed = tuple(message for message in messages if is_needed(message))
            alone = by_arrival or not all(b"\r\nTimestamp: " in message for message in needed)
            return Note(at=arrival, kind=b"bytes", messages=needed, alone=alone) if needed else None
        case LinkOpened(at=at):
            return Note(at=at, kind=b"connected")
        case LinkLost(at=at, reason=reason):
            return Note(at=at, kind=b"lost", reason=reason)
    return None


def _hole(received: Received) -> tuple[Received, ...]:
    """What stands for what was dropped before *received*."""
    at = received.arrival if isinstance(received, Messages) else received.at
    return (LinkLost(at=at, reason=HOLE), LinkOpened(at=at)) if at is not None else ()
