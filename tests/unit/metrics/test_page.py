"""What Prometheus is told of a hotline's day."""

from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from callcenter.app.routing import Held
from callcenter.facts import (
    Anomaly,
    CallAnswered,
    CallChanged,
    CallEnded,
    CallMissed,
    CallOffered,
    LinkDown,
    LinkUp,
    RoutingAlert,
)
from callcenter.live.board import Board
from callcenter.metrics import HELP, Metrics, Name
from callcenter.roster.book import DutyBook
from callcenter.roster.model import Assignment
from callcenter.roster.plan import Plan
from callcenter.sites import Agent
from callcenter.terms import (
    AgentId,
    AttemptOutcome,
    CallState,
    DutyRole,
    HotlineNumber,
    Instant,
    Outcome,
    PbxName,
    ShiftId,
)
from tests.support.factories import NOON, make_attempt, make_call, make_hotline, missed_call, waiting_call

METRICS_PAGE = Path(__file__).resolve().parents[3] / "docs" / "metrics.md"
MAIN = PbxName("main")
LINE = {"pbx": "main", "hotline": "4001"}


class Scraped:
    """Metrics of two hotlines, and what a scrape of them says."""

    def __init__(self, **settings):
        self.registry = CollectorRegistry()
        hotlines = [make_hotline(), make_hotline("4002", pbx=PbxName("branch"))]
        self.metrics = Metrics(self.registry, version="1.2.3", hotlines=hotlines, **settings)

    def tell(self, *facts):
        for fact in facts:
            self.metrics.apply(fact)
        return self

    def value(self, name, **labels):
        return self.registry.get_sample_value(name, labels)

    def line(self, name, **labels):
        return self.value(name, **LINE, **labels)


@pytest.fixture
def scraped():
    return Scraped()


def answered(n=1, **changes):
    told = {"state": CallState.TALKING, "ended_at": None, "talk_seconds": None, "hold_seconds": None}
    return CallAnswered(at=NOON, call=make_call(n, **told | {"final": False} | changes))


def ended(call):
    return CallEnded(at=NOON, call=call)


def missed(n=1, outcome=Outcome.ABANDONED, **changes):
    return CallMissed(at=NOON, call=missed_call(n, outcome, **changes))


def test_every_series_of_a_configured_hotline_is_there_at_zero_from_the_start(scraped):
    """rate() sees the first call only if there was a 0 before it."""
    for outcome in Outcome:
        assert scraped.line(Name.CALLS, outcome=outcome.value) == 0.0
        assert scraped.value(Name.CALLS, pbx="branch", hotline="4002", outcome=outcome.value) == 0.0
    for name in (Name.OFFERED, Name.SHORT, Name.ON_TIME):
        assert scraped.line(name) == 0.0
    for name in (Name.ANSWER_RINGS, Name.ANSWER_WAIT, Name.TALK):
        assert scraped.line(f"{name}_count") == 0.0
        assert scraped.line(f"{name}_bucket", le="+Inf") == 0.0
    assert scraped.value(Name.AMI_UP, pbx="branch") == 0.0


def test_an_answered_call_counts_at_the_answer_and_not_again_at_its_end(scraped):
    scraped.tell(answered())
    assert scraped.line(Name.CALLS, outcome="answered") == 1.0
    assert scraped.line(Name.ON_TIME) == 1.0

    scraped.tell(ended(make_call()))

    assert scraped.line(Name.OFFERED) == 1.0


def test_callers_who_wait_are_in_no_counter(scraped):
    scraped.tell(CallOffered(at=NOON, call=waiting_call()), CallChanged(at=NOON, call=waiting_call(seq=1)))

    assert scraped.line(Name.OFFERED) == 0.0


