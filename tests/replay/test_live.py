"""Board and metrics while recordings of a real PBX go by: always complete, in the end what the log says."""

import json
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry

from callcenter.facts import CallFact, CallMerged
from callcenter.kpi import Tally
from callcenter.live.board import Board
from callcenter.metrics import Metrics, Name
from callcenter.terms import Outcome
from tests.support.traces import NAMES, SITE, calls, events, follow

NUMBERS = tuple(hotline.number for hotline in SITE.hotlines)


@pytest.fixture(params=NAMES)
def facts(request):
    return follow(events(request.param))


def at_end(facts):
    return max(fact.at for fact in facts) + timedelta(seconds=1)


def of(told, number):
    return [call for call in told if call.hotline == number]


def test_board_ends_with_what_the_log_says(facts):
    board = Board(SITE.hotlines)
    for fact in facts:
        board.apply(fact)

    now, log = at_end(facts), calls(facts)
    for number in NUMBERS:
        shown, expected = board.snapshot(number, now), Tally.of_all(of(log, number)).to_json()
        assert {name: shown["today"][name] for name in expected} == expected
        assert (shown["in_progress"], shown["talking"], shown["waiting"]) == ([], 0, 0)


def test_after_each_fact_every_caller_is_counted_exactly_once(facts):
    board, told = Board(SITE.hotlines), {}
    for fact in facts:
        board.apply(fact)
        match fact:
            case CallFact(call=call):
                told[call.call_id] = call
            case CallMerged(call_id=call_id):
                told.pop(call_id, None)
            case _:
                continue
        for number in NUMBERS:
            shown = board.snapshot(number, fact.at)
            assert shown["today"]["complete"]
            assert shown["today"]["arrived"] == len(of(told.values(), number))
            assert len(shown["in_progress"]) == shown["today"]["in_progress"]


def test_no_picture_on_the_way_shows_who_called(facts):
    callers = {call.caller for call in calls(facts) if call.hotline and call.caller}
    board = Board(SITE.hotlines)
    for fact in facts:
        board.apply(fact)
        shown = json.dumps(board.all(fact.at))

        assert [caller for caller in callers if caller in shown] == []


def test_metrics_end_with_what_the_log_says(facts):
    registry = CollectorRegistry()
    metrics = Metrics(registry, version="1", hotlines=SITE.hotlines)
    for fact in facts + facts:
        metrics.apply(fact)

    for number in NUMBERS:
        tally, line = Tally.of_all(of(calls(facts), number)), {"pbx": SITE.pbx, "hotline": number}
        for outcome in Outcome:
            counted = registry.get_sample_value(Name.CALLS, {**line, "outcome": outcome.value})
            assert counted == getattr(tally, outcome.value)
        assert registry.get_sample_value(Name.ON_TIME, line) == tally.on_time
        assert registry.get_sample_value(f"{Name.ANSWER_WAIT}_sum", line) == tally.wait_us / 1e6
        talked = registry.get_sample_value(f"{Name.TALK}_sum", line)
        assert talked == tally.talk_us / 1e6
