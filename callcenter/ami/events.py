"""AMI events as the tracker takes them: Asterisk's own names, so that its manual documents them.

Header names are in snake case (``DestUniqueid`` is ``dest_uniqueid``). Each event carries the
instant it is judged by. Channel states are Asterisk's numbers: 0 Down, 4 Ring (an incoming channel),
5 Ringing (an outgoing one), 6 Up.
"""

from dataclasses import dataclass
from typing import Final

from callcenter.terms import Clock, Instant, Linkedid, Uniqueid

DOWN: Final = 0
RING: Final = 4
RINGING: Final = 5
UP: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Anything that happens, with its time."""

    at: Instant
    """AMI's Timestamp; where there is none, when the bytes arrived."""
    clock: Clock | None
    """Which of the two; None where neither is known and *at* only orders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelEvent(Event):
    """An event with a channel's snapshot."""

    uniqueid: Uniqueid
    channel: str
    """The channel's name, e.g. ``PJSIP/trunk-0000001c``."""
    linkedid: Linkedid
    channel_state: int
    caller_id_num: str
    context: str
    exten: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Newchannel(ChannelEvent):
    """A channel was created."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Newstate(ChannelEvent):
    """A channel changed its state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename(Event):
    """A channel took another name (a masquerade)."""

    uniqueid: Uniqueid
    newname: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Newexten(ChannelEvent):
    """A channel entered a dialplan step. Only steps that take a caller to voicemail are read."""

    application: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VarSet(ChannelEvent):
    """A channel variable was set; only those that verdicts need are read."""

    variable: str
    """Without the underscores that make it inherited."""
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DialEvent(Event):
    """One channel dials another. An originated channel has no dialling one."""

    uniqueid: Uniqueid | None
    dest_uniqueid: Uniqueid
    dest_channel: str
    dest_linkedid: Linkedid
    dest_channel_state: int
    dest_caller_id_num: str
    dest_context: str
    dest_exten: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DialBegin(DialEvent):
    """The leg is being called."""

    dial_string: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DialState(DialEvent):
    """The leg reported progress."""

    dial_status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DialEnd(DialEvent):
    """The dialling of the leg ended."""

    dial_status: str
    forward: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeEnter(ChannelEvent):
    """A channel entered a bridge."""

    bridge_uniqueid: str
    bridge_type: str
    bridge_technology: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeLeave(ChannelEvent):
    """A channel left a bridge."""

    bridge_uniqueid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup(ChannelEvent):
    """A channel is gone."""

    cause: int
    """ITU-T Q.850."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HangupRequest(ChannelEvent):
    """The far end of a channel asked to hang up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(ChannelEvent):
    """The far end of a channel put it on hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unhold(ChannelEvent):
    """The far end of a channel came back from hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalBridge(Event):
    """The two halves of a Local channel."""

    local_one_uniqueid: Uniqueid
    local_two_uniqueid: Uniqueid


@dataclass(frozen=True, slots=True, kw_only=True)
class Pickup(ChannelEvent):
    """A channel takes a call that rings at another."""

    target_uniqueid: Uniqueid


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindTransfer(Event):
    """A phone sent its partner to an extension."""

    transferer_uniqueid: Uniqueid
    transferee_uniqueid: Uniqueid | None
    extension: str
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendedTransfer(Event):
    """A phone joined the partners of its two calls."""

    orig_transferer_uniqueid: Uniqueid
    second_transferer_uniqueid: Uniqueid | None
    transferee_uniqueid: Uniqueid | None
    transfer_target_uniqueid: Uniqueid | None
    transfer_target_channel: str | None
    dest_bridge_uniqueid: str | None
    """Where transferee and target meet, when it is a bridge."""
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedCall(Event):
    """A channel was put into a parking lot."""

    parkee_uniqueid: Uniqueid
    parker_dial_string: str
    parking_space: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnParkedCall(Event):
    """A parked channel was fetched."""

    parkee_uniqueid: Uniqueid
    retriever_uniqueid: Uniqueid | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MixMonitorStop(ChannelEvent):
    """A recording was stopped before its channel's end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCallerJoin(ChannelEvent):
    """A caller joined a queue."""

    queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCallerLeave(ChannelEvent):
    """A caller left a queue, for whatever reason."""

    queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueMemberStatus(Event):
    """A queue member's device state, live or read back."""

    queue: str
    interface: str
    status: int
    """Asterisk's device state: 1 not in use, 2 in use, 3 busy, 4 invalid, 5 unavailable, 6 ringing,
    7 ringing and in use, 8 on hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallcenterOffered(ChannelEvent):
    """Our dialplan says that this caller reached a hotline (``UserEvent(CallcenterOffered)``)."""

    hotline: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FullyBooted(Event):
    """The PBX greets after a login."""

    uptime: int | None
    """Seconds since the PBX started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shutdown(Event):
    """The PBX goes down in an orderly way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreShowChannel(ChannelEvent):
    """A channel that exists, read back after a login."""

    application: str
    bridge_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status(ChannelEvent):
    """A channel that exists, with its variables, read back after a login."""

    application: str
    bridge_id: str
    dnid: str
    variables: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelsComplete(Event):
    """The list of channels has been read back in full (CoreShowChannelsComplete, StatusComplete)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeListItem(Event):
    """A bridge that exists, read back after a login."""

    bridge_uniqueid: str
    bridge_type: str
    bridge_technology: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueEntry(Event):
    """A caller who waits in a queue, read back after a login."""

    queue: str
    uniqueid: Uniqueid


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected(Event):
    """We are logged in (again). Made by us, not by the PBX."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected(Event):
    """The PBX can't be heard any more. Made by us, not by the PBX."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick(Event):
    """Time went by. Made by us, not by the PBX."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """A message that should have been an event and lacks what it needs."""

    name: str
    missing: str
    """The header that is missing or is not what it should be."""
