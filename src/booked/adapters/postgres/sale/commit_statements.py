"""The statements that commit sales, and that tell why one was not committed."""

# Any number of bookings in one statement, so that they are one round trip and one transaction. `commit_of` puts it
# together from the steps below. It leaves out steps for what no booking of the batch has, so they cost nothing.
#
# The events' rows are locked first, in the order of their ids: what follows happens for one batch of an event at a
# time. A claim has no effect if its epoch is not the event's any more, the event is not on sale, its booking id or key
# is taken, or what it is to be part of is not the user's or is cancelled; a constraint that objects undoes the whole
# batch.

# The patience is the transaction's, so it holds for every lock; it is set before the first event's row is locked. Null
# stands for the session's own.
EVENTS = """
    claim AS (
        SELECT *
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::integer[], $6::integer[], $7::uuid[])
            AS claim (booking_id, event_id, user_id, epoch, tickets, last, part_of)
    ), event AS (
        SELECT id, status, hold_epoch, first_epoch() AS first_epoch, ticket_limit, type_limits, seat_count
        FROM events
        WHERE id = ANY ($2::uuid[])
          AND set_config('lock_timeout', $11::text, true) IS NOT NULL -- guard: patience of a batch
        ORDER BY id
        FOR NO KEY UPDATE
    )"""

USED_KEYS = """, keyed AS (
        SELECT *
        FROM unnest($1::uuid[], $12::uuid[], $13::text[], $14::bytea[])
            AS keyed (booking_id, caller_id, key, fingerprint)
        WHERE key IS NOT NULL
    ), used AS (
        SELECT booking_id
        FROM keyed
        JOIN idempotency_keys AS used ON used.caller_id = keyed.caller_id AND used.key = keyed.key
    )"""

# A booking to be enlarged may have been cancelled while the event's lock was waited for: only a locked row is read as
# it is then.
WHOLES = """, part AS (
        SELECT claim.booking_id
        FROM claim
        JOIN event ON event.id = claim.event_id
        JOIN bookings AS whole ON whole.id = claim.part_of
        WHERE (whole.user_id, whole.event_id) = (claim.user_id, claim.event_id)
          AND whole.status = 'booked' AND whole.part_of IS NULL
          AND whole.standing > 0 -- guard: standing whole
        FOR NO KEY UPDATE OF whole -- guard: lock of a whole
    )"""

BOOKING = """, booking AS (
        INSERT INTO bookings (id, event_id, user_id, status, part_of, standing)
        SELECT booking_id, event_id, nullif(user_id, event_id),
            CASE user_id WHEN event_id THEN 'blocked' ELSE 'booked' END,
            part_of, CASE WHEN part_of IS NULL AND user_id <> event_id THEN tickets ELSE 0 END
        FROM claim
        JOIN event ON event.id = claim.event_id
        WHERE event.status = 'published'
          AND claim.epoch = hold_epoch -- guard: epoch of a claim
          AND last <= seat_count -- guard: capacity
          AND claim.epoch >= first_epoch -- guard: timeline
"""
IF_KEY_IS_UNUSED = """\
          AND booking_id NOT IN (SELECT booking_id FROM used) -- guard: used key
"""
IF_WHOLE_STANDS = """\
          AND (part_of IS NULL OR booking_id IN (SELECT booking_id FROM part))
"""
# Of an event whose types have limits nothing is booked by a statement that does not count by them.
IF_UNLIMITED = """\
          AND type_limits = '{}' -- guard: no limit is overlooked
"""
BOOKED = """\
        ON CONFLICT (id) DO NOTHING
        RETURNING id, event_id, user_id, part_of, booked_at
    )"""

ENLARGED = """, enlarged AS (
        UPDATE bookings
        SET standing = standing + part.tickets
        FROM (
            SELECT booking.event_id, booking.part_of, sum(claim.tickets) AS tickets
            FROM booking
            JOIN claim ON claim.booking_id = booking.id
            WHERE booking.part_of IS NOT NULL
            GROUP BY booking.event_id, booking.part_of
        ) AS part
        WHERE bookings.event_id = part.event_id AND bookings.id = part.part_of
    )"""

