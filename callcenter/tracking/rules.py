"""What the roster says of a call that is offered: asked once, and frozen onto the call."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, Protocol

from callcenter.record import Call, Duty
from callcenter.sites import Hotline
from callcenter.terms import HotlineNumber, Outcome


class Rules(Protocol):
    """The same answer for the same question, while the roster does not change."""

    def duty(self, hotline: HotlineNumber, at: datetime) -> Duty:
        """Who is on duty at *at*, and by which rule a call of then is judged."""
        ...


class _NoRoster:
    def duty(self, _hotline: HotlineNumber, _at: datetime) -> Duty:
        return Duty()


NO_ROSTER: Final[Rules] = _NoRoster()
"""Nobody knows who is on duty."""


class Remembered:
    """What was frozen onto calls told before, for judging again; the target is that of *hotlines* now."""

    def __init__(self, calls: Iterable[Call], hotlines: Iterable[Hotline]) -> None:
        self._calls = {(call.hotline, call.arrived_at): call for call in calls}
        self._targets = {hotline.number: hotline.after_hours_target_rings for hotline in hotlines}

    def duty(self, hotline: HotlineNumber, at: datetime) -> Duty:
        """As it was told then; nothing of a call that was not told."""
        call = self._calls.get((hotline, at))
        if call is None:
            return Duty()
        nobody = False if call.outcome is Outcome.UNSTAFFED else None
        return Duty(
            after_hours=call.after_hours,
            target_rings=self._targets.get(hotline) if call.after_hours else None,
            shift_ids=call.shift_ids,
            shift_id=call.shift_id,
            on_duty=call.on_duty,
            staffed=True if call.on_duty else nobody,
        )