def test_the_same_fact_twice_counts_once(scraped):
    scraped.tell(answered(), answered(), ended(make_call()), ended(make_call()), missed(2), missed(2))

    assert scraped.line(Name.OFFERED) == 2.0
    assert scraped.line(f"{Name.TALK}_count") == 1.0
    assert scraped.value(Name.ATTEMPTS, agent="1002", outcome="answered") == 1.0


def test_a_call_decided_before_a_restart_is_not_counted_again_when_it_ends(scraped):
    scraped.tell(ended(make_call()))

    assert scraped.line(Name.OFFERED) == 0.0
    assert scraped.line(f"{Name.TALK}_sum") == 6.0


def test_short_calls_and_late_answers_are_told_apart(scraped):
    scraped.tell(missed(1, short_abandoned=True), answered(2, on_time=False, caller_rings=4))

    assert scraped.line(Name.SHORT) == 1.0
    assert scraped.line(Name.ON_TIME) == 0.0
    assert scraped.line(Name.OFFERED) == 2.0


def test_the_sla_edge_is_a_bucket(scraped):
    scraped.tell(answered(1, caller_rings=3), answered(2, caller_rings=4), answered(3, caller_rings=None))

    assert scraped.line(f"{Name.ANSWER_RINGS}_bucket", le="3") == 1.0
    assert scraped.line(f"{Name.ANSWER_RINGS}_count") == 2.0
    assert scraped.line(f"{Name.ANSWER_RINGS}_sum") == 7.0


def test_missed_calls_have_no_answer_wait(scraped):
    scraped.tell(missed(), answered(2, wait_seconds=20.0), answered(3, wait_seconds=None))

    assert scraped.line(f"{Name.ANSWER_WAIT}_count") == 1.0
    assert scraped.line(f"{Name.ANSWER_WAIT}_bucket", le="20") == 1.0
    assert scraped.line(f"{Name.ANSWER_WAIT}_bucket", le="15") == 0.0


def test_talk_whose_end_was_not_seen_is_left_out(scraped):
    scraped.tell(ended(make_call(talk_seconds=None)), ended(missed_call(2)))

    assert scraped.line(f"{Name.TALK}_count") == 0.0


def test_calls_between_phones_and_of_unknown_numbers_are_in_no_counter(scraped):
    before = scraped.metrics.exposition("")
    scraped.tell(
        ended(make_call(1, hotline=None)),
        answered(2, hotline=None),
        answered(3, hotline=HotlineNumber("4711")),
    )

    assert scraped.metrics.exposition("") == before


def test_attempts_count_by_agent_at_the_end_of_the_call():
    scraped = Scraped(agents=[Agent(id=AgentId("wang"), name="王伟", phones=())])
    assert scraped.value(Name.ATTEMPTS, agent="wang", outcome="no_answer") == 0.0

    attempts = (
        make_attempt(agent_id=AgentId("wang"), outcome=AttemptOutcome.NO_ANSWER),
        make_attempt(agent_id=None, outcome=AttemptOutcome.BUSY),
        make_attempt(agent_id=AgentId("1009"), outcome=None),
    )
    scraped.tell(ended(make_call(attempts=attempts)))

    assert scraped.value(Name.ATTEMPTS, agent="wang", outcome="no_answer") == 1.0
    assert scraped.value(Name.ATTEMPTS, agent="other", outcome="busy") == 1.0
    assert {sample.labels["agent"] for sample in samples(scraped, Name.ATTEMPTS)} == {"wang", "other"}


def test_thousands_of_unknown_extensions_are_not_thousands_of_series(scraped):
    for n in range(400):
        scraped.tell(ended(make_call(n, attempts=(make_attempt(agent_id=AgentId(f"x{n}")),))))

    agents = {sample.labels["agent"] for sample in samples(scraped, Name.ATTEMPTS)}
    assert len(agents) == 257
    assert scraped.value(Name.ATTEMPTS, agent="other", outcome="answered") == 144.0


