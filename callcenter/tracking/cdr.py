"""From call detail records to calls: coarse, and silent where they don't know.

Theory of operation. There is one record for each leg. Together those of a caller's channel say which
phones were tried, which of them were connected, and when the caller was gone; they don't say when a
phone rang, who hung up, or whether an unanswered caller gave up or was given up on. ``billsec`` counts
from when the *caller's* channel was answered, which a queue or an announcement does long before a
person: it is an answer's time only where a record of the same caller shows that nothing had answered
him before. So most that can be told is who answered; what can't is null, and an outcome `lost`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

from callcenter.record import Attempt, Call, Duty
from callcenter.sites import Hotline, Site
from callcenter.terms import (
    AttemptOutcome,
    CallId,
    CallState,
    Direction,
    Linkedid,
    Outcome,
    Phone,
    Source,
    Uniqueid,
)
from callcenter.tracking.channels import Channel, is_local, local_pair, may_be_person
from callcenter.tracking.directory import Directory, caller_number
from callcenter.tracking.parts import moment
from callcenter.tracking.records import CdrRow
from callcenter.tracking.rules import NO_ROSTER, Rules

_ANSWERED: Final = "ANSWERED"
_OUTCOMES: Final = {
    "BUSY": Outcome.BUSY,
    "FAILED": Outcome.UNREACHABLE,
    "CONGESTION": Outcome.UNREACHABLE,
}
"""Of a caller for whom every record says the same."""
_ATTEMPTS: Final = {
    "BUSY": AttemptOutcome.BUSY,
    "FAILED": AttemptOutcome.UNREACHABLE,
    "CONGESTION": AttemptOutcome.UNREACHABLE,
}
_VOICEMAIL: Final = frozenset({"VoiceMail", "MinivmRecord"})


def from_cdr(
    rows: Iterable[CdrRow],
    site: Site,
    arrivals: Mapping[CallId, datetime] | None = None,
    rules: Rules = NO_ROSTER,
) -> list[Call]:
    """The calls from outside that are over by *rows*, told as far as these go.

    *arrivals*: when callers known already came, exactly; else it is the whole second that the record has.
    """
    names = Directory(site)
    by_caller: dict[Uniqueid, list[CdrRow]] = {}
    by_link: dict[Linkedid, list[CdrRow]] = {}
    for row in sorted(rows, key=attrgetter("start")):
        by_caller.setdefault(row.uniqueid, []).append(row)
        by_link.setdefault(row.linkedid, []).append(row)
    told = []
    for uniqueid, own in by_caller.items():
        call_id = CallId(f"{site.pbx}:{uniqueid}")
        if not is_local(own[0].channel) and names.from_outside(_channel(own[0].channel, own[0])):
            linked = [row for link in dict.fromkeys(r.linkedid for r in own) for row in by_link[link]]
            told.append(_Caller(names, rules, own, linked).tell(call_id, (arrivals or {}).get(call_id)))
    return told


@dataclass(frozen=True, slots=True)
class _Caller:
    """One caller's records, in order of their start, and all that are linked with them."""

    names: Directory
    rules: Rules
    own: list[CdrRow]
    linked: list[CdrRow]

    def tell(self, call_id: CallId, arrived_at: datetime | None) -> Call:
        first = min(self.own, key=lambda row: (row.start, row.duration))
        arrival = arrived_at or moment(first.start)
        number = first.dst
        hotline = self._hotline(first, number)
        over = max(row.start - first.start + round(row.duration * 1_000_000) for row in self.own)
        ended = arrival + timedelta(microseconds=over)
        answer = self._answered()
        phone = self._phone(answer) if answer is not None and not self._doubtful(answer) else None
        answered_at = self._answered_at(answer, first, arrival) if answer is not None else None
        outcome = self._outcome(answer)
        talked = answered_at is not None and sum(r.disposition == _ANSWERED for r in self.own) == 1
        duty = self.rules.duty(hotline.number, arrival) if hotline else Duty()
        return Call(
            call_id=call_id,
            pbx=self.names.site.pbx,
            linkedid=first.linkedid,
            uniqueid=first.uniqueid,
            direction=Direction.INBOUND,
            hotline=hotline.number if hotline else None,
            dialled=number,
            caller=caller_number(first.src),
            arrived_at=arrival,
            answered_at=answered_at,
            ended_at=ended,
            outcome=outcome,
            answered_by=Phone(self.names.phone(phone)) if phone else None,
            agent_id=self.names.agent(phone) if phone else None,
            wait_seconds=(answered_at - arrival).total_seconds() if answered_at else None,
            target_rings=duty.target_rings or hotline.target_rings if hotline else None,
            cadence=hotline.cadence if hotline else None,
            short_abandon_seconds=hotline.short_abandon_seconds if hotline else None,
            talk_seconds=(ended - answered_at).total_seconds() if answered_at and talked else None,
            hold_seconds=0.0 if talked else None,
            after_hours=duty.after_hours,
            shift_id=duty.shift_id,
            shift_ids=duty.shift_ids,
            on_duty=duty.on_duty,
            attempts=tuple(self._attempts(answer, first, arrival)) if hotline else (),
            source=Source.CDR,
            state=CallState.ENDED,
            decided_at=answered_at or ended,
            final=True,
        )

    def _hotline(self, first: CdrRow, number: str) -> Hotline | None:
        found = self.names.dialled(_channel(first.channel, first), number, anywhere=True)
        sent_on = first.disposition == _ANSWERED and any(row.start > first.start for row in self.own)
        return None if found is None or (sent_on and first.dcontext not in found.contexts) else found

    def _answered(self) -> CdrRow | None:
        """The first record of a leg that was connected to the caller for certain."""
        answers = (row for row in self.own if row.disposition == _ANSWERED and row.billsec)
        return next((row for row in answers if self._phone(row)), None)

    def _doubtful(self, answer: CdrRow) -> bool:
        """Whether another may have answered before."""
        told = self.own[: self.own.index(answer)]
        return any(row.disposition == _ANSWERED and row.dstchannel and not row.billsec for row in told)

    def _phone(self, row: CdrRow, depth: int = 4) -> Channel | None:
        """The phone of a leg, looked for behind Local channels."""
        if not is_local(row.dstchannel):
            is_phone = bool(row.dstchannel) and may_be_person(row.dstchannel)
            return _channel(row.dstchannel, row) if is_phone else None
        behind = local_pair(row.dstchannel)[0] + ";2"
        found = [r for r in self.linked if r.channel == behind and r.disposition == row.disposition]
        return next((phone for r in found if depth and (phone := self._phone(r, depth - 1))), None)

    def _answered_at(self, answer: CdrRow, first: CdrRow, arrival: datetime) -> datetime | None:
        """When, if a record shows that the caller had not been answered by the dialplan before."""
        until = answer.start - first.start + round((answer.duration - answer.billsec) * 1_000_000)
        if self._doubtful(answer):
            return None
        unanswered = any(
            row.disposition != _ANSWERED and row.billsec == 0 and row.duration > 0
            for row in self.own
            if row.start == answer.start
        )
        return arrival + timedelta(microseconds=until) if unanswered and answer.billsec else None

    def _outcome(self, answer: CdrRow | None) -> Outcome:
        if answer is not None:
            return Outcome.ANSWERED
        if any(row.lastapp in _VOICEMAIL for row in self.own):
            return Outcome.VOICEMAIL
        told = {row.disposition for row in self.own}  # an answer that did not last is none of _OUTCOMES
        return _OUTCOMES.get(next(iter(told)), Outcome.LOST) if len(told) == 1 else Outcome.LOST

    def _attempts(self, answer: CdrRow | None, first: CdrRow, arrival: datetime) -> Iterable[Attempt]:
        for row in self.own:
            phone = self._phone(row)
            if phone is None or (answer is not None and row.start > answer.start):
                continue
            sure = row is answer and not self._doubtful(row)
            outcome = AttemptOutcome.ANSWERED if sure else _ATTEMPTS.get(row.disposition)
            yield Attempt(
                phone=self.names.phone(phone),
                agent_id=self.names.agent(phone),
                started_at=arrival + timedelta(microseconds=row.start - first.start),
                ring_started_at=None,
                ring_seconds=None,
                rings=None,
                outcome=outcome or AttemptOutcome.LOST,
            )


def _channel(name: str, row: CdrRow) -> Channel:
    return Channel(
        uniqueid=Uniqueid(""),
        name=name,
        linkedid=row.linkedid,
        state=0,
        context=row.dcontext,
        exten=row.dst,
        number="",
        first_at=row.start,
        clock=None,
        born=False,
    )
