"""A hotline played by intention: what happens is decided first, and what must be told follows from that.

Nothing here reads events. Plans of calls say how long callers wait and what each phone does; playing
them gives at once the events that Asterisk would send and the truth that a watcher in the room would
write down. It is slow, obvious, and independent of the tracker.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from callcenter.ami import events as ev
from callcenter.terms import AttemptOutcome, HangupSide, Outcome
from tests.support.script import Pbx

PERIOD = 5.0
CLOSING_SECONDS = 4.0
HANDLING = 0.004
"""Seconds that the PBX takes between one thing and the next."""


@dataclass(frozen=True, kw_only=True)
class Phone:
    """What one phone does when it is called."""

    number: str
    does: str
    """``answers``, ``ignores``, ``busy``, ``declines`` or ``unregistered``."""
    alerts: str = "180"
    """``180``, ``183``, ``both`` or ``none``."""
    after: float = 0.1
    """Seconds from the call to the first sign of life."""
    rings: float = 3.0
    """Seconds from that sign to what it does."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One Dial or one Queue in the dialplan."""

    phones: tuple[Phone, ...]
    limit: float
    queue: bool = False


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One caller's visit."""

    arrives: float
    greeting: float
    steps: tuple[Step, ...]
    patience: float
    """Seconds after arrival at which an unanswered caller hangs up."""
    closing: str
    """``hangup``, ``announcement`` or ``voicemail``."""
    talks: float = 10.0
    agent_ends: bool = False
    holds: float = 0.0


@dataclass(kw_only=True)
class Truth:
    """What the watcher writes down."""

    outcome: Outcome | None = None
    answered_by: str | None = None
    first_ring: float | None = None
    answered: float | None = None
    own_ring: float | None = None
    waited: float = 0.0
    attempts: list[tuple[str, AttemptOutcome]] = field(default_factory=list)
    hung_up_by: HangupSide | None = None
    talked: float | None = None
    held: float | None = None


Action = tuple[float, int, Callable[[], None]]


class Play:
    """Plays plans on one PBX."""

    def __init__(self) -> None:
        self.pbx = Pbx()
        self._actions: list[Action] = []
        self._names: dict[str, str] = {}

    def run(self) -> None:
        """Everything, in the order of time."""
        for at, _, action in sorted(self._actions, key=lambda entry: entry[:2]):
            self.pbx.at(at)
            action()

    def do(self, at: float, action: Callable[[], None]) -> None:
        """Let *action* happen at *at*; of one instant, in the order of saying."""
        self._actions.append((round(at, 6), len(self._actions), action))

    def name(self, key: str) -> str:
        """The channel that was made under *key*."""
        return self._names[key]

    def uniqueid(self, key: str) -> str:
        """The Uniqueid of the channel under *key*."""
        return str(self.pbx.uniqueid(self._names[key]))

    def make(self, at: float, key: str, create: Callable[[], str]) -> None:
        """Make a channel under *key*."""

        def action() -> None:
            self._names[key] = create()

        self.do(at, action)

    def call(self, key: str, plan: Plan) -> Truth:
        """Plan one visit; its truth."""
        return _Visit(self, key, plan).play()


