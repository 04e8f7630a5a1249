"""Hypothesis strategies for rosters: days and zones with every kind of clock, shifts, changes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from callcenter.roster.clashes import clashes
from callcenter.roster.model import Change, ChangeKind, ChangeState, Move, Shift
from callcenter.terms import AgentId, DutyRole, HotlineNumber
from tests.support.wallclock import CLOCK_CHANGES, ZONES

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
EPOCH = datetime(2026, 10, 20, tzinfo=UTC)
"""Shifts of `shifts` begin here or up to ten days later."""
SPAN = 10 * 24 * 60
PEOPLE = tuple(map(AgentId, ("li", "wu", "xu", "he")))
LINES = tuple(map(HotlineNumber, ("4001", "4002")))

zones = st.sampled_from(ZONES)
minutes = st.integers(0, SPAN)


@st.composite
def zoned_days(draw: st.DrawFn) -> tuple[ZoneInfo, date]:
    """A zone and a day, half of the time one near which its clocks change."""
    zone = draw(zones)
    anyhow = st.dates(date(2024, 1, 1), date(2028, 12, 31))
    changes = [day + n * DAY for day in CLOCK_CHANGES.get(zone, ()) for n in (-1, 0, 1)]
    return zone, draw(st.sampled_from(changes) | anyhow if changes else anyhow)


def at(minute: int) -> datetime:
    """*minute* minutes after `EPOCH`."""
    return EPOCH + minute * MINUTE


@st.composite
def shifts(draw: st.DrawFn, people: tuple[AgentId, ...] = PEOPLE) -> Shift:
    """Any shift, of a minute to a day and a bit."""
    start = draw(minutes)
    return Shift(
        hotline=draw(st.sampled_from(LINES)),
        start=at(start),
        end=at(start + draw(st.integers(1, 25 * 60))),
        role=draw(st.sampled_from(DutyRole)),
        seat=draw(st.integers(1, 2)),
        person=draw(st.sampled_from(people)),
    )


@st.composite
def rosters(draw: st.DrawFn) -> list[Shift]:
    """Shifts that may stand together."""
    kept: list[Shift] = []
    for shift in draw(st.lists(shifts(), max_size=12)):
        if not clashes([*kept, shift]):
            kept.append(shift)
    return kept


@st.composite
def changes(draw: st.DrawFn, planned: list[Shift]) -> list[Change]:
    """Approved changes that move any stretches to anybody, numbered from 1."""
    found: list[Change] = []
    for number in range(1, draw(st.integers(0, 6)) + 1):
        moves = tuple(draw(moves_of(planned)) for _ in range(draw(st.integers(1, 3))))
        found.append(
            Change(
                id=str(9 - number), kind=ChangeKind.EDIT, state=ChangeState.APPROVED, moves=moves,
                number=number, asked_by=AgentId("boss"), other=None, reason="ill", asked_at=EPOCH,
            )
        )  # fmt: skip
    return found


@st.composite
def moves_of(draw: st.DrawFn, planned: list[Shift]) -> Move:
    """A stretch that touches one of the shifts, whole, in part or beyond it."""
    shift = draw(st.sampled_from(planned))
    length = int((shift.end - shift.start) / MINUTE)
    first = draw(st.just(0) | st.integers(-60, length - 1))
    last = draw(st.just(length) | st.integers(first + 1, length + 60))
    giver, taker = draw(st.sampled_from(PEOPLE)), draw(st.sampled_from(PEOPLE))
    start = shift.start
    return Move(
        shift_id=shift.id, start=start + first * MINUTE, end=start + last * MINUTE, giver=giver, taker=taker
    )


planned_and_changed = rosters().filter(bool).flatmap(lambda kept: st.tuples(st.just(kept), changes(kept)))
"""Shifts, and approved changes to them."""
instants = st.integers(-60, SPAN + 26 * 60).map(at)
