"""Who was there: sign-ins held against the roster (签到、迟到、早退、漏班).

Theory of operation. What is judged is a *turn* of duty and when the person was *present* in it
(:mod:`callcenter.roster.presence`). Somebody not there when it begins is late, gone before it ends has left
early, never there has missed the shift. At the end of a turn the relief, if the roster names one, has to be
there: whoever stays and waits is unrelieved, whoever goes has left before the relief.

`judge` says everything that can be told at *now*, and whatever it has told once stays told as time goes
on and signs come in (unless a sign comes in late, for an earlier time): so it can be asked every minute
and each finding kept as soon as it appears. The natural key of a finding is shift, person and kind.

A missed shift was late first; both stand. Who counts the late leaves out those that were missed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from callcenter.record_json import iso
from callcenter.roster.model import Assignment
from callcenter.roster.presence import AttendanceRules, Reliefs, Sign, SignSource, Turn, presences
from callcenter.terms import AgentId, HotlineNumber, ShiftId

__all__ = [
    "AttendanceRules",
    "Finding",
    "LapseKind",
    "Sign",
    "SignSource",
    "judge",
    "waited_for",
]


class LapseKind(StrEnum):
    """What was amiss."""

    LATE = "late"
    """Not there when the turn began (迟到)."""
    LEFT_EARLY = "left_early"
    """Went before its end and did not come back soon (早退)."""
    MISSED_SHIFT = "missed_shift"
    """Never came (漏班/空班)."""
    UNRELIEVED = "unrelieved"
    """The turn was over, and who should have relieved was not there (无人接班)."""
    LEFT_BEFORE_RELIEF = "left_before_relief"
    """Went before the relief had taken over (未交接离岗)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Somebody was not there, or had to stay."""

    kind: LapseKind
    shift_id: ShiftId
    hotline: HotlineNumber
    person: AgentId
    start: datetime
    """From when the post was without the person; for ``unrelieved``, the end of the turn."""
    end: datetime | None
    """When the person, or the relief, came, or the turn was over; None: that is still to come."""

    @property
    def key(self) -> tuple[ShiftId, AgentId, LapseKind]:
        """By which it is written once."""
        return self.shift_id, self.person, self.kind

    @property
    def at(self) -> datetime:
        """When it began."""
        return self.start

    @property
    def minutes(self) -> float | None:
        """How late, how early, how long without relief."""
        return None if self.end is None else (self.end - self.start) / timedelta(minutes=1)

    def to_json(self) -> dict[str, Any]:
        """As the API and the export tell it."""
        return {
            "kind": self.kind.value,
            "shift_id": self.shift_id,
            "hotline": self.hotline,
            "person": self.person,
            "start": iso(self.start.astimezone(UTC)),
            "end": None if self.end is None else iso(self.end.astimezone(UTC)),
            "minutes": self.minutes,
        }


def judge(
    assignments: Iterable[Assignment], signs: Iterable[Sign], now: datetime, rules: AttendanceRules
) -> tuple[Finding, ...]:
    """Everything that can be said at *now* about *assignments*, which are those after changes; by time.

    *signs* should reach back to before the first of them. Signs after *now* are left out.
    """
    turns = presences(assignments, signs, now, rules)
    relief = Reliefs(turns)
    found: list[Finding] = []
    for turn in turns:
        found += _late(turn, now, rules)
        found += _missed(turn, now)
        found += _left_early(turn, now, rules)
        found += _without_relief(turn, relief, now, rules)
    by_time = sorted(found, key=lambda one: (one.start, one.key))
    return tuple({one.key: one for one in reversed(by_time)}.values())[::-1]


def waited_for(
    assignments: Iterable[Assignment],
    signs: Iterable[Sign],
    person: AgentId,
    at: datetime,
    rules: AttendanceRules,
) -> tuple[AgentId, ...]:
    """Who has to come before *person* leaves at *at*, about when a turn ends. Nobody: they may leave, or
    nobody is to come."""
    opens = timedelta(minutes=rules.opens_minutes)
    turns = presences(assignments, signs, at, rules)
    relief, missing = Reliefs(turns), list[AgentId]()
    for part in (part for turn in turns if turn.person == person for part in turn.ends):
        reliefs = relief.of(part) if abs(at - part.end) <= opens else []
        if not any(one.is_there(at) for one in reliefs):
            missing += [one.person for one in reliefs]
    return tuple(dict.fromkeys(missing))


def _late(turn: Turn, now: datetime, rules: AttendanceRules) -> Iterator[Finding]:
    limit = turn.start + timedelta(minutes=rules.late_grace_minutes)
    if now > limit and not turn.was_there(turn.start, limit):
        yield _finding(LapseKind.LATE, turn.parts[0], turn.start, turn.next_arrival(limit, turn.end, now))


def _missed(turn: Turn, now: datetime) -> Iterator[Finding]:
    """Each shift of the turn by itself; one that covers several hotlines is missed once."""
    for (start, end), part in {(one.start, one.end): one for one in reversed(turn.parts)}.items():
        if now >= end and not turn.was_there(start, end - timedelta(microseconds=1)):
            yield _finding(LapseKind.MISSED_SHIFT, part, start, end)


def _left_early(turn: Turn, now: datetime, rules: AttendanceRules) -> Iterator[Finding]:
    limit = turn.end - timedelta(minutes=rules.late_grace_minutes)
    for _, left in turn.present:
        if left is None or not turn.start <= left < limit:
            continue
        back_by = min(left + timedelta(minutes=rules.away_minutes), turn.end)
        if now > back_by and not turn.was_there(left + timedelta(microseconds=1), back_by):
            part = next(one for one in turn.parts if one.start <= left < one.end)
            yield _finding(LapseKind.LEFT_EARLY, part, left, turn.next_arrival(left, turn.end, now))


def _without_relief(turn: Turn, relief: Reliefs, now: datetime, rules: AttendanceRules) -> Iterator[Finding]:
    grace = timedelta(minutes=rules.late_grace_minutes)
    for part in turn.ends:
        reliefs = relief.of(part)
        limit = part.end + timedelta(minutes=rules.relief_grace_minutes)
        stayed = turn.is_there(limit) and now > limit
        if reliefs and stayed and not any(one.is_there(limit) for one in reliefs):
            yield _finding(LapseKind.UNRELIEVED, part, part.end, _came(reliefs, limit))
        for _, left in turn.present:
            gone = reliefs and left is not None and left >= part.end - grace
            if gone and left is not None and not any(one.is_there(left) for one in reliefs):
                yield _finding(LapseKind.LEFT_BEFORE_RELIEF, part, left, _came(reliefs, left))


def _came(reliefs: Iterable[Turn], after: datetime) -> datetime | None:
    """When the first of them came, *after* an instant at which none was there."""
    return min((start for turn in reliefs for start, _ in turn.present if start > after), default=None)


def _finding(kind: LapseKind, part: Assignment, start: datetime, end: datetime | None) -> Finding:
    return Finding(
        kind=kind, shift_id=part.shift_id, hotline=part.hotline, person=part.person, start=start, end=end
    )
