"""The phones that were tried for a caller, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass

from callcenter.sites import Site
from tests.support.oracle.arrivals import outside_number
from tests.support.oracle.company import Company
from tests.support.oracle.wire import Row
from tests.support.oracle.world import NEVER, Channel, Dial, World

UNREACHABLE = {1, 2, 3, 18, 20, 22, 27, 28, 29, 34, 38, 41, 42, 44, 50, 58, 66, 88, 102, 111}


@dataclass(frozen=True, slots=True)
class Try:
    """One phone's one try; instants are places."""

    dial: Dial
    leg: Channel
    phone: str
    rang: int | None
    stopped: int
    """Picked up, cancelled or refused; NEVER if not seen."""
    outcome: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Who answered the caller and when."""

    place: int
    leg: str
    phone: str
    met: int
    """When both could first hear each other."""


class Tries:
    """What the phones did for one caller."""

    def __init__(self, world: World, company: Company, site: Site, caller: Channel, since: int) -> None:
        self.world, self.company, self.site = world, company, site
        self.caller, self.since = caller, since
        self.legs = [d for d in company.legs(caller.uniqueid) if d.row.place >= since]
        self.answer = self._answer()

    def phone(self, uniqueid: str, place: int = NEVER) -> str:
        """The extension behind a channel; over a trunk the number that was dialled."""
        channel = self.world.channels[uniqueid]
        endpoint = channel.endpoint(place)
        dials = [d for d in self.world.dialled(uniqueid) if d.string]
        if endpoint in self.site.trunks and dials:
            return outside_number(dials[0].string, endpoint)
        return endpoint

    def agent(self, phone: str, uniqueid: str | None) -> str | None:
        """Who it belongs to."""
        for agent in self.site.agents:
            if phone in agent.phones:
                return str(agent.id)
        outside = uniqueid is not None and self.world.channels[uniqueid].endpoint() in self.site.trunks
        return None if outside else phone

    def _answer(self) -> Answer | None:
        """The first person's phone that the caller was really connected to."""
        for place in self.company.moments(self.caller.uniqueid):
            met = self.company.people(self.caller.uniqueid, place) if place >= self.since else ()
            found = [self._picked_up(one, place) for one in met if not self._brought(one)]
            if found:
                return min(found, key=lambda answer: (answer.place, answer.phone))
        return None

    def _brought(self, uniqueid: str) -> bool:
        """Another caller from outside is nobody's phone."""
        other = self.world.channels[uniqueid]
        return other.endpoint() in self.site.trunks and not self.world.dialled(uniqueid)

    def _picked_up(self, uniqueid: str, met: int) -> Answer:
        """When the phone was picked up for this caller."""
        channel = self.world.channels[uniqueid]
        place = met
        for row in self.world.named("Pickup"):
            if row.get("Uniqueid") == uniqueid and row.place <= met:
                place = row.place
        if place == met and channel.up is not None and self.since <= channel.up and self._called(uniqueid):
            place = channel.up
        return Answer(place, uniqueid, self.phone(uniqueid, met), met)

    def _called(self, uniqueid: str) -> bool:
        return any(dial.dest == uniqueid for dial in self.legs)

    def first(self) -> list[Try]:
        """Every try up to the first answer."""
        until = self.answer.place if self.answer else NEVER
        return [self._try(dial) for dial in self.legs if dial.row.place < until]

    def _try(self, dial: Dial) -> Try:
        leg = self.world.channels[dial.dest]
        rang = self.world.alerting.get(dial.dest)
        stopped = self._stopped(leg)
        if rang is not None and rang > stopped:
            rang = None
        outcome = self._outcome(leg, rang, stopped)
        return Try(dial, leg, self.phone(dial.dest), rang, stopped, outcome)

    def _stopped(self, leg: Channel) -> int:
        ends = [row.place for row in self.ends(leg)[:1]]
        ups = [leg.up] if leg.up is not None else []
        stopped = min([*ends, *ups, leg.gone])
        return self.caller.gone if stopped == NEVER else stopped

    def ends(self, leg: Channel) -> list[Row]:
        return [row for row in self.world.named("DialEnd") if row.get("DestUniqueid") == leg.uniqueid]

    def _pickups(self, leg: Channel) -> list[Row]:
        return [row for row in self.world.named("Pickup") if row.get("TargetUniqueid") == leg.uniqueid]

    def _outcome(self, leg: Channel, rang: int | None, stopped: int) -> str:
        if self.answer is not None and leg.uniqueid == self.answer.leg:
            return "answered"
        if any(row.get("Forward") for row in self.ends(leg)):
            return "forwarded"
        if leg.up is not None:
            return self._in_vain(leg)
        if stopped == NEVER:
            return "lost"
        if self._pickups(leg):
            return "answered_elsewhere"
        return self._by_cause(leg, rang, stopped)

    def _in_vain(self, leg: Channel) -> str:
        """Of a phone that was picked up and never connected."""
        refused = any(row.get("DialStatus") != "ANSWER" for row in self.ends(leg))
        if min(leg.gone, self.caller.gone) == NEVER and not refused:
            return "lost"
        if self.caller.asked < NEVER and self.caller.asked <= leg.gone:
            return "caller_gave_up"
        return "unconfirmed" if leg.gone < NEVER else "lost"

    def _by_cause(self, leg: Channel, rang: int | None, stopped: int) -> str:
        cause = int(leg.hangup.get("Cause") or 0) if leg.hangup else 0
        said = {17: "busy", 21: "rejected", 23: "forwarded", 26: "answered_elsewhere"}.get(cause)
        if said is not None:
            return said
        if self.answer is not None and self.answer.place <= stopped:
            return "answered_elsewhere"
        if min(self.caller.asked, self.caller.gone) <= stopped or cause == 127:
            return "caller_gave_up"
        return "unreachable" if cause in UNREACHABLE or rang is None else "no_answer"
