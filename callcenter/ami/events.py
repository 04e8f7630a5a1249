"""AMI events as the tracker takes them: Asterisk's own names, so that its manual documents them.

Header names are in snake case (``DestUniqueid`` is ``dest_uniqueid``). Each event carries the
instant it is judged by. Channel states are Asterisk's numbers: 0 Down, 4 Ring (an incoming channel),
5 Ringing (an outgoing one), 6 Up, 7 Busy (an incoming one that was refused, whatever for).

They are msgspec's structs rather than dataclasses, because hundreds of thousands are made in a minute:
a frozen dataclass takes six times as long to make.
"""

from typing import Final

import msgspec

from callcenter.terms import Clock, Instant, Linkedid, Uniqueid

DOWN: Final = 0
RING: Final = 4
RINGING: Final = 5
UP: Final = 6
BUSY: Final = 7


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Anything that happens, with its time."""

    at: Instant
    """AMI's Timestamp; where there is none, when the bytes arrived."""
    clock: Clock | None
    """Which of the two; None where neither is known and *at* only orders."""


class ChannelEvent(Event, frozen=True, kw_only=True):
    """An event with a channel's snapshot."""

    uniqueid: Uniqueid
    channel: str
    """The channel's name, e.g. ``PJSIP/trunk-0000001c``."""
    linkedid: Linkedid
    channel_state: int
    caller_id_num: str
    context: str
    exten: str


class Newchannel(ChannelEvent, frozen=True, kw_only=True):
    """A channel was created."""


class Newstate(ChannelEvent, frozen=True, kw_only=True):
    """A channel changed its state."""


class Rename(Event, frozen=True, kw_only=True):
    """A channel took another name (a masquerade)."""

    uniqueid: Uniqueid
    newname: str


class Newexten(ChannelEvent, frozen=True, kw_only=True):
    """A channel entered a dialplan step. Only steps that take a caller to voicemail are read."""

    application: str


class VarSet(ChannelEvent, frozen=True, kw_only=True):
    """A channel variable was set; only those that verdicts need are read."""

    variable: str
    """Without the underscores that make it inherited."""
    value: str


class DialEvent(Event, frozen=True, kw_only=True):
    """One channel dials another. An originated channel has no dialling one."""

    uniqueid: Uniqueid | None
    dest_uniqueid: Uniqueid
    dest_channel: str
    dest_linkedid: Linkedid
    dest_channel_state: int
    dest_caller_id_num: str
    dest_context: str
    dest_exten: str


class DialBegin(DialEvent, frozen=True, kw_only=True):
    """The leg is being called."""

    dial_string: str


class DialState(DialEvent, frozen=True, kw_only=True):
    """The leg reported progress."""

    dial_status: str


class DialEnd(DialEvent, frozen=True, kw_only=True):
    """The dialling of the leg ended."""

    dial_status: str
    forward: str


class BridgeEnter(ChannelEvent, frozen=True, kw_only=True):
    """A channel entered a bridge."""

    bridge_uniqueid: str
    bridge_type: str
    bridge_technology: str


class BridgeLeave(ChannelEvent, frozen=True, kw_only=True):
    """A channel left a bridge."""

    bridge_uniqueid: str


class Hangup(ChannelEvent, frozen=True, kw_only=True):
    """A channel is gone."""

    cause: int
    """ITU-T Q.850."""


class HangupRequest(ChannelEvent, frozen=True, kw_only=True):
    """The far end of a channel asked to hang up."""


class Hold(ChannelEvent, frozen=True, kw_only=True):
    """The far end of a channel put it on hold."""


class Unhold(ChannelEvent, frozen=True, kw_only=True):
    """The far end of a channel came back from hold."""


class LocalBridge(Event, frozen=True, kw_only=True):
    """The two halves of a Local channel."""

    local_one_uniqueid: Uniqueid
    local_two_uniqueid: Uniqueid


class Pickup(ChannelEvent, frozen=True, kw_only=True):
    """A channel takes a call that rings at another."""

    target_uniqueid: Uniqueid


class BlindTransfer(Event, frozen=True, kw_only=True):
    """A phone sent its partner to an extension."""

    transferer_uniqueid: Uniqueid
    transferee_uniqueid: Uniqueid | None
    extension: str
    result: str


