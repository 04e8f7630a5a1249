"""Named SQL statements, one file per aggregate.

A file is a sequence of statements, each below a line ``-- name: the_name``. They are plain SQL with
``$1`` parameters, so any of them can be pasted into psql.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

_NAME = re.compile(r"^-- name: (\w+)[ \t]*$", re.MULTILINE)


@cache
def load(aggregate: str) -> Mapping[str, str]:
    """The statements of ``<aggregate>.sql`` by name."""
    text = files(__package__).joinpath(f"{aggregate}.sql").read_text(encoding="utf-8")
    _, *parts = _NAME.split(text)
    return MappingProxyType(dict(zip(parts[::2], map(str.strip, parts[1::2]), strict=True)))
