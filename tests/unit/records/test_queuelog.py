"""What ``queue_log`` adds: who hung up while he stood in a queue."""

from dataclasses import replace
from pathlib import Path

import pytest

from callcenter.record import Call
from callcenter.records.csvfile import CsvRecords
from callcenter.records.kinds import QUEUE_LOG
from callcenter.records.place import RecordsAway
from callcenter.terms import HangupSide, Instant, Outcome, Source
from callcenter.tracking.cdr import from_cdr
from callcenter.tracking.completion import from_cel
from callcenter.tracking.queuelog import QueueStay, abandoned_in_queue, stays, with_queues
from callcenter.tracking.records import CelRow, QueueRow
from tests.support import records, traces

GAVE_UP, TIMED_OUT, ANSWERED = "14-queue-abandon", "18-queue-timeout-exit", "12-queue-ringall-answered"
EVER = Instant(0), Instant(1 << 60)


def log_of(folder: Path, *names: str) -> CsvRecords[QueueRow]:
    path = folder / "queue_log"
    path.write_text("".join(line + "\n" for name in names for line in records.lines(name, "queue_log")))
    return CsvRecords(path, QUEUE_LOG)


def without_applications(name: str) -> list[CelRow]:
    """CEL of a PBX that logs no applications and no streams: the queue leaves no trace in it."""
    kinds = ("APP_START", "APP_END", "STREAM_BEGIN", "STREAM_END")
    return [row for row in records.cel(name) if row.eventtype not in kinds]


def between_two_tries() -> list[CelRow]:
    """The phones had stopped ringing two seconds before the caller hung up in the queue."""
    return [
        replace(row, at=Instant(row.at - 2_000_000), extra={"hangupcause": "0"})
        if row.eventtype in {"HANGUP", "CHAN_END"} and row.channame.startswith("PJSIP/100")
        else row
        for row in without_applications(GAVE_UP)
    ]


def only(calls: list[Call]) -> Call:
    [call] = calls
    return call


def test_a_caller_who_hung_up_between_two_tries_is_abandoned_and_not_unanswered(tmp_path: Path):
    queues = stays(log_of(tmp_path, GAVE_UP).read(*EVER))
    rows = between_two_tries()

    assert only(from_cel(rows, traces.SITE)).outcome is Outcome.NO_ANSWER
    told = only(from_cel(with_queues(rows, queues), traces.SITE))
    assert (told.outcome, told.queue) == (Outcome.ABANDONED, "hot-all")
    assert told.wait_seconds == pytest.approx(8.0, abs=0.05)


@pytest.mark.parametrize("name", [GAVE_UP, TIMED_OUT, ANSWERED])
def test_where_cel_shows_the_queue_it_is_believed(tmp_path: Path, name: str):
    queues = stays(log_of(tmp_path, name).read(*EVER))

    assert with_queues(list(records.cel(name)), queues) == list(records.cel(name))


def test_a_queue_that_gave_up_is_left_again(tmp_path: Path):
    """Its caller then hears a closing announcement: hanging up in that is no abandonment."""
    queues = stays(log_of(tmp_path, TIMED_OUT).read(*EVER))

    assert only(from_cel(with_queues(without_applications(TIMED_OUT), queues), traces.SITE)).outcome in {
        Outcome.NO_ANSWER,
        Outcome.VOICEMAIL,
    }


def test_with_cdr_alone_it_tells_who_gave_up(tmp_path: Path):
    queues = stays(log_of(tmp_path, GAVE_UP, ANSWERED).read(*EVER))
    coarse = only(from_cdr(records.cdr(GAVE_UP), traces.SITE))

    call = abandoned_in_queue(coarse, queues[coarse.uniqueid])

    assert (coarse.outcome, call.outcome, call.source) == ("lost", "abandoned", Source.QUEUE_LOG)
    assert (call.hung_up_by, call.short_abandoned, call.rings) == (HangupSide.CALLER, False, None)
    assert call.wait_seconds == pytest.approx(8.0, abs=0.05)


def test_what_cdr_know_is_left_as_they_tell_it(tmp_path: Path):
    answered = only(from_cdr(records.cdr(ANSWERED), traces.SITE))
    gave_up = QueueStay("hot-all", Instant(0), abandoned_after=8)
    lost = only(from_cdr(records.cdr("07-ringgroup-abandon-03s"), traces.SITE))

    assert abandoned_in_queue(answered, gave_up) == answered
    assert abandoned_in_queue(lost, None) == lost


def test_lines_about_no_caller_and_rubbish_are_left_out(tmp_path: Path):
    path = tmp_path / "queue_log"
    path.write_text("1|NONE|NONE|NONE|QUEUESTART|\nnoise\n||||\n5|c.1|q|NONE|ABANDON|1|1|x\n9|c.2|q")

    [row] = CsvRecords(path, QUEUE_LOG).read(*EVER)

    assert (row.uniqueid, row.event, row.seconds) == ("c.1", "ABANDON", None)


def test_a_log_that_is_not_there_says_so(tmp_path: Path):
    with pytest.raises(RecordsAway, match="No such file"):
        CsvRecords(tmp_path / "none", QUEUE_LOG).read(*EVER)
