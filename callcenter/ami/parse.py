"""One AMI message to one event: the only place that knows header names.

Four of five messages are needed by nobody, so a message is first looked at by name and, where
needed, for one more word; only then are single headers looked up in the bytes. A missing header is
seen here, as :class:`~callcenter.ami.events.Malformed`, and never as an empty string further in.
"""

import re
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
    form = _FORMS.get(message.partition(b"\r\n")[0])
    if form is None or (form.wanted is not None and not form.wanted(message)):
        return None
    text = message.decode("utf-8", "replace")
    found = dict(reversed(form.find(text)))  # of two headers with one name the first is read
    at = _micro(found.get("Timestamp", ""))
    stamp: Stamp = {"at": at, "clock": Clock.PBX}
    if at is None:
        stamp = {"at": arrival or Instant(0), "clock": fallback}
    try:
        return form.build(found, stamp, text)
    except KeyError as missing:
        return ev.Malformed(name=event_name(message).decode("ascii", "replace"), missing=missing.args[0])


Stamp = dict[str, Any]
"""The fields of an event in the making."""
Found = dict[str, str]
"""The headers asked for, none of them empty; a needed one that is not there is a KeyError."""
Build = Callable[[Found, Stamp, str], ev.Event]


class _Form:
    """How messages of one name are read: which headers, what is made of them, and which are *wanted*.

    One pass of a regular expression is the fastest way to a few headers out of many.
    """

    __slots__ = ("build", "find", "wanted")

    def __init__(self, build: Build, *names: str, wanted: Callable[[bytes], bool] | None = None) -> None:
        pattern = re.compile(f"\r\n({'|'.join(['Timestamp', *names])}): ([^\r]+)")
        self.find: Callable[[str], list[tuple[str, str]]] = pattern.findall
        self.build = build
        self.wanted = wanted


def _micro(timestamp: str) -> Instant | None:
    """``1795277913.932406`` in microseconds; None where it is no number, or beyond the year 2286."""
    second, _, fraction = timestamp.partition(".")
    digits = second + fraction[:6].ljust(6, "0")
    return Instant(int(digits)) if 1 <= len(second) <= 10 and digits.isdecimal() else None


def _number(value: str | None, default: int = 0) -> int:
    return int(value) if value is not None and len(value) < 10 and value.isdecimal() else default


_SNAPSHOT: Final = ("Uniqueid", "Channel", "Linkedid", "ChannelState", "CallerIDNum", "Context", "Exten")


def _snapshot(found: Found, stamp: Stamp) -> Stamp:
    stamp["uniqueid"] = uniqueid = found["Uniqueid"]
    stamp["channel"] = found["Channel"]
    stamp["linkedid"] = found.get("Linkedid", uniqueid)
    stamp["channel_state"] = _number(found.get("ChannelState"))
    stamp["caller_id_num"] = found.get("CallerIDNum", "")
    stamp["context"] = found.get("Context", "")
    stamp["exten"] = found.get("Exten", "")
    return stamp


def _channel(kind: Callable[..., ev.ChannelEvent], **extra: str) -> _Form:
    """An event with a channel's snapshot, and the headers *extra* by field."""

    def build(found: Found, stamp: Stamp, _text: str) -> ev.Event:
        _snapshot(found, stamp)
        for field, name in extra.items():
            stamp[field] = found.get(name, "")
        return kind(**stamp)

    return _Form(build, *_SNAPSHOT, *extra.values())


_DESTINATION: Final = (
    *("Uniqueid", "DestUniqueid", "DestChannel", "DestLinkedid"),
    *("DestChannelState", "DestCallerIDNum", "DestContext", "DestExten"),
)


def _dial(kind: Callable[..., ev.DialEvent], **extra: str) -> _Form:
    """An event about one channel's dialling of another, and the headers *extra* by field."""

    def build(found: Found, stamp: Stamp, _text: str) -> ev.Event:
        stamp["uniqueid"] = found.get("Uniqueid")
        stamp["dest_uniqueid"] = dest = found["DestUniqueid"]
        stamp["dest_channel"] = found["DestChannel"]
        stamp["dest_linkedid"] = found.get("DestLinkedid", dest)
        stamp["dest_channel_state"] = _number(found.get("DestChannelState"))
        stamp["dest_caller_id_num"] = found.get("DestCallerIDNum", "")
        stamp["dest_context"] = found.get("DestContext", "")
        stamp["dest_exten"] = found.get("DestExten", "")
        for field, name in extra.items():
            stamp[field] = found.get(name, "")
        return kind(**stamp)

    return _Form(build, *_DESTINATION, *extra.values())


