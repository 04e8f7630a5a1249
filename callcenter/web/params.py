"""Query parameters: one object reads a parameter, names it in its error and tells of it in the API's
description."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar

from aiohttp import web

from callcenter.web.problems import Problem

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

_STEP: Final = re.compile(r"(\d{1,6})(s|m|h|d)?")
_UNITS: Final = {None: 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_LOST_PLUS: Final = re.compile(r" (\d\d:?\d\d)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Param(Generic[T]):
    """One query parameter. ``parse`` raises ValueError with what a user should know."""

    name: str
    doc: str
    schema: Mapping[str, Any]
    parse: Callable[[str], T]

    def read(self, request: web.Request) -> T | None:
        """Its value, None if it is not there. Raises Problem 400 that names it."""
        given = request.query.getall(self.name, [])
        if len(given) > 1:
            raise Problem.parameter(self.name, "is given more than once")
        if not given:
            return None
        try:
            return self.parse(given[0])
        except ValueError as error:
            raise Problem.parameter(self.name, str(error)) from None


def refuse_unknown(request: web.Request, known: Sequence[Param[Any]]) -> None:
    """Raises Problem 400 on a parameter that nobody reads: a typo would else widen the answer."""
    names = [param.name for param in known]
    for name in request.query:
        if name not in {*names, "key"}:
            expected = ", ".join(names) or "none"
            raise Problem.parameter(name, f"there is no such parameter here (there are: {expected})")


def text(name: str, doc: str, *, longest: int = 100) -> Param[str]:
    """A word, verbatim."""

    def parse(value: str) -> str:
        if not 0 < len(value) <= longest:
            raise ValueError(f"must have 1 to {longest} characters")
        return value

    return Param(
        name=name, doc=doc, parse=parse, schema={"type": "string", "minLength": 1, "maxLength": longest}
    )


def choice(name: str, doc: str, kind: type[E]) -> Param[E]:
    """One of a fixed set of words."""
    words = [member.value for member in kind]

    def parse(value: str) -> E:
        if value not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return kind(value)

    return Param(name=name, doc=doc, parse=parse, schema={"type": "string", "enum": words})


def flag(name: str, doc: str) -> Param[bool]:
    """``true`` or ``false``."""

    def parse(value: str) -> bool:
        if value not in ("true", "false"):
            raise ValueError("must be true or false")
        return value == "true"

    return Param(name=name, doc=doc, parse=parse, schema={"type": "boolean"})


def whole(name: str, doc: str, *, lowest: int, highest: int, default: int) -> Param[int]:
    """A whole number within limits."""

    def parse(value: str) -> int:
        if not (value.isascii() and value.isdigit() and lowest <= int(value[:9]) <= highest):
            raise ValueError(f"must be a whole number from {lowest} to {highest}")
        return int(value)

    schema = {"type": "integer", "minimum": lowest, "maximum": highest, "default": default}
    return Param(name=name, doc=doc, parse=parse, schema=schema)


def instant(name: str, doc: str) -> Param[datetime]:
    """An aware time in ISO 8601."""
    return Param(name=name, doc=doc, parse=parse_instant, schema={"type": "string", "format": "date-time"})


def day(name: str, doc: str) -> Param[date]:
    """A date of a local calendar."""

    def parse(value: str) -> date:
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError("must be a date such as 2026-11-21") from None

    return Param(name=name, doc=doc, parse=parse, schema={"type": "string", "format": "date"})


def parse_instant(value: str) -> datetime:
    """An aware time as UTC. A ``+`` that a client forgot to encode arrives as a space: that is forgiven.
    Raises ValueError."""
    try:
        at = datetime.fromisoformat(_LOST_PLUS.sub(r"+\1", value))
    except ValueError:
        raise ValueError("must be a time in ISO 8601 such as 2026-11-21T08:00:00Z") from None
    if at.tzinfo is None:
        raise ValueError("must say its offset from UTC, such as 2026-11-21T08:00:00+08:00")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("is too far from our days") from None


def duration(name: str, doc: str) -> Param[timedelta]:
    """A length of time: seconds, or a number with s, m, h or d."""

    def parse(value: str) -> timedelta:
        match = _STEP.fullmatch(value)
        if match is None:
            raise ValueError("must be seconds or a length such as 15m, 1h, 1d")
        step = timedelta(seconds=int(match[1]) * _UNITS[match[2]])
        if not timedelta(minutes=1) <= step <= timedelta(days=31):
            raise ValueError("must be from 1m to 31d")
        return step

    return Param(name=name, doc=doc, parse=parse, schema={"type": "string", "pattern": r"^\d{1,6}[smhd]?$"})
