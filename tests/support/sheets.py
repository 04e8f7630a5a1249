"""Files as people make them: workbooks by openpyxl, OpenDocument by hand, and who may be in them."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from callcenter.roster.model import Person
from callcenter.roster.people import People
from callcenter.sheets.directory import Directory
from callcenter.sheets.reading import Reading, read_roster
from callcenter.sheets.values import Month
from callcenter.sites import Hotline
from callcenter.terms import AgentId, HotlineNumber, PbxName

TODAY = date(2026, 11, 21)
SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
ONE = Hotline(number=HotlineNumber("4001"), name="客服热线", pbx=PbxName("main"))
TWO = Hotline(number=HotlineNumber("4002"), name="Berlin", pbx=PbxName("main"), time_zone="Europe/Berlin")
PEOPLE = (
    Person(id=AgentId("1001"), name="张三"),
    Person(id=AgentId("1002"), name="李四"),
    Person(id=AgentId("1003"), name="王五"),
    Person(id=AgentId("1004"), name="王五"),
    Person(id=AgentId("1005"), name="Anna Schmidt", active_until=date(2026, 12, 15)),
)
DIRECTORY = Directory((ONE, TWO), People(PEOPLE))
SINGLE = Directory((ONE,), People(PEOPLE))


def read(data: bytes | str, directory: Directory = DIRECTORY, month: str | None = None) -> Reading:
    """What a file says."""
    bytes_ = data.encode() if isinstance(data, str) else data
    return read_roster(bytes_, directory, today=TODAY, month=Month.parse(month) if month else None)


def told(reading: Reading, zone: ZoneInfo = SHANGHAI) -> list[str]:
    """Its shifts, a line each: hotline, start, end, role and person by the clock of *zone*."""

    def clock(at: datetime) -> str:
        return f"{at.astimezone(zone):%m-%d %H:%M}"

    return [
        f"{one.hotline} {clock(one.start)} to {clock(one.end)} {one.role} {one.person}"
        for one in (line.shift for line in reading.lines)
    ]


def faults(reading: Reading) -> list[tuple[str, str, str]]:
    """Where, what kind, and what stands there."""
    return [(fault.where, str(fault.kind), fault.value) for fault in reading.faults]


def workbook() -> tuple[openpyxl.Workbook, Worksheet]:
    """An empty workbook and its sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    return book, sheet


def saved(book: openpyxl.Workbook) -> bytes:
    """The workbook as a file."""
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
_CALCEXT = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"


def ods(rows: Iterable[Sequence[object]], name: str = "排班") -> bytes:
    """An OpenDocument spreadsheet with typed cells, as LibreOffice writes them."""
    lines = "".join(
        f"<table:table-row>{''.join(_ods_cell(v) for v in row)}</table:table-row>" for row in rows
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="{_OFFICE}"'
        f' xmlns:table="{_TABLE}" xmlns:text="{_TEXT}" xmlns:calcext="{_CALCEXT}" office:version="1.3">'
        "<office:body><office:spreadsheet>"
        f'<table:table table:name="{escape(name)}">{lines}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    mime = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{mime}"/></manifest:manifest>'
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(zipfile.ZipInfo("mimetype"), mime)
        packed.writestr("content.xml", content)
        packed.writestr("META-INF/manifest.xml", manifest)
    return file.getvalue()


def _ods_cell(value: object) -> str:
    match value:
        case None | "":
            return "<table:table-cell/>"
        case date():
            about = f'office:value-type="date" office:date-value="{value.isoformat()}"'
        case int() | float():
            about = f'office:value-type="float" office:value="{value}"'
        case str() if value.startswith("PT"):
            about = f'office:value-type="time" office:time-value="{value}"'
        case str() if value.startswith("#"):
            about = 'office:value-type="string" office:string-value="" calcext:value-type="error"'
        case _:
            about = 'office:value-type="string"'
    return f"<table:table-cell {about}><text:p>{escape(str(value))}</text:p></table:table-cell>"
