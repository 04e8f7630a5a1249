"""A small history of facts with something of everything, and what PostgreSQL holds of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from callcenter.facts import (
    Anomaly,
    CallAnswered,
    CallChanged,
    CallEnded,
    CallMerged,
    CallMissed,
    CallOffered,
    CallTransferred,
    Fact,
    LinkDown,
    LinkUp,
    PhoneRang,
)
from callcenter.record import OnDuty, Recording, Transfer
from callcenter.store.audit import AuditStore
from callcenter.store.pool import Pool
from callcenter.terms import AgentId, CallId, CallState, DutyRole, Outcome, PbxName, Phone, TransferKind
from tests.support.factories import NOON, make_attempt, make_call, missed_call, waiting_call

MAIN = PbxName("main")
TABLES = {
    "call": "call_id",
    "attempt": "call_id, n",
    "transfer": "call_id, n",
    "recording": "call_id, n",
    "call_merge": "call_id",
    "fact": "subject, seq, kind, at",
    "link_change": "pbx, at, up",
    "anomaly_count": "pbx, kind, day",
}


def answered_story(n: int, at: datetime = NOON) -> list[Fact]:
    """Call *n* from its arrival to its end: rung, answered, handed on, recorded."""
    second = timedelta(seconds=1)
    attempt = make_attempt(started_at=at, ring_started_at=at)
    transfer = Transfer(
        kind=TransferKind.BLIND, at=at + 9 * second, by=Phone("1002"), to=Phone("1004"), answered=True
    )
    waiting = waiting_call(n, arrived_at=at, waiting_since=at, seq=1)
    ringing = replace(
        waiting, first_ring_at=at, state=CallState.RINGING, seq=2,
        attempts=(replace(attempt, ring_seconds=None, rings=None, outcome=None),),
    )  # fmt: skip
    ended = make_call(
        n, arrived_at=at, first_ring_at=at, answered_at=at + 7.03 * second, ended_at=at + 20 * second, seq=5,
        decided_at=at + 7.03 * second, attempts=(attempt,), transfers=(transfer,),
        recordings=(Recording(path=f"{n}.wav", started_at=at, ended_at=at + 20 * second),),
        shift_id="s1", shift_ids=("s0", "s1"),
        on_duty=(OnDuty(person=AgentId("1002"), role=DutyRole.PRIMARY, shift_id="s1"),),
    )  # fmt: skip
    talking = replace(
        ended, state=CallState.TALKING, ended_at=None, talk_seconds=None, hold_seconds=None, hung_up_by=None,
        transfers=(), recordings=(), final=False, seq=3,
    )  # fmt: skip
    moved = replace(talking, transfers=(transfer,), seq=4)
    return [
        CallOffered(at=at, call=waiting),
        PhoneRang(at=at, call=ringing, phone=Phone("1002")),
        CallAnswered(at=at + 7.03 * second, call=talking),
        CallTransferred(at=at + 9 * second, call=moved, transfer=transfer),
        CallEnded(at=at + 20 * second, call=ended),
    ]


def missed_story(n: int, outcome: Outcome = Outcome.ABANDONED, at: datetime = NOON) -> list[Fact]:
    """Call *n* until it was missed."""
    waiting = waiting_call(n, arrived_at=at, waiting_since=at, seq=1)
    missed = missed_call(n, outcome, arrived_at=at, seq=2)
    return [
        CallOffered(at=at, call=waiting),
        CallMissed(at=at + timedelta(seconds=12), call=missed),
        CallEnded(at=at + timedelta(seconds=12), call=replace(missed, seq=3)),
    ]


def history(calls: int = 6, at: datetime = NOON) -> list[Fact]:
    """Calls one minute apart, a consultation that was merged, a gap, anomalies."""
    facts: list[Fact] = []
    for n in range(1, calls + 1):
        story = answered_story if n % 2 else missed_story
        facts += story(n, at=at + timedelta(minutes=n))
    consultation = waiting_call(90, arrived_at=at, direction="internal", hotline=None, seq=1)
    odd = Anomaly(at=at, pbx=MAIN, kind="odd_hangup", detail="PJSIP/x")
    return [
        LinkUp(at=at, pbx=MAIN, gap_seconds=None, gap_began_at=None, pbx_restarted=False),
        CallChanged(at=at, call=consultation),
        *facts[: len(facts) // 2],
        CallMerged(at=at, pbx=MAIN, call_id=consultation.call_id, into=CallId("main:1.1")),
        odd,
        replace(odd, detail="PJSIP/y"),
        LinkDown(at=at + timedelta(minutes=1), pbx=MAIN, reason="no answer"),
        LinkUp(
            at=at + timedelta(minutes=2), pbx=MAIN, gap_seconds=70.0,
            gap_began_at=at + timedelta(seconds=50), pbx_restarted=True,
        ),
        *facts[len(facts) // 2 :],
    ]  # fmt: skip


async def contents(pool: Pool) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, but for when it was written."""
    async with pool.acquire() as connection:
        return {
            table: [
                {name: value for name, value in row.items() if name != "changed_at"}
                for row in await connection.fetch(f"TABLE callcenter.{table} ORDER BY {key}")
            ]
            for table, key in TABLES.items()
        }


async def accesses(pool: Pool) -> list[tuple[str, str, int]]:
    """The trail of who saw or did what: act, subject, and how many callers' numbers were shown."""
    first, last = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    return [(entry.act, entry.subject, entry.shown) for entry in await AuditStore(pool).between(first, last)]
