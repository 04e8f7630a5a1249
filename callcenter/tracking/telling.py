"""From what the tracker keeps to the record that everybody else reads."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from callcenter.record import Attempt, Call, Recording, Talk, Transfer
from callcenter.rings import ring_count
from callcenter.terms import (
    AttemptOutcome,
    CallId,
    CallState,
    Direction,
    Instant,
    Outcome,
    PbxName,
    Phone,
    TransferKind,
    Truncated,
)
from callcenter.tracking import attempts, verdict
from callcenter.tracking.channels import Channel
from callcenter.tracking.directory import Directory
from callcenter.tracking.mirror import Mirror
from callcenter.tracking.quick import maker
from callcenter.tracking.track import CallTrack, Handover, Share, Tape

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=4096)  # a call's instants are told again with each of its facts
def moment(at: Instant) -> datetime:
    """Microseconds since the epoch as aware UTC, exactly."""
    return _EPOCH + timedelta(microseconds=at)


@lru_cache(maxsize=4096)
def _when(at: Instant | None) -> datetime | None:
    return None if at is None else _EPOCH + timedelta(microseconds=at)


def _seconds(us: int | None) -> float | None:
    return None if us is None else us / 1_000_000


def _untimed(_us: int | None) -> None:
    """Where the bytes knew no time, there are no instants and no seconds."""


_new_call: Final = maker(Call)
_new_attempt: Final = maker(Attempt)


def call_id(pbx: PbxName, track: CallTrack) -> CallId:
    """``<pbx>:<Uniqueid of the caller's channel>``."""
    return CallId(f"{pbx}:{track.uniqueid}")


class Teller:
    """Tells calls of one site."""

    def __init__(self, mirror: Mirror, names: Directory) -> None:
        self._mirror = mirror
        self._names = names

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
        told = _Telling(self._mirror, self._names, track, caller, phones, final=final)
        hotline, duty, when, span = told.hotline, track.duty, told.when, told.span
        return _new_call(
            call_id=call_id(self._names.site.pbx, track),
            pbx=self._names.site.pbx,
            linkedid=track.linkedid,
            uniqueid=track.uniqueid,
            direction=told.direction(),
            hotline=track.hotline,
            dialled=track.dialled,
            caller=track.caller,
            arrived_at=moment(track.arrived_at),
            first_ring_at=when(told.first_ring),
            answered_at=when(track.answered_at),
            ended_at=when(caller.ended_at),
            outcome=told.outcome,
            answered_by=track.answer_phone,
            agent_id=track.answer_agent,
            wait_seconds=span(told.waited),
            caller_ring_seconds=span(told.caller_ring),
            caller_rings=told.rings(told.caller_ring),
            ring_seconds=span(told.own_ring),
            rings=told.rings(told.own_ring),
            target_rings=duty.target_rings or hotline.target_rings if hotline else None,
            cadence=hotline.cadence if hotline else None,
            on_time=told.on_time() if track.answered else None,
            short_abandoned=told.short_abandoned(),
            short_abandon_seconds=hotline.short_abandon_seconds if hotline else None,
            talk_seconds=span(track.talk_us) if told.talk_seen else None,
            hold_seconds=span(track.hold_us) if told.talk_seen else None,
            talks=told.talks() if told.talk_seen else (),
            hung_up_by=verdict.hung_up_by(track, caller),
            after_hours=duty.after_hours,
            shift_id=duty.shift_id,
            shift_ids=duty.shift_ids,
            on_duty=duty.on_duty,
            attempts=tuple([told.attempt(group) for group in told.groups]),
            transfers=tuple([told.transfer(handover) for handover in track.handovers]),
            recordings=tuple([told.recording(tape) for tape in _heard(track)]) if track.tapes else (),
            clock=track.clock,
            truncated=_truncated(track),
            state=state,
            queue=track.queue,
            waiting_since=told.waiting_since(),
            decided_at=when(_decided_at(track, at)) if told.outcome is not None else None,
            final=final,
            seq=track.told.seq,
        )


