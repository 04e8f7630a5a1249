"""Which events a verdict needs: each kind is left out in turn. What a filter may cut follows from this."""

from dataclasses import replace

import pytest

from callcenter.ami.filters import kept_names
from callcenter.record import Call
from tests.support import traces

NEEDED = {
    "AttendedTransfer": "25",
    "BlindTransfer": "31",
    "BridgeEnter": "05",
    "BridgeLeave": "25",
    "DialBegin": "05",
    "DialEnd": "06",
    "DialState": "40",
    "Hangup": "06",
    "HangupRequest": "07",
    "Hold": "25",
    "MixMonitorStop": "06",
    "Newchannel": "05",
    "Newexten": "06",
    "Newstate": "05",
    "ParkedCall": "31",
    "Pickup": "29",
    "Unhold": "25",
    "VarSet": "05",
}
"""Kinds of events without which a recording is told otherwise, and one such recording."""

TOLD_TWICE = {
    "BridgeListItem",
    "CoreShowChannel",
    "LocalBridge",
    "QueueCallerJoin",
    "QueueCallerLeave",
    "QueueMemberStatus",
    "Status",
    "UnParkedCall",
}
"""Kinds that others make up for in all these recordings; each is needed elsewhere, as the tracker's
own tests show, and none is filtered."""


def _told(name: str, without: str = "") -> list[Call]:
    stream = [event for event in traces.events(name) if type(event).__name__ != without]
    return [replace(call, decided_at=None) for call in traces.inbound(traces.follow(stream))]


@pytest.mark.parametrize(("kind", "number"), NEEDED.items())
def test_what_is_needed_is_needed(kind: str, number: str) -> None:
    """Left out, it changes what is told."""
    name = next(name for name in traces.NAMES if name.startswith(number))

    assert _told(name, without=kind) != _told(name)


@pytest.mark.parametrize("kind", sorted(TOLD_TWICE))
def test_what_others_make_up_for_changes_nothing(kind: str) -> None:
    """Left out alone, no recording is told otherwise."""
    for name in traces.NAMES:
        assert _told(name, without=kind) == _told(name)


def test_no_filter_keeps_out_what_a_verdict_needs() -> None:
    """The filters set at the PBX let every one of them through."""
    by_header = {"VarSet", "Newexten"}
    lists = {"BridgeListItem", "CoreShowChannel", "Status"}

    assert (NEEDED.keys() | TOLD_TWICE) - by_header - lists <= set(kept_names())
