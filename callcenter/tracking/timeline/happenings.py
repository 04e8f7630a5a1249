"""What single events say of a call that no telling of it holds."""

from collections.abc import Iterator

from callcenter.ami import events as ev
from callcenter.record import Call
from callcenter.terms import Outcome, Uniqueid
from callcenter.tracking.channels import is_local, may_be_person
from callcenter.tracking.directory import Directory
from callcenter.tracking.state import State
from callcenter.tracking.timeline.story import Scalar, What

Happening = tuple[What, dict[str, Scalar]]


def happening(
    event: ev.Event, state: State, names: Directory, caller: Uniqueid, before: Call | None
) -> Iterator[Happening]:
    """What *event* says of the call that *caller* brought, as far as it is of interest by itself.
    *before* is the call as told before it."""
    match event:
        case ev.Disconnected(reason=reason):
            yield What.LINK_LOST, {"reason": reason}
        case ev.Connected():
            yield What.LINK_BACK, {}
        case ev.QueueCallerJoin(uniqueid=uniqueid, queue=queue) if uniqueid == caller:
            yield What.QUEUE_JOINED, {"queue": queue}
        case ev.QueueEntry(uniqueid=uniqueid, queue=queue) if before is None or before.queue is None:
            yield What.QUEUE_JOINED, {"queue": queue}
        case ev.QueueCallerLeave(uniqueid=uniqueid, queue=queue) if uniqueid == caller:
            yield What.QUEUE_LEFT, {"queue": queue}
        case ev.HangupRequest(channel=channel) if not is_local(channel):
            yield What.HANGUP_ASKED, {"phone": _phone(event.uniqueid, state, names, caller)}
        case ev.Hangup(uniqueid=uniqueid, cause=cause) if uniqueid == caller:
            yield What.CALLER_GONE, {"cause": cause}
        case ev.Pickup():
            yield What.CALL_FETCHED, {"phone": _phone(event.uniqueid, state, names, caller)}
        case ev.DialplanSaid():
            yield from _of_dialplan(event)
        case ev.Newstate(channel_state=ev.UP):
            yield from _picked_up(event, state, names, caller, before)


def _of_dialplan(event: ev.DialplanSaid) -> Iterator[Happening]:
    match event.name:
        case "CallcenterRouted":
            yield What.ROUTED, {"mode": event.mode, "why": event.why}
        case "CallcenterUnstaffed":
            yield What.UNSTAFFED, {}
        case "CallcenterStep":
            yield What.STEP_BEGUN, {"step": event.step, "role": event.role, "person": event.person}
        case "CallcenterSkipped":
            yield What.STEP_SKIPPED, {"step": event.step, "role": event.role, "person": event.person}
        case "CallcenterConfirmed":
            yield What.KEY_PRESSED, {"phone": event.phone}
        case "CallcenterAlert":
            yield What.ALERTED, {"why": event.why}


def _picked_up(
    event: ev.Newstate, state: State, names: Directory, caller: Uniqueid, before: Call | None
) -> Iterator[Happening]:
    """Something went off the hook: a phone, or the PBX itself for an announcement or a queue."""
    if is_local(event.channel) or not may_be_person(event.channel):
        return
    if event.uniqueid != caller:
        yield What.PHONE_PICKED_UP, {"phone": _phone(event.uniqueid, state, names, caller)}
        return
    channel = state.mirror.channels.get(caller)
    legs = state.mirror.phones(channel) if channel is not None and not channel.is_leg else iter(())
    taken = before is not None and (before.outcome is Outcome.ANSWERED or _in_voicemail(state, caller))
    if not taken and not any(leg.up_at is not None and not leg.over for leg in legs):
        yield What.LINE_OPENED, {}


def _phone(uniqueid: Uniqueid, state: State, names: Directory, caller: Uniqueid) -> str | None:
    """The phone's extension; None for the caller's own channel."""
    channel = state.mirror.channels.get(uniqueid)
    return names.phone(channel) if channel is not None and uniqueid != caller else None


def _in_voicemail(state: State, caller: Uniqueid) -> bool:
    track = state.calls.get(caller)
    return track is not None and track.voicemail_at is not None
