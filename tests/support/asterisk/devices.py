"""Agents with several devices: a desk phone, one in the browser, a mobile behind the trunk; or two devices
that are registered as one phone. To the PBX's events the one in the browser is a phone as any other."""

from __future__ import annotations

from tests.support.asterisk.handed_on import Story, story
from tests.support.asterisk.layout import ANNA
from tests.support.asterisk.plans import answers, busy, declines, rings

DESK, BROWSER, MOBILE = ANNA
BY_ANNA = {"agent_id": "anna"}

STORIES: tuple[Story, ...] = (
    story("her-mobile-answers", dials="4025", told=BY_ANNA, phones={MOBILE: answers(3, talk=2)}),
    story("her-desk-declines-her-browser-is-busy", dials="4025", told=BY_ANNA,
          phones={DESK: declines(1), BROWSER: busy(), MOBILE: answers(4, talk=1)}),
    story("one-declines-and-the-caller-gives-up", dials="4025", outcome="abandoned", gives_up=5,
          phones={DESK: declines(1), MOBILE: rings()}),
    story("agents-by-local-one-declines", dials="4026", outcome="no_answer",
          phones={DESK: declines(1), MOBILE: rings(), "1252": busy()}),
    story("queue-of-agents-second-round", dials="4027", told=BY_ANNA,
          phones={DESK: declines(1), MOBILE: (rings(), answers(2, talk=2))}),
    story("her-browser-takes-over", dials="4025", told=BY_ANNA, transfers=(("blind", BROWSER, True),),
          phones={DESK: answers(1, then=(("wait", 1.0), ("pull", BROWSER, 2.0))), MOBILE: rings()}),
    story("her-desk-then-her-mobile", dials="4029", told=BY_ANNA, phones={MOBILE: answers(3, talk=2)}),
)  # fmt: skip

SHARED: tuple[Story, ...] = (
    story("two-devices-one-answers", dials="4028", phones={"1281": (rings(), answers(3, talk=1))}),
    story("two-devices-one-declines", dials="4028", phones={"1281": (declines(1), answers(3, talk=1))}),
    story("two-devices-a-colleague-answers", dials="4028",
          phones={"1281": (rings(), declines(1)), "1282": answers(3, talk=1)}),
    story("two-devices-nobody", dials="4028", outcome="no_answer", phones={"1281": rings()}),
)  # fmt: skip
"""chan_sip knows only the device that registered last."""
