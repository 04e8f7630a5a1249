"""A fact as a row: what the outbox keeps and the fact log holds.

``(subject, seq, kind, at)`` names a fact for ever. For a fact about a call these are the call and the
number of its telling; a fact without a number gets a digest of its text instead, so that two of one
instant stay two and one that comes twice stays one.

The record is encoded as it stands, which has the shape of `record_json` and takes a tenth of the time:
the pump waits while we encode.
"""

import re
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from callcenter.facts import (
    Anomaly,
    CallFact,
    CallMerged,
    CallTransferred,
    DutySigned,
    Fact,
    LinkDown,
    LinkUp,
    PhoneRang,
    RoutingAlert,
    RoutingForced,
)
from callcenter.record import Call
from callcenter.record_json import iso

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")
_encode = msgspec.json.Encoder().encode


class Row(NamedTuple):
    """One fact as it is kept."""

    kind: str
    """The fact's name, as in ``call_answered``."""
    pbx: str
    subject: str
    """The call's id, or for facts of no call the PBX's name."""
    seq: int
    at: int
    """Microseconds since the epoch."""
    body: str
    """JSON."""


class _CallBody(msgspec.Struct):
    call: Call


_decode_call = msgspec.json.Decoder(_CallBody).decode


def row_of(fact: Fact) -> Row:
    """*fact* as a row."""
    kind = _CAPITAL.sub("_", type(fact).__name__).lower()
    at = (fact.at - EPOCH) // timedelta(microseconds=1)
    match fact:
        case CallFact(call=call):
            return Row(kind, call.pbx, call.call_id, call.seq, at, _text(_call_body(fact)))
        case CallMerged(call_id=call_id, into=into):
            return Row(kind, fact.pbx, call_id, 0, at, _text({"into": into}))
        case LinkUp() | LinkDown() | Anomaly() | DutySigned() | RoutingForced() | RoutingAlert():
            body = _text(_plain_body(fact))
            return Row(kind, fact.pbx, fact.pbx, _digest(body), at, body)


def instant_of(row: Row) -> datetime:
    """When it was, aware UTC."""
    return EPOCH + timedelta(microseconds=row.at)


def call_of(row: Row) -> Call:
    """The call as told by a row about one. Raises msgspec.DecodeError on a body that is none."""
    return _decode_call(row.body).call


def body_of(row: Row) -> dict[str, Any]:
    """The JSON object of a row. Raises msgspec.DecodeError on anything else."""
    return msgspec.json.decode(row.body, type=dict[str, Any])


def _call_body(fact: CallFact) -> dict[str, Any]:
    match fact:
        case PhoneRang(phone=phone):
            return {"call": fact.call, "phone": phone}
        case CallTransferred(transfer=transfer):
            return {"call": fact.call, "transfer": transfer}
    return {"call": fact.call}


def _plain_body(
    fact: LinkUp | LinkDown | Anomaly | DutySigned | RoutingForced | RoutingAlert,
) -> dict[str, Any]:
    told = {field.name: getattr(fact, field.name) for field in fields(fact)}
    del told["at"], told["pbx"]
    return {name: iso(value) if isinstance(value, datetime) else value for name, value in told.items()}


def _text(body: dict[str, Any]) -> str:
    """JSON that PostgreSQL takes: it has no place for the character NUL, so a NUL becomes U+FFFD."""
    return _encode(body).decode().replace(r"\u0000", "\ufffd")


def _digest(body: str) -> int:
    return int.from_bytes(blake2b(body.encode(), digest_size=7).digest())
