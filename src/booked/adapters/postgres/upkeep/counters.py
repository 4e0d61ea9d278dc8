"""Counters of an event, compared with the rows they count."""

from booked.adapters.postgres.statements import Statements
from booked.domain.model.ids import EventId
from booked.domain.model.sale.holds import Miscount

# One statement reads everything as of one moment. What is blocked belongs to no day, no buyer and no booking.
# Revenue is what standing tickets have cost, and the fees of cancelled ones. Tickets of retired types count as
# blocked, and have no rows.
MISCOUNTED = """
    WITH standing AS (
        SELECT booking_id, user_id, type_number, price, user_id = event_id AS blocked
        FROM tickets
        WHERE event_id = $1 AND cancelled_at IS NULL
    ), event AS (
        SELECT blocked, cancelled, revenue, waiting, sold_by_type, type_limits
        FROM events
        WHERE id = $1 AND status = 'published'
    ), retired AS (
        SELECT number AS type_number, quota AS tickets
        FROM ticket_types
        WHERE event_id = $1 AND retired
    ), types AS (
        SELECT type_number, sum(tickets) AS tickets, sum(revenue) AS revenue
        FROM (
            SELECT type_number, count(*) AS tickets, sum(price) AS revenue
            FROM standing
            WHERE NOT blocked
            GROUP BY type_number
            UNION ALL
            SELECT type_number, 0, sum(fee)
            FROM tickets
            WHERE event_id = $1 AND cancelled_at IS NOT NULL AND fee > 0
            GROUP BY type_number
        ) AS of_one
        GROUP BY type_number
    ), sold AS (
        SELECT (SELECT count(*) FROM standing WHERE standing.blocked)
            + (SELECT coalesce(sum(tickets), 0) FROM retired) AS blocked, coalesce(sum(revenue), 0) AS revenue
        FROM types
    ), days AS (
        SELECT type_number, sum(booked - cancelled) AS tickets, sum(revenue - refunded) AS revenue,
            sum(cancelled) AS cancelled
        FROM event_quarters
        WHERE event_id = $1
        GROUP BY type_number
    ), types_counted AS (
        SELECT number AS type_number, sold_by_type[number] AS tickets
        FROM event, generate_subscripts(sold_by_type, 1) AS number
    ), types_sold AS (
        SELECT type_number, count(*) AS tickets
        FROM standing
        GROUP BY type_number
        UNION ALL
        SELECT type_number, tickets FROM retired
    ), buyers AS (
        SELECT user_id, count(*) AS tickets
        FROM standing
        WHERE NOT blocked
        GROUP BY user_id
    ), bookings_made AS (
        SELECT coalesce(part_of, booking_id) AS id, sum(of_one.tickets) AS tickets
        FROM (SELECT booking_id, count(*) AS tickets FROM standing GROUP BY booking_id) AS of_one
        LEFT JOIN bookings ON bookings.id = of_one.booking_id
        WHERE bookings.status IS DISTINCT FROM 'blocked'
        GROUP BY coalesce(part_of, booking_id)
    ), parties AS (
        SELECT place, type_number, tickets
        FROM waitlist_entries
        WHERE event_id = $1 AND state = 'waiting'
    ), compared AS (
        SELECT 'blocked tickets' AS what, event.blocked::numeric AS counted, sold.blocked::numeric AS found
        FROM event, sold
        UNION ALL
        SELECT 'revenue', event.revenue, sold.revenue
        FROM event, sold
        UNION ALL
        SELECT 'cancelled tickets', event.cancelled, coalesce((SELECT sum(cancelled) FROM days), 0)
        FROM event
        UNION ALL
        SELECT 'tickets waited for', event.waiting, (SELECT coalesce(sum(tickets), 0) FROM parties)
        FROM event
        UNION ALL
        SELECT 'parties that wait', coalesce(counted.entries, 0), coalesce(found.entries, 0)
        FROM (SELECT block, entries FROM waiting_counts WHERE event_id = $1 AND entries > 0) AS counted
        FULL JOIN (
            SELECT place / 1000 AS block, count(*) AS entries FROM parties GROUP BY place / 1000
        ) AS found USING (block)
        UNION ALL
        SELECT 'tickets of a type waited for', coalesce(counted.tickets, 0), coalesce(found.tickets, 0)
        FROM (SELECT type_number, tickets FROM waiting_types WHERE event_id = $1 AND tickets > 0) AS counted
        FULL JOIN (
            SELECT type_number, sum(tickets) AS tickets FROM parties WHERE type_number > 0 GROUP BY type_number
        ) AS found USING (type_number)
        UNION ALL
        SELECT 'tickets of a type', coalesce(counted.tickets, 0), coalesce(types_sold.tickets, 0)
        FROM types_counted AS counted
        FULL JOIN types_sold USING (type_number)
        UNION ALL
        SELECT 'tickets of a type by day', coalesce(days.tickets, 0), coalesce(types.tickets, 0)
        FROM days
        FULL JOIN types USING (type_number)
        UNION ALL
        SELECT 'revenue of a type by day', coalesce(days.revenue, 0), coalesce(types.revenue, 0)
        FROM days
        FULL JOIN types USING (type_number)
        UNION ALL
        SELECT 'tickets of a buyer', coalesce(counted.tickets, 0), coalesce(buyers.tickets, 0)
        FROM (SELECT user_id, tickets FROM event_buyers WHERE event_id = $1 AND tickets > 0) AS counted
        FULL JOIN buyers USING (user_id)
        UNION ALL
        SELECT 'tickets of a type of a buyer', coalesce(counted.tickets, 0), coalesce(found.tickets, 0)
        FROM (
            SELECT user_id, type_number, tickets FROM type_buyers WHERE event_id = $1 AND tickets > 0
        ) AS counted
        FULL JOIN (
            SELECT user_id, type_number, count(*) AS tickets
            FROM standing
            JOIN event ON type_limits[type_number] IS NOT NULL
            WHERE NOT standing.blocked
            GROUP BY user_id, type_number
        ) AS found USING (user_id, type_number)
        UNION ALL
        SELECT 'tickets of a booking', coalesce(counted.standing, 0), coalesce(bookings_made.tickets, 0)
        FROM (
            SELECT id, standing
            FROM bookings
            WHERE event_id = $1 AND status = 'booked' AND part_of IS NULL AND standing > 0
        ) AS counted
        FULL JOIN bookings_made USING (id)
    )
    SELECT what, sum(counted) AS counted, sum(found) AS found
    FROM compared
    WHERE counted <> found AND EXISTS (SELECT FROM event)
    GROUP BY what
    ORDER BY what
"""


async def miscounted(statements: Statements, event_id: EventId) -> list[Miscount]:
    """Return which counters of an event on sale differ from its rows."""
    rows = await statements.read(MISCOUNTED, event_id)
    return [Miscount(row["what"], int(row["counted"]), int(row["found"])) for row in rows]
