"""What is counted, and the page that Prometheus scrapes.

Theory of operation. A hotline call is counted once, when its outcome is decided (`CallAnswered`,
`CallMissed`), in the same `Tally` that every other reader uses; its talk and its attempts once, at its
last telling (`CallEnded`), when they can't change any more. What is re-told later changes history and
not counters, and a call decided before the process started is not counted again by it.

All sums are whole numbers, durations in microseconds, and become floats only in the scrape: a rate or a
mean taken in PromQL of the raw counters equals `callcenter.kpi` to the last digit. Every configured
hotline has all its series, at 0, from the start, so that ``rate()`` sees the first call.

Labels are bounded: hotlines and PBXs are the configured ones; agents and kinds of anomaly that nobody
configured are admitted up to a limit, and told as ``other`` beyond it. No label holds a caller's number.
"""

import platform
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final, Protocol

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from callcenter.facts import (
    Anomaly,
    CallAnswered,
    CallEnded,
    CallMissed,
    Fact,
    LinkDown,
    LinkUp,
    RoutingAlert,
)
from callcenter.kpi import Tally, microseconds
from callcenter.metrics.names import HELP, Name
from callcenter.metrics.sums import Histogram, Labels, LineSums, LinkSums, Once, wait_edges
from callcenter.record import Call
from callcenter.rings import MICROSECONDS
from callcenter.sites import Agent, Hotline
from callcenter.terms import AttemptOutcome, DutyRole, HotlineNumber, Instant, Outcome, PbxName

AGENTS_ADMITTED: Final = 256
KINDS_ADMITTED: Final = 64
CALLS_REMEMBERED: Final = 20_000
"""A fact told twice is known as such while its call is among so many last ones."""

Samples = Iterable[tuple[Iterable[str], float]]
"""Label values, and the value."""


class Standing(Protocol):
    """Callers of one hotline at one moment."""

    @property
    def waiting(self) -> int: ...
    @property
    def ringing(self) -> int: ...
    @property
    def voicemail(self) -> int: ...
    @property
    def talking(self) -> int: ...
    @property
    def longest_ringing_seconds(self) -> float | None: ...


class Live(Protocol):
    """What happens now."""

    def standing(self, number: HotlineNumber, at: datetime, /) -> Standing: ...


class Duty(Protocol):
    """Who is on duty."""

    def on_duty(self, number: HotlineNumber, role: DutyRole, at: datetime, /) -> int: ...
    def days_ahead(self, number: HotlineNumber, at: datetime, /) -> float: ...


class Held(Protocol):
    """How far a hotline's schedule in its PBX goes, and whether it is the right one."""

    @property
    def until(self) -> datetime | None: ...
    @property
    def in_sync(self) -> bool: ...