class AttendedTransfer(Event, frozen=True, kw_only=True):
    """A phone joined the partners of its two calls."""

    orig_transferer_uniqueid: Uniqueid
    second_transferer_uniqueid: Uniqueid | None
    transferee_uniqueid: Uniqueid | None
    transfer_target_uniqueid: Uniqueid | None
    transfer_target_channel: str | None
    dest_bridge_uniqueid: str | None
    """Where transferee and target meet, when it is a bridge."""
    result: str


class ParkedCall(Event, frozen=True, kw_only=True):
    """A channel was put into a parking lot."""

    parkee_uniqueid: Uniqueid
    parker_dial_string: str
    parking_space: str


class UnParkedCall(Event, frozen=True, kw_only=True):
    """A parked channel was fetched."""

    parkee_uniqueid: Uniqueid
    retriever_uniqueid: Uniqueid | None


class MixMonitorStop(ChannelEvent, frozen=True, kw_only=True):
    """A recording was stopped before its channel's end."""


class QueueCallerJoin(ChannelEvent, frozen=True, kw_only=True):
    """A caller joined a queue."""

    queue: str


class QueueCallerLeave(ChannelEvent, frozen=True, kw_only=True):
    """A caller left a queue, for whatever reason."""

    queue: str


class QueueMemberStatus(Event, frozen=True, kw_only=True):
    """A queue member's device state, live or read back."""

    queue: str
    interface: str
    status: int
    """Asterisk's device state: 1 not in use, 2 in use, 3 busy, 4 invalid, 5 unavailable, 6 ringing,
    7 ringing and in use, 8 on hold."""


class CallcenterOffered(ChannelEvent, frozen=True, kw_only=True):
    """Our dialplan says that this caller reached a hotline (``UserEvent(CallcenterOffered)``)."""

    hotline: str


class DialplanSaid(ChannelEvent, frozen=True, kw_only=True):
    """Our dialplan library says what it does (``UserEvent(Callcenter…)``). What one has no header for is
    empty."""

    name: str
    """Without ``CallcenterOffered``, which is an event of its own."""
    hotline: str
    mode: str
    why: str
    step: str
    role: str
    person: str
    phone: str
    until: str
    """Unix seconds, 0 for no end."""
    sign: str
    """``in`` or ``out``; the header is Kind."""


class FullyBooted(Event, frozen=True, kw_only=True):
    """The PBX greets after a login."""

    uptime: int | None
    """Seconds since the PBX started."""


class Shutdown(Event, frozen=True, kw_only=True):
    """The PBX goes down in an orderly way."""


class CoreShowChannel(ChannelEvent, frozen=True, kw_only=True):
    """A channel that exists, read back after a login."""

    application: str
    bridge_id: str


class Status(ChannelEvent, frozen=True, kw_only=True):
    """A channel that exists, with its variables, read back after a login."""

    application: str
    bridge_id: str
    dnid: str
    variables: tuple[tuple[str, str], ...]


class ChannelsComplete(Event, frozen=True, kw_only=True):
    """The list of channels has been read back in full (CoreShowChannelsComplete, StatusComplete)."""


class BridgeListItem(Event, frozen=True, kw_only=True):
    """A bridge that exists, read back after a login."""

    bridge_uniqueid: str
    bridge_type: str
    bridge_technology: str


class QueueEntry(Event, frozen=True, kw_only=True):
    """A caller who waits in a queue, read back after a login."""

    queue: str
    uniqueid: Uniqueid


class Connected(Event, frozen=True, kw_only=True):
    """We are logged in (again). Made by us, not by the PBX."""


class Disconnected(Event, frozen=True, kw_only=True):
    """The PBX can't be heard any more. Made by us, not by the PBX."""

    reason: str


class Doubted(Event, frozen=True, kw_only=True):
    """A part of what the PBX sent was lost on an open link, and what goes on is read back: what the lists
    from here on don't confirm has gone. Made by us, not by the PBX."""


class Tick(Event, frozen=True, kw_only=True):
    """Time went by. Made by us, not by the PBX."""


class Malformed(msgspec.Struct, frozen=True, kw_only=True):
    """A message that should have been an event and lacks what it needs."""

    name: str
    missing: str
    """The header that is missing or is not what it should be."""
