"""Attempts come back, later and later, never in step, and soon again after a stable time."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from callcenter.ami.backoff import Backoff
from callcenter.ami.settings import Timings


@given(seed=st.integers(), lives=st.lists(st.floats(0, 59), max_size=50))
def test_waits_stay_between_half_a_second_and_thirty(seed, lives):
    backoff = Backoff(Timings(), Random(seed).random)
    for lived in lives:
        assert 0.5 <= backoff.after(lived=lived) <= 30.0


def test_waits_double_up_to_their_limit():
    backoff = Backoff(Timings(), lambda: 1.0)
    assert [backoff.after() for _ in range(9)] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_a_thousand_failures_later_it_still_tries():
    backoff = Backoff(Timings(), lambda: 0.0)
    waits = [backoff.after() for _ in range(5000)]
    assert waits[-1] == 15.0


def test_two_clients_of_one_pbx_do_not_come_back_together():
    one, two = (Backoff(Timings(), Random(seed).random) for seed in (1, 2))
    pairs = [(one.after(), two.after()) for _ in range(8)]
    assert len([a for a, b in pairs if a != b]) >= 6


def test_after_a_stable_time_it_begins_anew():
    backoff = Backoff(Timings(), lambda: 1.0)
    for _ in range(6):
        backoff.after()
    assert backoff.after(lived=61) == 0.5


def test_a_link_that_dies_as_soon_as_it_is_open_is_not_stormed():
    backoff = Backoff(Timings(), lambda: 1.0)
    assert sum(backoff.after(lived=0.1) for _ in range(20)) > 400


def test_a_refused_login_is_tried_again_slowly():
    backoff = Backoff(Timings(), lambda: 0.5)
    waits = [backoff.after(slow=True) for _ in range(5)]
    assert min(waits) >= 60
    assert max(waits) <= 300
    assert backoff.after() == 0.5