def test_the_link_is_told_as_it_is(scraped):
    up = LinkUp(at=NOON, pbx=MAIN, gap_seconds=None, gap_began_at=None, pbx_restarted=False)
    scraped.tell(up)
    assert scraped.value(Name.AMI_UP, pbx="main") == 1.0

    scraped.tell(LinkDown(at=NOON, pbx=MAIN, reason="gone"))
    assert scraped.value(Name.AMI_UP, pbx="main") == 0.0

    back = LinkUp(at=NOON, pbx=MAIN, gap_seconds=12.5, gap_began_at=NOON, pbx_restarted=True)
    scraped.tell(back)
    assert scraped.value(Name.AMI_GAP, pbx="main") == 12.5


def test_messages_are_counted_and_the_last_ones_time_is_told(scraped):
    scraped.metrics.seen_event(MAIN, 3, Instant(1_795_147_200_000_000))
    scraped.metrics.seen_event(MAIN, 2, Instant(1_795_147_201_500_000))

    assert scraped.value(Name.AMI_EVENTS, pbx="main") == 5.0
    assert scraped.value(Name.AMI_LAST_EVENT, pbx="main") == 1795147201.5


def test_anomalies_count_by_kind(scraped):
    scraped.tell(*[Anomaly(at=NOON, pbx=MAIN, kind="unknown_channel", detail="SIP/1")] * 2)

    assert scraped.value(Name.ANOMALIES, kind="unknown_channel") == 2.0


def test_gauges_are_read_off_the_board_at_each_scrape(scraped):
    """Their sum over the states is the undecided calls; talking is a gauge of its own."""
    board, now = Board([make_hotline(), make_hotline("4002")]), [NOON]
    scraped.metrics.watch_live(board, lambda: now[0])
    assert scraped.line(Name.LONGEST_RINGING) == 0.0

    board.apply(CallOffered(at=NOON, call=waiting_call(1)))
    board.apply(CallOffered(at=NOON, call=waiting_call(2, state=CallState.RINGING, first_ring_at=NOON)))
    board.apply(CallOffered(at=NOON, call=waiting_call(3, state=CallState.VOICEMAIL)))
    board.apply(answered(4))
    now[0] = NOON + timedelta(seconds=17)

    for state in ("waiting", "ringing", "voicemail"):
        assert scraped.line(Name.IN_PROGRESS, state=state) == 1.0
    assert scraped.line(Name.TALKING) == 1.0
    assert scraped.line(Name.LONGEST_RINGING) == 17.0


def test_outbox_and_store_are_told_once_they_are_watched(scraped):
    assert scraped.value(Name.SPOOL_DEPTH) is None

    scraped.metrics.watch_queue(lambda: 3, lambda: 2)
    scraped.metrics.watch_spool(lambda: 7)
    scraped.metrics.watch_store(lambda: False)

    assert scraped.value(Name.QUEUE_DEPTH) == 3.0
    assert scraped.value(Name.PAUSES) == 2.0
    assert scraped.value(Name.SPOOL_DEPTH) == 7.0
    assert scraped.value(Name.STORE_UP) == 0.0


def held(person, role, hours):
    return Assignment(
        shift_id=ShiftId(f"{person} {role}"),
        hotline=HotlineNumber("4001"),
        role=role,
        seat=1,
        person=AgentId(person),
        start=NOON,
        end=NOON + timedelta(hours=hours),
        planned=AgentId(person),
    )


def test_who_is_on_duty_is_told_by_role_and_how_far_the_roster_goes(scraped):
    book = DutyBook(
        [held("wang", DutyRole.PRIMARY, 8), held("li", DutyRole.SUPERVISOR, 36)],
        rostered={HotlineNumber("4001")},
    )
    now = [NOON]
    scraped.metrics.watch_duty(lambda: Plan(book), lambda: now[0])

    told = [scraped.value(Name.ON_DUTY, hotline="4001", role=role) for role in DutyRole]
    assert told == [1.0, 0.0, 1.0]
    assert scraped.value(Name.DAYS_AHEAD, hotline="4001") == 1.5
    assert scraped.value(Name.DAYS_AHEAD, hotline="4002") == 0.0

    now[0] = NOON + timedelta(hours=8)
    assert scraped.value(Name.ON_DUTY, hotline="4001", role="primary") == 0.0


