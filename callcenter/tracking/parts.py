"""The parts of a call's record, each as told: tries, transfers, talk by phone, recordings.

They are made anew with each telling of a call, the tries more often than anything else.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from callcenter.record import Attempt, Recording, Talk, Transfer
from callcenter.rings import Cadence, ring_count
from callcenter.terms import AttemptOutcome, Instant, Phone, TransferKind
from callcenter.tracking import attempts
from callcenter.tracking.channels import Channel
from callcenter.tracking.directory import Directory
from callcenter.tracking.mirror import Mirror
from callcenter.tracking.quick import maker
from callcenter.tracking.track import CallTrack, Handover, Share

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

When = Callable[[Instant | None], datetime | None]
"""An instant as told."""
Span = Callable[[int | None], float | None]
"""A duration as told."""


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


_TIMED: Final[tuple[When, Span]] = (_when, _seconds)
_UNTIMED: Final[tuple[When, Span]] = (_untimed, _untimed)

_new_attempt: Final = maker(Attempt)
_new_recording: Final = maker(Recording)


def words(track: CallTrack) -> tuple[When, Span]:
    """How instants and durations of the call are told."""
    return _TIMED if track.clock is not None else _UNTIMED


def rings(ring_us: int | None, cadence: Cadence | None) -> int | None:
    """A ring count as told; without a hotline, or a clock, there is no cadence to count by."""
    return None if ring_us is None or cadence is None else ring_count(ring_us, cadence)


class Parts:
    """Tells the parts of one site's calls."""

    def __init__(self, mirror: Mirror, names: Directory) -> None:
        self._mirror = mirror
        self._names = names
        self._root = names.site.monitor_dir.rstrip("/") + "/"

    def attempts(
        self, groups: list[list[Channel]], track: CallTrack, caller: Channel, cadence: Cadence | None
    ) -> tuple[Attempt, ...]:
        """The tries as told; *groups* are the legs of each."""
        return tuple([self._attempt(group, track, caller, cadence) for group in groups])

    def _attempt(
        self, group: list[Channel], track: CallTrack, caller: Channel, cadence: Cadence | None
    ) -> Attempt:
        """Of several devices the one that says most; the phone rings from the first of them."""
        leg = first = group[0]
        if len(group) == 1:
            outcome = attempts.outcome_of(leg, track, caller)
        else:
            leg, outcome = _telling_most(group, track, caller)
            first = min(group, key=_first_rung)
        when, span = words(track)
        phone, agent = self._names.whose(leg)
        step = track.step_at(leg.dialled_at) if track.steps else None
        goes_on = outcome is None and leg.up_at is None
        rang = None if goes_on else attempts.ring_us(leg, track, caller, first)
        began = first.ringing_at if first.ringing_at is not None else first.progress_at
        return _new_attempt(
            phone=phone,
            agent_id=agent or (step.person if step else None),
            started_at=when(group[0].dialled_at),
            ring_started_at=when(began) if first.born else None,
            ring_seconds=span(rang),
            rings=rings(rang, cadence),
            outcome=outcome,
            step=step.number if step else None,
            step_role=step.role if step else None,
        )

    def transfers(self, track: CallTrack, handed_on: list[Handover]) -> tuple[Transfer, ...]:
        """Each handing-on as told."""
        when, _ = words(track)
        return tuple([_transfer(handover, when) for handover in handed_on])

    def talks(self, track: CallTrack) -> tuple[Talk, ...]:
        """Talk and hold by phone; one that met the caller twice is told once."""
        if track.clock is None:
            return ()
        by_phone: dict[Phone, list[Share]] = {}
        for share in track.shares.values():
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

    def recordings(self, track: CallTrack, caller: Channel) -> tuple[Recording, ...]:
        """Each file once; it ends with its channel unless it was stopped before."""
        when, _ = words(track)
        told: dict[str, Recording] = {}
        for tape in track.tapes:
            ended = tape.ended_at
            if ended is None:
                ended = self._mirror.channels.get(tape.channel, caller).ended_at
            told[tape.path] = _new_recording(
                path=tape.path.removeprefix(self._root),
                started_at=when(tape.started_at),
                ended_at=when(ended),
            )
        return tuple(told.values())


def _telling_most(
    group: list[Channel], track: CallTrack, caller: Channel
) -> tuple[Channel, AttemptOutcome | None]:
    outcomes = [attempts.outcome_of(leg, track, caller) for leg in group]
    most = min(range(len(group)), key=lambda number: _RANK.index(outcomes[number]))
    return group[most], outcomes[most]


def _transfer(handover: Handover, when: When) -> Transfer:
    parked = handover.kind is TransferKind.PARK
    return Transfer(
        kind=handover.kind,
        at=when(handover.at),
        by=handover.by,
        to=handover.to or (None if parked else handover.tried or handover.extension),
        answered=handover.answered,
    )


def _first_rung(leg: Channel) -> tuple[bool, int]:
    """By when a device of a try alerted; those that did not, or were not seen from their start, come last."""
    rang = leg.rang_at if leg.born else None
    return rang is None, rang or 0


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
