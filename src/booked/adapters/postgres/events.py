"""Events and their counts."""

from datetime import UTC, datetime

import asyncpg

from booked.adapters.postgres.session import Pool, Session, transaction
from booked.domain.model.events import Coordinates, Event, EventPage, NewEvent
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.tickets import Ledger
from booked.ports.holds import SoldTickets

ADD = """
    INSERT INTO events
        (id, name, starts_at, address, description, latitude, longitude, seat_count, ticket_limit)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""

GET = "SELECT * FROM events WHERE id = $1 AND withdrawn_at IS NULL"

# With ties, so that a page never ends amid events that start at the same second.
PAGE = """
    WITH page AS (
        SELECT *
        FROM events
        WHERE withdrawn_at IS NULL AND starts_at >= $2
        ORDER BY starts_at
        FETCH FIRST $1 ROWS WITH TIES
    )
    SELECT page.*, (
        SELECT starts_at
        FROM events
        WHERE withdrawn_at IS NULL AND starts_at > (SELECT max(starts_at) FROM page)
        ORDER BY starts_at
        LIMIT 1
    ) AS next_start
    FROM page
    ORDER BY starts_at, id
"""

LOCK = "SELECT * FROM events WHERE id = $1 AND withdrawn_at IS NULL FOR NO KEY UPDATE"

SAVE = """
    UPDATE events
    SET name = $2, starts_at = $3, address = $4, description = $5, latitude = $6, longitude = $7, seat_count = $8
    WHERE id = $1
"""

WITHDRAW = "UPDATE events SET withdrawn_at = now(), hold_epoch = hold_epoch + 1 WHERE id = $1"

ON_SALE = """
    SELECT id
    FROM events
    WHERE withdrawn_at IS NULL AND id > $1
    ORDER BY id
    LIMIT $2
"""

LEDGER = """
    SELECT hold_epoch, seat_count, sold, releases, ticket_limit, waiting, waiting_version
    FROM events
    WHERE id = $1 AND withdrawn_at IS NULL
"""

NEXT_EPOCH = """
    UPDATE events
    SET hold_epoch = hold_epoch + 1
    WHERE id = $1 AND withdrawn_at IS NULL
    RETURNING hold_epoch
"""

# Ticket numbers that follow each other keep the same distance to their place in the order, which tells a range.
SOLD_RANGES = """
    SELECT min(number) AS first, max(number) AS last
    FROM (
        SELECT number, number - row_number() OVER (ORDER BY number) AS range
        FROM tickets
        WHERE event_id = $1 AND cancelled_at IS NULL
    ) AS sold
    GROUP BY range
    ORDER BY first
"""

# Only an event with a limit needs to know who has how many.
SOLD_PER_USER = """
    SELECT user_id, tickets
    FROM event_buyers
    WHERE event_id = $1 AND tickets > 0
      AND EXISTS (SELECT FROM events WHERE id = $1 AND ticket_limit IS NOT NULL)
"""

NO_EVENT = "00000000-0000-0000-0000-000000000000"
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
PATIENCE = 60.0  # seconds that reading the sold tickets of an event may take: ten million take a few


class PostgresEvents:
    def __init__(self, session: Session, pool: Pool, timeout: float) -> None:
        self._session = session
        self._pool = pool
        self._timeout = timeout

    async def add(self, event: NewEvent) -> None:
        await self._session.write(
            ADD,
            event.id,
            event.name,
            event.starts_at,
            event.address,
            event.description,
            event.coordinates.latitude if event.coordinates else None,
            event.coordinates.longitude if event.coordinates else None,
            event.seat_count,
            event.ticket_limit,
        )

    async def get(self, event_id: EventId) -> Event | None:
        rows = await self._session.read(GET, event_id)
        return event_of(rows[0]) if rows else None

    async def page(self, limit: int, since: datetime | None) -> EventPage:
        rows = await self._session.read(PAGE, limit, since or EARLIEST)
        return EventPage([event_of(row) for row in rows], rows[0]["next_start"] if rows else None)

    async def lock(self, event_id: EventId) -> Event | None:
        rows = await self._session.write(LOCK, event_id)
        return event_of(rows[0]) if rows else None

    async def save(self, event: Event) -> None:
        await self._session.write(
            SAVE,
            event.id,
            event.name,
            event.starts_at,
            event.address,
            event.description,
            event.coordinates.latitude if event.coordinates else None,
            event.coordinates.longitude if event.coordinates else None,
            event.seat_count,
        )

    async def withdraw(self, event_id: EventId) -> None:
        await self._session.write(WITHDRAW, event_id)

    async def on_sale(self, after: EventId | None, limit: int) -> list[EventId]:
        rows = await self._session.read(ON_SALE, after or NO_EVENT, limit)
        return [EventId(str(row["id"])) for row in rows]

    async def ledger(self, event_id: EventId) -> Ledger | None:
        return _ledger(await self._session.read(LEDGER, event_id))

    async def next_epoch(self, event_id: EventId) -> int | None:
        rows = await self._session.write(NEXT_EPOCH, event_id)
        return rows[0]["hold_epoch"] if rows else None

    async def sold_tickets(self, event_id: EventId) -> SoldTickets | None:
        # Counts and tickets have to be read as of one moment, or a release between them would be lost or come twice.
        async with transaction(self._pool, self._timeout, snapshot=True, patience=PATIENCE) as session:
            ledger = _ledger(await session.read(LEDGER, event_id))
            if ledger is None:
                return None
            ranges = await session.read(SOLD_RANGES, event_id)
            per_user = await session.read(SOLD_PER_USER, event_id)
        return SoldTickets(
            ledger,
            [(row["first"], row["last"]) for row in ranges],
            [(UserId(str(row["user_id"])), row["tickets"]) for row in per_user],
        )


def event_of(row: asyncpg.Record) -> Event:
    """An event from the columns of its table."""
    located = row["latitude"] is not None
    return Event(
        id=EventId(str(row["id"])),
        name=row["name"],
        starts_at=row["starts_at"],
        address=row["address"],
        description=row["description"],
        coordinates=Coordinates(row["latitude"], row["longitude"]) if located else None,
        seat_count=row["seat_count"],
        sold=row["sold"],
        ticket_limit=row["ticket_limit"],
    )


def _ledger(rows: list[asyncpg.Record]) -> Ledger | None:
    if not rows:
        return None
    [row] = rows
    return Ledger(
        epoch=row["hold_epoch"],
        capacity=row["seat_count"],
        sold=row["sold"],
        released=row["releases"],
        ticket_limit=row["ticket_limit"],
        waiting=row["waiting"],
        waiting_version=row["waiting_version"],
    )
