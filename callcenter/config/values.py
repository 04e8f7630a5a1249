"""What single values of the configuration may be, and the sentence for one that is not."""

import re
from pathlib import Path
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from callcenter.records.place import place_of
from callcenter.rings import PRESETS, Cadence, period_us

CLASSES = (
    "system", "call", "log", "verbose", "agent", "user", "dtmf", "reporting", "cdr", "dialplan", "agi", "cc",
    "aoc", "security", "message", "all",
)  # fmt: skip
"""Asterisk's classes of events."""
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_NUMBER = re.compile(r"\+?[0-9A-Za-z*#]{1,40}|_[0-9A-Za-z.!+*#\[\]-]{1,80}")

_TELEPHONE = re.compile(r"\+?[0-9A-Za-z][0-9A-Za-z._-]{0,39}")
"""What can stand in AstDB's lists and in a Dial()."""
_SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)\s*([kKMGT]?B)")
_UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


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


def _records(value: SecretStr) -> SecretStr:
    """A table, as ``postgresql://…/asterisk#cel``, or a file's path."""
    text = value.get_secret_value()
    if not text.strip() or "\n" in text:
        raise ValueError("write postgresql://user:password@host/asterisk#table, or the path of a CSV file")
    if isinstance(place := place_of(text, "records"), Path):
        return value
    _dsn(SecretStr(place.dsn))
    return value


def _size(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = _SIZE.fullmatch(value.strip())
    if found is None:
        raise ValueError('write a number and its unit, e.g. "500 MB" or "10 GB"')
    return round(float(found[1]) * _UNITS[found[2].upper()])


def _trunk(value: str) -> str:
    if not value or "/" in value or any(c.isspace() for c in value):
        raise ValueError("write the endpoint's name alone, e.g. provider (not PJSIP/provider)")
    return value


def _hours(value: object) -> object:
    """Lines of hours. Text is one line: its days may stand between commas."""
    return [value] if isinstance(value, str) else value


def _hours_line(value: str) -> str:
    from callcenter.roster.hours import parse_rule

    parse_rule(value)
    return value


def _country(value: str) -> str:
    from callcenter.roster.calendar import WorkCalendar

    WorkCalendar({}, frozenset(), value)
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
RecordsPlace = Annotated[SecretStr, AfterValidator(_records)]
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
Rhythm = Annotated[Cadence, BeforeValidator(_cadence)]
Zone = Annotated[str, AfterValidator(_time_zone)]
Trunks = Annotated[tuple[Annotated[str, AfterValidator(_trunk)], ...], BeforeValidator(_words)]
SomeWords = Annotated[tuple[Text, ...], BeforeValidator(_words), Field(min_length=1)]
HoursLine = Annotated[str, AfterValidator(_hours_line)]
HoursLines = Annotated[tuple[HoursLine, ...], BeforeValidator(_hours)]
Country = Annotated[str, AfterValidator(_country)]
Telephone = Annotated[
    str, _matching(_TELEPHONE, "an endpoint's name, or a number as it is dialled, e.g. 13900000001")
]
Size = Annotated[int, BeforeValidator(_size), Field(ge=1_000_000)]
"""Bytes."""
Rings = Annotated[int, Field(ge=1, le=100)]