class _Visit:
    def __init__(self, play: Play, key: str, plan: Plan) -> None:
        self.play_on, self.key, self.plan = play, key, plan
        self.pbx, self.truth = play.pbx, Truth()
        self.leaves = plan.arrives + plan.patience
        self.refused = self.rang = False

    def _caller(self) -> str:
        return self.play_on.name(self.key)

    def play(self) -> Truth:
        plan, do = self.plan, self.play_on.do
        self.play_on.make(plan.arrives, self.key, self.pbx.caller)
        now = plan.arrives + plan.greeting
        if self.leaves <= now:
            return self._rings_off(self.leaves, Outcome.ABANDONED)
        for number, step in enumerate(plan.steps):
            ended = self._step(number, step, now)
            if ended is None:
                return self.truth
            now = ended + HANDLING
        if plan.closing == "voicemail":
            do(now, lambda: self.pbx.channel(ev.Newexten, self._caller(), application="VoiceMail"))
            self.truth.waited = now - plan.arrives
            left = max(self.leaves, now + 1)
            do(left, lambda: self.pbx.ring_off(self._caller()))
            self.truth.outcome, self.truth.hung_up_by = Outcome.VOICEMAIL, HangupSide.CALLER
            return self.truth
        return self._closes(now)

    def _closes(self, now: float) -> Truth:
        outcome = Outcome.NO_ANSWER if self.rang else Outcome.BUSY if self.refused else Outcome.UNREACHABLE
        until = now + (CLOSING_SECONDS if self.plan.closing == "announcement" else 0)
        if self.leaves < until:
            return self._rings_off(max(self.leaves, now), outcome)
        self.play_on.do(until, lambda: self.pbx.hangup(self._caller()))
        self.truth.outcome, self.truth.hung_up_by = outcome, HangupSide.PBX
        self.truth.waited = until - self.plan.arrives
        return self.truth

    def _rings_off(self, at: float, outcome: Outcome) -> Truth:
        self.play_on.do(at, lambda: self.pbx.ask_hangup(self._caller()))
        self.play_on.do(at + HANDLING, lambda: self.pbx.hangup(self._caller(), 127))
        self.truth.outcome, self.truth.hung_up_by = outcome, HangupSide.CALLER
        self.truth.waited = at - self.plan.arrives
        return self.truth

    def _step(self, number: int, step: Step, begins: float) -> float | None:
        """Play one step; when it ended, None where the visit ended in it."""
        do, phones = self.play_on.do, [p for p in step.phones if p.does != "unregistered"]
        if step.queue:
            do(begins, lambda: self.pbx.channel(ev.QueueCallerJoin, self._caller(), queue="hot"))
        done = {p.number: begins + p.after + p.rings for p in phones}
        answers = {p.number: done[p.number] for p in phones if p.does == "answers"}
        refuses = [done[p.number] for p in phones if p.does in {"busy", "declines"}]
        picked_up = min(answers.values(), default=float("inf"))
        gives_up = begins + step.limit
        if not step.queue and len(refuses) == len(phones):
            gives_up = min(gives_up, max(refuses, default=begins))
        ends = min(picked_up, gives_up, self.leaves)
        winner = min(answers, key=answers.__getitem__) if ends == picked_up else None
        for phone in phones:
            self._try(f"{self.key}/{number}/{phone.number}", phone, begins, ends, winner)
        if winner is not None:
            return self._answered(f"{self.key}/{number}/{winner}", winner, ends, step)
        if ends == self.leaves:
            self._rings_off(ends, Outcome.ABANDONED)
        if step.queue:
            do(ends, lambda: self.pbx.channel(ev.QueueCallerLeave, self._caller(), queue="hot"))
        elif not phones and ends != self.leaves:
            do(ends, lambda: self.pbx.variable(self._caller(), "DIALSTATUS", "CHANUNAVAIL"))
        return None if ends == self.leaves else ends

    def _try(self, key: str, phone: Phone, begins: float, ends: float, winner: str | None) -> None:
        """One phone's attempt, from its leg's creation to its end."""
        do, pbx = self.play_on.do, self.pbx
        self.play_on.make(begins, key, lambda: pbx.dial(self._caller(), f"PJSIP/{phone.number}"))
        sign, own_end = begins + phone.after, begins + phone.after + phone.rings
        alerts = "none" if phone.does == "busy" else phone.alerts
        alerted = alerts != "none" and sign < ends
        if alerted:
            self._alert(key, alerts, sign, ends)
        refuses = phone.does in {"busy", "declines"} and own_end < ends
        if refuses or (
            phone.does in {"busy", "declines"} and own_end == ends and winner is None and ends < self.leaves
        ):
            cause = 17 if phone.does == "busy" else 21
            do(own_end, lambda: pbx.refuse(self._caller(), self.play_on.name(key), cause))
            outcome = AttemptOutcome.BUSY if phone.does == "busy" else AttemptOutcome.REJECTED
            self.refused = True
        elif winner == phone.number:
            outcome = AttemptOutcome.ANSWERED
            self.truth.own_ring = ends - sign if alerted else None
        else:
            outcome = self._stopped(key, ends, winner, alerted=alerted)
        self.truth.attempts.append((phone.number, outcome))

    def _alert(self, key: str, alerts: str, sign: float, ends: float) -> None:
        do, pbx = self.play_on.do, self.pbx
        if alerts in {"180", "both"}:
            do(sign, lambda: pbx.ring(self._caller(), self.play_on.name(key)))
        if alerts == "183" or (alerts == "both" and sign + 0.5 < ends):
            late = sign if alerts == "183" else sign + 0.5
            do(late, lambda: pbx.progress(self._caller(), self.play_on.name(key)))
        first = self.truth.first_ring
        self.truth.first_ring = sign if first is None else min(first, sign)

    def _stopped(self, key: str, ends: float, winner: str | None, *, alerted: bool) -> AttemptOutcome:
        do, pbx = self.play_on.do, self.pbx
        gave_up = winner is None and ends == self.leaves
        status, cause = ("CANCEL", 127) if gave_up else ("CANCEL", 26) if winner else ("NOANSWER", 0)
        late = ends + HANDLING / 2
        do(late, lambda: pbx.end_dial(self._caller(), self.play_on.name(key), status))
        do(late, lambda: pbx.hangup(self.play_on.name(key), cause))
        if winner:
            return AttemptOutcome.ANSWERED_ELSEWHERE
        if gave_up:
            return AttemptOutcome.CALLER_GAVE_UP
        self.rang = self.rang or alerted
        return AttemptOutcome.NO_ANSWER if alerted else AttemptOutcome.UNREACHABLE

    def _answered(self, key: str, winner: str, at: float, step: Step) -> None:
        do, pbx, plan, truth = self.play_on.do, self.pbx, self.plan, self.truth
        name = self.play_on.name
        do(at, lambda: pbx.connect(self._caller(), name(key), name=f"bridge {self.key}"))
        if step.queue:
            do(at, lambda: pbx.channel(ev.QueueCallerLeave, self._caller(), queue="hot"))
        if plan.holds:
            do(at + 1, lambda: pbx.channel(ev.Hold, name(key)))
            do(at + 1 + plan.holds, lambda: pbx.channel(ev.Unhold, name(key)))
        over = at + 2 + plan.holds + plan.talks
        ends: Any = name if plan.agent_ends else (lambda _key: self._caller())
        do(over, lambda: pbx.ask_hangup(ends(key)))
        do(over, lambda: pbx.hangup(name(key)))
        do(over + HANDLING, lambda: pbx.hangup(self._caller()))
        truth.outcome, truth.answered_by, truth.answered = Outcome.ANSWERED, winner, at
        truth.waited = at - plan.arrives
        truth.hung_up_by = HangupSide.AGENT if plan.agent_ends else HangupSide.CALLER
        truth.talked, truth.held = 2 + plan.talks, plan.holds
