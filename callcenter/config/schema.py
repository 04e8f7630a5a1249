"""The tables and keys of the configuration file, their defaults and what each value may be.

What one key may hold is judged here; what keys mean together (unique numbers, a hotline's PBX) is
judged in :mod:`callcenter.config.together`, so that both are told at once.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from callcenter.ami.settings import READ_CLASSES
from callcenter.config.values import (
    Address,
    Country,
    Dsn,
    HoursLines,
    Listen,
    Number,
    PbxId,
    Port,
    ReadClasses,
    RecordsPlace,
    Rhythm,
    Rings,
    Size,
    SomeWords,
    Telephone,
    Text,
    Trunks,
    Zone,
)
from callcenter.rings import PRESETS
from callcenter.sites import ALL_DAY, DEFAULT_CONTEXTS, WhenBusy


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
    trunks: Trunks = ()
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
    read_classes: ReadClasses = READ_CLASSES
    """Classes of events to ask for at login; what is left out here is not known about calls."""


class HotlineTable(Table):
    """``[[hotline]]``: a number and the rule its calls are judged by."""

    number: Number
    name: Text
    pbx: str = ""
    """Empty: the only PBX there is."""
    contexts: SomeWords = DEFAULT_CONTEXTS
    cadence: Rhythm = PRESETS["cn"]
    target_rings: Rings = 3
    short_abandon_seconds: Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)] = 5.0
    time_zone: Zone = "Asia/Shanghai"
    after_hours_target_rings: Rings | None = None
    """The target outside office hours, where it is another."""
    office_hours: HoursLines = ()
    """Such as ``workday 08:30-18:00``; none: always open."""
    seats: HoursLines = ALL_DAY
    """How many primaries the roster must have when: an hours line each, the number at its end."""
    fallback: Telephone | None = None
    """Who is called when nobody is on duty: an endpoint, or a number over the trunk."""
    primary_rings: Rings | None = None
    backup_rings: Rings | None = None
    supervisor_rings: Rings | None = None
    busy: WhenBusy | None = None
    """These four as in ``[routing]`` unless given."""


class AgentTable(Table):
    """``[[agent]]``: a person and the phones he or she takes calls with."""

    id: Text
    name: Text
    phones: SomeWords


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


class EvidenceTable(Table):
    """``[evidence]``: what the PBXs said, so that verdicts can be explained and calls judged again. It holds
    callers' numbers."""

    path: Path | None = None
    keep_days: Annotated[int, Field(ge=0, le=3660)] = 90
    """0: nothing is kept."""
    max_size: Size = 10_000_000_000
    """Of all files together; the oldest go first."""


class MetricsTable(Table):
    """``[metrics]``: beside the web side unless it has an address of its own."""

    listen: Address | None = None
    token: SecretStr | None = None


class RecordsTable(Table):
    """``[records]``: where Asterisk writes its own records, to fill gaps from."""

    cel: RecordsPlace | None = None
    """A table, ``postgresql://…/asterisk#cel``, or a CSV file of ``cel_custom``."""
    cdr: RecordsPlace | None = None
    """The same of call detail records, which say less: for calls that CEL does not have."""
    queue_log: RecordsPlace | None = None
    """The file, or a table; it knows who hung up in a queue, where CEL does not log queues and CDR can't."""
    pbx: str = ""
    """Whose records they are; empty: of the only PBX there is."""
    cel_columns: SomeWords | None = None
    cdr_columns: SomeWords | None = None
    """Of a CSV file, where they are not in the order of Asterisk's own samples."""


class RosterTable(Table):
    """``[roster]``: the rules that shifts, their changes and attendance are held to."""

    country: Country = "CN"
    """Whose public holidays hold."""
    min_rest_hours: Annotated[float, Field(ge=0, le=48, allow_inf_nan=False)] = 8.0
    """Between two shifts of one person."""
    max_days_in_row: Annotated[int, Field(ge=1, le=31)] = 6
    month_complete_day: Annotated[int, Field(ge=1, le=28)] = 25
    """From this day of the month on the next month's roster is looked for."""
    swaps_per_month: Annotated[int, Field(ge=0, le=100)] = 2
    """That one person may ask for."""
    sign_in_early_minutes: Annotated[int, Field(ge=0, le=240)] = 10
    late_after_minutes: Annotated[int, Field(ge=0, le=240)] = 0


class RoutingTable(Table):
    """``[routing]``: who is on duty is pushed into the PBXs, whose dialplan then needs nobody."""

    enabled: bool = False
    days_ahead: Annotated[int, Field(ge=7, le=19)] = 14
    primary_rings: Rings = 4
    backup_rings: Rings = 4
    supervisor_rings: Rings = 6
    busy: WhenBusy = WhenBusy.NEXT
    """A second caller goes to the ``next`` step, or does ``wait`` for who is on duty."""
    outside_digits: Annotated[int, Field(ge=3, le=20)] = 7
    """A phone of so many digits or more is a number outside, reached over the trunk."""


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
    evidence: EvidenceTable = EvidenceTable()
    metrics: MetricsTable = MetricsTable()
    records: RecordsTable = RecordsTable()
    roster: RosterTable = RosterTable()
    routing: RoutingTable = RoutingTable()
    log: LogTable = LogTable()

    @property
    def spool_path(self) -> Path:
        """The outbox's file."""
        return self.spool.path or self.data_dir / "spool.sqlite"

    @property
    def evidence_path(self) -> Path:
        """The folder of what the PBXs said."""
        return self.evidence.path or self.data_dir / "evidence"

    @property
    def embedded(self) -> bool:
        """Whether PostgreSQL is our own, in ``data_dir``."""
        return self.database.dsn is None


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
