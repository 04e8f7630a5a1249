"""Logs: one line per event to stderr, for people or as JSON, and no caller's number in any of them.

Everything goes through here, what libraries log included. Whoever logs names channel ids, event
names and counts; :func:`without_numbers` stands behind that, so that a slip, a database's error
detail or a channel called after the number it dialled shows no more than the last two digits.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal, TextIO

import structlog

Event = MutableMapping[str, Any]

PRIVATE = frozenset(
    {
        "caller",
        "caller_name",
        "caller_number",
        "calleridname",
        "calleridnum",
        "connectedlinename",
        "connectedlinenum",
        "dialled",
        "dsn",
        "headers",
        "message",
        "password",
        "secret",
        "token",
    }
)
"""Fields that are dropped whatever they hold."""

_A_NUMBER = 10_000_000
_DIGITS = re.compile(r"\+?(\d{7,})(\.\d+)?")


def setup(
    level: str = "info", style: Literal["auto", "console", "json"] = "auto", stream: TextIO | None = None
) -> None:
    """Send every log line to *stream* (stderr) from now on; ``auto`` is for people on a terminal."""
    stream = stream or sys.stderr
    pretty = stream.isatty() if style == "auto" else style == "console"
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_numbers,
    ]
    _route_libraries(shared, _renderer(stream, pretty=pretty), level, stream)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level.upper()),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _renderer(stream: TextIO, *, pretty: bool) -> Any:
    if pretty:
        return structlog.dev.ConsoleRenderer(
            colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    return structlog.processors.JSONRenderer(ensure_ascii=False)


def _route_libraries(shared: list[Any], renderer: Any, level: str, stream: TextIO) -> None:
    handler = logging.StreamHandler(stream)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, one_line, in_order, renderer],
    )
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(capture=True)
    for chatty in ("aiohttp.access", "alembic", "asyncio", "panoramisk", "sqlalchemy"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def without_numbers(_logger: Any, _method: str, event: Event) -> Event:
    """Drop the private fields, and mask in text whatever may be a telephone number."""
    for key in [key for key in event if key.lower() in PRIVATE]:
        del event[key]
    for key, value in event.items():
        event[key] = _masked(value)
    return event


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, list | tuple):
        return [_masked(part) for part in value]
    if isinstance(value, dict):
        return {k: _masked(v) for k, v in value.items() if str(k).lower() not in PRIVATE}
    if isinstance(value, bool | float | None) or (isinstance(value, int) and abs(value) < _A_NUMBER):
        return value
    return masked(str(value))


def masked(text: str) -> str:
    """*text* with all but the last two digits of whatever may be a telephone number replaced by ``…``."""
    return _DIGITS.sub(_mask, text)


def _mask(match: re.Match[str]) -> str:
    """Uniqueids (epoch, dot, serial number) and times stay: they are how an operator finds a call."""
    if match[2] and len(match[1]) == 10:
        return match[0]
    return f"…{match[1][-2:]}{match[2] or ''}"


def one_line(_logger: Any, _method: str, event: Event) -> Event:
    """A log line is one line: line breaks are quoted, and a trace is a field like any other."""
    if "exception" in event:  # which the console's renderer would print below the line
        event["trace"] = event.pop("exception")
    for key, value in event.items():
        if isinstance(value, str) and ("\n" in value or "\r" in value):
            event[key] = value.replace("\r", "\\r").replace("\n", "\\n")
    return event


def in_order(_logger: Any, _method: str, event: Event) -> Event:
    """When, how grave and what come first: a log is read from the left."""
    first = {key: event.pop(key) for key in ("timestamp", "level", "event") if key in event}
    return {**first, **event}
