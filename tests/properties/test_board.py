"""The board, after any sequence of facts, against a slow recount of all calls as last told."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.facts import CallAnswered, CallChanged, CallEnded, CallMerged, CallOffered, LinkUp
from callcenter.kpi import Tally
from callcenter.live.board import Board
from callcenter.record import Call
from callcenter.terms import CallState, HotlineNumber, Outcome, PbxName
from tests.support.factories import NOON, make_hotline
from tests.support.strategies import calls

SHANGHAI = ZoneInfo("Asia/Shanghai")
NUMBERS = (HotlineNumber("4001"), HotlineNumber("4002"))
CALLER = "13912345678"
KINDS = (CallOffered, CallAnswered, CallChanged, CallEnded)

moments = st.integers(-20, 20).map(lambda hours: NOON + timedelta(hours=hours, minutes=7))


@st.composite
def tellings(draw):
    """One fact about one of a few calls; sequence numbers repeat and go back."""
    call = replace(draw(calls()), caller=CALLER)
    if draw(st.integers(0, 9)) == 0:
        return CallMerged(at=NOON, pbx=call.pbx, call_id=call.call_id, into="main:1.1")
    return draw(st.sampled_from(KINDS))(at=call.arrived_at, call=call)


def board_of(*numbers):
    return Board([make_hotline(number) for number in numbers or NUMBERS])


def recount(facts) -> list[Call]:
    """The calls as last told, by the simplest reading of the facts."""
    merged, told = set(), {}
    for fact in facts:
        if isinstance(fact, CallMerged):
            merged.add(fact.call_id)
            told.pop(fact.call_id, None)
        elif fact.call.call_id not in merged:
            known = told.get(fact.call.call_id)
            told[fact.call.call_id] = fact.call if known is None or fact.call.seq > known.seq else known
    return list(told.values())


def is_today(at, now):
    return at.astimezone(SHANGHAI).date() == now.astimezone(SHANGHAI).date()


def quarter_of(at):
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)


@settings(max_examples=150)
@given(st.lists(tellings(), max_size=40), moments, st.data())
def test_board_equals_a_slow_recount_whatever_was_told_twice_or_late(facts, now, data):
    board = board_of()
    again = data.draw(st.lists(st.sampled_from(facts), max_size=10)) if facts else []
    for fact in [*facts, *again]:
        board.apply(fact)

    everything = recount([*facts, *again])
    for number in NUMBERS:
        mine = [call for call in everything if call.hotline == number]
        assert_shows(board.snapshot(number, now), mine, now)


def assert_shows(shown, mine, now):
    today = [call for call in mine if is_today(call.arrived_at, now)]
    expected = Tally.of_all(today)
    undecided = [call for call in mine if call.outcome is None]
    waiting = [call for call in undecided if call.state is not CallState.VOICEMAIL]
    answered = [call for call in today if call.outcome is Outcome.ANSWERED]
    missed = [call for call in mine if call.missed and is_today(call.decided_at, now)]
    missed.sort(key=lambda call: (call.decided_at, call.call_id), reverse=True)

    assert {name: shown["today"][name] for name in expected.to_json()} == expected.to_json()
    assert sorted(entry["call_id"] for entry in shown["in_progress"]) == sorted(c.call_id for c in undecided)
    assert shown["waiting"] == len(waiting)
    assert shown["talking"] == sum(c.outcome is Outcome.ANSWERED and c.ended_at is None for c in mine)
    assert sum(shown["histogram"].values()) + shown["histogram_unknown"] == len(answered)
    for ring, count in shown["histogram"].items():
        assert count == sum(call.caller_rings == int(ring) for call in answered)
    assert [miss["outcome"] for miss in shown["missed"]] == [call.outcome for call in missed[:20]]
    assert_trend(shown["trend"], today)


def assert_trend(trend, today):
    by_quarter = {}
    for call in today:
        by_quarter.setdefault(quarter_of(call.arrived_at), []).append(call)

    assert [datetime.fromisoformat(quarter["start"]) for quarter in trend] == sorted(by_quarter)
    for quarter in trend:
        tally = Tally.of_all(by_quarter[datetime.fromisoformat(quarter["start"])])
        assert quarter["arrived"] == tally.arrived
        assert quarter["three_ring_rate"] == tally.three_ring_rate


@given(st.lists(tellings(), max_size=30), moments)
def test_a_second_telling_of_everything_changes_no_picture(facts, now):
    board = board_of()
    for fact in facts:
        board.apply(fact)
    before = board.all(now)

    assert all(board.apply(fact) == frozenset() for fact in facts)
    assert board.all(now) == before


@given(st.lists(tellings(), max_size=30), moments)
def test_hotlines_whose_picture_changed_are_named_and_no_others_change(facts, now):
    board = board_of()
    for fact in facts:
        before = {number: board.snapshot(number, now) for number in NUMBERS}
        changed = board.apply(fact)
        after = {number: board.snapshot(number, now) for number in NUMBERS}

        assert {number for number in NUMBERS if before[number] != after[number]} <= changed


@given(st.lists(tellings(), max_size=30), moments)
def test_history_loaded_at_the_start_equals_having_watched(facts, now):
    watched, loaded = board_of(), board_of()
    for fact in facts:
        watched.apply(fact)
    loaded.load(recount(facts))

    assert loaded.all(now) == watched.all(now)


@given(st.lists(tellings(), max_size=30), moments)
def test_forgetting_old_days_changes_nothing_that_is_shown(facts, now):
    board = board_of()
    for fact in facts:
        board.apply(fact)
    before = board.all(now)
    board.tick(now)

    assert board.all(now) == before


@given(st.lists(tellings(), max_size=30), moments)
def test_the_callers_number_is_nowhere_on_the_board(facts, now):
    board = board_of()
    for fact in facts:
        board.apply(fact)

    told = json.dumps([board.all(now), board.summary(now)])
    assert CALLER not in told
    assert '"caller"' not in told


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 7200), st.integers(1, 900)), max_size=8), st.data())
def test_gaps_are_counted_once_however_they_overlap(spans, data):
    """Every second in which the PBX could not be heard counts once, in its own quarter of an hour."""
    began = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
    board = board_of("4001")
    facts = []
    for start, length in spans:
        end = began + timedelta(seconds=start + length)
        up = LinkUp(at=end, pbx=PbxName("main"), gap_seconds=float(length), pbx_restarted=False,
                    gap_began_at=began + timedelta(seconds=start))  # fmt: skip
        facts.append(up)
    for fact in facts + (data.draw(st.lists(st.sampled_from(facts), max_size=4)) if facts else []):
        board.apply(fact)

    blind = {second for start, length in spans for second in range(start, start + length)}
    shown = board.snapshot(NUMBERS[0], began + timedelta(hours=3))
    assert shown["today"]["gap_seconds"] == pytest.approx(len(blind))
    quarters = {q["start"]: q["gap_seconds"] for q in shown["trend"]}
    for start, seconds in quarters.items():
        first = (datetime.fromisoformat(start) - began).total_seconds()
        assert seconds == pytest.approx(sum(first <= second < first + 900 for second in blind))
