"""Running as a process: signals, uvloop, and an end in order."""

import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from callcenter.app.faults import CannotStart
from callcenter.app.service import App, running
from callcenter.config import Config

log = structlog.get_logger(__name__)

YOUNG = 10_000
"""New objects after which the collector looks at them."""
TURN = 0.001
"""Seconds after which a thread that computes lets another have its turn."""


def serve(config: Config) -> None:
    """Run the service until SIGTERM or SIGINT. Raises CannotStart, PostgresFailed or SpoolFailed."""

    async def work(stop: asyncio.Event) -> None:
        async with running(config) as app:
            spare_the_living()
            await until_stopped(app, stop)

    run(work)


def spare_the_living() -> None:
    """What is there once all is built stays: Python's collector need not look through it again and again, a
    tenth of a second each time in which no event is heard and no screen is told. It looks at the young less
    often, too: most of what a call leaves behind is gone by itself before. And the threads that write to the
    disk let the event loop have its turn sooner than Python's usual five milliseconds.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
    sys.setswitchinterval(TURN)


def run(work: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Run *work* with an event that SIGTERM and SIGINT set, instead of ending it somewhere inside."""

    async def with_signals() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await work(stop)

    with asyncio.Runner(loop_factory=_loop) as runner:
        runner.run(with_signals())


async def until_stopped(app: App, stop: asyncio.Event) -> None:
    """Until *stop* is set. Raises CannotStart if a part of the service died before that."""
    loop = asyncio.get_running_loop()
    waiting = [loop.create_task(event.wait()) for event in (stop, app.tasks.broken)]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
    log.info("stopping")
    if app.tasks.why is not None:
        raise CannotStart(f"a part of the service died, see the log: {app.tasks.why}")


def _loop() -> asyncio.AbstractEventLoop:
    """An event loop of uvloop's where that is installed."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
