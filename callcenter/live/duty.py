"""Who is on duty now and next, as a wallboard shows it: names of staff, and of no caller."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from callcenter.terms import HotlineNumber

DutyText = Callable[[HotlineNumber, datetime], dict[str, Any]]
"""``on_duty``, ``next_duty``, ``staffed`` and ``after_hours`` of a hotline at an instant, ready for JSON."""


def no_duty(_number: HotlineNumber, _at: datetime) -> dict[str, Any]:
    """Without a roster nobody knows."""
    return {"on_duty": [], "next_duty": None, "staffed": None, "after_hours": False}
