"""What is said between the service and the dialplan: steps, intervals, and what comes of a call.

Everything lies in AstDB below the family ``callcenter``, where ``<h>`` is a hotline's configured number.
Instants are whole Unix seconds.

    <h>/index     2,<first day>,<id>,<id>,…   an id for each day from the first (days since 1970, UTC)
    <h>/<id>/<i>  <until>,<mode>,<step>,…     i = 1, 2, …: its intervals; the first with now < until holds
    <h>/fallback  <phone>                     where callers go when nobody is on duty
    <h>/settings  next|wait                   what a second caller meets
    <h>/force     <mode>,<until>,<by>         before the schedule; until 0: until further notice
    <h>/seen      like force                  the last forced mode that the service knows of

A step is ``<role>;<person>;<seconds>;<phone>;…``, a phone ``d1001`` (an endpoint) or ``m13900000001`` (over
the trunk). An id is the hash of its day's intervals: equal days share it, and other contents never have it.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from callcenter.terms import AgentId, DutyRole, HotlineNumber, RoutingMode

FAMILY = "callcenter"
FORMAT = "2"
DAY = 86_400
"""Seconds."""
LONGEST = 900
"""Bytes of a value: a line of the manager interface holds 1,024."""
MOST_DAYS = 21
MOST_INTERVALS = 96
"""Of one day; the dialplan looks no further."""

_WORD = re.compile(r"[A-Za-z0-9._+-]{1,40}")
_INDEX = re.compile(r"2,([0-9]{1,7})((?:,[0-9a-f]{12}){1,21})")
_STEP = r"(?:primary|backup|supervisor);[A-Za-z0-9._+-]+;[1-9][0-9]{0,2}(?:;[dm][A-Za-z0-9._+-]+)+"
_INTERVAL = re.compile(rf"([0-9]{{1,12}}),(open|closed)((?:,{_STEP})*)")
_FORCE = re.compile(r"(open|closed),([0-9]{1,12}),([A-Za-z0-9._+-]*)")
PHONE = re.compile(r"[dm][A-Za-z0-9._+-]+")


def plain(word: str) -> bool:
    """Whether *word* can stand in a step: the dialplan splits at everything else."""
    return _WORD.fullmatch(word) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One person's turn."""

    role: DutyRole
    person: AgentId
    seconds: int
    """How long each phone rings."""
    phones: tuple[str, ...]
    """In order, each with its ``d`` or ``m`` in front."""

    def __str__(self) -> str:
        return ";".join((self.role, self.person, str(self.seconds), *self.phones))

    @classmethod
    def read(cls, text: str) -> "Step":
        """What :meth:`__str__` wrote."""
        role, person, seconds, *phones = text.split(";")
        return cls(role=DutyRole(role), person=AgentId(person), seconds=int(seconds), phones=tuple(phones))


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A stretch of a day in which nothing changes."""

    until: int
    mode: RoutingMode
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return ",".join((str(self.until), self.mode, *map(str, self.steps)))

    @classmethod
    def read(cls, text: str | None) -> "Interval | None":
        """What :meth:`__str__` wrote; None where the dialplan would call it malformed."""
        found = _INTERVAL.fullmatch(text or "")
        if found is None:
            return None
        steps = tuple(Step.read(step) for step in found[3].split(",")[1:])
        return cls(until=int(found[1]), mode=RoutingMode(found[2]), steps=steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """Which days a schedule is of."""

    first: int
    """Days since the epoch."""
    ids: tuple[str, ...]

    @property
    def until(self) -> int:
        """The end of the last day."""
        return (self.first + len(self.ids)) * DAY

    def __str__(self) -> str:
        return ",".join((FORMAT, str(self.first), *self.ids))

    @classmethod
    def read(cls, text: str | None) -> "Index | None":
        """What :meth:`__str__` wrote; None where the dialplan would call it malformed."""
        found = _INDEX.fullmatch(text or "")
        return cls(first=int(found[1]), ids=tuple(found[2][1:].split(","))) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forced:
    """A mode that somebody has set, whatever the schedule says."""

    mode: RoutingMode
    until: int
    """0: until further notice."""
    by: str
    """A person's id, or the phone that the code was dialled on."""

    def holds(self, at: int) -> bool:
        """Whether it is in force then."""
        return self.until == 0 or at < self.until

    def __str__(self) -> str:
        return f"{self.mode},{self.until},{self.by}"

    @classmethod
    def read(cls, text: str | None) -> "Forced | None":
        """What :meth:`__str__` wrote; None where the dialplan would pass it over."""
        found = _FORCE.fullmatch(text or "")
        return cls(mode=RoutingMode(found[1]), until=int(found[2]), by=found[3]) if found else None


class Mode(StrEnum):
    """Where a caller is sent."""

    OPEN = "open"
    """On, to where the customer's own dialplan leads."""
    CLOSED = "closed"
    """To the people on duty, one after the other."""
    FALLBACK = "fallback"
    """To the number for when there is nobody."""


class Why(StrEnum):
    """Why there."""

    SCHEDULE = "schedule"
    FORCED = "forced"
    NOBODY = "nobody"
    """Closed, and nobody is on duty."""
    MALFORMED = "malformed"
    """What the PBX holds makes no sense."""
    EXPIRED = "expired"
    """The PBX holds nothing for this day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What happens to a call that comes at an instant."""

    mode: Mode
    why: Why
    steps: tuple[Step, ...] = ()
    """Who is tried, in order; empty unless the mode is closed."""


def decision(mode: RoutingMode, steps: tuple[Step, ...], forced: Forced | None) -> Decision:
    """What comes of a schedule's *mode* and *steps*, and of a forced mode that is in force."""
    why = Why.FORCED if forced else Why.SCHEDULE
    if (forced.mode if forced else mode) is RoutingMode.OPEN:
        return Decision(mode=Mode.OPEN, why=why)
    if not steps:
        return Decision(mode=Mode.FALLBACK, why=Why.NOBODY)
    return Decision(mode=Mode.CLOSED, why=why, steps=steps)


Keys = dict[str, str]
"""Keys of one hotline below ``<h>/``, and their values."""
Content = dict[HotlineNumber, Keys]
"""The same of several hotlines."""
