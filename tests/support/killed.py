"""A writer that is killed at a given step: ``python -m tests.support.killed``.

Reads one JSON object a line, ``{"dsn", "spool", "step"}``, forks, and in the child carries the history
from where the last checkpoint stands to PostgreSQL, killing itself with SIGKILL at that step. Answers
each line with ``{"killed", "steps"}``. Forking saves starting Python and importing all for each step.
"""

import asyncio
import functools
import inspect
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from callcenter.store import batch, writer
from callcenter.store.outbox import Outbox
from callcenter.store.pool import open_pool
from callcenter.store.spool import Spool
from tests.support.history import MAIN, history

CHUNK = 12
"""Facts that the pump hands over at once."""


async def carry(dsn: str, path: Path) -> None:
    """Tell the history from the last checkpoint on, and deliver all of it."""
    facts = history()
    spool, pool = Spool(path), await open_pool(dsn)
    spool.open()
    told = int(spool.checkpoints().get(MAIN, b"0"))
    carrier = writer.Writer(spool, pool)
    task = asyncio.create_task(carrier.run())
    for start in range(told, len(facts), CHUNK):
        end = min(start + CHUNK, len(facts))
        spool.append(facts[start:end], {MAIN: b"%d" % end})
        await spool.flush(10)
    if not await carrier.drain(30):
        raise TimeoutError("not delivered")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await pool.close()
    spool.close()


def stepping(step: int) -> Callable[[], int]:
    """Make every step of the way countable, and fatal if it is number *step*; returns the count so far."""
    count = 0

    def tick() -> None:
        nonlocal count
        count += 1
        if count == step:
            os.kill(os.getpid(), signal.SIGKILL)

    for owner, names in (
        (Outbox, ("write",)),
        (batch, ("_log", "_tell", "_forget_children", "_tell_children", "_withdraw", "_links", "apply")),
        (Spool, ("read", "delivered", "append")),
    ):
        for name in names:
            setattr(owner, name, _around(getattr(owner, name), tick))
    return lambda: count


def _around(function: Callable[..., Any], tick: Callable[[], None]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def later(*args: Any, **kwargs: Any) -> Any:
            tick()
            result = await function(*args, **kwargs)
            tick()
            return result

        return later

    @functools.wraps(function)
    def now(*args: Any, **kwargs: Any) -> Any:
        tick()
        result = function(*args, **kwargs)
        tick()
        return result

    return now


def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    for line in sys.stdin:
        order = json.loads(line)
        reader, sender = os.pipe()
        child = os.fork()
        if child == 0:
            writer.AT_ONCE = 16
            steps = stepping(order["step"])
            asyncio.run(carry(order["dsn"], Path(order["spool"])))
            os.write(sender, b"%d" % steps())
            os._exit(0)
        os.close(sender)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status) and os.waitstatus_to_exitcode(status) != 0:
            raise SystemExit("the writer failed by itself")
        print(
            json.dumps({"killed": os.WIFSIGNALED(status), "steps": int(os.read(reader, 20) or b"0")}),
            flush=True,
        )
        os.close(reader)


if __name__ == "__main__":
    main()
