"""When a call is told anew, and when there is nothing to tell."""

import pytest

from callcenter.ami.events import Hangup, HangupRequest
from callcenter.facts import CallEnded, CallOffered, Fact
from callcenter.terms import AttemptOutcome, CallState, Outcome
from callcenter.tracking.tracker import Tracker
from tests.support import traces


@pytest.mark.parametrize("name", ["07-ringgroup-abandon-03s", "08-ringgroup-abandon-20s"])
def test_how_the_phones_are_cancelled_for_a_caller_who_hung_up_is_told_with_his_end(name: str) -> None:
    """No flicker of phones that stop ringing one by one: from his hanging up to his Hangup nothing is told,
    and then everything is."""
    tracker, caller, left = Tracker(traces.SITE), "", False
    facts: list[Fact] = []
    for event in traces.events(name):
        told = tracker.receive(event)
        caller = next((fact.call.uniqueid for fact in told if isinstance(fact, CallOffered)), caller)
        if isinstance(event, Hangup) and event.uniqueid == caller:
            left = False
        if left:
            assert told == (), "told while the PBX clears the call"
        if isinstance(event, HangupRequest) and event.uniqueid == caller:
            left = True
        facts += told

    last = facts[-1]
    assert isinstance(last, CallEnded)
    assert (last.call.outcome, last.call.state) == (Outcome.ABANDONED, CallState.ENDED)
    assert {attempt.outcome for attempt in last.call.attempts} == {AttemptOutcome.CALLER_GAVE_UP}
    assert last.call.ringing == ()
