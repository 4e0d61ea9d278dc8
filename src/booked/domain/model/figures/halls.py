"""A hall by what became of its seats: sold, held, blocked or free."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from booked.domain.model.figures.analytics import SoldRange
from booked.domain.model.programme.events import Event
from booked.domain.model.programme.halls import Section, sections_of
from booked.domain.model.programme.ticket_types import TicketPlan
from booked.domain.model.sale.holds import SeatMap


class SeatUse(IntEnum):
    """What became of a seat, as a number of two bits."""

    FREE = 0
    HELD = 1
    SOLD = 2
    BLOCKED = 3


@dataclass(frozen=True, slots=True)
class SectionUse:
    """A section with how many of its seats are used how."""

    section: Section
    sold: int
    held: int
    blocked: int
    free: int


@dataclass(frozen=True, slots=True)
class HallUse:
    """An event's hall; `uses` has a byte for each ticket, in the order of their numbers, which is a `SeatUse`."""

    event: Event
    sections: Sequence[SectionUse]
    uses: bytes

    @classmethod
    def of(cls, event: Event, plan: TicketPlan, uses: bytes) -> "HallUse":
        return cls(event, [_section_use(section, uses) for section in sections_of(plan)], uses)


def uses_of(seats: int, taken: SeatMap | None, sold: Iterable[SoldRange]) -> bytes:
    """Return how each ticket up to the number `seats` is used: what is taken and not sold is held.

    `taken` begins with the ticket 1; None where nothing can be held.
    """
    uses = bytearray(seats)
    if taken is not None:
        bits = f"{int.from_bytes(taken.taken):0{8 * len(taken.taken)}b}"[:seats].encode()
        uses[: len(bits)] = bits.translate(_BITS)
    for each in sold:
        first, last = each.first - 1, min(each.last, seats)
        uses[first:last] = bytes([SeatUse.BLOCKED if each.blocked else SeatUse.SOLD]) * (last - first)
    return bytes(uses)


def _section_use(section: Section, uses: bytes) -> SectionUse:
    parts = [uses[block.first - 1 : block.last] for block in section.blocks]

    def count(use: SeatUse) -> int:
        return sum(part.count(use) for part in parts)

    return SectionUse(section, count(SeatUse.SOLD), count(SeatUse.HELD), count(SeatUse.BLOCKED), count(SeatUse.FREE))


_BITS = bytes.maketrans(b"01", bytes([SeatUse.FREE, SeatUse.HELD]))
