"""Generates the dashboards: python -m grafana.generate [--check]

They are committed as JSON so that Grafana needs nothing of this; a test compares. Written for Grafana 11.6
and later. Sums first, percentages after: no panel averages a rate.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog import builder as cog
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    GraphDrawStyle,
    LineInterpolation,
    StackingMode,
    VisibilityMode,
)

from grafana.queries import (
    OFFERED,
    answer_rate,
    answered_after,
    answered_at,
    calls,
    moving,
    strict_rate,
    three_ring_rate,
    total,
    wait_quantile,
)

FOLDER = Path(__file__).parent / "dashboards"
SOURCE = models.DataSourceRef(type_val="prometheus", uid="prometheus")
NO_DATA = "no data"
RED, AMBER, GREEN, BLUE = "#E5484D", "#F5A524", "#30A46C", "#3E8EED"

Panel = stat.Panel | timeseries.Panel


def query(expr: str, legend: str = "", *, instant: bool = False) -> prometheus.Dataquery:
    """One query of a panel; its letter is given when the panel is built."""
    built = prometheus.Dataquery().expr(expr).legend_format(legend).datasource(SOURCE)
    return built.instant() if instant else built.range()


def steps(*pairs: tuple[float | None, str]) -> dashboard.ThresholdsConfig:
    """Colours from a value on; the first is for everything below."""
    built = [models.Threshold(value=value, color=colour) for value, colour in pairs]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(built)


def figure(
    title: str, expr: str, unit: str, description: str, thresholds: dashboard.ThresholdsConfig
) -> stat.Panel:
    """One large number; without calls it says so."""
    return (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .unit(unit)
        .no_value(NO_DATA)
        .thresholds(thresholds)
        .color_mode(BigValueColorMode.VALUE)
        .graph_mode(BigValueGraphMode.NONE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .with_target(query(expr, instant=True))
    )


def lines(title: str, unit: str, description: str, *queries: tuple[str, str]) -> timeseries.Panel:
    """Curves over time; a gap stays a gap."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .unit(unit)
        .min(0)
        .no_value(NO_DATA)
        .line_interpolation(LineInterpolation.LINEAR)
        .show_points(VisibilityMode.NEVER)
        .span_nulls(span_nulls=False)
    )
    for expr, legend in queries:
        panel = panel.with_target(query(expr, legend))
    return panel


def bars(title: str, description: str, *queries: tuple[str, str]) -> timeseries.Panel:
    """Stacked columns: parts of a whole."""
    return (
        lines(title, "short", description, *queries)
        .draw_style(GraphDrawStyle.BARS)
        .fill_opacity(80)
        .stacking(common.StackingConfig().mode(StackingMode.NORMAL))
    )


TARGET = steps((None, RED), (0.8, AMBER), (0.9, GREEN))
PLAIN = steps((None, BLUE))


def hotline_figures() -> Iterator[Panel]:
    """The first row: what a supervisor asks first."""
    yield figure(
        "Within the target rings",
        three_ring_rate(total),
        "percentunit",
        "Answered within the target rings, of all offered calls but the short-abandoned.",
        TARGET,
    )
    yield figure(
        "Strict",
        strict_rate(total),
        "percentunit",
        "The same, of all offered calls.",
        TARGET,
    )
    yield figure(
        "Answered",
        answer_rate(total),
        "percentunit",
        "接通率: answered by a person, of all offered calls but the short-abandoned.",
        TARGET,
    )
    yield figure("Offered", total(calls(OFFERED)), "short", "Calls whose outcome is decided.", PLAIN)
    yield figure(
        "Longest ringing now",
        f"max({calls('callcenter_longest_ringing_seconds')})",
        "s",
        "How long a caller has heard ringing, now.",
        steps((None, GREEN), (10, AMBER), (15, RED)),
    )
    yield figure(
        "Link to the PBX",
        'min(callcenter_ami_up{pbx=~"$pbx"})',
        "bool_yes_no",
        "When it is down every figure here is blind.",
        steps((None, RED), (1, GREEN)),
    )


def hotline_curves() -> Iterator[Panel]:
    """What happened when."""
    yield lines(
        "Rates, each over its last quarter of an hour",
        "percentunit",
        "A gap means that nobody called.",
        (three_ring_rate(moving), "within the target rings"),
        (strict_rate(moving), "strict"),
        (answer_rate(moving), "answered"),
    )
    yield bars(
        "Calls by outcome, each over its last quarter of an hour",
        "Every decided call has exactly one.",
        (moving(calls("callcenter_calls_total"), by="outcome"), "{{outcome}}"),
    )
    yield bars(
        "Callers now",
        "By where they stand: undecided, or answered and still there.",
        (f"sum by (state) ({calls('callcenter_calls_in_progress')})", "{{state}}"),
        (f"sum ({calls('callcenter_calls_talking')})", "talking"),
    )
    yield bars(
        "Answered at ring",
        "Calls by the ring at which they were answered, each over its last quarter of an hour.",
        *((answered_at(ring), str(ring)) for ring in (1, 2, 3)),
        (answered_after(3), "4 and more"),
    )
    yield lines(
        "Wait until the answer",
        "s",
        "From arrival to the answer: half and nine in ten of the answered calls waited at most so long.",
        (wait_quantile(0.5), "median"),
        (wait_quantile(0.9), "nine in ten"),
    )
    yield lines(
        "On duty",
        "short",
        "People on duty after swaps and leave; at 0 nobody is there for callers.",
        ('sum by (hotline, role) (callcenter_on_duty{hotline=~"$hotline"})', "{{hotline}} {{role}}"),
    )
    yield lines(
        "Attempts of agents",
        "short",
        "Missed are those the PBX stopped or the phone refused; faster colleagues are no fault.",
        (
            'sum by (agent) (increase(callcenter_attempts_total{outcome=~"no_answer|rejected"}[1h]))',
            "{{agent}} missed",
        ),
    )


