"""Events and their counts."""

from collections.abc import Collection
from datetime import UTC, datetime

import asyncpg

from booked.adapters.postgres.programme.plans import KEEP_PLAN, PLANS, TYPE_COUNTS, arguments, plans_of
from booked.adapters.postgres.programme.search import GET as FOUND
from booked.adapters.postgres.programme.search import VENUES_FOUND, finding
from booked.adapters.postgres.programme.venues import coordinates_of
from booked.adapters.postgres.statements import Pool, Statements, transaction
from booked.adapters.postgres.upkeep.counters import miscounted
from booked.domain.errors import InvalidSeatCount
from booked.domain.model.ids import CategoryId, EventId, OrganizationId, UserId, VenueId
from booked.domain.model.programme.categories import Category
from booked.domain.model.programme.events import Event, EventStatus, NewEvent, Presentation
from booked.domain.model.programme.search import EventCursor, EventPage, EventSearch, FoundEvent
from booked.domain.model.programme.ticket_types import TicketPlan, standard_plan
from booked.domain.model.programme.times import SalesWindow
from booked.domain.model.programme.venues import Venue
from booked.domain.model.sale.holds import LAST_EPOCH, Ledger, Miscount
from booked.ports.holds import SoldTickets

ADD = f"""
    WITH {KEEP_PLAN}
    INSERT INTO events
        (id, seat_count, status, name, starts_at, ends_at, address, description, latitude, longitude, ticket_limit,
         sales_start, sales_end, organization_id, venue_id, category_id, artist, tour_name, currency,
         cancellable_until)
    VALUES
        ($1, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41)
"""

GET = "SELECT * FROM events WHERE id = $1 AND status = 'published'"

# With ties, so that a page never ends amid events that start at the same second.
PAGE = """
    WITH page AS (
        SELECT *
        FROM events
        WHERE status = 'published' AND starts_at >= $2
        ORDER BY starts_at
        FETCH FIRST $1 ROWS WITH TIES
    )
    SELECT page.*, (
        SELECT starts_at
        FROM events
        WHERE status = 'published' AND starts_at > (SELECT max(starts_at) FROM page)
        ORDER BY starts_at
        LIMIT 1
    ) AS next_start
    FROM page
    ORDER BY starts_at, id
"""

LOCK = """
    SELECT *
    FROM events
    WHERE id = $1 AND status = 'published'
    FOR NO KEY UPDATE -- guard: lock of an event on sale
"""

LOCK_ANY = """
    SELECT *
    FROM events
    WHERE id = $1
    FOR NO KEY UPDATE -- guard: lock of an event
"""

# Tickets that are added are general admission: of the type that had the last of it, behind all other tickets.
SAVE = """
    WITH growth AS (
        SELECT seat_count + 1 AS first, $2 - seat_count AS tickets
        FROM events
        WHERE id = $1 AND seat_count < $2
    ), newest AS (
        SELECT first, last, type_number
        FROM blocks
        WHERE event_id = $1 AND section IS NULL
        ORDER BY first DESC
        LIMIT 1
    ), type AS (
        UPDATE ticket_types
        SET quota = quota + growth.tickets
        FROM growth, newest
        WHERE event_id = $1 AND number = newest.type_number
    ), block AS (
        INSERT INTO blocks (event_id, first, last, type_number)
        SELECT $1, CASE WHEN newest.last + 1 = growth.first THEN newest.first ELSE growth.first END, $2, type_number
        FROM growth, newest
        ON CONFLICT (event_id, first) DO UPDATE
        SET last = excluded.last
    )
    UPDATE events
    SET seat_count = $2, name = $3, starts_at = $4, ends_at = $5, address = $6, description = $7, latitude = $8,
        longitude = $9, ticket_limit = $10, sales_start = $11, sales_end = $12, organization_id = $13, venue_id = $14,
        category_id = $15, artist = $16, tour_name = $17, currency = $18, cancellable_until = $19, version = version + 1
    WHERE id = $1 AND (seat_count >= $2 OR EXISTS (SELECT FROM newest))
    RETURNING id
"""

SAVE_ADMISSION = f"""
    WITH {KEEP_PLAN}
    UPDATE events
    SET seat_count = greatest(seat_count, $23), version = version + 1
    WHERE id = $1
"""

SET_STATUS = """
    UPDATE events
    SET status = $2::text,
        hold_epoch = CASE WHEN $2::text = 'published' THEN hold_epoch ELSE greatest(hold_epoch + 1, first_epoch()) END,
        version = version + 1
    WHERE id = $1 AND status <> $2::text
"""

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

TO_GIVE_BACK = "SELECT id FROM events WHERE status = 'cancelled' AND sold > 0 LIMIT $1"

