"""What became of a call from outside, who ended it, and how long it was talked."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from tests.support.oracle.arrivals import Arrival
from tests.support.oracle.company import Company
from tests.support.oracle.tries import Tries, Try
from tests.support.oracle.wire import Row
from tests.support.oracle.world import NEVER, World

ENGAGED = {"2", "3", "6", "7", "8"}
"""Device states of a queue's member who is on the phone."""


ALONE_US = 500_000
"""A PBX that ends a call because one side left takes milliseconds; whoever is left for longer stays."""


@dataclass(frozen=True, slots=True)
class Talked:
    """Microseconds."""

    talk: int
    hold: int


class Verdict:
    def __init__(self, world: World, company: Company, arrival: Arrival, tries: Tries) -> None:
        self.world, self.company, self.arrival, self.tries = world, company, arrival, tries
        self.caller = arrival.channel

    def voicemail(self) -> int | None:
        """When voicemail took the caller: by its application, or by what it leaves behind."""
        halves = [self.caller.uniqueid]
        halves += [
            self.world.other_half(dial.dest) or ""
            for dial in self.world.dials
            if dial.source == self.caller.uniqueid and dial.dest in self.world.channels
        ]
        for row in self.world.rows:
            if row.get("Uniqueid") not in halves:
                continue
            if row.name == "Newexten" and row.get("Application").lower() == "voicemail":
                return row.place
            if row.name == "VarSet" and row.get("Variable") == "VMSTATUS":
                return row.place
        return None

    def outcome(self, tried: list[Try]) -> str:
        if self.tries.answer is not None:
            return "answered"
        if self.voicemail() is not None:
            return "voicemail"
        if self.caller.hangup is None:
            return "lost"
        untried = not tried and not self._given_up_on()
        if self.caller.asked < NEVER and (untried or self._waits(tried, self.caller.asked)):
            return "abandoned"
        return self._given_up(tried)

    def _given_up_on(self) -> bool:
        """Whether a queue or a dial that made no leg had its turn."""
        return any(
            row.name == "QueueCallerLeave"
            or (
                row.name == "VarSet"
                and row.get("Variable") in ("DIALSTATUS", "QUEUESTATUS")
                and row.get("Value")
            )
            for row in self.world.rows
            if row.get("Uniqueid") == self.caller.uniqueid and row.place < self.caller.asked
        )

    def _waits(self, tried: list[Try], place: int) -> bool:
        """Whether a phone was tried or a queue waited in just then."""
        trying = any(t.dial.row.place <= place <= self._over(t) for t in tried)
        return trying or self._queue(place) is not None

    def _over(self, one: Try) -> int:
        """When nothing more could come of the try: one that was picked up may still be confirmed."""
        return one.leg.gone if one.leg.up is not None else one.stopped

    def _queue(self, place: int) -> str | None:
        queue = None
        for row in self.world.rows[:place]:
            if row.get("Uniqueid") == self.caller.uniqueid and row.name == "QueueCallerJoin":
                queue = row.get("Queue")
            elif row.get("Uniqueid") == self.caller.uniqueid and row.name == "QueueCallerLeave":
                queue = None
        return queue

    def _given_up(self, tried: list[Try]) -> str:
        told = {t.outcome for t in tried}
        forwarded = any(t.outcome == "forwarded" and t.rang is not None for t in tried)
        if forwarded or told & {"no_answer", "unconfirmed", "caller_gave_up", "answered_elsewhere", "lost"}:
            return "no_answer"
        if told & {"busy", "rejected"}:
            return "busy"
        if not tried and self._unstaffed():
            return "unstaffed"
        return "busy" if not tried and self._engaged() else "unreachable"

    def _unstaffed(self) -> bool:
        return any(
            row.get("UserEvent") == "CallcenterUnstaffed" and row.get("Uniqueid") == self.caller.uniqueid
            for row in self.world.named("UserEvent")
        )

    def _engaged(self) -> bool:
        """Whether a member of a queue that the caller was in was on the phone when it gave up."""
        for row in self.world.named("QueueCallerLeave"):
            if row.get("Uniqueid") == self.caller.uniqueid:
                states = {
                    other.get("Interface"): other.get("Status")
                    for other in self.world.named("QueueMemberStatus")
                    if other.place < row.place and other.get("Queue") == row.get("Queue")
                }
                if set(states.values()) & ENGAGED:
                    return True
        return False

    def waited_until(self) -> int:
        """The end of waiting."""
        if self.tries.answer is not None:
            return self.tries.answer.place
        taken = self.voicemail()
        return min(NEVER if taken is None else taken, self.caller.asked, self.caller.gone)

    def hung_up_by(self) -> str | None:
        if self.caller.hangup is None:
            return None
        agents = self._agents_who_left()
        if min(self.caller.asked, *agents, NEVER) == NEVER:
            return "pbx"
        return "caller" if self.caller.asked < min(agents, default=NEVER) else "agent"

    def _agents_who_left(self) -> list[int]:
        """Requests of phones that were with the caller, who was with nobody and went nowhere after them."""
        found = []
        for row in self.world.named("HangupRequest"):
            with_me = row.get("Uniqueid") in self.company.people(self.caller.uniqueid, row.place)
            if with_me and row.place < self.caller.gone and not self._goes_on(row):
                found.append(row.place)
        return found

    def _goes_on(self, request: Row) -> bool:
        """Whether the caller met or called anybody afterwards, or stayed where he was alone."""
        me = self.caller.uniqueid
        if any(
            s.uniqueid == me and s.begin <= request.place and self.world.at(s.end) - request.at > ALONE_US
            for s in self.world.stays
            if s.end > request.place
        ):
            return True
        for row in self.world.rows[request.place + 1 :]:
            if row.place >= self.caller.gone:
                break
            if row.get("Uniqueid") == me and row.name in ("DialBegin", "BridgeEnter", "QueueCallerJoin"):
                return True
            if row.get("Uniqueid") == me and row.name == "Newexten" and row.get("Extension") != "h":
                return True
            others = self.company.people(me, row.place) - {request.get("Uniqueid")}
            if others and all(self.world.channels[one].asked > row.place for one in others):
                return True
        return False

    def talked(self) -> Talked | None:
        """Null unless answered and both ends were seen."""
        answer = self.tries.answer
        if answer is None or self.caller.hangup is None or not self.arrival.seen:
            return None
        talk = hold = 0
        moments = [m for m in self.company.moments(self.caller.uniqueid) if m >= answer.met]
        for begin, end in pairwise(moments):
            length = self.world.at(end) - self.world.at(begin)
            match self._state(begin):
                case "talk":
                    talk += length
                case "hold":
                    hold += length
        return Talked(talk, hold)

    def _state(self, place: int) -> str:
        met = self.company.people(self.caller.uniqueid, place)
        if met:
            held = self._holds(self.caller.uniqueid, place) or all(self._holds(one, place) for one in met)
            return "hold" if held else "talk"
        return "hold" if self._left_alone(place) else "none"

    def _holds(self, uniqueid: str, place: int) -> bool:
        rows = [r for r in self.world.named("Hold", "Unhold") if r.get("Uniqueid") == uniqueid]
        last = [row for row in rows if row.place <= place][-1:]
        return bool(last) and last[0].name == "Hold"

    def _left_alone(self, place: int) -> bool:
        """Whether somebody who was in the caller's bridge is away and may come back."""
        for stay in self.world.stays:
            if stay.uniqueid == self.caller.uniqueid and stay.begin <= place < stay.end:
                return any(self._may_come_back(other, place) for other in self._partners(stay.begin, place))
        return False

    def _partners(self, begin: int, place: int) -> set[str]:
        return {
            one for moment in range(begin, place) for one in self.company.people(self.caller.uniqueid, moment)
        }

    def _may_come_back(self, uniqueid: str, place: int) -> bool:
        channel = self.world.channels[uniqueid]
        if min(channel.gone, channel.asked) <= place:
            return False
        return not any(
            row.place <= place
            and uniqueid
            in (
                row.get("TransfererUniqueid"),
                row.get("OrigTransfererUniqueid"),
                row.get("SecondTransfererUniqueid"),
            )
            for row in self.world.named("AttendedTransfer", "BlindTransfer")
        )
