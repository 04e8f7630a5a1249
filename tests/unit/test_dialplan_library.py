"""The dialplan library against its own document and against what the service writes for it."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callcenter.routing.words import Forced, Index, Interval

CHECKOUT = Path(__file__).resolve().parents[2]
LIBRARY = (CHECKOUT / "dialplans" / "callcenter.conf").read_text("utf-8")
GUIDE = (CHECKOUT / "docs" / "after-hours.md").read_text("utf-8")
DAY = "0123456789ab"
STEP = "primary;wang;20;d1001;m13900000001"
WELL_FORMED = (
    f"2,20778,{DAY},{DAY}",
    f"1795309200,closed,{STEP}",
    "1795309200,open",
    "closed,0,1001",
    "open,12,",
)
MEANT_BY_SOMEBODY = "0129afzAZ,;:.+-_dm１é \"'$&(){}[]\\/|!"


def rule(start: str) -> re.Pattern[str]:
    """The one regular expression of the library that begins so, without the semicolons' escapes."""
    (found,) = {text for text in re.findall(r'REGEX\("(.*?)" ', LIBRARY) if text.startswith(start)}
    return re.compile(found.replace(r"\;", ";").removesuffix("$") + r"\Z")


INDEX, INTERVAL, FORCE = rule("^2,"), rule("^[0-9]{1,12},(open"), rule("^(open|closed),")


@st.composite
def almost_well_formed(draw: st.DrawFn) -> str:
    """A value with a few characters lost, changed or added."""
    text = list(draw(st.sampled_from(WELL_FORMED)))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(text)))
        text[place : place + draw(st.integers(0, 2))] = draw(st.text(MEANT_BY_SOMEBODY, max_size=2))
    return "".join(text)


@given(almost_well_formed())
@example("１795309200,open")
@example("2,２0778," + DAY)
@example("open,０,li")
def test_the_service_and_the_dialplan_take_the_same_values_for_well_formed(text: str):
    assert (Index.read(text) is not None) == bool(INDEX.match(text))
    assert (Interval.read(text) is not None) == bool(INTERVAL.match(text))
    assert (Forced.read(text) is not None) == bool(FORCE.match(text))


@pytest.mark.parametrize("text", WELL_FORMED)
def test_one_of_them_takes_each_that_is(text: str):
    assert sum(bool(rule.match(text)) for rule in (INDEX, INTERVAL, FORCE)) == 1


def test_every_variable_that_a_site_may_set_is_in_the_guide_and_no_other():
    used = set(re.findall(r"\$\{(CC_[A-Z_]+)\}", LIBRARY))
    (table,) = re.findall(r"\| variable \| default \|.*?\n\n", GUIDE, re.DOTALL)

    assert set(re.findall(r"`(CC_[A-Z_]+)`", table)) == used


def test_every_context_that_is_called_is_there():
    there = set(re.findall(r"^\[([a-z-]+)\]$", LIBRARY, re.MULTILINE))
    called = set(re.findall(r"(?:Gosub|Goto|U)\((callcenter[a-z-]*)[,^]", LIBRARY))

    assert called <= there
    assert there - called == {"callcenter-codes"}


def test_the_modules_that_it_needs_are_named_in_both_places():
    named = r"\b(?:app|func|pbx)_[a-z]+\b"
    head = LIBRARY[: LIBRARY.index("[callcenter]")]

    assert set(re.findall(named, GUIDE[: GUIDE.index("One line")])) == set(re.findall(named, head)) - {
        "pbx_config"
    }
