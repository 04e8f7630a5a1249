"""The web's ports, made up: what can't be provoked otherwise, and a hotline's day full of calls.

Board and feed are the real ones; the store, the tokens and the audit trail are stand-ins.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from callcenter.facts import CallChanged, CallMissed, CallOffered, LinkDown, LinkUp, News, PhoneRang
from callcenter.kpi import Tally
from callcenter.live.board import Board
from callcenter.live.feed import Feed
from callcenter.record import Attempt, Call
from callcenter.rings import ring_count
from callcenter.sites import Hotline
from callcenter.terms import (
    AgentId,
    AttemptOutcome,
    CallId,
    CallState,
    HotlineNumber,
    Outcome,
    PbxName,
    Phone,
    Role,
    Uniqueid,
)
from callcenter.web.keys import Parts
from callcenter.web.ports import AuditEntry, CallFilter, Position
from tests.support.factories import make_attempt, make_call, make_hotline, missed_call, waiting_call
from tests.support.fakedesks import FakeDesks
from tests.support.fakepast import FakePast

SECRET = "a secret of the tests"
MAIN = PbxName("main")
BEHIND = 256
"""Facts that a subscriber may be behind here: fewer than in the service, to be outrun in a moment."""
BUSY_HOURS = (1, 1, 1, 1, 1, 2, 3, 6, 12, 18, 20, 16, 9, 10, 16, 18, 17, 14, 9, 7, 6, 5, 3, 2)
"""Calls in each local hour of an ordinary day."""


class WatchedFeed(Feed):
    """The real feed; tells when a subscriber has gone."""

    def __init__(self, hotlines: Sequence[Hotline]) -> None:
        self.board = Board(hotlines)
        super().__init__(self.board, backlog=BEHIND)
        self.left = asyncio.Event()
        """Set once a subscriber has gone."""

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[AsyncIterator[Sequence[News]]]:
        async with super().subscribe() as facts:
            try:
                yield facts
            finally:
                self.left.set()


@dataclass
class FakeUnconfigured:
    number: str
    pbx: PbxName
    calls: int
    first_at: datetime
    last_at: datetime


class FakeStore:
    """Calls in a list; away when told so."""

    def __init__(self, calls: Sequence[Call] = ()) -> None:
        self.calls = list(calls)
        self.gap_list: list[tuple[datetime, datetime | None]] = []
        self.unknown: list[FakeUnconfigured] = []
        self.fault: Exception | None = None

    def _check(self) -> None:
        if self.fault:
            raise self.fault

    async def get(self, call_id: CallId) -> Call | None:
        self._check()
        return next((call for call in self.calls if call.call_id == call_id), None)

    async def page(self, wanted: CallFilter, after: Position | None, limit: int) -> Sequence[Call]:
        self._check()
        ordered = sorted(self.calls, key=lambda call: (call.arrived_at, call.call_id), reverse=True)
        edge = (after.arrived_at, after.call_id) if after else None
        return [
            call for call in ordered
            if matches(call, wanted) and (edge is None or (call.arrived_at, call.call_id) < edge)
        ][:limit]  # fmt: skip

    async def tallies(
        self, hotline: HotlineNumber, start: datetime, end: datetime, step: timedelta
    ) -> Sequence[tuple[datetime, Tally]]:
        self._check()
        many = -((start - end) // step)
        sums = {start + step * n: Tally() for n in range(many)}
        for call in self.calls:
            if call.hotline == hotline and start <= call.arrived_at < end:
                at = start + (call.arrived_at - start) // step * step
                sums[at] += Tally.of(call)
        return list(sums.items())

    async def gaps(
        self, pbx: PbxName, start: datetime, end: datetime
    ) -> Sequence[tuple[datetime, datetime | None]]:
        self._check()
        return self.gap_list

    async def unconfigured(self) -> Sequence[FakeUnconfigured]:
        self._check()
        return self.unknown


def matches(call: Call, wanted: CallFilter) -> bool:
    return all(
        (
            wanted.hotline in (None, call.hotline),
            wanted.start is None or call.arrived_at >= wanted.start,
            wanted.end is None or call.arrived_at < wanted.end,
            wanted.outcome in (None, call.outcome),
            wanted.agent in (None, call.agent_id),
            wanted.direction in (None, call.direction),
            wanted.missed is None
            or (call.missed if wanted.missed else call.outcome is Outcome.ANSWERED),
        )
    )  # fmt: skip


@dataclass
class FakeGrant:
    token_id: str
    role: Role
    person: AgentId | None = None


class FakeTokens:
    """The token of a role is its name and ``-token``; of a person it is ``role@person-token``."""

    def __init__(self) -> None:
        self.fault: Exception | None = None

    async def find(self, secret: str) -> FakeGrant | None:
        if self.fault:
            raise self.fault
        role, _, person = secret.removesuffix("-token").partition("@")
        who = AgentId(person) if person else None
        return FakeGrant(f"t-{role}", Role(role), who) if role in list(Role) else None


class FakeAudit:
    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []
        self.fault: Exception | None = None

    async def write(self, entry: AuditEntry) -> None:
        if self.fault:
            raise self.fault
        self.entries.append(entry)


@dataclass
class FakePart:
    ok: bool = True
    why: str | None = None


@dataclass
class FakeReadiness:
    state: dict[str, FakePart] = field(
        default_factory=lambda: {"ami:main": FakePart(), "store": FakePart(), "schema": FakePart()}
    )

    async def parts(self) -> Mapping[str, FakePart]:
        return self.state


def fake_metrics(accept: str) -> tuple[bytes, str]:
    """Tells what it was asked for."""
    if "openmetrics" in accept:
        return b"# EOF\n", "application/openmetrics-text; version=1.0.0; charset=utf-8"
    return b"callcenter_ami_up 1\n", "text/plain; version=0.0.4; charset=utf-8"


class World:
    """A made-up service: its parts, and the levers to move them."""

    def __init__(
        self,
        at: datetime,
        hotlines: Sequence[Hotline] | None = None,
        calls: Sequence[Call] = (),
        *,
        is_linked: bool = True,
    ) -> None:
        self.at = at
        self.hotlines = tuple(hotlines or (make_hotline(name="客户服务热线"),))
        self.feed = WatchedFeed(self.hotlines)
        self.store = FakeStore(calls)
        self.past = FakePast()
        self.tokens = FakeTokens()
        self.audit = FakeAudit()
        self.desks = FakeDesks()
        self.readiness = FakeReadiness()
        self.feed.board.load(calls)
        if is_linked:
            up = LinkUp(at=at, pbx=MAIN, gap_seconds=None, gap_began_at=None, pbx_restarted=False)
            self.feed.board.apply(up)
            self.feed.board.heard(MAIN, at)
        self._n = 90000

    def parts(self, **changes: Any) -> Parts:
        bound: dict[str, Any] = {
            "hotlines": self.hotlines, "calls": self.store, "past": self.past, "kpi": self.store,
            "live": self.feed,
            "tokens": self.tokens, "audit": self.audit, "readiness": self.readiness, "metrics": fake_metrics,
            "desks": self.desks.bound(), "now": lambda: self.at,
        }  # fmt: skip
        return Parts(**bound | changes)

    def offer(self, hotline: str = "4001", at: datetime | None = None, caller: str = "13800138000") -> Call:
        """A caller arrives; no phone rings yet."""
        self._n += 1
        at = at or self.at
        number = HotlineNumber(hotline)
        call = waiting_call(
            self._n, arrived_at=at, waiting_since=at, hotline=number, dialled=hotline, caller=caller
        )
        self.feed.apply(CallOffered(at=at, call=call))
        return call

    def ring(self, call: Call, *phones: str, at: datetime | None = None) -> Call:
        """Phones begin to ring for the caller."""
        at = at or self.at
        attempts = tuple(
            make_attempt(phone=Phone(phone), agent_id=AgentId(phone), started_at=at, ring_started_at=at,
                         ring_seconds=None, rings=None, outcome=None) for phone in phones or ("1001",)
        )  # fmt: skip
        rung = _retold(call, first_ring_at=at, attempts=attempts, state=CallState.RINGING)
        self.feed.apply(PhoneRang(at=at, call=rung, phone=attempts[0].phone))
        return rung

    def answer(self, call: Call, at: datetime | None = None) -> Call:
        """Somebody picks up."""
        at = at or self.at
        rang = (at - (call.first_ring_at or at)).total_seconds()
        rings = ring_count(round(rang * 1e6), (1.0, 4.0))
        answered = _retold(
            call, answered_at=at, decided_at=at, outcome=Outcome.ANSWERED, answered_by=Phone("1001"),
            agent_id=AgentId("1001"), wait_seconds=(at - call.arrived_at).total_seconds(),
            caller_ring_seconds=rang, caller_rings=rings, on_time=rings <= 3, state=CallState.TALKING,
            waiting_since=None,
            attempts=tuple(_done(attempt, AttemptOutcome.ANSWERED) for attempt in call.attempts),
        )  # fmt: skip
        self.feed.apply(CallChanged(at=at, call=answered))
        return answered

    def give_up(self, call: Call, at: datetime | None = None) -> Call:
        """The caller hangs up."""
        at = at or self.at
        wait = (at - call.arrived_at).total_seconds()
        rang = (at - call.first_ring_at).total_seconds() if call.first_ring_at else None
        gone = _retold(
            call, ended_at=at, decided_at=at, outcome=Outcome.ABANDONED, wait_seconds=wait,
            caller_ring_seconds=rang, short_abandoned=wait < 5, state=CallState.ENDED, waiting_since=None,
            final=True,
            caller_rings=None if rang is None else ring_count(round(rang * 1e6), (1.0, 4.0)),
            attempts=tuple(_done(attempt, AttemptOutcome.CALLER_GAVE_UP) for attempt in call.attempts),
        )  # fmt: skip
        self.feed.apply(CallMissed(at=at, call=gone))
        return gone

    def outrun_readers(self) -> None:
        """More happens at once than a subscriber may be behind: whoever reads now is cut off."""
        for _ in range(BEHIND + 1):
            self.offer()

    def lose_link(self) -> None:
        self.feed.apply(LinkDown(at=self.at, pbx=MAIN, reason="nothing heard for 15 s"))

    def regain_link(self) -> None:
        self.feed.apply(
            LinkUp(at=self.at, pbx=MAIN, gap_seconds=4.0, gap_began_at=self.at, pbx_restarted=False)
        )


def _retold(call: Call, **changes: Any) -> Call:
    told = {name: getattr(call, name) for name in call.__dataclass_fields__}
    return Call(**told | changes | {"seq": call.seq + 1})


def _done(attempt: Attempt, outcome: AttemptOutcome) -> Attempt:
    told = {name: getattr(attempt, name) for name in attempt.__dataclass_fields__}
    return Attempt(**told | {"outcome": outcome})


def a_day(
    until: datetime, day_start: datetime, hotline: str = "4001", seed: int = 1, share: float = 1.0
) -> list[Call]:
    """An ordinary day's calls from *day_start* to *until*; the same ones for the same seed."""
    chance = random.Random(seed)
    calls = []
    for hour, many in enumerate(BUSY_HOURS):
        for _ in range(round(many * share)):
            at = day_start + timedelta(hours=hour, seconds=chance.uniform(0, 3599))
            if at < until - timedelta(minutes=2):
                calls.append(_past_call(len(calls) + seed * 10000, at, HotlineNumber(hotline), chance))
    return calls


