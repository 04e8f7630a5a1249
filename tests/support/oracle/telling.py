"""The recording's calls as the contract's JSON."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from callcenter.sites import Site
from tests.support.oracle.arrivals import Arrival, Arrivals
from tests.support.oracle.company import Company
from tests.support.oracle.moves import Moves
from tests.support.oracle.tries import Tries, Try
from tests.support.oracle.verdict import Verdict
from tests.support.oracle.wire import rows
from tests.support.oracle.world import NEVER, Channel, World

WITHHELD = {"", "anonymous", "<unknown>"}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def calls(wire: bytes, site: Site) -> list[dict[str, Any]]:
    """Every call of the bytes of one connection, by arrival."""
    world = World(rows(wire))
    company = Company(world)
    found = [Teller(world, company, site, arrival).json() for arrival in Arrivals(world, company, site).all()]
    return sorted(found, key=lambda call: (call["arrived_at"], call["call_id"]))


class Teller:
    """One call."""

    def __init__(self, world: World, company: Company, site: Site, arrival: Arrival) -> None:
        self.world, self.company, self.site, self.arrival = world, company, site, arrival
        self.caller = arrival.channel
        self.tries = Tries(world, company, site, self.caller, arrival.place)
        self.verdict = Verdict(world, company, arrival, self.tries)
        self.tried = self.tries.first()

    def when(self, place: int | None) -> str | None:
        if place is None or place >= NEVER or not self.world.timed:
            return None
        at = EPOCH + timedelta(microseconds=self.world.at(place))
        return at.isoformat(timespec="microseconds").replace("+00:00", "Z")

    def span(self, begin: int | None, end: int | None) -> float | None:
        """Seconds from place to place."""
        if begin is None or end is None or end >= NEVER or not self.world.timed:
            return None
        return (self.world.at(end) - self.world.at(begin)) / 1_000_000

    def rings(self, seconds: float | None) -> int | None:
        if seconds is None or self.arrival.hotline is None:
            return None
        return round(seconds * 1_000_000) // self._period() + 1

    def _period(self) -> int:
        hotline = self.arrival.hotline
        return round(sum(hotline.cadence if hotline else (1.0, 4.0)) * 1_000_000)

    def json(self) -> dict[str, Any]:
        uniqueid = self.caller.uniqueid
        number = self.arrival.number
        return {
            "call_id": f"{self.site.pbx}:{uniqueid}",
            "pbx": str(self.site.pbx),
            "linkedid": self.caller.said("Linkedid"),
            "uniqueid": uniqueid,
            "direction": self.arrival.direction,
            "caller": None if number in WITHHELD else number,
            "arrived_at": (self.when(self.arrival.place) if self.arrival.seen else None) or self._created(),
            "ended_at": self.when(self.caller.gone),
            "hung_up_by": self.verdict.hung_up_by(),
            "truncated": self._truncated(),
            "clock": "pbx" if self.world.timed else None,
            "source": "ami",
            "attempts": [self._attempt(t) for t in self.tried],
            "transfers": self._transfers(),
            "recordings": self._recordings(),
            **self._rule(),
            **self._answer(),
            **self._waiting(),
        }

    def _created(self) -> str:
        second = self.caller.uniqueid.rpartition("-")[2].partition(".")[0]
        at = EPOCH + timedelta(seconds=int(second))
        return at.isoformat(timespec="microseconds").replace("+00:00", "Z")

    def _truncated(self) -> str | None:
        missing = (not self.arrival.seen, self.caller.hangup is None)
        return {(True, True): "both", (True, False): "start", (False, True): "end"}.get(missing)

    def _rule(self) -> dict[str, Any]:
        hotline = self.arrival.hotline
        return {
            "hotline": str(hotline.number) if hotline else None,
            "target_rings": hotline.target_rings if hotline else None,
            "cadence": list(hotline.cadence) if hotline else None,
        }

    def _answer(self) -> dict[str, Any]:
        answer, talked = self.tries.answer, self.verdict.talked()
        mine = next((t for t in self.tried if t.outcome == "answered"), None)
        rang = self.span(mine.rang, mine.stopped) if mine and mine.leg.born else None
        timed = talked is not None and self.world.timed
        return {
            "outcome": self.verdict.outcome(self.tried),
            "answered_at": self.when(answer.place if answer else None),
            "answered_by": answer.phone if answer else None,
            "agent_id": self.tries.agent(answer.phone, answer.leg) if answer else None,
            "ring_seconds": rang,
            "rings": self.rings(rang),
            "talk_seconds": talked.talk / 1_000_000 if talked and timed else None,
            "hold_seconds": talked.hold / 1_000_000 if talked and timed else None,
        }

    def _waiting(self) -> dict[str, Any]:
        until = self.verdict.waited_until()
        first = min((t.rang for t in self.tried if t.rang is not None), default=None)
        if first is not None and first > until:
            first = None
        seen = self.arrival.seen
        wait = self.span(self.arrival.place, until) if seen else None
        rang = self.span(first, until) if seen else None
        short = self.verdict.outcome(self.tried) == "abandoned" and wait is not None and self._is_short(wait)
        return {
            "first_ring_at": self.when(first),
            "wait_seconds": wait,
            "caller_ring_seconds": rang,
            "caller_rings": self.rings(rang),
            "on_time": self._on_time(rang, until),
            "short_abandoned": short,
        }

    def _is_short(self, wait: float) -> bool:
        hotline = self.arrival.hotline
        return hotline is not None and wait < hotline.short_abandon_seconds

    def _on_time(self, rang: float | None, until: int) -> bool | None:
        hotline = self.arrival.hotline
        if hotline is None or self.tries.answer is None or not self.arrival.seen:
            return None
        if rang is not None:
            return round(rang * 1_000_000) < hotline.target_rings * self._period()
        began = min((t.dial.row.place for t in self.tried), default=self.arrival.place)
        bound = self.span(began, until)
        if bound is None:
            return None
        return True if round(bound * 1_000_000) < hotline.target_rings * self._period() else None

    def _attempt(self, one: Try) -> dict[str, Any]:
        rang = self.span(one.rang, one.stopped) if one.leg.born else None
        return {
            "phone": one.phone,
            "agent_id": self.tries.agent(one.phone, one.leg.uniqueid),
            "started_at": self.when(one.dial.row.place),
            "ring_started_at": self.when(one.rang),
            "ring_seconds": rang,
            "rings": self.rings(rang),
            "outcome": one.outcome,
        }

    def _transfers(self) -> list[dict[str, Any]]:
        moves = Moves(self.world, self.company, self.caller, self.tries).all()
        return [
            {"kind": m.kind, "at": self.when(m.place), "by": m.by, "to": m.to, "answered": m.answered}
            for m in moves
        ]

    def _recordings(self) -> list[dict[str, Any]]:
        found = []
        for row in self.world.named("VarSet"):
            if row.get("Variable") == "MIXMONITOR_FILENAME" and row.get("Uniqueid") in self._channels():
                channel = self.world.channels[row.get("Uniqueid")]
                path = row.get("Value").removeprefix(self.site.monitor_dir.rstrip("/") + "/")
                ended = self.when(self._stopped(row.place, channel))
                found.append({"path": path, "started_at": self.when(row.place), "ended_at": ended})
        return found

    def _stopped(self, place: int, channel: Channel) -> int:
        """The end of a recording: at its own word, else with its channel."""
        stops = [
            row.place
            for row in self.world.named("MixMonitorStop")
            if row.get("Uniqueid") == channel.uniqueid and row.place > place
        ]
        return min([*stops, channel.gone])

    def _channels(self) -> set[str]:
        """The caller's, every leg's, both halves of Local pairs, and whoever the caller met."""
        mine = {self.caller.uniqueid}
        ask = [self.caller.uniqueid]
        while ask:
            one = ask.pop()
            near = set(self.company.originated(one)) | {
                d.dest for d in self.world.dials if d.source == one and d.dest in self.world.channels
            }
            half = self.world.other_half(one) if self.world.channels[one].local else None
            new = (near | ({half} if half else set())) - mine
            mine |= new
            ask += new
        mine |= {
            row.get("Uniqueid") for row in self.world.named("Pickup") if row.get("TargetUniqueid") in mine
        }
        for place in self.company.moments(self.caller.uniqueid):
            mine |= self.company.people(self.caller.uniqueid, place)
        return mine
