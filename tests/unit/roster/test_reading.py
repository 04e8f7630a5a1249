"""What a supervisor still has to read, and which incidents lack their report."""

from datetime import date, timedelta
from typing import Any

from callcenter.roster.logbook import NO_HASH, Entry, EntryKind
from callcenter.roster.reading import days_to_sign, reports_due, unread
from callcenter.terms import AgentId, HotlineNumber
from tests.support.wallclock import FRIDAY, LAW, SHANGHAI, local

DAY = timedelta(days=1)
LINE = HotlineNumber("4001")
MONDAY = FRIDAY + 3 * DAY


def entry(number: int, day: date = FRIDAY, kind: EntryKind = EntryKind.NOTE, **told: Any) -> Entry:
    usual: dict[str, Any] = {
        "at": local(day, "12:00"), "hotline": LINE, "shift_id": None, "author": AgentId("li"), "text": "",
        "call_id": None, "follow_up": False, "refers_to": None, "prev_hash": NO_HASH, "hash": NO_HASH,
    }  # fmt: skip
    return Entry(number=number, kind=kind, **usual | told)


def sign_off(number: int, up_to: int) -> Entry:
    return entry(number, kind=EntryKind.SIGN_OFF, refers_to=up_to)


def test_a_sign_off_signs_for_everything_up_to_the_entry_it_names():
    log = [
        entry(1),
        entry(2, hotline=None),
        entry(3, hotline=HotlineNumber("4002")),
        entry(4),
        sign_off(5, 2),
    ]

    assert [one.number for one in unread(log, LINE)] == [4]


def test_without_any_sign_off_all_is_unread():
    assert [one.number for one in unread([entry(1), entry(2)], LINE)] == [1, 2]


def test_a_days_log_is_signed_by_the_end_of_the_next_workday():
    log = [entry(1, FRIDAY), entry(2, MONDAY)]

    def owed(day: date, clock: str) -> tuple[date, ...]:
        return days_to_sign(log, LINE, local(day, clock), zone=SHANGHAI, calendar=LAW)

    assert owed(MONDAY, "23:59") == ()
    assert owed(MONDAY, "24:00") == (FRIDAY,)
    assert owed(MONDAY + DAY, "24:00") == (FRIDAY, MONDAY)


def test_an_incident_wants_a_report_by_the_end_of_the_next_day():
    log = [entry(1, kind=EntryKind.INCIDENT)]
    due = local(FRIDAY + DAY, "24:00")

    (before,) = reports_due(log, due - timedelta(microseconds=1), zone=SHANGHAI)
    assert (before.incident.number, before.due, before.overdue) == (1, due, False)
    (after,) = reports_due(log, due, zone=SHANGHAI)
    assert after.overdue is True


def test_a_report_that_is_written_is_not_due():
    log = [entry(1, kind=EntryKind.INCIDENT), entry(2, kind=EntryKind.INCIDENT_REPORT, refers_to=1)]

    assert reports_due(log, local(MONDAY, "12:00"), zone=SHANGHAI) == ()