def test_a_chain_that_could_not_do_what_it_should_is_counted_for_configured_hotlines(scraped):
    alerts = [
        RoutingAlert(at=NOON, pbx=MAIN, hotline=HotlineNumber(number), why="voicemail")
        for number in ("4001", "4001", "9999")
    ]
    scraped.tell(*alerts)

    assert [s.value for s in samples(scraped, Name.ROUTING_ALERTS)] == [2.0]


def test_how_far_a_pbx_would_route_without_us_is_told_and_whether_rightly(scraped):
    held = {
        HotlineNumber("4001"): Held(until=NOON, in_sync=True),
        HotlineNumber("4002"): Held(),
    }
    scraped.metrics.watch_routing(lambda: held)

    assert scraped.value(Name.ROUTING_UNTIL, hotline="4001") == NOON.timestamp()
    assert scraped.value(Name.ROUTING_SYNC, hotline="4001") == 1.0
    assert scraped.value(Name.ROUTING_UNTIL, hotline="4002") == 0.0
    assert scraped.value(Name.ROUTING_SYNC, hotline="4002") == 0.0


def samples(scraped, name):
    families = text_string_to_metric_families(scraped.metrics.exposition("text/plain")[0].decode())
    return [sample for family in families for sample in family.samples if sample.name == name]


def test_the_page_has_the_contracts_names_and_no_others(scraped):
    scraped.metrics.watch_live(Board([make_hotline(), make_hotline("4002")]), lambda: NOON)
    scraped.metrics.watch_queue(lambda: 0, lambda: 0)
    scraped.metrics.watch_spool(lambda: 0)
    scraped.metrics.watch_store(lambda: True)
    scraped.metrics.watch_duty(Plan, lambda: NOON)
    scraped.metrics.watch_routing(dict)
    page = scraped.metrics.exposition("text/plain")[0].decode()
    told = {line.split()[2] for line in page.splitlines() if line.startswith("# TYPE")}

    assert told == {name.value for name in Name}
    assert HELP.keys() == set(Name)
    for name, (help_text, _) in HELP.items():
        assert f"# HELP {name} {help_text}" in page


@pytest.mark.parametrize(
    "accept", ["", "text/plain;version=0.0.4", "application/openmetrics-text;version=1.0.0"]
)
def test_the_page_is_in_the_form_that_was_asked_for(scraped, accept):
    body, content_type = scraped.metrics.exposition(accept)

    assert content_type.startswith(accept.split(";")[0] or "text/plain")
    assert b'callcenter_build_info{python="' in body


def test_the_documentation_has_every_metric_with_its_labels_and_meaning():
    rows = [
        line for line in METRICS_PAGE.read_text("utf-8").splitlines() if line.startswith("| `callcenter_")
    ]

    assert rows == [f"| `{name}` | {', '.join(labels)} | {text} |" for name, (text, labels) in HELP.items()]


def test_a_callers_number_is_nowhere_on_the_page(scraped):
    scraped.tell(answered(caller="13912345678"), ended(make_call(caller="13912345678")))

    assert b"13912345678" not in scraped.metrics.exposition("")[0]


def test_a_name_can_be_registered_only_once(scraped):
    with pytest.raises(ValueError, match="callcenter_calls_total"):
        Metrics(scraped.registry, version="1", hotlines=[])


def test_what_the_outbox_set_aside_is_counted_as_an_anomaly_of_our_own(scraped):
    scraped.metrics.note("outbox")

    assert scraped.value(Name.ANOMALIES, kind="outbox") == 1.0
