"""Running the service as a process: signals, uvloop, and an end within a bound."""

import asyncio
import signal
from collections.abc import Awaitable, Callable

import structlog

from callcenter.app.faults import CannotStart
from callcenter.app.service import App, running
from callcenter.config import Config

log = structlog.get_logger(__name__)


def serve(config: Config, started: Callable[[App], Awaitable[None]] | None = None) -> None:
    """Run until SIGTERM or SIGINT; *started* is awaited once everything runs.

    Raises CannotStart, PostgresFailed or SpoolFailed.
    """
    with asyncio.Runner(loop_factory=_loop) as runner:
        runner.run(_serve(config, started))


def _loop() -> asyncio.AbstractEventLoop:
    """An event loop of uvloop's where that is installed."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


async def _serve(config: Config, started: Callable[[App], Awaitable[None]] | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with running(config) as app:
        if started is not None:
            await started(app)
        await _first(stop, app.tasks.broken)
        log.info("stopping")
    if app.tasks.why is not None:
        raise CannotStart(f"a part of the service died: {app.tasks.why}")


async def _first(*events: asyncio.Event) -> None:
    waiting = [asyncio.get_running_loop().create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
