"""Who is on duty: from memory where the plan in force covers it, else from the roster as it is stored."""

from datetime import datetime, timedelta
from typing import Final

from callcenter.app.duty.desk import AHEAD, BEHIND, Desk
from callcenter.roster.book import DutyBook
from callcenter.roster.model import Assignment
from callcenter.store.pool import Pool
from callcenter.store.roster import RosterStore
from callcenter.terms import HotlineNumber
from callcenter.web.desks import DutyView

MARGIN: Final = timedelta(days=3)
"""A shift in force at an instant began, and ends, within this of it; so does who comes next, as a rule."""


class Duty:
    """Works without PostgreSQL for the weeks around now."""

    def __init__(self, pool: Pool, desk: Desk) -> None:
        self._store = RosterStore(pool)
        self._desk = desk

    async def duty(self, hotline: HotlineNumber, at: datetime) -> DutyView:
        """What the roster says of that instant. Raises StoreAway for a time that is not in memory."""
        plan = self._desk.plan
        book = plan.book if self._covers(at) else await self._store.book(at - MARGIN, at + MARGIN)
        effective, turn = book.at(hotline, at), book.next_after(hotline, at)
        planned = _planned(book, hotline).at(hotline, at)
        standings = (effective, planned, *([turn[1]] if turn else []))
        return DutyView(
            effective=effective,
            planned=planned,
            next_at=turn[0] if turn else None,
            next=turn[1] if turn else None,
            is_rostered=hotline in book.rostered,
            after_hours=plan.after_hours(hotline, at),
            names={
                person: plan.people.name(person)
                for standing in standings
                for people in standing.who
                for person in people
            },
        )

    def _covers(self, at: datetime) -> bool:
        read_at = self._desk.read_at
        return read_at is None or read_at - BEHIND <= at < read_at + AHEAD - MARGIN


def _planned(book: DutyBook, hotline: HotlineNumber) -> DutyBook:
    """Whom the roster named before any change. A shift of which only a part is held by the person it was
    planned for is whole again."""
    shifts: dict[str, Assignment] = {}
    for one in book.assignments:
        if one.hotline == hotline:
            before = shifts.get(one.shift_id, one)
            shifts[one.shift_id] = Assignment(
                shift_id=one.shift_id, hotline=hotline, role=one.role, seat=one.seat, person=one.planned,
                planned=one.planned, start=min(before.start, one.start), end=max(before.end, one.end),
            )  # fmt: skip
    return DutyBook(shifts.values(), rostered=book.rostered)
