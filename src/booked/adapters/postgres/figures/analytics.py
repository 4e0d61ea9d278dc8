"""Figures from the counters kept by each sale: they cost the same however much was sold."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from itertools import islice
from typing import TypeVar

import asyncpg

from booked.adapters.postgres.programme.rows import event_of
from booked.adapters.postgres.statements import Statements
from booked.domain.model.figures.analytics import (
    ON_SALE,
    Cancellations,
    DayFigures,
    EventFigures,
    EventSales,
    SoldRange,
)
from booked.domain.model.figures.hours import SpanTotals
from booked.domain.model.ids import EventId, OrganizationId
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.timezones import UTC_NAME

# Figures of all events come as columns: to read thousands of rows takes the event loop several times as long.
# What the organizer blocked is neither sold nor a seat that could be. Of events that never sold there are no quarters.
SALES = """
    SELECT array_agg(id), array_agg(seats), array_agg(sold), array_agg(booked_today), array_agg(status)
    FROM (
        SELECT id::text, seat_count - blocked AS seats, sold - blocked AS sold, CASE WHEN sold + cancelled > 0 THEN (
            SELECT coalesce(sum(booked), 0)
            FROM event_quarters
            WHERE event_id = events.id AND since >= date_trunc('day', now(), 'UTC')
        ) ELSE 0 END AS booked_today, status
        FROM events
        WHERE status = ANY ($1::text[])
        ORDER BY (sold - blocked)::double precision / greatest(seat_count - blocked, 1) DESC, events.id
    ) AS event
"""

CANCELLATIONS = """
    SELECT array_agg(id), array_agg(booked), array_agg(cancelled), array_agg(status)
    FROM (
        SELECT id::text, sold - blocked + cancelled AS booked, cancelled, status
        FROM events
        WHERE status = ANY ($1::text[])
        ORDER BY cancelled::double precision / greatest(sold - blocked + cancelled, 1) DESC, events.id
    ) AS event
"""

ROWS_AT_ONCE = 500  # less than a millisecond

DAYS = """
    SELECT day_in(since, $2) AS day, type_number, sum(booked)::integer AS booked, sum(cancelled)::integer AS cancelled,
        sum(revenue) AS revenue, sum(refunded) AS refunded
    FROM event_quarters
    WHERE event_id = $1 AND (booked > 0 OR cancelled > 0)
    GROUP BY day, type_number
    ORDER BY day, type_number
"""

QUARTERS = """
    SELECT since, sum(booked)::integer AS booked, sum(cancelled)::integer AS cancelled, sum(revenue) AS revenue,
        sum(refunded) AS refunded
    FROM event_quarters
    WHERE event_id = $1 AND since >= $2 AND since < $3 AND (booked > 0 OR cancelled > 0)
    GROUP BY since
    ORDER BY since
"""

# Successive numbers of people, or of the house, have the same difference to their place among those.
SOLD_RANGES = """
    SELECT min(number) AS first, max(number) AS last, blocked
    FROM (
        SELECT number, blocked, number - row_number() OVER (PARTITION BY blocked ORDER BY number) AS range
        FROM (
            SELECT number, user_id = event_id AS blocked
            FROM tickets
            WHERE event_id = $1 AND number <= $2 AND cancelled_at IS NULL
        ) AS ticket
    ) AS ticket
    GROUP BY blocked, range
    ORDER BY first
"""

# No day has more than 25 hours: rows of the days before are not read.
FIGURES = """
    SELECT event.*, (
        SELECT coalesce(sum(booked), 0)::integer
        FROM event_quarters
        WHERE event_id = event.id
          AND since > now() - interval '26 hours'
          AND day_in(since, zone) = day_in(now(), zone)
    ) AS booked_today
    FROM (
        SELECT events.*, venues.timezone AS venue_timezone,
            coalesce(events.timezone, venues.timezone, $3) AS zone
        FROM events
        LEFT JOIN venues ON venues.id = venue_id
        WHERE events.id < $1
        ORDER BY events.id DESC
        LIMIT $2
    ) AS event
    ORDER BY id DESC
"""

FIGURES_OF_ORGANIZATIONS = FIGURES.replace(
    "WHERE events.id < $1", "WHERE events.id < $1 AND events.organization_id = ANY ($4::uuid[])"
)

T = TypeVar("T")

LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"


async def _each(figures: Callable[..., T], columns: Sequence[asyncpg.Record]) -> list[T]:
    """Return figures of each event, made some at a time: other requests get their turn between them."""
    rows = zip(*(column or [] for column in columns[0]), strict=True)
    made: list[T] = []
    while some := [figures(*row, EventStatus(status)) for *row, status in islice(rows, ROWS_AT_ONCE)]:
        made += some
        await asyncio.sleep(0)
    return made


class PostgresAnalytics:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def sales(self, statuses: Collection[EventStatus] = ON_SALE) -> list[EventSales]:
        return await _each(EventSales, await self._statements.read(SALES, sorted(statuses)))

    async def cancellations(self, statuses: Collection[EventStatus] = ON_SALE) -> list[Cancellations]:
        return await _each(Cancellations, await self._statements.read(CANCELLATIONS, sorted(statuses)))

    async def days(self, event_id: EventId, timezone: str = UTC_NAME) -> list[DayFigures]:
        rows = await self._statements.read(DAYS, event_id, timezone)
        return [
            DayFigures(
                day=row["day"],
                type_number=row["type_number"],
                booked=row["booked"],
                cancelled=row["cancelled"],
                revenue=int(row["revenue"]),
                refunded=int(row["refunded"]),
            )
            for row in rows
        ]

    async def quarters(self, event_id: EventId, begin: datetime, end: datetime) -> list[SpanTotals]:
        rows = await self._statements.read(QUARTERS, event_id, begin, end)
        return [
            SpanTotals(row["since"], row["booked"], row["cancelled"], int(row["revenue"]), int(row["refunded"]))
            for row in rows
        ]

    async def sold_ranges(self, event_id: EventId, last: int) -> list[SoldRange]:
        rows = await self._statements.read(SOLD_RANGES, event_id, last)
        return [SoldRange(row["first"], row["last"], row["blocked"]) for row in rows]

    async def figures(
        self,
        organizations: frozenset[OrganizationId] | None,
        after: EventId | None,
        limit: int,
        timezone: str = UTC_NAME,
    ) -> list[EventFigures]:
        last = after or LAST_ID
        rows = (
            await self._statements.read(FIGURES, last, limit, timezone)
            if organizations is None
            else await self._statements.read(FIGURES_OF_ORGANIZATIONS, last, limit, timezone, list(organizations))
        )
        return [
            EventFigures(
                event=event_of(row),
                booked=row["sold"] - row["blocked"] + row["cancelled"],
                cancelled=row["cancelled"],
                revenue=int(row["revenue"]),
                venue_timezone=row["venue_timezone"],
                booked_today=row["booked_today"],
            )
            for row in rows
        ]
