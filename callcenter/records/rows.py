"""Rows that were read, wherever they lay: at their true times, once each, those of a time."""

from collections.abc import Sequence

from callcenter.records.kinds import CEL, Kind, R
from callcenter.records.place import RecordsAway
from callcenter.records.times import set_right
from callcenter.rings import MICROSECONDS
from callcenter.terms import Instant


def between(kind: Kind[R], rows: Sequence[R], start: Instant, end: Instant) -> list[R]:
    """Those of *rows* that are from *start* until *end*, set right. Raises RecordsAway where their times are
    too coarse to be judged by."""
    if kind is CEL and rows and all(kind.at(row) % MICROSECONDS == 0 for row in rows):
        raise RecordsAway("the channel event log has whole seconds only: eventtime must have fractions")
    shifts = kind.shifts(rows)
    found: dict[object, R] = {}
    for row in rows:
        at = set_right(kind.at(row), row.uniqueid, shifts)
        if start <= at < end:
            right = kind.put(row, at) if at != kind.at(row) else row
            found.setdefault(kind.key(right), right)
    return list(found.values())
