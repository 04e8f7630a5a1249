from datetime import date, datetime, time, timedelta
from typing import Any

from xlsxwriter.format import Format

class Worksheet:
    def write_string(self, row: int, col: int, string: str, cell_format: Format | None = ...) -> int: ...
    def write_number(self, row: int, col: int, number: float, cell_format: Format | None = ...) -> int: ...
    def write_datetime(
        self,
        row: int,
        col: int,
        date: date | datetime | time | timedelta,
        cell_format: Format | None = ...,
    ) -> int: ...
    def merge_range(
        self,
        first_row: int,
        first_col: int,
        last_row: int,
        last_col: int,
        data: str,
        cell_format: Format | None = ...,
    ) -> int: ...
    def set_column(
        self,
        first_col: int,
        last_col: int,
        width: float | None = ...,
        cell_format: Format | None = ...,
    ) -> int: ...
    def freeze_panes(self, row: int, col: int) -> None: ...
    def hide(self) -> None: ...
    def data_validation(
        self, first_row: int, first_col: int, last_row: int, last_col: int, options: dict[str, Any]
    ) -> int: ...
