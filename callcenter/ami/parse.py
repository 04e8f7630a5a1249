"""One AMI message to one event: the only place that knows header names.

Four of five messages are needed by nobody, so a message is first looked at by name and, where
needed, for one more word; only then are single headers looked up in the bytes. A missing header is
seen here, as :class:`~callcenter.ami.events.Malformed`, and never as an empty string further in.
"""

from collections.abc import Callable
from typing import Any, Final

from callcenter.ami import events as ev
from callcenter.terms import Clock, Instant, Uniqueid

Parsed = ev.Event | ev.Malformed | None

VARIABLES: Final = frozenset(
    {b"MIXMONITOR_FILENAME", b"DIALSTATUS", b"QUEUESTATUS", b"VMSTATUS", b"CC_HOTLINE"}
)
"""The channel variables that verdicts need."""

VOICEMAIL_APPLICATIONS: Final = frozenset({b"VoiceMail", b"MinivmRecord"})
"""Dialplan applications that take a caller to voicemail (Asterisk docs)."""


class _MissingError(Exception):
    """A needed header is not there."""


def headers(message: bytes) -> dict[str, str]:
    """Every header of *message*: names as Asterisk spells them, the first value of each.
    Undecodable bytes become U+FFFD; lines without a colon are left out."""
    found: dict[str, str] = {}
    for line in message.decode("utf-8", "replace").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            found.setdefault(name, value.strip())
    return found


def event_name(message: bytes) -> bytes:
    """The message's event name, empty for a response."""
    if not message.startswith(b"Event: "):
        return b""
    end = message.find(b"\r\n", 7)
    return message[7:] if end < 0 else message[7:end]


def parse(message: bytes, arrival: Instant | None, fallback: Clock | None = Clock.ARRIVAL) -> Parsed:
    """The event in *message*, or None where nobody needs it.

    *arrival* stamps a message without a Timestamp header, and *fallback* is then its clock.
    """
    reader = _READERS.get(event_name(message))
    if reader is None:
        return None
    try:
        at = _timestamp(message)
        if at is None:
            return reader(message, {"at": arrival or Instant(0), "clock": fallback})
        return reader(message, {"at": at, "clock": Clock.PBX})
    except _MissingError as missing:
        return ev.Malformed(name=event_name(message).decode("ascii", "replace"), missing=str(missing))


Stamp = dict[str, Any]
Reader = Callable[[bytes, Stamp], Parsed]


def _text(message: bytes, key: bytes) -> str | None:
    start = message.find(key)
    if start < 0:
        return None
    start += len(key)
    end = message.find(b"\r\n", start)
    value = message[start:] if end < 0 else message[start:end]
    return value.decode("utf-8", "replace")


def _need(message: bytes, key: bytes) -> str:
    value = _text(message, key)
    if not value:
        raise _MissingError(key.decode().strip("\r\n: "))
    return value


def _or_empty(message: bytes, key: bytes) -> str:
    return _text(message, key) or ""


def _or_none(message: bytes, key: bytes) -> Any:
    return _text(message, key) or None


def _number(message: bytes, key: bytes, default: int = 0) -> int:
    value = _text(message, key)
    return int(value) if value and value.isdecimal() else default


def _timestamp(message: bytes) -> Instant | None:
    """``Timestamp: 1795277913.932406`` in microseconds; None where absent or no number."""
    start = message.find(b"\r\nTimestamp: ")
    if start < 0:
        return None
    start += 13
    end = message.find(b"\r\n", start)
    second, _, fraction = (message[start:] if end < 0 else message[start:end]).partition(b".")
    digits = second + fraction[:6].ljust(6, b"0")
    return Instant(int(digits)) if digits.isdigit() else None


def _channel(message: bytes, stamp: Stamp) -> Stamp:
    stamp["uniqueid"] = uniqueid = _need(message, b"\r\nUniqueid: ")
    stamp["channel"] = _need(message, b"\r\nChannel: ")
    stamp["linkedid"] = _text(message, b"\r\nLinkedid: ") or uniqueid
    stamp["channel_state"] = _number(message, b"\r\nChannelState: ")
    stamp["caller_id_num"] = _or_empty(message, b"\r\nCallerIDNum: ")
    stamp["context"] = _or_empty(message, b"\r\nContext: ")
    stamp["exten"] = _or_empty(message, b"\r\nExten: ")
    return stamp


def _plain(kind: Callable[..., ev.ChannelEvent]) -> Reader:
    def read(message: bytes, stamp: Stamp) -> Parsed:
        return kind(**_channel(message, stamp))

    return read


def _channel_with(kind: Callable[..., ev.ChannelEvent], **extra: bytes) -> Reader:
    def read(message: bytes, stamp: Stamp) -> Parsed:
        more = {name: _or_empty(message, key) for name, key in extra.items()}
        return kind(**_channel(message, stamp), **more)

    return read


