"""Records as Asterisk appends them to a CSV file."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callcenter.app.records import records_of as configured
from callcenter.check import Verdict, _records
from callcenter.config import ConfigError, load
from callcenter.records.csvfile import CsvRecords
from callcenter.records.kinds import CDR, CEL
from callcenter.records.place import RecordsAway, Table, place_of
from callcenter.records.times import instant_of, set_right, shifts_of
from callcenter.terms import Instant, Uniqueid
from tests.support import records

NAME = "05-ringgroup-answer-2nd-ring"
FIRST, LAST = records.cel(NAME)[0].at, records.cel(NAME)[-1].at
HOUR = 3_600_000_000
SHANGHAI = 8 * HOUR


def write(path: Path, lines: tuple[str, ...] | list[str]) -> Path:
    path.write_text("".join(line + "\n" for line in lines))
    return path


def test_the_rows_of_a_time_are_read_and_no_others(tmp_path: Path):
    source = CsvRecords(write(tmp_path / "cel.csv", records.lines(NAME, "cel")), CEL)

    assert tuple(source.read(FIRST, Instant(LAST + 1))) == records.cel(NAME)
    assert source.read(Instant(LAST + 1), Instant(LAST + 2)) == []
    assert source.read(FIRST, Instant(FIRST + 1)) == [records.cel(NAME)[0]]


def test_a_file_of_months_is_read_from_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("callcenter.records.csvfile._FIRST_LOOK", 1000)
    before = [line.replace("17952779", "17951779") for line in records.lines(NAME, "cel")] * 20
    source = CsvRecords(write(tmp_path / "cel.csv", [*before, *records.lines(NAME, "cel")]), CEL)

    assert tuple(source.read(FIRST, Instant(LAST + 1))) == records.cel(NAME)


def test_a_line_that_is_being_written_is_left_for_later(tmp_path: Path):
    path = write(tmp_path / "cel.csv", records.lines(NAME, "cel"))
    with path.open("a") as file:
        file.write(records.lines(NAME, "cel")[0][:30])

    assert tuple(CsvRecords(path, CEL).read(FIRST, Instant(LAST + 1))) == records.cel(NAME)


def test_columns_may_be_in_another_order(tmp_path: Path):
    path = write(tmp_path / "cdr.csv", records.lines(NAME, "cdr"))
    found = CsvRecords(path, CDR, records.CDR_COLUMNS).read(Instant(FIRST - 1_000_000), Instant(LAST))

    assert [row.dstchannel.partition("-")[0] for row in found] == ["PJSIP/1001", "PJSIP/1002", "PJSIP/1003"]


def test_local_times_are_set_right_by_the_channels_own_ids(tmp_path: Path):
    """The PBX writes Shanghai's wall clock; the ids hold the second whatever the zone."""
    lines = [line.replace("2026-11-21 16:", "2026-11-22 00:") for line in records.lines(NAME, "cdr")]
    found = CsvRecords(write(tmp_path / "cdr.csv", lines), CDR, records.CDR_COLUMNS).read(
        Instant(FIRST - 1_000_000), LAST
    )

    assert tuple(found) == records.cdr(NAME)


def test_a_file_that_is_not_there_says_so(tmp_path: Path):
    with pytest.raises(RecordsAway, match="No such file"):
        CsvRecords(tmp_path / "none.csv", CEL).read(FIRST, LAST)


def test_rubbish_costs_the_lines_it_stands_in(tmp_path: Path):
    good = records.lines(NAME, "cel")
    path = tmp_path / "cel.csv"
    path.write_bytes("\n".join([good[0], "\x00\ufffd,,,", '"unbalanced', *good[1:], ""]).encode())

    assert tuple(CsvRecords(path, CEL).read(FIRST, Instant(LAST + 1))) == records.cel(NAME)


def test_lines_written_twice_are_read_once(tmp_path: Path):
    lines = records.lines(NAME, "cel")
    source = CsvRecords(write(tmp_path / "cel.csv", [*lines, *lines]), CEL)

    assert tuple(source.read(FIRST, Instant(LAST + 1))) == records.cel(NAME)


