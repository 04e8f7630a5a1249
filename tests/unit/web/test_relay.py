"""What one stream sends, and when: pure, with time as a number."""

import json
from datetime import timedelta

import pytest

from callcenter.facts import Anomaly
from callcenter.web.keys import WebSettings
from callcenter.web.relay import Relay
from callcenter.web.sight import Pictures
from tests.support.factories import NOON, make_hotline, waiting_call
from tests.support.fakeweb import SECRET, World


@pytest.fixture
def world():
    return World(NOON, [make_hotline("4001"), make_hotline("4002"), make_hotline("4003", pbx="other")])


@pytest.fixture
def relay(world):
    settings = WebSettings(secret=SECRET, beat_seconds=2.0, refresh_seconds=10.0, coalesce_seconds=0.25)
    parts = world.parts()
    made = Relay(
        parts=parts,
        pictures=Pictures(parts),
        hotlines=world.hotlines,
        sight="none",
        settings=settings,
        build="b1",
    )
    list(made.open(100.0))
    return made


def offered(n, hotline="4001", seq=1):
    from callcenter.facts import CallOffered

    return CallOffered(at=NOON, call=waiting_call(n, hotline=hotline, seq=seq))


def sent(messages):
    return [(name, json.loads(data).get("hotline")) for name, data in messages]


def test_nothing_is_due_until_the_next_sign_of_life(relay):
    assert relay.until_due(100.0) == 2.0
    assert sent(relay.due(101.9)) == []
    assert sent(relay.due(102.0)) == [("beat", None)]


def test_a_storm_of_facts_costs_one_snapshot_per_hotline_and_pause(relay):
    for n in range(50):
        assert [name for name, _ in relay.take([offered(n)])] == ["call"]
    assert relay.until_due(100.1) == pytest.approx(0.15)
    assert sent(relay.due(100.1)) == []
    assert sent(relay.due(100.25)) == [("snapshot", "4001")]
    assert sent(relay.due(100.3)) == []


def test_after_a_calm_the_snapshot_follows_its_fact_at_once(relay):
    list(relay.take([offered(1, "4002")]))
    assert sent(relay.due(105.0))[0] == ("snapshot", "4002")


def test_in_a_calm_every_hotline_is_refreshed(relay):
    assert [name for name in sent(relay.due(110.0)) if name[0] == "snapshot"] == [
        ("snapshot", "4001"), ("snapshot", "4002"), ("snapshot", "4003"),
    ]  # fmt: skip


def test_a_lost_link_moves_only_the_hotlines_behind_it(relay, world):
    from callcenter.facts import LinkDown

    (message,) = relay.take([LinkDown(at=NOON, pbx="main", reason="refused at 10.0.0.1")])
    assert json.loads(message[1])["hotlines"] == ["4001", "4002"]
    assert "10.0.0.1" not in str(message)
    assert list(relay.take([LinkDown(at=NOON, pbx="unknown", reason="x")])) == []


def test_what_is_for_the_log_is_not_for_the_screen(relay):
    assert list(relay.take([Anomaly(at=NOON, pbx="main", kind="odd", detail="x")])) == []
    assert relay.until_due(100.0) == 2.0


def test_calls_of_no_hotline_are_not_told(relay):
    assert list(relay.take([offered(1, None)])) == []


def test_a_gap_is_told_with_the_links_return(relay, world):
    from callcenter.facts import LinkUp

    up = LinkUp(
        at=NOON + timedelta(seconds=9), pbx="main", gap_seconds=9.0, gap_began_at=NOON, pbx_restarted=True
    )
    (message,) = relay.take([up])
    told = json.loads(message[1])
    assert (message[0], told["up"], told["gap_seconds"]) == ("link", True, 9.0)


def test_of_tellings_that_waited_together_each_calls_last_is_told_in_order(relay):
    """Whoever was busy meanwhile needs only what holds now: each telling is of the whole call."""
    from callcenter.facts import LinkDown

    down = LinkDown(at=NOON, pbx="main", reason="x")
    together = [
        offered(1, seq=1),
        offered(2, seq=1),
        offered(1, seq=2),
        down,
        offered(2, seq=2),
        offered(3, seq=1),
    ]
    told = [(name, json.loads(data).get("seq")) for name, data in relay.take(together)]
    assert told == [("call", 2), ("link", None), ("call", 2), ("call", 1)]


def test_a_hotline_that_a_waiting_telling_left_is_shown_anew(relay):
    list(relay.take([offered(1, "4001", seq=1), offered(1, "4002", seq=2)]))
    snapshots = [number for name, number in sent(relay.due(100.25)) if name == "snapshot"]
    assert snapshots == ["4001", "4002"]


def test_a_telling_is_written_once_for_all_screens_and_masked_for_each_sight(world):
    pictures = Pictures(world.parts())
    call = waiting_call(1, caller="13800138000")
    shown = [json.loads(pictures.telling(call, sight))["caller"] for sight in ("masked", "none", "masked")]
    assert shown == ["…00", None, "…00"]
    assert pictures.telling(call, "none") is pictures.telling(call, "none")
    assert json.loads(pictures.telling(waiting_call(1, seq=2), "none"))["seq"] == 2


def test_texts_of_calls_are_not_kept_for_ever(world):
    pictures = Pictures(world.parts())
    for n in range(5000):
        pictures.telling(waiting_call(n), "none")
    assert len(pictures._calls) <= 1024


def test_a_picture_is_written_once_for_all_screens_and_anew_when_it_changes(world):
    pictures = Pictures(world.parts())
    hotline = world.hotlines[0]
    first = pictures.text(hotline, "none")
    assert pictures.text(hotline, "none") is first
    world.offer("4001")
    assert len(json.loads(pictures.text(hotline, "none"))["in_progress"]) == 1


def test_screens_and_staff_have_pictures_of_their_own(world):
    world.lose_link()
    pictures = Pictures(world.parts())
    links = [
        json.loads(pictures.text(world.hotlines[0], sight))["link"] for sight in ("masked", "none", "masked")
    ]
    assert ["why" in link for link in links] == [True, False, True]
