"""One hotline: its callers now and its days so far, kept by adding and taking away single calls."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from heapq import nlargest
from operator import add, sub
from typing import Final, Self
from zoneinfo import ZoneInfo

from callcenter.kpi import EMPTY, Tally, microseconds
from callcenter.live.day import Day, day_of
from callcenter.record import Call
from callcenter.rings import ring_count
from callcenter.sites import Hotline
from callcenter.terms import CallId, CallState, HotlineNumber, Outcome, Truncated

LAST_MISSED: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A missed call as a wallboard may show it: when and how, never who."""

    at: datetime
    """When the outcome was decided."""
    call_id: CallId
    outcome: Outcome
    caller_rings: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the board remembers of a call: the call itself only while the caller is there."""

    call_id: CallId
    seq: int
    hotline: HotlineNumber | None
    dialled: str
    arrived_at: datetime
    tally: Tally
    rings: int | None
    """The ring of the answer; None unless answered and known."""
    miss: Miss | None
    call: Call | None

    @classmethod
    def of(cls, call: Call) -> Self:
        """The entry of a call as it is told now."""
        answered = call.outcome is Outcome.ANSWERED
        return cls(
            call_id=call.call_id, seq=call.seq, hotline=call.hotline, dialled=call.dialled,
            arrived_at=call.arrived_at, tally=Tally.of(call), rings=call.caller_rings if answered else None,
            miss=_miss(call), call=call if is_present(call) else None,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a hotline stands at one moment."""

    unanswered: int
    """Callers who wait for a person, whether a phone rings or not."""
    waiting: int
    """Undecided, and no phone rings."""
    ringing: int
    voicemail: int
    talking: int
    """Answered and still there, on hold or being moved included. Not in progress."""
    longest_wait_seconds: float | None
    """Of the callers waiting or ringing; None where nobody waits."""
    longest_ringing_seconds: float | None
    """Since the first phone rang for whoever has heard it longest; None where nobody's ring is known."""

    @property
    def in_progress(self) -> int:
        """Undecided callers."""
        return self.waiting + self.ringing + self.voicemail


@dataclass(slots=True, kw_only=True)
class Ledger:
    """The sums of one local day."""

    day: Day
    total: Tally = EMPTY
    quarters: dict[int, Tally] = field(default_factory=lambda: defaultdict(lambda: EMPTY))
    rings: Counter[int] = field(default_factory=Counter)


