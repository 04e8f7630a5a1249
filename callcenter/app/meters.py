"""What is measured of the running service, and read at each scrape."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from importlib.metadata import version

from prometheus_client import CollectorRegistry

from callcenter.app.duty import DutyOffice
from callcenter.config import Config, agents, hotlines
from callcenter.live.board import Board
from callcenter.metrics import Metrics
from callcenter.terms import Instant, PbxName


def metrics_of(
    config: Config, pbxs: Iterable[PbxName], board: Board, duty: DutyOffice, now: Callable[[], datetime]
) -> Metrics:
    """The metrics of a service that shows *board* and keeps *duty*."""
    metrics = Metrics(
        CollectorRegistry(),
        hotlines=hotlines(config),
        pbxs=pbxs,
        agents=agents(config),
        version=version("callcenter"),
    )
    metrics.watch_live(board, now)
    metrics.watch_duty(lambda: duty.desk.plan, now)
    if duty.routing is not None:
        metrics.watch_routing(duty.routing.held)
    return metrics


class Meters:
    """What is noted of every message, whether or not it means anything."""

    def __init__(self, metrics: Metrics, board: Board) -> None:
        self._metrics = metrics
        self._board = board

    def seen_event(self, pbx: PbxName, n: int, at: Instant) -> None:
        """*n* messages came from *pbx*, the last at *at* (microseconds)."""
        self._metrics.seen_event(pbx, n, at)
        self._board.heard(pbx, datetime.fromtimestamp(at / 1_000_000, UTC))
