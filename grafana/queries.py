"""PromQL of the dashboards. Sums first, percentages after: no query averages a rate."""

from collections.abc import Callable

CALLS = '{pbx=~"$pbx",hotline=~"$hotline"}'
ON_TIME = "callcenter_calls_answered_on_time_total"
OFFERED = "callcenter_calls_offered_total"
RINGS = "callcenter_answer_rings"

Growth = Callable[[str], str]
"""From a counter's selector to its growth within some time."""


def calls(metric: str, extra: str = "") -> str:
    """A metric of the chosen hotlines, with *extra* label matchers."""
    return metric + (CALLS.replace("}", f",{extra}}}") if extra else CALLS)


def total(selector: str) -> str:
    """Growth of a counter within what the dashboard shows."""
    return f"sum(increase({selector}[$__range]))"


def moving(selector: str, by: str = "") -> str:
    """Growth of a counter within the last quarter of an hour, at each instant."""
    return f"sum{f' by ({by})' if by else ''} (increase({selector}[15m]))"


def counted(growth: Growth) -> str:
    """Offered without the short-abandoned; no sample where there were none."""
    short = growth(calls("callcenter_calls_short_abandoned_total"))
    return f"(({growth(calls(OFFERED))} - ({short} or vector(0))) > 0)"


def three_ring_rate(growth: Growth) -> str:
    """Answered within the target rings, of the counted calls."""
    return f"{growth(calls(ON_TIME))} / {counted(growth)}"


def strict_rate(growth: Growth) -> str:
    """Answered within the target rings, of all offered calls."""
    return f"{growth(calls(ON_TIME))} / ({growth(calls(OFFERED))} > 0)"


def answer_rate(growth: Growth) -> str:
    """Answered by a person, of the counted calls."""
    answered = calls("callcenter_calls_total", 'outcome="answered"')
    return f"{growth(answered)} / {counted(growth)}"


def answered_within(rings: int) -> str:
    """Calls answered at this ring or before; clients write the edge as 3 or as 3.0."""
    return moving(calls(f"{RINGS}_bucket", f'le=~"{rings}|{rings}.0"'))


def answered_at(ring: int) -> str:
    """Calls answered at exactly this ring."""
    return answered_within(ring) if ring == 1 else f"{answered_within(ring)} - {answered_within(ring - 1)}"


def answered_after(ring: int) -> str:
    """Calls answered later than this ring."""
    return f"{moving(calls(f'{RINGS}_count'))} - {answered_within(ring)}"


def wait_quantile(share: float) -> str:
    """A quantile of the wait until the answer, from its histogram."""
    return f"histogram_quantile({share}, {moving(calls('callcenter_answer_wait_seconds_bucket'), by='le')})"
