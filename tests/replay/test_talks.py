"""Whose talk it was: after a transfer each agent's is their own (contract, section 5: transfers included)."""

import pytest

from tests.support import traces


@pytest.mark.parametrize("name", traces.NAMES)
def test_what_each_agent_talked_adds_up_to_what_the_caller_talked(name: str) -> None:
    """In a conference or a consultation with the caller on the line several may talk at once."""
    for call in traces.calls(traces.follow(traces.events(name))):
        if call.talk_seconds is None or call.hold_seconds is None:
            assert call.talks == ()
            continue
        talked = sum(talk.talk_seconds for talk in call.talks)
        assert talked >= call.talk_seconds - 1e-6
        assert max(talk.talk_seconds for talk in call.talks) <= call.talk_seconds + 1e-6
        assert call.talks[0].phone == call.answered_by
        assert call.talks[0].agent_id == call.agent_id


@pytest.mark.parametrize(
    "name", [name for name in traces.NAMES if "transfer" in name and "noanswer" not in name]
)
def test_after_a_transfer_the_next_agents_talk_is_not_the_firsts(name: str) -> None:
    """Of a caller who was handed on and answered again, both have a part, and the parts are the whole."""
    for call in traces.inbound(traces.follow(traces.events(name))):
        if not any(transfer.answered for transfer in call.transfers):
            continue
        first, *others = call.talks
        assert others
        assert all(talk.talk_seconds > 0 for talk in (first, *others))
        assert sum(talk.talk_seconds for talk in call.talks) == pytest.approx(call.talk_seconds, abs=0.01)
