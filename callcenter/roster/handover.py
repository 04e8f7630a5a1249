"""From shift to shift: what the outgoing side hands over, and whether both have signed for it.

A handover is not kept anywhere: it is read off the duty log, whenever somebody looks. Open items are
entries marked for follow-up that no later entry says are done, however old: they carry over. A missed call
is open until it was returned or an entry says that the caller was called back. Each side signs with
an entry of its own on the outgoing shift; the two signatures are two people's.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from callcenter.roster.judging import Refused
from callcenter.roster.logbook import Entry, EntryKind
from callcenter.roster.model import Assignment
from callcenter.terms import AgentId, CallId, DutyRole, HotlineNumber, ShiftId

SIGNATURES: Final = frozenset({EntryKind.HANDOVER_GIVEN, EntryKind.HANDOVER_TAKEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """What of one hotline goes from some hands to others: the shifts that end together."""

    hotline: HotlineNumber
    shifts: tuple[ShiftId, ...]
    """The handover is signed on any of them."""
    start: datetime
    end: datetime
    giving: tuple[AgentId, ...]
    taking: tuple[AgentId, ...]
    """Who is on duty then, or else who begins next; nobody where the roster goes no further."""
    goes_on: bool = False
    """Nobody else takes over, those who are there stay: there is nothing to sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedCall:
    """A missed hotline call, without its caller."""

    call_id: CallId
    hotline: HotlineNumber
    at: datetime
    returned: bool = False
    """Somebody dialled the caller since, or the caller was answered since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An entry, and what later entries say it should have said."""

    entry: Entry
    corrections: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """What the relief is to read, and the signatures."""

    outgoing: Outgoing
    entries: tuple[Item, ...]
    """Written in the shift, in order; corrections stand with what they correct."""
    open_items: tuple[Item, ...]
    """Of this and every earlier shift, oldest first."""
    unreturned: tuple[MissedCall, ...]
    """Missed calls that nobody has called back, oldest first."""
    given: Entry | None
    taken: Entry | None
    unsigned: bool
    """The shift is over, the grace too, and a signature is missing."""

    @property
    def signed(self) -> bool:
        """Whether both sides have signed."""
        return self.given is not None and self.taken is not None


def outgoing(
    assignments: Iterable[Assignment],
    hotline: HotlineNumber,
    at: datetime,
    shift: ShiftId | None = None,
) -> Outgoing | None:
    """What is handed over at the end of *shift*, or without one at that change-over which is nearest to *at*.
    None where *assignments* have no such shift. Only primaries hand over."""
    held = [one for one in assignments if one.hotline == hotline and one.role is DutyRole.PRIMARY]
    ends = [one.end for one in held if shift in (None, one.shift_id)]
    if not ends:
        return None
    end = min(ends, key=lambda edge: (abs(edge - at), edge)) if shift is None else max(ends)
    over = [one for one in held if one.end == end]
    giving = tuple(dict.fromkeys(one.person for one in over))
    after = _after(held, end)
    return Outgoing(
        hotline=hotline,
        shifts=tuple(dict.fromkeys(one.shift_id for one in over)),
        start=min(one.start for one in over),
        end=end,
        giving=giving,
        taking=tuple(person for person in after if person not in giving),
        goes_on=bool(after) and set(after) <= set(giving),
    )


def present(
    outgoing: Outgoing,
    entries: Iterable[Entry],
    missed: Iterable[MissedCall],
    now: datetime,
    *,
    grace: timedelta = timedelta(minutes=30),
) -> Handover:
    """The handover as it stands at *now*. *entries*: the duty log from the oldest open item on; *missed*: the
    missed calls that may still be open."""
    log = _Log(outgoing.hotline, entries)
    given = log.signature(EntryKind.HANDOVER_GIVEN, outgoing.shifts, None)
    taken = log.signature(EntryKind.HANDOVER_TAKEN, outgoing.shifts, given.author if given else None)
    signed = given is not None and taken is not None
    return Handover(
        outgoing=outgoing,
        entries=log.written_in(outgoing),
        open_items=log.open_before(outgoing),
        unreturned=log.unreturned(call for call in missed if call.at < outgoing.end),
        given=given,
        taken=taken,
        unsigned=not signed and not outgoing.goes_on and now > outgoing.end + grace,
    )


