"""What became of a call, and how it is judged (contract, sections 2 and 3), as pure functions."""

from typing import Final

from callcenter.ami.events import RING
from callcenter.rings import within
from callcenter.sites import Hotline
from callcenter.terms import AttemptOutcome, HangupSide, Instant, Outcome
from callcenter.tracking import attempts
from callcenter.tracking.channels import Channel, earliest, is_local
from callcenter.tracking.mirror import Mirror
from callcenter.tracking.track import CallTrack

_CLEARING_US: Final = 2_000_000
"""After an agent hung up the PBX clears the caller within this, or the caller has gone on."""
_RACE_US: Final = 1_000_000
"""Both sides hung up at once when the second request followed the first within this."""


def outcome(mirror: Mirror, track: CallTrack, caller: Channel, legs: list[Channel]) -> Outcome | None:
    """The one outcome of the call, for which *legs* were tried; None while it is in progress."""
    if track.answered:
        return Outcome.ANSWERED
    if track.voicemail_at is not None and (caller.over or track.end_lost):
        return Outcome.VOICEMAIL
    if track.end_lost:
        return Outcome.LOST
    if not caller.over:
        return None
    tried = bool(legs or track.dial_status or track.queue_status or track.queue_joined_at)
    answered_unseen = track.dial_status == "ANSWER" and not legs
    if not track.start_seen and (not tried or answered_unseen):
        rang_off = caller.requested_at is not None and track.first_state == RING
        return Outcome.ABANDONED if rang_off else Outcome.LOST
    waits = not (tried or track.unstaffed) or _waiting(mirror, track, caller)
    if caller.requested_at is not None and waits:
        return Outcome.ABANDONED
    return _by_tries(legs, track, caller, refused=_refused(mirror, track, caller))


def _waiting(mirror: Mirror, track: CallTrack, caller: Channel) -> bool:
    """Whether a phone was being tried, or the caller stood in a queue, when he hung up."""
    at = caller.requested_at
    if at is None:
        return False
    if track.queue_joined_at is not None and not _left_before(track.queue_left_at, at):
        return True
    return any(
        leg.tried_at <= at and attempts.gave_up(leg, caller) and not leg.gone
        for leg in mirror.dialled(caller)
        if leg.is_leg
    )


def _left_before(left: Instant | None, at: Instant) -> bool:
    return left is not None and left < at - attempts.SLACK_US


def _refused(mirror: Mirror, track: CallTrack, caller: Channel) -> bool:
    """Whether the dialplan said busy where no phone did: of a number that is not to be disturbed, of the
    hotline itself, or because all members of the queue were on the phone."""
    said = any(leg.cause == _BUSY for leg in mirror.dialled(caller) if is_local(leg.name))
    tried = track.dial_status or track.queue_joined_at is not None
    return said or track.dial_status == "BUSY" or track.queue_busy or (not tried and caller.cause == _BUSY)


def _by_tries(legs: list[Channel], track: CallTrack, caller: Channel, *, refused: bool) -> Outcome:
    """Nobody answered and the PBX gave up: the tries say why."""
    results = {attempts.outcome_of(leg, track, caller) for leg in legs}
    rang = any(attempts.alerted(leg) for leg in legs if attempts.outcome_of(leg, track, caller) in _RANG_OUT)
    if rang or AttemptOutcome.UNCONFIRMED in results or AttemptOutcome.NO_ANSWER in results:
        return Outcome.NO_ANSWER
    if results & {AttemptOutcome.BUSY, AttemptOutcome.REJECTED}:
        return Outcome.BUSY
    if AttemptOutcome.LOST in results:
        return Outcome.LOST
    if not legs and not track.dial_status and track.duty.staffed is False:
        return Outcome.UNSTAFFED
    return Outcome.BUSY if refused else Outcome.UNREACHABLE


_RANG_OUT: Final = frozenset(
    {
        AttemptOutcome.ANSWERED_ELSEWHERE,
        AttemptOutcome.CALLER_GAVE_UP,
        AttemptOutcome.FORWARDED,
        None,
    }
)
_BUSY: Final = 17
"""The Hangup cause of a channel that the dialplan's Busy() ended, as of a phone that said 486."""


def end_of_waiting(track: CallTrack, caller: Channel) -> Instant | None:
    """When an unanswered caller's wait ended: hang-up request, voicemail, or the PBX dropped him. None where
    that was not heard."""
    if track.voicemail_unheard:
        return None
    return earliest(earliest(caller.requested_at, track.voicemail_at), caller.ended_at)


def first_ring(track: CallTrack, legs: list[Channel]) -> Instant | None:
    """When the first phone rang for this visit; None where that was not seen."""
    if not track.start_seen or track.ring_unheard:
        return None
    first: Instant | None = None
    unseen: Instant | None = None
    for leg in legs:
        rang = leg.ringing_at if leg.ringing_at is not None else leg.progress_at
        if rang is not None and leg.born:
            first = rang if first is None or rang < first else first
        elif leg.alerted:
            unseen = earliest(unseen, leg.first_at)
    if first is None or (track.answered_at is not None and first > track.answered_at):
        return None
    return None if unseen is not None and unseen < first else first


def on_time(track: CallTrack, legs: list[Channel], hotline: Hotline, rang: Instant | None) -> bool | None:
    """Whether the answer came within the target, counted from the first ring at *rang*; None unless
    answered, and where that can't be known.

    Where the exact instants are not known the time that is known to be longer is judged: true if
    even that is short enough, else unknown.
    """
    if not track.answered:
        return None
    target = track.duty.target_rings or hotline.target_rings
    if rang is not None and track.answered_at is not None:
        return within(track.answered_at - rang, target, hotline.cadence)
    answered = track.answered_at if track.answered_at is not None else track.answer_noted_at
    began = rang if rang is not None else _first_try(track, legs)
    if answered is None:
        return None
    return True if within(answered - began, target, hotline.cadence) else None


def _first_try(track: CallTrack, legs: list[Channel]) -> Instant:
    """When the first attempt began, or, where that was not seen, when the caller came: never later."""
    began = [leg.dialled_at for leg in legs if leg.dialled_at is not None]
    return min(began) if began and track.start_seen else track.arrived_at


def hung_up_by(track: CallTrack, caller: Channel) -> HangupSide | None:
    """Who ended the call; None where its end was not seen."""
    if caller.ended_at is None or track.end_lost:
        return None
    asked, left = caller.requested_at, track.agent_left_at
    if asked is not None:
        agent_first = left is not None and left < asked and asked - left < _RACE_US
        return HangupSide.AGENT if agent_first else HangupSide.CALLER
    if left is not None and caller.ended_at - left <= _CLEARING_US:
        return HangupSide.AGENT
    return HangupSide.PBX
