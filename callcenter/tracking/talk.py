"""Whom an answered caller is with, and how long he talked and was on hold (contract, section 5).

Connected to a person is talk; while that person's phone, or the caller's, is on hold, or while an
agent has left the bridge and kept the line, it is hold. Alone, parked, or ringing somebody else it
is neither.
"""

from collections.abc import Callable

from callcenter.terms import Instant, Uniqueid
from callcenter.tracking.attempts import SLACK_US
from callcenter.tracking.channels import Channel, is_local, may_be_person
from callcenter.tracking.mirror import Mirror
from callcenter.tracking.track import Activity, CallTrack


def activity(mirror: Mirror, track: CallTrack, caller: Channel, persons: list[Channel]) -> Activity:
    """What the caller's time is spent on now."""
    if track.answered_by is None or caller.over:
        return Activity.NONE
    if persons:
        on_hold = caller.held or all(person.held for person in persons)
        return Activity.HOLD if on_hold else Activity.TALK
    if track.parked or caller.requested_at is not None or (caller.legs and _rings_elsewhere(mirror, caller)):
        return Activity.NONE
    return Activity.HOLD if _agent_keeps_the_line(mirror, track) else Activity.NONE


def _rings_elsewhere(mirror: Mirror, caller: Channel) -> bool:
    return any(leg.being_tried and leg.up_at is None for leg in mirror.phones(caller))


def _agent_keeps_the_line(mirror: Mirror, track: CallTrack) -> bool:
    known = (mirror.channels.get(uniqueid) for uniqueid in track.partners)
    return any(phone is not None and phone.requested_at is None and not phone.over for phone in known)


def company(track: CallTrack, now: Activity, persons: list[Channel]) -> list[Uniqueid]:
    """With whom the caller spends it: an agent who left the bridge and keeps the line is still there."""
    if persons:
        return [person.uniqueid for person in persons]
    return track.company if now is Activity.HOLD else []


def account(track: CallTrack, now: Activity, whom: list[Uniqueid], at: Instant) -> None:
    """Add the time since the last change to what it was spent on, and to whom it was spent with."""
    if track.activity_at is not None and at > track.activity_at:
        spent = at - track.activity_at
        shares = [track.shares[uniqueid] for uniqueid in track.company if uniqueid in track.shares]
        if track.activity is Activity.TALK:
            track.talk_us += spent
            for one in shares:
                one.talk_us += spent
        elif track.activity is Activity.HOLD:
            track.hold_us += spent
            for one in shares:
                one.hold_us += spent
    if whom != track.company:
        track.left = track.company
    track.activity, track.activity_at, track.company = now, at, whom


def just_ended(track: CallTrack, phone: Channel, at: Instant) -> bool:
    """Whether the caller was with this phone alone until a moment before *at*: that he left it may be told
    before its user's hanging up, which made him leave."""
    since = track.activity_at
    if track.activity is Activity.TALK or since is None or at - since > SLACK_US:
        return False
    return [phone.uniqueid] in (track.company, track.left)


def began(track: CallTrack, caller: Channel) -> Instant | None:
    """When a talk began that was read back: with the pick-up, and not before the caller's own line was up.
    Who hears an announcement first, or has to press a key, is connected later."""
    if track.answered_at is None or caller.up_at is None:
        return track.answered_at
    return max(track.answered_at, caller.up_at)


def backdate(track: CallTrack, caller: Channel) -> None:
    """The answer turns out to have been before we found the two connected."""
    if track.activity_at is not None and track.activity_at == track.answer_noted_at:
        track.activity_at = began(track, caller)


def reached_voicemail(mirror: Mirror, caller: Channel) -> bool:
    """Whether the caller is connected to a Local channel behind which voicemail runs."""
    for other in mirror.connected(caller):
        behind = mirror.channels.get(other.peer) if is_local(other.name) and other.peer else None
        if behind is not None and behind.application:
            return True
    return False


def persons(mirror: Mirror, caller: Channel, is_caller: Callable[[Uniqueid], bool]) -> list[Channel]:
    """The phones that the caller hears now; another caller from outside (*is_caller*) answers nothing."""
    if caller.bridge is None or caller.over:
        return []
    return [
        other
        for other in mirror.connected(caller)
        if may_be_person(other.name) and not is_caller(other.uniqueid)
    ]
