"""Judging stored calls again by the present configuration, from what the PBXs said then."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from callcenter.app.hindsight import Hindsight, Judged
from callcenter.record import Call
from callcenter.store.versions import Retelling, VersionStore
from callcenter.terms import PbxName
from callcenter.tracking.retelling import differences, retold, why_kept

AT_ONCE: Final = timedelta(hours=6)
"""How much time is judged, and written, at once."""
HOLED: Final = "has a hole in its evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One call that is told otherwise now."""

    before: Call
    after: Call

    @property
    def fields(self) -> tuple[str, ...]:
        """What is different."""
        return differences(self.before, self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A part of the time of which nothing was kept, and how many calls stay as told for that."""

    pbx: PbxName
    start: datetime
    end: datetime
    calls: int


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What judging again came to."""

    looked_at: int = 0
    changes: list[Change] = field(default_factory=list)
    kept: Counter[str] = field(default_factory=Counter)
    """Why calls were not judged again, and how many for each reason."""
    missing: list[Missing] = field(default_factory=list)


class Retell:
    """Judges calls again and writes what is different; a second run finds nothing more to do."""

    def __init__(self, hindsight: Hindsight, versions: VersionStore) -> None:
        self._hindsight = hindsight
        self._versions = versions

    async def run(
        self, pbxs: Iterable[PbxName], start: datetime, end: datetime, *, reason: str, dry_run: bool
    ) -> Outcome:
        """All calls of *pbxs* that arrived from *start* until before *end*; a *dry_run* writes nothing.

        Raises StoreAway, NoEvidence, OSError; what was judged by then is written.
        """
        outcome = Outcome()
        for pbx in pbxs:
            async for stored, judged in self._parts(pbx, start, end, outcome):
                changes = _compare(stored, judged, outcome)
                if not dry_run:
                    changes = await self._write(changes, reason)
                outcome.changes += changes
        return outcome

    async def _parts(
        self, pbx: PbxName, start: datetime, end: datetime, outcome: Outcome
    ) -> AsyncIterator[tuple[list[Call], Judged]]:
        """The stored calls of one stretch of time after the other, and how they are judged now."""
        missing = [
            Missing(pbx=pbx, start=max(first, start), end=min(last, end), calls=0)
            for first, last in self._hindsight.missing(pbx, start, end)
        ]
        while start < end:
            until = min(start + AT_ONCE, end)
            stored = await self._versions.arrived(pbx, start, until)
            if stored:
                rules = self._hindsight.remembered(pbx, stored)
                judged = await asyncio.to_thread(self._hindsight.judged, pbx, start, until, rules)
                missing = [_counted(part, stored, judged) for part in missing]
                yield stored, judged
            start = until
        outcome.missing += [part for part in missing if part.calls]

    async def _write(self, changes: Sequence[Change], reason: str) -> list[Change]:
        told = await self._versions.retell(
            [Retelling(change.before, change.after, _why(reason, change)) for change in changes]
        )
        written = {call.call_id for call in told}
        return [change for change in changes if change.after.call_id in written]


def _compare(stored: Sequence[Call], judged: Judged, outcome: Outcome) -> list[Change]:
    changes: list[Change] = []
    for call in stored:
        outcome.looked_at += 1
        again = judged.calls.get(call.call_id)
        why = HOLED if call.call_id in judged.spoiled else why_kept(call, again)
        if why is not None or again is None:
            outcome.kept[why or ""] += 1
        elif (told := retold(call, again)) is not None:
            changes.append(Change(before=call, after=told))
    return changes


def _counted(part: Missing, stored: Sequence[Call], judged: Judged) -> Missing:
    unheard = (call for call in stored if call.call_id not in judged.calls)
    calls = sum(part.start <= call.arrived_at < part.end for call in unheard)
    return Missing(pbx=part.pbx, start=part.start, end=part.end, calls=part.calls + calls)


def _why(reason: str, change: Change) -> str:
    return f"{reason}: {', '.join(change.fields)}"