class _Telling:
    """One record in the making."""

    __slots__ = (
        "_caller",
        "_final",
        "_mirror",
        "_names",
        "_track",
        "caller_ring",
        "first_ring",
        "groups",
        "hotline",
        "legs",
        "outcome",
        "own_ring",
        "span",
        "waited",
        "when",
    )

    def __init__(
        self,
        mirror: Mirror,
        names: Directory,
        track: CallTrack,
        caller: Channel,
        phones: list[Channel],
        *,
        final: bool,
    ) -> None:
        self._mirror, self._names = mirror, names
        self._track, self._caller = track, caller
        self._final = final
        timed = track.clock is not None
        self.when: Callable[[Instant | None], datetime | None] = _when if timed else _untimed
        """An instant as told."""
        self.span: Callable[[int | None], float | None] = _seconds if timed else _untimed
        """A duration as told."""
        self.legs = legs = attempts.attempted(track, phones)
        self.groups = attempts.tries(legs)
        self.hotline = names.hotline(track.hotline) if track.counts else None
        self.first_ring = verdict.first_ring(track, legs)
        outcome = verdict.outcome(mirror, track, caller, legs)
        self.outcome = outcome if final or outcome is Outcome.ANSWERED else None
        until = track.answered_at if track.answered else verdict.end_of_waiting(track, caller)
        self.waited = _span(track.arrived_at, until) if track.start_seen else None
        """Arrival to answer, else to the end of waiting."""
        self.caller_ring = _span(self.first_ring, until)
        """First ring to answer, else to the end of waiting."""
        self.own_ring = self._own_ring() if track.answered_at is not None else None
        """The answering phone's own ringing, all devices of that try together."""

    def rings(self, ring_us: int | None) -> int | None:
        """A ring count as told; without a hotline there is no cadence to count by."""
        if ring_us is None or self.hotline is None or self._track.clock is None:
            return None
        return ring_count(ring_us, self.hotline.cadence)

    def direction(self) -> Direction:
        """A call that is not from outside and went out over a trunk is outbound."""
        if self._track.direction is Direction.INBOUND:
            return Direction.INBOUND
        reached = any(self._names.is_trunk(leg) for leg in self._mirror.phones(self._caller))
        return Direction.OUTBOUND if reached or self._names.is_trunk(self._caller) else self._track.direction

    def waiting_since(self) -> datetime | None:
        """When the wait that still goes on began."""
        if self._final or self._track.answered or self._track.voicemail_at is not None or self._caller.over:
            return None
        return self.when(self._track.arrived_at)

    def _own_ring(self) -> int | None:
        answered_by = self._track.answered_by
        for group in self.groups:
            if answered_by in [leg.uniqueid for leg in group]:
                begins = [rang for leg in group if (rang := leg.rang_at) is not None and leg.born]
                return _span(min(begins, default=None), self._track.answered_at)
        return None

    def on_time(self) -> bool | None:
        """Whether the answer came within the target."""
        if self.hotline is None or self._track.clock is None:
            return None
        return verdict.on_time(self._track, self.legs, self.hotline, self.first_ring)

    def short_abandoned(self) -> bool:
        """Whether the caller gave up so soon that the call counts apart."""
        if self.outcome is not Outcome.ABANDONED or self.hotline is None or self._track.clock is None:
            return False
        return self.waited is not None and self.waited < self.hotline.short_abandon_seconds * 1_000_000

    @property
    def talk_seen(self) -> bool:
        """Whether talk and hold were seen from their beginning to their end."""
        return self._caller.ended_at is not None and self._track.answered_at is not None

    def talks(self) -> tuple[Talk, ...]:
        """Talk and hold by phone; one that met the caller twice is told once."""
        if self._track.clock is None:
            return ()
        by_phone: dict[Phone, list[Share]] = {}
        for share in self._track.shares.values():
            by_phone.setdefault(share.phone, []).append(share)
        return tuple(
            Talk(
                phone=phone,
                agent_id=shares[0].agent,
                talk_seconds=sum(share.talk_us for share in shares) / 1_000_000,
                hold_seconds=sum(share.hold_us for share in shares) / 1_000_000,
            )
            for phone, shares in by_phone.items()
        )

    def attempt(self, group: list[Channel]) -> Attempt:
        """One try as told; of several devices the one that says most."""
        leg, outcome = group[0], attempts.outcome_of(group[0], self._track, self._caller)
        for other in group[1:]:
            its = attempts.outcome_of(other, self._track, self._caller)
            if _RANK.index(its) < _RANK.index(outcome):
                leg, outcome = other, its
        rang = attempts.ring_us(leg, self._track, self._caller)
        step = self._track.step_at(leg.dialled_at)
        return _new_attempt(
            phone=self._names.phone(leg),
            agent_id=self._names.agent(leg) or (step.person if step else None),
            started_at=self.when(leg.dialled_at),
            ring_started_at=self.when(leg.rang_at) if leg.born else None,
            ring_seconds=self.span(rang),
            rings=self.rings(rang),
            outcome=outcome,
            step=step.number if step else None,
            step_role=step.role if step else None,
        )

    def transfer(self, handover: Handover) -> Transfer:
        """One handing-on as told."""
        parked = handover.kind is TransferKind.PARK
        return Transfer(
            kind=handover.kind,
            at=self.when(handover.at),
            by=handover.by,
            to=handover.to or (None if parked else handover.tried or handover.extension),
            answered=handover.answered,
        )

    def recording(self, tape: Tape) -> Recording:
        """One file as told: it ends with its channel unless it was stopped before."""
        channel = self._mirror.channels.get(tape.channel, self._caller)
        ended = tape.ended_at if tape.ended_at is not None else channel.ended_at
        root = self._names.site.monitor_dir.rstrip("/") + "/"
        return Recording(
            path=tape.path.removeprefix(root),
            started_at=self.when(tape.started_at),
            ended_at=self.when(ended),
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


def _span(begin: Instant | None, end: Instant | None) -> int | None:
    """Microseconds between two instants, where both are known."""
    return max(end - begin, 0) if begin is not None and end is not None else None


def _decided_at(track: CallTrack, at: Instant) -> Instant:
    answered = track.answered_at if track.answered_at is not None else track.answer_noted_at
    return at if answered is None else answered


def _heard(track: CallTrack) -> list[Tape]:
    """The recordings, each file once."""
    return list({tape.path: tape for tape in track.tapes}.values())


def _truncated(track: CallTrack) -> Truncated | None:
    if track.end_lost:
        return Truncated.END if track.start_seen else Truncated.BOTH
    return None if track.start_seen else Truncated.START
