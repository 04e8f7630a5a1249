"""Calls whose end was not seen, completed from the PBX's own records.

Theory of operation. Records tell a call by themselves (:func:`from_cel`, `cdr.from_cdr`); what was seen
live is put over that, because it knows more: when phones rang, above all; but never instants of another
clock than the records'. A call is told anew only if
something is gained by it, never if it was seen to its end, and telling it twice gains nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

from callcenter.ami.events import Tick
from callcenter.facts import CallEnded, Fact
from callcenter.record import Attempt, Call, Recording
from callcenter.rings import MICROSECONDS, ring_count, within
from callcenter.sites import Site
from callcenter.terms import (
    AttemptOutcome,
    CallId,
    Clock,
    Direction,
    Instant,
    Outcome,
    Source,
    Truncated,
    Uniqueid,
)
from callcenter.tracking.cel import events
from callcenter.tracking.records import CelRow
from callcenter.tracking.rules import NO_ROSTER, Rules
from callcenter.tracking.tracker import Tracker
from callcenter.tracking.whole import doubtful

_QUIET_US: Final = 10_000_000
"""After the last row nothing more comes of a caller who is gone."""
_SAME_TRY: Final = timedelta(seconds=1)
_MICROSECOND: Final = timedelta(microseconds=1)


def from_cel(
    rows: Iterable[CelRow],
    site: Site,
    seen: Mapping[CallId, Call] | None = None,
    *,
    rules: Rules = NO_ROSTER,
    open_too: bool = False,
) -> list[Call]:
    """Every call, of all directions, that is over by *rows*, as these alone tell it.

    *seen*: calls told before; a hotline that a variable named is known from them. *open_too*: also those of
    which no end is told, as truncated: a PBX that dies writes none.
    """
    rows = sorted(rows, key=attrgetter("at"))
    known = {
        call.uniqueid: (str(call.hotline), _reached_at(call))
        for call in (seen or {}).values()
        if call.hotline is not None
    }
    tracker = Tracker(site, rules=rules)
    facts: list[Fact] = []
    last = Instant(0)
    for event in events(rows, known):
        facts += tracker.receive(event)
        last = event.at
    facts += tracker.receive(Tick(at=Instant(last + _QUIET_US), clock=None))
    if open_too:
        facts += tracker.finish(last)
    unsure, torn = _without_start(rows), doubtful(rows)
    calls = (replace(fact.call, source=Source.CEL) for fact in facts if isinstance(fact, CallEnded))
    return [
        _doubted(call) if call.uniqueid in torn or _may_be_engaged(call) else _cautious(call, unsure)
        for call in calls
    ]


def _reached_at(call: Call) -> Instant:
    """When a dialplan named the hotline; with the channel's creation where only another clock knows."""
    if call.clock is not Clock.PBX:
        return Instant(0)
    return Instant((call.arrived_at - _EPOCH) // _MICROSECOND)


def retold(told: Call, seen: Call | None) -> Call | None:
    """The call to be told now that records tell it as *told*; None where nothing is gained.

    *seen* is its last telling, None if it came and went unseen.
    """
    if seen is None:
        whole = told.direction is Direction.INBOUND and told.outcome is not None
        return replace(told, seq=1) if whole else None
    if not is_unfinished(seen) or not _gains(told, seen):
        return None
    call = _ended(told, seen) if _answer_seen(seen) else _completed(told, seen)
    return replace(
        call,
        arrived_at=seen.arrived_at,
        linkedid=seen.linkedid,
        dialled=seen.dialled,
        direction=seen.direction,
        caller=seen.caller,
        after_hours=seen.after_hours,
        shift_id=seen.shift_id,
        shift_ids=seen.shift_ids,
        on_duty=seen.on_duty,
        recordings=_recordings(told, seen),
        truncated=_truncated(told, seen),
        source=told.source,
        seq=seen.seq + 1,
    )


def is_unfinished(call: Call) -> bool:
    """Whether the call's end was not seen, and nothing has told it since."""
    blind = call.truncated in {Truncated.END, Truncated.BOTH} or call.outcome is Outcome.LOST
    return call.source is Source.AMI and (blind or not call.final)


def _gains(told: Call, seen: Call) -> bool:
    if _answer_seen(seen) and (told.outcome is not Outcome.ANSWERED or told.clock is not seen.clock):
        return False
    decided = told.outcome not in {None, Outcome.LOST}
    ends = told.ended_at is not None and told.truncated in {None, Truncated.START}
    return decided and (ends or (seen.final and seen.outcome is Outcome.LOST))


def _answer_seen(call: Call) -> bool:
    return call.outcome is Outcome.ANSWERED and call.answered_at is not None


def _ended(told: Call, seen: Call) -> Call:
    """The answer was seen and the end was not: only the end is taken from the records."""
    talk, hold = told.talk_seconds, told.hold_seconds
    transfers = told.transfers if len(told.transfers) >= len(seen.transfers) else seen.transfers
    return replace(
        seen,
        ended_at=told.ended_at,
        talk_seconds=talk,
        hold_seconds=hold,
        talks=told.talks,
        hung_up_by=told.hung_up_by,
        transfers=transfers,
        state=told.state,
        waiting_since=None,
        final=True,
    )


def _completed(told: Call, seen: Call) -> Call:
    """The records tell the call; what was seen of its ringing goes on counting."""
    call = replace(told, hotline=seen.hotline or told.hotline, attempts=_attempts(told, seen))
    if seen.clock is not told.clock:
        return call
    if call.wait_seconds is None and call.answered_at is not None and _start_seen(seen):
        call = replace(call, wait_seconds=_seconds(seen.arrived_at, call.answered_at))
    call = _own_ring(call)
    return _callers_ring(call, seen) if _start_seen(seen) else call


def _callers_ring(call: Call, seen: Call) -> Call:
    """The first ring was seen: from there to where the records end the waiting is known exactly."""
    until = call.answered_at if call.outcome is Outcome.ANSWERED else _end_of_waiting(call)
    if seen.first_ring_at is None or until is None or until < seen.first_ring_at or call.cadence is None:
        return call
    rang = (until - seen.first_ring_at) // _MICROSECOND
    on_time = None
    if call.outcome is Outcome.ANSWERED and call.target_rings is not None:
        on_time = within(rang, call.target_rings, call.cadence)
    return replace(
        call,
        first_ring_at=seen.first_ring_at,
        caller_ring_seconds=rang / MICROSECONDS,
        caller_rings=ring_count(rang, call.cadence),
        on_time=on_time,
    )


def _end_of_waiting(call: Call) -> datetime | None:
    return call.arrived_at + timedelta(seconds=call.wait_seconds) if call.wait_seconds is not None else None


def _own_ring(call: Call) -> Call:
    """The answering phone's own ring, where its beginning was seen."""
    tries = [a for a in call.attempts if a.outcome is AttemptOutcome.ANSWERED]
    if not tries or tries[0].ring_seconds is None:
        return call
    return replace(call, ring_seconds=tries[0].ring_seconds, rings=tries[0].rings)


def _attempts(told: Call, seen: Call) -> tuple[Attempt, ...]:
    """The tries as the records have them, with the rings that were seen; and those that records lack."""
    left = list(seen.attempts) if seen.clock is told.clock else []
    merged = []
    for attempt in told.attempts:
        match = next((other for other in left if _same_try(attempt, other)), None)
        if match is not None:
            left.remove(match)
            attempt = _with_ring(attempt, match, told)  # noqa: PLW2901 - the same try, told better
        merged.append(attempt)
    never = datetime.max.replace(tzinfo=told.arrived_at.tzinfo)
    return tuple(sorted([*merged, *left], key=lambda attempt: attempt.started_at or never))


def _same_try(one: Attempt, other: Attempt) -> bool:
    if one.phone != other.phone or one.started_at is None:
        return False
    if other.started_at is None:
        return True  # it was first seen in its middle
    return abs(one.started_at - other.started_at) < _SAME_TRY


def _with_ring(told: Attempt, seen: Attempt, call: Call) -> Attempt:
    began, rang = seen.ring_started_at, seen.ring_seconds
    rings = seen.rings
    if began is not None and rang is None and told.outcome is AttemptOutcome.ANSWERED and call.answered_at:
        lasted = max(call.answered_at - began, timedelta(0)) // _MICROSECOND
        rang = lasted / MICROSECONDS
        rings = ring_count(lasted, call.cadence) if call.cadence else None
    certain = seen.outcome not in {None, AttemptOutcome.LOST}
    outcome = seen.outcome if certain and told.outcome is not AttemptOutcome.ANSWERED else told.outcome
    return replace(
        told,
        started_at=seen.started_at or told.started_at,
        ring_started_at=began,
        ring_seconds=rang,
        rings=rings,
        outcome=outcome,
    )


def _recordings(told: Call, seen: Call) -> tuple[Recording, ...]:
    ends = {recording.path: recording.ended_at for recording in told.recordings}
    mine = [replace(r, ended_at=r.ended_at or ends.get(r.path)) for r in seen.recordings]
    known = {recording.path for recording in mine}
    return (*mine, *(recording for recording in told.recordings if recording.path not in known))


def _truncated(told: Call, seen: Call) -> Truncated | None:
    start = _start_seen(seen) or _start_seen(told)
    end = told.truncated in {None, Truncated.START}
    if start:
        return None if end else Truncated.END
    return Truncated.START if end else Truncated.BOTH


def _start_seen(call: Call) -> bool:
    return call.truncated in {None, Truncated.END}


def _seconds(began: datetime, ended: datetime) -> float:
    return max(ended - began, timedelta(0)) / timedelta(seconds=1)


def _without_start(rows: Iterable[CelRow]) -> set[str]:
    """Linkedids of which a leg's first row is missing: when the first try began is then unknown."""
    rows = list(rows)
    started: set[Uniqueid] = {row.uniqueid for row in rows if row.eventtype == "CHAN_START"}
    return {str(row.linkedid) for row in rows if row.uniqueid not in started}


def _may_be_engaged(call: Call) -> bool:
    """Whether a queue tried nobody: none could be reached, or all were on the phone; CEL does not say."""
    return call.queue is not None and not call.attempts and call.outcome is Outcome.UNREACHABLE


def _doubted(call: Call) -> Call:
    """What is left of a call of which rows are missing: that somebody answered, if so, and the ends.

    Nobody is said to have missed it, and nothing to have taken so long.
    """
    unknown = AttemptOutcome.LOST
    answered = call.outcome is Outcome.ANSWERED
    return replace(
        call,
        outcome=call.outcome if answered or call.outcome is None else Outcome.LOST,
        answered_by=None,
        agent_id=None,
        answered_at=None,
        wait_seconds=None,
        on_time=None,
        short_abandoned=False,
        talk_seconds=None,
        hold_seconds=None,
        talks=(),
        hung_up_by=None,
        transfers=(),
        attempts=tuple(replace(attempt, outcome=unknown) for attempt in call.attempts),
    )


def _cautious(call: Call, unsure: set[str]) -> Call:
    """Where the first try may have begun before what is known, only the time since the arrival judges."""
    if not call.on_time or str(call.linkedid) not in unsure:
        return call
    if call.wait_seconds is None or call.target_rings is None or call.cadence is None:
        return replace(call, on_time=None)
    waited = round(call.wait_seconds * MICROSECONDS)
    return call if within(waited, call.target_rings, call.cadence) else replace(call, on_time=None)


_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
