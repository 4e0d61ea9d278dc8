"""Bookings and the tickets in them."""

from collections.abc import Sequence

import asyncpg

from booked.adapters.postgres.events import event_of
from booked.adapters.postgres.sales import Sales
from booked.adapters.postgres.session import Session
from booked.domain.model.bookings import Booking, OwnedTicket, Verdict
from booked.domain.model.ids import BookingId, EventId, UserId
from booked.domain.model.tickets import Claim, Release

VOID = """
    INSERT INTO bookings (id, event_id, user_id, status)
    VALUES ($1, $2, $3, 'void')
    ON CONFLICT (id) DO NOTHING
    RETURNING status
"""

STATUS = "SELECT status FROM bookings WHERE id = $1"

OWNED = """
    SELECT number
    FROM tickets
    WHERE event_id = $1 AND user_id = $2 AND cancelled_at IS NULL
"""

NEWEST = """
    SELECT booking_id, number
    FROM tickets
    WHERE event_id = $1 AND user_id = $2 AND cancelled_at IS NULL
    ORDER BY booked_at DESC, number DESC
    LIMIT $3
"""

CANCEL = """
    WITH cancelled AS (
        UPDATE tickets
        SET cancelled_at = now()
        WHERE event_id = $1 AND user_id = $2 AND number = ANY ($3::integer[]) AND cancelled_at IS NULL
        RETURNING number
    ), counted AS (
        SELECT count(*)::integer AS tickets FROM cancelled
    ), buyer AS (
        UPDATE event_buyers
        SET tickets = event_buyers.tickets - counted.tickets
        FROM counted
        WHERE event_id = $1 AND user_id = $2
    ), day AS (
        INSERT INTO event_days (event_id, day, cancelled)
        SELECT $1, (now() AT TIME ZONE 'UTC')::date, tickets
        FROM counted
        ON CONFLICT (event_id, day) DO UPDATE
        SET cancelled = event_days.cancelled + excluded.cancelled
    )
    UPDATE events
    SET sold = sold - counted.tickets, cancelled = cancelled + counted.tickets, releases = releases + 1
    FROM counted
    WHERE id = $1
    RETURNING hold_epoch, releases
"""

CANCEL_ALL = """
    WITH cancelled AS (
        UPDATE tickets
        SET cancelled_at = now()
        WHERE event_id = $1 AND cancelled_at IS NULL
        RETURNING number
    ), counted AS (
        SELECT count(*)::integer AS tickets FROM cancelled
    ), buyers AS (
        UPDATE event_buyers
        SET tickets = 0
        WHERE event_id = $1
    ), day AS (
        INSERT INTO event_days (event_id, day, cancelled)
        SELECT $1, (now() AT TIME ZONE 'UTC')::date, tickets
        FROM counted
        ON CONFLICT (event_id, day) DO UPDATE
        SET cancelled = event_days.cancelled + excluded.cancelled
    )
    UPDATE events
    SET sold = sold - counted.tickets, cancelled = cancelled + counted.tickets, releases = releases + 1
    FROM counted
    WHERE id = $1
"""

OF_USER = """
    SELECT bookings.id AS booking_id, bookings.booked_at, standing.tickets, events.*
    FROM bookings
    JOIN events ON events.id = bookings.event_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS tickets
        FROM tickets
        WHERE booking_id = bookings.id AND cancelled_at IS NULL
    ) AS standing
    WHERE bookings.user_id = $1 AND status = 'booked' AND standing.tickets > 0
    ORDER BY bookings.booked_at DESC, bookings.id DESC
"""


class PostgresBookings:
    """`sales` commits claims, in transactions of its own; `session` runs everything else."""

    def __init__(self, session: Session, sales: Sales) -> None:
        self._session = session
        self._sales = sales

    async def commit(self, claim: Claim) -> Verdict:
        return await self._sales.commit(claim)

    async def void(self, claim: Claim) -> Verdict:
        try:
            rows = await self._session.write(VOID, claim.booking_id, claim.event_id, claim.user_id)
        except asyncpg.ForeignKeyViolationError:  # for the same reason no commit can succeed
            return Verdict.VOID
        rows = rows or await self._session.read(STATUS, claim.booking_id)
        return Verdict.BOOKED if rows[0]["status"] == "booked" else Verdict.VOID

    async def owned(self, event_id: EventId, user_id: UserId) -> frozenset[int]:
        rows = await self._session.read(OWNED, event_id, user_id)
        return frozenset(row["number"] for row in rows)

    async def newest(self, event_id: EventId, user_id: UserId, count: int) -> list[OwnedTicket]:
        rows = await self._session.read(NEWEST, event_id, user_id, count)
        return [OwnedTicket(BookingId(str(row["booking_id"])), row["number"]) for row in rows]

    async def cancel(self, event_id: EventId, user_id: UserId, numbers: Sequence[int]) -> Release:
        [row] = await self._session.write(CANCEL, event_id, user_id, numbers)
        return Release(event_id, user_id, tuple(numbers), epoch=row["hold_epoch"], number=row["releases"])

    async def cancel_all(self, event_id: EventId) -> None:
        await self._session.write(CANCEL_ALL, event_id)

    async def of_user(self, user_id: UserId) -> list[Booking]:
        rows = await self._session.read(OF_USER, user_id)
        return [
            Booking(BookingId(str(row["booking_id"])), event_of(row), row["tickets"], row["booked_at"]) for row in rows
        ]
