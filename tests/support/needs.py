"""pytest plugin: a test that needs a real part which is not here is left out, and the run says so at its end.

With CI=true nothing may be left out: there such a test fails.
"""

import os
from collections import Counter

import pytest

from tests.support.parts import PARTS, Part

_missing = pytest.StashKey[dict[str, Part]]()


def pytest_configure(config: pytest.Config) -> None:
    """Nothing is known to be missing before tests that ask for it are collected."""
    config.stash[_missing] = {}


def pytest_collection_finish(session: pytest.Session) -> None:
    """Looks for the parts that the collected tests ask for."""
    asked = {mark.name for item in session.items for mark in item.iter_markers()}
    session.config.stash[_missing] = {
        part.marker: part for part in PARTS if part.marker in asked and not part.here()
    }


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leaves out, or fails in CI, what can't run here."""
    for marker, part in item.config.stash[_missing].items():
        if item.get_closest_marker(marker):
            if os.environ.get("CI") == "true":
                pytest.fail(
                    f"{part.what} is not here, and CI may leave nothing out: {part.how}", pytrace=False
                )
            pytest.skip(f"{part.what} is not here: {part.how}")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """Counts what was left out; the count travels in the report, since workers (-n) have their own memory."""
    outcome = yield
    report = outcome.get_result()
    if report.when == "setup" and report.skipped:
        markers = [m for m in item.config.stash[_missing] if item.get_closest_marker(m)]
        report.user_properties.extend(("left_out", marker) for marker in markers)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Lists plainly what was left out and how to get it."""
    reports = terminalreporter.stats.get("skipped", [])
    names = Counter(value for report in reports for key, value in report.user_properties if key == "left_out")
    if not names:
        return
    terminalreporter.section("left out on this machine", yellow=True)
    for part in PARTS:
        if count := names[part.marker]:
            terminalreporter.write_line(f"{count} tests that need {part.what}.")
            terminalreporter.write_line(f"    To run them too: {part.how}")