def _fields(kind: Callable[..., ev.Event], needed: dict[str, str], **optional: str) -> _Form:
    """An event without a channel snapshot: *needed* headers must be there, *optional* ones may be None."""

    def build(found: Found, stamp: Stamp, _text: str) -> ev.Event:
        for field, name in needed.items():
            stamp[field] = found[name]
        for field, name in optional.items():
            stamp[field] = found.get(name)
        return kind(**stamp)

    return _Form(build, *needed.values(), *optional.values())


def _value(message: bytes, key: bytes) -> bytes | None:
    """One header alone, for a quick look; *key* is its name between line end and colon with blank."""
    start = message.find(key)
    if start < 0:
        return None
    start += len(key)
    end = message.find(b"\r\n", start)
    return message[start:] if end < 0 else message[start:end]


def _verdicts_need(message: bytes) -> bool:
    """Whether the variable that was set is one of ours, or the message does not say which it was."""
    name = _value(message, b"\r\nVariable: ")
    return name is None or name.lstrip(b"_") in VARIABLES


def _varset(found: Found, stamp: Stamp, _text: str) -> ev.Event:
    variable = found["Variable"].lstrip("_")
    return ev.VarSet(**_snapshot(found, stamp), variable=variable, value=found.get("Value", ""))


def _leads_to_voicemail(message: bytes) -> bool:
    return _value(message, b"\r\nApplication: ") in VOICEMAIL_APPLICATIONS


def _newexten(found: Found, stamp: Stamp, _text: str) -> ev.Event:
    return ev.Newexten(**_snapshot(found, stamp), application=found["Application"])


def _hangup(found: Found, stamp: Stamp, _text: str) -> ev.Event:
    return ev.Hangup(**_snapshot(found, stamp), cause=_number(found.get("Cause")))


def _pickup(found: Found, stamp: Stamp, _text: str) -> ev.Event:
    target = Uniqueid(found["TargetUniqueid"])
    return ev.Pickup(**_snapshot(found, stamp), target_uniqueid=target)


def _is_offer(message: bytes) -> bool:
    return _value(message, b"\r\nUserEvent: ") == b"CallcenterOffered"


def _offer(found: Found, stamp: Stamp, _text: str) -> ev.Event:
    return ev.CallcenterOffered(**_snapshot(found, stamp), hotline=found["Hotline"])


def _member(interface: str) -> _Form:
    """A queue member's state; the header *interface* names it unless another device is watched."""

    def build(found: Found, stamp: Stamp, _text: str) -> ev.Event:
        stamp["queue"] = found["Queue"]
        stamp["interface"] = found.get("StateInterface") or found[interface]
        stamp["status"] = _number(found.get("Status"))
        return ev.QueueMemberStatus(**stamp)

    return _Form(build, "Queue", "StateInterface", interface, "Status")


def _fully_booted(found: Found, stamp: Stamp, _text: str) -> ev.Event:
    uptime = _number(found.get("Uptime"), -1)
    return ev.FullyBooted(**stamp, uptime=None if uptime < 0 else uptime)


def _status(found: Found, stamp: Stamp, text: str) -> ev.Event:
    """A Status list item; a response line of the same name has no Channel and is not ours."""
    return ev.Status(
        **_snapshot(found, stamp),
        application=found.get("Application", ""),
        bridge_id=found.get("BridgeID", ""),
        dnid=found.get("DNID", ""),
        variables=_variables(text),
    )


def _variables(text: str) -> tuple[tuple[str, str], ...]:
    pairs = (line[10:].partition("=") for line in text.split("\r\n") if line.startswith("Variable: "))
    return tuple((name, value) for name, _, value in pairs if value not in ("", "(null)"))


def _bare(kind: Callable[..., ev.Event]) -> _Form:
    return _Form(lambda _found, stamp, _text: kind(**stamp))


_BRIDGE: Final = {
    "bridge_uniqueid": "BridgeUniqueid",
    "bridge_type": "BridgeType",
    "bridge_technology": "BridgeTechnology",
}
_PARKEE: Final = {"parkee_uniqueid": "ParkeeUniqueid"}

