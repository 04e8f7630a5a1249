"""What one stream has to send, and when. Pure but for the live reader it asks: time comes in as seconds.

Theory of operation. A stream opens with a ``snapshot`` of each hotline it watches. From then on every fact
goes out at once as a ``call``, ``link`` or ``duty`` event, and marks its hotlines as moved. Of several
tellings of one call that waited together the last is enough: each tells the whole call; a stream that
has just told something lets ``gather_seconds`` pass, so that a storm's tellings meet there. A moved
hotline's snapshot follows as soon as the one before is ``coalesce_seconds`` old, so a screen never computes
a figure itself and a storm of facts costs it a few snapshots a second. Without facts a snapshot comes every
``refresh_seconds`` (a day ends without a call) and a ``beat`` every ``beat_seconds`` tells that the silence
is real. Since each stream begins with the whole truth, a client that comes back needs no history: Last-
Event-ID is not used.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from callcenter.facts import CallFact, CallMerged, DutyChanged, LinkDown, LinkUp, News
from callcenter.kpi import instant_json
from callcenter.record import Call
from callcenter.sites import Hotline
from callcenter.terms import HotlineNumber
from callcenter.web.api.answers import dumps
from callcenter.web.auth import Sight
from callcenter.web.keys import Parts, WebSettings
from callcenter.web.sight import Pictures

Message = tuple[str, str]
"""The event's name and its data, JSON."""
_DUTY: Final = ("hotline", "at", "on_duty", "next_duty", "staffed", "after_hours")
"""What a ``duty`` event tells of a hotline's picture."""


class Relay:
    """One stream's side of the live reader."""

    def __init__(
        self,
        *,
        parts: Parts,
        pictures: Pictures,
        hotlines: tuple[Hotline, ...],
        sight: Sight,
        settings: WebSettings,
        build: str,
    ) -> None:
        self._parts = parts
        self._pictures = pictures
        self._hotlines = {hotline.number: hotline for hotline in hotlines}
        self._sight: Sight = "none" if sight == "none" else "masked"
        self._settings = settings
        self._build = build
        self._moved: set[HotlineNumber] = set()
        self._sent: dict[HotlineNumber, float] = {}
        self._beat_due = 0.0

    def open(self, clock: float) -> Iterator[Message]:
        """How the stream begins. *clock*: monotonic seconds, here and below."""
        yield self._beat(clock)
        yield from (self._snapshot(number, clock) for number in self._hotlines)

    def take(self, facts: Sequence[News]) -> Iterator[Message]:
        """What facts that waited together send at once."""
        last = {fact.call.call_id: fact for fact in facts if isinstance(fact, CallFact)}
        for fact in facts:
            if isinstance(fact, CallFact):
                yield from self._call(fact.call, is_last=last[fact.call.call_id] is fact)
            else:
                yield from self._told(fact)

    def _call(self, call: Call, *, is_last: bool) -> Iterator[Message]:
        if call.hotline in self._hotlines:
            self._moved.add(call.hotline)
            if is_last:
                yield "call", self._pictures.telling(call, self._sight)

    def _told(self, fact: News) -> Iterator[Message]:
        match fact:
            case CallMerged():
                self._moved.update(self._of_pbx(fact.pbx))
                yield "withdrawn", dumps({"call_id": fact.call_id, "into": fact.into})
            case LinkUp() | LinkDown():
                yield from self._link(fact)
            case DutyChanged(hotline=number) if number in self._hotlines:
                self._moved.add(number)
                picture = self._parts.snapshot(self._hotlines[number])
                yield "duty", dumps({key: picture[key] for key in _DUTY})
            case _:
                pass

    def due(self, clock: float) -> Iterator[Message]:
        """What has to go out by now."""
        for number in [number for number in self._hotlines if self._snapshot_due(number) <= clock]:
            yield self._snapshot(number, clock)
        if self._beat_due <= clock:
            yield self._beat(clock)

    def until_due(self, clock: float) -> float:
        """Seconds until `due` has something to say."""
        times = [self._beat_due, *map(self._snapshot_due, self._hotlines)]
        return max(0.0, min(times) - clock)

    def _snapshot_due(self, number: HotlineNumber) -> float:
        is_moved = number in self._moved
        return self._sent[number] + (
            self._settings.coalesce_seconds if is_moved else self._settings.refresh_seconds
        )

    def _snapshot(self, number: HotlineNumber, clock: float) -> Message:
        self._moved.discard(number)
        self._sent[number] = clock
        return "snapshot", self._pictures.text(self._hotlines[number], self._sight)

    def _beat(self, clock: float) -> Message:
        self._beat_due = clock + self._settings.beat_seconds
        return "beat", dumps({"at": instant_json(self._parts.now()), "build": self._build})

    def _link(self, fact: LinkUp | LinkDown) -> Iterator[Message]:
        hotlines = self._of_pbx(fact.pbx)
        if not hotlines:
            return
        self._moved.update(hotlines)
        gap = fact.gap_seconds if isinstance(fact, LinkUp) else None
        is_up = isinstance(fact, LinkUp)
        told = {"pbx": fact.pbx, "up": is_up, "at": instant_json(fact.at), "gap_seconds": gap}
        yield "link", dumps(told | {"hotlines": hotlines})

    def _of_pbx(self, pbx: str) -> list[HotlineNumber]:
        return [number for number, hotline in self._hotlines.items() if hotline.pbx == pbx]
