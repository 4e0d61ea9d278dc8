"""Bookings as people see them, by id or in pages: each with its event, its tickets and everything added to it."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from booked.adapters.postgres.programme.rows import event_of
from booked.domain.model.ids import BookingId, UserId
from booked.domain.model.programme.events import Event
from booked.domain.model.programme.words import folded
from booked.domain.model.sale.bookings import (
    BookedTicket,
    BookingRecord,
    BookingSearch,
    BookingStatus,
    Buyer,
    code_bytes,
)

# A booking with its event and buyer and, in arrays that belong together, all tickets that were ever in it or in a part
# of it.
RECORD = """
    SELECT bookings.id AS booking_id, bookings.user_id, bookings.booked_at, users.first_name, users.last_name,
        users.email, ticket.*, events.*
    FROM bookings
    JOIN events ON events.id = bookings.event_id
    JOIN users ON users.id = bookings.user_id
    CROSS JOIN LATERAL (
        SELECT array_agg(number) AS numbers, array_agg(type_number) AS type_numbers, array_agg(price) AS prices,
            array_agg(booked_at) AS moments, array_agg(cancelled_at) AS cancellations,
            array_agg(cancelled_by) AS cancellers, array_agg(cancel_reason) AS reasons, array_agg(fee) AS fees,
            array_agg(checked_in_at) AS check_ins, array_agg(coalesce(gate, '')) AS gates,
            max(greatest(booked_at, cancelled_at)) AS updated_at
        FROM (
            SELECT number, type_number, price, booked_at, cancelled_at, cancelled_by, cancel_reason, fee,
                checked_in_at, gate
            FROM tickets
            WHERE booking_id = ANY (
                ARRAY(SELECT part.id FROM bookings AS part WHERE part.part_of = bookings.id) || bookings.id
            )
            ORDER BY booked_at, booking_id, number
        ) AS sale
    ) AS ticket
"""

GET = f"{RECORD} WHERE bookings.id = $1 AND bookings.status = 'booked' AND bookings.part_of IS NULL"

# The pages below are ids of bookings: behind the one in $1, up to the number in $2. An event's bookings of which some
# ticket stands and those of which none does are two runs of its index, and several events have as many runs: each is
# read as far as it is needed. A booking is active while some ticket of it stands, unless its event is cancelled.
PAGE_OF_ALL = """
    SELECT id
    FROM bookings
    WHERE id < $1 AND status = 'booked' AND part_of IS NULL
    ORDER BY id DESC
    LIMIT $2
"""

PAGE_OF_ACTIVE = """
    SELECT id
    FROM bookings
    WHERE id < $1 AND status = 'booked' AND part_of IS NULL
      AND standing > 0 AND (SELECT events.status FROM events WHERE events.id = event_id) <> 'cancelled'
    ORDER BY id DESC
    LIMIT $2
"""

PAGE_OF_USER = """
    SELECT id
    FROM bookings
    WHERE user_id = $3 AND id < $1 AND status = 'booked' AND part_of IS NULL
      AND (standing > 0 AND (SELECT events.status FROM events WHERE events.id = event_id) <> 'cancelled')
          = ANY ($4::boolean[])
      AND ($5::uuid IS NULL OR event_id = $5)
      AND ($6::uuid[] IS NULL OR (SELECT organization_id FROM events WHERE events.id = event_id) = ANY ($6))
      AND ($7::timestamptz IS NULL OR (SELECT coalesce(ends_at, starts_at + interval '1 day') <= $7
                                       FROM events WHERE events.id = event_id))
      AND ($8::timestamptz IS NULL OR (SELECT coalesce(ends_at, starts_at + interval '1 day') > $8
                                       FROM events WHERE events.id = event_id))
    ORDER BY id DESC
    LIMIT $2
"""

# The bookings of each event, run by run, as far as the page may need them.
EVENTS_WITH_RUNS = """
    events
    CROSS JOIN (VALUES (true), (false)) AS half (is_standing)
    CROSS JOIN LATERAL (
        SELECT bookings.id
        FROM bookings
        WHERE event_id = events.id AND (standing > 0) = is_standing AND bookings.id < $1
          AND bookings.status = 'booked' AND part_of IS NULL
        ORDER BY bookings.id DESC
        LIMIT $2
    ) AS run
"""

PAGE_OF_EVENT = f"""
    SELECT run.id
    FROM {EVENTS_WITH_RUNS}
    WHERE events.id = $4 AND ($5::uuid[] IS NULL OR organization_id = ANY ($5))
      AND (is_standing AND events.status <> 'cancelled') = ANY ($3::boolean[])
    ORDER BY run.id DESC
    LIMIT $2
"""

PAGE_OF_ORGANIZATIONS = f"""
    SELECT run.id
    FROM {EVENTS_WITH_RUNS}
    WHERE organization_id = ANY ($4::uuid[])
      AND (is_standing AND events.status <> 'cancelled') = ANY ($3::boolean[])
    ORDER BY run.id DESC
    LIMIT $2
"""

# What is found among the bookings of one event: a code by its index, the rest by looking at all of them. Bookings of
# other events cost nothing. Folding plain ASCII only makes its letters small, which takes a third of the time.
PAGE_WITH_CODE = """
    SELECT bookings.id
    FROM bookings
    JOIN events ON events.id = event_id
    WHERE event_id = $4 AND substr(uuid_send(bookings.id), 12) = $7 AND bookings.id < $1
      AND bookings.status = 'booked' AND part_of IS NULL
      AND ($5::uuid[] IS NULL OR organization_id = ANY ($5))
      AND ($6::uuid IS NULL OR user_id = $6)
      AND (standing > 0 AND events.status <> 'cancelled') = ANY ($3::boolean[])
    LIMIT $2
