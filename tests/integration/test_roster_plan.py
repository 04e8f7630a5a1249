"""A month planned by a pattern and brought in, on a real PostgreSQL."""

import json
from pathlib import Path

import pytest

from tests.support.office import Run

PATTERN = """
hotlines = ["4001"]
anchor = 2026-12-01
cycle = ["D N"]
[codes]
D = ["08:00-20:00"]
N = ["20:00-08:00"]
[[crew]]
people = ["张三"]
[[crew]]
people = ["李四"]
offset = 1
"""
DAYS = ("--from", "2026-12-01", "--to", "2026-12-31")


@pytest.fixture(autouse=True)
def _pattern(run: Run) -> None:
    """Beside the configuration."""
    Path("pattern.toml").write_text(PATTERN)


def test_a_pattern_becomes_a_month_without_gaps(run):
    assert run("roster", "plan", "pattern.toml", *DAYS, "--out", "december.csv") == (0, "", "")

    status, out, _ = run("roster", "import", "december.csv", "--json")
    told = json.loads(out)
    assert (status, told["ok"], told["added"]) == (0, True, 62)
    status, out, _ = run(
        "roster", "check", "--hotline", "4001", "--from", "2026-12-02", "--to", "2026-12-31", "--json"
    )
    assert (status, json.loads(out)) == (0, [])
    _, out, _ = run("roster", "show", "--hotline", "4001", "--at", "2026-12-24 20:00", "--json")
    assert [one["person"] for one in json.loads(out)["primary"]] == ["1001"]


def test_without_days_it_is_the_next_month(run):
    status, out, _ = run("roster", "plan", "pattern.toml")

    assert status == 0
    assert len({line.split(",")[1] for line in out.splitlines()[1:]}) in range(28, 32)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hotlines = [", "pattern.toml: is no TOML"),
        (PATTERN.replace("4001", "4009"), 'pattern.toml: hotlines: there is no hotline "4009"'),
        (PATTERN.replace("李四", "赵云"), 'pattern.toml: crew 2: Nobody is known as "赵云"'),
    ],
)
def test_a_pattern_that_can_t_be_read_says_why(run, text, words):
    Path("pattern.toml").write_text(text)

    status, out, err = run("roster", "plan", "pattern.toml", *DAYS)
    assert (status, out) == (1, "")
    assert words in err
    assert err.count("\n") == 1


def test_the_last_day_does_not_come_before_the_first(run):
    status, _, err = run("roster", "plan", "pattern.toml", "--from", "2026-12-02", "--to", "2026-12-01")

    assert (status, err) == (2, "callcenter: --to must not be before --from\n")
