"""What is different between two tellings of one call."""

from callcenter.ami import events as ev
from callcenter.record import Attempt, Call
from callcenter.terms import AttemptOutcome, Outcome
from callcenter.tracking.timeline.log import Line, Log, TryKey, evidence_of, keyed
from callcenter.tracking.timeline.story import Scalar, What
from callcenter.tracking.track import Activity, CallTrack

_BY_ACTIVITY = {Activity.HOLD: What.HELD, Activity.TALK: What.TALKING, Activity.NONE: What.ALONE}


class Changes:
    """Writes differences down as things that happened."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._activity = Activity.NONE
        self._in_voicemail = False
        self._ended: dict[TryKey, Line] = {}

    def note(self, event: ev.Event, before: Call | None, after: Call, track: CallTrack | None) -> None:
        """*event* made *after* of *before*. The call's *track* is None at its end."""
        if before is None:
            self._arrived(event, after)
        elif before.hotline != after.hotline:
            self._log.add(What.HOTLINE_NAMED, event, {"hotline": after.hotline})
        self._tries(event, before, after)
        if after.outcome is Outcome.ANSWERED and (before is None or before.outcome is not after.outcome):
            self._answered(event, after)
        if track is not None:
            self._stands(event, after, track)
        self._transfers(event, before, after)
        for recording in after.recordings[len(before.recordings) if before else 0 :]:
            self._log.add(What.RECORDED, event, {"path": recording.path}, at=recording.started_at)

    def _arrived(self, event: ev.Event, call: Call) -> None:
        about = {"direction": call.direction, "hotline": call.hotline, "dialled": call.dialled}
        self._log.add(What.ARRIVED, event, about, at=call.arrived_at)

    def _tries(self, event: ev.Event, before: Call | None, after: Call) -> None:
        known = dict(keyed(before.attempts)) if before is not None else {}
        for key, attempt in keyed(after.attempts):
            old = known.get(key)
            if old is None:
                about = {"phone": attempt.phone, "agent_id": attempt.agent_id}
                self._log.add(What.PHONE_TRIED, event, about, at=attempt.started_at)
            if attempt.ring_started_at is not None and (old is None or old.ring_started_at is None):
                self._log.add(What.PHONE_RANG, event, {"phone": attempt.phone}, at=attempt.ring_started_at)
            self._try_ended(event, key, old, attempt)

    def _try_ended(self, event: ev.Event, key: TryKey, old: Attempt | None, attempt: Attempt) -> None:
        if attempt.outcome in (None, AttemptOutcome.ANSWERED, old.outcome if old is not None else None):
            return
        line = self._ended.get(key)
        if line is not None:
            line.evidence.append(evidence_of(event))
            return
        line = self._log.add(What.TRY_ENDED, event, {"phone": attempt.phone})
        line.attempt, self._ended[key] = key, line

    def _answered(self, event: ev.Event, call: Call) -> None:
        self._activity = Activity.TALK
        about: dict[str, Scalar] = {
            "phone": call.answered_by, "agent_id": call.agent_id, "wait_seconds": call.wait_seconds,
            "seconds": call.caller_ring_seconds, "rings": call.caller_rings,
        }  # fmt: skip
        self._log.add(What.ANSWERED, event, about, at=call.answered_at)

    def _stands(self, event: ev.Event, call: Call, track: CallTrack) -> None:
        if track.voicemail_at is not None and not self._in_voicemail:
            self._log.add(What.VOICEMAIL, event)
        self._in_voicemail = track.voicemail_at is not None
        if call.outcome is Outcome.ANSWERED and call.ended_at is None and track.activity != self._activity:
            self._activity = track.activity
            self._log.add(_BY_ACTIVITY[track.activity], event)

    def _transfers(self, event: ev.Event, before: Call | None, after: Call) -> None:
        known = before.transfers if before is not None else ()
        for number, transfer in enumerate(after.transfers):
            if number >= len(known):
                about = {"kind": transfer.kind, "by": transfer.by, "to": transfer.to}
                line = self._log.add(What.HANDED_ON, event, about, at=transfer.at)
                line.transfer = number
            if transfer.answered and (number >= len(known) or not known[number].answered):
                self._log.add(What.HANDED_OVER, event, {"phone": transfer.to, "kind": transfer.kind})
