"""What a wallboard shows, minute by minute."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.facts import (
    Anomaly,
    CallAnswered,
    CallChanged,
    CallEnded,
    CallMerged,
    CallMissed,
    CallOffered,
    LinkDown,
    LinkUp,
    PhoneRang,
)
from callcenter.live.board import Board
from callcenter.terms import CallState, Direction, HotlineNumber, Outcome, PbxName, Phone, Truncated
from tests.support.factories import NOON, make_attempt, make_call, make_hotline, missed_call, waiting_call

N = HotlineNumber("4001")
MAIN = PbxName("main")


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def board(*facts, **changes) -> Board:
    made = Board([make_hotline(**changes), make_hotline("4002", pbx=PbxName("branch"))])
    for fact in facts:
        made.apply(fact)
    return made


def offered(call):
    return CallOffered(at=call.arrived_at, call=call)


def ended(call):
    return CallEnded(at=call.ended_at, call=call)


def ringing(n=1, *phones, **changes):
    untold = {"ring_seconds": None, "rings": None, "outcome": None}
    attempts = tuple(make_attempt(phone=phone, **untold) for phone in phones or ("1001",))
    told = {"state": CallState.RINGING, "first_ring_at": NOON, "attempts": attempts, "seq": 1}
    return waiting_call(n, **told | changes)


def up(seconds, **changes):
    told = {"gap_seconds": None, "gap_began_at": None, "pbx_restarted": False}
    return LinkUp(at=after(seconds), pbx=MAIN, **told | changes)


def down(seconds):
    return LinkDown(at=after(seconds), pbx=MAIN, reason="the PBX closed the connection")


def test_the_picture_has_the_contracts_keys():
    shown = board(offered(ringing()), ended(missed_call(2))).snapshot(N, after(3))

    assert {
        "hotline", "at", "link", "in_progress", "waiting", "longest_wait_seconds", "on_duty", "today",
        "histogram", "missed",
    } <= shown.keys()  # fmt: skip
    assert {"up", "since", "last_event_at"} <= shown["link"].keys()
    assert {"call_id", "state", "arrived_at", "first_ring_at", "ringing"} <= shown["in_progress"][0].keys()
    assert shown["missed"][0].keys() == {"at", "outcome", "caller_rings"}
    assert shown["today"].keys() >= {
        "hotline",
        "from",
        "to",
        "step",
        "intervals",
        "three_ring_rate",
        "strict",
    }


def test_a_quiet_morning_is_no_data():
    shown = board().snapshot(N, NOON)

    assert shown["today"]["three_ring_rate"] is None
    assert shown["longest_wait_seconds"] is None
    assert shown["trend"] == []
    assert shown["histogram"] == {"1": 0, "2": 0, "3": 0, "4": 0}


def test_a_ringing_call_shows_its_phones_and_the_ring_the_caller_hears():
    call = ringing(1, "1001", "1002", queue="support")
    entry = board(PhoneRang(at=NOON, call=call, phone=Phone("1001"))).snapshot(N, after(10))["in_progress"][0]

    assert entry["ringing"] == ["1001", "1002"]
    assert (entry["ring_seconds"], entry["rings"], entry["target_rings"]) == (10.0, 3, 3)
    assert entry["state"] == "ringing"
    assert entry["queue"] == "support"


def test_the_ring_counter_turns_at_the_exact_edge():
    live = board(offered(ringing()))

    assert live.snapshot(N, after(14.999999))["in_progress"][0]["rings"] == 3
    assert live.snapshot(N, after(15))["in_progress"][0]["rings"] == 4


def test_a_phone_first_seen_ringing_rang_since_nobody_knows_when():
    entry = board(offered(ringing(truncated=Truncated.START))).snapshot(N, after(10))["in_progress"][0]

    assert entry["ring_seconds"] is None
    assert entry["rings"] is None


def test_a_pbx_clock_that_is_ahead_shows_ring_one_and_no_negative_wait():
    shown = board(offered(ringing())).snapshot(N, after(-2))

    assert shown["longest_wait_seconds"] == 0.0
    assert shown["in_progress"][0]["rings"] == 1


def test_waiting_counts_callers_whom_no_person_and_no_voicemail_has_taken():
    """Announcement, queue and ringing phones are waiting; voicemail is not, nor is talking."""
    live = board(
        offered(waiting_call(1)),
        offered(ringing(2, waiting_since=after(-30))),
        offered(waiting_call(3, state=CallState.VOICEMAIL, waiting_since=None)),
        CallAnswered(at=NOON, call=make_call(4, state=CallState.TALKING, ended_at=None, final=False)),
    )
    shown = live.snapshot(N, after(10))

    assert (shown["waiting"], shown["talking"], len(shown["in_progress"])) == (2, 1, 3)
    assert shown["longest_wait_seconds"] == 40.0
    assert shown["today"]["in_progress"] == 3
    assert live.standing(N, after(10)).in_progress == 3
    assert live.standing(N, after(10)).longest_ringing_seconds == 10.0


def test_who_has_hung_up_waits_no_more_though_the_last_leg_is_still_being_cleared():
    gone = ringing(seq=2, ended_at=after(9), state=CallState.WAITING, waiting_since=None)
    shown = board(CallChanged(at=after(9), call=gone)).snapshot(N, after(10))

    assert (shown["waiting"], shown["longest_wait_seconds"]) == (0, None)
    assert shown["in_progress"][0]["ring_seconds"] is None
    assert shown["today"]["in_progress"] == 1


def test_a_caller_on_hold_or_parked_still_counts_as_talking():
    for state in (CallState.HELD, CallState.MOVING):
        call = make_call(state=state, ended_at=None, final=False)
        assert board(CallChanged(at=NOON, call=call)).snapshot(N, NOON)["talking"] == 1


def test_an_answered_call_counts_at_once_and_leaves_when_it_ends():
    call = make_call(state=CallState.TALKING, ended_at=None, final=False, seq=2)
    live = board(CallAnswered(at=NOON, call=call))
    assert live.snapshot(N, NOON)["today"]["three_ring_rate"] == 1.0

    live.apply(ended(make_call(seq=3)))

    assert live.snapshot(N, NOON)["talking"] == 0
    assert live.snapshot(N, NOON)["today"]["answered"] == 1


def test_the_same_fact_twice_and_an_older_telling_change_nothing():
    live = board(ended(make_call(seq=5)))
    before = live.snapshot(N, NOON)

    assert live.apply(ended(make_call(seq=5))) == frozenset()
    assert live.apply(offered(waiting_call(seq=1))) == frozenset()
    assert live.snapshot(N, NOON) == before


def test_a_call_that_changes_its_hotline_moves_with_all_its_sums():
    live = board(offered(waiting_call(seq=1)))

    changed = live.apply(ended(make_call(hotline=HotlineNumber("4002"), seq=2)))

    assert changed == {"4001", "4002"}
    assert live.snapshot(N, NOON)["today"]["arrived"] == 0
    assert live.snapshot(N, NOON)["in_progress"] == []
    assert live.snapshot(HotlineNumber("4002"), NOON)["today"]["on_time"] == 1


def test_a_merged_call_is_withdrawn_and_stays_so():
    call = ended(missed_call())
    live = board(call)

    live.apply(CallMerged(at=NOON, pbx=MAIN, call_id=call.call.call_id, into="main:9.9"))
    live.apply(CallEnded(at=NOON, call=replace(call.call, seq=99)))

    assert live.snapshot(N, NOON)["today"]["arrived"] == 0
    assert live.snapshot(N, NOON)["missed"] == []


def test_the_last_twenty_missed_calls_newest_first():
    calls = [missed_call(n, arrived_at=after(60 * n), caller_rings=n) for n in range(30)]
    shown = board(*map(ended, calls)).snapshot(N, after(3600))["missed"]

    assert [miss["caller_rings"] for miss in shown] == list(range(29, 9, -1))


def test_the_histogram_keeps_every_ring_and_says_how_many_are_unknown():
    calls = [make_call(n, caller_rings=rings) for n, rings in enumerate([1, 2, 2, 7, None])]
    shown = board(*map(ended, calls)).snapshot(N, NOON)

    assert shown["histogram"] == {"1": 1, "2": 2, "3": 0, "4": 0, "7": 1}
    assert shown["histogram_unknown"] == 1


def test_a_call_told_anew_with_another_ring_moves_in_the_histogram():
    shown = board(ended(make_call(seq=5)), ended(make_call(seq=6, caller_rings=1))).snapshot(N, NOON)

    assert shown["histogram"] == {"1": 1, "2": 0, "3": 0, "4": 0}


def test_a_first_connection_that_took_a_while_was_a_gap():
    """The PBX refused us at first; nothing was heard before it let us in."""
    shown = board(down(10), up(25)).snapshot(N, after(60))

    assert shown["today"]["gap_seconds"] == 15.0


def test_a_call_whose_end_was_not_seen_opens_the_bounds():
    shown = board(ended(make_call(1)), ended(missed_call(2, Outcome.LOST))).snapshot(N, NOON)

    assert shown["bounds"]["three_ring_rate"] == {"low": 0.5, "high": 1.0}


# Days


MIDNIGHT = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
"""When the twenty-first begins in Shanghai."""


def test_figures_start_anew_at_local_midnight_and_the_days_calls_are_gone():
    live = board(ended(make_call(arrived_at=MIDNIGHT - timedelta(minutes=1))))

    assert live.snapshot(N, MIDNIGHT - timedelta(microseconds=1))["today"]["arrived"] == 1
    assert live.snapshot(N, MIDNIGHT)["today"]["arrived"] == 0
    assert live.snapshot(N, MIDNIGHT)["histogram"]["2"] == 0
    assert live.day_start(N, MIDNIGHT) == MIDNIGHT


def test_callers_still_there_at_midnight_stay_visible_and_count_in_the_day_they_came():
    came = MIDNIGHT - timedelta(seconds=20)
    live = board(offered(ringing(arrived_at=came, first_ring_at=came, waiting_since=came)))
    live.tick(MIDNIGHT)

    shown = live.snapshot(N, MIDNIGHT)
    assert shown["today"]["in_progress"] == 0
    assert (shown["waiting"], shown["longest_wait_seconds"]) == (1, 20.0)


def test_a_call_missed_after_midnight_is_listed_though_counted_yesterday():
    call = missed_call(arrived_at=MIDNIGHT - timedelta(seconds=5))
    shown = board(ended(call)).snapshot(N, MIDNIGHT + timedelta(minutes=1))

    assert shown["today"]["offered"] == 0
    assert len(shown["missed"]) == 1


def test_a_caller_who_waits_for_days_is_never_forgotten():
    live = board(offered(waiting_call()))
    live.tick(after(5 * 86400))

    assert live.snapshot(N, after(5 * 86400))["waiting"] == 1
    assert live.apply(offered(waiting_call())) == frozenset()
    live.apply(ended(missed_call()))
    assert live.snapshot(N, after(5 * 86400))["waiting"] == 0


def test_days_long_over_are_forgotten():
    live = board(ended(make_call(1)), ended(missed_call(2)))
    live.tick(after(5 * 86400))

    assert live._entries == {}
    assert live.snapshot(N, NOON)["today"]["arrived"] == 0


@pytest.mark.parametrize(
    ("zone", "now", "start", "hours"),
    [
        ("Europe/Berlin", "2026-03-29T12:00", "2026-03-28T23:00", 23),
        ("Europe/Berlin", "2026-10-25T12:00", "2026-10-24T22:00", 25),
        ("America/Santiago", "2026-09-06T12:00", "2026-09-06T04:00", 23),
        ("Asia/Kathmandu", "2026-11-20T12:00", "2026-11-19T18:15", 24),
    ],
)
def test_a_day_is_cut_at_local_midnight_where_clocks_change_too(zone, now, start, hours):
    """In Santiago the clock jumps over midnight: the day begins with the jump."""
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    shown = board(time_zone=zone).snapshot(N, at)["today"]

    began = datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert datetime.fromisoformat(shown["from"]) == began
    assert datetime.fromisoformat(shown["to"]) == began + timedelta(hours=hours)
    assert shown["step"] == hours * 3600


def test_a_clock_put_back_over_midnight_does_not_begin_the_day_twice():
    """Newfoundland, 2006: 00:01 became 23:01. What follows belongs to the new day."""
    live = board(time_zone="America/St_Johns")
    again = datetime(2006, 10, 29, 3, 0, tzinfo=UTC)

    assert live.day_start(N, again) == datetime(2006, 10, 29, 2, 30, tzinfo=UTC)


# The link


def test_a_board_that_has_not_been_connected_says_so():
    link = board().snapshot(N, NOON)["link"]

    assert link == {"up": False, "since": None, "last_event_at": None, "why": "not connected yet"}


def test_a_lost_link_shows_at_once_on_that_pbxs_hotlines_only():
    live = board(up(0))

    assert live.apply(down(5)) == {"4001"}

    link = live.snapshot(N, after(5))["link"]
    assert link["up"] is False
    assert link["since"] == "2026-11-20T04:00:05.000000Z"
    assert link["why"] == "the PBX closed the connection"


def test_blind_seconds_grow_while_the_link_is_down_and_stay_when_it_is_back():
    live = board(up(0), down(890))
    trend = live.snapshot(N, after(920))["trend"]
    assert [quarter["gap_seconds"] for quarter in trend] == [10.0, 20.0]

    live.apply(up(930, gap_seconds=45.0, gap_began_at=after(885)))

    shown = live.snapshot(N, after(2000))
    assert [quarter["gap_seconds"] for quarter in shown["trend"]] == [15.0, 30.0]
    assert shown["today"]["gap_seconds"] == 45.0
    assert shown["link"] == {"up": True, "since": "2026-11-20T04:15:30.000000Z",
                             "last_event_at": None, "why": None}  # fmt: skip


def test_the_same_outage_told_twice_is_one_outage():
    facts = [up(0), down(10), up(20, gap_seconds=10.0, gap_began_at=after(10))]
    live = board(*facts)
    before = live.snapshot(N, after(60))

    assert [live.apply(fact) for fact in facts] == [frozenset()] * 3
    assert live.snapshot(N, after(60)) == before


def test_a_failing_reconnect_keeps_the_time_of_the_loss_and_tells_the_newest_reason():
    live = board(up(0), down(10), LinkDown(at=after(40), pbx=MAIN, reason="connection refused"))
    link = live.snapshot(N, after(50))["link"]

    assert link["since"] == "2026-11-20T04:00:10.000000Z"
    assert link["why"] == "connection refused"


def test_a_gap_over_midnight_is_split_between_the_days():
    live = board()
    live.load([], [(MAIN, MIDNIGHT - timedelta(seconds=30), MIDNIGHT + timedelta(seconds=10))])

    assert live.snapshot(N, MIDNIGHT - timedelta(seconds=1))["today"]["gap_seconds"] == 30.0
    assert live.snapshot(N, MIDNIGHT + timedelta(hours=1))["today"]["gap_seconds"] == 10.0


def test_old_gaps_are_forgotten():
    live = board(up(0), up(20, gap_seconds=10.0, gap_began_at=after(10)))
    live.tick(after(5 * 86400))

    assert live.snapshot(N, after(60))["today"]["gap_seconds"] == 0.0


def test_the_last_event_heard_is_the_newest_one():
    live = board()
    live.heard(MAIN, after(5))
    live.heard(MAIN, after(4))

    assert live.snapshot(N, after(6))["link"]["last_event_at"] == "2026-11-20T04:00:05.000000Z"


# Everything else


def test_numbers_without_a_hotline_are_counted_by_number():
    calls = [
        make_call(n, hotline=None, dialled=dialled) for n, dialled in enumerate(["4009", "4009", "95588"])
    ]
    told = board(*map(ended, calls)).summary(NOON)

    assert told["unconfigured"] == [{"number": "4009", "calls": 2}, {"number": "95588", "calls": 1}]
    assert told["links"].keys() == {"main", "branch"}


def test_calls_between_phones_are_not_on_the_board():
    live = board(ended(make_call(direction=Direction.INTERNAL, hotline=None, dialled="1003")))

    assert live.summary(NOON)["unconfigured"] == []


def test_every_hotline_is_on_the_overview_in_the_order_of_the_configuration():
    assert [shown["hotline"] for shown in board().all(NOON)] == ["4001", "4002"]
    assert board().numbers == ("4001", "4002")


def test_a_hotline_that_is_gone_from_the_configuration_is_ignored_in_history():
    live = board()
    live.load([make_call(hotline=HotlineNumber("4711"))])

    assert [shown["today"]["arrived"] for shown in live.all(NOON)] == [0, 0]


def test_a_number_that_is_no_hotline_is_refused():
    with pytest.raises(KeyError):
        board().snapshot(HotlineNumber("4711"), NOON)


def test_an_anomaly_changes_no_picture():
    assert board().apply(Anomaly(at=NOON, pbx=MAIN, kind="unknown_channel", detail="")) == frozenset()


def test_a_missed_call_shows_when_it_was_decided():
    shown = board(CallMissed(at=after(12), call=missed_call())).snapshot(N, after(13))["missed"]

    assert shown == [{"at": "2026-11-20T04:00:12.000000Z", "outcome": "abandoned", "caller_rings": 3}]
