"""Who hears whom at which moment."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from tests.support.oracle.world import Dial, World


class Company:
    """Answers about bridges and Local pairs, by looking through every stay each time."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people = lru_cache(maxsize=None)(self._people)
        self.legs = lru_cache(maxsize=None)(self._legs)

    def _people(self, uniqueid: str, place: int) -> frozenset[str]:
        """The real channels that *uniqueid* hears just after event *place*."""
        met: set[str] = set()
        ask = [uniqueid]
        seen: set[str] = set()
        while ask:
            one = ask.pop()
            seen.add(one)
            for other in self._with(one, place):
                far = self.world.other_half(other) if self.world.channels[other].local else None
                if far is None:
                    met.add(other)
                elif far not in seen:
                    ask.append(far)
        return frozenset(other for other in met - {uniqueid} if not self.world.channels[other].local)

    def _with(self, uniqueid: str, place: int) -> set[str]:
        here = {s.bridge for s in self.world.stays if s.uniqueid == uniqueid and s.begin <= place < s.end}
        return {
            s.uniqueid
            for s in self.world.stays
            if s.bridge in here and s.uniqueid != uniqueid and s.begin <= place < s.end
        }

    def moments(self, uniqueid: str) -> Iterator[int]:
        """Every event within the channel's life at which company, or a hold of somebody in it, may change."""
        channel = self.world.channels[uniqueid]
        bridges = {"BridgeEnter", "BridgeLeave", "AttendedTransfer", "BlindTransfer", "ParkedCall"}
        names = bridges | {"Hangup", "HangupRequest", "Hold", "Unhold"}
        for row in self.world.rows[channel.known_from :]:
            if row.place <= channel.gone and row.name in names:
                yield row.place

    def originated(self, uniqueid: str) -> list[str]:
        """The halves of Local pairs, called by the PBX itself, at whose other end this phone answered: they
        call on behalf of it."""
        found = []
        for dial in self.world.dials:
            if not dial.source and dial.dest in self.world.channels and self.world.channels[dial.dest].local:
                far = self.world.other_half(dial.dest)
                if far is not None and far != uniqueid and self._met(uniqueid, far):
                    found.append(dial.dest)
        return found

    def _met(self, one: str, other: str) -> bool:
        """Whether the two were ever in one bridge at once."""
        return any(
            a.uniqueid == one
            and b.uniqueid == other
            and a.bridge == b.bridge
            and a.begin < b.end
            and b.begin < a.end
            for a in self.world.stays
            for b in self.world.stays
        )

    def _legs(self, uniqueid: str) -> tuple[Dial, ...]:
        """The real channels that *uniqueid* dials, Local pairs between them folded."""
        found: list[Dial] = []
        speaks = {uniqueid, *self.originated(uniqueid)}
        for dial in self.world.dials:
            if dial.source not in speaks or dial.dest not in self.world.channels:
                continue
            if not self.world.channels[dial.dest].local:
                found.append(dial)
            elif (far := self.world.other_half(dial.dest)) is not None:
                found += self.legs(far)
        return tuple(sorted(found, key=lambda dial: dial.row.place))
