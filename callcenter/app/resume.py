"""Lines to PBXs that go on from where the last run of the service was."""

from collections.abc import Mapping

import msgspec
import structlog

from callcenter.pipeline import Line, resumed
from callcenter.sites import Site
from callcenter.terms import PbxName
from callcenter.tracking.tracker import Tracker

log = structlog.get_logger(__name__)


def line_to(site: Site, checkpoints: Mapping[PbxName, bytes], *, trust_clock: bool) -> Line:
    """The line to *site*'s PBX, with its calls in progress where there is a checkpoint that can be read.

    One that can't be is of another release: calls in progress are then read back from the PBX, and
    their ring times are marked unknown.
    """
    kept = checkpoints.get(site.pbx)
    if kept is None:
        return Line(site.pbx, Tracker(site), trust_clock=trust_clock)
    try:
        clock, state = resumed(kept)
        tracker = Tracker.resume(site, state)
    except (msgspec.MsgspecError, ValueError, TypeError, KeyError) as error:
        log.warning("checkpoint_unreadable", pbx=site.pbx, why=type(error).__name__)
        return Line(site.pbx, Tracker(site), trust_clock=trust_clock)
    log.info("calls_resumed", pbx=site.pbx, calls=tracker.in_progress)
    return Line(site.pbx, tracker, clock=clock, trust_clock=trust_clock)
