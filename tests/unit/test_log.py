"""Logs: one line each, and never a caller's number."""

import io
import json
import logging

import pytest
import structlog

from callcenter import log


@pytest.fixture
def lines():
    stream = io.StringIO()
    handlers, level = logging.getLogger().handlers, logging.getLogger().level
    log.setup("debug", "json", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.captureWarnings(capture=False)
    logging.getLogger().handlers = handlers
    logging.getLogger().setLevel(level)
    structlog.reset_defaults()


def test_a_line_says_when_what_and_how_grave(lines):
    structlog.get_logger().warning("link lost", pbx="main", seconds=3.5)

    (line,) = lines()
    assert line["event"] == "link lost"
    assert line["level"] == "warning"
    assert line["pbx"] == "main"
    assert line["seconds"] == 3.5
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("field", sorted(log.PRIVATE))
def test_fields_that_hold_numbers_or_secrets_are_dropped(lines, field):
    structlog.get_logger().info("x", **{field: "short"})

    assert field not in lines()[0]


@pytest.mark.parametrize(
    "value",
    [
        "4930200001",
        "+8613800138000",
        "Local/13800138000@from-internal-0000002a;1",
        'Key (caller)=(13800138000) "张伟" <13800138000>',
        ["13800138000"],
        {"Exten": "13800138000"},
        13800138000,
        ("x", {"y": ["13800138000"]}),
        ValueError("13800138000"),
    ],
)
def test_no_number_passes_in_any_value(lines, value):
    structlog.get_logger().info("seen", detail=value)

    text = json.dumps(lines())
    assert "13800138000" not in text
    assert "4930200001" not in text


def test_no_number_passes_in_what_a_library_logs_or_in_a_trace(lines):
    try:
        int("duplicate key 13800138000")
    except ValueError:
        logging.getLogger("asyncpg").exception("insert of %s failed", "13800138000")

    (line,) = lines()
    assert "13800138000" not in json.dumps(line)
    assert "…00" in line["trace"]


def test_what_an_operator_looks_for_stays(lines):
    structlog.get_logger().info(
        "anomaly", call="main:1795277906.41", uniqueid="pbx1-1795277906.41", port=5038, at=1.5, known=True
    )

    (line,) = lines()
    assert line["call"] == "main:1795277906.41"
    assert line["uniqueid"] == "pbx1-1795277906.41"
    assert (line["port"], line["at"], line["known"]) == (5038, 1.5, True)


@pytest.mark.parametrize("style", ["json", "console"])
def test_an_event_is_one_line_whatever_it_holds(style, lines):
    stream = io.StringIO()
    log.setup("info", style, stream)
    try:
        int("over\ntwo lines")
    except ValueError:
        structlog.get_logger().exception("broken\r\nmessage", why="a\nb")

    assert len(stream.getvalue().splitlines()) == 1


def test_levels_below_the_chosen_one_are_silent():
    stream = io.StringIO()
    handlers, level = logging.getLogger().handlers, logging.getLogger().level
    try:
        log.setup("warning", "json", stream)
        structlog.get_logger().info("quiet")
        logging.getLogger("aiohttp").info("quiet")
        structlog.get_logger().error("loud")
    finally:
        logging.captureWarnings(capture=False)
        logging.getLogger().handlers = handlers
        logging.getLogger().setLevel(level)
        structlog.reset_defaults()

    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["loud"]
