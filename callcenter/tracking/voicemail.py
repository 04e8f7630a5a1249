"""When voicemail took a caller, as its application tells at its beginning and its variable at its end."""

from typing import Final

from callcenter.terms import Instant
from callcenter.tracking.channels import Channel, earliest
from callcenter.tracking.mirror import Mirror
from callcenter.tracking.track import CallTrack

_GREETING_US: Final = 1_000_000
"""Voicemail's greeting is longer; answering the caller is not."""


def took(track: CallTrack, at: Instant) -> None:
    """Voicemail has the caller, since *at* or before."""
    track.settled = True
    track.agent_left_at = None
    if not track.answered:
        track.voicemail_at = earliest(track.voicemail_at, at)


def over(mirror: Mirror, track: CallTrack, caller: Channel, status: str, at: Instant) -> None:
    """Voicemail has done with the caller, and says how it went (VMSTATUS)."""
    if track.voicemail_at is None:
        took(track, _taken_at(mirror, track, caller, at))
        in_queue = track.queue_joined_at is not None and track.queue_left_at is None
        track.voicemail_unheard = in_queue or any(leg.gone for leg in mirror.dialled(caller))
    elif status == "FAILED" and _turned_away(track.voicemail_at, caller, at):
        track.voicemail_at = None


def _taken_at(mirror: Mirror, track: CallTrack, caller: Channel, at: Instant) -> Instant:
    """Where only its end is told, voicemail took the caller when it answered him, or, if he was answered
    before, when the last try ended."""
    ends = [leg.try_ended_at for leg in mirror.dialled(caller)]
    known = [end for end in (caller.up_at, track.queue_left_at, *ends) if end is not None and end <= at]
    return max(known, default=at)


def _turned_away(taken_at: Instant, caller: Channel, at: Instant) -> bool:
    """Whether it failed before it can have said a word, as where there is no such mailbox. It says that it
    failed of everybody, too, who left no message."""
    return caller.requested_at is None and at - taken_at < _GREETING_US