REMEMBERED = """, remembered AS (
        INSERT INTO idempotency_keys (caller_id, key, fingerprint, subject)
        SELECT caller_id, key, fingerprint, coalesce(booking.part_of, booking.id)
        FROM booking
        JOIN keyed ON keyed.booking_id = booking.id
        ORDER BY caller_id, key
    )"""

# The type and the price of each ticket are looked up in a LATERAL subquery with LIMIT, which the planner cannot turn
# into a join over all types.
SOLD = """, sold AS (
        INSERT INTO tickets (booking_id, number, event_id, user_id, booked_at, type_number, price)
        SELECT booking.id, wanted.number, booking.event_id, coalesce(booking.user_id, booking.event_id), booked_at,
            type.number, CASE WHEN booking.user_id IS NULL THEN 0 ELSE type.price END
        FROM booking
        JOIN unnest($8::uuid[], $9::integer[], $10::timestamptz[]) AS wanted (booking_id, number, priced_at)
            ON wanted.booking_id = booking.id
        LEFT JOIN LATERAL (
            SELECT type.number, price_at(type, coalesce(wanted.priced_at, now())) AS price
            FROM ticket_types AS type
            WHERE type.event_id = booking.event_id AND type.number = (
                SELECT type_number
                FROM blocks
                WHERE event_id = booking.event_id AND first <= wanted.number
                ORDER BY first DESC
                LIMIT 1
            )
              AND NOT retired -- guard: retired type
            LIMIT 1
        ) AS type ON true
        RETURNING event_id, user_id, type_number, price
    ), buyer AS (
        INSERT INTO event_buyers (event_id, user_id, tickets, ticket_limit)
        SELECT event_id, user_id, count(*), min(ticket_limit)
        FROM sold
        JOIN event ON event.id = sold.event_id
        WHERE user_id <> event_id
        GROUP BY event_id, user_id
        ON CONFLICT (event_id, user_id) DO UPDATE
        SET tickets = event_buyers.tickets + excluded.tickets, ticket_limit = excluded.ticket_limit
    )"""

LIMITED = """, type_buyer AS (
        INSERT INTO type_buyers (event_id, user_id, type_number, tickets, type_limit)
        SELECT event_id, user_id, type_number, count(*), min(type_limits[type_number])
        FROM sold
        JOIN event ON event.id = sold.event_id
        WHERE type_limits[type_number] IS NOT NULL AND user_id <> event_id
        GROUP BY event_id, user_id, type_number
        ON CONFLICT (event_id, user_id, type_number) DO UPDATE
        SET type_limit = excluded.type_limit,
            tickets = type_buyers.tickets + excluded.tickets -- guard: limit of a type
    )"""

# An entry is looked up in a LATERAL subquery, for the same reason. Several bookings of a batch may serve one entry.
SERVED = """, entry AS (
        SELECT entry.*
        FROM (
            SELECT DISTINCT booking.event_id, entry_id
            FROM booking
            JOIN unnest($1::uuid[], $15::uuid[]) AS waited (booking_id, entry_id) ON waited.booking_id = booking.id
        ) AS waited
        CROSS JOIN LATERAL (
            SELECT id, event_id, CASE state WHEN 'waiting' THEN tickets ELSE 0 END AS waited_for
            FROM waitlist_entries
            WHERE event_id = waited.event_id AND id = waited.entry_id AND state IN ('waiting', 'offered')
            FOR UPDATE
        ) AS entry
    ), served AS (
        UPDATE waitlist_entries
        SET state = 'booked'
        FROM entry
        WHERE waitlist_entries.event_id = entry.event_id AND waitlist_entries.id = entry.id
    ), queue AS (
        SELECT event_id, sum(waited_for) AS shorter_by
        FROM entry
        GROUP BY event_id
    )"""

