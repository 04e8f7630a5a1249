"""What is made of a message's headers: an event.

The kinds that come by the thousand are made each in a function of its own, by name and at once; the
rest are gathered header by header, which takes four times as long.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from callcenter.ami import events as ev
from callcenter.ami.form import Form, Wanted
from callcenter.terms import Clock, Instant

Fields = Mapping[str, str]
"""Header names by an event's fields."""
Values = Sequence[Any]
"""The headers asked for, in the order of the message; empty text where there is none."""

SNAPSHOT: Final = ("Channel", "ChannelState", "CallerIDNum", "Context", "Exten", "Uniqueid", "Linkedid")
"""What an event has of a channel."""
LINES: Final = (
    *("Channel", "ChannelState", "ChannelStateDesc", "CallerIDNum", "CallerIDName"),
    *("ConnectedLineNum", "ConnectedLineName", "Language", "AccountCode", "Context", "Exten"),
    *("Priority", "Uniqueid", "Linkedid"),
)
"""What Asterisk writes of a channel, in its order."""
BRIDGE_LINES: Final = (
    *("BridgeUniqueid", "BridgeType", "BridgeTechnology", "BridgeCreator", "BridgeName"),
    *("BridgeNumChannels", "BridgeVideoSourceMode", *LINES),
)
MEMBER_LINES: Final = (
    *("Queue", "MemberName", "Interface", "StateInterface", "Membership", "Penalty", "CallsTaken"),
    *("LastCall", "LastPause", "LoginTime", "InCall", "Status"),
)
_KNOWN: Final = ("Uniqueid", "Channel")
_DIALLED: Final = ("DestUniqueid", "DestChannel")
_DIAL: Final = ("Uniqueid", *(f"Dest{name}" for name in SNAPSHOT))
_DIAL_LINES: Final = (*LINES, *(f"Dest{name}" for name in LINES))
_COMMON: Final = {str(common): common for common in range(256)}
"""Channel states and causes are among these; looking one up takes a third of the time of reading it."""


def number(value: str, default: int = 0) -> int:
    """A header's number; *default* where it is none."""
    common = _COMMON.get(value)
    if common is not None:
        return common
    return int(value) if len(value) < 10 and value.isdecimal() else default


def snapshot(kind: Callable[..., ev.ChannelEvent]) -> Form:
    """An event that is a channel's snapshot and nothing else."""

    def build(at: Instant, clock: Clock | None, values: Values) -> ev.Event:
        channel, state, caller, context, exten, uniqueid, linkedid = values
        return kind(
            at=at,
            clock=clock,
            uniqueid=uniqueid,
            channel=channel,
            linkedid=linkedid or uniqueid,
            channel_state=number(state),
            caller_id_num=caller,
            context=context,
            exten=exten,
        )

    return Form(build, SNAPSHOT, needed=_KNOWN, order=LINES)


def varset(wanted: Wanted) -> Form:
    """A channel variable."""

    def build(at: Instant, clock: Clock | None, values: Values) -> ev.Event:
        channel, state, caller, context, exten, uniqueid, linkedid, variable, value = values
        return ev.VarSet(
            at=at,
            clock=clock,
            uniqueid=uniqueid,
            channel=channel,
            linkedid=linkedid or uniqueid,
            channel_state=number(state),
            caller_id_num=caller,
            context=context,
            exten=exten,
            variable=variable.lstrip("_"),
            value=value,
        )

    names, order = (*SNAPSHOT, "Variable", "Value"), (*LINES, "Variable", "Value")
    return Form(build, names, needed=(*_KNOWN, "Variable"), order=order, wanted=wanted)


def hangup() -> Form:
    """A channel's end."""

    def build(at: Instant, clock: Clock | None, values: Values) -> ev.Event:
        channel, state, caller, context, exten, uniqueid, linkedid, cause = values
        return ev.Hangup(
            at=at,
            clock=clock,
            uniqueid=uniqueid,
            channel=channel,
            linkedid=linkedid or uniqueid,
            channel_state=number(state),
            caller_id_num=caller,
            context=context,
            exten=exten,
            cause=number(cause),
        )

    return Form(build, (*SNAPSHOT, "Cause"), needed=_KNOWN, order=(*LINES, "Cause"))


def bridge_enter() -> Form:
    """A channel comes into a bridge."""

    def build(at: Instant, clock: Clock | None, values: Values) -> ev.Event:
        bridge, form, technology, channel, state, caller, context, exten, uniqueid, linkedid = values
        return ev.BridgeEnter(
            at=at,
            clock=clock,
            uniqueid=uniqueid,
            channel=channel,
            linkedid=linkedid or uniqueid,
            channel_state=number(state),
            caller_id_num=caller,
            context=context,
            exten=exten,
            bridge_uniqueid=bridge,
            bridge_type=form,
            bridge_technology=technology,
        )

    names = ("BridgeUniqueid", "BridgeType", "BridgeTechnology", *SNAPSHOT)
    return Form(build, names, needed=_KNOWN, order=BRIDGE_LINES)


def bridge_leave() -> Form:
    """A channel goes out of a bridge."""

    def build(at: Instant, clock: Clock | None, values: Values) -> ev.Event:
        bridge, channel, state, caller, context, exten, uniqueid, linkedid = values
        return ev.BridgeLeave(
            at=at,
            clock=clock,
            uniqueid=uniqueid,
            channel=channel,
            linkedid=linkedid or uniqueid,
            channel_state=number(state),
            caller_id_num=caller,
            context=context,
            exten=exten,
            bridge_uniqueid=bridge,
        )

    return Form(build, ("BridgeUniqueid", *SNAPSHOT), needed=_KNOWN, order=BRIDGE_LINES)


