"""What phones and callers shall do, and what they then saw: the words a test tells a call in.

A plan crosses into the PBX's network namespace as JSON, and the truth comes back the same way. All
durations are seconds; all instants are seconds since the epoch by this machine's clock, which is the
PBX's clock too.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

Step = tuple[str | float, ...]
"""One thing a party does while it is connected: ``("wait", 2.0)``, ``("hold",)``, ``("unhold",)``,
``("dtmf", "##1904")``, ``("refer", "1904")`` (blind), ``("consult", "1904")`` then ``("complete",)``
(attended), ``("pull", "1252", 2.0)`` (that device takes the call over, and hangs up after so many seconds),
``("bye",)``. Anything after the far end hung up is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one phone meets one INVITE."""

    alert: tuple[int, ...] = (180,)
    """Provisional answers, in order; empty: it never alerts."""
    alert_after: float = 0.02
    ring: float | None = None
    """From the first alert (or the INVITE, without one) to the final answer; None: until it is stopped, or
    the test has it picked up (``Pbx.pick_up``)."""
    final: int = 200
    contact: str = ""
    """Where a 302 sends the caller."""
    then: tuple[Step, ...] = ()
    crosses: bool = False
    """It is picked up at the moment in which the PBX stops it: its 200 crosses the CANCEL."""


def rings(*, alert: tuple[int, ...] = (180,)) -> Plan:
    """Rings until the PBX stops it."""
    return Plan(alert=alert)


def answers(
    after: float, *, talk: float | None = None, then: tuple[Step, ...] = (), alert: tuple[int, ...] = (180,)
) -> Plan:
    """Is picked up *after* seconds of ringing, and hung up after *talk* seconds (None: by the other side)."""
    goodbye: tuple[Step, ...] = () if talk is None else (("wait", talk), ("bye",))
    return Plan(alert=alert, ring=after, then=(*then, *goodbye))


def busy(after: float = 0.0) -> Plan:
    """Says 486 without ringing."""
    return Plan(alert=(), ring=after, final=486)


def declines(after: float, *, code: int = 603) -> Plan:
    """Rings *after* seconds and refuses."""
    return Plan(ring=after, final=code)


def forwards(to: str, after: float = 0.0) -> Plan:
    """Sends the caller on to extension *to* by a 302."""
    return Plan(alert=(), ring=after, final=302, contact=f"sip:{to}@127.0.0.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One call: who dials what, how the phones meet it, and how the caller ends it."""

    caller: str
    """The number shown; unique among calls that go on at the same time."""
    dials: str
    origin: str = "trunk"
    """``trunk``, or the phone that dials."""
    phones: dict[str, Plan | tuple[Plan, ...]] = field(default_factory=dict)
    """By phone; an outside number by itself, or ``trunk`` for whatever goes out. Several plans meet
    successive INVITEs, the last one all that follow. A phone without a plan rings until it is stopped."""
    gives_up: float | None = None
    """The caller hangs up this long after dialling if nobody has answered by then."""
    hangs_up: float | None = None
    """The caller hangs up this long after a person answered."""
    then: tuple[Step, ...] = ()
    """What the caller does once the PBX has answered."""
    media: bool = False
    """Whether the parties send sound."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Script:
        phones = {phone: tuple(_plan(p) for p in _listed(plans)) for phone, plans in told["phones"].items()}
        return cls(**{**told, "phones": phones, "then": _steps(told["then"])})


def _listed(plans: dict[str, Any] | list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [plans] if isinstance(plans, dict) else plans


def _plan(told: dict[str, Any]) -> Plan:
    return Plan(**{**told, "alert": tuple(told["alert"]), "then": _steps(told["then"])})


def _steps(told: list[list[str | float]]) -> tuple[Step, ...]:
    return tuple(tuple(step) for step in told)


@dataclass(slots=True, kw_only=True)
class Leg:
    """One INVITE that reached one phone, as the phone saw it."""

    phone: str
    t_invite: float
    t_ring: float | None = None
    """When its first 180 or 183 left."""
    ring_code: int | None = None
    t_answer: float | None = None
    """When its 200 left."""
    t_end: float | None = None
    outcome: str = "open"
    """open, answered, cancelled, refused (with ``code``), lost (the PBX died)."""
    code: int | None = None
    elsewhere: bool = False
    """Cancelled because another phone took the call."""
    hung_up_here: bool = False
    by_pickup: bool = False
    """It never rang: it took a call that rang elsewhere."""
    handed_on: bool = False
    """It transferred the call: its end is not the call's."""

    @property
    def ring_seconds(self) -> float | None:
        """From its first alert until picked up, stopped or refused."""
        end = self.t_answer or self.t_end
        return None if self.t_ring is None or end is None else end - self.t_ring


@dataclass(slots=True, kw_only=True)
class Truth:
    """One call as its parties saw it."""

    caller: str
    dials: str
    origin: str
    t_invite: float
    t_connected: float | None = None
    """When the PBX's 200 reached the caller: a person, an announcement or voicemail."""
    t_end: float | None = None
    ended_by: str | None = None
    """``caller``, ``agent`` or ``pbx``."""
    final: int | None = None
    """The SIP answer to the caller's INVITE."""
    legs: list[Leg] = field(default_factory=list)
    late: float = 0.0
    """How late this machine was at most, in seconds, while the call went on: so far may the phones' clocks
    and the PBX's be apart."""

    @property
    def t_first_ring(self) -> float | None:
        return min((leg.t_ring for leg in self.legs if leg.t_ring is not None), default=None)

    @property
    def answering(self) -> Leg | None:
        """The leg that answered first."""
        answered = [leg for leg in self.legs if leg.t_answer is not None]
        return min(answered, key=lambda leg: leg.t_answer or 0.0, default=None)

    @property
    def answered_by(self) -> str | None:
        return self.answering.phone if self.answering else None

    @property
    def ring_seconds(self) -> float | None:
        return self.answering.ring_seconds if self.answering else None

    @property
    def caller_ring_seconds(self) -> float | None:
        """From the first ring to the answer, else to the caller's end."""
        end = self.answering.t_answer if self.answering else self.t_end
        return None if self.t_first_ring is None or end is None else end - self.t_first_ring

    @property
    def wait_seconds(self) -> float | None:
        end = self.answering.t_answer if self.answering else self.t_end
        return None if end is None else end - self.t_invite

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Truth:
        return cls(**{**told, "legs": [Leg(**leg) for leg in told["legs"]]})
