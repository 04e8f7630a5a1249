"""A dead link is noticed within 15 seconds, and a quiet one is not called dead."""

from hypothesis import given
from hypothesis import strategies as st

from callcenter.ami.settings import Timings
from callcenter.ami.watchdog import Step, Watchdog


class World:
    """A clock, a PBX that may die, and the loop that the client runs around the watchdog."""

    def __init__(self, *, dies_at, events=(), answer_after=0.2, stalls=()):
        self.dog = Watchdog(Timings())
        self.dies_at = dies_at
        self.heard_at = sorted(t for t in (0.0, *events) if t < dies_at)
        self.answer_after = answer_after
        self.stalls = dict(stalls)
        self.pings = []

    def run(self, until):
        now = 0.0
        while now < until:
            heard = max(t for t in self.heard_at if t <= now)
            step, seconds = self.dog.step(now=now, heard=heard)
            if step is Step.LOST:
                return now
            if step is Step.PING:
                self.pings.append(now)
                if now + self.answer_after < self.dies_at:
                    self.heard_at = sorted([*self.heard_at, now + self.answer_after])
            next_byte = min((t for t in self.heard_at if t > now), default=until)
            assert seconds > 0
            now = (
                min(now + seconds, max(next_byte, now + 1e-6)) if next_byte < now + seconds else now + seconds
            )
            now += self.stalls.pop(len(self.pings), 0.0)
        return None


@given(
    dies_at=st.floats(0.001, 300),
    events=st.lists(st.floats(0, 300), max_size=30),
    answer_after=st.floats(0.001, 2.0),
)
def test_a_half_open_link_is_noticed_within_fifteen_seconds(dies_at, events, answer_after):
    world = World(dies_at=dies_at, events=events, answer_after=answer_after)
    lost_at = world.run(until=400)
    last_byte = max(world.heard_at)
    assert lost_at is not None
    assert lost_at - last_byte <= 15.0
    assert last_byte < dies_at


def test_silence_alone_is_no_loss():
    world = World(dies_at=10_000)
    assert world.run(until=3600) is None
    assert len(world.pings) > 300


def test_nobody_is_asked_while_bytes_keep_coming():
    world = World(dies_at=10_000, events=[float(n) for n in range(1, 600, 5)])
    world.run(until=595)
    assert world.pings == []


def test_the_question_comes_after_ten_seconds_of_silence():
    world = World(dies_at=1.0)
    world.run(until=100)
    assert world.pings == [10.0]


def test_a_process_that_was_stopped_itself_asks_before_it_blames_the_link():
    dog = Watchdog(Timings())
    assert dog.step(now=0.0, heard=0.0)[0] is Step.WAIT
    step, seconds = dog.step(now=3600.0, heard=0.0)
    assert step is Step.PING
    assert seconds > 1
    assert dog.step(now=3600.1, heard=3600.05)[0] is Step.WAIT
