"""Fixtures of the tests that run the whole."""

from tests.support.asterisk.fixtures import clockless_pbx, fragile_pbx, pbx

__all__ = ["clockless_pbx", "fragile_pbx", "pbx"]
