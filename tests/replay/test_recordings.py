"""Our own recordings of a real PBX, judged by what the phones themselves saw (see tests/support/asterisk)."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from callcenter.ami.events import Event, Tick
from callcenter.ami.parse import parse
from callcenter.ami.wire import Framer
from callcenter.record_json import call_to_json
from callcenter.replay import Broken, replay
from callcenter.sites import Agent, Hotline, Site
from callcenter.terms import AgentId, HotlineNumber, Instant, PbxName, Phone
from callcenter.tracking.tracker import Tracker
from tests.support.asterisk import chansip, judge, layout
from tests.support.asterisk.plans import Truth

FOLDER = Path(__file__).parent.parent / "recordings"
NAMES = sorted(path.name for path in FOLDER.iterdir())
SAME_CALL = 0.25
"""Seconds between what the caller and the PBX take for the call's beginning."""
SITE = Site(
    trunks=frozenset({layout.TRUNK, chansip.TRUNK}),
    hotlines=tuple(
        Hotline(number=HotlineNumber(number), name=number, pbx=PbxName("main"), contexts=("from-trunk",))
        for number in layout.PHONES
    ),
    agents=(Agent(id=AgentId("anna"), name="Anna", phones=tuple(Phone(phone) for phone in layout.ANNA)),),
)


def told(name: str) -> list[dict[str, Any]]:
    """Every call of the recording as JSON."""
    items = list(replay([str(FOLDER / name / "wire.ami.gz")], SITE))
    assert not [item for item in items if isinstance(item, Broken)]
    return [call_to_json(item, caller="full") for item in items if not isinstance(item, Broken)]


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_is_told_as_its_phones_saw_it(name: str):
    calls = told(name)
    faults: list[str] = []
    for entry in json.loads((FOLDER / name / "played.json").read_text()):
        scenario, truth = judge.from_json(entry["scenario"]), Truth.from_json(entry["truth"])
        call = one_of(calls, scenario, truth)
        faults += judge.disagreements(scenario, truth, call)
        calls.remove(call)
    assert not faults, "\n".join(faults)
    assert not calls, "told and never played"


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_remembered_of_a_recording_whose_calls_are_over(name: str):
    """Whatever was done to callers, pulled, bridged, redirected: channels that hung up are forgotten."""
    tracker, now = Tracker(SITE), Instant(0)
    wire = gzip.decompress((FOLDER / name / "wire.ami.gz").read_bytes())
    for message in Framer().feed(wire):
        event = parse(message, now)
        if isinstance(event, Event):
            now = Instant(max(now, event.at))
            tracker.receive(event)
    tracker.receive(Tick(at=Instant(now + 10_000_000), clock=None))

    state = tracker._state
    assert (state.mirror.channels, state.mirror.bridges, state.mirror.locals) == ({}, {}, {})
    assert (state.calls, state.joined, state.closing) == ({}, {}, {})


def one_of(calls: list[dict[str, Any]], scenario: judge.Scenario, truth: Truth) -> dict[str, Any]:
    """The one call that this is."""
    shown = None if truth.caller == "anonymous" else truth.caller
    began = judge.arrival(scenario, truth)
    found = [
        c
        for c in calls
        if c["caller"] == shown and abs((judge.epoch(c["arrived_at"]) or 0) - began) < SAME_CALL
    ]
    assert len(found) == 1, f"{scenario.name}: told {len(found)} times"
    return found[0]


@pytest.mark.parametrize(
    ("hours", "target"), [(("00:00-24:00",), 3), (("01-01..01-01 00:00-00:01",), 6)], ids=["open", "closed"]
)
def test_office_hours_say_what_is_after_hours_and_its_target(hours: tuple[str, ...], target: int):
    """A recording needs no roster for that: the configuration alone says it, as it does for the service."""
    lines = tuple(replace(line, office_hours=hours, after_hours_target_rings=6) for line in SITE.hotlines)
    path = str(FOLDER / "102-blind-by-refer" / "wire.ami.gz")
    calls = [item for item in replay([path], replace(SITE, hotlines=lines)) if not isinstance(item, Broken)]

    offered = [call for call in calls if call.hotline is not None]
    assert offered
    assert {(call.after_hours, call.target_rings) for call in offered} == {(target == 6, target)}
    assert {(call.shift_id, call.on_duty) for call in calls} == {(None, ())}