class Metrics(Collector):
    """The counters of one process. Not for several threads at once."""

    def __init__(
        self,
        registry: CollectorRegistry,
        *,
        version: str,
        hotlines: Iterable[Hotline],
        pbxs: Iterable[PbxName] = (),
        agents: Iterable[Agent] = (),
    ) -> None:
        known = tuple(hotlines)
        edges = wait_edges(known)
        self._lines = {hotline.number: LineSums(hotline, edges) for hotline in known}
        self._links = {pbx: LinkSums() for pbx in [*pbxs, *(hotline.pbx for hotline in known)]}
        self._agents = Labels((agent.id for agent in agents), AGENTS_ADMITTED)
        self._attempts = Counter({(a, outcome): 0 for a in self._agents.values for outcome in AttemptOutcome})
        self._kinds = Labels((), KINDS_ADMITTED)
        self._anomalies: Counter[str] = Counter()
        self._routing_alerts: Counter[tuple[str, str]] = Counter()
        self._decided = Once(CALLS_REMEMBERED)
        self._ended = Once(CALLS_REMEMBERED)
        self._version = version
        self._gauges: list[Callable[[], Iterator[Metric]]] = []
        self._registry = registry
        registry.register(self)

    def watch_live(self, live: Live, now: Callable[[], datetime]) -> None:
        """Tell from now on how many callers stand where."""
        self._gauges.append(lambda: self._live_families(live, now()))

    def watch_duty(self, duty: Callable[[], Duty], now: Callable[[], datetime]) -> None:
        """Tell from now on how many people are on duty, and how far the roster goes."""
        self._gauges.append(lambda: self._duty_families(duty(), now()))

    def watch_routing(self, held: Callable[[], Mapping[HotlineNumber, Held]]) -> None:
        """Tell from now on how far the PBXs' schedules go, and whether they are the right ones."""
        self._gauges.append(lambda: _routing_families(held()))

    def watch_queue(self, depth: Callable[[], int], pauses: Callable[[], int]) -> None:
        """Tell from now on how far behind the work is."""
        self._gauges.append(lambda: iter([_gauge(Name.QUEUE_DEPTH, [((), depth())])]))
        self._gauges.append(lambda: iter([_counter(Name.PAUSES, [((), pauses())])]))

    def watch_spool(self, depth: Callable[[], int]) -> None:
        """Tell from now on how many facts wait in the outbox."""
        self._gauges.append(lambda: iter([_gauge(Name.SPOOL_DEPTH, [((), depth())])]))

    def watch_store(self, is_up: Callable[[], bool]) -> None:
        """Tell from now on whether PostgreSQL takes what comes."""
        self._gauges.append(lambda: iter([_gauge(Name.STORE_UP, [((), is_up())])]))

    def note(self, kind: str) -> None:
        """Count an anomaly of our own, which no PBX caused."""
        self._anomalies[self._kinds.value(kind)] += 1

    def apply(self, fact: Fact) -> None:
        """Count one fact."""
        match fact:
            case CallAnswered(call=call) | CallMissed(call=call):
                self._count_decision(call)
            case CallEnded(call=call):
                self._count_end(call)
            case LinkUp(pbx=pbx):
                self._link(pbx).up = True
                self._link(pbx).gap_seconds += fact.gap_seconds or 0.0
            case LinkDown(pbx=pbx):
                self._link(pbx).up = False
            case Anomaly(kind=kind):
                self.note(kind)
            case RoutingAlert(hotline=hotline, why=why) if hotline in self._lines:
                self._routing_alerts[hotline, self._kinds.value(why)] += 1
            case _:
                pass

    def seen_event(self, pbx: PbxName, n: int, at: Instant) -> None:
        """*n* messages came from *pbx*, the last at *at*."""
        link = self._link(pbx)
        link.events += n
        link.last_event = at

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """The metrics page and its content type, for a request's ``Accept`` header."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type

    def collect(self) -> Iterator[Metric]:
        """Every family with its series, for the registry."""
        yield from self._line_counters()
        yield self._histogram(Name.ANSWER_RINGS, lambda line: line.rings)
        yield self._histogram(Name.ANSWER_WAIT, lambda line: line.waits)
        yield self._histogram(Name.TALK, lambda line: line.talk)
        yield _counter(Name.ATTEMPTS, self._attempts.items())
        yield from self._link_families()
        yield _counter(Name.ANOMALIES, (((kind,), count) for kind, count in self._anomalies.items()))
        yield _counter(Name.ROUTING_ALERTS, self._routing_alerts.items())
        yield _gauge(Name.BUILD, [((self._version, platform.python_version()), 1)])
        for gauges in self._gauges:
            yield from gauges()

    def describe(self) -> Iterator[Metric]:
        """The names, so that the registry refuses a second metric of the same one."""
        for name in Name:
            yield _counter(name, ()) if name.endswith("_total") else _gauge(name, ())

    def _count_decision(self, call: Call) -> None:
        line = self._line(call)
        if line is None or not self._decided.is_first(call.call_id):
            return
        line.tally += Tally.of(call)
        if call.outcome is Outcome.ANSWERED and call.caller_rings is not None:
            line.rings.observe(call.caller_rings)
        if call.outcome is Outcome.ANSWERED and call.wait_seconds is not None:
            line.waits.observe(microseconds(call.wait_seconds))

    def _count_end(self, call: Call) -> None:
        line = self._line(call)
        if line is None or not self._ended.is_first(call.call_id):
            return
        if call.outcome is Outcome.ANSWERED and call.talk_seconds is not None:
            line.talk.observe(microseconds(call.talk_seconds))
        for attempt in call.attempts:
            if attempt.outcome is not None:
                self._attempts[self._agents.value(attempt.agent_id), attempt.outcome] += 1

    def _line(self, call: Call) -> LineSums | None:
        return None if call.hotline is None else self._lines.get(call.hotline)

    def _link(self, pbx: PbxName) -> LinkSums:
        return self._links.setdefault(pbx, LinkSums())

    def _line_counters(self) -> Iterator[Metric]:
        tallies = [(line.labels, line.tally) for line in self._lines.values()]
        outcomes = [
            ((*labels, outcome), getattr(tally, outcome)) for labels, tally in tallies for outcome in Outcome
        ]
        yield _counter(Name.CALLS, outcomes)
        yield _counter(Name.OFFERED, ((labels, tally.offered) for labels, tally in tallies))
        yield _counter(Name.SHORT, ((labels, tally.short) for labels, tally in tallies))
        yield _counter(Name.ON_TIME, ((labels, tally.on_time) for labels, tally in tallies))

    def _histogram(self, name: Name, of: Callable[[LineSums], Histogram]) -> Metric:
        family = HistogramMetricFamily(name, HELP[name][0], labels=HELP[name][1])
        for line in self._lines.values():
            family.add_metric(line.labels, of(line).buckets, of(line).total)
        return family

    def _link_families(self) -> Iterator[Metric]:
        links = [((pbx,), link) for pbx, link in self._links.items()]
        yield _gauge(Name.AMI_UP, ((labels, link.up) for labels, link in links))
        yield _counter(Name.AMI_EVENTS, ((labels, link.events) for labels, link in links))
        seen = ((labels, link.last_event / MICROSECONDS) for labels, link in links)
        yield _gauge(Name.AMI_LAST_EVENT, seen)
        yield _counter(Name.AMI_GAP, ((labels, link.gap_seconds) for labels, link in links))

    def _live_families(self, live: Live, at: datetime) -> Iterator[Metric]:
        now = [(line.labels, live.standing(line.number, at)) for line in self._lines.values()]
        yield _gauge(Name.IN_PROGRESS, (
            ((*labels, state), count)
            for labels, standing in now
            for state, count in (("waiting", standing.waiting), ("ringing", standing.ringing),
                                 ("voicemail", standing.voicemail))
        ))  # fmt: skip
        yield _gauge(Name.TALKING, ((labels, standing.talking) for labels, standing in now))
        longest = ((labels, standing.longest_ringing_seconds or 0.0) for labels, standing in now)
        yield _gauge(Name.LONGEST_RINGING, longest)

    def _duty_families(self, duty: Duty, at: datetime) -> Iterator[Metric]:
        roles = [(number, role) for number in self._lines for role in DutyRole]
        yield _gauge(Name.ON_DUTY, (((n, role), duty.on_duty(n, role, at)) for n, role in roles))
        yield _gauge(Name.DAYS_AHEAD, (((n,), duty.days_ahead(n, at)) for n in self._lines))


def _routing_families(held: Mapping[HotlineNumber, Held]) -> Iterator[Metric]:
    until = ((number, one.until.timestamp() if one.until else 0.0) for number, one in held.items())
    yield _gauge(Name.ROUTING_UNTIL, (((number,), end) for number, end in until))
    yield _gauge(Name.ROUTING_SYNC, (((number,), one.in_sync) for number, one in held.items()))


def _counter(name: Name, samples: Samples) -> Metric:
    family = CounterMetricFamily(name, HELP[name][0], labels=HELP[name][1])
    for labels, value in samples:
        family.add_metric([*labels], value)
    return family


def _gauge(name: Name, samples: Samples) -> Metric:
    family = GaugeMetricFamily(name, HELP[name][0], labels=HELP[name][1])
    for labels, value in samples:
        family.add_metric([*labels], value)
    return family
