"""Records made in bulk are what they would be, made one by one."""

from dataclasses import FrozenInstanceError, fields, replace

import pytest

from callcenter.record import Attempt, Call
from callcenter.tracking.quick import changer, maker
from tests.support import traces


@pytest.mark.parametrize("name", ["05-ringgroup-answer-2nd-ring", "06-ringgroup-noanswer-voicemail"])
def test_a_record_made_quickly_is_the_same_record(name: str) -> None:
    """Same class, same value, same hash, and nobody can change it."""
    for call in traces.calls(traces.follow(traces.events(name))):
        again = maker(Call)(**{field.name: getattr(call, field.name) for field in fields(Call)})

        assert type(again) is Call
        assert (again, hash(again), repr(again)) == (call, hash(call), repr(call))
        with pytest.raises(FrozenInstanceError):
            again.seq = 7  # type: ignore[misc]  # that it can't be done is the point
        with pytest.raises(FrozenInstanceError):
            del again.seq


def test_what_is_left_out_is_what_it_is_by_default() -> None:
    """And what must be said must be said."""
    call = traces.calls(traces.follow(traces.events("05-ringgroup-answer-2nd-ring")))[0]
    needed = (
        "call_id",
        "pbx",
        "linkedid",
        "uniqueid",
        "direction",
        "hotline",
        "dialled",
        "caller",
        "arrived_at",
    )
    short = {name: getattr(call, name) for name in needed}

    assert maker(Call)(**short) == Call(**short)
    with pytest.raises(TypeError, match="missing"):
        maker(Attempt)()  # type: ignore[call-arg]  # that it can't be done is the point


def test_a_record_with_another_number_is_what_it_was_else() -> None:
    """The one it was made of stays as it is."""
    call = traces.calls(traces.follow(traces.events("05-ringgroup-answer-2nd-ring")))[-1]
    before = call.seq

    again = changer(Call, "seq")(call, before + 1)

    assert type(again) is Call
    assert again == replace(call, seq=before + 1)
    assert call.seq == before
    with pytest.raises(FrozenInstanceError):
        again.seq = 7  # type: ignore[misc]  # that it can't be done is the point
