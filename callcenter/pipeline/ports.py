"""What the pump needs of others. They satisfy these by shape; the application binds them."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from callcenter.ami.events import Event
from callcenter.facts import Fact
from callcenter.terms import AgentId, Instant, PbxName, Phone


class Fold(Protocol):
    """Events of one PBX to facts."""

    def receive(self, event: Event) -> tuple[Fact, ...]:
        """What *event* means."""
        ...

    def employ(self, owners: Mapping[Phone, AgentId]) -> None:
        """Whose phones are whose from now on."""
        ...

    def checkpoint(self) -> bytes:
        """The calls in progress, to go on from after a restart."""
        ...


class Outbox(Protocol):
    """Where facts are safe."""

    def append(self, facts: Sequence[Fact], checkpoint: Mapping[PbxName, bytes] | None) -> None:
        """Keep *facts* and the checkpoints that belong to them together, or neither. Does not wait."""
        ...

    @property
    def congested(self) -> bool:
        """Whether the disk is so far behind that no more should come."""
        ...

    async def room(self) -> None:
        """Until it is not congested."""
        ...


class Meter(Protocol):
    """What is counted of every message, whether or not it means anything."""

    def seen_event(self, pbx: PbxName, n: int, at: Instant) -> None:
        """*n* messages came from *pbx*, the last at *at*."""
        ...


class Source(Protocol):
    """Where messages come from."""

    def pause(self) -> None:
        """Read no more for now: what the PBX sends waits in the network."""
        ...

    def resume(self) -> None:
        """Read on."""
        ...
