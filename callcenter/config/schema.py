"""The tables and keys of the configuration file, their defaults and what each value may be.

What one key may hold is judged here; what keys mean together (unique numbers, a hotline's PBX) is
judged in :mod:`callcenter.config.together`, so that both are told at once.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from callcenter.ami.settings import READ_CLASSES
from callcenter.rings import PRESETS, Cadence, period_us
from callcenter.sites import DEFAULT_CONTEXTS

CLASSES = tuple(
    "system call log verbose agent user dtmf reporting cdr dialplan agi cc aoc security message all".split()
)
"""Asterisk's classes of events."""
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_NUMBER = re.compile(r"\+?[0-9A-Za-z*#]{1,40}|_[0-9A-Za-z.!+*#\[\]-]{1,80}")


class Listen(NamedTuple):
    """An address to listen on."""

    host: str
    port: int

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host in {"localhost", "::1"} or self.host.startswith("127.")

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _listen(value: object) -> object:
    if not isinstance(value, str):
        return value
    host, _, port = value.strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise ValueError("write an address and a port, e.g. 127.0.0.1:8080 or [::]:8080")
    return Listen(host, int(port))


def _words(value: object) -> object:
    """Words between commas, as the environment writes a list."""
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    return value


def _cadence(value: object) -> object:
    if isinstance(value, str) and value in PRESETS:
        return PRESETS[value]
    parts = _words(value)
    try:
        cadence = tuple(float(part) for part in parts)  # type: ignore[attr-defined]  # TypeError below
        period_us(cadence)
    except (OverflowError, TypeError, ValueError):
        raise ValueError(
            "a country's preset or seconds of tone and silence whose sum is above 0, e.g. "
            f'"cn" or [1.0, 4.0]; presets: {" ".join(PRESETS)}'
        ) from None
    return cadence


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("not a time zone's IANA name, e.g. Asia/Shanghai") from None
    return value


def _dsn(value: SecretStr) -> SecretStr:
    """A PostgreSQL URI, sockets included (``postgresql://u@/db?host=/run/postgresql``); never echoed."""
    try:
        parts = urlsplit(value.get_secret_value())
        _ = parts.port
    except ValueError:
        raise ValueError("its host or port can't be read; see the form below") from None
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ValueError(
            "write postgresql://user:password@host:5432/name, or over a socket "
            "postgresql://user@/name?host=/run/postgresql"
        )
    if len(parts.path) < 2:
        raise ValueError("the database's name is missing: postgresql://user:password@host/NAME")
    return value


def _trunk(value: str) -> str:
    if not value or "/" in value or any(c.isspace() for c in value):
        raise ValueError("write the endpoint's name alone, e.g. provider (not PJSIP/provider)")
    return value


def _matching(pattern: re.Pattern[str], why: str) -> AfterValidator:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(why)
        return value

    return AfterValidator(check)


Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Text = Annotated[str, Field(min_length=1)]
Dsn = Annotated[SecretStr, AfterValidator(_dsn)]
Address = Annotated[Listen, BeforeValidator(_listen)]
Port = Annotated[int, Field(ge=1, le=65535)]
PbxId = Annotated[
    str, _matching(_NAME, "letters, digits, _ . and - only (it becomes part of every call's id)")
]
Number = Annotated[
    str,
    _matching(_NUMBER, 'the digits as the PBX dials them, e.g. "4001", or a pattern after _, e.g. "_400X"'),
]
ReadClass = Annotated[str, _matching(re.compile("|".join(CLASSES)), f"one of {', '.join(CLASSES)}")]
ReadClasses = Annotated[tuple[ReadClass, ...], BeforeValidator(_words), Field(min_length=1)]


