"""Records in any state: rows lost, doubled, out of order, or not what they should be."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from callcenter.records.kinds import CDR, CEL
from callcenter.terms import Outcome
from callcenter.tracking.cdr import from_cdr
from callcenter.tracking.completion import from_cel
from tests.support import records, traces

NAMES = st.sampled_from(traces.NAMES)


@given(name=NAMES, choice=st.randoms(use_true_random=False), part=st.floats(0, 1))
def test_rows_missing_or_out_of_order_never_raise_and_never_make_a_ring(
    name: str, choice: Random, part: float
):
    rows = [row for row in records.cel(name) if choice.random() < part]
    choice.shuffle(rows)

    for call in from_cel(rows, traces.SITE, open_too=True):
        assert (call.rings, call.caller_rings, call.first_ring_at) == (None, None, None)
        assert all(a.rings is None and a.ring_started_at is None for a in call.attempts)
        assert call.on_time in {True, None}


@given(name=NAMES, choice=st.randoms(use_true_random=False), part=st.floats(0.5, 1))
def test_rows_missing_invent_no_answer(name: str, choice: Random, part: float):
    truly = {call.call_id: call for call in from_cel(records.cel(name), traces.SITE)}
    rows = [row for row in records.cel(name) if choice.random() < part]

    for call in from_cel(rows, traces.SITE, open_too=True):
        if call.call_id in truly and call.hotline is not None and call.outcome is Outcome.ANSWERED:
            assert truly[call.call_id].outcome is Outcome.ANSWERED


@given(name=NAMES, choice=st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(name: str, choice: Random):
    rows = list(records.cel(name))
    later = sorted(rows, key=lambda row: (row.at, choice.random() if row.eventtype == "APP_END" else 0))

    assert from_cel(later, traces.SITE) == from_cel(rows, traces.SITE)


@given(name=NAMES, choice=st.randoms(use_true_random=False), part=st.floats(0, 1))
def test_cdr_missing_or_out_of_order_never_raise_and_never_make_a_ring(
    name: str, choice: Random, part: float
):
    rows = [row for row in records.cdr(name) if choice.random() < part]
    choice.shuffle(rows)

    for call in from_cdr(rows, traces.SITE):
        assert (call.rings, call.caller_rings, call.on_time) == (None, None, None)


CELLS = st.one_of(st.none(), st.text(max_size=30), st.integers(), st.floats(), st.decimals(), st.datetimes())
TIMES = st.fixed_dictionaries({"eventtime": CELLS, "start": CELLS, "duration": CELLS, "extra": CELLS})


@given(times=TIMES, raw=st.dictionaries(st.sampled_from([*CEL.columns, *CDR.columns]), CELLS))
def test_any_row_is_told_or_left_out(times: dict[str, object], raw: dict[str, object]):
    cel, cdr = CEL.row(raw | times), CDR.row(raw | times)

    assert len(from_cel([cel] if cel else [], traces.SITE, open_too=True)) <= 1
    assert len(from_cdr([cdr] if cdr else [], traces.SITE)) <= 1
