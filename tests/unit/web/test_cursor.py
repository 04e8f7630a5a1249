"""Cursors: a position and nothing else."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.terms import CallId
from callcenter.web.cursor import decode, encode
from callcenter.web.ports import Position

times = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001


@given(times, st.text(min_size=1))
def test_what_goes_in_comes_out(at, call_id):
    position = Position(arrived_at=at, call_id=CallId(call_id))
    assert decode(encode(position)) == position


@given(st.text())
def test_whatever_comes_is_a_position_or_a_value_error(text):
    with suppress(ValueError):
        assert isinstance(decode(text), Position)


@pytest.mark.parametrize("cursor", ["", "MTIz", "eA", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5IGE", "é"])
def test_what_is_no_cursor_is_refused(cursor):
    with pytest.raises(ValueError, match="is not a cursor of ours"):
        decode(cursor)
