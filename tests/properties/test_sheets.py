"""Laws of files: what is written comes back the same, whatever the roster, the zone and the kind of file."""

from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.roster.localtime import shift_span
from callcenter.roster.model import Person, Shift
from callcenter.roster.people import People
from callcenter.roster.seats import seated
from callcenter.sheets.directory import Directory
from callcenter.sheets.grids import Unreadable
from callcenter.sheets.reading import read_roster
from callcenter.sheets.writing import to_csv, to_xlsx
from callcenter.sites import Hotline
from callcenter.terms import AgentId, DutyRole, HotlineNumber, PbxName

ZONES = {
    "4001": "Asia/Shanghai",
    "4002": "Europe/Berlin",
    "4003": "America/Chicago",
    "4004": "Australia/Lord_Howe",
}
TODAY = date(2026, 11, 21)
PEOPLE = tuple(
    Person(id=AgentId(str(1001 + n)), name=name)
    for n, name in enumerate(("张三", "李四", "王五", "赵六", "钱七"))
)
DIRECTORY = Directory(
    [Hotline(number=HotlineNumber(n), name=n, pbx=PbxName("main"), time_zone=z) for n, z in ZONES.items()],
    People(PEOPLE),
)
CHANGES = (
    date(2026, 10, 25),
    date(2027, 3, 28),
    date(2026, 11, 1),
    date(2027, 3, 14),
    date(2027, 4, 4),
    date(2026, 10, 4),
)
"""Nights on which clocks change somewhere."""

days = st.one_of(
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.builds(lambda day, n: day + timedelta(days=n), st.sampled_from(CHANGES), st.integers(-1, 1)),
)
minutes = st.one_of(
    st.integers(0, 95).map(lambda n: 15 * n), st.integers(0, 1439), st.sampled_from([60, 120, 150, 180])
)


@st.composite
def shifts(draw: st.DrawFn) -> Shift | None:
    """A shift as a roster may say it; None where the clock skips it."""
    hotline = HotlineNumber(draw(st.sampled_from(sorted(ZONES))))
    start, end = shift_span(draw(days), draw(minutes), draw(minutes | st.just(1440)), DIRECTORY.zone(hotline))
    person = draw(st.sampled_from(PEOPLE)).id
    role = draw(st.sampled_from(DutyRole))
    return (
        Shift(hotline=hotline, start=start, end=end, role=role, seat=0, person=person)
        if start < end
        else None
    )


rosters = st.lists(shifts(), max_size=12).map(
    lambda found: seated(sorted({one for one in found if one}, key=lambda one: (one.start, one.person)))
)


@given(rosters, st.booleans())
def test_what_is_exported_is_imported_as_the_same_shifts(roster, as_csv):
    data = (to_csv if as_csv else to_xlsx)(roster, DIRECTORY)

    reading = read_roster(data, DIRECTORY, today=TODAY)

    assert [fault for fault in reading.faults if fault.kind != "no_table"] == []
    again = seated(line.shift for line in reading.lines)
    assert {one.id for one in again} == {one.id for one in roster}
    for one in roster:
        assert one.start.astimezone(DIRECTORY.zone(one.hotline)).date() in reading.days[one.hotline]


@given(
    st.binary(max_size=200)
    | st.text(alphabet="热线日期,;\n\t\"'0123456789:-#姓名开始结束", max_size=200).map(str.encode)
)
@settings(max_examples=200)
def test_whatever_a_file_holds_it_is_read_or_refused_and_never_breaks(data):
    try:
        reading = read_roster(data, DIRECTORY, today=TODAY)
    except Unreadable:
        return
    for fault in reading.faults:
        assert fault.what
    assert all(isinstance(line.shift.start, datetime) for line in reading.lines)


cells = st.one_of(
    st.none(),
    st.integers(-5, 60_000),
    st.floats(-2, 3, allow_nan=False),
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.sampled_from(
        ["白", "晚", "休", "张三", "4001", "08:00", "24:00", "12月1日", "主班", "-", "姓名", "日期"]
    ),
    st.text(max_size=8),
)


@given(st.lists(st.lists(cells, min_size=6, max_size=6), max_size=5))
def test_a_line_with_anything_in_it_is_a_shift_or_a_fault(rows):
    text = "hotline,date,start,end,role,person\n" + "\n".join(
        ",".join('"' + str("" if cell is None else cell).replace('"', '""') + '"' for cell in row)
        for row in rows
    )
    try:
        reading = read_roster(text.encode("utf-8", "replace"), DIRECTORY, today=TODAY)
    except Unreadable:
        return
    assert len(reading.lines) <= 5 * len(rows)
    assert all(fault.what and fault.where for fault in reading.faults)
