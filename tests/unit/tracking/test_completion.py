"""What was seen and what records tell, put together: who is believed about what."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from callcenter.record import Call
from callcenter.terms import AttemptOutcome, Clock, Direction, HangupSide, Outcome, Source, Truncated
from callcenter.tracking.completion import from_cel, retold
from callcenter.tracking.records import CelRow
from tests.support import records, traces
from tests.support.factories import NOON, make_attempt, make_call, missed_call


def from_records(**changes: object) -> Call:
    """Call 1 as CEL alone has it: answered after 7.03 s, and no ring known."""
    blind = make_attempt(ring_started_at=None, ring_seconds=None, rings=None)
    unknown = {"first_ring_at": None, "caller_ring_seconds": None, "caller_rings": None, "ring_seconds": None}
    return make_call(**{**unknown, "rings": None, "attempts": (blind,), "source": Source.CEL, **changes})


def lost(**changes: object) -> Call:
    """Call 1 as it was seen: it rang, and then nothing could be heard any more."""
    open_try = make_attempt(outcome=AttemptOutcome.LOST, ring_seconds=None, rings=None)
    told = {"outcome": Outcome.LOST, "attempts": (open_try,), "truncated": Truncated.END, "ended_at": None}
    return missed_call(**{**told, "first_ring_at": NOON + timedelta(seconds=0.03), "seq": 7, **changes})


def test_rings_that_were_seen_to_begin_are_counted_to_the_answer_that_was_not_seen():
    call = retold(from_records(), lost())

    assert call is not None
    assert (call.caller_ring_seconds, call.caller_rings, call.on_time) == (7.0, 2, True)
    assert (call.rings, call.attempts[0].ring_started_at, call.seq) == (2, NOON, 8)


def test_where_the_first_ring_was_not_seen_none_is_counted():
    call = retold(from_records(on_time=None), lost(first_ring_at=None, truncated=Truncated.BOTH, attempts=()))

    assert call is not None
    assert (call.caller_rings, call.rings, call.on_time, call.truncated) == (None, None, None, None)


def test_instants_of_another_clock_are_never_subtracted_from_the_records():
    """The PBX's clock can't be trusted, so we counted by ours: its records are a clock apart."""
    call = retold(from_records(on_time=None), lost(clock=Clock.ARRIVAL))

    assert call is not None
    assert (call.outcome, call.answered_by, call.caller_rings) == ("answered", "1002", None)
    assert retold(from_records(), make_call(truncated=Truncated.END, clock=Clock.ARRIVAL)) is None


def test_a_try_that_was_first_seen_in_its_middle_is_the_same_try():
    """Read back after one gap, lost in another: the records tell when it began, and it is one try."""
    unseen = make_attempt(outcome=AttemptOutcome.LOST, started_at=None, ring_started_at=None,
                          ring_seconds=None, rings=None)  # fmt: skip
    call = retold(from_records(), lost(truncated=Truncated.BOTH, first_ring_at=None, attempts=(unseen,)))

    assert call is not None
    assert [attempt.started_at for attempt in call.attempts] == [from_records().attempts[0].started_at]
    assert call.truncated is None


def test_an_answer_that_was_seen_stays_as_seen_and_only_the_end_is_added():
    seen = make_call(ended_at=None, talk_seconds=None, hold_seconds=None, hung_up_by=None, on_time=False,
                     truncated=Truncated.END)  # fmt: skip
    call = retold(from_records(hung_up_by=HangupSide.CALLER, answered_by="1009"), seen)

    assert call is not None
    assert (call.answered_by, call.on_time, call.caller_rings) == ("1002", False, 2)
    assert (call.talk_seconds, call.hung_up_by, call.truncated) == (6.0, HangupSide.CALLER, None)
    assert (call.source, call.final) == (Source.CEL, True)


def test_an_answer_that_was_seen_is_not_taken_back_by_records_that_miss_it():
    seen = make_call(ended_at=None, truncated=Truncated.END)

    assert retold(missed_call(source=Source.CEL), seen) is None


@pytest.mark.parametrize(
    "seen",
    [
        make_call(),
        missed_call(),
        make_call(truncated=Truncated.START),
        make_call(truncated=Truncated.END, source=Source.CEL),
    ],
)
def test_a_call_seen_to_its_end_or_told_from_records_already_is_left_alone(seen: Call):
    assert retold(from_records(), seen) is None


def test_records_that_do_not_know_either_change_nothing():
    assert retold(lost(source=Source.CEL), lost()) is None
    assert retold(missed_call(outcome=Outcome.LOST, source=Source.CDR), lost()) is None


def test_a_caller_who_goes_on_is_left_to_those_who_watch():
    going_on = from_records(ended_at=None, truncated=Truncated.END)

    assert retold(going_on, make_call(final=False, ended_at=None, outcome=None)) is None
    found = retold(going_on, lost())
    assert found is not None
    assert (found.outcome, found.truncated) == (Outcome.ANSWERED, Truncated.END)


def test_calls_nobody_saw_are_told_if_they_came_from_outside():
    assert retold(from_records(), None) == from_records(seq=1)
    assert retold(from_records(direction=Direction.INTERNAL), None) is None


def test_who_was_on_duty_and_what_was_dialled_stay_as_frozen():
    seen = lost(dialled="4001", after_hours=True, shift_ids=("night",), shift_id="night")
    call = retold(from_records(dialled="s", arrived_at=NOON + timedelta(milliseconds=1)), seen)

    assert call is not None
    assert (call.dialled, call.after_hours, call.shift_id) == ("4001", True, "night")
    assert call.arrived_at == seen.arrived_at


def test_a_hotline_named_by_a_variable_is_known_from_what_was_seen():
    """CC_HOTLINE named it, and the number dialled was another: CEL shows no variables."""
    rows = [replace(row, exten="9999") if row.exten == "4001" else row for row in records.cel(CUT)]
    [seen] = from_cel(records.cel(CUT), traces.SITE)

    [alone] = from_cel(rows, traces.SITE)
    [known] = from_cel(rows, traces.SITE, {seen.call_id: seen})

    assert (alone.hotline, known.hotline, known.wait_seconds) == (None, "4001", seen.wait_seconds)


def test_where_a_legs_beginning_is_missing_only_the_whole_wait_can_be_on_time():
    """An announcement of 12 s, then 4 s of ringing; the row of the phone that was tried first is lost."""
    rows = list(records.cel("48-announcement-then-ringgroup"))
    first = next(row for row in rows if row.channame.startswith("PJSIP/1001"))
    late = [replace(row, at=row.at + 5_000_000) if row.at > first.at + 1_000_000 else row for row in rows]

    [whole] = from_cel(rows, traces.SITE)
    [call] = from_cel([row for row in late if row is not first], traces.SITE)

    assert whole.on_time is True
    assert call.on_time is None


def test_a_phone_that_the_pbx_called_for_its_user_is_no_caller_from_outside():
    """Click-to-call: the phone's channel is made by the PBX, and the trunk is dialled for it."""
    at = records.cel(CUT)[0].at
    channel = {"uniqueid": "1.1", "linkedid": "1.1", "channame": "PJSIP/1001-1", "context": "from-agents"}
    leg = {"uniqueid": "1.2", "linkedid": "1.1", "channame": "PJSIP/trunk-2", "context": "from-trunk"}
    dial = {"appname": "Dial", "appdata": "PJSIP/138000@trunk,30"}
    rows = [
        CelRow(eventtype="CHAN_START", at=at, exten="s", **channel),
        CelRow(eventtype="ANSWER", at=at + 1, appname="AppDial2", **channel),
        CelRow(eventtype="APP_START", at=at + 2, **channel, **dial),
        CelRow(eventtype="CHAN_START", at=at + 3, exten="s", **leg),
        CelRow(eventtype="ANSWER", at=at + 4, appname="AppDial", **leg),
        CelRow(eventtype="HANGUP", at=at + 9, extra={"hangupcause": "16"}, **leg),
        CelRow(eventtype="HANGUP", at=at + 9, extra={"hangupcause": "16"}, **channel),
    ]

    [call] = from_cel(rows, traces.SITE)

    assert (call.direction, call.caller, call.hotline) == (Direction.OUTBOUND, "1001", None)


