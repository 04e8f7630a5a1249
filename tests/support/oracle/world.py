"""Everything that the recording says, in tables: channels, dials, stays in bridges, and the single events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from tests.support.oracle.wire import Row

UP, RINGING, RING = 6, 5, 4
NEVER = 1 << 60


@dataclass(slots=True)
class Channel:
    """One channel, from its first event to its last. Instants are places in the order of events."""

    uniqueid: str
    first: Row
    """The first event that names it."""
    prefix: str
    """``Dest`` where that event names it as the one that is dialled."""
    names: list[tuple[int, str]]
    born: Row | None = None
    states: list[tuple[int, int]] = field(default_factory=list)
    """As Newchannel and Newstate say."""
    requests: list[Row] = field(default_factory=list)
    hangup: Row | None = None

    def name(self, place: int = NEVER) -> str:
        """What it is called then: a masquerade swaps names."""
        return [name for at, name in self.names if at <= place or at == self.names[0][0]][-1]

    def endpoint(self, place: int = NEVER) -> str:
        return self.name(place).partition("/")[2].rpartition("-")[0]

    @property
    def local(self) -> bool:
        return self.names[0][1].startswith("Local/")

    def said(self, key: str) -> str:
        """A header of the first event that names it."""
        return self.first.get(self.prefix + key)

    @property
    def up(self) -> int | None:
        """When it was picked up; None if never, or before we watched."""
        return next((at for at, state in self.states if state == UP), None)

    @property
    def known_from(self) -> int:
        return self.first.place

    @property
    def gone(self) -> int:
        return self.hangup.place if self.hangup else NEVER

    @property
    def asked(self) -> int:
        """When its own side asked to hang up."""
        return self.requests[0].place if self.requests else NEVER


@dataclass(frozen=True, slots=True)
class Dial:
    """One channel calls another."""

    row: Row
    source: str
    """Uniqueid; empty where the PBX itself calls."""
    dest: str
    string: str


@dataclass(frozen=True, slots=True)
class Stay:
    """A channel in a bridge where people hear each other."""

    bridge: str
    uniqueid: str
    begin: int
    end: int


class World:
    """The tables of one recording."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.channels: dict[str, Channel] = {}
        for row in rows:
            self._name(row)
            self._live(row)

    def named(self, *names: str) -> Iterator[Row]:
        return (row for row in self.rows if row.name in names)

    def _name(self, row: Row) -> None:
        for prefix in ("", "Dest"):
            uniqueid, name = row.get(prefix + "Uniqueid"), row.get(prefix + "Channel")
            if uniqueid and name and uniqueid not in self.channels:
                self.channels[uniqueid] = Channel(uniqueid, row, prefix, [(row.place, name)])

    def _live(self, row: Row) -> None:
        channel = self.channels.get(row.get("Uniqueid"))
        if channel is None:
            return
        match row.name:
            case "Newchannel":
                channel.born = row
                channel.states.append((row.place, int(row.get("ChannelState") or 0)))
            case "Newstate":
                channel.states.append((row.place, int(row.get("ChannelState") or 0)))
            case "Rename":
                channel.names.append((row.place, row.get("Newname")))
            case "HangupRequest":
                channel.requests.append(row)
            case "Hangup" if channel.hangup is None:
                channel.hangup = row

    def at(self, place: int) -> int:
        """Microseconds."""
        return self.rows[min(place, len(self.rows) - 1)].at

    @property
    def end(self) -> int:
        """Just after the last event."""
        return len(self.rows)

    @cached_property
    def timed(self) -> bool:
        return any(row.get("Timestamp") for row in self.rows)

    @cached_property
    def dials(self) -> list[Dial]:
        return [
            Dial(row, row.get("Uniqueid"), row.get("DestUniqueid"), row.get("DialString"))
            for row in self.named("DialBegin")
        ]

    def dialled(self, uniqueid: str) -> list[Dial]:
        return [dial for dial in self.dials if dial.dest == uniqueid]

    def other_half(self, uniqueid: str) -> str | None:
        """The other end of a Local channel's pair: they share a name but for its last digit."""
        if not self.channels[uniqueid].local:
            return None
        name = self.channels[uniqueid].names[0][1]
        wanted = name[:-1] + {"1": "2", "2": "1"}.get(name[-1], "?")
        return next((c.uniqueid for c in self.channels.values() if c.names[0][1] == wanted), None)

    @cached_property
    def stays(self) -> list[Stay]:
        found: list[Stay] = []
        for row in self.named("BridgeEnter"):
            if "parking" in row.get("BridgeType") or "holding" in row.get("BridgeTechnology"):
                continue
            bridge, uniqueid = row.get("BridgeUniqueid"), row.get("Uniqueid")
            found.append(Stay(bridge, uniqueid, row.place, self._left(row.place, bridge, uniqueid)))
        return found

    def _left(self, place: int, bridge: str, uniqueid: str) -> int:
        """The next time it leaves that bridge, enters any, or hangs up."""
        for row in self.rows[place + 1 :]:
            if row.get("Uniqueid") == uniqueid and (
                row.name in ("Hangup", "BridgeEnter")
                or (row.name == "BridgeLeave" and row.get("BridgeUniqueid") == bridge)
            ):
                return row.place
        return NEVER

    @cached_property
    def alerting(self) -> dict[str, int]:
        """First RINGING of each channel, by its own state or by who dials it; PROGRESS counts without any."""
        rang: dict[str, int] = {}
        progress: dict[str, int] = {}
        for row in self.rows:
            if row.name == "Newstate" and row.get("ChannelState") == str(RINGING):
                rang.setdefault(row.get("Uniqueid"), row.place)
            elif row.name == "DialState" and row.get("DialStatus") == "RINGING":
                rang.setdefault(row.get("DestUniqueid"), row.place)
            elif row.name == "DialState" and row.get("DialStatus") == "PROGRESS":
                progress.setdefault(row.get("DestUniqueid"), row.place)
        return progress | rang
