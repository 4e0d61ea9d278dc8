"""Bookings and the tickets in them."""

from collections.abc import Sequence

import asyncpg

from booked.adapters.postgres.programme.venues import coordinates_of
from booked.adapters.postgres.sale.booking_records import GET, LAST_ID, records_of, searching
from booked.adapters.postgres.sale.commit_queue import CommitQueue
from booked.adapters.postgres.statements import Statements
from booked.domain.model.ids import BookingId, EventId, UserId
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.seating import SEATS_MOST
from booked.domain.model.sale.bookings import (
    UNEXPLAINED,
    BookedEvent,
    Booking,
    BookingRecord,
    BookingSearch,
    Cancellation,
    OwnedTicket,
    Verdict,
)
from booked.domain.model.sale.holds import USUAL, Claim, Release, Terms

VOID = """
    INSERT INTO bookings (id, event_id, user_id, status)
    VALUES ($1, $2, nullif($3::uuid, $2), 'void')
    ON CONFLICT (id) DO NOTHING
    RETURNING status
"""

# By what these find bookings are confirmed. So they write to the log, and return when a synchronous standby has that
# too, like every commit: it then has all that was found.
STATUS = """
    SELECT status
        , (SELECT pg_logical_emit_message(true, 'booked', '')) -- guard: a status is replicated
    FROM bookings
    WHERE id = $1 AND event_id = $2
"""

OWNED = """
    SELECT number
        , (SELECT pg_logical_emit_message(true, 'booked', '')) -- guard: owned tickets are replicated
    FROM tickets
    WHERE event_id = $1 AND user_id = $2 AND cancelled_at IS NULL
"""

# What a buyer may give back is locked until then: nobody is admitted with it meanwhile.
NEWEST = """
    SELECT booking_id, number, price, booked_at, checked_in_at
    FROM tickets
    WHERE event_id = $1 AND user_id = $2 AND cancelled_at IS NULL
    ORDER BY booked_at DESC, number DESC
    LIMIT $3
    FOR NO KEY UPDATE -- guard: the newest are not admitted meanwhile
"""

STANDING = """
    SELECT booking_id, number, price, booked_at, checked_in_at
    FROM tickets
    WHERE event_id = $1 AND number = ANY ($3::integer[]) AND cancelled_at IS NULL AND user_id = $2
    ORDER BY number
"""

STANDING_IN = """
    SELECT booking_id, number, price, booked_at, checked_in_at
    FROM tickets
    WHERE event_id = $1 AND cancelled_at IS NULL
      AND booking_id = ANY (ARRAY(SELECT id FROM bookings WHERE event_id = $1 AND part_of = $2) || $2::uuid)
    ORDER BY booked_at, booking_id, number
    FOR NO KEY UPDATE -- guard: not admitted meanwhile
"""

# What the house gives back was never sold to anybody: it is no cancellation, and no day counts it.
CANCEL = """
    WITH cancelled AS (
        UPDATE tickets
        SET cancelled_at = now(), cancelled_by = $5, cancel_reason = $6, fee = chosen.fee
        FROM unnest($3::integer[], $4::bigint[]) AS chosen (number, fee)
        WHERE event_id = $1 AND tickets.number = chosen.number AND user_id = $2
          AND cancelled_at IS NULL -- guard: not cancelled yet
        RETURNING booking_id, tickets.number, type_number, price - tickets.fee AS refund
    ), total AS (
        SELECT count(*)::integer AS tickets, coalesce(sum(refund), 0) AS refunded,
            coalesce(array_agg(number ORDER BY number), '{}') AS numbers, $1 = $2 AS blocked
        FROM cancelled
    ), less AS (
        SELECT array_agg(type_number) AS types, array_agg(-tickets) AS changes
        FROM (SELECT type_number, count(*)::integer AS tickets FROM cancelled GROUP BY type_number) AS of_type
    ), booking AS (
        UPDATE bookings
        SET standing = standing - part.tickets
        FROM (
            SELECT coalesce(part_of, id) AS id, count(*) AS tickets
            FROM cancelled
            JOIN bookings ON id = booking_id AND event_id = $1
            WHERE status = 'booked'
            GROUP BY coalesce(part_of, id)
        ) AS part
        WHERE bookings.id = part.id AND event_id = $1
    ), buyer AS (
        UPDATE event_buyers
        SET tickets = event_buyers.tickets - total.tickets
        FROM total
        WHERE event_id = $1 AND user_id = $2
    ), type_buyer AS (
        UPDATE type_buyers
        SET tickets = type_buyers.tickets - part.tickets
        FROM (SELECT type_number, count(*) AS tickets FROM cancelled GROUP BY type_number) AS part
        WHERE event_id = $1 AND user_id = $2 AND type_buyers.type_number = part.type_number
    ), quarter AS (
        INSERT INTO event_quarters (event_id, since, type_number, cancelled, refunded)
        SELECT $1, quarter_of(now()), type_number, count(*), sum(refund)
        FROM cancelled
        WHERE $1 <> $2
        GROUP BY type_number
        ON CONFLICT (event_id, since, type_number) DO UPDATE
        SET cancelled = event_quarters.cancelled + excluded.cancelled,
            refunded = event_quarters.refunded + excluded.refunded
    )
    UPDATE events
    SET sold = sold - total.tickets,
        sold_by_type = counted_by_type(sold_by_type, less.types, less.changes),
        blocked = events.blocked - CASE WHEN total.blocked THEN total.tickets ELSE 0 END,
        cancelled = cancelled + CASE WHEN total.blocked THEN 0 ELSE total.tickets END,
        revenue = revenue - total.refunded,
        releases = releases + 1
    FROM total, less
    WHERE id = $1
    RETURNING hold_epoch, releases, total.numbers
"""

