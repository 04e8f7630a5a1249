"""Sizes, direction and purity hold, and the checks that say so can fail."""

import tomllib
from pathlib import Path

import pytest

from tests.support import houserules

CHECKOUT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))
DOMAIN = ("ami/events.py", "ami/form.py", "ami/parse.py", "ami/shapes.py", "ami/wire.py", "facts.py",
          "hangup.py", "kpi.py", "live/board.py", "record.py", "record_json.py", "rings.py", "roster",
          "routing/held.py", "routing/policy.py", "routing/words.py",
          "sites.py", "terms.py", "tracking")  # fmt: skip


def test_the_repository_keeps_its_house_rules():
    assert list(houserules.breaches(CHECKOUT, houserules.tracked(CHECKOUT))) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("long.py", "x = 1\n" * 351),
        ("far.py", "def f():\n" + "    x = 1\n" * 60),
        ("page.html", '<script src="{https}cdn.example.org/x.js"></script>\n'),
        ("page.css", "@import '{https}fonts.googleapis.com/css';\n"),
        ("a.lock", "--index-url {https}pypi.example.org/simple\n"),
        ("b.json", '"resolved": "{https}registry.npmjs.org/x/-/x-1.tgz"\n'),
    ],
)
def test_a_breach_is_told_with_its_place(tmp_path, name, text):
    (tmp_path / name).write_text(text.replace("{https}", "https:" + "//"))  # or this file were a breach

    [told] = houserules.breaches(tmp_path, [name])

    assert told.startswith(name)


def test_whatever_the_domain_consists_of_is_under_the_contract_of_purity():
    [pure] = [c for c in PYPROJECT["tool"]["importlinter"]["contracts"] if c["name"] == "The domain is pure"]
    there = {
        "callcenter." + name.removesuffix(".py").replace("/", ".")
        for name in DOMAIN
        if (CHECKOUT / "callcenter" / name).exists()
    }

    assert set(pure["source_modules"]) == there


def test_every_lint_exception_has_its_reason():
    lines = (CHECKOUT / "pyproject.toml").read_text("utf-8").splitlines()
    start = lines.index("ignore = [")
    exceptions = lines[start + 1 : lines.index("]", start)]

    assert [line for line in exceptions if "# " not in line] == []
