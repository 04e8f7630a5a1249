"""Facts to Prometheus: plain counters by fact, and gauges read off the live board at each scrape."""

from callcenter.metrics.names import HELP, Name
from callcenter.metrics.page import Metrics

__all__ = ["HELP", "Metrics", "Name"]
