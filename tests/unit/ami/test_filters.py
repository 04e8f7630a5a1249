"""The PBX leaves out what nobody reads, and never what a verdict needs."""

import re

import pytest

from callcenter.ami.filters import filter_actions, kept_names, major_version
from callcenter.ami.parse import NEEDED, VARIABLES, VOICEMAIL_APPLICATIONS, parse
from callcenter.demo import template
from callcenter.demo.peer import encode
from callcenter.demo.subscription import Subscription
from callcenter.terms import Instant

BANNERS = ("11.0.0", "5.0.4")
LISTED = {
    "CoreShowChannel",
    "CoreShowChannelsComplete",
    "Status",
    "BridgeListItem",
    "QueueMember",
    "QueueEntry",
}


def subscription(banner):
    made = Subscription()
    made.mask("on")
    for action in filter_actions(banner):
        assert made.add_filter(action.get("MatchCriteria", ""), action.get("Filter", ""))
    return made


def event(name, **more):
    return encode({"Event": name, "Privilege": "call,all", "Channel": "PJSIP/1001-00000001", **more})


@pytest.mark.parametrize("banner", BANNERS)
@pytest.mark.parametrize("name", sorted(NEEDED - LISTED - {"VarSet", "Newexten"}))
def test_every_event_that_is_read_comes_through(banner, name):
    assert subscription(banner).wants(event(name))


@pytest.mark.parametrize("banner", BANNERS)
@pytest.mark.parametrize("variable", sorted(v.decode() for v in VARIABLES))
@pytest.mark.parametrize("prefix", ["", "_", "__"])
def test_every_variable_that_is_read_comes_through(banner, variable, prefix):
    assert subscription(banner).wants(event("VarSet", Variable=prefix + variable, Value="x"))


@pytest.mark.parametrize("banner", BANNERS)
@pytest.mark.parametrize("application", sorted(a.decode() for a in VOICEMAIL_APPLICATIONS))
def test_voicemail_comes_through(banner, application):
    assert subscription(banner).wants(event("Newexten", Application=application, AppData="1"))


@pytest.mark.parametrize("banner", BANNERS)
@pytest.mark.parametrize(
    "message",
    [
        event("VarSet", Variable="SIPDOMAIN", Value="x"),
        event("Newexten", Application="Set", AppData="a=b"),
        event("RTCPSent"),
        event("TestEvent", State="x"),
        event("DeviceStateChange", Device="PJSIP/1001"),
    ],
)
def test_what_nobody_reads_stays_in_the_pbx(banner, message):
    assert not subscription(banner).wants(message)


@pytest.mark.parametrize("banner", BANNERS)
@pytest.mark.parametrize("recording", template.names())
def test_no_message_of_a_recording_that_is_read_is_lost(banner, recording):
    wanted = subscription(banner)
    for message in template.load(recording).messages:
        text = b"".join(piece if isinstance(piece, bytes) else piece[1] for piece in message.pieces)
        if parse(text, Instant(0)) is not None:
            assert wanted.wants(text)


@pytest.mark.parametrize("banner", BANNERS)
def test_no_line_is_longer_than_the_manager_takes(banner):
    for action in filter_actions(banner):
        assert all(len(f"{name}: {value}\r\n") < 1000 for name, value in action.items())


def test_asterisk_22_gets_one_cheap_filter_for_each_name():
    criteria = [action["MatchCriteria"] for action in filter_actions("11.0.0")]
    assert "action(include),name(DialEnd)" in criteria
    assert len(set(kept_names())) == len(kept_names())


def test_older_ones_get_regular_expressions_without_line_breaks():
    for action in filter_actions("5.0.4"):
        assert "MatchCriteria" not in action
        assert re.compile(action["Filter"])


@pytest.mark.parametrize(
    ("banner", "version"), [("11.0.0", 11), ("5.0.4", 5), ("12.1", 12), (None, 0), ("", 0), ("x", 0)]
)
def test_the_version_is_read_off_the_greeting(banner, version):
    assert major_version(banner) == version