def _past_call(n: int, at: datetime, hotline: HotlineNumber, chance: random.Random) -> Call:
    uniqueid = Uniqueid(f"{int(at.timestamp())}.{n}")
    who: dict[str, Any] = {
        "call_id": CallId(f"main:{uniqueid}"), "uniqueid": uniqueid, "arrived_at": at, "hotline": hotline,
        "dialled": hotline, "caller": f"138{n:08d}"[:11],
    }  # fmt: skip
    luck = chance.random()
    if luck < 0.90:
        return _answered(n, at, min(chance.expovariate(1 / 6.5), 40.0), who)
    if luck < 0.93:
        wait = chance.uniform(1, 4.5)
        return missed_call(
            n, wait_seconds=wait, caller_ring_seconds=wait, caller_rings=1, short_abandoned=True, **who
        )
    outcome = chance.choice(
        (Outcome.ABANDONED, Outcome.ABANDONED, Outcome.NO_ANSWER, Outcome.BUSY, Outcome.VOICEMAIL)
    )
    rings = None if outcome is Outcome.BUSY else chance.randint(3, 9)
    return missed_call(n, outcome, caller_rings=rings, **who)


def _answered(n: int, at: datetime, rang: float, who: Mapping[str, Any]) -> Call:
    rings = ring_count(round(rang * 1e6), (1.0, 4.0))
    answered = at + timedelta(seconds=rang)
    return make_call(
        n, first_ring_at=at, answered_at=answered, ended_at=answered + timedelta(seconds=90),
        wait_seconds=rang,
        caller_ring_seconds=rang, caller_rings=rings, ring_seconds=rang, rings=rings, on_time=rings <= 3,
        decided_at=answered, talk_seconds=90.0, **who,
    )  # fmt: skip
