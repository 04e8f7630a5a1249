"""Judging a stored call again: what changes with the rule, what never does, and when nothing does."""

from datetime import timedelta

import pytest

from callcenter.record import Call, OnDuty
from callcenter.terms import AgentId, Clock, DutyRole, Outcome, Source, Truncated
from callcenter.tracking.retelling import differences, retold, why_kept
from tests.support.factories import NOON, make_call


def test_a_rule_that_changed_changes_the_verdict_and_counts_one_telling_more() -> None:
    told = retold(make_call(1), make_call(1, target_rings=1, on_time=False, seq=2))
    assert told is not None
    assert (told.target_rings, told.on_time, told.seq) == (1, False, 6)
    assert differences(make_call(1), told) == ("target_rings", "on_time")


def test_the_same_verdict_is_no_news_however_often_and_when_it_was_told() -> None:
    assert retold(make_call(1), make_call(1, seq=99, decided_at=NOON)) is None


def test_who_was_on_duty_and_when_the_call_came_stay() -> None:
    duty = OnDuty(person=AgentId("1002"), role=DutyRole.PRIMARY, shift_id="s1")
    stored = make_call(1, on_duty=(duty,), shift_id="s1", shift_ids=("s1",), after_hours=True)
    judged = make_call(1, on_time=False, arrived_at=NOON + timedelta(seconds=3))
    told = retold(stored, judged)
    assert told is not None
    assert differences(stored, told) == ("on_time",)


def test_a_decision_that_stays_was_made_when_it_was() -> None:
    stored = make_call(1)
    told = retold(stored, make_call(1, on_time=False, decided_at=NOON))
    assert told is not None
    assert told.decided_at == stored.decided_at


@pytest.mark.parametrize(
    ("stored", "judged", "why"),
    [
        (make_call(1), make_call(1, on_time=False), None),
        (make_call(1, final=False), make_call(1), "goes on, or was not told to its end"),
        (make_call(1, source=Source.CEL), make_call(1), "was completed from the PBX's own records"),
        (make_call(1), None, "is not in the evidence"),
        (make_call(1), make_call(1, truncated=Truncated.START), "is not whole in the evidence"),
        (make_call(1), make_call(1, clock=Clock.ARRIVAL), "is not whole in the evidence"),
        (make_call(1), make_call(1, outcome=Outcome.LOST), "is not whole in the evidence"),
        (make_call(1, truncated=Truncated.END), make_call(1, truncated=Truncated.END), None),
        (make_call(1, truncated=Truncated.END), make_call(1), None),
    ],
)
def test_no_call_is_told_with_less_than_before(stored: Call, judged: Call | None, why: str | None) -> None:
    assert why_kept(stored, judged) == why
