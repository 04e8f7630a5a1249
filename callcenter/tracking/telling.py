"""From what the tracker keeps to the record that everybody else reads.

Theory of operation. A call is told anew at each of its turns, some ten times, and mostly while the caller
waits: then it is known who visits whom and which phones are tried, and the rest has no value yet. So the
*visit* is told always, and what *came of it* is found out and told only from the moment on at which the
waiting ended: by an answer, by voicemail, or because the caller hung up. The parts of which a call has
several are made in :mod:`callcenter.tracking.parts`.
"""

from typing import Any, Final, cast

from callcenter.record import Call
from callcenter.terms import CallId, CallState, Direction, Instant, Outcome, PbxName, Truncated
from callcenter.tracking import attempts, handovers, verdict
from callcenter.tracking.channels import Channel
from callcenter.tracking.directory import Directory
from callcenter.tracking.mirror import Mirror
from callcenter.tracking.parts import Parts, moment, rings, words
from callcenter.tracking.quick import opener
from callcenter.tracking.track import CallTrack

_open_call: Final = opener(Call)


def call_id(pbx: PbxName, track: CallTrack) -> CallId:
    """``<pbx>:<Uniqueid of the caller's channel>``."""
    return CallId(f"{pbx}:{track.uniqueid}")


class Teller:
    """Tells calls of one site."""

    def __init__(self, mirror: Mirror, names: Directory) -> None:
        self._mirror = mirror
        self._names = names
        self._parts = Parts(mirror, names)

    def tell(
        self,
        track: CallTrack,
        caller: Channel,
        state: CallState,
        at: Instant,
        phones: list[Channel],
        *,
        final: bool = False,
    ) -> Call:
        """*track* as it stands at *at*; only the *final* telling decides a call that was not answered."""
        told = _Telling(self._names, track, caller, phones)
        call = _open_call()
        told.visit(call, state, self._parts)
        waits = not (final or track.answered_by is not None or track.voicemail_at is not None or caller.over)
        if waits and track.clock is not None:
            call.waiting_since = call.arrived_at
        if not waits or caller.requested_at is not None:
            told.came_of_it(call, told.outcome(self._mirror, final=final), at)
            call.talks = self._parts.talks(track) if told.talk_seen else ()
            call.final = final
        if final and track.passed_on:
            call.transfers = self._parts.transfers(track, handovers.all_told(track))
        call.__class__ = Call
        return cast("Call", call)


