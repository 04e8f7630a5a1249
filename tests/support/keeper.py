"""A process that runs the embedded PostgreSQL of a folder: ``python -m tests.support.keeper DATA_DIR [UID]``.

It prints the service's DSN once the server answers, or ``failed: <why>``, and stops the server when its
standard input ends.
"""

import asyncio
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import structlog

from callcenter.store.embedded import EmbeddedPostgres
from callcenter.store.place import PostgresFailed


async def keep(data_dir: Path) -> None:
    # Loaded by now, for one who may not read the interpreter's files any more.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
    server = EmbeddedPostgres(data_dir)
    try:
        await server.start()
    except PostgresFailed as error:
        print(f"failed: {error}", flush=True)
        return
    print(server.owner_dsn, server.started_here, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.stop()


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    if sys.argv[2:] and sys.argv[2]:  # become somebody else by ourselves: the interpreter may be root's alone
        os.setgroups([])
        os.setgid(int(sys.argv[2]))
        os.setuid(int(sys.argv[2]))
    asyncio.run(keep(Path(sys.argv[1])))
