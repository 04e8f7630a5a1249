"""What the played PBX has going on now, read off its own events: so that it can be asked, too."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from callcenter.ami.parse import headers
from callcenter.demo import office
from callcenter.terms import Instant

_SECOND: Final = 1_000_000
_SHOWN: Final = (
    *("Channel", "ChannelState", "ChannelStateDesc", "CallerIDNum", "CallerIDName"),
    *("ConnectedLineNum", "ConnectedLineName", "Language", "AccountCode", "Context", "Exten", "Priority"),
    *("Uniqueid", "Linkedid"),
)

_IN_USE, _UNAVAILABLE, _FREE, _RINGING = "2", "5", "1", "6"
_MIXMONITOR: Final = "MIXMONITOR_FILENAME"


@dataclass(slots=True)
class _Channel:
    created: Instant
    shown: dict[str, str]
    answered: Instant | None = None
    leg: bool = False
    bridge: str = ""
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def phone(self) -> str:
        """``1001`` of ``PJSIP/1001-0000001a``; empty for trunks and Local channels."""
        endpoint = self.shown["Channel"].removeprefix("PJSIP/").rpartition("-")[0]
        return endpoint if endpoint.isdecimal() else ""


class Exchange:
    """Channels, bridges and queues of the PBX that is played."""

    def __init__(self) -> None:
        self._channels: dict[str, _Channel] = {}
        self._bridges: dict[str, dict[str, str]] = {}
        self._waiting: dict[str, tuple[str, Instant]] = {}

    @property
    def calls(self) -> int:
        """How many callers from outside are in the house."""
        return sum(c.shown["Channel"].startswith("PJSIP/trunk-") for c in self._channels.values())

    def follow(self, at: Instant, message: bytes) -> list[dict[str, str]]:
        """Take an event; the QueueMemberStatus events that it brings about."""
        told = headers(message)
        uniqueid = told.get("Uniqueid", "")
        phone = self._channels[uniqueid].phone if uniqueid in self._channels else ""
        before = self._device(phone)
        self._take(at, told, uniqueid)
        if not phone and uniqueid in self._channels:
            phone = self._channels[uniqueid].phone
        if not phone or self._device(phone) == before:
            return []
        return [
            {"Event": "QueueMemberStatus", "Privilege": "agent,all", **m} for m in self._memberships(phone)
        ]

    def _take(self, at: Instant, told: dict[str, str], uniqueid: str) -> None:
        event = told.get("Event", "")
        if event == "Newchannel":
            self._channels[uniqueid] = _Channel(at, {})
        channel = self._channels.get(uniqueid)
        if event == "DialBegin" and told.get("DestUniqueid") in self._channels:
            self._channels[told["DestUniqueid"]].leg = True
        if channel is None:
            return
        channel.shown = {name: told.get(name, "") for name in _SHOWN}
        match event:
            case "Newstate" if told.get("ChannelState") == "6":
                channel.answered = channel.answered or at
            case "VarSet":
                channel.variables[told.get("Variable", "").lstrip("_")] = told.get("Value", "")
            case "BridgeEnter":
                channel.bridge = told.get("BridgeUniqueid", "")
                self._bridges[channel.bridge] = told
            case "BridgeLeave":
                channel.bridge = ""
                self._forget_bridge(told.get("BridgeUniqueid", ""))
            case "QueueCallerJoin":
                self._waiting[uniqueid] = (told.get("Queue", ""), at)
            case "QueueCallerLeave":
                self._waiting.pop(uniqueid, None)
            case "Hangup":
                self._waiting.pop(uniqueid, None)
                del self._channels[uniqueid]

    def _forget_bridge(self, bridge: str) -> None:
        if not any(channel.bridge == bridge for channel in self._channels.values()):
            self._bridges.pop(bridge, None)

    def _application(self, uniqueid: str, channel: _Channel) -> str:
        if channel.leg:
            return "AppDial"
        return "Queue" if uniqueid in self._waiting else "Dial"

    def channels(self, now: Instant) -> Iterator[dict[str, str]]:
        """Items of CoreShowChannels."""
        for uniqueid, channel in self._channels.items():
            seconds = (now - channel.created) // _SECOND
            yield {
                "Event": "CoreShowChannel",
                **channel.shown,
                "Application": self._application(uniqueid, channel),
                "ApplicationData": "(Outgoing Line)" if channel.leg else "",
                "Duration": f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}",
                "BridgeId": channel.bridge,
            }

    def status(self, now: Instant, asked: str) -> Iterator[dict[str, str | list[str]]]:
        """Items of Status, with those of the *asked* variables that we know."""
        for uniqueid, channel in self._channels.items():
            yield {
                "Event": "Status",
                "Privilege": "Call",
                **channel.shown,
                "Type": channel.shown["Channel"].partition("/")[0],
                "DNID": "" if channel.leg else channel.shown["Exten"],
                "BridgeID": channel.bridge,
                "Application": self._application(uniqueid, channel),
                "Seconds": str((now - channel.created) // _SECOND),
                "Variable": [f"{name}={value}" for name, value in _variables(channel) if name in asked],
            }

    def queues(self, now: Instant) -> Iterator[dict[str, str]]:
        """Items of QueueStatus."""
        for desk in office.DESKS:
            entries = [(u, since) for u, (queue, since) in self._waiting.items() if queue == desk.queue]
            yield {
                "Event": "QueueParams",
                "Queue": desk.queue,
                "Strategy": "ringall",
                "Calls": str(len(entries)),
            }
            for phone in desk.phones:
                member = self._member(desk.queue, phone)
                yield {"Event": "QueueMember", "Name": member.pop("MemberName"), **member}
            for position, (uniqueid, since) in enumerate(entries, 1):
                yield {
                    "Event": "QueueEntry",
                    "Queue": desk.queue,
                    "Position": str(position),
                    "Channel": self._channels[uniqueid].shown["Channel"],
                    "Uniqueid": uniqueid,
                    "Wait": str((now - since) // _SECOND),
                }

    def bridges(self) -> Iterator[dict[str, str]]:
        """Items of BridgeList."""
        for bridge, told in self._bridges.items():
            members = sum(channel.bridge == bridge for channel in self._channels.values())
            yield {
                "Event": "BridgeListItem",
                "BridgeUniqueid": bridge,
                "BridgeType": told.get("BridgeType", ""),
                "BridgeTechnology": told.get("BridgeTechnology", ""),
                "BridgeCreator": told.get("BridgeCreator", ""),
                "BridgeName": told.get("BridgeName", ""),
                "BridgeNumChannels": str(members),
            }

    def _device(self, phone: str) -> str:
        """A phone's device state as Asterisk numbers it."""
        states = {c.shown["ChannelState"] for c in self._channels.values() if c.shown and c.phone == phone}
        if states & {"6", "4"}:
            return _IN_USE
        return _RINGING if "5" in states else _FREE

    def _memberships(self, phone: str) -> Iterator[dict[str, str]]:
        return (self._member(desk.queue, phone) for desk in office.DESKS if phone in desk.phones)

    def _member(self, queue: str, phone: str) -> dict[str, str]:
        interface = f"PJSIP/{phone}"
        return {
            "Queue": queue,
            "MemberName": f"Agent {phone}",
            "Interface": interface,
            "StateInterface": interface,
            "Membership": "static",
            "Status": self._device(phone),
            "Paused": "0",
        }


def _variables(channel: _Channel) -> Iterator[tuple[str, str]]:
    yield "CDR(start,u)", _epoch(channel.created)
    yield "CDR(answer,u)", _epoch(channel.answered) if channel.answered else "0.000000"
    for name in (_MIXMONITOR, "CC_HOTLINE"):
        yield name, channel.variables.get(name, "(null)")


def _epoch(at: Instant) -> str:
    return f"{at // _SECOND}.{at % _SECOND:06}"