# Bookings keep their counts of standing tickets: nothing of a cancelled event's stands, and counting it out would take
# longer than everything else.
CANCEL_ALL = """
    WITH next AS (
        SELECT booking_id, number
        FROM tickets
        WHERE event_id = $1 AND cancelled_at IS NULL AND number > $2
        ORDER BY number
        LIMIT $3
    ), cancelled AS (
        UPDATE tickets
        SET cancelled_at = now()
        FROM next
        WHERE event_id = $1 AND tickets.booking_id = next.booking_id AND tickets.number = next.number
          AND cancelled_at IS NULL -- guard: not cancelled by its owner
        RETURNING tickets.number, user_id, type_number, price
    ), total AS (
        SELECT count(*)::integer AS tickets, max(number) AS last, coalesce(sum(price), 0) AS refunded,
            count(*) FILTER (WHERE user_id = $1)::integer AS blocked
        FROM cancelled
    ), less AS (
        SELECT array_agg(type_number) AS types, array_agg(-tickets) AS changes
        FROM (SELECT type_number, count(*)::integer AS tickets FROM cancelled GROUP BY type_number) AS of_type
    ), buyer AS (
        UPDATE event_buyers
        SET tickets = event_buyers.tickets - part.tickets
        FROM (SELECT user_id, count(*) AS tickets FROM cancelled GROUP BY user_id) AS part
        WHERE event_id = $1 AND event_buyers.user_id = part.user_id
    ), type_buyer AS (
        UPDATE type_buyers
        SET tickets = type_buyers.tickets - part.tickets
        FROM (SELECT user_id, type_number, count(*) AS tickets FROM cancelled GROUP BY user_id, type_number) AS part
        WHERE event_id = $1 AND (type_buyers.user_id, type_buyers.type_number) = (part.user_id, part.type_number)
    ), quarter AS (
        INSERT INTO event_quarters (event_id, since, type_number, cancelled, refunded)
        SELECT $1, quarter_of(now()), type_number, count(*), sum(price)
        FROM cancelled
        WHERE user_id <> $1
        GROUP BY type_number
        ON CONFLICT (event_id, since, type_number) DO UPDATE
        SET cancelled = event_quarters.cancelled + excluded.cancelled,
            refunded = event_quarters.refunded + excluded.refunded
    )
    UPDATE events
    SET sold = sold - total.tickets, blocked = events.blocked - total.blocked,
        sold_by_type = counted_by_type(sold_by_type, less.types, less.changes),
        cancelled = cancelled + total.tickets - total.blocked, revenue = revenue - total.refunded,
        releases = releases + 1
    FROM total, less
    WHERE id = $1
    RETURNING total.tickets, total.last
"""

OF_USER = """
    SELECT bookings.id::text AS booking_id, booked_at, standing, event_id::text, name, starts_at, address, description,
        latitude, longitude, events.status
    FROM bookings
    JOIN events ON events.id = bookings.event_id
    WHERE user_id = $1 AND bookings.status = 'booked' AND part_of IS NULL
      AND standing > 0
    ORDER BY bookings.id DESC
"""

