"""A shift pattern from a file."""

import tomllib
from datetime import date
from typing import Any

import pytest

from callcenter.roster.model import Person
from callcenter.roster.people import People
from callcenter.roster.planfile import shifts_of
from callcenter.terms import AgentId, HotlineNumber
from tests.support.wallclock import BERLIN, LAW, SHANGHAI

MONDAY = date(2026, 12, 7)
ZONES = {HotlineNumber("4001"): SHANGHAI, HotlineNumber("4002"): SHANGHAI, HotlineNumber("4003"): BERLIN}
PEOPLE = People(
    [
        Person(id=AgentId("1001"), name="张伟"),
        Person(id=AgentId("1002"), name="李娜"),
        Person(id=AgentId("1003"), name="王芳", active_until=MONDAY),
    ]
)
FILE = """
hotlines = ["4001", "4002"]
anchor = 2026-12-07
cycle = ["D N -"]

[codes]
D = ["08:00-20:00"]
N = ["20:00-08:00"]

[[crew]]
people = ["1001"]

[[crew]]
people = ["李娜"]
offset = 1
role = "backup"
"""


def made(**changes: Any) -> list[str]:
    told = tomllib.loads(FILE) | changes
    shifts = shifts_of(told, MONDAY, MONDAY, people=PEOPLE, zones=ZONES, calendar=LAW)
    return [
        f"{one.start.astimezone(SHANGHAI):%H:%M} {one.hotline} {one.role.value} {one.person}"
        for one in shifts
    ]


def test_a_file_becomes_shifts():
    assert made() == [
        "08:00 4001 primary 1001",
        "08:00 4002 primary 1001",
        "20:00 4001 backup 1002",
        "20:00 4002 backup 1002",
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"crew": [{"people": ["1001"], "ofset": 1}]}, r"it is no shift pattern: .*unknown field `ofset`"),
        ({"anchor": "soon"}, "it is no shift pattern: .*anchor"),
        ({"hotlines": []}, "there are none: write at least one number"),
        ({"hotlines": ["4009"]}, 'there is no hotline "4009": write one of 4001, 4002, 4003'),
        ({"hotlines": ["4001", "4003"]}, "different time zones: write a pattern for each zone"),
        ({"cycle": ["D X"]}, 'day 2 of the cycle is "X": write one of D, N, -'),
        ({"codes": {"D": ["8 to 8"], "N": ["20:00-08:00"]}}, 'shift code D: "8 to 8"'),
        ({"crew": [{"people": ["1001"]}, {"people": ["赵云"]}]}, 'crew 2: Nobody is known as "赵云"'),
    ],
)
def test_what_is_wrong_is_told_with_its_place(changes, words):
    with pytest.raises(ValueError, match=words):
        made(**changes)


def test_nobody_is_planned_who_has_left():
    told = tomllib.loads(FILE) | {"crew": [{"people": ["1003"]}]}

    with pytest.raises(ValueError, match="王芳 does not work here on 2026-12-08"):
        shifts_of(told, MONDAY, date(2026, 12, 8), people=PEOPLE, zones=ZONES, calendar=LAW)