class _Telling:
    """One record in the making."""

    __slots__ = (
        *("_caller", "_names", "_phones", "_track"),
        *("cadence", "first_ring", "groups", "hotline", "legs"),
    )

    def __init__(self, names: Directory, track: CallTrack, caller: Channel, phones: list[Channel]) -> None:
        self._names, self._track, self._caller, self._phones = names, track, caller, phones
        self.legs = legs = attempts.attempted(track, phones)
        self.groups = attempts.tries(legs, names.target)
        self.hotline = hotline = names.hotline(track.hotline) if track.counts else None
        self.cadence = hotline.cadence if hotline is not None and track.clock is not None else None
        """What rings are counted by; None where they can't be."""
        self.first_ring = verdict.first_ring(track, legs)

    def visit(self, call: Any, state: CallState, parts: Parts) -> None:
        """Who called whom, by which rules, and whom the PBX tried."""
        track, hotline, duty = self._track, self.hotline, self._track.duty
        pbx, when = self._names.site.pbx, words(track)[0]
        call.call_id = call_id(pbx, track)
        call.pbx = pbx
        call.linkedid = track.linkedid
        call.uniqueid = track.uniqueid
        call.direction = self._direction()
        call.hotline = track.hotline
        call.dialled = track.dialled
        call.caller = track.caller
        call.arrived_at = moment(track.arrived_at)
        call.first_ring_at = when(self.first_ring)
        if hotline is not None:
            call.target_rings = duty.target_rings or hotline.target_rings
            call.cadence = hotline.cadence
            call.short_abandon_seconds = hotline.short_abandon_seconds
        call.after_hours = duty.after_hours
        call.shift_id = duty.shift_id
        call.shift_ids = duty.shift_ids
        call.on_duty = duty.on_duty
        call.attempts = parts.attempts(self.groups, track, self._caller, self.cadence)
        if track.handovers:
            call.transfers = parts.transfers(track, track.handovers)
        if track.tapes:
            call.recordings = parts.recordings(track, self._caller)
        call.clock = track.clock
        call.truncated = _truncated(track)
        call.state = state
        call.queue = track.queue
        call.seq = track.told.seq

    def outcome(self, mirror: Mirror, *, final: bool) -> Outcome | None:
        """An answer is told at once, everything else only in the end."""
        if self._track.answered_by is not None:
            return Outcome.ANSWERED
        return verdict.outcome(mirror, self._track, self._caller, self.legs) if final else None

    def came_of_it(self, call: Any, outcome: Outcome | None, at: Instant) -> None:
        """How long the caller waited and for what: the fields that have no value while he does."""
        track, caller, cadence = self._track, self._caller, self.cadence
        when, span = words(track)
        answered = track.answered_by is not None
        until = track.answered_at if answered else verdict.end_of_waiting(track, caller)
        waited = _span(track.arrived_at, until) if track.start_seen else None
        caller_ring = _span(self.first_ring, until)
        own_ring = self._own_ring() if track.answered_at is not None else None
        call.answered_at = when(track.answered_at)
        call.ended_at = when(caller.ended_at)
        call.outcome = outcome
        call.answered_by = track.answer_phone
        call.agent_id = track.answer_agent
        call.wait_seconds = span(waited)
        call.caller_ring_seconds = span(caller_ring)
        call.caller_rings = rings(caller_ring, cadence)
        call.ring_seconds = span(own_ring)
        call.rings = rings(own_ring, cadence)
        call.on_time = self._on_time() if answered else None
        call.short_abandoned = outcome is Outcome.ABANDONED and self._was_short(waited)
        if self.talk_seen:
            call.talk_seconds = span(track.talk_us)
            call.hold_seconds = span(track.hold_us)
        call.hung_up_by = verdict.hung_up_by(track, caller)
        call.decided_at = when(_decided_at(track, at)) if outcome is not None else None

    @property
    def talk_seen(self) -> bool:
        """Whether talk and hold were seen from their beginning to their end."""
        track = self._track
        return self._caller.ended_at is not None and track.answered_at is not None and not track.talk_unseen

    def _direction(self) -> Direction:
        """A call that is not from outside and went out over a trunk is outbound."""
        if self._track.direction is Direction.INBOUND:
            return Direction.INBOUND
        reached = any(self._names.is_trunk(leg) for leg in self._phones)
        return Direction.OUTBOUND if reached or self._names.is_trunk(self._caller) else self._track.direction

    def _own_ring(self) -> int | None:
        """The answering phone's own ringing, all devices of that try together."""
        answered_by = self._track.answered_by
        for group in self.groups:
            if answered_by in [leg.uniqueid for leg in group]:
                begins = [leg.rang_at for leg in group if leg.rang_at is not None and _rang_to_its_end(leg)]
                return _span(min(begins, default=None), self._track.answered_at)
        return None

    def _on_time(self) -> bool | None:
        """Whether the answer, which there is, came within the target."""
        if self.hotline is None or self.cadence is None:
            return None
        return verdict.on_time(self._track, self.legs, self.hotline, self.first_ring)

    def _was_short(self, waited: int | None) -> bool:
        """Whether the caller gave up so soon that the call counts apart."""
        if self.hotline is None or self.cadence is None or waited is None:
            return False
        return waited < self.hotline.short_abandon_seconds * 1_000_000


def _span(begin: Instant | None, end: Instant | None) -> int | None:
    """Microseconds between two instants, where both are known."""
    return max(end - begin, 0) if begin is not None and end is not None else None


def _decided_at(track: CallTrack, at: Instant) -> Instant:
    answered = track.answered_at if track.answered_at is not None else track.answer_noted_at
    return at if answered is None else answered


def _truncated(track: CallTrack) -> Truncated | None:
    if track.end_lost:
        return Truncated.END if track.start_seen else Truncated.BOTH
    return None if track.start_seen else Truncated.START


def _rang_to_its_end(leg: Channel) -> bool:
    """Whether the leg was heard from its birth until it was picked up or stopped: one that went unheard while
    it rang was perhaps a try before."""
    return leg.born and (leg.up_at is not None or not leg.gone)
