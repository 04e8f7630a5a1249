"""What a cell means as a date, as a time of day, as a role. Raises ValueError with what to write instead."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from callcenter.sheets.cells import Value, as_text
from callcenter.terms import DutyRole

DAY_MINUTES: Final = 24 * 60
EPOCH: Final = date(1899, 12, 30)
"""Day 0 of spreadsheets, for days after February 1900."""
_SERIALS: Final = range(20_000, 80_000)
"""Days from 1954 to 2119: what stands in a date's cell without a date's format."""

_WEEKDAY: Final = re.compile(
    r"[(\[ ]*(?:(?:星期|周|礼拜)[一二三四五六日天]|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*)[)\]]*",
    re.IGNORECASE,
)
_YMD: Final = re.compile(
    r"(\d{4})(?P<by>[-/.]|年)(\d{1,2})(?:(?P=by)|月)(\d{1,2})[日号]?(?:[T ]0{1,2}:00(?::00)?)?"
)
_DMY: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_COMPACT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)")
_MONTH_DAY: Final = re.compile(r"(\d{1,2})(?:月|[-/])(\d{1,2})[日号]?")
_DAY: Final = re.compile(r"(\d{1,2})[日号]?")
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d\d)(?::00)?")
_DIGITS: Final = re.compile(r"(\d{1,2})(\d\d)")
_SPOKEN: Final = re.compile(r"(\d{1,2})[点时](?:(\d{1,2})分?|(半)|整)?")
_HALF: Final = re.compile(r"^(上午|凌晨|早上|中午|下午|晚上|晚|早)|(?<=\d)\s*([ap])\.?m\.?$", re.IGNORECASE)
_LATE: Final = {"下午", "晚上", "晚", "p"}
_ISO: Final = re.compile(r"PT(\d{1,3})H(\d\d)M(\d\d)(?:\.\d+)?S")
"""How OpenDocument writes 24:00."""
_FRACTION: Final = re.compile(r"0?\.\d+")
NEXT_DAY: Final = re.compile(r"^(次日|翌日|第二天|隔日|次)|[(\s]*(?:\+1|次日)\)?$")

_LONGEST: Final = 60
"""Letters of a date or a time."""
_DATES = "write it as 2026-12-01"
_TIMES = "write it as 09:00, from 00:00 to 24:00"
_ONE = "may mean 01:00 or 24:00: write which"
_ROLES: Final = {
    DutyRole.PRIMARY: "primary main first 主班 值班 主值 主 正班 一线 当班",
    DutyRole.BACKUP: "backup second standby 备班 替补 备 副班 备用 替班 二线 候补",
    DutyRole.SUPERVISOR: "supervisor lead manager 主管 负责人 客服负责人 值班主管 带班 带班领导 领班",
}
ROLES: Final = {word: role for role, words in _ROLES.items() for word in words.split()}


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of a year."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> "Month":
        """``2026-12``. Raises ValueError."""
        match = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})月?", as_text(text))
        if match is None or not 1 <= int(match[2]) <= 12 or not 1990 <= int(match[1]) <= 2199:
            raise ValueError("must be a month such as 2026-12")
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}"


def as_date(value: Value, *, near: date, month: Month | None = None) -> date:
    """The date that a cell means. A year that is not written is the month's, else the one that brings the
    date nearest to *near*; a bare day is the *month*'s."""
    match value:
        case datetime():
            value = value.date()
        case bool() | time() | timedelta():
            raise ValueError(f"is no date: {_DATES}")
        case int() | float() if int(value) == value and int(value) in _SERIALS:
            return EPOCH + timedelta(days=int(value))
        case _:
            pass
    if isinstance(value, date):
        if value.year > 1990:
            return value
        return _of_month(month, value.day)  # a bare 5 in a cell with a date's format
    return _date_of_text(as_text(value), near, month)


def _date_of_text(text: str, near: date, month: Month | None) -> date:
    if len(text) > _LONGEST:
        raise ValueError(f"is no date: {_DATES}")
    text = _WEEKDAY.sub("", text.strip()).strip() or text
    if found := _YMD.fullmatch(text.replace(" 年 ", "年")):
        return _date(int(found[1]), int(found[3]), int(found[4]))
    if found := _DMY.fullmatch(text):
        return _date(int(found[3]), int(found[2]), int(found[1]))
    if found := _COMPACT.fullmatch(text):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    if found := _MONTH_DAY.fullmatch(text):
        return _nearest(int(found[1]), int(found[2]), near, month)
    if found := _DAY.fullmatch(text):
        return _of_month(month, int(found[1]))
    raise ValueError(f"is no date: {_DATES}")


