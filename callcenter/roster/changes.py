"""Swaps, leave, take-overs and edits: from being asked for to being in force, or not.

Theory of operation. A change names the stretches of shifts that go from one person to another. Somebody
asks for it, the other one agrees, and a supervisor who is not the one who asked approves it; only then
is it in force. Until then either side may step back: who asked withdraws, the other declines, and so may
a supervisor. What has not been approved when its first stretch begins expires: the past is not swapped.
A supervisor's edit is in force at once and needs a reason; it may correct the past, which a new
row does and no overwriting.

    asked ──agree──▶ agreed ──approve──▶ approved
      │                 │
      ├────withdraw─────┼──▶ withdrawn
      ├────decline──────┼──▶ declined
      └────expire───────┴──▶ expired

`TRANSITIONS` is that picture. What is approved, declined, withdrawn or expired stays so; to undo a swap,
swap again. Each step looks at the roster as it then is, since much may have happened since the asking:
the givers must still hold what they give, the takers must be there and free. A step that was already
taken by the same person answers the same again.

Everything here is decided on a `Context` that the caller keeps others from changing meanwhile.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from callcenter.roster.judging import (
    ChangeRules,
    Context,
    Refused,
    first_start,
    judge_cap,
    judge_roster,
    judge_terms,
    judge_time,
)
from callcenter.roster.model import Change, ChangeKind, ChangeState
from callcenter.terms import AgentId

__all__ = [
    "OPEN",
    "TRANSITIONS",
    "ChangeRules",
    "Context",
    "Refused",
    "Step",
    "agree",
    "approve",
    "ask",
    "decline",
    "edit",
    "expire",
    "first_start",
    "withdraw",
]


class Step(StrEnum):
    """What can be done to a change."""

    AGREE = "agree"
    APPROVE = "approve"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


TRANSITIONS: Final[Mapping[tuple[ChangeState, Step], ChangeState]] = {
    (ChangeState.ASKED, Step.AGREE): ChangeState.AGREED,
    (ChangeState.ASKED, Step.DECLINE): ChangeState.DECLINED,
    (ChangeState.ASKED, Step.WITHDRAW): ChangeState.WITHDRAWN,
    (ChangeState.ASKED, Step.EXPIRE): ChangeState.EXPIRED,
    (ChangeState.AGREED, Step.APPROVE): ChangeState.APPROVED,
    (ChangeState.AGREED, Step.DECLINE): ChangeState.DECLINED,
    (ChangeState.AGREED, Step.WITHDRAW): ChangeState.WITHDRAWN,
    (ChangeState.AGREED, Step.EXPIRE): ChangeState.EXPIRED,
}
"""Whatever is not in it is refused."""

OPEN: Final = frozenset({ChangeState.ASKED, ChangeState.AGREED})
"""Not decided yet."""


def ask(change: Change, by: AgentId, at: datetime, context: Context) -> Change:
    """*change* as asked for by *by* at *at*. Raises Refused."""
    if by != change.asked_by:
        raise Refused("A change is asked for by the person whose request it is: sign in as that person")
    if change.kind is ChangeKind.EDIT:
        raise Refused("Only a supervisor edits the roster: ask for a swap, leave or a take-over instead")
    judge_terms(change, context)
    judge_time(change, at, context)
    judge_roster(change, context)
    judge_cap(change, (by,), context, pending=True)
    return replace(change, state=ChangeState.ASKED, asked_at=at)


def edit(change: Change, by: AgentId, at: datetime, context: Context, *, supervisor: bool) -> Change:
    """A supervisor's edit, in force at once. *supervisor*: whether *by* acts as one. Raises Refused."""
    if not supervisor or by != change.asked_by:
        raise Refused("Only a supervisor edits the roster: ask one, or ask for a swap")
    if change.kind is not ChangeKind.EDIT:
        raise Refused("A swap, leave or take-over is agreed and approved: ask for it, or make it an edit")
    judge_terms(change, context)
    judge_roster(change, context)
    return replace(change, state=ChangeState.APPROVED, asked_at=at, decided_by=by, decided_at=at)


def agree(change: Change, by: AgentId, at: datetime, context: Context) -> Change:
    """The other one is willing. Raises Refused."""
    if by != change.other:
        raise Refused(f"Only {_other(change, context)} can agree to this change")
    if change.state is ChangeState.AGREED:
        return change
    state = _next(change, Step.AGREE)
    judge_time(change, at, context)
    judge_roster(change, context)
    judge_cap(change, (by,), context, pending=True)
    return replace(change, state=state, agreed_at=at)


def approve(
    change: Change, by: AgentId, at: datetime, context: Context, *, supervisor: bool, note: str = ""
) -> Change:
    """Put it in force. *supervisor*: whether *by* acts as one. Its number is the caller's to give.
    Raises Refused."""
    if not supervisor:
        raise Refused("Only a supervisor approves a change: ask one to look at it")
    if by == change.asked_by:
        raise Refused("Nobody approves what they asked for themselves: ask another supervisor")
    if change.state is ChangeState.APPROVED and change.decided_by == by:
        return change
    state = _next(change, Step.APPROVE)
    judge_time(change, at, context)
    judge_roster(change, context)
    judge_cap(change, _pair(change), context, pending=False)
    return replace(change, state=state, decided_by=by, decided_at=at, decision_note=note)


def decline(change: Change, by: AgentId, at: datetime, *, supervisor: bool, note: str = "") -> Change:
    """The other one or a supervisor will not have it. Raises Refused."""
    if by != change.other and not supervisor:
        raise Refused("Only the other person or a supervisor declines a change; who asked can withdraw it")
    if change.state is ChangeState.DECLINED and change.decided_by == by:
        return change
    state = _next(change, Step.DECLINE)
    return replace(change, state=state, decided_by=by, decided_at=at, decision_note=note)


def withdraw(change: Change, by: AgentId, at: datetime) -> Change:
    """Who asked thinks better of it. Raises Refused."""
    if by != change.asked_by:
        raise Refused("Only who asked for a change withdraws it; the other person can decline it")
    if change.state is ChangeState.WITHDRAWN:
        return change
    return replace(change, state=_next(change, Step.WITHDRAW), decided_by=by, decided_at=at)


def expire(change: Change, at: datetime) -> Change:
    """Its first stretch has begun and nobody approved it. Raises Refused while there is time."""
    if change.state is ChangeState.EXPIRED:
        return change
    state = _next(change, Step.EXPIRE)
    if at < first_start(change):
        raise Refused("A change expires when its first stretch begins, which is still to come")
    return replace(change, state=state, decided_at=at)


_WHY: Final = {
    ChangeState.ASKED: "The other person has not agreed to this change yet: that comes first",
    ChangeState.AGREED: "This change is agreed already and waits for a supervisor",
    ChangeState.APPROVED: "This change is in force: to undo it, ask for another one",
    ChangeState.DECLINED: "This change was declined: ask for a new one",
    ChangeState.WITHDRAWN: "This change was withdrawn: ask for a new one",
    ChangeState.EXPIRED: "This change came too late and has expired: ask a supervisor to edit the roster",
}


def _next(change: Change, step: Step) -> ChangeState:
    state = TRANSITIONS.get((change.state, step))
    if state is None:
        raise Refused(_WHY[change.state])
    return state


def _pair(change: Change) -> tuple[AgentId, ...]:
    return (change.asked_by,) if change.other is None else (change.asked_by, change.other)


def _other(change: Change, context: Context) -> str:
    return "nobody" if change.other is None else context.people.name(change.other)
