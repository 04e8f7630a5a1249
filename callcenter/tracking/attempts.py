"""What became of each phone that was tried, up to the first answer (contract, section 3).

A leg's Hangup cause and the order of a few instants decide, never DialStatus: queues report
NOANSWER for a busy phone, Dial does for one that declined. Only CANCEL is believed: the PBX stopped the
leg, and the cause that it then shows may be another's, whose phone refused before. "Before" and "after" are
told with a slack of two milliseconds, because events of different channels may come in either order.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Final

from callcenter.hangup import told_by_cause
from callcenter.terms import AttemptOutcome, Instant
from callcenter.tracking.channels import Channel
from callcenter.tracking.track import CallTrack

SLACK_US: Final = 2_000
_RACE_US: Final = 1_000_000
"""A phone that lost a race for the caller is hung up at once; one that stayed picked up longer was asked
for a key."""

_TRIED_AT: Final = attrgetter("tried_at")
_ANSWERED: Final = AttemptOutcome.ANSWERED
_TAKEN_BY_ANOTHER: Final = 26
"""The Hangup cause by which the PBX takes back the phones that were slower. Whether the caller was then
really connected decides, but where the link broke off in between it must do: nobody misses what is taken."""
_TOLD_BY_PHONE: Final = {
    cause: told
    for cause in range(128)
    if (told := told_by_cause(cause))
    in {AttemptOutcome.BUSY, AttemptOutcome.REJECTED, AttemptOutcome.FORWARDED}
}
"""By Hangup cause, what the phone said itself."""


def attempted(track: CallTrack, phones: list[Channel]) -> list[Channel]:
    """Of the *phones* dialled for the caller those tried before the first answer, in order."""
    answered_by = track.answered_by
    if answered_by is not None:
        limit = track.answered_at if track.answered_at is not None else track.answer_noted_at
        phones = [
            leg for leg in phones if limit is None or leg.tried_at <= limit or leg.uniqueid == answered_by
        ]
    return sorted(phones, key=_TRIED_AT) if len(phones) > 1 else phones


def tries(legs: list[Channel], target: Callable[[Channel], str]) -> list[list[Channel]]:
    """Legs by try: a phone registered twice is called by two legs at once, and that is one try. What was
    dialled through one endpoint is one phone where *target* says the same of it."""
    if len(legs) < 2:
        return [legs] if legs else []
    phones = [leg.name.rpartition("-")[0] for leg in legs]
    if len(set(phones)) == len(legs):
        return [[leg] for leg in legs]  # each try is of another phone, as most are
    groups: list[list[Channel]] = []
    by_phone: dict[str, list[list[Channel]]] = {}
    for leg, phone in zip(legs, phones, strict=True):
        for group in by_phone.get(phone, ()):
            if _overlap(group, leg) and target(group[0]) == target(leg):
                group.append(leg)
                break
        else:
            groups.append([leg])
            by_phone.setdefault(phone, []).append(groups[-1])
    return groups


def _overlap(group: list[Channel], leg: Channel) -> bool:
    begins = leg.tried_at
    return all((ended := other.try_ended_at) is None or ended > begins for other in group)


def outcome_of(leg: Channel, track: CallTrack, caller: Channel) -> AttemptOutcome | None:
    """What became of the leg; None while that is open."""
    answered_by = track.answered_by
    if leg.uniqueid == answered_by:
        return _ANSWERED
    if leg.forwarded:
        return AttemptOutcome.FORWARDED
    if leg.gone or (track.end_lost and answered_by is None and leg.try_ended_at is None):
        return AttemptOutcome.LOST
    if leg.up_at is not None:
        return _picked_up_in_vain(leg, track, caller)
    if leg.ended_at is not None:
        told = _TOLD_BY_PHONE.get(leg.cause) if leg.refused else None
        return told if told is not None else _stopped(leg, track, caller)
    if answered_by is None and leg.dial_ended_at is None and caller.ended_at is None and not caller.gone:
        return None  # it is still tried, as most legs are when a call is told
    return _stopped(leg, track, caller)


def _stopped(leg: Channel, track: CallTrack, caller: Channel) -> AttemptOutcome | None:
    """The leg was not picked up, and the phone did not refuse: somebody or something else ended it."""
    ended = leg.try_ended_at
    answered = track.answered_at if track.answered_at is not None else track.answer_noted_at
    if track.answered_by is not None and _not_before(ended, answered):
        return AttemptOutcome.ANSWERED_ELSEWHERE
    if ended is None and not caller.over:
        return None
    if track.end_lost and (leg.taken or leg.cause == _TAKEN_BY_ANOTHER):
        return AttemptOutcome.ANSWERED_ELSEWHERE
    if _not_before(ended, caller.requested_at):
        return AttemptOutcome.CALLER_GAVE_UP
    if told_by_cause(leg.cause) is AttemptOutcome.ANSWERED_ELSEWHERE:
        return AttemptOutcome.ANSWERED_ELSEWHERE  # by somebody who was never connected: he pressed no key
    return AttemptOutcome.NO_ANSWER if alerted(leg) else AttemptOutcome.UNREACHABLE


def _picked_up_in_vain(leg: Channel, track: CallTrack, caller: Channel) -> AttemptOutcome | None:
    """The leg went Up and was not the one connected first."""
    if track.answered:
        held = (leg.ended_at or track.answered_at or 0) - (leg.up_at or 0)
        return AttemptOutcome.UNCONFIRMED if held > _RACE_US else AttemptOutcome.ANSWERED_ELSEWHERE
    if caller.requested_at is not None and _not_before(leg.ended_at, caller.requested_at):
        return AttemptOutcome.CALLER_GAVE_UP
    return AttemptOutcome.UNCONFIRMED if leg.over or caller.over else None


def gave_up(leg: Channel, caller: Channel) -> bool:
    """Whether the leg was still being tried when the caller hung up."""
    return _not_before(leg.try_ended_at, caller.requested_at)


def _not_before(instant: Instant | None, limit: Instant | None) -> bool:
    """Whether what ended at *instant* (None: not yet) still went on at *limit*."""
    return limit is not None and (instant is None or instant >= limit - SLACK_US)


def alerted(leg: Channel) -> bool:
    """Whether the phone rang, seen from its beginning or not."""
    return leg.alerted or leg.ringing_at is not None or leg.progress_at is not None


def ring_us(leg: Channel, track: CallTrack, caller: Channel, first: Channel) -> int | None:
    """Microseconds that the phone alerted, from its device that was *first* to the end of *leg*; None while
    it does, or where its start was not seen."""
    began = first.ringing_at if first.ringing_at is not None else first.progress_at
    if began is None or not first.born:
        return None
    ended = leg.up_at
    if ended is None and leg.uniqueid == track.answered_by:
        ended = track.answered_at
    for stopped in (leg.dial_ended_at, leg.ended_at):
        if stopped is not None and (ended is None or stopped < ended):
            ended = stopped
    if ended is None and not track.end_lost and not leg.gone:
        ended = caller.ended_at
    return None if ended is None else max(ended - began, 0)
