"""A PBX to be scripted in a few words: a test is a list of what happens, by the second, and what is told.

Only what the tracker reads is said, in the order in which Asterisk says it.
"""

from typing import Any

from callcenter.ami import events as ev
from callcenter.facts import Fact
from callcenter.record import Call
from callcenter.sites import Agent, Hotline, Site
from callcenter.terms import AgentId, Clock, HotlineNumber, Instant, Linkedid, PbxName, Phone, Uniqueid
from callcenter.tracking.tracker import Tracker

BEGIN = 1_795_000_000
SITE = Site(
    pbx=PbxName("main"),
    trunks=frozenset({"trunk"}),
    hotlines=(
        Hotline(number=HotlineNumber("4001"), name="Sales", pbx=PbxName("main")),
        Hotline(number=HotlineNumber("_40[2-4]X"), name="Service", pbx=PbxName("main")),
    ),
    agents=(Agent(id=AgentId("wang"), name="Wang", phones=(Phone("1001"), Phone("13800138000"))),),
)


class Pbx:
    """Scripted events into a real tracker. Channels are named by their endpoint and a number of their own."""

    def __init__(self, site: Site = SITE) -> None:
        self.tracker = Tracker(site)
        self.facts: list[Fact] = []
        self.now = 0.0
        self._counter = 0
        self._channels: dict[str, dict[str, Any]] = {}

    def at(self, second: float) -> "Pbx":
        """What follows happens at *second*."""
        self.now = second
        return self

    def say(self, kind: type[ev.Event], **fields: Any) -> None:
        """One event now."""
        stamp: dict[str, Any] = {
            "at": Instant(BEGIN * 1_000_000 + round(self.now * 1_000_000)),
            "clock": Clock.PBX,
        }
        self.facts += self.tracker.receive(kind(**stamp | fields))

    def channel(self, kind: type[ev.Event], channel: str, **fields: Any) -> None:
        """One event with the channel's snapshot."""
        self.say(kind, **(self._channels[channel] | fields))

    def new(
        self,
        endpoint: str,
        *,
        state: int = ev.RING,
        exten: str = "4001",
        context: str = "from-trunk",
        number: str = "13912345678",
        of: str | None = None,
        quietly: bool = False,
    ) -> str:
        """A channel is created, with the Linkedid of *of*; nobody hears of it if *quietly*."""
        self._counter += 1
        uniqueid = f"{BEGIN + int(self.now)}.{self._counter}"
        name = endpoint if ";" in endpoint else f"{endpoint}-{self._counter:08x}"
        self._channels[name] = {
            "uniqueid": Uniqueid(uniqueid),
            "channel": name,
            "linkedid": Linkedid(self._channels[of]["linkedid"] if of else uniqueid),
            "channel_state": state,
            "caller_id_num": number,
            "context": context,
            "exten": exten,
        }
        if not quietly:
            self.channel(ev.Newchannel, name)
        return name

    def caller(self, exten: str = "4001", **changes: Any) -> str:
        """Somebody calls from outside."""
        return self.new("PJSIP/trunk", exten=exten, **changes)

    def state(self, channel: str, state: int) -> None:
        """The channel's state changes."""
        self._channels[channel]["channel_state"] = state
        self.channel(ev.Newstate, channel)

    def dial(self, by: str, endpoint: str = "PJSIP/1001", *, dial_string: str = "") -> str:
        """*by* dials the endpoint: a leg."""
        leg = self.new(endpoint, state=ev.DOWN, exten="s", context="phones", number="", of=by)
        self.say(ev.DialBegin, **self.dialling(by, leg), dial_string=dial_string)
        return leg

    def dialling(self, by: str | None, leg: str) -> dict[str, Any]:
        """What each event of a dial says of the two channels."""
        told = self._channels[leg]
        return {
            "uniqueid": self._channels[by]["uniqueid"] if by else None,
            "dest_uniqueid": told["uniqueid"],
            "dest_channel": leg,
            "dest_linkedid": told["linkedid"],
            "dest_channel_state": told["channel_state"],
            "dest_caller_id_num": told["caller_id_num"],
            "dest_context": told["context"],
            "dest_exten": told["exten"],
        }

    def originate(self, endpoint: str) -> str:
        """The PBX itself calls the endpoint."""
        leg = self.new(endpoint, state=ev.DOWN, exten="s", context="phones", number="")
        self.say(ev.DialBegin, **self.dialling(None, leg), dial_string="")
        return leg

    def ring(self, by: str, leg: str) -> None:
        """The leg alerts (180)."""
        self.state(leg, ev.RINGING)
        self.say(ev.DialState, **self.dialling(by, leg), dial_status="RINGING")

    def progress(self, by: str, leg: str) -> None:
        """The leg plays early media (183)."""
        self.say(ev.DialState, **self.dialling(by, leg), dial_status="PROGRESS")

    def end_dial(self, by: str, leg: str, status: str, *, forward: str = "") -> None:
        """The dialling of the leg ends."""
        self.say(ev.DialEnd, **self.dialling(by, leg), dial_status=status, forward=forward)

    def bridge(
        self, *channels: str, name: str = "b1", kind: str = "basic", technology: str = "simple"
    ) -> None:
        """The channels enter a bridge."""
        for channel in channels:
            self.channel(
                ev.BridgeEnter, channel, bridge_uniqueid=name, bridge_type=kind, bridge_technology=technology
            )

    def leave(self, channel: str, name: str = "b1") -> None:
        """The channel leaves the bridge."""
        self.channel(ev.BridgeLeave, channel, bridge_uniqueid=name)

    def connect(self, by: str, leg: str, name: str = "b1") -> None:
        """The leg is picked up and connected to the caller."""
        self.state(leg, ev.UP)
        self.end_dial(by, leg, "ANSWER")
        self.state(by, ev.UP)
        self.bridge(leg, by, name=name)

    def ask_hangup(self, channel: str) -> None:
        """The channel's far end hangs up."""
        self.channel(ev.HangupRequest, channel)

    def hangup(self, channel: str, cause: int = 16) -> None:
        """The channel is gone."""
        self.channel(ev.Hangup, channel, cause=cause)

    def refuse(self, by: str, leg: str, cause: int, status: str = "BUSY") -> None:
        """The leg is refused."""
        self.end_dial(by, leg, status)
        self.hangup(leg, cause)

    def ring_off(self, caller: str, *legs: str) -> None:
        """The caller hangs up, and with him go his legs."""
        self.ask_hangup(caller)
        for leg in legs:
            self.end_dial(caller, leg, "CANCEL")
        self.hangup(caller, 127)
        for leg in legs:
            self.hangup(leg, 127)

    def variable(self, channel: str, name: str, value: str) -> None:
        """A channel variable is set."""
        self.channel(ev.VarSet, channel, variable=name, value=value)

    def transfer_blind(self, by: str, caller: str, extension: str, result: str = "Success") -> None:
        """The phone sends the caller to the extension."""
        self.say(
            ev.BlindTransfer,
            transferer_uniqueid=self._channels[by]["uniqueid"],
            transferee_uniqueid=self._channels[caller]["uniqueid"],
            extension=extension,
            result=result,
        )

    def forget_names(self) -> None:
        """Drop what only the script needs, so that a long one does not grow by itself."""
        self._channels.clear()

    def uniqueid(self, channel: str) -> Uniqueid:
        """The channel's Uniqueid."""
        found: Uniqueid = self._channels[channel]["uniqueid"]
        return found

    def told(self) -> Call:
        """The one call that was told to its end."""
        from tests.support.traces import calls

        (call,) = calls(self.facts)
        return call
