"""The duty log's words, and the chain that makes a change evident.

Theory of operation. All hotlines share one log. Entries are numbered 1, 2, 3 … without holes and never
changed: a correction, a sign-off or "this is done" is a new entry that refers to an older one. Each entry
carries the hash of the one before it and its own, SHA-256 over :func:`canonical`; so whoever changes,
removes, adds or moves an entry behind the database's back would have to make every later hash anew. What was
purged after its time leaves an :class:`Anchor`: number and hash of the last entry that went, on which
the rest still hangs. :func:`verify` recomputes all of it.

The database makes number, time and hash (``callcenter.logbook_append``), this module checks them: two
programs that have to agree on every byte.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from callcenter.record_json import iso
from callcenter.terms import AgentId, CallId, HotlineNumber, ShiftId

NO_HASH = "0" * 64
"""What the first entry of all has as the hash before it."""


class EntryKind(StrEnum):
    """What an entry is about."""

    NOTE = "note"
    INCIDENT = "incident"
    INCIDENT_REPORT = "incident_report"
    """The written report on an incident, due by the next day."""
    COMPLAINT = "complaint"
    CORRECTION = "correction"
    """Says what the entry it refers to should have said."""
    ITEM_DONE = "item_done"
    """The open item it refers to is done."""
    CALLED_BACK = "called_back"
    """The caller of the missed call it names was called back."""
    SIGN_OFF = "sign_off"
    """The supervisor has read up to the entry it refers to."""
    HANDOVER_GIVEN = "handover_given"
    HANDOVER_TAKEN = "handover_taken"
    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    ROSTER_PUBLISHED = "roster_published"
    CHANGE = "change"
    """A swap, leave, take-over or edit came into force, or ended otherwise."""
    FORCED_MODE = "forced_mode"
    PURGE_ASKED = "purge_asked"
    PURGE_AGREED = "purge_agreed"
    PURGED = "purged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry as its author hands it in; number, time and hash are the database's to give."""

    author: AgentId
    kind: EntryKind
    text: str
    hotline: HotlineNumber | None = None
    shift_id: ShiftId | None = None
    call_id: CallId | None = None
    follow_up: bool = False
    """Stays open until an entry says that it is done."""
    refers_to: int | None = None
    """Number of the earlier entry that this one is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry as it stands in the log. It may name a caller: never in a message or on an open screen."""

    number: int
    at: datetime
    """When it was written, by the database's clock."""
    hotline: HotlineNumber | None
    shift_id: ShiftId | None
    author: AgentId
    kind: EntryKind
    text: str
    call_id: CallId | None
    follow_up: bool
    refers_to: int | None
    prev_hash: str
    """Of the entry before, 64 hexadecimal digits."""
    hash: str
    """Of this entry, likewise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """What the chain hangs on: the last entry that is no longer there."""

    number: int = 0
    hash: str = NO_HASH


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A place at which the chain does not hold."""

    number: int
    """Of the entry where it is seen."""
    what: str
    """One sentence; it quotes nothing of what was written."""


def canonical(entry: Entry) -> bytes:
    """The bytes that the hash is of: every field but the hash, unmistakable.

    A field is its length in bytes of UTF-8, a colon and those bytes; a missing one is ``-``. In order:
    number, at (ISO 8601 UTC with six decimals and ``Z``), hotline, shift_id, author, kind, text,
    call_id, follow_up (``true`` or ``false``), refers_to, prev_hash.
    """
    fields = (
        str(entry.number),
        iso(entry.at.astimezone(UTC)),
        entry.hotline,
        entry.shift_id,
        entry.author,
        str(entry.kind),
        entry.text,
        entry.call_id,
        "true" if entry.follow_up else "false",
        None if entry.refers_to is None else str(entry.refers_to),
        entry.prev_hash,
    )
    return b"".join(map(_field, fields))


def hash_of(entry: Entry) -> str:
    """What the entry's hash has to be."""
    return hashlib.sha256(canonical(entry)).hexdigest()


def verify(entries: Iterable[Entry], anchor: Anchor, head: Anchor | None = None) -> list[Break]:
    """Where the chain of *entries*, all after *anchor* and in order of number, does not hold.

    *head*: the newest entry by a second record; without it a removed end is not seen.
    """
    breaks, last = [], anchor
    for entry in entries:
        breaks += _link(entry, last)
        last = Anchor(number=entry.number, hash=entry.hash)
    if head is not None and head.number > last.number:
        gone = f"entries {last.number + 1} to {head.number} are missing at the end"
        breaks.append(Break(number=head.number, what=gone))
    elif head is not None and head != last:
        breaks.append(Break(number=last.number, what="the newest entry is not the one that was written last"))
    return breaks


def _link(entry: Entry, last: Anchor) -> list[Break]:
    """What is wrong with *entry* as the one after *last*."""
    faults = []
    if entry.number > last.number + 1:
        faults.append(f"entries {last.number + 1} to {entry.number - 1} are missing")
    elif entry.number <= last.number:
        faults.append(f"it stands after entry {last.number}")
    elif entry.prev_hash != last.hash:
        faults.append(f"it does not follow from entry {last.number}")
    if hash_of(entry) != entry.hash:
        faults.append("it is not what was written")
    return [Break(number=entry.number, what=fault) for fault in faults]


def _field(value: str | None) -> bytes:
    if value is None:
        return b"-"
    told = value.encode()
    return b"%d:%b" % (len(told), told)
