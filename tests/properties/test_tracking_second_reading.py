"""Days at a small PBX, told by the tracker and by the slow second reading: they agree on every field."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.sites import Hotline, Site
from callcenter.terms import HotlineNumber, PbxName
from tests.support.littlepbx.stories import HOTLINES, day
from tests.support.oracle.compare import differences, disagreements, told
from tests.support.oracle.telling import calls
from tests.support.oracle.wire import headers, micros

SITE = Site(
    trunks=frozenset({"trunk"}),
    hotlines=tuple(
        Hotline(number=HotlineNumber(number), name=number, pbx=PbxName("main"), contexts=("from-trunk",))
        for number in HOTLINES
    ),
)
NEAR_US = 2_000
DAYS = st.tuples(st.integers(0, 2**32), st.integers(1, 4))
"""A seed, and how many calls."""


def played(of: tuple[int, int]) -> list[bytes]:
    """Every message of that day."""
    seed, count = of
    return day(Random(seed), count)


def _may_swap(one: bytes, other: bytes) -> bool:
    """Whether the two tell of different channels and are near enough."""
    first, second = headers(one), headers(other)
    ids = [{value for key, value in h.items() if key.endswith("Uniqueid")} for h in (first, second)]
    near = (micros(second["Timestamp"]) or 0) - (micros(first["Timestamp"]) or 0)
    return not ids[0] & ids[1] and near <= NEAR_US


@settings(max_examples=200)
@given(DAYS)
def test_whatever_a_pbx_does_both_readings_tell_alike(of: tuple[int, int]) -> None:
    assert disagreements(b"".join(played(of)), SITE) == []


@settings(max_examples=60)
@given(DAYS, st.floats(0, 1))
def test_a_day_that_breaks_off_is_told_alike_up_to_there(of: tuple[int, int], where: float) -> None:
    """But for transfers: what kind one is may be said after the caller is seen with its target."""
    messages = played(of)
    wire = b"".join(messages[: round(where * len(messages))])
    assert [found for found in disagreements(wire, SITE) if " transfers: " not in found] == []


@settings(max_examples=60)
@given(DAYS, st.floats(0, 1))
def test_who_attaches_later_tells_whole_calls_alike_and_invents_nothing(
    of: tuple[int, int], where: float
) -> None:
    """A call that began before has no ring or wait of the caller's, and no answer that it did not have."""
    messages = played(of)
    all_of_it = {call["call_id"]: call for call in calls(b"".join(messages), SITE)}
    for call in told(b"".join(messages[round(where * len(messages)) :]), SITE):
        if call["direction"] != "inbound":
            continue
        whole = all_of_it[call["call_id"]]
        if call["truncated"] is None:
            assert differences([whole], [call]) == []
        else:
            assert (call["wait_seconds"], call["caller_ring_seconds"], call["caller_rings"]) == (None,) * 3
            assert call["outcome"] != "answered" or whole["outcome"] == "answered"


@settings(max_examples=60)
@given(DAYS)
def test_the_order_of_neighbours_changes_nothing(of: tuple[int, int]) -> None:
    """Events of different channels within two milliseconds come in either order."""
    messages, random = played(of), Random(of[0])
    swapped = list(messages)
    for place in range(0, len(messages) - 1, 2):
        if random.random() < 0.5 and _may_swap(messages[place], messages[place + 1]):
            swapped[place : place + 2] = [messages[place + 1], messages[place]]
    assert differences(told(b"".join(messages), SITE), told(b"".join(swapped), SITE)) == []
