"""Bringing a PBX's database to what it should hold, whatever happens in between."""

from __future__ import annotations

import pytest

from callcenter.ami.protocol import NotConnectedError
from callcenter.routing.astdb import KEEP, Astdb, Denied, NotKept, Pusher
from callcenter.routing.policy import Rules, schedule
from callcenter.routing.words import Content, Forced
from callcenter.terms import HotlineNumber, RoutingMode
from tests.support.dialplan_model import DialplanModel
from tests.support.fakeastdb import FakeAstdb
from tests.support.nights import LINE, NIGHT, hotline, plan, shifts

BEFORE = shifts("li", "zhang", "li", "zhang", "li", "zhang")
AFTER = shifts("li", "zhang", "wang", "zhang", "li", "zhang")
OTHER = HotlineNumber("1400X")
PATTERN = HotlineNumber("_400X")


def content(planned, number=LINE, days=7) -> Content:
    """What a PBX should hold of one hotline."""
    line, now = hotline(number), plan(*planned)
    rules = Rules.of(line, book=now.book, people=now.people, calendar=now.calendar, outside_digits=7)
    return {line.number: schedule(rules, NIGHT, days).keys}


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def who_rings(pbx: FakeAstdb) -> list[list[str]]:
    """What the dialplan says at each hour of the next three days."""
    model = DialplanModel(pbx.values)
    start = int(NIGHT.timestamp())
    return [model.decide(LINE, second) for second in range(start, start + 3 * 86400, 3600)]


async def test_what_is_held_afterwards_is_what_should_be(clock):
    pbx = FakeAstdb()

    pushed, before = await Pusher(pbx, clock).push(content(BEFORE))

    assert {f"{LINE}/{key}": value for key, value in content(BEFORE)[LINE].items()} == pbx.values
    assert pushed.written == len(pbx.values)
    assert before == {LINE: {}}


async def test_a_schedule_is_valid_with_the_last_write_and_not_before(clock):
    pbx = FakeAstdb()

    await Pusher(pbx, clock).push(content(BEFORE))

    assert pbx.written()[-1] == "4001/index"


@pytest.mark.parametrize("tree", [True, False])
async def test_wherever_a_push_is_cut_off_callers_meet_the_old_roster_or_the_new_one(tree, clock):
    complete = FakeAstdb(tree=tree)
    await Pusher(complete, clock).push(content(BEFORE))
    held, old = dict(complete.values), who_rings(complete)
    complete.written()
    await Pusher(complete, clock).push(content(AFTER))
    new, writes = who_rings(complete), len(complete.sent)
    assert old != new

    for step in range(writes + 1):
        pbx = FakeAstdb(tree=tree)
        pbx.values = dict(held)
        pbx.cut_after = step
        with pytest.raises(NotConnectedError):
            await Pusher(pbx, clock).push(content(AFTER))
        assert who_rings(pbx) == (new if step == writes else old)

        pbx.cut_after = None
        pbx.written()
        pushed, _ = await Pusher(pbx, clock).push(content(AFTER))
        assert who_rings(pbx) == new
        assert pushed.written == writes - step


async def test_what_is_there_is_not_written_again(clock):
    pbx = FakeAstdb()
    await Pusher(pbx, clock).push(content(BEFORE))
    pbx.written()

    pushed, _ = await Pusher(pbx, clock).push(content(BEFORE))

    assert (pushed.written, pbx.sent) == (0, [])


async def test_a_swap_writes_the_days_it_concerns_and_the_index(clock):
    pbx = FakeAstdb()
    await Pusher(pbx, clock).push(content(BEFORE, days=14))
    pbx.written()

    await Pusher(pbx, clock).push(content(AFTER, days=14))

    *days, index = pbx.written()
    assert index == "4001/index"
    assert len({name.split("/")[1] for name in days}) <= 2


async def test_days_that_nobody_lists_go_once_every_call_that_read_them_is_through(clock):
    pbx = FakeAstdb()
    pusher = Pusher(pbx, clock)
    await pusher.push(content(BEFORE))
    wanted = {f"{LINE}/{key}" for key in content(AFTER)[LINE]}

    clock.now = 100.0
    pushed, _ = await pusher.push(content(AFTER))
    left = (await pusher.push(content(AFTER)))[0].left
    assert (pushed.deleted, left) == (0, len(pbx.values.keys() - wanted))
    assert left > 0

    clock.now += KEEP
    pushed, _ = await pusher.push(content(AFTER))
    assert (pushed.deleted, pushed.left) == (left, 0)
    assert pbx.values.keys() == wanted


