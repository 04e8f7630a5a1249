"""From shift to shift: what is handed over, and that both have signed it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Literal

from callcenter.roster.changes import Refused
from callcenter.roster.handover import Handover, Outgoing, judge_signature, outgoing, present
from callcenter.roster.logbook import Draft, Entry, EntryKind
from callcenter.store.logbook import LogbookRefused, LogbookStore
from callcenter.store.missed import MissedStore
from callcenter.store.pool import Pool
from callcenter.store.roster import RosterStore
from callcenter.terms import AgentId, HotlineNumber, ShiftId
from callcenter.web.desks import Unknown

AROUND: Final = timedelta(days=3)
"""The change-over nearest to an instant is looked for within this; a shift is no longer."""
UNRETURNED: Final = timedelta(days=14)
"""How old a missed call may be that still wants a call-back."""
_KINDS: Final = {"given": EntryKind.HANDOVER_GIVEN, "taken": EntryKind.HANDOVER_TAKEN}


class Handovers:
    """Raises StoreAway where PostgreSQL can't be asked."""

    def __init__(self, pool: Pool, now: Callable[[], datetime]) -> None:
        self._roster = RosterStore(pool)
        self._log = LogbookStore(pool)
        self._missed = MissedStore(pool)
        self._now = now

    async def present(self, hotline: HotlineNumber, at: datetime, shift: ShiftId | None) -> Handover | None:
        """As of *at*; None if there is no such shift."""
        going = await self._outgoing(hotline, at, shift)
        return None if going is None else await self._present(going, at)

    async def sign(
        self, hotline: HotlineNumber, shift: ShiftId, side: Literal["given", "taken"], by: AgentId, note: str
    ) -> Entry:
        """Sign one side, once. Raises Unknown, Refused."""
        now, kind = self._now(), _KINDS[side]
        going = await self._outgoing(hotline, now, shift)
        if going is None:
            raise Unknown(f"hotline {hotline} has no shift {shift}")
        handover = await self._present(going, now)
        signed = handover.given if side == "given" else handover.taken
        if signed is not None and signed.author == by:
            return signed
        judge_signature(handover, kind, by)
        draft = Draft(author=by, kind=kind, text=note, hotline=hotline, shift_id=shift)
        try:
            return await self._log.append(draft)
        except LogbookRefused as error:
            raise Refused(str(error)) from None

    async def _outgoing(self, hotline: HotlineNumber, at: datetime, shift: ShiftId | None) -> Outgoing | None:
        around = at
        if shift is not None:
            planned = (await self._roster.of([shift])).get(shift)
            if planned is None or planned.hotline != hotline:
                return None
            around = planned.end
        held = await self._roster.assignments(around - AROUND, around + AROUND, hotline)
        return outgoing(held, hotline, around, shift)

    async def _present(self, going: Outgoing, at: datetime) -> Handover:
        told = await self._log.story(going.hotline, going.start - AROUND, at)
        known = {entry.number: entry for entry in [*await self._log.open_items(going.hotline), *told]}
        entries = [known[number] for number in sorted(known)]
        missed = await self._missed.since(going.hotline, going.end - UNRETURNED, min(at, going.end))
        return present(going, entries, missed, at)
