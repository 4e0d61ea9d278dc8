"""Figures for organizers and operators, from counters."""

from typing import Protocol

from booked.domain.model.figures.analytics import Cancellations, DayFigures, EventFigures, EventSales
from booked.domain.model.ids import EventId, OrganizationId


class Analytics(Protocol):
    async def sales(self) -> list[EventSales]:
        """Events on sale by capacity utilisation, best first."""
        ...

    async def cancellations(self) -> list[Cancellations]:
        """Events on sale by how often their tickets are cancelled, most often first."""
        ...

    async def days(self, event_id: EventId) -> list[DayFigures]:
        """What happened to an event's tickets on each day on which anything did, by type, from counters."""
        ...

    async def figures(
        self, organizations: frozenset[OrganizationId] | None, after: EventId | None, limit: int
    ) -> list[EventFigures]:
        """Counters of all organizations' events or of these', newest first, from behind one of them on."""
        ...