_BY_NAME: Final[dict[str, _Form]] = {
    "Newchannel": _channel(ev.Newchannel),
    "Newstate": _channel(ev.Newstate),
    "Rename": _fields(ev.Rename, {"uniqueid": "Uniqueid", "newname": "Newname"}),
    "Newexten": _Form(_newexten, *_SNAPSHOT, "Application", wanted=_leads_to_voicemail),
    "VarSet": _Form(_varset, *_SNAPSHOT, "Variable", "Value", wanted=_verdicts_need),
    "DialBegin": _dial(ev.DialBegin, dial_string="DialString"),
    "DialState": _dial(ev.DialState, dial_status="DialStatus"),
    "DialEnd": _dial(ev.DialEnd, dial_status="DialStatus", forward="Forward"),
    "BridgeEnter": _channel(ev.BridgeEnter, **_BRIDGE),
    "BridgeLeave": _channel(ev.BridgeLeave, bridge_uniqueid="BridgeUniqueid"),
    "Hangup": _Form(_hangup, *_SNAPSHOT, "Cause"),
    "HangupRequest": _channel(ev.HangupRequest),
    "Hold": _channel(ev.Hold),
    "Unhold": _channel(ev.Unhold),
    "LocalBridge": _fields(
        ev.LocalBridge,
        {"local_one_uniqueid": "LocalOneUniqueid", "local_two_uniqueid": "LocalTwoUniqueid"},
    ),
    "Pickup": _Form(_pickup, *_SNAPSHOT, "TargetUniqueid"),
    "BlindTransfer": _fields(
        ev.BlindTransfer,
        {
            "transferer_uniqueid": "TransfererUniqueid",
            "extension": "Extension",
            "result": "Result",
        },
        transferee_uniqueid="TransfereeUniqueid",
    ),
    "AttendedTransfer": _fields(
        ev.AttendedTransfer,
        {"orig_transferer_uniqueid": "OrigTransfererUniqueid", "result": "Result"},
        second_transferer_uniqueid="SecondTransfererUniqueid",
        transferee_uniqueid="TransfereeUniqueid",
        transfer_target_uniqueid="TransferTargetUniqueid",
        transfer_target_channel="TransferTargetChannel",
        dest_bridge_uniqueid="DestBridgeUniqueid",
    ),
    "ParkedCall": _fields(
        ev.ParkedCall,
        {
            **_PARKEE,
            "parking_space": "ParkingSpace",
            "parker_dial_string": "ParkerDialString",
        },
    ),
    "UnParkedCall": _fields(ev.UnParkedCall, _PARKEE, retriever_uniqueid="RetrieverUniqueid"),
    "MixMonitorStop": _channel(ev.MixMonitorStop),
    "QueueCallerJoin": _channel(ev.QueueCallerJoin, queue="Queue"),
    "QueueCallerLeave": _channel(ev.QueueCallerLeave, queue="Queue"),
    "QueueMemberStatus": _member("Interface"),
    "QueueMember": _member("Location"),
    "UserEvent": _Form(_offer, *_SNAPSHOT, "Hotline", wanted=_is_offer),
    "FullyBooted": _Form(_fully_booted, "Uptime"),
    "Shutdown": _bare(ev.Shutdown),
    "CoreShowChannel": _channel(ev.CoreShowChannel, application="Application", bridge_id="BridgeId"),
    "Status": _Form(_status, *_SNAPSHOT, "Application", "BridgeID", "DNID"),
    "CoreShowChannelsComplete": _bare(ev.ChannelsComplete),
    "StatusComplete": _bare(ev.ChannelsComplete),
    "BridgeListItem": _fields(
        ev.BridgeListItem,
        {"bridge_uniqueid": "BridgeUniqueid", "bridge_type": "BridgeType"},
        bridge_technology="BridgeTechnology",
    ),
    "QueueEntry": _fields(ev.QueueEntry, {"queue": "Queue", "uniqueid": "Uniqueid"}),
}

_FORMS: Final = {f"Event: {name}".encode(): form for name, form in _BY_NAME.items()}
"""By a message's first line."""

NEEDED: Final = frozenset(_BY_NAME)
"""Names of all events that the tracker reads: what a filter at the PBX must let through."""
