"""A PBX that does what the test says: calls arrive, ring, are answered and end when told to.

It talks AMI over a real socket, answers what it is asked after a login from what is going on, and has
a clock of its own, which only the test moves: rings of fifteen seconds take no time.
"""

import asyncio
from itertools import count
from random import Random

from callcenter.demo.peer import Action, Peer, encode
from callcenter.demo.player import Player, wall_clock
from callcenter.terms import Instant

USERNAME = "watcher"
SECRET = "hush"
SECOND = 1_000_000


class Switchboard(Player):
    """Its clock begins half a minute ahead of ours."""

    def __init__(self, port: int = 0, secret: str = SECRET) -> None:
        self.now = Instant(wall_clock() + 30 * SECOND)
        super().__init__(Random(0), username=USERNAME, secret=secret, port=port, clock=lambda: self.now)
        self._numbers = count(1)
        self._attended = asyncio.Event()
        self._attendant: Peer | None = None

    async def _play(self) -> None:
        await asyncio.get_running_loop().create_future()

    def answer(self, peer: Peer, action: Action) -> None:
        super().answer(peer, action)
        if action.get("action", "").lower() == "bridgelist":
            self._attendant = peer
            self._attended.set()

    async def attended(self) -> None:
        """Until a client has logged in anew, hears every event and has asked what it missed."""
        async with asyncio.timeout(60):
            while self._attendant not in [session.peer for session in self._sessions]:
                self._attended.clear()
                await self._attended.wait()
        self._attendant = None

    def wait(self, seconds: float) -> None:
        """Move the clock."""
        self.now = Instant(self.now + round(seconds * SECOND))

    def tell(self, event: str, **headers: str) -> None:
        """Say one event, now."""
        self.now = Instant(self.now + 100)
        stamp = f"{self.now // SECOND}.{self.now % SECOND:06}"
        said = encode({"Event": event, "Privilege": "call,all", "Timestamp": stamp, **headers})
        self._say(self.now, said.removesuffix(b"\r\n\r\n"))

    def garbage(self, data: bytes) -> None:
        """Say bytes that are no AMI."""
        for session in self._sessions:
            session.peer.send(data)

    def cut(self) -> None:
        """Break every connection."""
        for session in [*self._sessions]:
            session.peer.abort()

    def number(self) -> int:
        return next(self._numbers)

    def arrive(self, hotline: str = "4001", caller: str = "13800138000") -> "Caller":
        """Somebody calls a hotline from outside."""
        return Caller(self, hotline, caller)


class Channel:
    """One channel."""

    def __init__(self, pbx: Switchboard, name: str, linkedid: str | None = None, **shown: str) -> None:
        n = pbx.number()
        self.pbx = pbx
        self.uniqueid = f"{pbx.now // SECOND}.{n}"
        self.name = f"PJSIP/{name}-{n:08x}"
        self.shown = {
            "Channel": self.name, "ChannelState": "0", "ChannelStateDesc": "Down", **shown,
            "Uniqueid": self.uniqueid, "Linkedid": linkedid or self.uniqueid,
        }  # fmt: skip

    def tell(self, event: str, **more: str) -> None:
        self.pbx.tell(event, **self.shown, **more)

    def state(self, number: str) -> None:
        self.shown["ChannelState"] = number
        self.tell("Newstate")

    def enter(self, bridge: str) -> None:
        self.tell("BridgeEnter", BridgeUniqueid=bridge, BridgeType="basic", BridgeTechnology="simple_bridge")

    def hang_up(self, cause: str = "16") -> None:
        self.tell("Hangup", Cause=cause)


class Caller(Channel):
    """A caller's visit to a hotline."""

    def __init__(self, pbx: Switchboard, hotline: str, caller: str) -> None:
        super().__init__(pbx, "trunk", CallerIDNum=caller, Context="from-trunk", Exten=hotline)
        self.shown["ChannelState"] = "4"
        self.legs: dict[str, Channel] = {}
        self.bridge = ""
        self.tell("Newchannel")

    def ring(self, phone: str = "1001") -> None:
        """A phone is dialled and begins to ring."""
        leg = Channel(self.pbx, phone, self.uniqueid, CallerIDNum=phone, Context="from-agents", Exten="")
        self.legs[phone] = leg
        leg.tell("Newchannel")
        self._dial("DialBegin", leg, DialString=phone)
        leg.state("5")
        self._dial("DialState", leg, DialStatus="RINGING")

    def answer(self, phone: str = "1001") -> None:
        """The phone is picked up; others stop ringing."""
        leg = self.legs[phone]
        leg.state("6")
        self._dial("DialEnd", leg, DialStatus="ANSWER")
        for other in [other for name, other in self.legs.items() if name != phone]:
            self._dial("DialEnd", other, DialStatus="CANCEL")
            other.hang_up("26")
        self.legs = {phone: leg}
        self.state("6")
        self.bridge = f"bridge-{self.uniqueid}"
        leg.enter(self.bridge)
        self.enter(self.bridge)

    def hang_up(self, cause: str = "16") -> None:
        """The caller hangs up."""
        self.tell("HangupRequest", Cause=cause)
        for leg in self.legs.values():
            if self.bridge:
                leg.tell("BridgeLeave", BridgeUniqueid=self.bridge)
            else:
                self._dial("DialEnd", leg, DialStatus="CANCEL")
        if self.bridge:
            self.tell("BridgeLeave", BridgeUniqueid=self.bridge)
        for leg in self.legs.values():
            leg.hang_up()
        super().hang_up(cause)

    def _dial(self, event: str, leg: Channel, **more: str) -> None:
        dest = {f"Dest{name}": value for name, value in leg.shown.items()}
        self.pbx.tell(event, **self.shown, **dest, **more)

    @property
    def call_id(self) -> str:
        return f"main:{self.uniqueid}"
