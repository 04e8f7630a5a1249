"""The switch: channels, bridges, and what is said of them over AMI."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

EPOCH = 1_795_290_000
STATES = {0: "Down", 4: "Ring", 5: "Ringing", 6: "Up"}
TRUNK = "PJSIP/trunk"


@dataclass(slots=True, eq=False)
class Line:
    """One channel."""

    uniqueid: str
    name: str
    linkedid: str
    state: int
    context: str
    exten: str
    number: str
    bridge: Room | None = None
    over: bool = False

    def told(self, prefix: str = "") -> dict[str, str]:
        """The snapshot that events carry of it."""
        lines = {
            "Channel": self.name, "ChannelState": str(self.state), "ChannelStateDesc": STATES[self.state],
            "CallerIDNum": self.number, "Context": self.context, "Exten": self.exten,
            "Uniqueid": self.uniqueid, "Linkedid": self.linkedid,
        }  # fmt: skip
        return {prefix + key: value for key, value in lines.items()}


@dataclass(slots=True, eq=False)
class Room:
    """One bridge."""

    ident: str
    kind: str
    technology: str
    members: list[Line] = field(default_factory=list)

    def told(self) -> dict[str, str]:
        return {"BridgeUniqueid": self.ident, "BridgeType": self.kind, "BridgeTechnology": self.technology}


class Switch:
    """Does what stories ask, and keeps the wire."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.now = EPOCH * 1_000_000
        self.wire: list[bytes] = []
        self._lines = 0
        self._rooms = 0
        self.parking = self.room("parking", "holding_bridge")

    def say(self, event: str, *told: dict[str, str], **more: str) -> None:
        """One event, some microseconds after the one before."""
        self.now += self.random.randrange(1, 400)
        found = {"Event": event, "Timestamp": f"{self.now // 1_000_000}.{self.now % 1_000_000:06}"}
        for lines in (*told, more):
            found |= lines
        self.wire.append("".join(f"{key}: {value}\r\n" for key, value in found.items()).encode() + b"\r\n")

    def room(self, kind: str = "basic", technology: str = "simple_bridge") -> Room:
        self._rooms += 1
        return Room(f"{self._rooms:08x}-room", kind, technology)

    def line(
        self, device: str, state: int, context: str, exten: str, number: str, *, beside: Line | None = None
    ) -> Line:
        """A new channel; a leg takes the Linkedid of whom it is made for."""
        uniqueid = f"{self.now // 1_000_000}.{self._lines}"
        name = device if device.startswith("Local/") else f"{device}-{self._lines:08x}"
        self._lines += 1
        linkedid = beside.linkedid if beside else uniqueid
        line = Line(uniqueid, name, linkedid, state, context, exten, number)
        self.say("Newchannel", line.told())
        return line

    def pair(self, exten: str, beside: Line | None) -> tuple[Line, Line]:
        """The two halves of a Local channel."""
        base = f"Local/{exten}@phones-{self._lines:08x}"
        one = self.line(base + ";1", 0, "phones", exten, "<unknown>", beside=beside)
        two = self.line(base + ";2", 4, "phones", exten, "<unknown>", beside=one)
        self.say("LocalBridge", **{f"LocalOne{k}": v for k, v in one.told().items()},
                 **{f"LocalTwo{k}": v for k, v in two.told().items()})  # fmt: skip
        return one, two

    def state(self, line: Line, state: int) -> None:
        line.state = state
        self.say("Newstate", line.told())

    def dial(self, source: Line | None, dest: Line, string: str) -> None:
        self.say("DialBegin", source.told() if source else {}, dest.told("Dest"), DialString=string)

    def alert(self, source: Line | None, dest: Line) -> None:
        """180: said by the leg and by the dial, in either order."""
        if self.random.random() < 0.5:
            self.state(dest, 5)
            self.dialstate(source, dest, "RINGING")
        else:
            dest.state = 5
            self.dialstate(source, dest, "RINGING")
            self.say("Newstate", dest.told())

    def dialstate(self, source: Line | None, dest: Line, status: str) -> None:
        self.say("DialState", source.told() if source else {}, dest.told("Dest"), DialStatus=status)

    def dialend(self, source: Line | None, dest: Line, status: str, forward: str = "") -> None:
        more = {"Forward": forward} if forward else {}
        self.say("DialEnd", source.told() if source else {}, dest.told("Dest"), DialStatus=status, **more)

    def enter(self, line: Line, room: Room, swap: Line | None = None) -> None:
        """Into the bridge; whoever meets takes the oldest Linkedid."""
        self.leave(line)
        room.members.append(line)
        line.bridge = room
        more = {"SwapUniqueid": swap.uniqueid} if swap else {}
        self.say("BridgeEnter", room.told(), line.told(), **more)
        if room is not self.parking:
            oldest = min((m.linkedid for m in room.members), key=_age)
            for member in room.members:
                member.linkedid = oldest

    def leave(self, line: Line) -> None:
        if line.bridge is not None:
            room, line.bridge = line.bridge, None
            room.members.remove(line)
            self.say("BridgeLeave", room.told(), line.told())

    def meet(self, *lines: Line) -> Room:
        """A new bridge with these in it, in any order."""
        room = self.room()
        for line in self.shuffled(lines):
            self.enter(line, room)
        return room

    def ask(self, line: Line, cause: int = 16) -> None:
        self.say("HangupRequest", line.told(), Cause=str(cause))

    def hangup(self, line: Line, cause: int = 16) -> None:
        if not line.over:
            self.leave(line)
            line.over = True
            self.say("Hangup", line.told(), Cause=str(cause))

    def rename(self, line: Line, name: str) -> None:
        """A masquerade: the channel goes on under another name."""
        self.say("Rename", Channel=line.name, Newname=name, Uniqueid=line.uniqueid)
        line.name = name

    def shuffled(self, lines: tuple[Line, ...] | list[Line]) -> list[Line]:
        found = list(lines)
        self.random.shuffle(found)
        return found


def _age(linkedid: str) -> tuple[int, int]:
    second, _, counter = linkedid.partition(".")
    return int(second), int(counter)