"""

PAGE_WITH_PART = """
    SELECT run.id
    FROM events
    CROSS JOIN (VALUES (true), (false)) AS half (is_standing)
    CROSS JOIN LATERAL (
        SELECT bookings.id
        FROM bookings
        WHERE event_id = events.id AND (standing > 0) = is_standing AND bookings.id < $1
          AND bookings.status = 'booked' AND part_of IS NULL
          AND ($6::uuid IS NULL OR user_id = $6)
          AND (
              substr(uuid_send(bookings.id), 12) = $7
              OR (SELECT strpos(CASE WHEN octet_length(who) = length(who) THEN lower(who) ELSE folded(who) END, $8) > 0
                  FROM users
                  CROSS JOIN LATERAL (SELECT first_name || ' ' || last_name || ' ' || coalesce(email, '')) AS one (who)
                  WHERE users.id = user_id)
          )
        ORDER BY bookings.id DESC
        LIMIT $2
    ) AS run
    WHERE events.id = $4 AND ($5::uuid[] IS NULL OR organization_id = ANY ($5))
      AND (is_standing AND events.status <> 'cancelled') = ANY ($3::boolean[])
    ORDER BY run.id DESC
    LIMIT $2
"""

# Bookings of which nothing stands, and all bookings of called-off events.
PAGE_OF_CANCELLED = f"""
    (
        SELECT id
        FROM bookings
        WHERE id < $1 AND status = 'booked' AND part_of IS NULL AND standing = 0
        ORDER BY id DESC
        LIMIT $2
    )
    UNION
    (
        SELECT run.id
        FROM {EVENTS_WITH_RUNS}
        WHERE events.status = 'cancelled'
          AND (is_standing AND events.status <> 'cancelled') = ANY ($3::boolean[])
        ORDER BY run.id DESC
        LIMIT $2
    )
    ORDER BY id DESC
    LIMIT $2
"""

RECORDS = f"{RECORD} WHERE bookings.id IN (SELECT id FROM page) ORDER BY bookings.id DESC"

SEARCH_ALL = f"WITH page AS ({PAGE_OF_ALL}) {RECORDS}"
SEARCH_ACTIVE = f"WITH page AS ({PAGE_OF_ACTIVE}) {RECORDS}"
SEARCH_CANCELLED = f"WITH page AS ({PAGE_OF_CANCELLED}) {RECORDS}"
SEARCH_OF_USER = f"WITH page AS ({PAGE_OF_USER}) {RECORDS}"
SEARCH_OF_EVENT = f"WITH page AS ({PAGE_OF_EVENT}) {RECORDS}"
SEARCH_CODE = f"WITH page AS ({PAGE_WITH_CODE}) {RECORDS}"
SEARCH_PART = f"WITH page AS ({PAGE_WITH_PART}) {RECORDS}"
SEARCH_OF_ORGANIZATIONS = f"WITH page AS ({PAGE_OF_ORGANIZATIONS}) {RECORDS}"

LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"
# The columns of `RECORD` that have a value for each ticket.
TICKET_COLUMNS = (
    *("numbers", "type_numbers", "prices", "moments", "cancellations", "cancellers", "reasons", "fees"),
    *("check_ins", "gates"),
)
IS_ACTIVE = {None: [True, False], BookingStatus.ACTIVE: [True], BookingStatus.CANCELLED: [False]}


def searching(search: BookingSearch) -> tuple[str, list[Any]]:
    """Return the statement for finding these bookings, and its arguments beside those of the page."""
    is_active = IS_ACTIVE[search.status]
    organizations = None if search.organizations is None else list(search.organizations)
    if search.code or search.part:
        among = [is_active, search.event_id, organizations, search.user_id, code_bytes(search.code or search.part)]
        return (SEARCH_CODE, among) if search.code else (SEARCH_PART, [*among, folded(search.part)])
    if search.user_id is not None:
        over = [search.over_at, search.not_over_at]
        return SEARCH_OF_USER, [search.user_id, is_active, search.event_id, organizations, *over]
    if search.event_id is not None:
        return SEARCH_OF_EVENT, [is_active, search.event_id, organizations]
    if organizations is not None:
        return SEARCH_OF_ORGANIZATIONS, [is_active, organizations]
    if search.status is BookingStatus.CANCELLED:
        return SEARCH_CANCELLED, [is_active]
    return SEARCH_ACTIVE if search.status else SEARCH_ALL, []


def records_of(rows: Sequence[asyncpg.Record]) -> list[BookingRecord]:
    """Return bookings read by one statement. Those of an event share it."""
    one_of_each = {row["id"]: row for row in rows}
    events = {event_id: event_of(row) for event_id, row in one_of_each.items()}
    return [_record(row, events[row["id"]]) for row in rows]


def _record(row: asyncpg.Record, event: Event) -> BookingRecord:
    tickets = zip(*(row[column] for column in TICKET_COLUMNS), strict=True)
    return BookingRecord(
        id=BookingId(str(row["booking_id"])),
        event=event,
        user_id=UserId(str(row["user_id"])),
        buyer=Buyer(row["first_name"], row["last_name"], row["email"] or ""),
        tickets=tuple(_ticket(*ticket) for ticket in tickets),
        booked_at=row["booked_at"],
        updated_at=row["updated_at"],
    )


def _ticket(*columns: Any) -> BookedTicket:
    number, type_number, price, booked_at, cancelled_at, cancelled_by, *rest = columns
    canceller = UserId(str(cancelled_by)) if cancelled_by else None
    return BookedTicket(number, type_number, price, booked_at, cancelled_at, canceller, *rest)
