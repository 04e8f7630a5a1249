"""Callers whom the dialplan turns away, and phones that stop ringing because a voicemail picked up."""

from __future__ import annotations

from tests.support.asterisk.handed_on import Story, story
from tests.support.asterisk.plans import answers, busy

STORIES: tuple[Story, ...] = (
    story("a-busy-tone", dials="4021", outcome="busy", phones={"1211": busy()}),
    story("a-voicemail-was-faster", dials="4022", phones={"1221": answers(2), "1223": answers(2, talk=2)},
          attempts={"1221": "unconfirmed", "1222": "answered_elsewhere"}, loose=("hung_up_by",)),
    story("queue-undisturbed", dials="4023", outcome="busy"),
)  # fmt: skip