def plumbing_panels() -> Iterator[Panel]:
    """Whether the figures can be trusted."""
    yield lines("Link up", "bool_yes_no", "1 while logged in and heard.", ("callcenter_ami_up", "{{pbx}}"))
    yield lines(
        "Silence",
        "s",
        "Since the last event of each PBX.",
        ("time() - (callcenter_ami_last_event_timestamp_seconds > 0)", "{{pbx}}"),
    )
    yield lines("Events", "cps", "From each PBX.", ("rate(callcenter_ami_events_total[1m])", "{{pbx}}"))
    yield lines(
        "Unheard", "s", "Within the last hour.", ("increase(callcenter_ami_gap_seconds_total[1h])", "{{pbx}}")
    )
    yield lines(
        "Facts waiting for PostgreSQL", "short", "The spool on disk.", ("callcenter_spool_depth", "waiting")
    )
    yield lines("PostgreSQL up", "bool_yes_no", "1 while it takes writes.", ("callcenter_store_up", "store"))
    yield bars(
        "Anomalies",
        "What can't be, and was.",
        ("sum by (kind) (increase(callcenter_anomalies_total[5m]))", "{{kind}}"),
    )
    yield lines(
        "Roster reaches",
        "d",
        "Days until the last planned shift ends.",
        ("callcenter_roster_days_ahead", "{{hotline}}"),
    )
    yield bars(
        "Duty chain failed",
        "Callers whom nobody of the chain took, and schedules in the PBX that were no good.",
        ("sum by (hotline, why) (increase(callcenter_routing_alerts_total[15m]))", "{{hotline}} {{why}}"),
    )


def variable(name: str, label: str, values: str) -> dashboard.QueryVariable:
    """A choice at the top of a dashboard; all by default."""
    every = models.VariableOption(selected=True, text="All", value="$__all")
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .query(values)
        .datasource(SOURCE)
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .multi(multi=True)
        .include_all(include_all=True)
        .all_value(".*")
        .current(every)
    )


def board(uid: str, title: str, since: str) -> dashboard.Dashboard:
    """An empty dashboard with the house's habits."""
    return (
        dashboard.Dashboard(title)
        .uid(uid)
        .tags(["callcenter"])
        .refresh("10s")
        .time(since, "now")
        .timezone("browser")
    )


def sized(panels: Iterator[Panel], width: int, height: int) -> Iterator[cog.Builder[models.Panel]]:
    """Panels of one size, in rows."""
    return (panel.span(width).height(height) for panel in panels)


def hotline_board() -> models.Dashboard:
    """For supervisors: one or more hotlines."""
    built = board("callcenter-hotline", "Hotline", "now-12h")
    built = built.with_variable(variable("pbx", "PBX", "label_values(callcenter_calls_offered_total, pbx)"))
    chosen = 'label_values(callcenter_calls_offered_total{pbx=~"$pbx"}, hotline)'
    built = built.with_variable(variable("hotline", "Hotline", chosen))
    for panel in (*sized(hotline_figures(), 4, 5), *sized(hotline_curves(), 12, 9)):
        built = built.with_panel(panel)
    return built.build()


def plumbing_board() -> models.Dashboard:
    """For operators: links, events, the store."""
    built = board("callcenter-plumbing", "Callcenter plumbing", "now-3h")
    for panel in sized(plumbing_panels(), 12, 8):
        built = built.with_panel(panel)
    return built.build()


def numbered(built: models.Dashboard) -> models.Dashboard:
    """Gives panels their ids and queries their letters, which Grafana needs and the builder leaves out."""
    for number, panel in enumerate(built.panels or [], 1):
        panel.id_val = number
        for letter, target in zip("ABCDEFGH", panel.targets or [], strict=False):
            target.ref_id = letter
    return built


def rendered() -> dict[Path, str]:
    """Each file's text."""
    boards = (hotline_board(), plumbing_board())
    return {FOLDER / f"{built.uid}.json": as_json(numbered(built)) for built in boards}


def as_json(built: models.Dashboard) -> str:
    """A dashboard as Grafana reads it, in an order that a diff can be read in."""
    return json.dumps(built, cls=JSONEncoder, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def main() -> int:
    """Writes the files, or with --check says which are not up to date."""
    stale = {
        path: text
        for path, text in rendered().items()
        if not path.exists() or path.read_text("utf-8") != text
    }
    for path, text in stale.items():
        print(f"{path.name} {'is not up to date: make docs' if '--check' in sys.argv else 'written'}")
        if "--check" not in sys.argv:
            path.write_text(text, "utf-8")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