def judge_signature(handover: Handover, kind: EntryKind, by: AgentId) -> None:
    """Whether *by* may sign for that side. Raises Refused."""
    giving, taking = handover.outgoing.giving, handover.outgoing.taking
    if kind is EntryKind.HANDOVER_GIVEN:
        if by not in giving:
            raise Refused("The outgoing side is signed for by those whose shift ends: let one of them sign")
        if handover.taken is not None and handover.taken.author == by:
            raise Refused("You have signed for taking over: another person signs for giving")
        return
    if taking and by not in taking:
        raise Refused("Taking over is signed for by those whose shift begins: let one of them sign")
    if by in giving or (handover.given is not None and handover.given.author == by):
        raise Refused("Nobody takes over from themselves: let the relief sign")


class _Log:
    """The log of one hotline, and of none in particular, by what it says of other entries."""

    def __init__(self, hotline: HotlineNumber, entries: Iterable[Entry]) -> None:
        self.own = sorted(
            (one for one in entries if one.hotline in (hotline, None)), key=lambda one: one.number
        )
        self.corrections: dict[int, list[Entry]] = {}
        self.done: set[int] = set()
        self.called_back: set[CallId] = set()
        for entry in self.own:
            if entry.kind is EntryKind.CORRECTION and entry.refers_to is not None:
                self.corrections.setdefault(entry.refers_to, []).append(entry)
            elif entry.kind is EntryKind.ITEM_DONE and entry.refers_to is not None:
                self.done.add(entry.refers_to)
            elif entry.kind is EntryKind.CALLED_BACK and entry.call_id is not None:
                self.called_back.add(entry.call_id)

    def written_in(self, shift: Outgoing) -> tuple[Item, ...]:
        """What was written in the shift. A correction of it stands with it, whenever it was made."""
        inside = [one for one in self.own if _belongs(one, shift) and one.kind not in SIGNATURES]
        numbers = {one.number for one in inside}
        return tuple(
            self._item(one)
            for one in inside
            if not (one.kind is EntryKind.CORRECTION and one.refers_to in numbers)
        )

    def open_before(self, shift: Outgoing) -> tuple[Item, ...]:
        """What is to be followed up, not done, and not of a later shift."""
        return tuple(
            self._item(one)
            for one in self.own
            if one.follow_up
            and one.number not in self.done
            and (one.at < shift.end or one.shift_id in shift.shifts)
        )

    def unreturned(self, missed: Iterable[MissedCall]) -> tuple[MissedCall, ...]:
        """Missed calls that nobody returned or wrote down as called back."""
        left = (call for call in missed if not call.returned and call.call_id not in self.called_back)
        return tuple(sorted(left, key=lambda call: (call.at, call.call_id)))

    def signature(self, kind: EntryKind, shifts: Collection[ShiftId], not_by: AgentId | None) -> Entry | None:
        """The first signature of that kind on one of the shifts, by another than *not_by*."""
        return next(
            (
                one
                for one in self.own
                if one.kind is kind and one.shift_id in shifts and one.author != not_by
            ),
            None,
        )  # fmt: skip

    def _item(self, entry: Entry) -> Item:
        return Item(entry=entry, corrections=tuple(self.corrections.get(entry.number, ())))


def _belongs(entry: Entry, shift: Outgoing) -> bool:
    if entry.shift_id is not None and entry.hotline is not None:
        return entry.shift_id in shift.shifts
    return shift.start <= entry.at < shift.end


def _after(held: Collection[Assignment], end: datetime) -> list[AgentId]:
    """Who is on duty right after *end*, or else who begins next."""
    there = [one.person for one in held if one.start <= end < one.end]
    if not there:
        first = min((one.start for one in held if one.start > end), default=None)
        there = [one.person for one in held if one.start == first]
    return list(dict.fromkeys(there))
