"""How the caller was handed on after the first answer."""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.oracle.company import Company
from tests.support.oracle.tries import Tries
from tests.support.oracle.wire import Row
from tests.support.oracle.world import NEVER, Channel, Dial, World


@dataclass(frozen=True, slots=True)
class Begun:
    """A handing-on, from its event to the next one."""

    kind: str
    place: int
    by: str | None
    extension: str | None
    without: frozenset[str]
    """The channels of whoever hands on."""
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    kind: str
    place: int
    by: str | None
    to: str | None
    answered: bool


class Moves:
    def __init__(self, world: World, company: Company, caller: Channel, tries: Tries) -> None:
        self.world, self.company, self.caller, self.tries = world, company, caller, tries

    def all(self) -> list[Move]:
        answer = self.tries.answer
        if answer is None:
            return []
        begun = [b for b in self._told() if b.place >= answer.place]
        begun = sorted([*begun, *self._untold(begun, answer.met)], key=lambda b: b.place)
        untils = [*(b.place for b in begun), NEVER][1:]
        return [self._move(b, until) for b, until in zip(begun, untils, strict=True)]

    def _told(self) -> list[Begun]:
        """What the PBX says by an event of its own."""
        found: list[Begun] = []
        for row in self.world.rows:
            match row.name:
                case "BlindTransfer" if self._mine(row, "TransfereeUniqueid", "TransfererUniqueid"):
                    found.append(self._blind(row))
                case "AttendedTransfer" if self._mine(row, "TransfereeUniqueid", "OrigTransfererUniqueid"):
                    found.append(self._attended(row))
                case "ParkedCall" if self._mine(row, "ParkeeUniqueid", ""):
                    parked = self._parked(row, found[-1] if found else None)
                    found = [b for b in found if not (b.kind == "blind" and b.place == parked.place)]
                    found.append(parked)
        return found

    def _mine(self, row: Row, whom: str, by: str) -> bool:
        """Whether it is the caller who is handed on, or the Local channel that stands for him."""
        uniqueid = row.get(whom)
        if uniqueid == self.caller.uniqueid:
            return True
        channel = self.world.channels.get(uniqueid)
        if channel is None or not channel.local:
            return False
        before = row.place - 50
        far = self.world.other_half(uniqueid)
        return far is not None and any(
            self._beside(far, place) for place in range(max(before, 0), row.place + 1)
        )

    def _beside(self, uniqueid: str, place: int) -> bool:
        bridges = {s.bridge for s in self.world.stays if s.uniqueid == uniqueid and s.begin <= place < s.end}
        return any(
            s.uniqueid == self.caller.uniqueid and s.bridge in bridges and s.begin <= place < s.end
            for s in self.world.stays
        )

    def _blind(self, row: Row) -> Begun:
        by = row.get("TransfererUniqueid")
        return Begun(
            "blind", row.place, self._phone(by, row.place), row.get("Extension") or None, frozenset({by})
        )

    def _attended(self, row: Row) -> Begun:
        first, second = row.get("OrigTransfererUniqueid"), row.get("SecondTransfererUniqueid")
        target = row.get("TransferTargetUniqueid") or None
        if target is None:
            target = self._consulted(second, row.place)
        kind = "attended" if target and self._talks(target, row.place) else "blonde"
        return Begun(kind, row.place, self._phone(first, row.place), None, frozenset({first, second}), target)

    def _consulted(self, transferer: str, place: int) -> str | None:
        """Whom the one who transfers called, where the event doesn't say it: who shared a bridge last."""
        mine = [s for s in self.world.stays if s.uniqueid == transferer and s.begin <= place]
        for mine_stay in reversed(mine):
            for s in self.world.stays:
                shared = s.bridge == mine_stay.bridge and s.begin <= place and s.end > mine_stay.begin
                if shared and s.uniqueid not in (transferer, self.caller.uniqueid):
                    return s.uniqueid
        return None

    def _talks(self, target: str, place: int) -> bool:
        return any(
            (up := self.world.channels[leg].up) is not None and up <= place for leg in self._behind(target)
        )

    def _behind(self, uniqueid: str) -> list[str]:
        """The real channels behind one end of a Local pair."""
        channel = self.world.channels.get(uniqueid)
        if channel is None:
            return []
        if not channel.local:
            return [uniqueid]
        far = self.world.other_half(uniqueid)
        return [dial.dest for dial in self.company.legs(far)] if far else []

    def _parked(self, row: Row, before: Begun | None) -> Begun:
        """Parking is one move, also where it was asked for by a transfer."""
        if before is not None and before.kind == "blind" and not self._legs(before.place, row.place):
            return Begun("park", before.place, before.by, None, before.without)
        by = row.get("ParkerDialString").partition("/")[2] or None
        near = self.company.people(self.caller.uniqueid, row.place - 1)
        here = [one for one in near if self.world.channels[one].endpoint(row.place) == by]
        by = self._phone(here[0], row.place) if here else by
        return Begun("park", row.place, by, None, self.company.people(self.caller.uniqueid, row.place))

    def _phone(self, uniqueid: str, place: int) -> str | None:
        return self.tries.phone(uniqueid, place) if uniqueid in self.world.channels else None

    def _legs(self, begin: int, end: int) -> list[Dial]:
        """Whom the caller's channel, or the Local channel that stands for him, calls in that time."""
        return [dial for dial in self.company.legs(self.caller.uniqueid) if begin <= dial.row.place < end]

    def _untold(self, begun: list[Begun], met: int) -> list[Begun]:
        """Calls made for the caller after he had talked, which no event explains: a redirect."""
        found: list[Begun] = []
        for dial in self._legs(met, NEVER):
            since = max([met, *(b.place for b in [*begun, *found] if b.place <= dial.row.place)])
            explained = since in [b.place for b in [*begun, *found]]
            without = next((b.without for b in begun if b.place == since), frozenset())
            if not explained or self._met(since, dial.row.place, without):
                found.append(Begun("blind", dial.row.place, self._before(dial.row.place), None, frozenset()))
        return found

    def _before(self, place: int) -> str | None:
        """Whom the caller was with last."""
        for moment in range(place, -1, -1):
            if met := self.company.people(self.caller.uniqueid, moment):
                return self._phone(min(met), place)
        return None

    def _met(self, begin: int, end: int, without: frozenset[str]) -> str | None:
        """The first person but those the caller was with between the two places."""
        for place in range(begin, min(end, self.world.end)):
            others = self.company.people(self.caller.uniqueid, place) - without
            if others:
                return min(others)
        return None

    def _move(self, begun: Begun, until: int) -> Move:
        who = self._met(begun.place, until, begun.without)
        if who is not None:
            return Move(begun.kind, begun.place, begun.by, self._phone(who, until), True)
        if begun.kind == "park":
            return Move("park", begun.place, begun.by, None, False)
        legs = [dial.dest for dial in self._legs(begun.place, until)]
        legs += self._behind(begun.target) if begun.target else []
        tried = self._phone(legs[-1], until) if legs else begun.extension
        return Move(begun.kind, begun.place, begun.by, tried, False)
