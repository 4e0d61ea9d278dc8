"""Which tickets were admitted, when and where."""

from booked.adapters.postgres.statements import Statements
from booked.domain.model.ids import BookingId

CHECK_IN = """
    UPDATE tickets
    SET checked_in_at = now(), gate = $3
    WHERE booking_id = ANY (ARRAY(SELECT id FROM bookings WHERE part_of = $1) || $1::uuid) AND number = $2
      AND cancelled_at IS NULL -- guard: standing at the door
      AND checked_in_at IS NULL -- guard: admitted once
    RETURNING number
"""

UNDO = """
    UPDATE tickets
    SET checked_in_at = NULL, gate = NULL
    WHERE booking_id = ANY (ARRAY(SELECT id FROM bookings WHERE part_of = $1) || $1::uuid) AND number = $2
      AND cancelled_at IS NULL
"""


class PostgresCheckIns:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def add(self, booking_id: BookingId, number: int, gate: str) -> bool:
        return bool(await self._statements.write(CHECK_IN, booking_id, number, gate))

    async def undo(self, booking_id: BookingId, number: int) -> None:
        await self._statements.write(UNDO, booking_id, number)
