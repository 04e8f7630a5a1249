"""What the operator told us of PBXs, hotlines and agents, as the domain needs it: no secrets, no hosts."""

from dataclasses import dataclass, field
from enum import StrEnum

from callcenter.rings import PRESETS, Cadence
from callcenter.terms import AgentId, HotlineNumber, PbxName, Phone

DEFAULT_CONTEXTS = ("from-trunk", "from-pstn", "from-external")
"""Dialplan contexts that lead in from outside unless configured."""

ALL_DAY = ("00:00-24:00 1",)
"""Coverage unless configured: one seat, day and night."""


class WhenBusy(StrEnum):
    """What a second caller meets while whoever is on duty talks."""

    NEXT = "next"
    """The next step of the chain."""
    WAIT = "wait"
    """Waits for that person up to the step's limit, then goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """How long each role's phones ring after hours, in rings, and what a second caller meets."""

    primary_rings: int = 4
    backup_rings: int = 4
    supervisor_rings: int = 6
    busy: WhenBusy = WhenBusy.NEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotline:
    """One hotline number and the rule its calls are judged by."""

    number: HotlineNumber
    """As configured: plain digits, or after ``_`` a pattern in Asterisk's syntax."""
    name: str
    pbx: PbxName
    contexts: tuple[str, ...] = DEFAULT_CONTEXTS
    cadence: Cadence = PRESETS["cn"]
    target_rings: int = 3
    short_abandon_seconds: float = 5.0
    time_zone: str = "Asia/Shanghai"
    """IANA name; days and quarters of an hour on the screens are cut in this zone."""
    after_hours_target_rings: int | None = None
    """The target outside office hours; None: the same."""
    office_hours: tuple[str, ...] = ()
    """Lines for :meth:`callcenter.roster.hours.Hours.parse`; none: always open."""
    seats: tuple[str, ...] = ALL_DAY
    """Likewise: how many primaries are needed when."""
    fallback: Phone | None = None
    """Whom callers reach when nobody is on duty; None: as the dialplan has it."""
    chain: Chain = Chain()


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A person, or for now a phone, who takes calls."""

    id: AgentId
    name: str
    phones: tuple[Phone, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One PBX with its hotlines, as the call tracker sees it."""

    pbx: PbxName = PbxName("main")
    trunks: frozenset[str] = frozenset()
    """Endpoint names of trunks; a channel name without its technology and serial number."""
    monitor_dir: str = "/var/spool/asterisk/monitor"
    hotlines: tuple[Hotline, ...] = ()
    agents: tuple[Agent, ...] = field(default=())
    any_number: bool = False
    """Without a configuration every number dialled in a default context is a hotline of its own."""
