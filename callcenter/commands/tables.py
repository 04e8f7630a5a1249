"""What a command prints: a table with wide characters aligned, or JSON."""

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from callcenter.sheets.faults import Fault

if TYPE_CHECKING:
    from rich.table import Table

SHOWN = 50
"""Rows of a table that may be long; --json has them all."""


def a_table(*columns: str) -> "Table":
    """An empty table with these headings."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    return table


def add_row(table: "Table", *words: str) -> None:
    """A row of plain words: brackets in them are no markup."""
    from rich.text import Text

    table.add_row(*(Text(word) for word in words))


def print_table(table: "Table", of: int = 0) -> None:
    """Print it; *of* is how many rows there would be in all."""
    from rich.console import Console

    Console(highlight=False, width=None if sys.stdout.isatty() else 160).print(table)
    if of > SHOWN:
        typer.echo(f"… and {of - SHOWN} more (--json lists them all)")


def print_faults(faults: Sequence[Fault]) -> None:
    """What is wrong in a file, by cell."""
    table = a_table("where", "what is there", "what is wrong")
    for fault in faults[:SHOWN]:
        add_row(table, fault.where, fault.value, f"{fault.column or 'it'} {fault.what}")
    print_table(table, len(faults))


def print_json(told: Any) -> None:
    """One line of JSON."""
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