class Lane:
    """One hotline's board: `put` and `take` keep it, everything else reads it."""

    def __init__(self, hotline: Hotline) -> None:
        self.hotline = hotline
        self.zone = ZoneInfo(hotline.time_zone)
        self._present: dict[CallId, Call] = {}
        self._ledgers: dict[datetime, Ledger] = {}
        self._misses: dict[CallId, Miss] = {}

    def put(self, entry: Entry) -> None:
        """Count a call."""
        self._book(entry, 1)
        self._show(entry)

    def take(self, entry: Entry) -> None:
        """Take a call that was `put` out again."""
        self._book(entry, -1)
        self._hide(entry)

    def replace(self, old: Entry, new: Entry) -> None:
        """Take *old* out and count *new* instead. Most tellings of a call change no sum."""
        if (old.arrived_at, old.rings, old.tally) == (new.arrived_at, new.rings, new.tally):
            self._show(new)
        else:
            self.take(old)
            self.put(new)

    def forget(self, before: datetime) -> None:
        """Drop the days that ended, and the misses that were, before *before*."""
        self._ledgers = {key: ledger for key, ledger in self._ledgers.items() if ledger.day.end > before}
        self._misses = {key: miss for key, miss in self._misses.items() if miss.at >= before}

    def ledger(self, at: datetime) -> Ledger:
        """The sums of the local day that *at* is in; fresh ones if nothing happened on it."""
        day = day_of(at, self.zone)
        return self._ledgers.get(day.start) or Ledger(day=day)

    def in_progress(self) -> list[Call]:
        """The undecided calls, in order of arrival."""
        undecided = (call for call in self._present.values() if call.outcome is None)
        return sorted(undecided, key=lambda call: (call.arrived_at, call.call_id))

    def last_missed(self, day: Day) -> list[Miss]:
        """The newest misses of *day*, whenever their callers arrived."""
        newest_first = reversed(self._misses.values())
        today = (miss for miss in newest_first if miss.at in day)
        return nlargest(LAST_MISSED, today, key=lambda miss: (miss.at, miss.call_id))

    def standing(self, at: datetime) -> Standing:
        """How many callers stand where at *at*."""
        states = Counter(standing_state(call) for call in self._present.values())
        unanswered = [call for call in self._present.values() if is_waiting(call)]
        return Standing(
            unanswered=len(unanswered),
            waiting=states[CallState.WAITING],
            ringing=states[CallState.RINGING],
            voicemail=states[CallState.VOICEMAIL],
            talking=states[CallState.TALKING],
            longest_wait_seconds=_longest(seconds_since(call.waiting_since or call.arrived_at, at)
                                          for call in unanswered),
            longest_ringing_seconds=_longest(ring_seconds(call, at) for call in unanswered),
        )  # fmt: skip

    def _show(self, entry: Entry) -> None:
        self._hide(entry)
        if entry.miss:
            self._misses[entry.call_id] = entry.miss
        if entry.call:
            self._present[entry.call_id] = entry.call

    def _hide(self, entry: Entry) -> None:
        self._misses.pop(entry.call_id, None)
        self._present.pop(entry.call_id, None)

    def _book(self, entry: Entry, sign: int) -> None:
        day = day_of(entry.arrived_at, self.zone)
        ledger = self._ledgers.setdefault(day.start, Ledger(day=day))
        quarter = day.quarter(entry.arrived_at)
        change = add if sign > 0 else sub
        ledger.total = change(ledger.total, entry.tally)
        ledger.quarters[quarter] = change(ledger.quarters[quarter], entry.tally)
        if entry.rings is not None:
            ledger.rings[entry.rings] += sign


def is_present(call: Call) -> bool:
    """Whether the caller is still there: undecided, or answered and not at an end."""
    ended = call.final or call.ended_at is not None or call.state is CallState.ENDED
    return call.outcome is None or (call.outcome is Outcome.ANSWERED and not ended)


def is_waiting(call: Call) -> bool:
    """Whether the caller waits for a person: undecided, not with voicemail, and not gone already.

    A call may stay undecided for a moment after the caller has gone, until its last leg has hung up.
    """
    return call.outcome is None and call.ended_at is None and call.state is not CallState.VOICEMAIL


def standing_state(call: Call) -> CallState:
    """A present call's state, folded to the four that are counted."""
    if call.outcome is Outcome.ANSWERED:
        return CallState.TALKING
    return call.state if call.state in {CallState.RINGING, CallState.VOICEMAIL} else CallState.WAITING


def ring_seconds(call: Call, at: datetime) -> float | None:
    """How long it has rung for the caller; None before the first ring and where its begin was not seen."""
    if call.first_ring_at is None or call.truncated in {Truncated.START, Truncated.BOTH}:
        return None
    return seconds_since(call.first_ring_at, at)


def rings_now(call: Call, hotline: Hotline, at: datetime) -> int | None:
    """The ring the caller hears; None where `ring_seconds` is."""
    rang = ring_seconds(call, at)
    return None if rang is None else ring_count(microseconds(rang), call.cadence or hotline.cadence)


def seconds_since(began: datetime, at: datetime) -> float:
    """Seconds from *began* to *at*; the PBX's clock may be a little ahead of ours, then 0."""
    return max((at - began).total_seconds(), 0.0)


def _miss(call: Call) -> Miss | None:
    if not call.missed or call.outcome is None:
        return None
    at = call.decided_at or call.ended_at or call.arrived_at
    return Miss(at=at, call_id=call.call_id, outcome=call.outcome, caller_rings=call.caller_rings)


def _longest(seconds: Iterable[float | None]) -> float | None:
    return max((value for value in seconds if value is not None), default=None)