def _dial(message: bytes, stamp: Stamp) -> Stamp:
    stamp["uniqueid"] = _or_none(message, b"\r\nUniqueid: ")
    stamp["dest_uniqueid"] = dest = _need(message, b"\r\nDestUniqueid: ")
    stamp["dest_channel"] = _need(message, b"\r\nDestChannel: ")
    stamp["dest_linkedid"] = _text(message, b"\r\nDestLinkedid: ") or dest
    stamp["dest_channel_state"] = _number(message, b"\r\nDestChannelState: ")
    stamp["dest_caller_id_num"] = _or_empty(message, b"\r\nDestCallerIDNum: ")
    stamp["dest_context"] = _or_empty(message, b"\r\nDestContext: ")
    stamp["dest_exten"] = _or_empty(message, b"\r\nDestExten: ")
    return stamp


def _dial_with(kind: Callable[..., ev.DialEvent], **extra: bytes) -> Reader:
    def read(message: bytes, stamp: Stamp) -> Parsed:
        more = {name: _or_empty(message, key) for name, key in extra.items()}
        return kind(**_dial(message, stamp), **more)

    return read


def _fields(kind: Callable[..., ev.Event], needed: dict[str, bytes], **optional: bytes) -> Reader:
    """An event without a channel snapshot: *needed* headers must be there, *optional* ones may be None."""

    def read(message: bytes, stamp: Stamp) -> Parsed:
        for name, key in needed.items():
            stamp[name] = _need(message, key)
        for name, key in optional.items():
            stamp[name] = _or_none(message, key)
        return kind(**stamp)

    return read


def _read_varset(message: bytes, stamp: Stamp) -> Parsed:
    start = message.find(b"\r\nVariable: ") + 12
    if start < 12:
        raise _MissingError("Variable")
    end = message.find(b"\r\n", start)
    name = (message[start:] if end < 0 else message[start:end]).lstrip(b"_")
    if name not in VARIABLES:
        return None
    value = _or_empty(message, b"\r\nValue: ")
    return ev.VarSet(**_channel(message, stamp), variable=name.decode(), value=value)


def _read_newexten(message: bytes, stamp: Stamp) -> Parsed:
    application = _or_empty(message, b"\r\nApplication: ")
    if application.encode() not in VOICEMAIL_APPLICATIONS:
        return None
    return ev.Newexten(**_channel(message, stamp), application=application)


def _read_hangup(message: bytes, stamp: Stamp) -> Parsed:
    return ev.Hangup(**_channel(message, stamp), cause=_number(message, b"\r\nCause: "))


def _read_pickup(message: bytes, stamp: Stamp) -> Parsed:
    target = _need(message, b"\r\nTargetUniqueid: ")
    return ev.Pickup(**_channel(message, stamp), target_uniqueid=Uniqueid(target))


def _read_user_event(message: bytes, stamp: Stamp) -> Parsed:
    if _text(message, b"\r\nUserEvent: ") != "CallcenterOffered":
        return None
    return ev.CallcenterOffered(**_channel(message, stamp), hotline=_need(message, b"\r\nHotline: "))


def _read_member(interface: bytes) -> Reader:
    def read(message: bytes, stamp: Stamp) -> Parsed:
        return ev.QueueMemberStatus(
            **stamp,
            queue=_need(message, b"\r\nQueue: "),
            interface=_text(message, b"\r\nStateInterface: ") or _need(message, interface),
            status=_number(message, b"\r\nStatus: "),
        )

    return read


def _read_fully_booted(message: bytes, stamp: Stamp) -> Parsed:
    uptime = _number(message, b"\r\nUptime: ", -1)
    return ev.FullyBooted(**stamp, uptime=None if uptime < 0 else uptime)


def _read_status(message: bytes, stamp: Stamp) -> Parsed:
    """A Status list item; a response line of the same name has no Channel and is not ours."""
    return ev.Status(
        **_channel(message, stamp),
        application=_or_empty(message, b"\r\nApplication: "),
        bridge_id=_or_empty(message, b"\r\nBridgeID: "),
        dnid=_or_empty(message, b"\r\nDNID: "),
        variables=_variables(message),
    )


def _variables(message: bytes) -> tuple[tuple[str, str], ...]:
    lines = message.decode("utf-8", "replace").split("\r\n")
    pairs = (line[10:].partition("=") for line in lines if line.startswith("Variable: "))
    return tuple((name, value) for name, _, value in pairs if value not in ("", "(null)"))


def _bare(kind: Callable[..., ev.Event]) -> Reader:
    def read(_message: bytes, stamp: Stamp) -> Parsed:
        return kind(**stamp)

    return read