def test_a_phone_that_the_pbx_stopped_did_not_refuse_because_a_phone_beside_it_did():
    """1001 declines after a second, the caller gives up after four; CEL shows cause 21 on both legs."""
    at = records.cel(CUT)[0].at
    trunk = {"uniqueid": "1.1", "linkedid": "1.1", "channame": "PJSIP/trunk-1", "context": "from-trunk"}
    one = {"uniqueid": "1.2", "linkedid": "1.1", "channame": "PJSIP/1001-2", "context": "from-agents"}
    two = {"uniqueid": "1.3", "linkedid": "1.1", "channame": "PJSIP/1002-3", "context": "from-agents"}
    dial = {"appname": "Dial", "appdata": "PJSIP/1001&PJSIP/1002,30"}

    def ended(second: int, source: str) -> dict[str, Any]:
        return {"at": at + second * 1_000_000, "extra": {"hangupcause": "21", "hangupsource": source}}

    rows = [
        CelRow(eventtype="CHAN_START", at=at, exten="4001", **trunk),
        CelRow(eventtype="APP_START", at=at + 1, exten="4001", **trunk, **dial),
        CelRow(eventtype="CHAN_START", at=at + 2, exten="s", **one),
        CelRow(eventtype="CHAN_START", at=at + 3, exten="s", **two),
        CelRow(eventtype="HANGUP", appname="AppDial", **one, **ended(1, "PJSIP/1001-2")),
        CelRow(eventtype="HANGUP", appname="AppDial", **two, **ended(4, "")),
        CelRow(eventtype="HANGUP", **trunk, **ended(4, "PJSIP/trunk-1")),
    ]

    [call] = from_cel(rows, traces.SITE)

    assert [(a.phone, a.outcome) for a in call.attempts] == [("1001", "rejected"), ("1002", "caller_gave_up")]


CUT = "45-ami-cut-and-reconnect"