LEDGER = """
    SELECT greatest(hold_epoch, first_epoch()) AS hold_epoch, seat_count, sold, releases, ticket_limit, waiting,
        waiting_version, sales_start, least(sales_end, ends_at) AS sales_end, blocked
    FROM events
    WHERE id = $1 AND status = 'published'
"""

NEXT_EPOCH = """
    UPDATE events
    SET hold_epoch = greatest(hold_epoch + 1, first_epoch())
    WHERE id = $1 AND status = 'published'
    RETURNING hold_epoch
"""

WITHDRAWN_EPOCH = "SELECT CASE WHEN status <> 'published' THEN hold_epoch END AS epoch FROM events WHERE id = $1"

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

SOLD_AMONG = """
    SELECT number
    FROM tickets
    WHERE event_id = $1 AND number = ANY ($2::integer[]) AND cancelled_at IS NULL
"""

# Only an event with a limit needs to know who has how many. It does not bind the house.
SOLD_PER_USER = """
    SELECT user_id, tickets
    FROM event_buyers
    WHERE event_id = $1 AND user_id <> event_id AND tickets > 0
      AND EXISTS (SELECT FROM events WHERE id = $1 AND ticket_limit IS NOT NULL)
"""

# Of tickets that are not sold now, how many were sold once. Only who waits for the event has to be told.
CAME_BACK = """
    SELECT count(DISTINCT number) AS tickets
    FROM tickets AS cancelled
    WHERE event_id = $1 AND cancelled_at IS NOT NULL
      AND EXISTS (SELECT FROM events WHERE id = $1 AND waiting > 0)
      AND NOT EXISTS (
          SELECT FROM tickets WHERE event_id = $1 AND number = cancelled.number AND cancelled_at IS NULL
      )
"""

NO_EVENT = "00000000-0000-0000-0000-000000000000"
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
PATIENCE = 60.0  # seconds that reading the sold tickets of an event may take: ten million take a few


