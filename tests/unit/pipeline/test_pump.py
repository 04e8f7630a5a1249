"""The pump: one order from the links to everybody who wants facts, whatever the links bring."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Self

import pytest

from callcenter.ami.events import Connected, Disconnected, Event, Hangup, Newchannel, Tick
from callcenter.ami.received import LinkLost, LinkOpened, LinkTrouble, Messages, Trouble
from callcenter.facts import Anomaly, Fact, LinkUp
from callcenter.pipeline import Line, Pump
from callcenter.pipeline.pump import HIGH
from callcenter.terms import Clock, Instant, PbxName

T0 = 1_795_277_900_000_000


def message(name: str, at: int = T0, uniqueid: str = "1795277900.1") -> bytes:
    lines = [
        f"Event: {name}", f"Timestamp: {at // 1_000_000}.{at % 1_000_000:06}", "Channel: PJSIP/trunk-1",
        "ChannelState: 4", "CallerIDNum: 13800138000", "Context: from-trunk", "Exten: 4001",
        f"Uniqueid: {uniqueid}", f"Linkedid: {uniqueid}",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()


class Recorder:
    """A tracker that tells a fact for each event and remembers what it was given."""

    def __init__(self, pbx: str = "main", stumbles_over: type[Event] = Event) -> None:
        self.pbx = PbxName(pbx)
        self.events: list[Event] = []
        self.ticked = asyncio.Event()
        self._stumbles_over = stumbles_over

    def receive(self, event: Event) -> tuple[Fact, ...]:
        if type(event) is self._stumbles_over:
            raise KeyError("13800138000")
        self.events.append(event)
        if isinstance(event, Tick):
            self.ticked.set()
            return ()
        at = datetime.fromtimestamp(event.at / 1e6, UTC)
        return (LinkUp(at=at, pbx=self.pbx, gap_seconds=None, gap_began_at=None, pbx_restarted=False),)

    def employ(self, owners: object) -> None:
        """Nobody's phone rings here."""

    def checkpoint(self) -> bytes:
        return f"{self.pbx} after {len(self.events)}".encode()


class Disk:
    """An outbox that can be held up."""

    def __init__(self) -> None:
        self.kept: list[tuple[list[Fact], dict[PbxName, bytes]]] = []
        self.written = asyncio.Event()
        self.free = asyncio.Event()
        self.free.set()

    def append(self, facts, checkpoint) -> None:
        self.kept.append((list(facts), dict(checkpoint or {})))
        self.written.set()

    @property
    def congested(self) -> bool:
        return not self.free.is_set()

    async def room(self) -> None:
        await self.free.wait()

    @property
    def facts(self) -> list[Fact]:
        return [fact for facts, _ in self.kept for fact in facts]


class Tap:
    """A source that can be stopped, and a meter."""

    def __init__(self) -> None:
        self.paused = False
        self.seen = 0

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False

    def seen_event(self, pbx, n, at) -> None:
        self.seen += n


