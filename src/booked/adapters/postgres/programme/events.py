"""Events: how they are written, and locked to be changed."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from booked.adapters.postgres.programme.plans import KEEP_PLAN, arguments, type_limits
from booked.adapters.postgres.programme.rows import COLUMNS, event_of, parameters, values_of
from booked.adapters.postgres.programme.search import EventFinder
from booked.adapters.postgres.programme.zones import refusing_unknown_zones
from booked.adapters.postgres.statements import Reads, Statements
from booked.domain.errors import EventUsed, InvalidEvent, NoSuchCategory, NoSuchVenue
from booked.domain.model.ids import EventId
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.ticket_types import TicketPlan, standard_plan

ADD = f"""
    WITH {KEEP_PLAN}
    INSERT INTO events (id, seat_count, has_type_rules, type_limits, status, {", ".join(COLUMNS)})
    VALUES ($1, $28, $29, $30, $31, {parameters(32)})
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

SAVE = f"""
    UPDATE events
    SET ({", ".join(COLUMNS)}) = ({parameters(2)}), version = version + 1
    WHERE id = $1
"""

SET_STATUS = """
    UPDATE events
    SET status = $2::text,
        hold_epoch = CASE WHEN $2::text = 'published' THEN hold_epoch ELSE greatest(hold_epoch + 1, first_epoch()) END,
        version = version + 1
    WHERE id = $1 AND status <> $2::text
"""

# Only the house can have tickets of an event nobody ever booked. A booking that was begun, or a party that waits or
# waited, still refers to the event: then a constraint objects. After a sale, the counters spare it the search.
REMOVE = """
    WITH unsold AS (
        SELECT id
        FROM events
        WHERE id = $1 AND sold = blocked AND cancelled = 0
    ), blocked AS (
        DELETE FROM tickets
        USING unsold
        WHERE event_id = unsold.id AND cancelled_at IS NULL
        RETURNING booking_id
    ), unblocked AS (
        DELETE FROM tickets
        USING unsold
        WHERE event_id = unsold.id AND cancelled_at IS NOT NULL
        RETURNING booking_id
    ), house AS (
        DELETE FROM bookings
        WHERE event_id = $1 AND id IN (SELECT booking_id FROM blocked UNION SELECT booking_id FROM unblocked)
    ), block AS (
        DELETE FROM blocks
        USING unsold
        WHERE event_id = unsold.id
    ), type AS (
        DELETE FROM ticket_types
        USING unsold
        WHERE event_id = unsold.id
    )
    DELETE FROM events
    USING unsold
    WHERE events.id = unsold.id
    RETURNING events.id
"""

# What an event refers to was removed meanwhile.
VANISHED = {"events_venue_id_fkey": NoSuchVenue, "events_category_id_fkey": NoSuchCategory}


class PostgresEvents(EventFinder):
    def __init__(self, statements: Statements, long_reads: Reads | None = None) -> None:
        self._statements = statements
        self._long_reads = long_reads or statements

    async def add(self, event: Event, plan: TicketPlan | None = None) -> None:
        plan = plan or standard_plan(event.seat_count)
        columns = (
            *arguments(plan),
            event.seat_count,
            plan.has_rules,
            type_limits(plan),
            event.status,
            *values_of(event),
        )
        with _missing_what_vanished(), refusing_unknown_zones(InvalidEvent):
            await self._statements.write(ADD, event.id, *columns)

    async def lock(self, event_id: EventId) -> Event | None:
        rows = await self._statements.write(LOCK, event_id)
        return event_of(rows[0]) if rows else None

    async def lock_any(self, event_id: EventId) -> Event | None:
        rows = await self._statements.write(LOCK_ANY, event_id)
        return event_of(rows[0]) if rows else None

    async def save(self, event: Event) -> None:
        with _missing_what_vanished(), refusing_unknown_zones(InvalidEvent):
            await self._statements.write(SAVE, event.id, *values_of(event))

    async def set_status(self, event_id: EventId, status: EventStatus) -> None:
        await self._statements.write(SET_STATUS, event_id, status)

    async def remove(self, event_id: EventId) -> None:
        try:
            removed = await self._statements.write(REMOVE, event_id)
        except asyncpg.ForeignKeyViolationError as cause:
            raise EventUsed from cause
        if not removed:
            raise EventUsed


@contextmanager
def _missing_what_vanished() -> Iterator[None]:
    try:
        yield
    except asyncpg.ForeignKeyViolationError as cause:
        error = VANISHED.get(cause.constraint_name or "")
        if error is None:
            raise
        raise error from cause
