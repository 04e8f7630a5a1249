"""What somebody at the machine itself was shown or did, in the same trail as what goes over the API."""

import getpass
import os
import sys

from callcenter.commands.common import Failure, with_pool
from callcenter.commands.when import now
from callcenter.config import Config
from callcenter.store.audit import Access, AuditStore
from callcenter.store.pool import Pool
from callcenter.terms import Role


async def record(pool: Pool, act: str, subject: str, shown: int = 0) -> None:
    """Write down what is about to be done or shown. Raises StoreAway. *subject*: ids; *shown*: how many
    callers' numbers."""
    entry = Access(
        at=now(), who=f"os:{_user()}", role=Role.ADMIN, person=None,
        act=act, subject=subject, shown=shown, client="command line", reason=None,
    )  # fmt: skip
    await AuditStore(pool).write(entry)


def record_lookup(config: Config, act: str, subject: str) -> None:
    """Write down that one caller's number is about to be shown. With the database away the operator, who has
    the evidence's files anyway, is told that the trail lacks this."""
    try:
        with_pool(config, lambda pool: record(pool, act, subject, shown=1))
    except Failure as away:
        sys.stderr.write(f"callcenter: this look is not in the access log: {away}\n")


def _user() -> str:
    """The account's name; in a container that may have only a number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
