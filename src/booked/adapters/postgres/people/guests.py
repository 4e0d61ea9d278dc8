"""Guests: rows of the users' table with a counter in place of an account."""

from booked.adapters.postgres.statements import Statements
from booked.domain.model.ids import CounterId, UserId
from booked.domain.model.people.guests import Guest

KNOWN = "SELECT id FROM users WHERE counter_id = $1 AND first_name = $2"

# A twin whose statement is under way is waited for.
ADMIT = """
    INSERT INTO users (id, counter_id, first_name, role)
    VALUES ($1, $2, $3, 'user')
    ON CONFLICT (counter_id, first_name) WHERE counter_id IS NOT NULL DO NOTHING -- guard: one guest
    RETURNING id
"""

GET = "SELECT counter_id, first_name FROM users WHERE id = $1 AND counter_id IS NOT NULL"


class PostgresGuests:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def admit(self, guest: Guest) -> UserId:
        place = guest.counter, guest.name
        rows = (
            await self._statements.read(KNOWN, *place)
            or await self._statements.write(ADMIT, guest.user_id, *place)
            or await self._statements.read(KNOWN, *place)
        )
        return UserId(str(rows[0]["id"]))

    async def get(self, user_id: UserId) -> Guest | None:
        rows = await self._statements.read(GET, user_id)
        return Guest(user_id, CounterId(str(rows[0]["counter_id"])), rows[0]["first_name"]) if rows else None
