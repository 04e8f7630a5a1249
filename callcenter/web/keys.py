"""What handlers find in the application, typed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

from aiohttp import web

from callcenter.roster.changes import Refused
from callcenter.sites import Hotline
from callcenter.terms import HotlineNumber, PbxName
from callcenter.web.desks import Desks
from callcenter.web.ports import (
    AuditWriter,
    CallReader,
    KpiReader,
    LiveReader,
    MetricsText,
    PastReader,
    Readiness,
    TokenReader,
)


def utc_now() -> datetime:
    """The service's clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """How the web part behaves."""

    secret: str
    """Signs wallboard links. Changing it makes every link invalid."""
    listen_host: str = "127.0.0.1"
    metrics_token: str | None = None
    """Bearer that ``/metrics`` asks for; None leaves it open."""
    serve_metrics: bool = True
    """False where the metrics have an address of their own."""
    secure: bool = False
    """Browsers reach us by HTTPS (a proxy ends TLS): cookies are then marked so."""
    beat_seconds: float = 2.0
    """Between two signs of life on the stream. A screen calls itself stale after three."""
    refresh_seconds: float = 10.0
    """A whole snapshot at least this often, also when nothing happens: a day ends without a call."""
    coalesce_seconds: float = 0.25
    """Snapshots of one hotline are at least this far apart, however many facts come."""
    gather_seconds: float = 0.01
    """What follows a telling within this time goes out together: a call that begins to ring at three phones
    is four facts within milliseconds, and one telling tells them all."""
    send_timeout_seconds: float = 10.0
    """A browser that takes nothing for so long is cut off."""
    max_streams: int = 500

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach us."""
        if self.listen_host == "localhost":
            return True
        try:
            return ip_address(self.listen_host).is_loopback
        except ValueError:
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts that the application binds, and the hotlines it knows."""

    hotlines: tuple[Hotline, ...]
    calls: CallReader
    past: PastReader
    kpi: KpiReader
    live: LiveReader
    tokens: TokenReader
    audit: AuditWriter
    readiness: Readiness
    metrics: MetricsText
    desks: Desks
    """Roster, log and routing."""
    now: Callable[[], datetime] = utc_now
    pbx_now: Callable[[PbxName], datetime] | None = None
    """What a PBX's clock shows now, which calls' times are from; None: the service's clock will do."""
    unavailable: tuple[type[Exception], ...] = (ConnectionError, TimeoutError)
    """What the readers raise when the store is away."""
    refusals: tuple[type[Exception], ...] = (Refused,)
    """What the desks raise when the rules don't allow an act: one sentence for whoever asked."""

    def now_at(self, hotline: Hotline) -> datetime:
        """The time by the clock that the hotline's calls are timed with."""
        return self.pbx_now(hotline.pbx) if self.pbx_now else self.now()

    def snapshot(self, hotline: Hotline) -> Mapping[str, Any]:
        """The hotline's live picture of now."""
        return self.live.snapshot(hotline.number, self.now_at(hotline))

    def hotline(self, number: str) -> Hotline | None:
        """The hotline of that number, verbatim."""
        return next((hotline for hotline in self.hotlines if hotline.number == HotlineNumber(number)), None)


PARTS = web.AppKey("PARTS", Parts)
DESKS = web.AppKey("DESKS", Desks)
SETTINGS = web.AppKey("SETTINGS", WebSettings)
