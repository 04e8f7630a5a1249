"""Workdays, rest days and public holidays, with China's make-up workdays (调休).

The `holidays` package knows the law and, year by year, the State Council's notice. Before that notice is
out, a year holds the law's own days and what follows from them, and is *provisional*: which weekends will
be worked nobody knows yet. The operator can import the notice; its days then stand above the package's,
and of the package only the days that the law itself names still count for that year.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Literal

import holidays

SATURDAY = 5


class DayKind(StrEnum):
    """What sort of day it is for those who work office hours."""

    WORKDAY = "workday"
    """Also a Saturday or Sunday that is worked to make up for a day off (调休)."""
    REST_DAY = "rest_day"
    """A weekend, or a weekday off that is no public holiday itself."""
    HOLIDAY = "holiday"
    """A public holiday by law (法定节假日)."""


class WorkCalendar:
    """Which day is what. *overrides*: single days as imported or set by hand. *official_years*: the years
    whose notice was imported. *country*: ISO 3166 code; raises ValueError for one that is not known."""

    def __init__(
        self,
        overrides: Mapping[date, DayKind],
        official_years: frozenset[int],
        country: str = "CN",
    ) -> None:
        if country not in holidays.list_supported_countries():
            raise ValueError(f'"{country}" is no country whose holidays are known: write a code such as CN')
        self._overrides = dict(overrides)
        self._imported = official_years
        self._country = country

    def kind(self, day: date) -> DayKind:
        """What sort of day it is."""
        if (kind := self._overrides.get(day)) is not None:
            return kind
        if _by_law(self._country, day):
            return DayKind.HOLIDAY
        if day.year in self._imported:
            return DayKind.REST_DAY if day.weekday() >= SATURDAY else DayKind.WORKDAY
        worked = _practice(self._country).is_working_day(day)
        return DayKind.WORKDAY if worked else DayKind.REST_DAY

    def is_workday(self, day: date) -> bool:
        """Whether offices work on that day."""
        return self.kind(day) is DayKind.WORKDAY

    def status(self, year: int) -> Literal["official", "provisional"]:
        """Whether the year's make-up days are known. Countries without such days have no provisional year."""
        practice = _practice(self._country)
        practice.get(date(year, 1, 1))  # the package learns a year when it is first asked
        decreed = self._country == "CN" and all(day.year != year for day in practice.weekend_workdays)
        return "provisional" if decreed and year not in self._imported else "official"


def _by_law(country: str, day: date) -> bool:
    """Whether the law itself names the day: not one given for a holiday on a weekend, nor a swapped one."""
    law = _law(country)
    name = law.get(day)
    if name is None:
        return False
    swapped = getattr(law, "substituted_label", None)
    return swapped is None or not name.startswith(law.tr(swapped).partition("%s")[0])


@lru_cache(maxsize=8)
def _law(country: str) -> holidays.HolidayBase:
    return holidays.country_holidays(country, observed=False)


@lru_cache(maxsize=8)
def _practice(country: str) -> holidays.HolidayBase:
    return holidays.country_holidays(country)
