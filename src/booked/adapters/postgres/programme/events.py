"""Events: how they are written, and locked to be changed."""

from booked.adapters.postgres.programme.plans import KEEP_PLAN, arguments
from booked.adapters.postgres.programme.rows import COLUMNS, event_of, parameters, values_of
from booked.adapters.postgres.programme.search import EventFinder
from booked.adapters.postgres.statements import Statements
from booked.domain.model.ids import EventId
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.ticket_types import TicketPlan, standard_plan

ADD = f"""
    WITH {KEEP_PLAN}
    INSERT INTO events (id, seat_count, status, {", ".join(COLUMNS)})
    VALUES ($1, $23, $24, {parameters(25)})
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


class PostgresEvents(EventFinder):
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def add(self, event: Event, plan: TicketPlan | None = None) -> None:
        plan_columns = arguments(plan or standard_plan(event.seat_count))
        await self._statements.write(ADD, event.id, *plan_columns, event.seat_count, event.status, *values_of(event))

    async def lock(self, event_id: EventId) -> Event | None:
        rows = await self._statements.write(LOCK, event_id)
        return event_of(rows[0]) if rows else None

    async def lock_any(self, event_id: EventId) -> Event | None:
        rows = await self._statements.write(LOCK_ANY, event_id)
        return event_of(rows[0]) if rows else None

    async def save(self, event: Event) -> None:
        await self._statements.write(SAVE, event.id, *values_of(event))

    async def set_status(self, event_id: EventId, status: EventStatus) -> None:
        await self._statements.write(SET_STATUS, event_id, status)
