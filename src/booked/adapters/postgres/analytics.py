"""Figures from the counters that each sale keeps, so that they cost the same however much was sold."""

from booked.adapters.postgres.session import Session
from booked.domain.model.analytics import Cancellations, EventSales
from booked.domain.model.ids import EventId

SALES = """
    SELECT id, seat_count, sold, coalesce(today.booked, 0) AS booked_today
    FROM events
    LEFT JOIN event_days AS today
        ON today.event_id = events.id AND today.day = (now() AT TIME ZONE 'UTC')::date
    WHERE withdrawn_at IS NULL
    ORDER BY sold::double precision / seat_count DESC, id
"""

CANCELLATIONS = """
    SELECT id, sold + cancelled AS booked, cancelled
    FROM events
    WHERE withdrawn_at IS NULL
    ORDER BY cancelled::double precision / greatest(sold + cancelled, 1) DESC, id
"""


class PostgresAnalytics:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def sales(self) -> list[EventSales]:
        rows = await self._session.read(SALES)
        return [
            EventSales(EventId(str(row["id"])), row["seat_count"], row["sold"], row["booked_today"]) for row in rows
        ]

    async def cancellations(self) -> list[Cancellations]:
        rows = await self._session.read(CANCELLATIONS)
        return [Cancellations(EventId(str(row["id"])), row["booked"], row["cancelled"]) for row in rows]
