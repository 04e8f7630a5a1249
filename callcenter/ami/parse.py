"""One AMI message to one event: the only place that knows header names.

Four of five messages are needed by nobody, so a message is first looked at by name and, where
needed, for one more word; only then are its headers read (:mod:`callcenter.ami.form`). A missing header
is seen here, as :class:`~callcenter.ami.events.Malformed`, and never as an empty string further in.
"""

import re
from collections.abc import Collection
from typing import Any, Final

from callcenter.ami import events as ev
from callcenter.ami import shapes
from callcenter.ami.form import Form, Parsed, Wanted
from callcenter.terms import Clock, Instant

VARIABLES: Final = frozenset(
    {b"MIXMONITOR_FILENAME", b"DIALSTATUS", b"QUEUESTATUS", b"VMSTATUS", b"CC_HOTLINE"}
)
"""The channel variables that verdicts need."""

VOICEMAIL_APPLICATIONS: Final = frozenset({b"VoiceMail", b"MinivmRecord"})
"""Dialplan applications that take a caller to voicemail (Asterisk docs)."""

OFFERED: Final = "CallcenterOffered"
USER_EVENTS: Final = frozenset(
    name.encode()
    for name in (
        OFFERED, "CallcenterRouted", "CallcenterStep", "CallcenterSkipped", "CallcenterConfirmed",
        "CallcenterUnstaffed", "CallcenterAlert", "CallcenterForced", "CallcenterSigned",
    )
)  # fmt: skip
"""What our dialplan library tells (``UserEvent``)."""


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
    if form is None or (form.wanted is not None and form.wanted(message) is None):
        return None
    return form.read(message.decode("utf-8", "replace"), arrival, fallback)


def _last(header: str, values: Collection[bytes], *, lead: str = "", absent: bool = False) -> Wanted:
    """Whether *header*, after any *lead*, has one of the *values*; *absent*: or is not there at all.

    It is looked for from the end, where those are that tell messages of one name apart, and in one go:
    most messages of all are only looked at.
    """
    known = b"|".join(map(re.escape, sorted(values))).decode()
    found = f"(?>(.*\r\n{header}: ){'?' if absent else ''})"
    return re.compile(f"{found}(?(1){lead}(?:{known})(?:\r\n|\\Z))".encode(), re.DOTALL).match


def _said(*, name: str, hotline: str, **rest: Any) -> ev.ChannelEvent | ev.Malformed:
    """What our dialplan says. A caller who is offered is offered to a hotline."""
    if name != OFFERED:
        return ev.DialplanSaid(name=name, hotline=hotline, **rest)
    if not hotline:
        return ev.Malformed(name="UserEvent", missing="Hotline")
    snapshot = {field: rest[field] for field in ev.CallcenterOffered.__struct_fields__ if field in rest}
    return ev.CallcenterOffered(hotline=hotline, **snapshot)


def _status(*, variables: tuple[str, ...], **rest: Any) -> ev.Status:
    """A Status list item; a response line of the same name has no Channel and is not ours."""
    pairs = (variable.partition("=") for variable in variables)
    return ev.Status(
        variables=tuple((name, value) for name, _, value in pairs if value not in ("", "(null)")), **rest
    )


_QUEUE: Final = {"queue": "Queue"}
_QUEUE_LINES: Final = (*shapes.LINES, "Queue")
_SAID: Final = {
    "name": "UserEvent", "hotline": "Hotline", "mode": "Mode", "why": "Why", "step": "Step", "role": "Role",
    "person": "Person", "phone": "Phone", "until": "Until", "sign": "Kind",
}  # fmt: skip
_PARKEE: Final = {"parkee_uniqueid": "ParkeeUniqueid"}