async def test_a_day_that_was_damaged_is_put_right(clock):
    pbx = FakeAstdb()
    await Pusher(pbx, clock).push(content(BEFORE))
    good = dict(pbx.values)
    day = next(name for name in pbx.values if name.endswith("/1"))
    pbx.values[day] = "rubbish"

    await Pusher(pbx, clock).push(content(BEFORE))

    assert pbx.values == good


async def test_a_fallback_that_is_no_longer_configured_goes(clock):
    pbx = FakeAstdb()
    pbx.values["4001/fallback"] = "d1900"

    await Pusher(pbx, clock).push(content(BEFORE))

    assert "4001/fallback" not in pbx.values


async def test_a_long_value_that_an_old_pbx_cannot_tell_whole_is_written_again(clock):
    pbx = FakeAstdb(tree=False)
    wanted = content(BEFORE, days=19)
    await Pusher(pbx, clock).push(wanted)
    pbx.values["4001/index"] = pbx.values["4001/index"][:-1] + "0"
    pbx.written()

    await Pusher(pbx, clock).push(wanted)

    assert pbx.written() == ["4001/index"]
    assert pbx.values["4001/index"] == wanted[LINE]["index"]


async def test_without_a_tree_old_days_are_found_by_their_names(clock):
    pbx = FakeAstdb(tree=False)
    pusher = Pusher(pbx, clock)
    await pusher.push(content(BEFORE))
    pbx.values["4001/0123456789ab/1"] = "of a push that was cut off"

    await pusher.push(content(AFTER))
    clock.now += KEEP
    await pusher.push(content(AFTER))

    assert pbx.values.keys() == {f"{LINE}/{key}" for key in content(AFTER)[LINE]}


async def test_a_pattern_is_not_taken_for_the_hotlines_it_matches(clock):
    pbx = FakeAstdb()
    await Pusher(pbx, clock).push(content(BEFORE, OTHER))
    others = dict(pbx.values)
    pusher = Pusher(pbx, clock)

    for planned in (BEFORE, AFTER, AFTER):
        _, held = await pusher.push(content(planned, PATTERN))
        clock.now += KEEP

    assert {name: value for name, value in pbx.values.items() if name in others} == others
    assert held[OTHER].keys() == content(BEFORE, OTHER)[OTHER].keys()


@pytest.mark.parametrize(
    ("action", "right"), [("DBPut", "system"), ("DBGetTree", "reporting"), ("DBDel", "system")]
)
async def test_a_right_that_is_missing_is_one_sentence_that_says_which(action, right, clock):
    pbx = FakeAstdb(denied=(action,))
    pbx.values["4001/fallback"] = "d1900"

    with pytest.raises(Denied, match=f"does not permit {action}: add {right} to the account's write classes"):
        await Pusher(pbx, clock).push(content(BEFORE))


async def test_a_pbx_that_confirms_and_forgets_is_found_out_before_the_switch(clock):
    pbx = FakeAstdb()
    pbx.forgets = lambda name: name.endswith("/2")

    with pytest.raises(NotKept, match="confirmed callcenter/4001/"):
        await Pusher(pbx, clock).push(content(BEFORE))

    assert "4001/index" not in pbx.values


async def test_a_forced_mode_is_written_read_back_and_taken_away(clock):
    pbx = FakeAstdb()
    pusher = Pusher(pbx, clock)
    value = str(Forced(mode=RoutingMode.CLOSED, until=0, by="li"))

    assert await pusher.force(LINE, value, {}) == 2
    held = await Astdb(pbx).read_one(LINE)
    assert held == {"force": "closed,0,li", "seen": "closed,0,li"}
    assert await pusher.force(LINE, value, held) == 0
    assert await pusher.force(LINE, None, held) == 2
    assert pbx.values == {}


async def test_a_forced_mode_that_is_not_kept_is_told(clock):
    pbx = FakeAstdb()
    pbx.forgets = lambda name: name.endswith("/force")

    with pytest.raises(NotKept, match="forced mode of 4001"):
        await Pusher(pbx, clock).force(LINE, "open,0,li", {})
