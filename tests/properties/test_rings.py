"""Rings are counted as a caller would count them: one tone after the other."""

from hypothesis import given
from hypothesis import strategies as st

from callcenter.rings import PRESETS, Cadence, period_us, ring_count, within

cadences = st.sampled_from(sorted(PRESETS.values())) | st.lists(
    st.integers(1, 60).map(lambda tenths: tenths / 10), min_size=2, max_size=6
).map(tuple)


def _heard(ring_us: int, cadence: Cadence) -> int:
    """A slow listener: he waits through whole rings and counts them."""
    heard, left = 1, ring_us
    while left >= sum(round(part * 1_000_000) for part in cadence):
        left -= sum(round(part * 1_000_000) for part in cadence)
        heard += 1
    return heard


@given(st.integers(0, 300_000_000), cadences)
def test_the_ring_count_is_what_a_listener_counts(ring_us: int, cadence: Cadence) -> None:
    """The formula agrees with counting."""
    assert ring_count(ring_us, cadence) == _heard(ring_us, cadence)


@given(st.integers(1, 9), cadences)
def test_an_answer_on_the_edge_belongs_to_the_next_ring(rings: int, cadence: Cadence) -> None:
    """One microsecond before the edge is within, the edge itself is not."""
    edge = rings * period_us(cadence)

    assert within(edge - 1, rings, cadence)
    assert not within(edge, rings, cadence)
