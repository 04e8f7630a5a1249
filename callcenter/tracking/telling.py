"""From what the tracker keeps to the record that everybody else reads."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from callcenter.record import Attempt, Call, Recording, Transfer
from callcenter.rings import Cadence, ring_count
from callcenter.terms import (
    AttemptOutcome,
    CallId,
    CallState,
    Direction,
    Instant,
    Outcome,
    PbxName,
    TransferKind,
    Truncated,
)
from callcenter.tracking import attempts, verdict
from callcenter.tracking.channels import Channel
from callcenter.tracking.directory import Directory
from callcenter.tracking.mirror import Mirror
from callcenter.tracking.track import CallTrack, Handover, Tape

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def moment(at: Instant) -> datetime:
    """Microseconds since the epoch as aware UTC, exactly."""
    return _EPOCH + timedelta(microseconds=at)


def seconds(us: int | None) -> float | None:
    """Microseconds as seconds."""
    return None if us is None else us / 1_000_000


def call_id(pbx: PbxName, track: CallTrack) -> CallId:
    """``<pbx>:<Uniqueid of the caller's channel>``."""
    return CallId(f"{pbx}:{track.uniqueid}")


class Teller:
    """Tells calls of one site."""

    def __init__(self, mirror: Mirror, names: Directory) -> None:
        self._mirror = mirror
        self._names = names

    def tell(self, track: CallTrack, caller: Channel, state: CallState, at: Instant, *, final: bool) -> Call:
        """*track* as it stands at *at*; only the *final* telling decides a call that was not answered."""
        legs = attempts.attempted(self._mirror, track, caller)
        outcome = verdict.outcome(self._mirror, track, caller)
        if not final and outcome is not Outcome.ANSWERED:
            outcome = None
        told = _Judged(self._mirror, self._names, track, caller, legs, outcome)
        timed = track.clock is not None
        return Call(
            **told.identity(),
            **(told.times() if timed else {}),
            **(told.figures() if timed else {}),
            **told.people(),
            outcome=outcome,
            attempts=tuple(told.attempts(timed=timed)),
            transfers=tuple(_transfer(handover, timed=timed) for handover in track.handovers),
            recordings=tuple(self._recording(tape, caller, timed=timed) for tape in _heard(track)),
            truncated=_truncated(track),
            state=state,
            waiting_since=told.waiting_since() if timed and not final else None,
            decided_at=moment(_decided_at(track, at)) if outcome is not None and timed else None,
            final=final,
            seq=track.told.seq,
        )

    def _recording(self, tape: Tape, caller: Channel, *, timed: bool) -> Recording:
        channel = self._mirror.channels.get(tape.channel)
        ended = (
            tape.ended_at if tape.ended_at is not None else (channel.ended_at if channel else caller.ended_at)
        )
        return Recording(
            path=_below(tape.path, self._names.site.monitor_dir),
            started_at=moment(tape.started_at) if timed else None,
            ended_at=moment(ended) if timed and ended is not None else None,
        )