class Table(BaseModel):
    """A table of the file: unknown keys are faults, values never appear in pydantic's messages."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class PbxTable(Table):
    """``[[pbx]]``: an Asterisk and how to reach its manager interface."""

    name: PbxId
    host: Text = "127.0.0.1"
    port: Port = 5038
    username: Text
    secret: SecretStr
    trunks: Annotated[tuple[Annotated[str, AfterValidator(_trunk)], ...], BeforeValidator(_words)] = ()
    tls: bool = False
    tls_ca: Path | None = None
    """PEM file of the authority that signed the PBX's certificate; else the system's authorities."""
    tls_name: str | None = None
    """The name that its certificate must bear, where that is not the host."""
    tls_verify: bool = True
    """False takes any certificate: for a test, never across a network."""
    monitor_dir: str = "/var/spool/asterisk/monitor"
    clock: Literal["pbx", "arrival"] = "pbx"
    """``arrival``: this PBX's clock can't be trusted, count from when its bytes arrive."""
    read_classes: Annotated[tuple[ReadClass, ...], BeforeValidator(_words), Field(min_length=1)] = (
        READ_CLASSES
    )
    """Classes of events to ask for at login; what is left out here is not known about calls."""


class HotlineTable(Table):
    """``[[hotline]]``: a number and the rule its calls are judged by."""

    number: Number
    name: Text
    pbx: str = ""
    """Empty: the only PBX there is."""
    contexts: Annotated[tuple[Text, ...], BeforeValidator(_words), Field(min_length=1)] = DEFAULT_CONTEXTS
    cadence: Annotated[Cadence, BeforeValidator(_cadence)] = PRESETS["cn"]
    target_rings: Annotated[int, Field(ge=1, le=100)] = 3
    short_abandon_seconds: Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)] = 5.0
    time_zone: Annotated[str, AfterValidator(_time_zone)] = "Asia/Shanghai"
    after_hours_target_rings: Annotated[int, Field(ge=1, le=100)] | None = None


class AgentTable(Table):
    """``[[agent]]``: a person and the phones he or she takes calls with."""

    id: Text
    name: Text
    phones: Annotated[tuple[Text, ...], BeforeValidator(_words), Field(min_length=1)]


class DatabaseTable(Table):
    """``[database]``: without a ``dsn`` an embedded PostgreSQL runs in ``data_dir``."""

    dsn: Dsn | None = None
    owner_dsn: Dsn | None = None
    """For migrations and partitions: ``dsn`` itself never owns the tables."""


class WebTable(Table):
    """``[web]``: where the console, the wallboards and the API are served."""

    listen: Address = Listen("127.0.0.1", 8080)
    https: bool = False
    """Browsers reach us through a proxy that speaks HTTPS."""
    key: SecretStr | None = None
    """Signs links to wallboards; made and kept in ``data_dir`` unless given."""


class SpoolTable(Table):
    """``[spool]``: the outbox between the calls and PostgreSQL."""

    path: Path | None = None


class MetricsTable(Table):
    """``[metrics]``: beside the web side unless it has an address of its own."""

    listen: Address | None = None
    token: SecretStr | None = None


class RecordsTable(Table):
    """``[records]``: where Asterisk writes its own records, to fill gaps from."""

    cdr: str | None = None
    cel: str | None = None
    queue_log: str | None = None


class LogTable(Table):
    """``[log]``: what goes to stderr."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "console", "json"] = "auto"
    """``auto``: for people on a terminal, JSON elsewhere."""


class Config(Table):
    """The whole file."""

    data_dir: Path = Path("var")
    """For the embedded PostgreSQL, the outbox and keys; relative to the file."""
    pbx: tuple[PbxTable, ...] = ()
    hotline: tuple[HotlineTable, ...] = ()
    agent: tuple[AgentTable, ...] = ()
    database: DatabaseTable = DatabaseTable()
    web: WebTable = WebTable()
    spool: SpoolTable = SpoolTable()
    metrics: MetricsTable = MetricsTable()
    records: RecordsTable = RecordsTable()
    log: LogTable = LogTable()

    @property
    def spool_path(self) -> Path:
        """The outbox's file."""
        return self.spool.path or self.data_dir / "spool.sqlite"

    @property
    def embedded(self) -> bool:
        """Whether PostgreSQL is our own, in ``data_dir``."""
        return self.database.dsn is None

    def later(self) -> tuple[str, ...]:
        """Keys that are valid, and that this release does nothing with yet."""
        records = [f"[records] {key}" for key, value in self.records if value is not None]
        rings = [
            f"[[hotline]] #{n} after_hours_target_rings"
            for n, hotline in enumerate(self.hotline, 1)
            if hotline.after_hours_target_rings is not None
        ]
        return (*records, *rings)


def table_at(path: tuple[Any, ...]) -> type[Table] | None:
    """The table that *path* (keys and indices) leads to; None where there is none."""
    match path:
        case ():
            return Config
        case ("pbx", int()):
            return PbxTable
        case ("hotline", int()):
            return HotlineTable
        case ("agent", int()):
            return AgentTable
        case (str(key),) if key in Config.model_fields:
            kind = Config.model_fields[key].annotation
            return kind if isinstance(kind, type) and issubclass(kind, Table) else None
    return None


LISTS = {"pbx": "name", "hotline": "number", "agent": "id"}
"""The lists of tables, and the key that names an entry."""
