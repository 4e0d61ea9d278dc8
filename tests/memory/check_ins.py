"""Which tickets were admitted, when and where."""

from dataclasses import dataclass, replace

from booked.domain.model.ids import BookingId, EventId
from booked.ports.system import Clock
from tests.memory.tables import Session, Tables, TicketRow


@dataclass(frozen=True, slots=True)
class MemoryCheckIns:
    _session: Session
    _clock: Clock

    async def add(self, event_id: EventId, booking_id: BookingId, number: int, gate: str) -> bool:
        async with self._session.change() as tables:
            row = _standing(tables, event_id, booking_id, number)
            if row is None or row.checked_in_at is not None:
                return False
            tables.tickets[row.booking_id, number] = replace(row, checked_in_at=self._clock.now(), gate=gate)
            return True

    async def undo(self, event_id: EventId, booking_id: BookingId, number: int) -> None:
        async with self._session.change() as tables:
            if row := _standing(tables, event_id, booking_id, number):
                tables.tickets[row.booking_id, number] = replace(row, checked_in_at=None, gate="")


def _standing(tables: Tables, event_id: EventId, booking_id: BookingId, number: int) -> TicketRow | None:
    """A standing ticket of a booking or of a part of it."""
    parts = {booking_id, *(id_ for id_, row in tables.bookings.items() if row.part_of == booking_id)}
    rows = (tables.tickets.get((part, number)) for part in parts)
    return next((row for row in rows if row and row.event_id == event_id and not row.cancelled), None)