OWNING = """
    SELECT coalesce(part_of, bookings.id) AS booking_id
    FROM tickets
    JOIN bookings ON bookings.id = booking_id AND bookings.event_id = $1
    WHERE tickets.event_id = $1 AND number = ANY ($3::integer[]) AND cancelled_at IS NULL AND tickets.user_id = $2
    ORDER BY bookings.id DESC
    LIMIT 1
"""


class PostgresBookings:
    """`commits` commits claims, in transactions of its own; `statements` runs everything else."""

    def __init__(self, statements: Statements, commits: CommitQueue) -> None:
        self._statements = statements
        self._commits = commits

    async def commit(self, claim: Claim, terms: Terms = USUAL) -> Verdict:
        return await self._commits.commit(claim, terms)

    async def void(self, claim: Claim) -> Verdict:
        try:
            rows = await self._statements.write(VOID, claim.booking_id, claim.event_id, claim.user_id)
        except asyncpg.ForeignKeyViolationError:  # for the same reason no commit can succeed
            return Verdict.VOID
        rows = rows or await self._statements.write(STATUS, claim.booking_id, claim.event_id)
        return Verdict.VOID if rows[0]["status"] == "void" else Verdict.BOOKED

    async def owned(self, event_id: EventId, user_id: UserId) -> frozenset[int]:
        rows = await self._statements.write(OWNED, event_id, user_id)
        return frozenset(row["number"] for row in rows)

    async def newest(self, event_id: EventId, user_id: UserId, count: int) -> list[OwnedTicket]:
        return _owned(await self._statements.read(NEWEST, event_id, user_id, count))

    async def standing(self, event_id: EventId, user_id: UserId, numbers: Sequence[int]) -> list[OwnedTicket]:
        return _owned(await self._statements.read(STANDING, event_id, user_id, numbers))

    async def standing_in(self, event_id: EventId, booking_id: BookingId) -> list[OwnedTicket]:
        return _owned(await self._statements.read(STANDING_IN, event_id, booking_id))

    async def cancel(
        self, event_id: EventId, user_id: UserId, numbers: Sequence[int], cancellation: Cancellation = UNEXPLAINED
    ) -> Release:
        fees = [cancellation.fees.get(number, 0) for number in numbers]
        [row] = await self._statements.write(
            CANCEL, event_id, user_id, numbers, fees, cancellation.by, cancellation.reason
        )
        return Release(event_id, user_id, tuple(row["numbers"]), epoch=row["hold_epoch"], number=row["releases"])

    async def cancel_all(self, event_id: EventId, after: int = 0, at_most: int = SEATS_MOST) -> int | None:
        [row] = await self._statements.write(CANCEL_ALL, event_id, after, at_most)
        return row["last"] if row["tickets"] == at_most else None

    async def of_user(self, user_id: UserId) -> list[Booking]:
        rows = await self._statements.read(OF_USER, user_id)
        return [
            Booking(
                BookingId(row["booking_id"]),
                BookedEvent(
                    id=EventId(row["event_id"]),
                    name=row["name"],
                    starts_at=row["starts_at"],
                    address=row["address"],
                    description=row["description"],
                    coordinates=coordinates_of(row["latitude"], row["longitude"]),
                    status=EventStatus(row["status"]),
                ),
                row["standing"],
                row["booked_at"],
            )
            for row in rows
        ]

    async def get(self, booking_id: BookingId) -> BookingRecord | None:
        records = records_of(await self._statements.read(GET, booking_id))
        return records[0] if records else None

    async def owning(self, event_id: EventId, user_id: UserId, numbers: Sequence[int]) -> BookingId | None:
        rows = await self._statements.read(OWNING, event_id, user_id, numbers)
        return BookingId(str(rows[0]["booking_id"])) if rows else None

    async def search(self, search: BookingSearch, after: BookingId | None, limit: int) -> list[BookingRecord]:
        statement, arguments = searching(search)
        return records_of(await self._statements.read(statement, after or LAST_ID, limit, *arguments))


def _owned(rows: Sequence[asyncpg.Record]) -> list[OwnedTicket]:
    return [
        OwnedTicket(
            BookingId(str(row["booking_id"])), row["number"], row["price"], row["booked_at"], row["checked_in_at"]
        )
        for row in rows
    ]
