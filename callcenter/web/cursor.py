"""Cursors of paged lists: opaque to clients, and only ever a position, never a query."""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Final

from callcenter.terms import CallId
from callcenter.web.ports import Position

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def encode(position: Position) -> str:
    """The cursor for what follows *position*."""
    micros = (position.arrived_at - _EPOCH) // _MICROSECOND
    return base64.urlsafe_b64encode(f"{micros} {position.call_id}".encode()).decode().rstrip("=")


def decode(cursor: str) -> Position:
    """Where the page before ended. Raises ValueError."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        micros, call_id = raw.split(" ", 1)
        return Position(arrived_at=_EPOCH + int(micros) * _MICROSECOND, call_id=CallId(call_id))
    except (ValueError, OverflowError, binascii.Error):
        raise ValueError("is not a cursor of ours; take it from the last answer's next") from None
