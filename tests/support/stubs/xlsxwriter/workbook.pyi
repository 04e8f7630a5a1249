from types import TracebackType
from typing import IO, Any

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

class Workbook:
    def __init__(self, filename: str | IO[bytes], options: dict[str, Any] | None = ...) -> None: ...
    def __enter__(self) -> Workbook: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
    def add_worksheet(self, name: str | None = ...) -> Worksheet: ...
    def add_format(self, properties: dict[str, Any] | None = ...) -> Format: ...
