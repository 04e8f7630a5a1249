"""Work that goes on in the background: kept, watched, and ended in order."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import structlog

log = structlog.get_logger(__name__)

AGAIN: Final = 1.0
"""Seconds after which a task is told again to end."""
TIMES: Final = 15
"""How often it is told."""


class Tasks:
    """Tasks that should run for as long as the service does.

    One that ends by itself, with or without an error, is a fault of ours: ``broken`` is then set, and
    the service stops rather than going on with a part of it dead.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self.broken = asyncio.Event()
        self.why: str | None = None
        """What ended, once something has."""

    def start(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run *work* until :meth:`stop`."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def stop(self, *tasks: asyncio.Task[None]) -> None:
        """End *tasks*, or all that are left.

        They are told again until they do: a database driver whose server hangs may turn what cancels it
        into an error of its own, and the work would go on. One that never ends is left behind.
        """
        ending = set(tasks or self._tasks)
        self._tasks.difference_update(ending)
        for _ in range(TIMES):
            if not ending:
                return
            for task in ending:
                task.cancel()
            ended, ending = await asyncio.wait(ending, timeout=AGAIN)
            await asyncio.gather(*ended, return_exceptions=True)  # whatever they ended with
        log.error("tasks_left", tasks=sorted(task.get_name() for task in ending))

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task not in self._tasks:
            return
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        self.why = f"{task.get_name()} ended: {type(error).__name__ if error else 'by itself'}"
        log.error("task_ended", task=task.get_name(), exc_info=error)
        self.broken.set()
