"""Asterisk's own records of the recordings under tests/traces: CEL and CDR as its CSV backends wrote them."""

import csv
import json
from functools import lru_cache

from callcenter.records.kinds import CDR, CEL, CEL_COLUMNS
from callcenter.tracking.records import CdrRow, CelRow
from tests.support.traces import FOLDER

CDR_COLUMNS = (
    "clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer",
    "end", "duration", "billsec", "disposition", "amaflags", "accountcode", "uniqueid", "linkedid",
    "sequence", "peeraccount", "userfield",
)  # fmt: skip
"""As the recorded PBX's ``cdr_custom.conf`` orders them."""


@lru_cache(maxsize=64)
def lines(name: str, kind: str) -> tuple[str, ...]:
    """The lines that the PBX wrote of a recording; *kind*: ``cel``, ``cdr`` or ``queue_log``."""
    truth = json.loads((FOLDER / name / "truth.json").read_text())
    return tuple(line for line in truth[kind] if line.strip())


@lru_cache(maxsize=64)
def cel(name: str) -> tuple[CelRow, ...]:
    """The CEL rows of a recording."""
    raw = (dict(zip(CEL_COLUMNS, cells, strict=False)) for cells in csv.reader(lines(name, "cel")))
    return tuple(row for cells in raw if (row := CEL.row(cells)) is not None)


@lru_cache(maxsize=64)
def cdr(name: str) -> tuple[CdrRow, ...]:
    """The call detail records of a recording."""
    raw = (dict(zip(CDR_COLUMNS, cells, strict=False)) for cells in csv.reader(lines(name, "cdr")))
    return tuple(row for cells in raw if (row := CDR.row(cells)) is not None)
