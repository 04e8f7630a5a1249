"""What is to be said of a roster before anybody depends on it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from callcenter.record_json import iso
from callcenter.terms import AgentId


class FindingKind(StrEnum):
    """What is amiss."""

    GAP = "gap"
    """Seats are wanted, and there is no primary."""
    TOO_FEW_SEATS = "too_few_seats"
    """There are primaries, and fewer than wanted."""
    OVERLAP = "overlap"
    """More primaries than seats, by shifts of different hours."""
    REST = "rest"
    """Somebody works again too soon, or too many days in a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is amiss, from when until when, and with whom."""

    kind: FindingKind
    start: datetime
    end: datetime
    people: tuple[AgentId, ...] = ()
    """Those on duty, by seat; for ``rest`` the one who works too much."""

    def to_json(self) -> dict[str, Any]:
        """As ``roster check`` tells it (contract, section 6)."""
        return {
            "kind": self.kind.value,
            "start": iso(self.start.astimezone(UTC)),
            "end": iso(self.end.astimezone(UTC)),
            "people": list(self.people),
        }
