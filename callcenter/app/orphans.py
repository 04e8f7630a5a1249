"""Calls that the history left open and that nobody follows any more.

A restart goes on from the outbox's checkpoint. Where that is gone (the disk was lost, another release
wrote it), calls that were in progress would stay so for ever, on every board. They are told as ended
unseen, at once; one that goes on after all is read back from the PBX, and that telling is the later.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from callcenter.facts import CallEnded
from callcenter.record import Attempt, Call
from callcenter.store.calls import CallStore
from callcenter.terms import AttemptOutcome, CallState, Outcome, PbxName, Truncated
from callcenter.web.ports import CallFilter, Position

LONGEST = timedelta(days=2)
"""How old an open call may be."""
_PAGE = 500


async def orphans(calls: CallStore, pbxs: Sequence[PbxName], now: datetime) -> list[CallEnded]:
    """The last tellings of what *pbxs* left open. Raises StoreAway."""
    found: list[CallEnded] = []
    after: Position | None = None
    while pbxs and (page := await calls.page(CallFilter(start=now - LONGEST), after, _PAGE)):
        open_calls = (call for call in page if not call.final and call.pbx in pbxs)
        found += [CallEnded(at=now, call=ended_unseen(call, now)) for call in open_calls]
        after = Position(arrived_at=page[-1].arrived_at, call_id=page[-1].call_id)
    return found


def ended_unseen(call: Call, now: datetime) -> Call:
    """*call* as it must be told when its end can't be seen any more."""
    cut = Truncated.BOTH if call.truncated in {Truncated.START, Truncated.BOTH} else Truncated.END
    return replace(
        call,
        outcome=call.outcome or Outcome.LOST,
        decided_at=call.decided_at or now,
        talk_seconds=None,
        hold_seconds=None,
        hung_up_by=None,
        attempts=tuple(_attempts(call)),
        truncated=cut,
        state=CallState.ENDED,
        waiting_since=None,
        final=True,
        seq=call.seq + 1,
    )


def _attempts(call: Call) -> Iterator[Attempt]:
    for attempt in call.attempts:
        yield attempt if attempt.outcome else replace(attempt, outcome=AttemptOutcome.LOST)
