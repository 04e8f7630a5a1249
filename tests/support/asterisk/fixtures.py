"""Fixtures for tests that play calls on a real PBX; mark such tests ``needs_pbx``."""

from collections.abc import Iterator

import pytest

from tests.support.asterisk.pbx import Pbx, Variant


def running(variant: Variant) -> Iterator[Pbx]:
    """A PBX for as long as somebody holds the generator."""
    exchange = Pbx(variant)
    try:
        exchange.start()
        yield exchange
    finally:
        exchange.stop()


@pytest.fixture(scope="session")
def pbx() -> Iterator[Pbx]:
    """An Asterisk 22 with phones, TLS and timestamps, for the whole session: leave it in fair weather."""
    yield from running(Variant(tls=True))


@pytest.fixture(scope="module")
def fragile_pbx() -> Iterator[Pbx]:
    """One of its own for tests that kill it, with a system name in its ids."""
    yield from running(Variant(systemname="east"))


@pytest.fixture(scope="module")
def clockless_pbx() -> Iterator[Pbx]:
    """One that does not say when things happened (no ``timestampevents``)."""
    yield from running(Variant(timestamps=False))
