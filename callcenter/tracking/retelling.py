"""Judging a stored call again: what may change, what stays, and when the old telling is the better one."""

from dataclasses import fields, replace
from typing import Final

from callcenter.record import Call
from callcenter.terms import Outcome, Source

_FROZEN: Final = ("arrived_at", "linkedid", "after_hours", "shift_id", "shift_ids", "on_duty")
"""Whatever the rule is now: when the call came, and who was on duty then."""
_ASIDE: Final = frozenset({"seq", "decided_at"})
"""What two runs over the same events may tell differently: how often and how soon it was told."""


def retold(stored: Call, judged: Call) -> Call | None:
    """The telling that is to replace the *stored* one; None where it says the same."""
    changes = {name: getattr(stored, name) for name in _FROZEN}
    if stored.outcome is judged.outcome:
        changes["decided_at"] = stored.decided_at
    told = replace(judged, seq=stored.seq + 1, **changes)
    return told if differences(stored, told) else None


def differences(one: Call, other: Call) -> tuple[str, ...]:
    """The names of the fields in which two tellings differ."""
    names = (field.name for field in fields(Call) if field.name not in _ASIDE)
    return tuple(name for name in names if getattr(one, name) != getattr(other, name))


def why_kept(stored: Call, judged: Call | None) -> str | None:
    """Why the *stored* telling stays although another may be had; None where it does not.

    A call is never told with fewer facts than before.
    """
    if not stored.final:
        return "goes on, or was not told to its end"
    if stored.source is not Source.AMI:
        return "was completed from the PBX's own records"
    if judged is None:
        return "is not in the evidence"
    poorer = judged.truncated is not None and judged.truncated is not stored.truncated
    lost = judged.outcome is Outcome.LOST and stored.outcome is not Outcome.LOST
    if poorer or lost or judged.clock is not stored.clock:
        return "is not whole in the evidence"
    return None
