"""What ``queue_log`` adds to CEL and CDR: whether a caller stood in a queue when he hung up.

A queue that is not among CEL's ``apps`` leaves hardly a trace there, and CDR do not say why nobody answered.
Its own log does, in whole seconds. More than that it is not asked: CEL knows the rest better.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from callcenter.record import Call
from callcenter.rings import MICROSECONDS
from callcenter.terms import HangupSide, Instant, Outcome, Source, Uniqueid
from callcenter.tracking.records import CelRow, QueueRow

_LEFT: Final = frozenset({"EXITWITHTIMEOUT", "EXITEMPTY", "EXITWITHKEY", "CONNECT"})


@dataclass(frozen=True, slots=True)
class QueueStay:
    """A caller's last stay in a queue."""

    queue: str
    joined_at: Instant
    """The whole second."""
    left_at: Instant | None = None
    """The whole second; None where he stayed until he hung up, or no end is told."""
    abandoned_after: int | None = None
    """Seconds, where the queue says that he hung up in it."""


def stays(rows: Iterable[QueueRow]) -> dict[Uniqueid, QueueStay]:
    """Each caller's last stay."""
    found: dict[Uniqueid, QueueStay] = {}
    for row in sorted(rows, key=lambda row: row.at):
        stay = found.get(row.uniqueid)
        if row.event == "ENTERQUEUE":
            found[row.uniqueid] = QueueStay(row.queue, row.at)
        elif stay is not None and row.event in _LEFT:
            found[row.uniqueid] = replace(stay, left_at=row.at)
        elif stay is not None and row.event == "ABANDON":
            found[row.uniqueid] = replace(stay, left_at=None, abandoned_after=row.seconds)
    return found


def with_queues(rows: list[CelRow], known: Mapping[Uniqueid, QueueStay]) -> list[CelRow]:
    """*rows*, and for callers of whom CEL shows no queue the rows that it would have had."""
    own: dict[Uniqueid, list[CelRow]] = {}
    for row in rows:
        if row.uniqueid in known:
            own.setdefault(row.uniqueid, []).append(row)
    added = []
    for uniqueid, mine in own.items():
        start = next((row for row in mine if row.eventtype == "CHAN_START"), None)
        if start is None or any(row.appname == "Queue" for row in mine):
            continue
        stay = known[uniqueid]
        before = [row.at for row in mine if row.at < stay.joined_at + MICROSECONDS and not _is_end(row)]
        joined_at = max([stay.joined_at, start.at, *before]) + 1
        joined = replace(start, appname="Queue", appdata=stay.queue)
        added.append(replace(joined, eventtype="APP_START", at=Instant(joined_at)))
        if stay.left_at is not None:
            left_at = Instant(max(joined_at + 1, stay.left_at))
            added.append(replace(joined, eventtype="APP_END", at=left_at))
    return [*rows, *added]


def _is_end(row: CelRow) -> bool:
    return row.eventtype in {"HANGUP", "CHAN_END", "LINKEDID_END"}


def abandoned_in_queue(call: Call, stay: QueueStay | None) -> Call:
    """*call*, told by CDR: one that is `lost` there was abandoned where the queue says so."""
    if (
        call.outcome is not Outcome.LOST
        or stay is None
        or stay.abandoned_after is None
        or call.ended_at is None
    ):
        return call
    waited = max(call.ended_at - call.arrived_at, timedelta(0)) / timedelta(seconds=1)
    limit = call.short_abandon_seconds
    return replace(
        call,
        outcome=Outcome.ABANDONED,
        wait_seconds=waited,
        short_abandoned=limit is not None and round(waited * MICROSECONDS) < limit * MICROSECONDS,
        hung_up_by=HangupSide.CALLER,
        queue=stay.queue,
        source=Source.QUEUE_LOG,
    )