_BRIDGE: Final = {
    "bridge_uniqueid": b"\r\nBridgeUniqueid: ",
    "bridge_type": b"\r\nBridgeType: ",
    "bridge_technology": b"\r\nBridgeTechnology: ",
}
_PARKEE: Final = {"parkee_uniqueid": b"\r\nParkeeUniqueid: "}

_READERS: Final[dict[bytes, Reader]] = {
    b"Newchannel": _plain(ev.Newchannel),
    b"Newstate": _plain(ev.Newstate),
    b"Rename": _fields(ev.Rename, {"uniqueid": b"\r\nUniqueid: ", "newname": b"\r\nNewname: "}),
    b"Newexten": _read_newexten,
    b"VarSet": _read_varset,
    b"DialBegin": _dial_with(ev.DialBegin, dial_string=b"\r\nDialString: "),
    b"DialState": _dial_with(ev.DialState, dial_status=b"\r\nDialStatus: "),
    b"DialEnd": _dial_with(ev.DialEnd, dial_status=b"\r\nDialStatus: ", forward=b"\r\nForward: "),
    b"BridgeEnter": _channel_with(ev.BridgeEnter, **_BRIDGE),
    b"BridgeLeave": _channel_with(ev.BridgeLeave, bridge_uniqueid=b"\r\nBridgeUniqueid: "),
    b"Hangup": _read_hangup,
    b"HangupRequest": _plain(ev.HangupRequest),
    b"Hold": _plain(ev.Hold),
    b"Unhold": _plain(ev.Unhold),
    b"LocalBridge": _fields(
        ev.LocalBridge,
        {"local_one_uniqueid": b"\r\nLocalOneUniqueid: ", "local_two_uniqueid": b"\r\nLocalTwoUniqueid: "},
    ),
    b"Pickup": _read_pickup,
    b"BlindTransfer": _fields(
        ev.BlindTransfer,
        {
            "transferer_uniqueid": b"\r\nTransfererUniqueid: ",
            "extension": b"\r\nExtension: ",
            "result": b"\r\nResult: ",
        },
        transferee_uniqueid=b"\r\nTransfereeUniqueid: ",
    ),
    b"AttendedTransfer": _fields(
        ev.AttendedTransfer,
        {"orig_transferer_uniqueid": b"\r\nOrigTransfererUniqueid: ", "result": b"\r\nResult: "},
        second_transferer_uniqueid=b"\r\nSecondTransfererUniqueid: ",
        transferee_uniqueid=b"\r\nTransfereeUniqueid: ",
        transfer_target_uniqueid=b"\r\nTransferTargetUniqueid: ",
        transfer_target_channel=b"\r\nTransferTargetChannel: ",
        dest_bridge_uniqueid=b"\r\nDestBridgeUniqueid: ",
    ),
    b"ParkedCall": _fields(
        ev.ParkedCall,
        {
            **_PARKEE,
            "parking_space": b"\r\nParkingSpace: ",
            "parker_dial_string": b"\r\nParkerDialString: ",
        },
    ),
    b"UnParkedCall": _fields(ev.UnParkedCall, _PARKEE, retriever_uniqueid=b"\r\nRetrieverUniqueid: "),
    b"MixMonitorStop": _plain(ev.MixMonitorStop),
    b"QueueCallerJoin": _channel_with(ev.QueueCallerJoin, queue=b"\r\nQueue: "),
    b"QueueCallerLeave": _channel_with(ev.QueueCallerLeave, queue=b"\r\nQueue: "),
    b"QueueMemberStatus": _read_member(b"\r\nInterface: "),
    b"QueueMember": _read_member(b"\r\nLocation: "),
    b"UserEvent": _read_user_event,
    b"FullyBooted": _read_fully_booted,
    b"Shutdown": _bare(ev.Shutdown),
    b"CoreShowChannel": _channel_with(
        ev.CoreShowChannel, application=b"\r\nApplication: ", bridge_id=b"\r\nBridgeId: "
    ),
    b"Status": _read_status,
    b"CoreShowChannelsComplete": _bare(ev.ChannelsComplete),
    b"StatusComplete": _bare(ev.ChannelsComplete),
    b"BridgeListItem": _fields(
        ev.BridgeListItem,
        {"bridge_uniqueid": b"\r\nBridgeUniqueid: ", "bridge_type": b"\r\nBridgeType: "},
        bridge_technology=b"\r\nBridgeTechnology: ",
    ),
    b"QueueEntry": _fields(ev.QueueEntry, {"queue": b"\r\nQueue: ", "uniqueid": b"\r\nUniqueid: "}),
}

NEEDED: Final = frozenset(name.decode() for name in _READERS)
"""Names of all events that the tracker reads: what a filter at the PBX must let through."""