def test_times_of_whole_seconds_are_refused(tmp_path: Path):
    """``dateformat`` in cel.conf without fractions: what came first within a second would be guessed."""
    coarse = [re.sub(r"\.\d{6}", "", line, count=1) for line in records.lines(NAME, "cel")]
    with pytest.raises(RecordsAway, match="whole seconds"):
        CsvRecords(write(tmp_path / "cel.csv", coarse), CEL).read(FIRST, LAST)


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("1795277906.41", 1795277906_410000),
        ("1795277906", 1795277906_000000),
        ("2026-11-21 16:18:26.000001", 1795277906_000001),
        ("2026-11-22T00:18:26+0800", 1795277906_000000),
        (1795277906.5, 1795277906_500000),
        ("", None),
        ("yesterday", None),
        (float("inf"), None),
        (True, None),
        (10**30, None),
    ],
)
def test_times_in_every_way_that_asterisk_writes_them(value: object, at: int | None):
    assert instant_of(value) == at


def test_the_zone_is_what_most_channels_say():
    second = 1_795_277_906_000_000
    starts = [(Uniqueid(f"pbx-1-{second // 1_000_000}.{n}"), Instant(second + SHANGHAI)) for n in range(3)]

    assert shifts_of([*starts, (Uniqueid("1795277906.9"), Instant(second))])[0] == -SHANGHAI
    assert shifts_of([(Uniqueid("no-epoch"), Instant(second))]) == (0,)
    assert shifts_of([(Uniqueid("1795277906.9"), Instant(second + 300_000_000))]) == (0,)


def test_the_hour_that_comes_twice_is_told_apart_by_the_channels_ids():
    """Summer time ends: the clocks show half past two twice, two hours and one hour ahead of UTC."""
    half_past_two = datetime(2026, 10, 25, 2, 30, tzinfo=UTC)
    local = Instant(round(half_past_two.timestamp()) * 1_000_000)
    summer, winter = Instant(local - 2 * HOUR), Instant(local - HOUR)
    before, after = (Uniqueid(f"{at // 1_000_000}.1") for at in (summer, winter))
    shifts = shifts_of([(before, local), (after, local)])

    assert set_right(local, before, shifts) == summer
    assert set_right(local, after, shifts) == winter
    began_at_two = Uniqueid(f"{(winter - HOUR // 2) // 1_000_000}.2")
    assert set_right(Instant(local - HOUR // 4), began_at_two, shifts) == winter - HOUR // 4


def test_a_place_is_a_table_or_a_path():
    assert place_of("postgresql://u@h/asterisk", "cel") == Table("postgresql://u@h/asterisk", "cel")
    assert place_of("postgresql://u@h/db?x=1#tele.cdr", "cel") == Table("postgresql://u@h/db?x=1", "tele.cdr")
    assert Table("", "tele.cdr").quoted == '"tele"."cdr"'
    assert place_of("/var/log/asterisk/cel-custom/Master.csv", "cel") == Path(
        "/var/log/asterisk/cel-custom/Master.csv"
    )


async def test_check_config_says_whether_records_can_be_read(tmp_path: Path):
    write(tmp_path / "cel.csv", records.lines(NAME, "cel"))
    text = (
        '[[pbx]]\nname = "main"\nusername = "u"\nsecret = "s"\n[records]\ncel = "cel.csv"\ncdr = "none.csv"\n'
    )
    (tmp_path / "callcenter.toml").write_text(text)

    found = [finding async for finding in _records(load(tmp_path / "callcenter.toml", {}))]

    cel, cdr = found
    assert (cel.about, cel.verdict is Verdict.FAULT) == ("[records] cel", False)
    assert (cdr.about, cdr.verdict) == ("[records] cdr", Verdict.FAULT)
    assert "can be read" in cel.what
    assert "No such file" in cdr.what


def test_records_belong_to_the_pbx_that_is_named_or_the_only_one(tmp_path: Path):
    pbx = '[[pbx]]\nname = "{}"\nusername = "u"\nsecret = "s"\n'
    path = tmp_path / "callcenter.toml"
    path.write_text(pbx.format("east") + '[records]\ncel = "cel.csv"\n')
    assert set(configured(load(path, {}))) == {"east"}

    path.write_text(pbx.format("east") + pbx.format("west") + '[records]\ncel = "cel.csv"\npbx = "west"\n')
    assert set(configured(load(path, {}))) == {"west"}

    path.write_text(pbx.format("east") + pbx.format("west") + '[records]\ncel = "cel.csv"\n')
    with pytest.raises(ConfigError, match=r"which of the .* writes these records"):
        load(path, {})

    path.write_text(pbx.format("east"))
    assert configured(load(path, {})) == {}
