"""How many tickets of an event are sold, which ones, and under which epoch."""

from collections.abc import Collection

import asyncpg

from booked.adapters.postgres.statements import Pool, Statements, transaction
from booked.adapters.postgres.upkeep.counters import miscounted
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.programme.times import SalesWindow
from booked.domain.model.sale.holds import LAST_EPOCH, Ledger, Miscount
from booked.domain.model.upkeep.inventory import SoldTickets

ON_SALE = """
    SELECT id
    FROM events
    WHERE status = 'published' AND id > $1
    ORDER BY id
    LIMIT $2
"""

ENDED = """
    SELECT id
    FROM events
    WHERE status = 'published' AND ends_at <= now()
    ORDER BY ends_at
    LIMIT $1
"""

# Nobody has the tickets of retired types, which count as sold.
TO_GIVE_BACK = """
    SELECT id
    FROM events
    WHERE status = 'cancelled' AND sold > 0 AND sold > (
        SELECT coalesce(sum(quota), 0)
        FROM ticket_types
        WHERE event_id = events.id AND retired
    )
    LIMIT $1
"""

LEDGER = """
    SELECT greatest(hold_epoch, first_epoch()) AS hold_epoch, seat_count, sold, releases, ticket_limit, waiting,
        waiting_version, sales_start, least(sales_end, ends_at) AS sales_end, blocked
    FROM events
    WHERE id = $1 AND status = 'published'
"""

LEDGERS_ON_SALE = """
    SELECT id, greatest(hold_epoch, first_epoch()) AS hold_epoch, seat_count, sold, releases, ticket_limit, waiting,
        waiting_version, sales_start, least(sales_end, ends_at) AS sales_end, blocked
    FROM events
    WHERE status = 'published' AND id > $1
    ORDER BY id
    LIMIT $2
"""

NEXT_EPOCH = """
    UPDATE events
    SET hold_epoch = greatest(hold_epoch + 1, first_epoch())
    WHERE id = $1 AND status = 'published'
    RETURNING hold_epoch
"""

WITHDRAWN_EPOCH = "SELECT CASE WHEN status <> 'published' THEN hold_epoch END AS epoch FROM events WHERE id = $1"

# Ticket numbers that follow each other keep the same distance to their place in the order, which tells a range. What
# is retired is in ranges already.
SOLD_RANGES = """
    SELECT min(number) AS first, max(number) AS last
    FROM (
        SELECT number, number - row_number() OVER (ORDER BY number) AS range
        FROM tickets
        WHERE event_id = $1 AND cancelled_at IS NULL
    ) AS sold
    GROUP BY range
    UNION ALL
    SELECT first, last
    FROM blocks
    JOIN ticket_types AS type ON type.event_id = blocks.event_id AND type.number = blocks.type_number
    WHERE blocks.event_id = $1 AND retired
    ORDER BY first
"""

SOLD_AMONG = """
    SELECT number
    FROM tickets
    WHERE event_id = $1 AND number = ANY ($2::integer[]) AND cancelled_at IS NULL
"""

# A limit does not bind the house.
SOLD_PER_USER = """
    SELECT user_id, tickets
    FROM event_buyers
    WHERE event_id = $1 AND user_id <> event_id AND tickets > 0
"""

# How many tickets were sold once and are not sold now. Those of a retired type, which the house may have had, do not
# come back.
CAME_BACK = """
    SELECT count(DISTINCT number) AS tickets
    FROM tickets AS cancelled
    WHERE event_id = $1 AND cancelled_at IS NOT NULL
      AND NOT EXISTS (
          SELECT FROM tickets WHERE event_id = $1 AND number = cancelled.number AND cancelled_at IS NULL
      )
      AND NOT EXISTS (
          SELECT FROM ticket_types WHERE event_id = $1 AND number = cancelled.type_number AND retired
      )
"""

NO_EVENT = "00000000-0000-0000-0000-000000000000"
PATIENCE = 60.0  # seconds that reading the sold tickets of an event may take: ten million take a few


class PostgresLedgers:
    def __init__(self, statements: Statements, pool: Pool, timeout: float) -> None:
        self._statements = statements
        self._pool = pool
        self._timeout = timeout

    async def to_give_back(self, limit: int) -> list[EventId]:
        return [EventId(str(row["id"])) for row in await self._statements.read(TO_GIVE_BACK, limit)]

    async def on_sale(self, after: EventId | None, limit: int) -> list[EventId]:
        rows = await self._statements.read(ON_SALE, after or NO_EVENT, limit)
        return [EventId(str(row["id"])) for row in rows]

    async def counts_on_sale(self, after: EventId | None, limit: int) -> list[tuple[EventId, Ledger]]:
        rows = await self._statements.read(LEDGERS_ON_SALE, after or NO_EVENT, limit)
        return [(EventId(str(row["id"])), _ledger(row)) for row in rows]

    async def ended(self, limit: int) -> list[EventId]:
        return [EventId(str(row["id"])) for row in await self._statements.read(ENDED, limit)]

    async def get(self, event_id: EventId) -> Ledger | None:
        rows = await self._statements.read(LEDGER, event_id)
        return _ledger(rows[0]) if rows else None

    async def next_epoch(self, event_id: EventId) -> int | None:
        rows = await self._statements.write(NEXT_EPOCH, event_id)
        return rows[0]["hold_epoch"] if rows else None

    async def withdrawn_epoch(self, event_id: EventId) -> int | None:
        rows = await self._statements.read(WITHDRAWN_EPOCH, event_id)
        return rows[0]["epoch"] if rows else LAST_EPOCH

    async def sold_among(self, event_id: EventId, numbers: Collection[int]) -> frozenset[int]:
        rows = await self._statements.read(SOLD_AMONG, event_id, list(numbers))
        return frozenset(row["number"] for row in rows)

    async def sold_tickets(self, event_id: EventId) -> SoldTickets | None:
        # Counts and tickets have to be read as of one moment, or a release between them would be lost or come twice.
        async with transaction(self._pool, self._timeout, snapshot=True, patience=PATIENCE) as statements:
            rows = await statements.read(LEDGER, event_id)
            if not rows:
                return None
            ledger = _ledger(rows[0])
            ranges = await statements.read(SOLD_RANGES, event_id)
            # Only a limit needs to know who has how many, and only who waits for the event what came back.
            per_user = await statements.read(SOLD_PER_USER, event_id) if ledger.ticket_limit is not None else []
            came_back = await statements.read(CAME_BACK, event_id) if ledger.waiting else []
        return SoldTickets(
            ledger,
            _ranges(ranges),
            [(UserId(str(row["user_id"])), row["tickets"]) for row in per_user],
            came_back[0]["tickets"] if came_back else 0,
        )

    async def miscounted(self, event_id: EventId) -> list[Miscount]:
        async with transaction(self._pool, self._timeout, snapshot=True, patience=PATIENCE) as statements:
            return await miscounted(statements, event_id)


def _ranges(rows: list[asyncpg.Record]) -> list[tuple[int, int]]:
    return [(row["first"], row["last"]) for row in rows]


def _ledger(row: asyncpg.Record) -> Ledger:
    return Ledger(
        epoch=row["hold_epoch"],
        capacity=row["seat_count"],
        sold=row["sold"],
        released=row["releases"],
        ticket_limit=row["ticket_limit"],
        waiting=row["waiting"],
        waiting_version=row["waiting_version"],
        sales=SalesWindow(row["sales_start"], row["sales_end"]),
        blocked=row["blocked"],
    )