_BY_NAME: Final[dict[str, Form]] = {
    "Newchannel": shapes.snapshot(ev.Newchannel),
    "Newstate": shapes.snapshot(ev.Newstate),
    "Rename": shapes.fields(ev.Rename, {"uniqueid": "Uniqueid", "newname": "Newname"}),
    "Newexten": shapes.with_channel(
        ev.Newexten,
        {"application": "Application"},
        needed=("Application",),
        wanted=_last("Application", VOICEMAIL_APPLICATIONS),
    ),
    "VarSet": shapes.varset(_last("Variable", VARIABLES, lead="_*+", absent=True)),
    "DialBegin": shapes.dial_begin(),
    "DialState": shapes.dial_state(),
    "DialEnd": shapes.dial_end(),
    "BridgeEnter": shapes.bridge_enter(),
    "BridgeLeave": shapes.bridge_leave(),
    "Hangup": shapes.hangup(),
    "HangupRequest": shapes.snapshot(ev.HangupRequest),
    "Hold": shapes.snapshot(ev.Hold),
    "Unhold": shapes.snapshot(ev.Unhold),
    "LocalBridge": shapes.fields(
        ev.LocalBridge,
        {"local_one_uniqueid": "LocalOneUniqueid", "local_two_uniqueid": "LocalTwoUniqueid"},
    ),
    "Pickup": shapes.with_channel(
        ev.Pickup, {"target_uniqueid": "TargetUniqueid"}, needed=("TargetUniqueid",)
    ),
    "BlindTransfer": shapes.fields(
        ev.BlindTransfer,
        {
            "transferer_uniqueid": "TransfererUniqueid",
            "extension": "Extension",
            "result": "Result",
        },
        transferee_uniqueid="TransfereeUniqueid",
    ),
    "AttendedTransfer": shapes.fields(
        ev.AttendedTransfer,
        {"orig_transferer_uniqueid": "OrigTransfererUniqueid", "result": "Result"},
        second_transferer_uniqueid="SecondTransfererUniqueid",
        transferee_uniqueid="TransfereeUniqueid",
        transfer_target_uniqueid="TransferTargetUniqueid",
        transfer_target_channel="TransferTargetChannel",
        dest_bridge_uniqueid="DestBridgeUniqueid",
    ),
    "ParkedCall": shapes.fields(
        ev.ParkedCall,
        {
            **_PARKEE,
            "parking_space": "ParkingSpace",
            "parker_dial_string": "ParkerDialString",
        },
    ),
    "UnParkedCall": shapes.fields(ev.UnParkedCall, _PARKEE, retriever_uniqueid="RetrieverUniqueid"),
    "MixMonitorStop": shapes.snapshot(ev.MixMonitorStop),
    "QueueCallerJoin": shapes.with_channel(ev.QueueCallerJoin, _QUEUE, order=_QUEUE_LINES),
    "QueueCallerLeave": shapes.with_channel(ev.QueueCallerLeave, _QUEUE, order=_QUEUE_LINES),
    "QueueMemberStatus": shapes.member("QueueMemberStatus", "Interface", *shapes.MEMBER_LINES),
    "QueueMember": shapes.member("QueueMember", "Location"),
    "UserEvent": shapes.with_channel(_said, _SAID, wanted=_last("UserEvent", USER_EVENTS)),
    "FullyBooted": shapes.fully_booted(),
    "Shutdown": shapes.bare(ev.Shutdown),
    "CoreShowChannel": shapes.with_channel(
        ev.CoreShowChannel, {"application": "Application", "bridge_id": "BridgeId"}
    ),
    "Status": shapes.with_channel(
        _status,
        {"application": "Application", "bridge_id": "BridgeID", "dnid": "DNID"},
        each={"variables": "Variable"},
    ),
    "CoreShowChannelsComplete": shapes.bare(ev.ChannelsComplete),
    "StatusComplete": shapes.bare(ev.ChannelsComplete),
    "BridgeListItem": shapes.fields(
        ev.BridgeListItem,
        {"bridge_uniqueid": "BridgeUniqueid", "bridge_type": "BridgeType"},
        bridge_technology="BridgeTechnology",
    ),
    "QueueEntry": shapes.fields(ev.QueueEntry, {"queue": "Queue", "uniqueid": "Uniqueid"}),
}

_FORMS: Final = {f"Event: {name}".encode(): form for name, form in _BY_NAME.items()}
"""By a message's first line."""

NEEDED: Final = frozenset(_BY_NAME)
"""Names of all events that the tracker reads: what a filter at the PBX must let through."""
