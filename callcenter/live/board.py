"""The board: what every hotline's wallboard shows now, kept up to date by facts.

Theory of operation. The board is a pure projection. It holds one `Entry` per call of the last two days:
the telling with the highest ``seq``. A newer telling takes the old entry out of its hotline's lane and
puts the new one in, so that a call that changes its hotline moves with all its sums; an older or equal
telling changes nothing, so facts may come twice and out of order. A merged call is taken out for good.

A call is counted in the local day and the quarter of an hour of its ``arrived_at``. Nothing happens at
midnight: a snapshot reads the sums of the day that its ``at`` is in, and callers who are still there are
shown whatever day they came in. Ticks only forget what no snapshot can ask for any more.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from callcenter.facts import CallFact, CallMerged, DutyChanged, LinkDown, LinkUp, News
from callcenter.kpi import instant_json
from callcenter.live.duty import DutyText, no_duty
from callcenter.live.lane import Entry, Lane, Standing
from callcenter.live.link import Link
from callcenter.live.shape import live_json
from callcenter.record import Call
from callcenter.sites import Hotline
from callcenter.terms import CallId, Direction, HotlineNumber, PbxName

MEMORY: Final = timedelta(hours=50)
"""Today and yesterday in any time zone, a day of 25 hours included."""
_HOURLY: Final = timedelta(hours=1)

Changed = frozenset[HotlineNumber]
"""The hotlines whose picture a fact has changed."""

NOTHING: Final[Changed] = frozenset()


class Board:
    """The live picture of some hotlines. Not for several threads at once."""

    def __init__(self, hotlines: Iterable[Hotline]) -> None:
        self._lanes = {hotline.number: Lane(hotline) for hotline in hotlines}
        self._links = {lane.hotline.pbx: Link() for lane in self._lanes.values()}
        self._entries: dict[CallId, Entry] = {}
        self._withdrawn: dict[CallId, datetime] = {}
        self._forget_at: datetime | None = None
        self.duty: DutyText = no_duty
        """Who is on duty, and next; as JSON, since the board only shows it."""

    @property
    def numbers(self) -> tuple[HotlineNumber, ...]:
        """The hotlines on the board, as configured."""
        return tuple(self._lanes)

    def load(self, calls: Iterable[Call], gaps: Iterable[tuple[PbxName, datetime, datetime]] = ()) -> None:
        """Take in history at the start: calls as last told, and (pbx, from, to) of gaps in what was heard."""
        for call in calls:
            self._tell(call)
        for pbx, began_at, ended_at in gaps:
            self.link(pbx).add_gap(began_at, ended_at)

    def apply(self, fact: News) -> Changed:
        """Take in one fact; the hotlines that look different now."""
        match fact:
            case CallFact(call=call):
                return self._tell(call)
            case CallMerged(call_id=call_id, at=at):
                return self._withdraw(call_id, at)
            case LinkUp(pbx=pbx) | LinkDown(pbx=pbx):
                return self.of_pbx(pbx) if self.link(pbx).apply(fact) else NOTHING
            case DutyChanged(hotline=hotline):
                return frozenset({hotline}) & self._lanes.keys()
            case _:
                return NOTHING

    def heard(self, pbx: PbxName, at: datetime) -> None:
        """The PBX said something at *at*, whatever it was."""
        self.link(pbx).heard(at)

    def tick(self, at: datetime) -> None:
        """Time passes: forget days that are over, but no caller who is still there."""
        if self._forget_at is None or at >= self._forget_at:
            self._forget_at = at + _HOURLY
            self._forget(at - MEMORY)

    def snapshot(self, number: HotlineNumber, at: datetime) -> dict[str, Any]:
        """One hotline's live picture, ready for JSON. Raises KeyError for a number that is no hotline's."""
        lane = self._lanes[number]
        return live_json(lane, self.link(lane.hotline.pbx), self.duty(number, at), at)

    def all(self, at: datetime) -> list[dict[str, Any]]:
        """Every hotline's live picture, in the order of the configuration."""
        return [self.snapshot(number, at) for number in self._lanes]

    def summary(self, at: datetime) -> dict[str, Any]:
        """The links, and the numbers without hotline that were dialled from outside in the last two days."""
        dialled = Counter(entry.dialled for entry in self._entries.values() if entry.hotline is None)
        return {
            "at": instant_json(at),
            "links": {pbx: link.to_json() for pbx, link in self._links.items()},
            "unconfigured": [{"number": number, "calls": calls} for number, calls in dialled.most_common()],
        }

    def standing(self, number: HotlineNumber, at: datetime) -> Standing:
        """How many callers stand where. Raises KeyError as `snapshot` does."""
        return self._lanes[number].standing(at)

    def day_start(self, number: HotlineNumber, at: datetime) -> datetime:
        """When the hotline's local day of *at* began. Raises KeyError as `snapshot` does."""
        return self._lanes[number].ledger(at).day.start

    def link(self, pbx: PbxName) -> Link:
        """The link to a PBX; one never heard of before is down."""
        return self._links.setdefault(pbx, Link())

    def of_pbx(self, pbx: PbxName) -> Changed:
        """The hotlines that live on a PBX."""
        return frozenset(n for n, lane in self._lanes.items() if lane.hotline.pbx == pbx)

    def _tell(self, call: Call) -> Changed:
        """Take in one telling of a call."""
        told = self._entries.get(call.call_id)
        if call.call_id in self._withdrawn or call.direction is not Direction.INBOUND:
            return NOTHING
        if told is not None and told.seq >= call.seq:
            return NOTHING
        entry = self._entries[call.call_id] = Entry.of(call)
        if told is not None and told.hotline == entry.hotline and entry.hotline in self._lanes:
            self._lanes[entry.hotline].replace(told, entry)
            return frozenset({entry.hotline})
        return self._take(told) | self._put(entry)

    def _withdraw(self, call_id: CallId, at: datetime) -> Changed:
        """A call is part of another one: it has never been one of its own."""
        self._withdrawn[call_id] = at
        return self._take(self._entries.pop(call_id, None))

    def _put(self, entry: Entry) -> Changed:
        if entry.hotline not in self._lanes:
            return NOTHING
        self._lanes[entry.hotline].put(entry)
        return frozenset({entry.hotline})

    def _take(self, entry: Entry | None) -> Changed:
        if entry is None or entry.hotline not in self._lanes:
            return NOTHING
        self._lanes[entry.hotline].take(entry)
        return frozenset({entry.hotline})

    def _forget(self, before: datetime) -> None:
        self._entries = {
            key: entry for key, entry in self._entries.items() if entry.call or entry.arrived_at >= before
        }
        self._withdrawn = {key: at for key, at in self._withdrawn.items() if at >= before}
        for lane in self._lanes.values():
            lane.forget(before)
        for link in self._links.values():
            link.forget(before)
