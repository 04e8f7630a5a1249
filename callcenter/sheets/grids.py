"""A file as grids of cells: xlsx, ods and xls by calamine, CSV in the encodings that Excel writes."""

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from html import unescape
from typing import Final

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from callcenter.sheets.cells import Cell, Grid, Place, Row, letters

LARGEST: Final = 10_000_000
"""Bytes of a file."""
LARGEST_INSIDE: Final = 100_000_000
"""Bytes of what a workbook, which is a zip file, unpacks to."""
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 400
MOST_CELLS: Final = 500_000
"""Of one sheet."""

_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How a zip file (xlsx, ods) and an old workbook (xls) begin."""
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_SHEET: Final = re.compile(r"<(?:\w+:)?sheet\b[^<>]*>")
_RELATION: Final = re.compile(r"<(?:\w+:)?Relationship\b[^<>]*>")
_BROKEN: Final = re.compile(
    rb'<(?:\w+:)?c\b[^<>]*\bt="e"[^<>]*>'
    rb'|<c\b(?![^<>]*\bt="str")[^<>]*(?<!/)><f\b(?:[^<>]*/>|[^<>]*>[^<]*</f>)(?:<v ?/>|<v></v>)?</c>'
)
"""A cell that shows an error; or a formula whose result no program has worked out yet."""
_ODS_BROKEN: Final = re.compile(rb'\bcalcext:value-type="error"')
_ATTRIBUTE: Final = re.compile(r'([\w:]+)="([^"]*)"')


class Unreadable(ValueError):
    """The file as a whole can't be read; says why and what to do."""


def read_grids(data: bytes) -> list[Grid]:
    """Every sheet of the file. What kind it is, its bytes tell, not its name. Raises Unreadable."""
    if not data.strip():
        raise Unreadable("the file is empty")
    if len(data) > LARGEST:
        raise Unreadable(f"the file is larger than {LARGEST // 10**6} MB: leave out what is no roster")
    if data.startswith(_WORKBOOKS):
        return _workbook(data)
    return [Grid(name=None, rows=list(_text_rows(_decoded(data))))]


def _workbook(data: bytes) -> list[Grid]:
    _refuse_bomb(data)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            broken = _broken_cells(data)
            visible = {sheet.name: sheet.visible for sheet in book.sheets_metadata}
            return [
                Grid(
                    name=name,
                    rows=_filled(book.get_sheet_by_name(name), name, broken.get(name, frozenset())),
                    hidden=visible.get(name, SheetVisibleEnum.Visible) != SheetVisibleEnum.Visible,
                )
                for name in book.sheet_names
            ]
    except PasswordError:
        raise Unreadable("the workbook is protected by a password: save it without one") from None
    except CalamineError as error:
        why = " ".join(str(error).split())[:120]
        raise Unreadable(
            f"the file is no workbook that can be read ({why}): save it as xlsx or csv"
        ) from None


def _refuse_bomb(data: bytes) -> None:
    if data.startswith(_WORKBOOKS[1]):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            size = sum(part.file_size for part in packed.infolist())
    except (zipfile.BadZipFile, ValueError):
        raise Unreadable("the workbook is damaged: save it anew as xlsx or csv") from None
    if size > LARGEST_INSIDE:
        raise Unreadable(f"the workbook unpacks to more than {LARGEST_INSIDE // 10**6} MB")


def _filled(sheet: CalamineSheet, name: str, broken: frozenset[str]) -> list[Row]:
    """The sheet's cells; each cell of a merged area holds what the area shows."""
    height, width = sheet.total_height, sheet.total_width
    if height > MOST_ROWS or width > MOST_COLUMNS or height * width > MOST_CELLS:
        most = f"{MOST_ROWS} rows, {MOST_COLUMNS} columns or {MOST_CELLS} cells"
        raise Unreadable(f"sheet {name} has more than {most}: delete what is no roster")
    rows = [
        [Cell(value, Place(name, r, c), f"{letters(c)}{r}" in broken) for c, value in enumerate(values, 1)]
        for r, values in enumerate(sheet.to_python(skip_empty_area=False), 1)
    ]
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        if top >= len(rows) or left >= len(rows[top]):
            continue
        shown = rows[top][left]
        for r in range(top, min(bottom + 1, len(rows))):
            for c in range(left, min(right + 1, len(rows[r]))):
                rows[r][c] = Cell(shown.value, rows[r][c].place, shown.broken)
    return rows


def _broken_cells(data: bytes) -> dict[str, frozenset[str]]:
    """Cells of an xlsx, by sheet, that show an error or nothing yet: calamine gives them as empty ones, and
    an empty cell is somebody's day off. Raises Unreadable for an ods that has any: which, it doesn't tell."""
    if not data.startswith(_WORKBOOKS[0]):
        return {}
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        names = set(packed.namelist())
        if "content.xml" in names and (many := len(_ODS_BROKEN.findall(packed.read("content.xml")))):
            raise Unreadable(
                f"cells of the workbook show an error such as #N/A ({many} in all): mend their formulas"
            )
        if "xl/workbook.xml" not in names:
            return {}
        found = {}
        for sheet, part in _parts(packed):
            if part in names:
                cells = [
                    dict(_attributes(tag.decode().partition(">")[0]))
                    for tag in _BROKEN.findall(packed.read(part))
                ]
                found[sheet] = frozenset(cell.get("r", "") for cell in cells)
        return found


def _parts(packed: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Each sheet's name and the part of the package that holds it."""
    relations = packed.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    targets = {}
    for tag in _RELATION.findall(relations):
        about = dict(_attributes(tag))
        targets[about.get("Id", "")] = about.get("Target", "")
    for tag in _SHEET.findall(packed.read("xl/workbook.xml").decode("utf-8", "replace")):
        about = dict(_attributes(tag))
        target = next((targets.get(value, "") for key, value in about.items() if key.endswith(":id")), "")
        yield about.get("name", ""), target[1:] if target.startswith("/") else f"xl/{target}"


def _attributes(tag: str) -> Iterator[tuple[str, str]]:
    for key, value in _ATTRIBUTE.findall(tag):
        yield key, unescape(value)


def _decoded(data: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 as Excel's "Unicode text", else GB18030, a Chinese Excel's."""
    if data.startswith(_UTF16):
        return _strictly(data, "utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _strictly(data, "gb18030")


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        why = f"neither UTF-8 nor GB18030 from byte {error.start} on: save it as CSV UTF-8"
        raise Unreadable(f"the file is no text, {why}") from None


def _text_rows(text: str) -> Iterator[Row]:
    if "\0" in text:
        raise Unreadable("the file is no roster: it is neither a workbook nor text")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        for values in reader:
            if reader.line_num > MOST_ROWS:
                raise Unreadable(f"the file has more than {MOST_ROWS} lines")
            yield [Cell(value, Place(None, reader.line_num, c)) for c, value in enumerate(values, 1)]
    except csv.Error as error:
        raise Unreadable(f"line {reader.line_num} can't be read: {error}") from None


def _delimiter(text: str) -> str:
    """The one of comma, semicolon and tab that cuts the most lines alike."""
    lines = [line for line in text.splitlines()[:50] if line.strip()]

    def weight(delimiter: str) -> int:
        widths = Counter(line.count(delimiter) for line in lines if delimiter in line)
        return max((count * width for width, count in widths.items()), default=0)

    return max(",;\t", key=weight)
