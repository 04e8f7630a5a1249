"""The three kinds of records: their columns, and a row of these as the domain has it.

What a column holds depends on its type: Asterisk's PostgreSQL modules write numbers where the column is one.
"""

import csv
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, TypeVar

import msgspec

from callcenter.records.times import instant_of, shifts_of
from callcenter.rings import MICROSECONDS
from callcenter.terms import Instant, Linkedid, Uniqueid
from callcenter.tracking.records import CdrRow, CelRow, QueueRow

R = TypeVar("R", CelRow, CdrRow, QueueRow)
Raw = Mapping[str, Any]
"""A row by its columns' names."""

CEL_COLUMNS: Final = (
    "eventtype", "eventtime", "cid_name", "cid_num", "cid_ani", "cid_rdnis", "cid_dnid", "exten", "context",
    "channame", "appname", "appdata", "amaflags", "accountcode", "uniqueid", "linkedid", "peer", "userfield",
    "userdeftype", "extra",
)  # fmt: skip
"""Of a CSV file, as ``cel_custom.conf.sample`` orders them."""
CDR_COLUMNS: Final = (
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata", "start",
    "answer", "end", "duration", "billsec", "disposition", "amaflags", "uniqueid", "userfield",
)  # fmt: skip
"""Of a CSV file, as ``cdr_csv`` writes them with ``loguniqueid = yes``."""
QUEUE_COLUMNS: Final = (
    "time", "callid", "queuename", "agent", "event", "data1", "data2", "data3", "data4", "data5"
)  # fmt: skip
_EVENTS: Final = (
    "", "CHAN_START", "CHAN_END", "HANGUP", "ANSWER", "APP_START", "APP_END", "BRIDGE_ENTER", "BRIDGE_EXIT",
    "PARK_START", "PARK_END", "BLINDTRANSFER", "ATTENDEDTRANSFER", "USER_DEFINED", "LINKEDID_END", "PICKUP",
    "FORWARD", "LOCAL_OPTIMIZE", "LOCAL_OPTIMIZE_BEGIN", "STREAM_BEGIN", "STREAM_END", "DTMF",
)  # fmt: skip
"""By the number that ``cel_pgsql`` writes into a numeric column ``eventtype``."""
_DISPOSITIONS: Final = {
    "0": "NO ANSWER", "1": "NO ANSWER", "2": "FAILED", "4": "BUSY", "8": "ANSWERED", "16": "CONGESTION",
}  # fmt: skip
"""By the number that ``cdr_pgsql`` writes into a numeric column ``disposition``."""


def _cells(line: str) -> list[str]:
    """The cells of one line by itself: a quote that a crash left open costs no other line."""
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[R]):
    """One kind of records."""

    table: str
    """What its table is called unless said otherwise."""
    columns: Sequence[str]
    """Of a line in a file."""
    times: Sequence[str]
    """The column that a time is looked for in; the first of them that there is."""
    needed: Sequence[Sequence[str]]
    """Further columns without which nothing can be told; one of each."""
    row: Callable[[Raw], R | None]
    """None for a row that can't be one."""
    at: Callable[[R], Instant]
    put: Callable[[R, Instant], R]
    """The row at another time."""
    key: Callable[[R], Hashable]
    """Rows with the same one are one, written twice."""
    is_start: Callable[[R], bool]
    """Whether the row's time is that of its channel's creation, if it is the channel's first."""

    cells: Callable[[str], list[str]] = _cells
    """Of a line in a file."""

    def shifts(self, rows: Iterable[R]) -> tuple[int, ...]:
        """Microseconds by which the zone of *rows* is off, as `shifts_of` has it."""
        first: dict[Uniqueid, Instant] = {}
        for row in rows:
            if self.is_start(row):
                first[row.uniqueid] = min(self.at(row), first.get(row.uniqueid, self.at(row)))
        return shifts_of(first.items())


