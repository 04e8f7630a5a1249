"""PBXs that write records of their calls: to CSV files, and into PostgreSQL by Asterisk's own modules.

Nothing of Asterisk can leave its network namespace, so PostgreSQL is reached by its Unix socket.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.support.asterisk.inside import SOCKETS, ZONE
from tests.support.asterisk.pbx import Pbx, Variant

CEL_CONF = "[general]\nenable = yes\napps = dial,queue,park,voicemail,mixmonitor\nevents = ALL\n"
_CEL = (
    "eventtype", "eventtime", "CALLERID(name)", "CALLERID(num)", "CALLERID(ANI)", "CALLERID(RDNIS)",
    "CALLERID(DNID)", "CHANNEL(exten)", "CHANNEL(context)", "CHANNEL(channame)", "CHANNEL(appname)",
    "CHANNEL(appdata)", "CHANNEL(amaflags)", "CHANNEL(accountcode)", "CHANNEL(uniqueid)", "CHANNEL(linkedid)",
    "BRIDGEPEER", "CHANNEL(userfield)", "userdeftype", "eventextra",
)  # fmt: skip
CEL_CUSTOM = "[mappings]\nMaster.csv => " + ",".join(f"${{CSV_QUOTE(${{{name}}})}}" for name in _CEL) + "\n"
CSV_MODULES = "load = res_cdrel_custom.so\nload = cel_custom.so\n"
TABLE_MODULES = "preload = res_config_pgsql.so\nload = cdr_pgsql.so\nload = cel_pgsql.so\n"


class FilingPbx(Pbx):
    """It writes its channel event log to a CSV file, as Asterisk's sample has it."""

    @property
    def cel(self) -> Path:
        return self.home / "log" / "cel-custom" / "Master.csv"

    def _configure(self) -> None:
        super()._configure()
        self.cel.parent.mkdir(exist_ok=True)
        self.write("cel", CEL_CONF)
        self.write("cel_custom", CEL_CUSTOM)
        self.add("modules", CSV_MODULES)

    def write(self, name: str, text: str) -> None:
        """One of its configuration files."""
        (self.home / "etc" / f"{name}.conf").write_text(text)

    def add(self, name: str, text: str) -> None:
        """More lines of it."""
        path = self.home / "etc" / f"{name}.conf"
        path.write_text(path.read_text() + text)


CEL_TABLE = """CREATE TABLE {name} (
    id serial PRIMARY KEY, eventtype varchar(30), eventtime {time}, cid_name varchar(80), cid_num varchar(80),
    cid_ani varchar(80), cid_dnid varchar(80), exten varchar(80), context varchar(80), channame varchar(80),
    appname varchar(80), appdata varchar(255), accountcode varchar(20), uniqueid varchar(150),
    linkedid varchar(150), peer varchar(80), extra text)"""
CDR_TABLE = """CREATE TABLE {name} (
    id serial PRIMARY KEY, calldate {time}, clid varchar(80), src varchar(80), dst varchar(80),
    dcontext varchar(80), channel varchar(80), dstchannel varchar(80), lastapp varchar(80),
    lastdata varchar(255), duration double precision, billsec double precision, disposition varchar(45),
    uniqueid varchar(150), linkedid varchar(150))"""
QUEUE_TABLE = """CREATE TABLE {name} (
    id serial PRIMARY KEY, time {time}, callid varchar(80), queuename varchar(256), agent varchar(80),
    event varchar(32), data1 varchar(100), data2 varchar(100), data3 varchar(100), data4 varchar(100),
    data5 varchar(100))"""
"""As people have them, but for the names of tables and the type of their times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """Where it writes to."""

    dsn: str
    """Of who may add rows, over a Unix socket."""
    cel: str = "cel"
    cdr: str = "cdr"
    queue_log: str = "queue_log"
    zone: str = ""
    """Of the PBX's clock; empty: UTC."""


class TablePbx(FilingPbx):
    """It writes all into PostgreSQL by ``cel_pgsql``, ``cdr_pgsql`` and ``res_config_pgsql``, and CEL to the
    file besides."""

    def __init__(self, tables: Tables, variant: Variant | None = None) -> None:
        super().__init__(variant)
        self.tables = tables

    def _configure(self) -> None:
        super()._configure()
        at = urlsplit(self.tables.dsn)
        database, folder = at.path[1:], parse_qs(at.query)["host"][0]
        (self.home / SOCKETS).symlink_to(folder)
        if self.tables.zone:
            (self.home / ZONE).write_text(self.tables.zone)
        login = f"dbname = {database}\nuser = {at.username}\npassword = {at.password}\n"
        host = "hostname = /run/postgresql\nport = 5432\nencoding = UTF8\n"
        for kind, table in (("cel", self.tables.cel), ("cdr", self.tables.cdr)):
            self.write(f"{kind}_pgsql", f"[global]\n{host}{login}table = {table}\n")
        login = f"dbname = {database}\ndbuser = {at.username}\ndbpass = {at.password}\n"
        host = "dbsock = /run/postgresql\ndbport = 5432\nrequirements = warn\n"
        self.write("res_pgsql", f"[general]\n{host}{login}")
        self.write("extconfig", f"[settings]\nqueue_log => pgsql,{database},{self.tables.queue_log}\n")
        logger = self.home / "etc" / "logger.conf"
        said = "queue_adaptive_realtime = yes\n[logfiles]"
        logger.write_text(logger.read_text().replace("[logfiles]", said))
        self.add("modules", TABLE_MODULES)
