"""Where records lie, as the configuration writes it.

``postgresql://user:password@host/database#table`` is a table (its name may hold a schema; without ``#``
it is ``cel`` or ``cdr``); anything else is the path of a CSV file.
"""

import re
from pathlib import Path
from typing import NamedTuple

_TABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?")


class RecordsAway(ConnectionError):
    """Records can't be read now. The text is one sentence for an operator and holds no data."""


class Table(NamedTuple):
    """A table of a PostgreSQL database."""

    dsn: str
    name: str

    @property
    def quoted(self) -> str:
        """The name as SQL takes it: never anything but identifiers, as `place_of` saw to."""
        return ".".join(f'"{part}"' for part in self.name.split("."))


def place_of(text: str, table: str) -> Table | Path:
    """What *text* names; *table* where it names none. Raises ValueError for no table's name."""
    if not text.startswith(("postgresql://", "postgres://")):
        return Path(text)
    dsn, _, named = text.partition("#")
    if named and not _TABLE.fullmatch(named):
        raise ValueError("after # comes a table's name: letters, digits and _, perhaps schema.table")
    return Table(dsn, named or table)