TALLIED = """, tally AS (
        SELECT event_id, type_number, user_id = event_id AS blocked, count(*) AS tickets, sum(price) AS revenue
        FROM sold
        GROUP BY event_id, type_number, user_id = event_id
    ), quarter AS (
        INSERT INTO event_quarters (event_id, since, type_number, booked, revenue)
        SELECT event_id, quarter_of(now()), type_number, tickets, revenue
        FROM tally
        WHERE NOT blocked
        ON CONFLICT (event_id, since, type_number) DO UPDATE
        SET booked = event_quarters.booked + excluded.booked, revenue = event_quarters.revenue + excluded.revenue
    ), total AS (
        SELECT event_id, sum(tickets)::integer AS tickets, sum(revenue) AS revenue,
            sum(CASE WHEN blocked THEN tickets ELSE 0 END)::integer AS blocked,
            array_agg(type_number) AS types, array_agg(tickets::integer) AS tickets_of_types
        FROM tally
        GROUP BY event_id
    ), counted AS (
        UPDATE events
        SET sold = sold + total.tickets,
            sold_by_type = counted_by_type(sold_by_type, total.types, total.tickets_of_types),
            blocked = events.blocked + total.blocked,
            revenue = events.revenue + total.revenue
"""
AND_WAITING = """\
            , waiting = waiting - coalesce(queue.shorter_by, 0)
            , waiting_version = waiting_version + CASE WHEN queue.shorter_by > 0 THEN 1 ELSE 0 END
"""
BY_TOTAL = """\
        FROM total
"""
AND_QUEUE = """\
        LEFT JOIN queue ON queue.event_id = total.event_id
"""
OF_EVENT = """\
        WHERE events.id = total.event_id
    )
"""

BOOKINGS = """\
    SELECT id FROM booking
"""
AND_LIMITED_EVENTS = """\
    UNION ALL SELECT id FROM event WHERE type_limits <> '{}'
"""


def commit_of(*, keys: bool, references: bool, limits: bool) -> str:
    """Return the statement that commits a batch of sales.

    Its parameters are $1 to $11. With `keys` some sales have idempotency keys: $12 to $14. With `references`, and only
    together with `keys`, some are parts of bookings or serve waitlist entries: $15. With `limits` some events may have
    limits of ticket types. Without, the sales of such events have no effect, and the events' ids are returned too.
    """
    return "".join(
        [
            "WITH ",
            EVENTS,
            USED_KEYS if keys else "",
            WHOLES if references else "",
            BOOKING,
            IF_KEY_IS_UNUSED if keys else "",
            IF_WHOLE_STANDS if references else "",
            "" if limits else IF_UNLIMITED,
            BOOKED,
            ENLARGED if references else "",
            REMEMBERED if keys else "",
            SOLD,
            LIMITED if limits else "",
            SERVED if references else "",
            TALLIED,
            AND_WAITING if references else "",
            BY_TOTAL,
            AND_QUEUE if references else "",
            OF_EVENT,
            BOOKINGS,
            "" if limits else AND_LIMITED_EVENTS,
        ]
    )


# Of some events those whose rows nobody has locked at this moment.
FREE = "SELECT id FROM events WHERE id = ANY ($1::uuid[]) FOR NO KEY UPDATE SKIP LOCKED"

# Why a claim had no effect: what its booking id stands for, and epoch and capacity of an event that is on sale. The
# claim may be booked already, which is confirmed by this, so it returns when a synchronous standby has that.
WHY_NOT = """
    SELECT
        (SELECT pg_logical_emit_message(true, 'booked', '')), -- guard: a verdict is replicated
        (SELECT status FROM bookings WHERE id = $1 AND event_id = $2) AS status,
        (SELECT greatest(hold_epoch, first_epoch()) FROM events WHERE id = $2 AND status = 'published') AS epoch,
        (SELECT seat_count FROM events WHERE id = $2 AND status = 'published') AS capacity
"""

KEY_IS_USED = "SELECT FROM idempotency_keys WHERE caller_id = $1 AND key = $2"
