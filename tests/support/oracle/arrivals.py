"""Which channels bring a call, which way it goes, and what was dialled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from callcenter.sites import DEFAULT_CONTEXTS, Hotline, Site
from tests.support.oracle.company import Company
from tests.support.oracle.wire import Row
from tests.support.oracle.world import RING, UP, Channel, Dial, World


@dataclass(frozen=True, slots=True)
class Arrival:
    """A caller's channel and what it came for."""

    channel: Channel
    direction: str
    hotline: Hotline | None
    place: int
    """When it entered the number."""
    seen: bool
    """Whether that was seen."""
    number: str
    """Who calls."""


class Arrivals:
    def __init__(self, world: World, company: Company, site: Site) -> None:
        self.world, self.company, self.site = world, company, site
        own = tuple(context for hotline in site.hotlines for context in hotline.contexts)
        self.contexts = frozenset(own or DEFAULT_CONTEXTS)

    def all(self) -> Iterator[Arrival]:
        """Every call of the recording."""
        for channel in self.world.channels.values():
            direction = None if self._of_another_call(channel) else self._direction(channel)
            if direction == "inbound":
                yield self._inbound(channel)
            elif direction is not None:
                seen = channel.born is not None
                yield Arrival(channel, direction, None, self._began(channel), seen, self._number(channel))

    def _originated(self, channel: Channel) -> list[Dial]:
        """The PBX's own calls to this channel, also those through a Local pair."""
        mine = [dial for dial in self.world.dials if dial.source == "" and dial.dest in self.world.channels]
        return [
            dial
            for dial in mine
            if dial.dest == channel.uniqueid
            or (
                self.world.channels[dial.dest].local
                and (far := self.world.other_half(dial.dest))
                and any(leg.dest == channel.uniqueid for leg in self.company.legs(far))
            )
        ]

    def _began(self, channel: Channel) -> int:
        """A call that the PBX places begins when it dials."""
        dials = [dial.row.place for dial in self.world.dialled(channel.uniqueid)]
        return min(dials, default=channel.known_from) if self._originated(channel) else self._came_at(channel)

    def _number(self, channel: Channel) -> str:
        """Who calls: of a call that the PBX places to a number outside first, that number."""
        dials = self.world.dialled(channel.uniqueid)
        if dials and channel.endpoint() in self.site.trunks:
            return outside_number(dials[0].string, channel.endpoint())
        return channel.said("CallerIDNum")

    def _direction(self, channel: Channel) -> str | None:
        """None for a channel that brings nobody: it was dialled, or is half a Local pair."""
        if channel.local:
            return None
        if self._originated(channel):
            return "outbound" if self._outside(channel) or self._calls_out(channel) else "internal"
        if self.world.dialled(channel.uniqueid):
            return None
        if not self._came_in(channel):
            return None
        if self._outside(channel):
            return "inbound"
        return "outbound" if self._calls_out(channel) else "internal"

    def _came_in(self, channel: Channel) -> bool:
        """Its first state after Down is Ring; or it was up when we came, and nobody dials it."""
        if channel.born is None:
            application = channel.said("Application")
            return channel.said("ChannelState") in (str(RING), str(UP)) and application not in (
                "AppDial",
                "AppQueue",
            )
        after = [state for _, state in channel.states if state]
        return bool(after) and after[0] == RING

    def _outside(self, channel: Channel) -> bool:
        return channel.endpoint() in self.site.trunks or channel.said("Context") in self.contexts

    def _calls_out(self, channel: Channel) -> bool:
        legs = self.company.legs(channel.uniqueid)
        return bool(legs) and self.world.channels[legs[0].dest].endpoint() in self.site.trunks

    def _of_another_call(self, channel: Channel) -> bool:
        """It picks up or fetches another's call, or is a consultation that was merged into one."""
        me = channel.uniqueid
        for row in self.world.rows:
            if row.name == "Pickup" and row.get("Uniqueid") == me:
                return True
            if row.name == "UnParkedCall" and row.get("RetrieverUniqueid") == me:
                return True
            if row.name == "AttendedTransfer" and row.get("SecondTransfererUniqueid") == me:
                return self._consults(channel, row)
        return False

    def _consults(self, channel: Channel, row: Row) -> bool:
        """Whether it began after the one who transfers had answered."""
        first = self.world.channels.get(row.get("OrigTransfererUniqueid"))
        if first is None or first.uniqueid == channel.uniqueid:
            return False
        return first.up is None or channel.born is None or first.up < channel.born.place

    def _inbound(self, channel: Channel) -> Arrival:
        dialled = self.hotline(channel.said("Exten")) if self._leads_in(channel) else None
        seen = channel.born is not None
        place, hotline = self._came_at(channel), dialled
        named = next(self._named(channel), None)
        if named is not None and (said := self.hotline(named[1])) is not None and said != dialled:
            place, hotline, seen = named[0], said, True
        return Arrival(channel, "inbound", hotline, place, seen, self._number(channel))

    def _came_at(self, channel: Channel) -> int:
        """chan_sip makes a channel that is Down, and then says that it rings."""
        rings = [at for at, state in channel.states if state == RING]
        return rings[0] if channel.born is not None and rings else channel.known_from

    def _leads_in(self, channel: Channel) -> bool:
        return channel.born is not None

    def _named(self, channel: Channel) -> Iterator[tuple[int, str]]:
        """Where the dialplan says which hotline the caller has reached."""
        for row in self.world.rows:
            if row.get("Uniqueid") != channel.uniqueid:
                continue
            if row.name == "VarSet" and row.get("Variable").lstrip("_") == "CC_HOTLINE":
                yield row.place, row.get("Value")
            elif row.name == "UserEvent" and row.get("UserEvent") == "CallcenterOffered":
                yield row.place, row.get("Hotline")

    def hotline(self, number: str) -> Hotline | None:
        """The hotline of that number, patterns after ``_`` included."""
        exact = [h for h in self.site.hotlines if h.number == number]
        like = [h for h in self.site.hotlines if h.number.startswith("_") and matches(h.number, number)]
        return next(iter(exact + like), None)


def outside_number(string: str, endpoint: str) -> str:
    """``4930…@trunk`` or ``trunk/4930…`` without the trunk."""
    before, at, after = string.partition("@")
    if at:
        return before if after == endpoint else string
    return string.removeprefix(endpoint + "/")


def matches(pattern: str, number: str) -> bool:
    """Asterisk's patterns: X, Z, N, sets, and ``.`` or ``!`` for the rest."""
    parts = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]", ".": ".+", "!": ".*"}
    wanted = "".join(
        part if part.startswith("[") else parts.get(part, re.escape(part))
        for part in re.findall(r"\[[^]]*\]|.", pattern[1:])
    )
    return re.fullmatch(wanted, number) is not None
