"""Recordings of a real PBX, told by the tracker and by the slow second reading: they agree on every field."""

from __future__ import annotations

import gzip

import pytest

from tests.replay import test_recordings as own
from tests.support import traces
from tests.support.oracle.compare import disagreements

ONE_CONNECTION = [name for name in traces.NAMES if len(traces.wires(name)) == 1]
"""What is read back after a login is no part of the slow reading."""
STORIES = [name for name in own.NAMES if 102 <= int(name[:3]) <= 127]
"""Without the whole days, which would take long, and phones with several devices, which it does not fold."""


@pytest.mark.parametrize("name", ONE_CONNECTION)
def test_a_trace_is_told_alike(name: str) -> None:
    assert disagreements(traces.wires(name)[0], traces.SITE) == []


@pytest.mark.parametrize("name", STORIES)
def test_a_recording_is_told_alike(name: str) -> None:
    wire = gzip.decompress((own.FOLDER / name / "wire.ami.gz").read_bytes())
    assert disagreements(wire, own.SITE) == []