def _date(year: int, month: int, day: int) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        raise ValueError(f"there is no such day: {_DATES}") from None
    if not 1990 < year < 2200:
        raise ValueError(f"is too far from our days: {_DATES}")
    return found


def _nearest(month: int, day: int, near: date, given: Month | None) -> date:
    if given is not None:
        year = given.year + (month < given.month - 6) - (month > given.month + 6)
        return _date(year, month, day)
    found = []
    for year in (near.year - 1, near.year, near.year + 1):
        try:
            found.append(date(year, month, day))
        except ValueError:
            continue
    if not found:
        raise ValueError(f"there is no such day: {_DATES}")
    return min(found, key=lambda other: abs(other - near))


def _of_month(month: Month | None, day: int) -> date:
    if month is None:
        raise ValueError(f"does not say of which month: {_DATES}, or give the month")
    return _date(month.year, month.month, day)


def as_minutes(value: Value) -> int:
    """Minutes from midnight, 0 to 1440 (24:00)."""
    match value:
        case bool():
            raise ValueError(f"is no time of day: {_TIMES}")
        case datetime() if value.year > 1990:
            seconds = _seconds(value.time())
        case datetime():
            seconds = _seconds(value.time()) + 86400.0 * (value.date() - date(1899, 12, 31)).days
        case date():  # a whole number of days with a clock's format: 1 is 24:00
            seconds = 86400.0 * (value - date(1899, 12, 31)).days
        case time():
            seconds = _seconds(value)
        case timedelta():
            seconds = value.total_seconds()
        case int() | float():
            seconds = _of_number(value)
        case _:
            seconds = _of_text(as_text(value))
    minutes = round(seconds / 60)
    if abs(seconds - 60 * minutes) > 1:
        raise ValueError(f"has seconds: {_TIMES}")
    if not 0 <= minutes <= DAY_MINUTES:
        raise ValueError(f"is no time of day: {_TIMES}")
    return minutes


def _seconds(clock: time) -> float:
    return clock.hour * 3600 + clock.minute * 60 + clock.second + clock.microsecond / 1e6


def _of_number(value: float) -> float:
    """A part of a day, hours (9), or hours and minutes (900)."""
    if value == 1:
        raise ValueError(_ONE)
    if 0 <= value < 1:
        return value * 86400.0
    if value == int(value) and value <= 24:
        return value * 3600.0
    hours, minutes = divmod(int(value), 100)
    if value != int(value) or minutes >= 60:
        raise ValueError(f"is no time of day: {_TIMES}")
    return hours * 3600.0 + minutes * 60.0


def _of_text(text: str) -> float:
    if len(text) > _LONGEST:
        raise ValueError(f"is no time of day: {_TIMES}")
    text = NEXT_DAY.sub("", text).strip()
    half = _HALF.search(text)
    text = _HALF.sub("", text).strip()
    if written := _ISO.fullmatch(text):
        return int(written[1]) * 3600.0 + int(written[2]) * 60.0 + int(written[3])
    if _FRACTION.fullmatch(text):
        return float(text) * 86400.0
    found = _CLOCK.fullmatch(text) or _SPOKEN.fullmatch(text) or _DIGITS.fullmatch(text)
    if found is None:
        if re.fullmatch(r"\d{1,2}", text) is None:
            raise ValueError(f"is no time of day: {_TIMES}")
        hours, minutes = int(text), 0
        if hours == 1 and half is None:
            raise ValueError(_ONE)
    else:
        hours = int(found[1])
        minutes = 30 if found.re is _SPOKEN and found[3] else int(found[2] or 0)
    if half is not None:
        hours = _half_day(hours, (half[1] or half[2]).lower())
    if minutes >= 60:
        raise ValueError(f"is no time of day: {_TIMES}")
    return hours * 3600.0 + minutes * 60.0


def _half_day(hours: int, word: str) -> int:
    late = word in _LATE
    if word in {"a", "p"}:
        return hours % 12 + 12 * late
    return hours + 12 if late and hours < 12 else hours


def as_role(text: str) -> DutyRole:
    """The role in either language, or in both."""
    known = [ROLES[word] for word in (text.lower(), *text.lower().split()) if word in ROLES]
    if not known:
        raise ValueError("is no role: write primary, backup or supervisor (主班, 备班, 主管)")
    return known[0]