class Rig:
    def __init__(self, *trackers: Recorder, tick: float = 60.0, trust_clock: bool = True) -> None:
        self.trackers = trackers or (Recorder(),)
        self.disk, self.tap = Disk(), Tap()
        self.heard: list[Fact] = []
        self.now = Instant(T0)
        self.pump = Pump(
            [Line(tracker.pbx, tracker, trust_clock=trust_clock) for tracker in self.trackers],
            outbox=self.disk, meter=self.tap, hearers=[self.heard.append], tick=tick,
            now=lambda: self.now, monotonic=asyncio.get_running_loop().time,
        )  # fmt: skip
        self.pump.throttles(self.tap)
        self.sinks = [self.pump.sink(tracker.pbx) for tracker in self.trackers]

    def bring(self, *messages: bytes, line: int = 0, arrival: int = T0) -> None:
        self.sinks[line](Messages(arrival=Instant(arrival), messages=list(messages)))

    async def __aenter__(self) -> Self:
        self.task = asyncio.get_running_loop().create_task(self.pump.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def until(self, n: int) -> None:
        """Until *n* facts are on disk."""
        async with asyncio.timeout(60):
            while len(self.disk.facts) < n:
                self.disk.written.clear()
                await self.disk.written.wait()


async def test_messages_become_facts_in_their_order_for_everybody():
    async with Rig() as rig:
        rig.sinks[0](LinkOpened(at=Instant(T0)))
        rig.bring(message("Newchannel"), message("Newstate"))
        rig.bring(message("Hangup"))
        await rig.until(4)

        names = [type(event).__name__ for event in rig.trackers[0].events]
        assert names == ["Connected", "Newchannel", "Newstate", "Hangup"]
        assert rig.heard == rig.disk.facts
        assert rig.tap.seen == 3


async def test_every_write_carries_the_calls_in_progress_as_they_are_after_its_facts():
    async with Rig() as rig:
        rig.bring(message("Newchannel"), message("Newstate"))
        await rig.until(2)

        assert rig.disk.kept == [(rig.heard, {"main": b"0\nmain after 2"})]


async def test_a_pbx_that_said_nothing_new_is_not_written_again():
    async with Rig(Recorder("a"), Recorder("b")) as rig:
        rig.bring(message("Newchannel"), line=1)
        await rig.until(1)

        assert rig.disk.kept[0][1] == {"b": b"0\nb after 1"}


async def test_several_pbxs_have_a_tracker_each():
    async with Rig(Recorder("a"), Recorder("b")) as rig:
        rig.bring(message("Newchannel"), line=0)
        rig.bring(message("Hangup"), line=1)
        await rig.until(2)

        assert [type(e) for e in rig.trackers[0].events] == [Newchannel]
        assert [type(e) for e in rig.trackers[1].events] == [Hangup]


async def test_the_link_coming_and_going_is_an_event_like_any_other():
    async with Rig() as rig:
        line = rig.pump.lines[PbxName("main")]
        assert line.trouble == "not connected yet"
        rig.sinks[0](LinkTrouble(at=Instant(T0), reason="wrong secret", kind=Trouble.SECRET))
        rig.sinks[0](LinkOpened(at=Instant(T0)))
        rig.sinks[0](LinkLost(at=Instant(T0), reason="cable cut"))
        await rig.until(2)

        assert rig.trackers[0].events == [
            Connected(at=Instant(T0), clock=Clock.ARRIVAL),
            Disconnected(at=Instant(T0), clock=Clock.ARRIVAL, reason="cable cut"),
        ]
        assert line.trouble == "cable cut"


async def test_why_the_link_does_not_open_is_kept_for_whoever_asks():
    async with Rig() as rig:
        line = rig.pump.lines[PbxName("main")]
        rig.sinks[0](LinkTrouble(at=Instant(T0), reason="wrong secret", kind=Trouble.SECRET))
        rig.bring(message("Newchannel"))
        await rig.until(1)
        assert line.trouble == "wrong secret"

        rig.sinks[0](LinkOpened(at=Instant(T0)))
        rig.sinks[0](LinkTrouble(at=Instant(T0), reason="no timestamps", kind=Trouble.TIMESTAMPS))
        await rig.until(2)
        assert line.trouble is None


async def test_a_message_without_what_it_needs_is_an_anomaly_and_the_next_is_read():
    async with Rig() as rig:
        rig.bring(b"Event: Newchannel\r\nChannel: PJSIP/trunk-1", message("Hangup"))
        await rig.until(2)

        first, second = rig.disk.facts
        assert isinstance(first, Anomaly)
        assert (first.kind, first.detail) == ("malformed_event", "Newchannel without a usable Uniqueid")
        assert isinstance(second, LinkUp)


async def test_a_fault_of_ours_in_one_message_costs_that_message_only(caplog):
    async with Rig(Recorder(stumbles_over=Newchannel)) as rig:
        rig.bring(message("Newchannel"), message("Hangup"))
        await rig.until(2)

        anomaly, told = rig.disk.facts
        assert isinstance(anomaly, Anomaly)
        assert (anomaly.kind, anomaly.detail) == ("internal_error", "Newchannel: KeyError")
        assert isinstance(told, LinkUp)
        assert "13800138000" not in anomaly.detail


async def test_a_flood_of_anomalies_is_counted_in_full_and_kept_in_part():
    async with Rig() as rig:
        rig.bring(*[b"Event: Newchannel\r\nX: y"] * 500, message("Hangup"))
        await rig.until(11)

        assert len(rig.heard) == 501
        assert len(rig.disk.facts) == 11


async def test_what_nobody_needs_is_passed_over_and_counted():
    async with Rig() as rig:
        rig.bring(b"Event: RTCPSent\r\nX: y", b"Response: Success", b"\xff\xfe", message("Hangup"))
        await rig.until(1)

        assert [type(e) for e in rig.trackers[0].events] == [Hangup]
        assert rig.tap.seen == 4


async def test_a_listener_that_fails_costs_no_fact():
    rig = Rig()

    def broken(_: Fact) -> None:
        raise RuntimeError

    rig.pump._hearers = (broken, *rig.pump._hearers)
    async with rig:
        rig.bring(message("Newchannel"))
        await rig.until(1)

        assert len(rig.heard) == 1


async def test_time_goes_on_for_a_silent_pbx_by_its_own_clock():
    async with Rig(tick=0.001) as rig:
        rig.bring(message("Newchannel", at=T0 - 30_000_000), arrival=T0)
        rig.now = Instant(T0 + 1_000_000)
        await rig.until(1)
        rig.trackers[0].ticked.clear()
        await asyncio.wait_for(rig.trackers[0].ticked.wait(), 60)

        assert rig.trackers[0].events[-1].at == T0 - 29_000_000


async def test_a_pbx_whose_clock_is_not_trusted_is_timed_by_arrival():
    async with Rig(trust_clock=False) as rig:
        rig.bring(message("Newchannel", at=T0 - 30_000_000), arrival=T0)
        await rig.until(1)

        (event,) = rig.trackers[0].events
        assert (event.at, event.clock) == (T0, Clock.ARRIVAL)


async def test_while_the_disk_is_stuck_the_links_are_read_no_further_and_nothing_is_lost():
    async with Rig() as rig:
        rig.disk.free.clear()
        for n in range(HIGH):
            rig.bring(message("Newchannel", at=T0 + n))
        assert rig.tap.paused
        await asyncio.sleep(0)
        assert rig.pump.depth == HIGH
        assert rig.disk.facts == []

        rig.disk.free.set()
        await rig.until(HIGH)

        assert not rig.tap.paused
        assert [event.at for event in rig.trackers[0].events] == [T0 + n for n in range(HIGH)]


async def test_stopping_moves_what_is_left_and_keeps_the_calls_in_progress():
    rig = Rig()
    async with rig:
        await asyncio.sleep(0)
    rig.bring(message("Newchannel"))
    rig.sinks[0](LinkLost(at=Instant(T0), reason="we are shutting down"))

    rig.pump.finish()

    assert len(rig.disk.facts) == 2
    assert rig.disk.kept[-1][1] == {"main": b"0\nmain after 2"}


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    import structlog

    with structlog.testing.capture_logs():
        yield


async def test_a_pbx_that_never_pauses_is_written_down_while_it_goes_on():
    """There is always another read on the queue, and what came of the first ones is safe all the same."""
    rig = Rig()
    going_on = True

    def again(_: Fact) -> None:
        if going_on:
            rig.bring(message("Newchannel"))

    rig.pump._hearers = (again,)
    async with rig:
        rig.bring(message("Newchannel"))
        async with asyncio.timeout(30):
            await rig.disk.written.wait()
        assert rig.pump.depth
        assert rig.disk.facts
        going_on = False