class PostgresEvents:
    def __init__(self, session: Statements, pool: Pool, timeout: float) -> None:
        self._session = session
        self._pool = pool
        self._timeout = timeout

    async def add(self, event: NewEvent, plan: TicketPlan | None = None) -> None:
        await self._session.write(
            ADD,
            event.id,
            *arguments(plan or standard_plan(event.seat_count)),
            event.seat_count,
            event.status,
            *_description(event),
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

    async def lock_any(self, event_id: EventId) -> Event | None:
        rows = await self._session.write(LOCK_ANY, event_id)
        return event_of(rows[0]) if rows else None

    async def find(self, search: EventSearch, after: EventCursor | None, limit: int) -> list[FoundEvent]:
        venues = await self._session.read(VENUES_FOUND, search.words) if search.words else []
        statement, values = finding(search, after, limit, [VenueId(str(row["id"])) for row in venues])
        return [_found(row) for row in await self._session.read(statement, *values)]

    async def found(self, event_id: EventId) -> FoundEvent | None:
        rows = await self._session.read(FOUND, event_id)
        return _found(rows[0]) if rows else None

    async def save(self, event: Event) -> None:
        saved = await self._session.write(
            SAVE,
            event.id,
            event.seat_count,
            *_description(event),
        )
        if not saved:
            raise InvalidSeatCount("All tickets of the event are seats. Add a ticket type for further ones.")

    async def plan(self, event_id: EventId) -> TicketPlan | None:
        return (await self.plans([event_id])).get(event_id)

    async def plans(self, event_ids: Collection[EventId]) -> dict[EventId, TicketPlan]:
        return plans_of(await self._session.read(PLANS, list(event_ids)))

    async def save_plan(self, event_id: EventId, plan: TicketPlan) -> None:
        await self._session.write(SAVE_ADMISSION, event_id, *arguments(plan), plan.capacity)

    async def type_counts(self, event_id: EventId) -> dict[int, tuple[int, int]]:
        rows = await self._session.read(TYPE_COUNTS, event_id)
        return {row["number"]: (row["sold"], row["blocked"]) for row in rows}

    async def set_status(self, event_id: EventId, status: EventStatus) -> None:
        await self._session.write(SET_STATUS, event_id, status)

    async def to_give_back(self, limit: int) -> list[EventId]:
        return [EventId(str(row["id"])) for row in await self._session.read(TO_GIVE_BACK, limit)]

    async def on_sale(self, after: EventId | None, limit: int) -> list[EventId]:
        rows = await self._session.read(ON_SALE, after or NO_EVENT, limit)
        return [EventId(str(row["id"])) for row in rows]

    async def ended(self, limit: int) -> list[EventId]:
        return [EventId(str(row["id"])) for row in await self._session.read(ENDED, limit)]

    async def ledger(self, event_id: EventId) -> Ledger | None:
        return _ledger(await self._session.read(LEDGER, event_id))

    async def next_epoch(self, event_id: EventId) -> int | None:
        rows = await self._session.write(NEXT_EPOCH, event_id)
        return rows[0]["hold_epoch"] if rows else None

    async def withdrawn_epoch(self, event_id: EventId) -> int | None:
        rows = await self._session.read(WITHDRAWN_EPOCH, event_id)
        return rows[0]["epoch"] if rows else LAST_EPOCH

    async def sold_among(self, event_id: EventId, numbers: Collection[int]) -> frozenset[int]:
        rows = await self._session.read(SOLD_AMONG, event_id, list(numbers))
        return frozenset(row["number"] for row in rows)

    async def sold_tickets(self, event_id: EventId) -> SoldTickets | None:
        # Counts and tickets have to be read as of one moment, or a release between them would be lost or come twice.
        async with transaction(self._pool, self._timeout, snapshot=True, patience=PATIENCE) as session:
            ledger = _ledger(await session.read(LEDGER, event_id))
            if ledger is None:
                return None
            ranges = await session.read(SOLD_RANGES, event_id)
            per_user = await session.read(SOLD_PER_USER, event_id)
            [came_back] = await session.read(CAME_BACK, event_id)
        return SoldTickets(
            ledger,
            _ranges(ranges),
            [(UserId(str(row["user_id"])), row["tickets"]) for row in per_user],
            came_back["tickets"],
        )

    async def miscounted(self, event_id: EventId) -> list[Miscount]:
        async with transaction(self._pool, self._timeout, snapshot=True, patience=PATIENCE) as session:
            return await miscounted(session, event_id)


def _description(event: NewEvent | Event) -> tuple[object, ...]:
    """What an event's organizer says of it, in the order of the statements that keep it."""
    return (
        event.name,
        event.starts_at,
        event.ends_at,
        event.address,
        event.description,
        event.coordinates.latitude if event.coordinates else None,
        event.coordinates.longitude if event.coordinates else None,
        event.ticket_limit,
        event.sales.start,
        event.sales.end,
        event.presentation.organization_id,
        event.presentation.venue_id,
        event.presentation.category_id,
        event.presentation.artist,
        event.presentation.tour_name,
        event.currency,
        event.cancellable_until,
    )


def event_of(row: asyncpg.Record) -> Event:
    """An event from the columns of its table."""
    return Event(
        id=EventId(str(row["id"])),
        name=row["name"],
        starts_at=row["starts_at"],
        address=row["address"],
        description=row["description"],
        coordinates=coordinates_of(row["latitude"], row["longitude"]),
        seat_count=row["seat_count"],
        sold=row["sold"],
        ticket_limit=row["ticket_limit"],
        status=EventStatus(row["status"]),
        ends_at=row["ends_at"],
        sales=SalesWindow(row["sales_start"], row["sales_end"]),
        cancellable_until=row["cancellable_until"],
        presentation=Presentation(
            organization_id=OrganizationId(str(row["organization_id"])) if row["organization_id"] else None,
            venue_id=VenueId(str(row["venue_id"])) if row["venue_id"] else None,
            category_id=CategoryId(str(row["category_id"])) if row["category_id"] else None,
            artist=row["artist"],
            tour_name=row["tour_name"],
        ),
        currency=row["currency"],
        blocked=row["blocked"],
        version=row["version"],
    )


def _ranges(rows: list[asyncpg.Record]) -> list[tuple[int, int]]:
    return [(row["first"], row["last"]) for row in rows]


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
        sales=SalesWindow(row["sales_start"], row["sales_end"]),
        blocked=row["blocked"],
    )


def _found(row: asyncpg.Record) -> FoundEvent:
    event = event_of(row)
    category_id = event.presentation.category_id
    return FoundEvent(
        event=event,
        created_at=row["created_at"],
        venue=_venue(row) if row["venue_id"] else None,
        category=Category(category_id, row["category_name"]) if category_id else None,
        organization_name=row["organization_name"],
        lowest_price=row["lowest_price"],
        highest_price=row["highest_price"],
    )


def _venue(row: asyncpg.Record) -> Venue:
    """The venue of an event that was found."""
    return Venue(
        id=VenueId(str(row["venue_id"])),
        organization_id=OrganizationId(str(row["venue_organization_id"])) if row["venue_organization_id"] else None,
        name=row["venue_name"],
        address=row["venue_address"],
        city=row["venue_city"],
        country=row["venue_country"],
        coordinates=coordinates_of(row["venue_latitude"], row["venue_longitude"]),
        capacity=row["venue_capacity"],
        version=row["venue_version"],
    )
