"""Ending the work in the background, also such as will not hear of it."""

import asyncio

from callcenter.app import tasks as module
from callcenter.app.tasks import Tasks


async def stubborn(times: int, heard: list[int]) -> None:
    """Goes on after being cancelled *times* times, as a driver does whose server hangs."""
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            heard.append(1)
            if len(heard) > times:
                raise


async def test_work_that_swallows_its_cancelling_is_told_again(monkeypatch):
    monkeypatch.setattr(module, "AGAIN", 0.01)
    tasks, heard = Tasks(), []
    task = tasks.start("writer", stubborn(2, heard))
    await asyncio.sleep(0)
    await tasks.stop()

    assert task.cancelled()
    assert len(heard) == 3
    assert not tasks.broken.is_set()


async def test_work_that_never_ends_is_left_behind_and_named(monkeypatch):
    monkeypatch.setattr(module, "AGAIN", 0.01)
    monkeypatch.setattr(module, "TIMES", 3)
    tasks, heard = Tasks(), []
    task = tasks.start("writer", stubborn(3, heard))
    await asyncio.sleep(0)
    await tasks.stop()

    assert not task.done()
    task.cancel()
    await asyncio.wait({task})


async def test_an_error_at_the_end_stops_no_other_from_ending(monkeypatch):
    async def fails() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise RuntimeError("at the end")

    tasks = Tasks()
    both = [tasks.start("one", fails()), tasks.start("two", stubborn(0, []))]
    await asyncio.sleep(0)
    await tasks.stop()

    assert all(task.done() for task in both)
