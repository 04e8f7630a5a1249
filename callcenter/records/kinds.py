"""The two kinds of records: their columns, and a row of these as the domain has it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, TypeVar

import msgspec

from callcenter.records.times import instant_of, shift_of
from callcenter.terms import Instant, Linkedid, Uniqueid
from callcenter.tracking.records import CdrRow, CelRow

R = TypeVar("R", CelRow, CdrRow)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[R]):
    """One kind of records."""

    table: str
    """What its table is called unless said otherwise."""
    columns: Sequence[str]
    time: str
    """The column that a time is looked for in."""
    row: Callable[[Raw], R | None]
    """None for a row that can't be one."""
    at: Callable[[R], Instant]
    moved: Callable[[R, int], R]
    """The row, so many microseconds later."""
    is_start: Callable[[R], bool]
    """Whether the row's time is that of its channel's creation, if it is the channel's first."""

    def shift(self, rows: Iterable[R]) -> int:
        """Microseconds by which the zone of *rows* is off."""
        first: dict[Uniqueid, Instant] = {}
        for row in rows:
            if self.is_start(row):
                first[row.uniqueid] = min(self.at(row), first.get(row.uniqueid, self.at(row)))
        return shift_of(first.items())


def _cel_row(raw: Raw) -> CelRow | None:
    at = instant_of(raw.get("eventtime"))
    uniqueid, kind = _text(raw, "uniqueid"), _text(raw, "eventtype")
    if at is None or not uniqueid or not kind:
        return None
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
        disposition=_text(raw, "disposition").upper(),
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
    time="eventtime",
    row=_cel_row,
    at=lambda row: row.at,
    moved=lambda row, us: replace(row, at=Instant(row.at + us)),
    is_start=lambda row: row.eventtype == "CHAN_START",
)
CDR: Final[Kind[CdrRow]] = Kind(
    table="cdr",
    columns=CDR_COLUMNS,
    time="start",
    row=_cdr_row,
    at=lambda row: row.start,
    moved=lambda row, us: replace(row, start=Instant(row.start + us)),
    is_start=lambda _: True,
)
