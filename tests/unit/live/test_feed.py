"""Whoever watches the board hears every change once, and nobody waits for a slow one."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.facts import CallEnded, CallFact, CallOffered, LinkDown
from callcenter.live.board import Board
from callcenter.live.feed import FRESH, Feed
from callcenter.terms import HotlineNumber, PbxName
from tests.support.factories import NOON, make_call, make_hotline, waiting_call

N = HotlineNumber("4001")


@pytest.fixture
def feed():
    return Feed(Board([make_hotline()]), backlog=10)


def ended(n, seq=5):
    return CallEnded(at=NOON, call=make_call(n, seq=seq))


async def test_a_subscriber_hears_what_changes_from_then_on(feed):
    feed.apply(ended(1))
    async with feed.subscribe() as facts:
        feed.apply(ended(2))

        heard = await anext(facts)

    assert heard == [ended(2)]
    assert feed.snapshot(N, NOON)["today"]["answered"] == 2


async def test_a_subscriber_that_waits_is_woken(feed):
    async with feed.subscribe() as facts:
        waiting = asyncio.ensure_future(anext(facts))
        await asyncio.sleep(0)
        feed.apply(LinkDown(at=NOON, pbx=PbxName("main"), reason="gone"))

        assert [fact.reason for fact in await waiting] == ["gone"]


async def test_who_was_busy_finds_all_that_came_meanwhile_in_one_go_and_in_order(feed):
    async with feed.subscribe() as facts:
        for n in range(10):
            feed.apply(ended(n))

        assert await anext(facts) == [ended(n) for n in range(10)]
        feed.apply(ended(10))
        assert await anext(facts) == [ended(10)]


async def test_what_changes_no_picture_is_not_passed_on(feed):
    """A fact told twice, an older telling and another PBX's link are no news."""
    feed.apply(ended(1))
    async with feed.subscribe() as facts:
        feed.apply(ended(1))
        feed.apply(CallOffered(at=NOON, call=waiting_call(1)))
        feed.apply(LinkDown(at=NOON, pbx=PbxName("elsewhere"), reason="gone"))
        feed.apply(ended(2))

        assert await anext(facts) == [ended(2)]


async def test_a_slow_screen_is_cut_off_and_nobody_else_misses_anything(feed):
    async with feed.subscribe() as slow, feed.subscribe() as quick:
        heard = []
        for n in range(30):
            feed.apply(ended(n))
            heard += await anext(quick)

        assert [news async for news in slow] == []

    assert heard == [ended(n) for n in range(30)]
    assert feed.cut_off == 1


async def test_a_screen_that_keeps_up_within_its_backlog_is_not_cut_off(feed):
    async with feed.subscribe() as facts:
        for n in range(10):
            feed.apply(ended(n))

        assert len(await anext(facts)) == 10
        assert (feed.watched, feed.cut_off) == (1, 0)


async def test_who_leaves_is_forgotten(feed):
    async with feed.subscribe():
        assert feed.watched == 1

    assert feed.watched == 0


async def test_closing_lets_each_screen_read_what_is_left_and_end(feed):
    async with feed.subscribe() as facts:
        feed.apply(ended(1))
        feed.close()

        assert [news async for news in facts] == [[ended(1)]]


async def test_who_comes_after_the_end_is_sent_away_at_once(feed):
    feed.close()
    async with feed.subscribe() as facts:
        assert [news async for news in facts] == []


async def test_closing_wakes_who_waits(feed):
    async with feed.subscribe() as facts:
        waiting = asyncio.ensure_future(anext(facts))
        await asyncio.sleep(0)
        feed.close()

        with pytest.raises(StopAsyncIteration):
            await waiting


async def test_hundreds_of_screens_share_one_picture_until_it_changes(feed):
    feed.apply(ended(1))
    first = feed.snapshot(N, NOON)

    assert all(feed.snapshot(N, NOON + FRESH / 2) is first for _ in range(300))

    feed.apply(ended(2))
    assert feed.snapshot(N, NOON + FRESH / 2)["today"]["answered"] == 2


async def test_a_picture_does_not_grow_old_while_nothing_happens(feed):
    feed.apply(CallOffered(at=NOON, call=waiting_call()))

    assert feed.snapshot(N, NOON)["longest_wait_seconds"] == 0.0
    assert feed.snapshot(N, NOON + FRESH)["longest_wait_seconds"] == FRESH.total_seconds()
    assert feed.snapshot(N, NOON - timedelta(hours=1))["at"] == "2026-11-20T03:00:00.000000Z"


async def test_time_makes_the_board_forget_old_days(feed):
    feed.apply(ended(1))
    feed.tick(NOON + timedelta(days=5))

    assert feed.snapshot(N, NOON)["today"]["arrived"] == 0


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 5)), max_size=30), st.integers(0, 30))
def test_who_joins_at_any_moment_ends_with_the_board(tellings, joins_at):
    """A screen that starts from a snapshot and takes each fact knows in the end what the board does."""
    asyncio.run(join(tellings, joins_at))


async def join(tellings, joins_at):
    feed, seen = Feed(Board([make_hotline()])), {}
    facts = [CallOffered(at=NOON, call=waiting_call(n, seq=seq)) for n, seq in tellings]
    for fact in facts[:joins_at]:
        feed.apply(fact)
    async with feed.subscribe() as news:
        seen = {entry["call_id"] for entry in feed.snapshot(N, NOON)["in_progress"]}
        told = []
        for fact in facts[joins_at:]:
            feed.apply(fact)
        feed.close()
        for fact in [fact async for together in news for fact in together]:
            assert isinstance(fact, CallFact)
            told.append((fact.call.call_id, fact.call.seq))
            seen.add(fact.call.call_id)

    assert len(told) == len(set(told))
    assert seen == {entry["call_id"] for entry in feed.snapshot(N, NOON)["in_progress"]}
