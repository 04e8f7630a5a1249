"""The example PBX in dialplans/ comes up on a real Asterisk without a warning; its hotlines can be called."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.asterisk import build
from tests.support.asterisk.duty import closed, opened, schedule, step, user_events
from tests.support.asterisk.fixtures import running
from tests.support.asterisk.layout import CARRIER
from tests.support.asterisk.pbx import CHECKOUT, Pbx, Variant
from tests.support.asterisk.plans import answers, rings
from tests.support.asterisk.recorder import recorded

pytestmark = [pytest.mark.needs_pbx, pytest.mark.timeout(180), pytest.mark.slow]

EXAMPLE = CHECKOUT / "dialplans" / "example"
EDITIONS = [build.NEWEST, *([build.OLDEST] if build.built_root(build.OLDEST) else [])]
SECRET = "callcenter-secret"
AT_HOME = "direct_media = no\nmedia_address = 127.0.0.1\nbind_rtp_to_media_address = yes"
FOR_US = {
    "pjsip.conf": {
        "192.0.2.10:5060": f"127.0.0.1:{CARRIER[1]}",
        "192.0.2.10": "127.0.0.1",
        "direct_media = no": AT_HOME,
    },
    "musiconhold.conf": {"directory = moh": "directory = sounds/en_US_f_Allison/digits"},
    "manager.conf": {"secret = CHANGE-ME": f"secret = {SECRET}"},
}
"""What anybody changes: the carrier's address and the secret. And here the PBX has no name to look up, and
music is not among our packages."""


@pytest.fixture(scope="module", params=EDITIONS, ids=lambda edition: edition.major)
def example(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pbx]:
    """The example as it stands."""
    site = tmp_path_factory.mktemp("site")
    for conf in EXAMPLE.glob("*.conf"):
        shutil.copy(conf, site)
    for name, changes in FOR_US.items():
        text = (site / name).read_text()
        for before, after in changes.items():
            assert before in text, name
            text = text.replace(before, after)
        (site / name).write_text(text)
    yield from running(Variant(asterisk=request.param, site=site))


def complaints(home: Path) -> list[str]:
    log = (home / "log" / "messages.log").read_text()
    return [line for line in log.splitlines() if re.search(r" (WARNING|ERROR)\[", line)]


async def push(example: Pbx, hotline: str, keys: dict[str, str]) -> None:
    """As the account for routing may."""
    for key, value in keys.items():
        answer = await example.ask_ami(
            "callcenter-routing", secret=SECRET, Action="DBPut", Family="callcenter", Key=key, Val=value
        )
        assert answer == "Response: Success", (hotline, key)


async def test_it_loads_without_a_warning(example: Pbx):
    assert "callcenter-codes" in await example.cli("dialplan show callcenter-codes")
    assert complaints(example.home) == []


async def test_watching_is_not_enough_to_change_anything(example: Pbx):
    """The one account can't write where the other can; neither can run a command."""
    asked = {"Action": "DBPut", "Family": "callcenter", "Key": "x", "Val": "1"}
    assert await example.ask_ami("callcenter", secret=SECRET, **asked) == "Response: Error"
    command = {"Action": "Command", "Command": "core show version"}
    assert await example.ask_ami("callcenter-routing", secret=SECRET, **command) == "Response: Error"


async def test_by_day_the_group_rings_and_at_night_the_duty_chain(example: Pbx):
    async with recorded(example.ami, username="callcenter") as wire:
        await push(example, "4001", schedule("4001", opened()))
        by_day = await example.call("4001", caller="8613800170001", phones={"1002": answers(1, talk=1)})
        await push(
            example, "4001", schedule("4001", closed(step("wang", 2, "d1001"), step("li", 9, "d1003")))
        )
        phones = {"1001": rings(), "1003": answers(1, talk=1)}
        by_night = await example.call("4001", caller="8613800170002", phones=phones)
    assert sorted(leg.phone for leg in by_day.legs) == ["1001", "1002", "1003"]
    assert by_day.answered_by == "1002"
    assert [leg.phone for leg in by_night.legs] == ["1001", "1003"]
    modes = [event.get("Mode") for event in user_events(bytes(wire.data)) if "Mode" in event]
    assert modes == ["open", "closed"]


async def test_a_hotline_behind_the_menu_and_one_with_a_queue_go_the_same_way(example: Pbx):
    """With nothing pushed, both callers reach the fallback number: the supervisor's desk."""
    for dialled, then in (("4002", ()), ("4900", (("wait", 1.0), ("dtmf", "1")))):
        truth = await example.call(
            dialled, caller="8613800170003", phones={"1009": answers(1, talk=1)}, then=then
        )
        assert truth.answered_by == "1009", dialled
    assert complaints(example.home) == []