def with_channel(
    kind: Callable[..., ev.ChannelEvent | ev.Malformed],
    more: Fields,
    *,
    needed: Sequence[str] = (),
    order: Sequence[str] = (),
    each: Fields | None = None,
    wanted: Wanted | None = None,
) -> Form:
    """An event with a channel's snapshot and *more* headers after it, and one of which *each* is read."""
    fields = (*more, *(each or ()))

    def build(at: Instant, clock: Clock | None, values: Values) -> ev.Event | ev.Malformed:
        channel, state, caller, context, exten, uniqueid, linkedid, *rest = values
        return kind(
            at=at,
            clock=clock,
            uniqueid=uniqueid,
            channel=channel,
            linkedid=linkedid or uniqueid,
            channel_state=number(state),
            caller_id_num=caller,
            context=context,
            exten=exten,
            **dict(zip(fields, rest, strict=True)),
        )

    return Form(
        build,
        (*SNAPSHOT, *more.values()),
        needed=(*_KNOWN, *needed),
        order=order,
        each="".join((each or {}).values()),
        wanted=wanted,
    )


def dial_begin() -> Form:
    """One channel begins to dial another."""

    def build(at: Instant, clock: Clock | None, values: Values) -> ev.Event:
        dialler, channel, state, caller, context, exten, uniqueid, linkedid, dial_string = values
        return ev.DialBegin(
            at=at,
            clock=clock,
            uniqueid=dialler or None,
            dest_uniqueid=uniqueid,
            dest_channel=channel,
            dest_linkedid=linkedid or uniqueid,
            dest_channel_state=number(state),
            dest_caller_id_num=caller,
            dest_context=context,
            dest_exten=exten,
            dial_string=dial_string,
        )

    names, order = (*_DIAL, "DialString"), (*_DIAL_LINES, "DialString")
    return Form(build, names, needed=_DIALLED, order=order)


def dial_state() -> Form:
    """How far a dialling has come."""

    def build(at: Instant, clock: Clock | None, values: Values) -> ev.Event:
        dialler, channel, state, caller, context, exten, uniqueid, linkedid, dial_status = values
        return ev.DialState(
            at=at,
            clock=clock,
            uniqueid=dialler or None,
            dest_uniqueid=uniqueid,
            dest_channel=channel,
            dest_linkedid=linkedid or uniqueid,
            dest_channel_state=number(state),
            dest_caller_id_num=caller,
            dest_context=context,
            dest_exten=exten,
            dial_status=dial_status,
        )

    names, order = (*_DIAL, "DialStatus"), (*_DIAL_LINES, "DialStatus")
    return Form(build, names, needed=_DIALLED, order=order)


def dial_end() -> Form:
    """The end of a dialling; only one that was forwarded says to whom."""

    def build(at: Instant, clock: Clock | None, values: Values) -> ev.Event:
        dialler, channel, state, caller, context, exten, uniqueid, linkedid, dial_status, forward = values
        return ev.DialEnd(
            at=at,
            clock=clock,
            uniqueid=dialler or None,
            dest_uniqueid=uniqueid,
            dest_channel=channel,
            dest_linkedid=linkedid or uniqueid,
            dest_channel_state=number(state),
            dest_caller_id_num=caller,
            dest_context=context,
            dest_exten=exten,
            dial_status=dial_status,
            forward=forward,
        )

    names, order = (*_DIAL, "DialStatus", "Forward"), (*_DIAL_LINES, "DialStatus")
    return Form(build, names, needed=_DIALLED, order=order, closed=True)


def fields(kind: Callable[..., ev.Event], needed: Fields, **optional: str) -> Form:
    """An event without a channel snapshot: *needed* headers must be there, *optional* ones may be None."""
    names = {**needed, **optional}

    def build(at: Instant, clock: Clock | None, values: Values) -> ev.Event:
        made = {field: value or None for field, value in zip(names, values, strict=True)}
        return kind(at=at, clock=clock, **made)

    return Form(build, tuple(names.values()), needed=tuple(needed.values()))


def member(kind: str, interface: str, *order: str) -> Form:
    """A queue member's state, told by the message *kind*; the header *interface* names the member unless
    another device is watched."""

    def build(at: Instant, clock: Clock | None, values: Values) -> ev.Event | ev.Malformed:
        queue, name, watched, status = values
        member = watched or name
        if not member:
            return ev.Malformed(name=kind, missing=interface)
        return ev.QueueMemberStatus(at=at, clock=clock, queue=queue, interface=member, status=number(status))

    names = ("Queue", interface, "StateInterface", "Status")
    return Form(build, names, needed=("Queue",), order=order)


def fully_booted() -> Form:
    """The greeting after a login."""

    def build(at: Instant, clock: Clock | None, values: Values) -> ev.Event:
        (uptime,) = values
        return ev.FullyBooted(at=at, clock=clock, uptime=number(uptime) if uptime.isdecimal() else None)

    return Form(build, ("Uptime",))


def bare(kind: Callable[..., ev.Event]) -> Form:
    """An event that says no more than its name."""
    return Form(lambda at, clock, _values: kind(at=at, clock=clock), ())