class _Judged:
    """One call's record in the making, in the parts that the contract's section 5 has."""

    def __init__(
        self,
        mirror: Mirror,
        names: Directory,
        track: CallTrack,
        caller: Channel,
        legs: list[Channel],
        outcome: Outcome | None,
    ) -> None:
        self._mirror, self._names = mirror, names
        self._track, self._caller, self._legs = track, caller, legs
        self._outcome = outcome
        self._hotline = names.hotline(track.hotline) if track.counts else None
        self._cadence: Cadence | None = self._hotline.cadence if self._hotline else None
        self._first_ring = verdict.first_ring(track, legs)

    def identity(self) -> dict[str, Any]:
        """Who and where."""
        track, hotline = self._track, self._hotline
        pbx = self._names.site.pbx
        return {
            "call_id": call_id(pbx, track),
            "pbx": pbx,
            "linkedid": track.linkedid,
            "uniqueid": track.uniqueid,
            "direction": self._direction(),
            "hotline": track.hotline,
            "dialled": track.dialled,
            "caller": track.caller,
            "arrived_at": moment(track.arrived_at),
            "queue": track.queue,
            "target_rings": hotline.target_rings if hotline else None,
            "cadence": hotline.cadence if hotline else None,
            "short_abandon_seconds": hotline.short_abandon_seconds if hotline else None,
            "clock": track.clock,
        }

    def _direction(self) -> Direction:
        """A call that is not from outside and went out over a trunk is outbound."""
        if self._track.direction is Direction.INBOUND:
            return Direction.INBOUND
        reached = any(self._names.is_trunk(leg) for leg in self._mirror.phones(self._caller))
        return Direction.OUTBOUND if reached or self._names.is_trunk(self._caller) else self._track.direction

    def times(self) -> dict[str, Any]:
        """When."""
        track, caller = self._track, self._caller
        ended = caller.ended_at if not track.end_lost else None
        return {
            "first_ring_at": moment(self._first_ring) if self._first_ring is not None else None,
            "answered_at": moment(track.answered_at) if track.answered_at is not None else None,
            "ended_at": moment(ended) if ended is not None else None,
        }

    def waiting_since(self) -> datetime | None:
        """When the wait that still goes on began."""
        if self._track.answered or self._track.voicemail_at is not None or self._caller.over:
            return None
        return moment(self._track.arrived_at)

    def figures(self) -> dict[str, Any]:
        """How long, how many rings, and whether that was in time."""
        track = self._track
        waited, rang = self._waited(), self._caller_ring()
        own = self._own_ring()
        abandoned = self._outcome is Outcome.ABANDONED and self._hotline is not None and waited is not None
        limit = self._hotline.short_abandon_seconds if self._hotline else 0.0
        closed = self._caller.ended_at is not None and not track.end_lost and track.answered_at is not None
        return {
            "wait_seconds": seconds(waited),
            "caller_ring_seconds": seconds(rang),
            "caller_rings": self._rings(rang),
            "ring_seconds": seconds(own),
            "rings": self._rings(own),
            "on_time": verdict.on_time(track, self._legs, self._hotline) if self._hotline else None,
            "short_abandoned": abandoned and (waited or 0) < limit * 1_000_000,
            "talk_seconds": seconds(track.talk_us) if closed else None,
            "hold_seconds": seconds(track.hold_us) if closed else None,
        }

    def _rings(self, ring_us: int | None) -> int | None:
        return (
            ring_count(ring_us, self._cadence) if ring_us is not None and self._cadence is not None else None
        )

    def _waited(self) -> int | None:
        """Arrival to answer, else to the end of waiting, in microseconds."""
        track = self._track
        ended = track.answered_at if track.answered else verdict.end_of_waiting(track, self._caller)
        return max(ended - track.arrived_at, 0) if ended is not None and track.start_seen else None

    def _caller_ring(self) -> int | None:
        """First ring to answer, else to the end of waiting, in microseconds."""
        track = self._track
        ended = track.answered_at if track.answered else verdict.end_of_waiting(track, self._caller)
        if ended is None or self._first_ring is None:
            return None
        return max(ended - self._first_ring, 0)

    def _own_ring(self) -> int | None:
        """The answering phone's own ringing, all devices of that try together, in microseconds."""
        group = self._answering_try()
        if not group or self._track.answered_at is None:
            return None
        begins = [leg.rang_at for leg in group if leg.rang_at is not None and leg.born]
        return max(self._track.answered_at - min(begins), 0) if begins else None

    def _answering_try(self) -> list[Channel]:
        for group in attempts.tries(self._legs):
            if any(leg.uniqueid == self._track.answered_by for leg in group):
                return group
        return []

    def people(self) -> dict[str, Any]:
        """Who answered, and who hung up."""
        track = self._track
        phone = self._mirror.channels.get(track.answered_by) if track.answered_by is not None else None
        return {
            "answered_by": track.answer_phone,
            "agent_id": self._names.agent(phone) if phone is not None else None,
            "hung_up_by": verdict.hung_up_by(track, self._caller),
        }

    def attempts(self, *, timed: bool) -> list[Attempt]:
        """Each try as told."""
        return [self._attempt(group, timed=timed) for group in attempts.tries(self._legs)]

    def _attempt(self, group: list[Channel], *, timed: bool) -> Attempt:
        outcomes = [attempts.outcome_of(leg, self._track, self._caller) for leg in group]
        best = min(range(len(group)), key=lambda index: _RANK.index(outcomes[index]))
        leg = group[best]
        rang = attempts.ring_us(leg, self._track, self._caller) if timed else None
        return Attempt(
            phone=self._names.phone(leg),
            agent_id=self._names.agent(leg),
            started_at=moment(leg.dialled_at) if timed and leg.dialled_at is not None else None,
            ring_started_at=moment(leg.rang_at) if timed and leg.rang_at is not None and leg.born else None,
            ring_seconds=seconds(rang),
            rings=self._rings(rang),
            outcome=outcomes[best],
        )


_RANK: Final[tuple[AttemptOutcome | None, ...]] = (
    AttemptOutcome.ANSWERED,
    None,
    AttemptOutcome.REJECTED,
    AttemptOutcome.NO_ANSWER,
    AttemptOutcome.CALLER_GAVE_UP,
    AttemptOutcome.ANSWERED_ELSEWHERE,
    AttemptOutcome.BUSY,
    AttemptOutcome.UNCONFIRMED,
    AttemptOutcome.FORWARDED,
    AttemptOutcome.UNREACHABLE,
    AttemptOutcome.LOST,
)
"""Of two devices of one try, the one that says most of the person is told."""


def _decided_at(track: CallTrack, at: Instant) -> Instant:
    answered = track.answered_at if track.answered_at is not None else track.answer_noted_at
    return at if answered is None else answered


def _heard(track: CallTrack) -> list[Tape]:
    """The recordings, each file once."""
    return list({tape.path: tape for tape in track.tapes}.values())


def _transfer(handover: Handover, *, timed: bool) -> Transfer:
    parked = handover.kind is TransferKind.PARK
    return Transfer(
        kind=handover.kind,
        at=moment(handover.at) if timed else None,
        by=handover.by,
        to=handover.to or (None if parked else handover.tried or handover.extension),
        answered=handover.answered,
    )


def _truncated(track: CallTrack) -> Truncated | None:
    if track.end_lost:
        return Truncated.END if track.start_seen else Truncated.BOTH
    return None if track.start_seen else Truncated.START


def _below(path: str, folder: str) -> str:
    """*path* relative to *folder* where it lies below it."""
    root = folder.rstrip("/") + "/"
    return path.removeprefix(root)
