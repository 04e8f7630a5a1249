"""What the guide tells an operator to put into manager.conf is enough, on a real Asterisk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import service
from tests.support.asterisk import day, judge
from tests.support.asterisk.fixtures import running
from tests.support.asterisk.judge import Scenario
from tests.support.asterisk.pbx import CHECKOUT, Pbx, Variant
from tests.support.asterisk.plans import answers
from tests.support.postgres import Database
from tests.support.service import PbxEntry, Settings

pytestmark = [pytest.mark.needs_pbx, pytest.mark.timeout(300), pytest.mark.slow]

GUIDE = CHECKOUT / "docs" / "attach-to-your-pbx.md"
SECRET = "a-secret-of-this-test"


def told_in_the_guide() -> str:
    """The first manager.conf of the guide: watching only, with the least rights."""
    found = re.search(r"```ini\n(\[general\].*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return found[1].replace("secret = …", f"secret = {SECRET}")


@pytest.fixture
def guided_pbx() -> Iterator[Pbx]:
    """A PBX whose manager.conf is the guide's."""
    yield from running(Variant(manager_conf=told_in_the_guide()))


async def test_the_guides_manager_conf_is_enough(guided_pbx: Pbx, database: Database, tmp_path: Path):
    """Answers, recordings, queues and voicemail are told in full, and nothing is found missing."""
    entry = PbxEntry(address=guided_pbx.ami, hotlines=("4001", "4009"), username="callcenter", secret=SECRET)
    settings = Settings(pbxs=(entry,), dsn=database.dsn, owner_dsn=database.owner_dsn)
    answered = Scenario(
        name="group, recorded", dials="4001", outcome="answered",
        phones={"1012": answers(2, talk=1)}, recording=True,
    )  # fmt: skip
    dropped = Scenario(name="queue, then voicemail", dials="4009", outcome="voicemail", gives_up=13)
    async with service.serving(tmp_path, settings) as following:
        played = await day.play(guided_pbx, day.numbered(((answered,), (dropped,))))
        calls = {call["caller"]: call for call in await following.settled(2)}
    for scenario, truth in played:
        told = calls[truth.caller]
        assert not judge.disagreements(scenario, truth, told)
        assert not judge.recording_faults(scenario, told, guided_pbx.monitor_dir)
    assert "manager.conf" not in following.log()
