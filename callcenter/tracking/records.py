"""Asterisk's own records of calls (CEL, CDR), as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from callcenter.terms import Instant, Linkedid, Uniqueid


@dataclass(frozen=True, slots=True, kw_only=True)
class CelRow:
    """One row of the channel event log, in Asterisk's own words (``cel.conf``)."""

    eventtype: str
    """``CHAN_START``, ``ANSWER``, ``BRIDGE_ENTER`` …"""
    at: Instant
    """``eventtime``."""
    uniqueid: Uniqueid
    linkedid: Linkedid
    channame: str
    cid_num: str = ""
    exten: str = ""
    context: str = ""
    appname: str = ""
    """What the channel runs at that moment, also where applications' own events are not logged."""
    appdata: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
    """The JSON object in ``extra``, values as text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CdrRow:
    """One call detail record: one leg of a call. Its times are whole seconds, its lengths perhaps finer."""

    uniqueid: Uniqueid
    """Of the dialling channel."""
    linkedid: Linkedid
    """The same, where the records don't hold it."""
    channel: str
    start: Instant
    dstchannel: str = ""
    src: str = ""
    dst: str = ""
    dcontext: str = ""
    lastapp: str = ""
    duration: float = 0.0
    """Seconds from *start* to the end."""
    billsec: float = 0.0
    """Seconds since the *dialling* channel was answered, be it by the dialplan itself."""
    disposition: str = ""
    """``ANSWERED``, ``NO ANSWER``, ``BUSY``, ``FAILED``, ``CONGESTION``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One line of ``queue_log`` about a caller."""

    at: Instant
    """The whole second."""
    uniqueid: Uniqueid
    queue: str
    event: str
    """``ENTERQUEUE``, ``CONNECT``, ``ABANDON``, ``EXITWITHTIMEOUT`` …"""
    seconds: int | None = None
    """Of an ``ABANDON``: how long the caller had waited."""
