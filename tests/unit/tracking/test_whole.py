"""Whether the channel event log tells a call without holes."""

from dataclasses import replace

import pytest

from callcenter.terms import Instant, Outcome
from callcenter.tracking.cdr import from_cdr
from callcenter.tracking.completion import from_cel
from callcenter.tracking.records import CdrRow, CelRow
from callcenter.tracking.whole import doubtful
from tests.support import records, traces

DIRECT, GROUP, QUEUE = "01-direct-answer-01s", "05-ringgroup-answer-2nd-ring", "18-queue-timeout-exit"


def without(name: str, *kinds: str) -> list[CelRow]:
    return [row for row in records.cel(name) if row.eventtype not in kinds]


@pytest.mark.parametrize("name", traces.NAMES)
def test_what_a_pbx_wrote_without_trouble_is_whole(name: str):
    assert doubtful(records.cel(name)) == set()


@pytest.mark.parametrize("kind", ["HANGUP", "BRIDGE_ENTER", "BRIDGE_EXIT", "CHAN_START"])
def test_a_pbx_that_does_not_log_what_is_needed_makes_nobody_miss_a_call(kind: str):
    [call] = from_cel(without(DIRECT, kind), traces.SITE)
    assert call.outcome in {Outcome.ANSWERED, Outcome.LOST}


def test_events_that_need_not_be_logged_are_not_missed():
    rows = without(GROUP, "APP_END", "STREAM_BEGIN", "STREAM_END", "LINKEDID_END", "LOCAL_OPTIMIZE")
    assert doubtful(rows) == set()


def test_of_a_torn_call_nothing_is_told_but_its_ends():
    """The phone's rows are gone but for its beginning: who answered, and how soon, is not known."""
    phone = next(row.uniqueid for row in records.cel(DIRECT) if row.channame.startswith("PJSIP/1001"))
    rows = [row for row in records.cel(DIRECT) if row.uniqueid != phone or row.eventtype == "CHAN_START"]

    [call] = from_cel(rows, traces.SITE)

    assert (call.outcome, call.answered_by, call.on_time, call.wait_seconds) == (
        Outcome.LOST,
        None,
        None,
        None,
    )
    assert [attempt.outcome for attempt in call.attempts] == ["lost"]
    assert call.ended_at is not None


def test_whether_a_queue_could_reach_nobody_or_all_were_engaged_is_not_known():
    caller = records.cel(QUEUE)[0].uniqueid
    [call] = from_cel([row for row in records.cel(QUEUE) if row.uniqueid == caller], traces.SITE)
    assert call.outcome in {Outcome.LOST, Outcome.VOICEMAIL}


def direct(**changed: object) -> list[CdrRow]:
    return [replace(row, **changed) for row in records.cdr(DIRECT)]  # type: ignore[arg-type] # a row's fields


def test_an_answer_that_whole_seconds_hide_may_have_been_none():
    [call] = from_cdr(direct(billsec=0.0), traces.SITE)
    assert (call.outcome, call.answered_by) == (Outcome.LOST, None)


def test_who_answered_after_a_doubtful_answer_is_not_told():
    [row] = direct(billsec=0.0)
    later = replace(row, start=Instant(row.start + 1_000_000), dstchannel="PJSIP/1004-00000099", billsec=4.0)
    [call] = from_cdr([row, later], traces.SITE)
    assert (call.outcome, call.answered_by, call.wait_seconds) == (Outcome.ANSWERED, None, None)


def test_where_a_transfer_has_overwritten_the_number_no_hotline_is_told():
    """He called 4001 and was sent on to hotline 4002 by who answered: ``dst`` is that one's."""
    [row] = direct(dst="4002", dcontext="from-phones")
    later = replace(row, start=Instant(row.start + 6_000_000), dstchannel="PJSIP/1004-00000099")
    [call] = from_cdr([row, later], traces.SITE)
    assert call.hotline is None
