"""Dashboards and rules: up to date, well formed, and asking for metrics that exist."""

import json
import re
import subprocess
from pathlib import Path

import promql_parser
import pytest
import yaml

from callcenter.metrics import Name
from grafana import generate
from tests.support import parts

CHECKOUT = Path(__file__).resolve().parents[2]
BOARDS = sorted((CHECKOUT / "grafana" / "dashboards").glob("*.json"))
RULES = CHECKOUT / "prometheus" / "rules" / "callcenter.yml"
VARIABLES = {"$__range": "1h", "$pbx": ".*", "$hotline": ".*"}


def panels() -> list:
    """Every query with the board and panel it belongs to."""
    return [
        pytest.param(target["expr"], id=f"{path.stem}/{panel['title']}/{target['refId']}")
        for path in BOARDS
        for panel in json.loads(path.read_text("utf-8"))["panels"]
        for target in panel["targets"]
    ]


def rule_queries() -> list:
    """Every rule's expression."""
    groups = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    return [
        pytest.param(rule["expr"], id=rule.get("record") or rule["alert"])
        for group in groups
        for rule in group["rules"]
    ]


def test_the_committed_dashboards_are_what_the_generator_makes():
    assert {path: path.read_text("utf-8") for path in BOARDS} == generate.rendered()


@pytest.mark.parametrize("expr", [*panels(), *rule_queries()])
def test_every_query_is_promql(expr):
    for variable, value in VARIABLES.items():
        expr = expr.replace(variable, value)

    promql_parser.parse(expr)


@pytest.mark.parametrize("expr", [*panels(), *rule_queries()])
def test_every_query_asks_for_metrics_that_there_are(expr):
    assert metric_names(expr) <= set(Name)


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_panels_have_ids_of_their_own(path):
    ids = [panel["id"] for panel in json.loads(path.read_text("utf-8"))["panels"]]

    assert sorted(ids) == list(range(1, len(ids) + 1))


@pytest.mark.needs_prometheus
@pytest.mark.parametrize(
    "command",
    [
        ["check", "rules", "prometheus/rules/callcenter.yml"],
        ["check", "config", "--syntax-only", "prometheus/prometheus.yml"],
        ["test", "rules", "prometheus/tests/callcenter.yml"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_promtool_agrees(command):
    done = subprocess.run([parts.promtool(), *command], cwd=CHECKOUT, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr


def metric_names(expr: str) -> set[str]:
    """Metrics that an expression asks for, without what a histogram adds and what rules record."""
    names = set(re.findall(r"\bcallcenter_[a-z_]+", re.sub(r'"[^"]*"', "", expr)))
    return {re.sub(r"_(bucket|count|sum)$", "", name) for name in names}
