"""The imaginary company of the demo: three hotlines, eight agents, and how their calls usually go."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final
from zoneinfo import ZoneInfo

from callcenter.sites import Agent, Hotline
from callcenter.terms import AgentId, HotlineNumber, PbxName, Phone

PBX: Final = PbxName("demo")
TRUNKS: Final = ("trunk",)
CONTEXTS: Final = ("from-trunk",)
ZONE: Final = ZoneInfo("Asia/Shanghai")

HOTLINES: Final = (
    Hotline(number=HotlineNumber("4001"), name="客户服务 Customer service", pbx=PBX, contexts=CONTEXTS),
    Hotline(number=HotlineNumber("4002"), name="技术支持 Technical support", pbx=PBX, contexts=CONTEXTS),
    Hotline(number=HotlineNumber("4003"), name="订单与物流 Orders", pbx=PBX, contexts=CONTEXTS),
)

_NAMES: Final = ("王芳", "李伟", "张敏", "刘洋", "陈静", "杨磊", "赵娜", "黄强")
AGENTS: Final = tuple(
    Agent(id=AgentId(str(1001 + n)), name=name, phones=(Phone(str(1001 + n)),))
    for n, name in enumerate(_NAMES)
)


class Wait(Enum):
    """What the quiet before the decision is."""

    RINGING = auto()
    """Until an agent answers."""
    PATIENCE = auto()
    """Until the caller gives up."""


class Last(Enum):
    """What the last quiet is."""

    TALK = auto()
    MESSAGE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One recording and how often a call goes like that."""

    recording: str
    weight: float
    wait: Wait | None = Wait.RINGING
    last: Last | None = Last.TALK


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One hotline's phones and habits."""

    number: str
    queue: str
    phones: tuple[str, ...]
    share: float
    """Of all calls."""
    slowness: float
    """Ring times are so many times as long as usual."""
    scenarios: tuple[Scenario, ...]


def _gave_up(recording: str, weight: float) -> Scenario:
    return Scenario(recording=recording, weight=weight, wait=Wait.PATIENCE, last=None)


def _left_a_message(recording: str, weight: float) -> Scenario:
    return Scenario(recording=recording, weight=weight, wait=None, last=Last.MESSAGE)


def _dropped(recording: str, weight: float) -> Scenario:
    return Scenario(recording=recording, weight=weight, wait=None, last=None)


def _answered(recording: str, weight: float) -> Scenario:
    return Scenario(recording=recording, weight=weight)


DESKS: Final = (
    Desk(
        number="4001",
        queue="service",
        phones=("1001", "1002", "1003", "1004"),
        share=0.5,
        slowness=1.0,
        scenarios=(
            _answered("ringgroup-answer-2nd-ring", 70),
            _answered("ringgroup-one-rejects-603", 5),
            _answered("announcement-then-ringgroup", 6),
            _answered("blind-transfer-refer", 4),
            _answered("attended-transfer-refer", 2),
            _answered("park-retrieve", 1),
            _gave_up("ringgroup-abandon-03s", 3),
            _gave_up("ringgroup-abandon-20s", 3),
            _left_a_message("ringgroup-noanswer-voicemail", 3),
            _dropped("ringgroup-all-busy", 1.5),
            _dropped("ringgroup-noanswer-hangup", 1),
            _answered("internal-call", 2),
        ),
    ),
    Desk(
        number="4002",
        queue="support",
        phones=("1003", "1004", "1005", "1006"),
        share=0.3,
        slowness=1.5,
        scenarios=(
            _answered("queue-ringall-answered", 60),
            _answered("queue-rrmemory-rna-then-answer", 10),
            _answered("queue-local-members", 12),
            _gave_up("queue-abandon", 9),
            _left_a_message("queue-timeout-exit", 6),
            _dropped("ringgroup-all-busy", 1),
        ),
    ),
    Desk(
        number="4003",
        queue="orders",
        phones=("1005", "1006", "1007", "1008"),
        share=0.2,
        slowness=0.8,
        scenarios=(
            _answered("direct-answer-01s", 55),
            _answered("direct-answer-17s", 12),
            _answered("early-media-183", 6),
            _answered("pickup-star8", 6),
            _answered("forward-302", 4),
            _gave_up("ringgroup-abandon-03s", 5),
            _left_a_message("ringgroup-unregistered", 1.5),
            _dropped("ringgroup-unreachable-hangup", 1),
        ),
    ),
)

_BY_HOUR: Final = (
    *(0.06, 0.05, 0.04, 0.04, 0.04, 0.06, 0.10, 0.25, 0.60, 1.00, 1.00, 0.85),
    *(0.45, 0.60, 0.95, 0.90, 0.80, 0.55, 0.30, 0.22, 0.18, 0.14, 0.10, 0.08),
)
PEAK_PER_HOUR: Final = 56.0


def calls_per_hour(hour: float) -> float:
    """How busy it is at local *hour* (0 ≤ hour < 24) of a usual day; about 520 calls in all."""
    before = int(hour) % 24
    part = hour - int(hour)
    return PEAK_PER_HOUR * (_BY_HOUR[before] * (1 - part) + _BY_HOUR[(before + 1) % 24] * part)
