"""The PBX's clock as it shows in what arrives, and the limit on telling the same again."""

from callcenter.pipeline.clock import WINDOW, PbxClock
from callcenter.pipeline.limit import Limit
from callcenter.terms import Instant

S = 1_000_000


def test_before_anything_is_heard_our_clock_is_all_there_is():
    assert PbxClock().now(Instant(5 * S)) == 5 * S


def test_the_message_that_came_quickest_tells_the_distance():
    clock = PbxClock()
    for at, arrival in [(10, 13.5), (11, 13.2), (12, 14.9)]:
        clock.heard(Instant(round(at * S)), Instant(round(arrival * S)))

    assert clock.now(Instant(20 * S)) == round((20 - 2.2) * S)


def test_a_pbx_that_is_ahead_of_us_is_ahead():
    clock = PbxClock()
    clock.heard(Instant(40 * S), Instant(10 * S))

    assert clock.now(Instant(11 * S)) == 41 * S


def test_a_clock_that_is_set_is_followed_after_two_windows():
    clock = PbxClock()
    clock.heard(Instant(0), Instant(1 * S))
    for n in range(1, 4):
        arrival = 1 * S + n * WINDOW
        clock.heard(Instant(arrival - 60 * S), Instant(arrival))

    assert clock.now(Instant(100 * S)) == 40 * S


def test_a_later_run_begins_with_what_an_earlier_one_knew():
    earlier = PbxClock()
    earlier.heard(Instant(0), Instant(7 * S))
    later = PbxClock(earlier.distance)

    assert later.now(Instant(10 * S)) == 3 * S
    later.heard(Instant(12 * S), Instant(20 * S))
    assert later.now(Instant(20 * S)) == 13 * S


def test_a_stall_of_ours_does_not_move_the_pbxs_clock():
    clock = PbxClock()
    clock.heard(Instant(0), Instant(S // 1000))
    clock.heard(Instant(1 * S), Instant(9 * S))

    assert clock.now(Instant(10 * S)) == 10 * S - S // 1000


def test_a_kind_is_told_so_often_and_then_not_until_the_window_is_over():
    limit = Limit(many=2, seconds=10)

    assert [limit.admits("a", n * S) for n in range(4)] == [True, True, False, False]
    assert limit.admits("b", 3 * S)
    assert limit.admits("a", 10 * S)


def test_a_clock_set_back_does_not_silence_for_ever():
    limit = Limit(many=1, seconds=10)
    limit.admits("a", 100 * S)

    assert limit.admits("a", 5 * S)
