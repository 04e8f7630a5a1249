"""What became of each phone that was tried, up to the first answer (contract, section 3).

A leg's Hangup cause and the order of a few instants decide, never DialStatus: queues report
NOANSWER for a busy phone, Dial does for one that declined. "Before" and "after" are told with a
slack of two milliseconds, because events of different channels may come in either order.
"""

from operator import attrgetter
from typing import Final

from callcenter.hangup import told_by_cause
from callcenter.terms import AttemptOutcome, Instant
from callcenter.tracking.channels import Channel, earliest
from callcenter.tracking.track import CallTrack

SLACK_US: Final = 2_000
_RACE_US: Final = 1_000_000
"""Two phones picked up within a second raced for the caller; one that waited longer waited for a key."""

_TRIED_AT: Final = attrgetter("tried_at")
_TOLD_BY_PHONE: Final = frozenset({AttemptOutcome.BUSY, AttemptOutcome.REJECTED, AttemptOutcome.FORWARDED})


def attempted(track: CallTrack, phones: list[Channel]) -> list[Channel]:
    """Of the *phones* dialled for the caller those tried before the first answer, in order."""
    if track.answered:
        phones = [leg for leg in phones if _before_answer(track, leg)]
    return sorted(phones, key=_TRIED_AT) if len(phones) > 1 else phones


def _before_answer(track: CallTrack, leg: Channel) -> bool:
    if leg.uniqueid == track.answered_by:
        return True
    limit = track.answered_at if track.answered_at is not None else track.answer_noted_at
    return limit is None or leg.tried_at <= limit


def tries(legs: list[Channel]) -> list[list[Channel]]:
    """Legs by try: a phone registered twice is called by two legs at once, and that is one try."""
    if len(legs) < 2:
        return [legs] if legs else []
    groups: list[list[Channel]] = []
    by_phone: dict[str, list[list[Channel]]] = {}
    for leg in legs:
        phone = leg.name.rpartition("-")[0]
        for group in by_phone.get(phone, ()):
            if _overlap(group, leg):
                group.append(leg)
                break
        else:
            groups.append([leg])
            by_phone.setdefault(phone, []).append(groups[-1])
    return groups


def _overlap(group: list[Channel], leg: Channel) -> bool:
    begins = leg.tried_at
    first = group[0]
    return first.dial_string == leg.dial_string and all(
        (ended := other.try_ended_at) is None or ended > begins for other in group
    )


def outcome_of(leg: Channel, track: CallTrack, caller: Channel) -> AttemptOutcome | None:
    """What became of the leg; None while that is open."""
    if leg.uniqueid == track.answered_by:
        return AttemptOutcome.ANSWERED
    if leg.forwarded:
        return AttemptOutcome.FORWARDED
    if leg.gone or (track.end_lost and not track.answered and leg.try_ended_at is None):
        return AttemptOutcome.LOST
    if leg.up_at is not None:
        return _picked_up_in_vain(leg, track, caller)
    told = told_by_cause(leg.cause) if leg.ended_at is not None else None
    if told in _TOLD_BY_PHONE:
        return told
    return _stopped(leg, track, caller)


def _stopped(leg: Channel, track: CallTrack, caller: Channel) -> AttemptOutcome | None:
    """The leg was not picked up, and the phone did not refuse: somebody or something else ended it."""
    ended = leg.try_ended_at
    answered = track.answered_at if track.answered_at is not None else track.answer_noted_at
    if track.answered and _not_before(ended, answered):
        return AttemptOutcome.ANSWERED_ELSEWHERE
    if ended is None and not caller.over:
        return None
    if gave_up(leg, caller):
        return AttemptOutcome.CALLER_GAVE_UP
    return AttemptOutcome.NO_ANSWER if alerted(leg) else AttemptOutcome.UNREACHABLE


def _picked_up_in_vain(leg: Channel, track: CallTrack, caller: Channel) -> AttemptOutcome | None:
    """The leg went Up and was not the one connected first."""
    if track.answered:
        waited = (track.answered_at or 0) - (leg.up_at or 0)
        return AttemptOutcome.UNCONFIRMED if waited > _RACE_US else AttemptOutcome.ANSWERED_ELSEWHERE
    if caller.requested_at is not None and _not_before(leg.ended_at, caller.requested_at):
        return AttemptOutcome.CALLER_GAVE_UP
    return AttemptOutcome.UNCONFIRMED if leg.over or caller.over else None


def gave_up(leg: Channel, caller: Channel) -> bool:
    """Whether the leg was still being tried when the caller hung up."""
    return caller.requested_at is not None and _not_before(leg.try_ended_at, caller.requested_at)


def _not_before(instant: Instant | None, limit: Instant | None) -> bool:
    """Whether what ended at *instant* (None: not yet) still went on at *limit*."""
    return limit is not None and (instant is None or instant >= limit - SLACK_US)


def alerted(leg: Channel) -> bool:
    """Whether the phone rang, seen from its beginning or not."""
    return leg.alerted or leg.rang_at is not None


def ring_us(leg: Channel, track: CallTrack, caller: Channel) -> int | None:
    """Microseconds that the phone alerted; None while it does, or where its start was not seen."""
    began = leg.rang_at
    if began is None or not leg.born:
        return None
    picked_up = leg.up_at
    if leg.uniqueid == track.answered_by and picked_up is None:
        picked_up = track.answered_at
    ended = earliest(picked_up, leg.try_ended_at)
    if ended is None and not track.end_lost and not leg.gone:
        ended = caller.ended_at
    return None if ended is None else max(ended - began, 0)
