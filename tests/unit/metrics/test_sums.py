"""Sums between scrapes lose nothing and stay bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.metrics.sums import Histogram, Labels, Once, wait_edges
from tests.support.factories import make_hotline


@given(st.lists(st.integers(0, 20)), st.lists(st.integers(1, 15), min_size=1, unique=True).map(sorted))
def test_a_bucket_counts_everything_up_to_its_edge(values, edges):
    histogram = Histogram(edges)
    for value in values:
        histogram.observe(value)

    for name, count in histogram.buckets[:-1]:
        assert count == sum(value <= int(name) for value in values)
    assert histogram.buckets[-1] == ("+Inf", len(values))
    assert histogram.total == sum(values)


def test_a_million_waits_of_a_tenth_of_a_second_are_exactly_so_many_seconds():
    """Floats added up would drift; and 0.1 s is no binary fraction."""
    histogram = Histogram([5_000_000], 1_000_000)
    for _ in range(30):
        histogram.observe(100_000)

    assert histogram.total == 3.0
    assert sum([0.1] * 30) != 3.0


def test_waits_are_cut_at_usual_service_levels_and_at_rings_of_every_cadence_in_use():
    edges = wait_edges([make_hotline(), make_hotline("4002", cadence=(1.5, 3.0))])
    names = [name for name, _ in Histogram(edges, 1_000_000).buckets]

    assert names == [
        "4.5", "5", "9", "10", "13.5", "15", "18", "20", "22.5", "25", "27", "30", "60", "120", "+Inf",
    ]  # fmt: skip


@pytest.mark.parametrize(("word", "told"), [("1001", "1001"), (None, "other"), ("1003", "other")])
def test_a_label_takes_known_words_and_a_few_more(word, told):
    labels = Labels(["1001"], 1)
    labels.value("1002")

    assert labels.value(word) == told
    assert labels.values == ["1001", "1002"]


def test_the_first_time_is_told_from_later_ones_among_the_last_keys():
    once = Once(2)

    assert [once.is_first(key) for key in "aabca"] == [True, False, True, True, True]
