"""``roster`` and its neighbours as a supervisor uses them, on a real PostgreSQL."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from icalendar import Calendar
from rich.cells import cell_len

from callcenter.roster.model import ChangeKind, ChangeState
from callcenter.store.changes import ChangeStore
from callcenter.store.pool import open_pool
from callcenter.store.roster import RosterStore
from tests.support import postgres
from tests.support.duty import make_change, whole
from tests.support.office import CONFIG, Run
from tests.support.postgres import Database
from tests.support.sheets import saved, workbook

HEAD = "hotline,date,start,end,role,person\n"


@pytest.fixture
def bring(run: Run) -> Callable[..., dict[str, Any]]:
    """Imports lines; what ``--json`` says."""

    def bring(*lines: str, options: tuple[str, ...] = ()) -> dict[str, Any]:
        Path("roster.csv").write_text(HEAD + "\n".join(lines))
        status, out, err = run("roster", "import", "roster.csv", "--json", *options)
        told: dict[str, Any] = json.loads(out)
        assert (status, err.count("\n")) == ((0, 0) if told["ok"] else (1, 1))
        return told

    return bring


def counts(told: dict[str, Any]) -> tuple[int, int, int]:
    return told["added"], told["kept"], told["withdrawn"]


def kinds(told: dict[str, Any]) -> list[tuple[str, str]]:
    return [(fault["where"], fault["kind"]) for fault in told["faults"]]


def on_duty(run: Run, at: str, hotline: str = "4001") -> dict[str, list[str]]:
    status, out, _ = run("roster", "show", "--hotline", hotline, "--at", at, "--json")
    assert status == 0
    told = json.loads(out)
    assert list(told) == ["hotline", "at", "primary", "backup", "supervisor"]
    return {role: [one["person"] for one in told[role]] for role in ("primary", "backup", "supervisor")}


def nobody(**some: list[str]) -> dict[str, list[str]]:
    return {"primary": [], "backup": [], "supervisor": []} | some


DAY = ("4001,2030-12-02,08:00,20:00,primary,1001", "4001,2030-12-02,20:00,08:00,primary,李四")


def test_a_file_becomes_the_roster_and_the_same_again_changes_nothing(run, bring):
    assert counts(bring(*DAY)) == (2, 0, 0)
    again = bring(*DAY)
    assert (counts(again), again["version"]) == ((0, 2, 0), 1)

    assert on_duty(run, "2030-12-02T19:59:59.999999") == nobody(primary=["1001"])
    assert on_duty(run, "2030-12-02T20:00") == nobody(primary=["1002"])
    assert on_duty(run, "2030-12-02T12:00:00Z") == nobody(primary=["1002"])
    assert on_duty(run, "2030-12-03 08:00") == nobody()
    status, out, _ = run("roster", "show", "--hotline", "4001", "--at", "2030-12-03T07:59+08:00")
    assert status == 0
    assert "李四 (1002)" in out
    assert "2030-12-02 20:00" in out


def test_the_days_named_are_replaced_whole_and_all_other_days_stay(run, bring):
    bring(*DAY, "4001,2030-12-03,08:00,20:00,primary,1001", "4002,2030-12-02,08:00,20:00,primary,1003")

    told = bring("4001,2030-12-02,08:00,20:00,primary,李四")

    assert counts(told) == (1, 0, 2)
    assert on_duty(run, "2030-12-02T21:00") == nobody()
    assert on_duty(run, "2030-12-02T09:00") == nobody(primary=["1002"])
    assert on_duty(run, "2030-12-03T09:00") == nobody(primary=["1001"])
    assert on_duty(run, "2030-12-02T09:00", "4002") == nobody(primary=["1003"])
    assert counts(bring("4001,2030-12-02,,,,-")) == (0, 0, 1)
    assert on_duty(run, "2030-12-02T09:00") == nobody()


def test_one_person_in_two_places_is_refused_with_both_lines_and_nothing_is_written(run, bring):
    told = bring(*DAY, "4002,2030-12-02,08:00,20:00,primary,1001", "4001,2030-12-03,08:00,12:00,backup,1003")

    assert kinds(told) == [("line 4", "clash")]
    assert told["version"] is None
    assert told["faults"][0]["what"] == (
        "is on 4001 from 2030-12-02 01:00 to 12-02 13:00 too (in line 2): change one of the two"
    )
    assert on_duty(run, "2030-12-02T09:00") == nobody()
    assert on_duty(run, "2030-12-03T09:00") == nobody()


def test_a_clash_with_what_stands_on_other_days_is_a_fault_too(bring):
    bring(*DAY)

    told = bring("4001,2030-12-03,06:00,12:00,primary,李四")

    assert kinds(told) == [("line 2", "clash")]
    assert "(in the roster as it is)" in told["faults"][0]["what"]


def test_who_took_a_shift_over_is_not_in_two_places_either(database, run, bring):
    bring(*DAY)
    night = "4001,2030-12-03,06:00,12:00,primary,1003"

    async def hand_over() -> None:
        pool = await open_pool(database.dsn, size=1)
        start = datetime(2030, 12, 2, 12, tzinfo=UTC)
        (shift,) = await RosterStore(pool).shifts(start, start + timedelta(hours=1))
        change = make_change(whole(shift, "1003"), kind=ChangeKind.EDIT, state=ChangeState.APPROVED)
        await ChangeStore(pool).ask(change)
        await pool.close()

    postgres.run(hand_over())
    assert on_duty(run, "2030-12-02T21:00") == nobody(primary=["1003"])
    told = bring(night)

    assert kinds(told) == [("line 2", "clash")]
    assert "1003 would be on duty twice at once" in told["faults"][0]["what"]
    assert on_duty(run, "2030-12-03T09:00") == nobody()


def test_the_same_hours_at_two_hotlines_are_one_duty_and_several_primaries_are_seats(run, bring):
    lines = ("4001,2030-12-02,15:00,23:00,primary,1001", "4002,2030-12-02,08:00,16:00,primary,1001")

    assert counts(bring(*lines, "4001,2030-12-02,15:00,23:00,primary,1002")) == (3, 0, 0)

    assert on_duty(run, "2030-12-02T15:00") == nobody(primary=["1001", "1002"])
    assert on_duty(run, "2030-12-02T15:00", "4002") == nobody(primary=["1001"])


def test_the_order_of_people_with_the_same_hours_is_the_order_of_their_seats(run, bring):
    one, two = ("4001,2030-12-02,08:00,20:00,primary,1001", "4001,2030-12-02,08:00,20:00,primary,1002")
    bring(one, two)

    assert counts(bring(two, one)) == (2, 0, 2)

    assert on_duty(run, "2030-12-02T09:00") == nobody(primary=["1002", "1001"])
    assert counts(bring(two, one)) == (0, 2, 0)


def test_somebody_who_is_nobody_is_a_fault_by_its_line(bring):
    told = bring("4001,2030-12-02,08:00,20:00,primary,9999", "4001,2030-12-02,20:00,08:00,primary,张四")

    assert kinds(told) == [("line 2", "unknown_person"), ("line 3", "unknown_person")]
    assert told["faults"][0] == {
        "kind": "unknown_person", "where": "line 2", "row": 2, "column": "person", "value": "9999",
        "what": "is nobody we know: write an id or a full name",
    }  # fmt: skip


def test_a_dry_run_tells_and_writes_nothing(run, bring):
    told = bring(*DAY, options=("--dry-run",))

    assert (told["ok"], told["dry_run"], told["version"], counts(told)) == (True, True, None, (2, 0, 0))
    assert on_duty(run, "2030-12-02T09:00") == nobody()


def test_what_is_to_be_looked_at_does_not_stop_the_import(bring):
    told = bring(
        "4001,2020-12-07,00:00,20:00,primary,1001",
        "4001,2020-12-07,22:00,24:00,primary,1002",
        "4001,2020-12-08,00:00,24:00,primary,1001",
    )

    assert [(one["kind"], one["people"]) for one in told["warnings"]] == [
        ("gap", []),
        ("rest", ["1001"]),
        ("past", ["1001", "1002"]),
    ]
    gap = told["warnings"][0]
    assert (gap["start"], gap["end"]) == ("2020-12-07T12:00:00.000000Z", "2020-12-07T14:00:00.000000Z")
    assert counts(told) == (3, 0, 0)


def test_midnight_is_24_00_and_the_night_on_which_clocks_go_back_has_13_hours(run, bring):
    bring(
        "4002,2030-10-26,00:00,24:00,primary,1001",
        "4002,2030-10-27,00:00,12:00,primary,1002",
        "4002,2030-10-27,12:00,24:00,primary,1001",
    )

    assert on_duty(run, "2030-10-26T23:59:59", "4002") == nobody(primary=["1001"])
    assert on_duty(run, "2030-10-27T00:00", "4002") == nobody(primary=["1002"])
    assert on_duty(run, "2030-10-27T10:59:59Z", "4002") == nobody(primary=["1002"])
    assert on_duty(run, "2030-10-27T11:00:00Z", "4002") == nobody(primary=["1001"])
    _, out, _ = run("roster", "show", "--hotline", "4002", "--at", "2030-10-27T02:30", "--json")
    assert json.loads(out)["at"] == "2030-10-27T00:30:00.000000Z"
    status, out, _ = run("roster", "check", "--hotline", "4002", "--from", "2030-10-26", "--to", "2030-10-27")
    assert (status, "is staffed" in out) == (0, True)


def test_check_finds_gaps_and_says_so_by_its_status_and_overlaps_alone_are_no_failure(run, bring):
    bring(
        "4001,2030-12-02,00:00,12:00,primary,1001",
        "4001,2030-12-02,13:00,24:00,primary,1002",
        "4001,2030-12-03,00:00,13:00,primary,1001",
        "4001,2030-12-03,12:00,24:00,primary,1002",
    )
    days = ("roster", "check", "--hotline", "4001", "--from", "2030-12-02", "--to", "2030-12-03")

    status, out, _ = run(*days, "--json")
    assert status == 1
    assert json.loads(out) == [
        {
            "kind": "gap", "start": "2030-12-02T04:00:00.000000Z", "end": "2030-12-02T05:00:00.000000Z",
            "people": [],
        },
        {
            "kind": "overlap", "start": "2030-12-03T04:00:00.000000Z", "end": "2030-12-03T05:00:00.000000Z",
            "people": ["1001", "1002"],
        },
    ]  # fmt: skip
    status, out, _ = run(*days)
    assert (status, "gap" in out, "张三 (1001), 李四 (1002)" in out) == (1, True, True)
    status, out, _ = run("roster", "check", "--hotline", "4001", "--from", "2030-12-03", "--to", "2030-12-03")
    assert (status, "overlap" in out) == (0, True)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_exported_changes_nothing_when_it_comes_back(run, bring, kind):
    bring(
        *DAY,
        "4001,2030-12-02,10:00,22:00,primary,1003",
        "4001,2030-12-31,20:00,24:00,supervisor,1001",
        "4002,2030-12-05,22:00,06:00,backup,1002",
    )
    file = f"back.{kind}"

    status, out, err = run("roster", "export", "--from", "2030-12-01", "--to", "2030-12-31", "--out", file)
    assert (status, out, err) == (0, "", "")
    status, out, _ = run("roster", "import", file, "--json")

    assert (status, counts(json.loads(out)), json.loads(out)["version"]) == (0, (0, 5, 0), 1)


def test_without_a_file_to_write_the_export_is_csv_on_stdout(run, bring):
    bring(*DAY)

    status, out, _ = run(
        "roster", "export", "--hotline", "客服热线", "--from", "2030-12-01", "--to", "2030-12-31"
    )

    assert status == 0
    assert out.splitlines() == [
        "hotline,date,start,end,role,person,name",
        "4001,2030-12-02,08:00,20:00,primary,1001,张三",
        "4001,2030-12-02,20:00,08:00,primary,1002,李四",
    ]


def test_faults_of_a_workbook_are_a_table_with_cells_and_one_line_on_stderr(run):
    book, sheet = workbook()
    sheet.title = "月表"
    for row in (
        ["客服热线 2030年12月"],
        ["姓名", 1, 2, 3],
        ["张三", "白", "白", "Q"],
        ["李小四", "白", None, None],
    ):
        sheet.append(row)
    codes = book.create_sheet("班次")
    codes.append(["班次", "开始", "结束"])
    codes.append(["白", "08:00", "20:00"])
    Path("december.xlsx").write_bytes(saved(book))

    status, out, err = run("roster", "import", "december.xlsx")

    assert status == 1
    assert err == "callcenter: december.xlsx: 2 faults, nothing was written\n"
    lines = [line for line in out.splitlines() if "月表!" in line]
    assert [line.split()[0] for line in lines] == ["月表!D3", "月表!A4"]
    assert len({cell_len(line[: line.index(word)]) for line, word in zip(lines, "Q李", strict=True)}) == 1
    assert "李小四" in lines[1]
    assert on_duty(run, "2030-12-01T09:00") == nobody()


def test_the_month_of_bare_days_may_be_said(run):
    Path("m.csv").write_text("姓名,1,2,3\n张三,D,,D\nD=08:00-20:00,,,\n")
    Path("callcenter.toml").write_text(
        Path("callcenter.toml")
        .read_text()
        .replace('number = "4002"\nname = "Berlin"', 'number = "4002"\nname = "D"')
    )

    status, out, _ = run("roster", "import", "m.csv", "--month", "2030-12", "--json")
    assert (status, json.loads(out)["faults"][0]["kind"]) == (1, "missing")
    Path("m.csv").write_text("4001,,,\n姓名,1,2,3\n张三,D,,D\nD=08:00-20:00,,,\n")
    status, out, _ = run("roster", "import", "m.csv", "--month", "2030-12")

    assert (status, "2 added" in out) == (0, True)
    assert on_duty(run, "2030-12-03T09:00") == nobody(primary=["1001"])


def test_template_and_calendars_are_written(run, bring):
    bring(*DAY)

    assert run("roster", "template", "--month", "2030-12", "--out", "t.xlsx") == (0, "", "")
    assert Path("t.xlsx").read_bytes().startswith(b"PK")
    assert run("roster", "ical", "--person", "李四", "--out", "p.ics") == (0, "", "")
    assert run("roster", "ical", "--hotline", "4001", "--out", "h.ics") == (0, "", "")
    assert Calendar.from_ical(Path("h.ics").read_bytes()).walk("VCALENDAR")


@pytest.mark.parametrize(
    ("words", "status", "why"),
    [
        ("roster show --at soon --hotline 4001", 2, "--at must be a time such as 2026-12-01T08:00"),
        ("roster show", 2, "there are several [[hotline]]: give --hotline with one of 4001, 4002"),
        ("roster show --hotline 4009", 2, "no [[hotline]] is 4009"),
        ("roster check --hotline 4001 --from x", 2, "--from must be a day such as 2026-12-01"),
        ("roster check --hotline 4001 --from 2030-01-02 --to 2030-01-01", 2, "--to must not be before"),
        ("roster export --format ods", 2, "--format must be csv or xlsx"),
        ("roster import nowhere.xlsx", 1, "nowhere.xlsx: can't be read: No such file or directory"),
        ("roster import empty.csv", 1, "empty.csv: the file is empty"),
        ("roster import callcenter.toml --by nobody", 2, 'Nobody is known as "nobody"'),
        ("roster import x.csv --month december", 2, "--month must be a month such as 2026-12"),
        ("roster ical --person nobody", 2, 'Nobody is known as "nobody"'),
        ("roster ical --person 1001 --hotline 4001", 2, "not both"),
    ],
)
def test_a_slip_is_one_line(run, words, status, why):
    Path("empty.csv").write_text("")
    Path("x.csv").write_text(HEAD)

    told, out, err = run(*words.split())

    assert (told, out, err.count("\n")) == (status, "", 1)
    assert why in err


def test_who_published_and_why_stands_in_the_duty_log_whose_chain_holds(run):
    Path("r.csv").write_text(HEAD + DAY[0])
    run("roster", "import", "r.csv", "--by", "王五", "--reason", "十二月")

    status, out, _ = run("logbook", "list", "--json")
    entry = json.loads(out)
    assert (status, entry["author"], entry["kind"]) == (0, "1003", "roster_published")
    assert "十二月" in entry["text"]
    status, out, _ = run("logbook", "verify", "--json")
    assert (status, json.loads(out)["ok"], json.loads(out)["entries"]) == (0, True, 1)
    status, out, _ = run("logbook", "verify")
    assert (status, "the chain holds: 1 entry" in out) == (0, True)


def test_signing_in_and_out_stands_in_the_duty_log(run):
    assert run("sign", "in", "张三") == (0, "张三 (1001) signed in, with no shift now\n", "")
    assert run("sign", "out", "1001")[0] == 0
    status, out, _ = run("logbook", "list", "--json")
    entries = [json.loads(line) for line in out.splitlines()]
    assert [(entry["author"], entry["kind"]) for entry in entries] == [
        ("1001", "sign_in"),
        ("1001", "sign_out"),
    ]
    status, out, err = run("sign", "in", "nobody")
    assert (status, out, err.count("\n")) == (2, "", 1)


def test_people_come_in_by_a_file_and_may_be_on_duty(run, bring):
    Path("people.csv").write_text(
        "工号,姓名,电话,角色,离职日期\n2001,赵六,2001 13800138000,值班人员,2030-12-02\n"
    )

    status, out, _ = run("people", "import", "people.csv")
    assert (status, "1 added or changed" in out) == (0, True)
    status, out, _ = run("people", "import", "people.csv")
    assert "0 added or changed, 1 known already" in out
    status, out, _ = run("people", "list", "--json")
    assert [person["id"] for person in json.loads(out)] == ["1002", "1003", "1001", "2001"]
    status, out, _ = run("people", "list")
    assert "赵六" in out

    told = bring("4001,2030-12-02,08:00,20:00,primary,赵六", "4001,2030-12-03,08:00,20:00,primary,赵六")
    assert kinds(told) == [("line 3", "inactive_person")]
    assert "until 2030-12-02" in told["faults"][0]["what"]


def test_a_list_of_people_with_a_fault_changes_nobody(run):
    Path("people.csv").write_text("id,name,phones\n2001,赵六,2001\n,钱七,2002\n")

    status, out, err = run("people", "import", "people.csv")

    assert (status, err.count("\n"), "line 3" in out) == (1, 1, True)
    status, out, _ = run("people", "list", "--json")
    assert "2001" not in out


def test_a_database_that_was_not_migrated_is_one_line(run, postgres_dsn):
    Path("callcenter.toml").write_text(CONFIG.format(dsn=postgres_dsn))

    status, out, err = run("roster", "show", "--hotline", "4001")

    assert (status, out) == (1, "")
    assert err == "callcenter: the database has not been migrated: run `callcenter migrate`\n"


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["text", "json"])
def test_a_log_that_a_superuser_changed_is_one_line_on_stderr_and_a_failure(run, bring, database, options):
    bring(*DAY)
    asyncio.run(_as_superuser(database, "UPDATE callcenter.logbook_entry SET text = text || '.'"))

    status, out, err = run("logbook", "verify", *options)

    assert (status, err) == (1, "callcenter: the duty log was tampered with: 1 break in 1 entry\n")
    assert "it is not what was written" in out


async def _as_superuser(database: Database, statement: str) -> None:
    connection = await asyncpg.connect(database.owner_dsn)
    await connection.execute("SET session_replication_role = replica")
    await connection.execute(statement)
    await connection.close()
