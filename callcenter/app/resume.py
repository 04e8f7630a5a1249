"""Lines to PBXs that go on from where the last run of the service was."""

from collections.abc import Mapping

import msgspec
import structlog

from callcenter.pipeline import Line, resumed
from callcenter.sites import Site
from callcenter.terms import PbxName
from callcenter.tracking.rules import Rules
from callcenter.tracking.tracker import Tracker

log = structlog.get_logger(__name__)


def line_from(
    site: Site, checkpoints: Mapping[PbxName, bytes], rules: Rules, *, trust_clock: bool
) -> Line | None:
    """The line to *site*'s PBX with its calls in progress; None where there is no checkpoint to read.

    One that can't be read is of another release: calls in progress are then read back from the PBX,
    and their ring times are marked unknown.
    """
    kept = checkpoints.get(site.pbx)
    if kept is None:
        return None
    try:
        clock, state = resumed(kept)
        tracker = Tracker.resume(site, state)
        tracker.follow_roster(rules)
    except (msgspec.MsgspecError, ValueError, TypeError, KeyError) as error:
        log.warning("checkpoint_unreadable", pbx=site.pbx, why=type(error).__name__)
        return None
    log.info("calls_resumed", pbx=site.pbx, calls=tracker.in_progress)
    return Line(site.pbx, tracker, clock=clock, trust_clock=trust_clock)


def new_line(site: Site, rules: Rules, *, trust_clock: bool) -> Line:
    """A line that knows of no call yet."""
    return Line(site.pbx, Tracker(site, rules=rules), trust_clock=trust_clock)
