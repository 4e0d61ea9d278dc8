"""Bookings and the tickets in them: the sale itself."""

from collections.abc import Sequence

import asyncpg

from booked.adapters.postgres.events import event_of
from booked.adapters.postgres.session import PoolSession, Session
from booked.domain.model.bookings import Booking, OwnedTicket, Verdict
from booked.domain.model.ids import BookingId, EventId, UserId
from booked.domain.model.tickets import Claim, Release

# A whole booking in one statement, so that it is one round trip and one transaction. The event's row is locked first:
# what follows happens for one booking of the event at a time. Nothing happens at all if the epoch has moved on, the
# event is withdrawn, or the booking id is taken; a constraint that objects undoes everything.
COMMIT = """
    WITH event AS (
        SELECT id, ticket_limit
        FROM events
        WHERE id = $2 AND hold_epoch = $4 AND withdrawn_at IS NULL
        FOR NO KEY UPDATE
    ), booking AS (
        INSERT INTO bookings (id, event_id, user_id, status)
        SELECT $1, id, $3, 'booked'
        FROM event
        ON CONFLICT (id) DO NOTHING
        RETURNING id, event_id, user_id, booked_at
    ), sold AS (
        INSERT INTO tickets (booking_id, number, event_id, user_id, booked_at)
        SELECT id, number, event_id, user_id, booked_at
        FROM booking, unnest($5::integer[]) AS number
    ), buyer AS (
        INSERT INTO event_buyers (event_id, user_id, tickets, ticket_limit)
        SELECT booking.event_id, booking.user_id, cardinality($5::integer[]), ticket_limit
        FROM booking, event
        ON CONFLICT (event_id, user_id) DO UPDATE
        SET tickets = event_buyers.tickets + excluded.tickets, ticket_limit = excluded.ticket_limit
    ), day AS (
        INSERT INTO event_days (event_id, day, booked)
        SELECT event_id, (booked_at AT TIME ZONE 'UTC')::date, cardinality($5::integer[])
        FROM booking
        ON CONFLICT (event_id, day) DO UPDATE
        SET booked = event_days.booked + excluded.booked
    ), entry AS (
        UPDATE waitlist_entries
        SET state = 'booked'
        FROM booking
        WHERE waitlist_entries.id = $6 AND state = 'offered'
    )
    UPDATE events
    SET sold = sold + cardinality($5::integer[])
    FROM booking
    WHERE events.id = booking.event_id
    RETURNING events.id
"""

WHY_NOT = """
    SELECT
        (SELECT status FROM bookings WHERE id = $1) AS status,
        (SELECT hold_epoch FROM events WHERE id = $2 AND withdrawn_at IS NULL) AS epoch
"""

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

# What it means that a constraint objects to a commit.
VERDICTS = {
    "tickets_sold_once": Verdict.ALREADY_SOLD,
    "events_sold_within_capacity": Verdict.ALREADY_SOLD,
    "event_buyers_within_limit": Verdict.OVER_LIMIT,
}


class PostgresBookings:
    """`pool` decides sales, each in a transaction of its own; `session` runs everything else."""

    def __init__(self, session: Session, pool: PoolSession) -> None:
        self._session = session
        self._pool = pool

    async def commit(self, claim: Claim) -> Verdict:
        try:
            booked = await self._pool.decide(
                COMMIT, claim.booking_id, claim.event_id, claim.user_id, claim.epoch, claim.numbers, claim.entry_id
            )
        except (asyncpg.UniqueViolationError, asyncpg.CheckViolationError) as cause:
            verdict = VERDICTS.get(cause.constraint_name or "")
            if verdict is None:
                raise
            return verdict
        return Verdict.BOOKED if booked else await self._why_not(claim)

    async def void(self, claim: Claim) -> Verdict:
        rows = await self._session.write(VOID, claim.booking_id, claim.event_id, claim.user_id)
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
            Booking(BookingId(str(row["booking_id"])), event_of(row), row["tickets"], row["booked_at"])
            for row in rows
        ]

    async def _why_not(self, claim: Claim) -> Verdict:
        [row] = await self._pool.read(WHY_NOT, claim.booking_id, claim.event_id)
        if row["status"] is not None:
            return Verdict.BOOKED if row["status"] == "booked" else Verdict.VOID
        return Verdict.WITHDRAWN if row["epoch"] is None else Verdict.STALE_EPOCH
