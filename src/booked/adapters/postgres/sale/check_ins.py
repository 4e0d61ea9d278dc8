"""Which tickets were admitted, when and where."""

from booked.adapters.postgres.statements import Statements
from booked.domain.model.ids import BookingId, EventId

CHECK_IN = """
    UPDATE tickets
    SET checked_in_at = now(), gate = $4
    WHERE event_id = $1 AND number = $3
      AND booking_id = ANY (ARRAY(SELECT id FROM bookings WHERE event_id = $1 AND part_of = $2) || $2::uuid)
      AND cancelled_at IS NULL -- guard: standing at the door
      AND checked_in_at IS NULL -- guard: admitted once
    RETURNING number
"""

UNDO = """
    UPDATE tickets
    SET checked_in_at = NULL, gate = NULL
    WHERE event_id = $1 AND number = $3
      AND booking_id = ANY (ARRAY(SELECT id FROM bookings WHERE event_id = $1 AND part_of = $2) || $2::uuid)
      AND cancelled_at IS NULL
"""


class PostgresCheckIns:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def add(self, event_id: EventId, booking_id: BookingId, number: int, gate: str) -> bool:
        return bool(await self._statements.write(CHECK_IN, event_id, booking_id, number, gate))

    async def undo(self, event_id: EventId, booking_id: BookingId, number: int) -> None:
        await self._statements.write(UNDO, event_id, booking_id, number)