def _cel_row(raw: Raw) -> CelRow | None:
    at = instant_of(raw.get("eventtime"))
    uniqueid, kind = _text(raw, "uniqueid"), _text(raw, "eventtype")
    if at is None or not uniqueid or not kind:
        return None
    if kind.isdecimal():
        kind = _EVENTS[int(kind)] if len(kind) < 3 and int(kind) < len(_EVENTS) else kind
    return CelRow(
        eventtype=kind.upper(),
        at=at,
        uniqueid=Uniqueid(uniqueid),
        linkedid=Linkedid(_text(raw, "linkedid") or uniqueid),
        channame=_text(raw, "channame"),
        cid_num=_text(raw, "cid_num"),
        exten=_text(raw, "exten"),
        context=_text(raw, "context"),
        appname=_text(raw, "appname"),
        appdata=_text(raw, "appdata"),
        extra=_extra(_text(raw, "extra") or _text(raw, "eventextra")),
    )


def _cdr_row(raw: Raw) -> CdrRow | None:
    start = instant_of(raw.get("start") or raw.get("calldate"))
    uniqueid, channel = _text(raw, "uniqueid"), _text(raw, "channel")
    if start is None or not uniqueid or not channel:
        return None
    return CdrRow(
        uniqueid=Uniqueid(uniqueid),
        linkedid=Linkedid(_text(raw, "linkedid") or uniqueid),
        channel=channel,
        start=start,
        dstchannel=_text(raw, "dstchannel"),
        src=_text(raw, "src"),
        dst=_text(raw, "dst"),
        dcontext=_text(raw, "dcontext"),
        lastapp=_text(raw, "lastapp"),
        duration=_number(raw.get("duration")),
        billsec=_number(raw.get("billsec")),
        disposition=_DISPOSITIONS.get(told := _text(raw, "disposition").upper(), told),
    )


def _queue_row(raw: Raw) -> QueueRow | None:
    at = instant_of(raw.get("time"))
    uniqueid, event = _text(raw, "callid"), _text(raw, "event")
    if at is None or uniqueid in {"", "NONE"} or not event:
        return None
    data = [_text(raw, f"data{n}") for n in (1, 2, 3)] if "data1" in raw else _text(raw, "data").split("|")
    waited = data[2] if event == "ABANDON" and len(data) > 2 else ""
    return QueueRow(
        at=Instant(at // MICROSECONDS * MICROSECONDS),
        uniqueid=Uniqueid(uniqueid),
        queue=_text(raw, "queuename"),
        event=event,
        seconds=int(waited) if waited.isdecimal() and len(waited) < 8 else None,
    )


def _text(raw: Raw, name: str) -> str:
    value = raw.get(name)
    return "" if value is None else str(value)


def _number(value: Any) -> float:
    try:
        number = float(value or 0)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return number if 0 <= number < 1e9 else 0.0


def _extra(text: str) -> Mapping[str, str]:
    try:
        told = msgspec.json.decode(text or "{}", type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeError):
        return {}
    return {name: str(value) for name, value in told.items()}


CEL: Final[Kind[CelRow]] = Kind(
    table="cel",
    columns=CEL_COLUMNS,
    times=("eventtime",),
    needed=(("eventtype",), ("uniqueid",), ("linkedid",), ("channame",), ("extra", "eventextra")),
    row=_cel_row,
    at=lambda row: row.at,
    put=lambda row, at: replace(row, at=at),
    key=lambda row: (row.at, row.uniqueid, row.eventtype, row.appname, row.appdata, *row.extra.items()),
    is_start=lambda row: row.eventtype == "CHAN_START",
)
CDR: Final[Kind[CdrRow]] = Kind(
    table="cdr",
    columns=CDR_COLUMNS,
    times=("start", "calldate"),
    needed=(("uniqueid",), ("channel",), ("dstchannel",), ("duration",), ("disposition",)),
    row=_cdr_row,
    at=lambda row: row.start,
    put=lambda row, at: replace(row, start=at),
    key=lambda row: row,
    is_start=lambda _: True,
)
QUEUE_LOG: Final[Kind[QueueRow]] = Kind(
    table="queue_log",
    columns=QUEUE_COLUMNS,
    times=("time",),
    needed=(("callid",), ("event",), ("data1", "data")),
    row=_queue_row,
    at=lambda row: row.at,
    put=lambda row, at: replace(row, at=at),
    key=lambda row: row,
    is_start=lambda row: row.event == "ENTERQUEUE",
    cells=lambda line: line.split("|"),
)
