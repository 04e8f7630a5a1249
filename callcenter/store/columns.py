"""A call as columns and back. The columns are named as the record's fields are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

import asyncpg
import msgspec

from callcenter.record import Attempt, Call, Recording, Transfer

CHILDREN: Final = ("attempts", "transfers", "recordings")
"""Fields of a call that are tables of their own."""
CALL: Final = tuple(field.name for field in fields(Call) if field.name not in CHILDREN)
ATTEMPT: Final = ("call_id", "arrived_at", "n", *(field.name for field in fields(Attempt)))
TRANSFER: Final = ("call_id", "arrived_at", "n", "kind", "at", "by_phone", "to_phone", "answered")
RECORDING: Final = ("call_id", "arrived_at", "n", *(field.name for field in fields(Recording)))

_JSON: Final = frozenset({"on_duty", "talks"})
"""Columns of table ``call`` that hold JSON."""

Record = tuple[Any, ...]


def call_record(call: Call) -> Record:
    """The row of table ``call``, in the order of `CALL`."""
    return tuple(_plain(name, getattr(call, name)) for name in CALL)


def attempt_records(call: Call) -> Iterator[Record]:
    """Rows of table ``attempt``."""
    for n, attempt in enumerate(call.attempts, 1):
        yield (call.call_id, call.arrived_at, n, *_values(attempt))


def transfer_records(call: Call) -> Iterator[Record]:
    """Rows of table ``transfer``."""
    for n, transfer in enumerate(call.transfers, 1):
        yield (call.call_id, call.arrived_at, n, *_values(transfer))


def recording_records(call: Call) -> Iterator[Record]:
    """Rows of table ``recording``."""
    for n, recording in enumerate(call.recordings, 1):
        yield (call.call_id, call.arrived_at, n, *_values(recording))


def call_of(
    row: Mapping[str, Any],
    attempts: Sequence[asyncpg.Record],
    transfers: Sequence[asyncpg.Record],
    recordings: Sequence[asyncpg.Record],
) -> Call:
    """The call of its rows, exactly as it was told."""
    told = dict(row)
    for name in _JSON:
        told[name] = msgspec.json.decode(told[name])
    told["attempts"] = [dict(attempt) for attempt in attempts]
    told["transfers"] = [
        {**dict(transfer), "by": transfer["by_phone"], "to": transfer["to_phone"]} for transfer in transfers
    ]
    told["recordings"] = [dict(recording) for recording in recordings]
    return msgspec.convert(told, Call)


def _values(part: Attempt | Transfer | Recording) -> Iterator[Any]:
    return (_plain(field.name, getattr(part, field.name)) for field in fields(part))


def _plain(name: str, value: Any) -> Any:
    if name in _JSON:
        return msgspec.json.encode(value).decode()
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    return value
