"""Laws of the roster's clock, on nights of every length."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from callcenter.roster.balance import joined
from callcenter.roster.book import DutyBook
from callcenter.roster.clashes import clashes
from callcenter.roster.coverage import check
from callcenter.roster.effective import planned
from callcenter.roster.hours import Hours
from callcenter.roster.localtime import clock_text, day_span, instant, shift_span
from callcenter.roster.patterns import Crew, Pattern, expand
from callcenter.terms import AgentId, HotlineNumber
from tests.support.rosters import zoned_days
from tests.support.wallclock import LAW

DAY = timedelta(days=1)
LINE = HotlineNumber("4001")
clocks = st.integers(0, 1440)
cuts = st.lists(st.integers(0, 1439), min_size=1, max_size=5, unique=True).map(sorted)
"""Times of day at which shifts change over, round the clock."""


@given(zoned_days(), clocks)
def test_a_clock_time_is_the_first_instant_at_which_the_clock_has_got_so_far(where, minutes):
    zone, day = where
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    told = instant(day, minutes, zone)

    def shown(at: datetime) -> datetime:
        return at.astimezone(zone).replace(tzinfo=None)

    assert shown(told) >= wall
    begin = wall.replace(tzinfo=UTC) - timedelta(hours=15)
    before = [at for n in range(0, 30 * 60, 10) if (at := begin + timedelta(minutes=n)) < told]
    assert all(shown(at) < wall for at in [*before, told - timedelta(microseconds=1)])
    assert told.tzinfo is UTC


@given(zoned_days(), clocks, clocks)
def test_later_on_the_clock_is_never_earlier_in_time(where, one, other):
    zone, day = where

    assert (instant(day, min(one, other), zone)) <= instant(day, max(one, other), zone)


@given(zoned_days())
def test_days_join_exactly(where):
    zone, day = where

    assert day_span(day, zone)[1] == day_span(day + DAY, zone)[0]


@given(zoned_days(), cuts)
def test_shifts_that_touch_on_the_clock_touch_in_time(where, times):
    zone, day = where
    spans = [
        shift_span(one, start, end, zone)
        for one in (day - DAY, day, day + DAY)
        for start, end in zip(times, [*times[1:], times[0]], strict=True)
    ]

    assert all(before[1] == after[0] for before, after in pairwise(spans))
    assert all(start <= end for start, end in spans)
    assert spans[-1][1] == instant(day + 2 * DAY, times[0], zone)


@given(zoned_days(), clocks, clocks)
def test_a_split_shift_joins_what_comes_between_its_parts_exactly(where, one, other):
    zone, day = where
    first, last = sorted((one, other))
    parts = [instant(day, minutes, zone) for minutes in (0, first, last, 1440)]

    assert joined(pairwise(parts)) == [day_span(day, zone)]


@given(zoned_days(), cuts, st.integers(1, 4), st.data())
def test_a_pattern_round_the_clock_leaves_no_gap_and_no_overlap(where, times, teams, data):
    zone, day = where
    codes = {
        f"C{n}": [f"{clock_text(start)}-{clock_text(end)}"]
        for n, (start, end) in enumerate(zip(times, [*times[1:], times[0]], strict=True))
    }
    length = len(codes) * teams
    cycle = " ".join([*codes, *["-"] * (length - len(codes))])
    made = Pattern.parse(hotlines=[LINE], codes=codes, weeks=[cycle], anchor=day)
    crews = [Crew(people=(AgentId(f"p{n}"),), offset=n) for n in range(length)]

    shifts = expand(made, crews, day - 2 * DAY, day + 2 * DAY, calendar=LAW, zone=zone)
    start, end = instant(day - 2 * DAY, times[0], zone), instant(day + 3 * DAY, times[0], zone)
    held = planned(shifts)

    assert not [clash for clash in clashes(shifts) if clash.kind != "two_places"]
    assert check(held, LINE, start, end, Hours.parse(()), zone=zone, calendar=LAW) == []
    book = DutyBook(held, rostered={LINE})
    at = data.draw(st.datetimes(start.replace(tzinfo=None), end.replace(tzinfo=None)))
    on_duty = book.at(LINE, min(at.replace(tzinfo=UTC), end - timedelta(microseconds=1)))
    assert len(on_duty.primary) == 1


@given(zoned_days(), clocks, clocks)
def test_hours_are_open_exactly_within_their_span(where, opens, closes):
    zone, day = where
    hours = Hours.parse([f"{clock_text(opens)}-{clock_text(closes)}"])
    start, end = day_span(day, zone)
    needs = hours.spans(start, end, zone, LAW)

    for at in {start, *(need.start for need in needs), *(need.end for need in needs)} - {end}:
        inside = any(need.start <= at < need.end for need in needs)
        assert hours.open_at(at, zone, LAW) == inside
    assert all(a.end <= b.start for a, b in pairwise(needs))
