"""Laws of imports, one after the other: no seat has two holders, and what is exported changes nothing."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.app.rosters.known import Known
from callcenter.app.rosters.preview import preview
from callcenter.roster.calendar import WorkCalendar
from callcenter.roster.clashes import clashes
from callcenter.roster.hours import Hours
from callcenter.roster.localtime import local_day
from callcenter.roster.model import Person, Shift
from callcenter.roster.people import People
from callcenter.sheets.directory import Directory
from callcenter.sheets.reading import read_roster
from callcenter.sheets.writing import to_csv
from callcenter.sites import Hotline
from callcenter.terms import AgentId, HotlineNumber, PbxName

FIRST = date(2030, 3, 28)
"""Three days before the clocks go forward in Berlin."""
NOW = datetime(2030, 1, 1, tzinfo=UTC)
PEOPLE = tuple(Person(id=AgentId(str(n)), name=f"person {n}") for n in range(1001, 1013))
LINES = tuple(
    Hotline(number=HotlineNumber(number), name=number, pbx=PbxName("main"), time_zone="Europe/Berlin")
    for number in ("4001", "4002")
)
DIRECTORY = Directory(LINES, People(PEOPLE))
KNOWN = Known(
    directory=DIRECTORY,
    calendar=WorkCalendar({}, frozenset()),
    seats={line.number: Hours.parse(line.seats) for line in LINES},
    min_rest_hours=8,
    max_days_in_row=6,
    month_complete_day=25,
)
ZONE = DIRECTORY.zone(LINES[0].number)

lines = st.builds(
    lambda hotline, day, start, length, role, person: (
        f"{hotline},{FIRST + timedelta(days=day)},{start // 60:02}:{start % 60:02},"
        f"{(start + length) % 1440 // 60:02}:{(start + length) % 60:02},{role},{person.id}"
    ),
    st.sampled_from(["4001", "4002"]),
    st.integers(0, 5),
    st.sampled_from([0, 120, 150, 480, 600, 1200, 1410]),
    st.sampled_from([60, 240, 480, 720, 1440]),
    st.sampled_from(["primary", "primary", "backup"]),
    st.sampled_from(PEOPLE),
)
files = st.lists(lines, min_size=1, max_size=6, unique=True)


def brought(data: bytes, stored: list[Shift]) -> tuple[list[Shift], tuple[int, int, int]]:
    """The roster after an import, and how much is new, kept and gone; a file with faults changes nothing."""
    reading = read_roster(data, DIRECTORY, today=NOW.date())
    found = preview(reading, stored, KNOWN, NOW)
    if found.faults:
        return stored, (0, 0, 0)
    return [*(set(stored) - set(found.replaced)), *found.shifts], found.counts


def imported(texts: list[list[str]]) -> list[Shift]:
    stored: list[Shift] = []
    for text in texts:
        head = "hotline,date,start,end,role,person\n"
        stored, _ = brought((head + "\n".join(text)).encode(), stored)
    return stored


@given(st.lists(files, max_size=4))
@settings(max_examples=60)
def test_after_any_imports_nobody_is_in_two_places_and_no_seat_has_two_holders(texts):
    stored = imported(texts)

    assert clashes(stored) == []
    assert len({shift.id for shift in stored}) == len(stored)


@given(st.lists(files, max_size=4), st.integers(0, 5), st.integers(0, 5), st.booleans())
@settings(max_examples=60)
def test_what_is_exported_after_any_imports_changes_nothing_when_it_comes_back(texts, first, length, is_one):
    stored = imported(texts)
    days = {FIRST + timedelta(days=first + n) for n in range(length + 1)}
    chosen = [
        shift
        for shift in stored
        if local_day(shift.start, ZONE) in days and (shift.hotline == "4001" or not is_one)
    ]

    after, counts = brought(to_csv(chosen, DIRECTORY), stored)

    assert {shift.id for shift in after} == {shift.id for shift in stored}
    assert counts == (0, len(chosen), 0)


@given(st.lists(files, max_size=3), files)
@settings(max_examples=60)
def test_the_same_file_twice_is_as_good_as_once_and_other_days_stay(texts, last):
    before = imported(texts)
    after, again = imported([*texts, last]), imported([*texts, last, last])

    assert {shift.id for shift in again} == {shift.id for shift in after}
    named = {tuple(line.split(",")[:2]) for line in last}
    for shift in set(before) ^ set(after):
        day = local_day(shift.start, ZONE).isoformat()
        assert (shift.hotline, day) in named


def test_a_shift_keeps_its_seat_though_the_one_beside_it_is_gone():
    night, long_night = "4001,2030-03-28,20:00,06:00,primary,1001", "4001,2030-03-28,20:00,08:00,primary,1001"
    morning = "4001,2030-03-29,06:00,14:00,primary,1002"
    stored = imported([[long_night, morning], [night]])
    assert sorted((shift.person, shift.seat) for shift in stored) == [("1001", 1), ("1002", 2)]

    assert {shift.id for shift in imported([[long_night, morning], [night], [morning]])} == {
        shift.id for shift in stored
    }
