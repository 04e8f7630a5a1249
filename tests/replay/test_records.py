"""Every recording told from Asterisk's own records alone: as it truly was, as far as these can know."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from callcenter.record import Call
from callcenter.record_json import call_to_json
from callcenter.rings import within
from callcenter.terms import Direction, Instant, Linkedid, Outcome, Source, Uniqueid
from callcenter.tracking.cdr import from_cdr
from callcenter.tracking.completion import from_cel, retold
from callcenter.tracking.records import CelRow
from tests.support import records, traces

SECONDS = {"wait_seconds": 0.15, "talk_seconds": 0.3, "hold_seconds": 0.3}
RINGS = ("caller_ring_seconds", "caller_rings", "ring_seconds", "rings", "first_ring_at")
TOLD_ELSEWHERE = {"on_time", "truncated", "source", *RINGS}
CUT = "45-ami-cut-and-reconnect"
"""What was expected of it is what could be seen live, with the link cut twice."""


def told(name: str) -> list[Call]:
    calls = [call for call in from_cel(records.cel(name), traces.SITE) if call.direction is Direction.INBOUND]
    return sorted(calls, key=lambda call: call.arrived_at)


def as_expected(call: Call) -> dict[str, Any]:
    shown = call_to_json(call, caller="full")
    shown["attempts"] = sorted([a["phone"], a["outcome"]] for a in shown["attempts"])
    shown["transfers"] = sorted([t["kind"], t["to"], t["answered"]] for t in shown["transfers"])
    return shown


def same(key: str, shown: Any, truly: Any) -> bool:
    if key in {"attempts", "transfers"}:
        return bool(shown == sorted(truly))
    if isinstance(truly, list):
        return shown in truly
    if key in SECONDS and truly is not None:
        return shown is not None and abs(shown - truly) <= SECONDS[key]
    return bool(shown == truly)


@pytest.mark.parametrize("name", [name for name in traces.NAMES if name != CUT])
def test_cel_alone_tells_who_answered_what_became_of_it_and_how_long_it_took(name: str) -> None:
    calls, expected = told(name), traces.expected(name)

    assert len(calls) == len(expected)
    for call, truly in zip(calls, expected, strict=True):
        shown = as_expected(call)
        wrong = {
            k: shown[k] for k, v in truly.items() if k not in TOLD_ELSEWHERE and not same(k, shown[k], v)
        }
        assert wrong == {}


@pytest.mark.parametrize("name", traces.NAMES)
def test_cel_knows_no_ringing_and_none_is_claimed(name: str) -> None:
    for call in told(name):
        assert [getattr(call, field) for field in RINGS] == [None] * len(RINGS)
        assert [(a.ring_started_at, a.ring_seconds, a.rings) for a in call.attempts] == [
            (None, None, None) for _ in call.attempts
        ]
        assert (call.source, call.truncated) == (Source.CEL, None)


@pytest.mark.parametrize("name", [name for name in traces.NAMES if name != CUT])
def test_on_time_is_only_said_where_even_the_call_set_up_fits_in(name: str) -> None:
    for call, truly in zip(told(name), traces.expected(name), strict=True):
        assert call.on_time in {True, None}
        if call.outcome is Outcome.ANSWERED and truly["on_time"] is False:
            assert call.on_time is None
        if call.on_time is None and call.outcome is Outcome.ANSWERED:
            assert call.answered_at is not None
            since = min(a.started_at for a in call.attempts if a.started_at)
            assert not within((call.answered_at - since).seconds * 1_000_000, 3, (1.0, 4.0))


def an_hour_later(row: CelRow) -> CelRow:
    """The same after a restart of the PBX: channels have other ids, and the same names."""

    def later(told: str) -> str:
        return re.sub(r"^(\d{10})\.(\d+)$", lambda found: f"{int(found[1]) + 3600}.{found[2]}", told)

    return replace(
        row,
        at=Instant(row.at + 3_600_000_000),
        uniqueid=Uniqueid(later(row.uniqueid)),
        linkedid=Linkedid(later(row.linkedid)),
        extra={
            name: f"{value} later" if "bridge" in name else later(value) for name, value in row.extra.items()
        },
    )


@pytest.mark.parametrize("name", traces.NAMES)
def test_a_pbx_that_was_restarted_calls_other_channels_by_the_same_names(name: str) -> None:
    """Who hung up, and who fetched a parked caller, is told by names alone."""
    rows = records.cel(name)
    hour = timedelta(hours=1)

    calls = from_cel([*rows, *map(an_hour_later, rows)], traces.SITE)

    once = {call.arrived_at: (call.outcome, call.hung_up_by) for call in from_cel(rows, traces.SITE)}
    again = {call.arrived_at: (call.outcome, call.hung_up_by) for call in calls}
    assert again == once | {at + hour: told for at, told in once.items()}


def test_a_call_that_was_cut_off_twice_is_told_whole() -> None:
    [call] = told(CUT)

    assert (call.outcome, call.answered_by, call.hung_up_by) == ("answered", "1002", "caller")
    assert call.wait_seconds == pytest.approx(5.036, abs=0.001)
    assert call.talk_seconds == pytest.approx(7.276, abs=0.002)
    assert call.recordings[0].path == "20261121/4001-1795278531.329.wav"


@pytest.mark.parametrize("name", [name for name in traces.NAMES if name != CUT])
def test_cdr_alone_tells_who_answered_and_nothing_that_it_can_not_know(name: str) -> None:
    calls = sorted(from_cdr(records.cdr(name), traces.SITE), key=lambda call: call.arrived_at)
    expected = traces.expected(name)

    assert len(calls) == len(expected)
    for call, truly in zip(calls, expected, strict=True):
        assert call.outcome in {truly["outcome"], Outcome.LOST}
        assert (call.outcome is Outcome.ANSWERED) == (truly["outcome"] == "answered")
        assert (call.answered_by, call.hotline) == (truly.get("answered_by"), truly["hotline"])
        assert call.wait_seconds is None or same(
            "wait_seconds", call.wait_seconds, truly.get("wait_seconds", call.wait_seconds)
        )
        assert call.talk_seconds is None or same(
            "talk_seconds", call.talk_seconds, truly.get("talk_seconds", call.talk_seconds)
        )
        assert (call.on_time, call.hung_up_by, call.source) == (None, None, Source.CDR)
        assert [getattr(call, field) for field in RINGS] == [None] * len(RINGS)


@pytest.mark.parametrize("name", [name for name in traces.NAMES if name != CUT])
def test_a_call_cut_off_anywhere_is_completed_and_keeps_the_rings_that_were_seen(name: str) -> None:
    """The link is lost after any event: CEL tells the rest, and nothing is then told that was not so."""
    truly = {call.call_id: call for call in traces.inbound(traces.follow(traces.events(name)))}
    counted = 0
    for number, facts in traces.prefixes(name):
        if number % 3:
            continue
        for seen in traces.inbound(facts):
            alone = {
                call.call_id: call for call in from_cel(records.cel(name), traces.SITE, {seen.call_id: seen})
            }
            call, true_call = retold(alone[seen.call_id], seen), truly[seen.call_id]
            if call is None:
                assert seen.truncated is None or seen.outcome is Outcome.VOICEMAIL
                continue
            assert (call.outcome, call.answered_by) == (true_call.outcome, true_call.answered_by)
            assert (call.truncated, call.arrived_at, call.seq) == (None, seen.arrived_at, seen.seq + 1)
            assert call.hung_up_by is true_call.hung_up_by
            assert call.caller_rings in {None, true_call.caller_rings}
            assert call.rings in {None, true_call.rings}
            assert call.on_time in {None, true_call.on_time}
            assert same("talk_seconds", call.talk_seconds, true_call.talk_seconds)
            assert retold(alone[seen.call_id], call) is None
            counted += call.caller_rings is not None
    assert counted or not any(call.first_ring_at for call in truly.values())


@pytest.mark.parametrize("name", [name for name in traces.NAMES if name != CUT])
def test_rows_dropped_for_a_while_make_nobody_miss_a_call(name: str) -> None:
    """The database was down in mid call. What the rest tells is so, or it is told as not known."""
    truly = {call.call_id: call for call in traces.inbound(traces.follow(traces.events(name)))}
    rows = records.cel(name)
    step = max(1, len(rows) // 12)
    for first in range(0, len(rows), step):
        for last in range(first + 1, len(rows), step):
            for call in from_cel(rows[:first] + rows[last:], traces.SITE, open_too=True):
                if call.call_id in truly and truly[call.call_id].outcome is Outcome.ANSWERED:
                    assert call.outcome in {Outcome.ANSWERED, Outcome.LOST}, (first, last)
