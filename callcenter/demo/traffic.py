"""Hotline traffic made of recorded calls: who calls when, who answers after how long.

All chance comes from the ``random.Random`` passed in: the same seed, the same traffic.
"""

import heapq
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from random import Random
from typing import Final

from callcenter.demo import office, template
from callcenter.demo.office import Desk, Last, Scenario, Wait
from callcenter.demo.template import Slot, Template
from callcenter.terms import Instant

Timed = tuple[Instant, bytes]
"""A message (without its closing empty line) and when the PBX says it."""

SECOND: Final = 1_000_000
HOUR: Final = 3600 * SECOND
_MOST_PER_HOUR: Final = 360.0
_TRIES: Final = 4


class Traffic:
    """Makes calls. Knows which agent is talking until when, so that nobody is in two calls at once."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._templates: dict[str, Template] = {}
        self._busy_until: dict[str, int] = {}
        self._channels = rng.randrange(100, 10_000)

    def call(self, at: Instant) -> list[Timed]:
        """The messages of one call that arrives at *at*; none if every agent is talking."""
        desk = self._rng.choices(office.DESKS, [d.share for d in office.DESKS])[0]
        for _ in range(_TRIES):
            scenario = self._rng.choices(desk.scenarios, [s.weight for s in desk.scenarios])[0]
            recorded = self._template(scenario.recording)
            phones = self._phones(desk, recorded, at)
            if phones is not None:
                return self._play(at, desk, scenario, recorded, phones)
        return []

    def _template(self, name: str) -> Template:
        if name not in self._templates:
            self._templates[name] = template.load(name)
        return self._templates[name]

    def _phones(self, desk: Desk, recorded: Template, at: int) -> dict[bytes, str] | None:
        """Who plays each phone of the recording: who talks is free, and of the desk if he answers; who only
        rings is of the desk."""
        own = self._rng.sample(desk.phones, len(desk.phones))
        others = [agent.id for agent in office.AGENTS if agent.id not in desk.phones]
        ready = [phone for phone in own if self._free(phone, at)]
        cast = ready[:1] + [phone for phone in self._rng.sample(others, len(others)) if self._free(phone, at)]
        talkers = [phone for phone in recorded.phones if phone in recorded.talkers]
        if talkers and (not ready or len(cast) < len(talkers)):
            return None
        playing = dict(zip(talkers, cast, strict=False))
        left = iter([phone for phone in own + others if phone not in playing.values()])
        return {phone: playing.get(phone) or next(left) for phone in recorded.phones}

    def _free(self, phone: str, at: int) -> bool:
        return self._busy_until.get(phone, 0) <= at

    def _play(
        self, at: Instant, desk: Desk, scenario: Scenario, recorded: Template, phones: dict[bytes, str]
    ) -> list[Timed]:
        wait = self._wait_us(desk, scenario)
        last = self._last_us(scenario)
        offsets = recorded.offsets(wait, last)
        for phone in recorded.talkers:
            self._busy_until[phones[phone]] = at + offsets[-1] + 2 * SECOND
        fill = self._filler(at, desk, phones)
        filled: dict[tuple[Slot, bytes], bytes] = {}
        told: list[Timed] = []
        for message, offset in zip(recorded.messages, offsets, strict=True):
            now = at + offset
            for slot in message.slots:
                if slot not in filled:
                    filled[slot] = fill(slot, now)
            stamp = b"%d.%06d" % divmod(now, SECOND)
            told.append((Instant(now), message.render(stamp, filled)))
        return told

    def _filler(
        self, at: int, desk: Desk, phones: dict[bytes, str]
    ) -> Callable[[tuple[Slot, bytes], int], bytes]:
        """What each slot of this call becomes."""
        date = datetime.fromtimestamp(at / SECOND, office.ZONE).strftime("%Y%m%d").encode()
        caller = self._caller()

        def fill(piece: tuple[Slot, bytes], now: int) -> bytes:
            match piece[0]:
                case Slot.UNIQUEID:
                    return b"%d.%d" % (now // SECOND, self._next())
                case Slot.SUFFIX:
                    return b"%08x" % self._next()
                case Slot.BRIDGE:
                    return str(uuid.UUID(int=self._rng.getrandbits(128), version=4)).encode()
                case Slot.CALLER:
                    return caller
                case Slot.HOTLINE:
                    return desk.number.encode()
                case Slot.QUEUE:
                    return desk.queue.encode()
                case Slot.PHONE:
                    return phones[piece[1]].encode()
                case Slot.DATE:
                    return date
                case Slot.TIME:
                    return b""

        return fill

    def _next(self) -> int:
        self._channels += 1
        return self._channels

    def _caller(self) -> bytes:
        kind = self._rng.random()
        if kind < 0.04:
            return b"anonymous"
        if kind < 0.3:
            return b"0105550%04d" % self._rng.randrange(10_000)
        return b"1390000%04d" % self._rng.randrange(10_000)

    def _wait_us(self, desk: Desk, scenario: Scenario) -> int | None:
        rng = self._rng
        match scenario.wait:
            case Wait.RINGING:
                return round(min(23.5, rng.lognormvariate(1.35, 0.75) * desk.slowness) * SECOND)
            case Wait.PATIENCE:
                return round(min(90.0, rng.lognormvariate(2.3, 0.9)) * SECOND)
            case None:
                return None

    def _last_us(self, scenario: Scenario) -> int | None:
        rng = self._rng
        match scenario.last:
            case Last.TALK:
                return round(min(420.0, max(8.0, rng.lognormvariate(4.1, 0.7))) * SECOND)
            case Last.MESSAGE:
                return round(rng.uniform(5.0, 40.0) * SECOND)
            case None:
                return None


def arrivals(rng: Random, start: Instant, least: float = 0.0, scale: float = 1.0) -> Iterator[Instant]:
    """When callers call, from *start* on for ever: a Poisson process as busy as the hour of the day, times
    *scale*, and at least *least* calls an hour."""
    now = float(start)
    while True:
        now += rng.expovariate(_MOST_PER_HOUR / HOUR)
        rate = min(_MOST_PER_HOUR, max(least, scale * _usual(now)))
        if rng.random() * _MOST_PER_HOUR < rate:
            yield Instant(round(now))


def _usual(now: float) -> float:
    local = datetime.fromtimestamp(now / SECOND, office.ZONE)
    return office.calls_per_hour(local.hour + local.minute / 60)


def history(rng: Random, start: Instant, end: Instant) -> Iterator[Timed]:
    """All that a PBX said from *start* to *end* of calls that began and ended there, in order.

    A usual day in the office's time zone; where *start* to *end* has few calls by its hours (it is night),
    there are more than usual, so that there is something to see.
    """
    traffic = Traffic(rng)
    coming: list[tuple[Instant, int, bytes]] = []
    number = 0
    for at in arrivals(rng, start, scale=_enough(start, end)):
        while coming and (coming[0][0] < at or at >= end):
            yield coming[0][0], heapq.heappop(coming)[2]
        if at >= end:
            return
        call = traffic.call(at)
        if call and call[-1][0] < end:
            for when, message in call:
                number += 1
                heapq.heappush(coming, (when, number, message))


def _enough(start: Instant, end: Instant) -> float:
    """How many times as busy as usual it must be for a full screen."""
    hours = (end - start) / HOUR
    quarter = HOUR // 4
    expected = sum(_usual(at) / 4 for at in range(start, end, quarter))
    wanted = min(200.0, 100.0 * hours)
    return max(1.0, wanted / expected) if expected else 1.0
