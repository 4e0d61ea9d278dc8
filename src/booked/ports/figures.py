"""Figures for organizers and operators, from counters."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from booked.domain.model.figures.analytics import (
    ON_SALE,
    Cancellations,
    DayFigures,
    EventFigures,
    EventSales,
    Funnel,
    SoldRange,
)
from booked.domain.model.figures.hours import SpanTotals
from booked.domain.model.ids import EventId, OrganizationId
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.timezones import UTC_NAME


class Analytics(Protocol):
    async def sales(self, statuses: Collection[EventStatus] = ON_SALE) -> list[EventSales]:
        """Return events of some statuses by capacity utilisation, best first."""
        ...

    async def cancellations(self, statuses: Collection[EventStatus] = ON_SALE) -> list[Cancellations]:
        """Return events of some statuses by how often their tickets are cancelled, most often first."""
        ...

    async def days(self, event_id: EventId, timezone: str = UTC_NAME) -> list[DayFigures]:
        """Return what happened to an event's tickets by day and type, without days on which nothing did.

        Days are those of a time zone.
        """
        ...

    async def quarters(self, event_id: EventId, begin: datetime, end: datetime) -> list[SpanTotals]:
        """Return what happened to an event's tickets by quarters of an hour, without those in which nothing did.

        They begin at `begin` or later and before `end`.
        """
        ...

    async def sold_ranges(self, event_id: EventId, last: int) -> list[SoldRange]:
        """Return which tickets up to the number `last` are sold or blocked, in ascending order."""
        ...

    async def figures(
        self,
        organizations: frozenset[OrganizationId] | None,
        after: EventId | None,
        limit: int,
        timezone: str = UTC_NAME,
    ) -> list[EventFigures]:
        """Return counters of all events, or of these organizations' events, newest first, after one of them.

        Today is the day in `timezone` where neither an event nor its venue has a time zone.
        """
        ...


class Funnels(Protocol):
    async def funnel(self, event_id: EventId) -> Funnel:
        """Return what became of reserved tickets. The event may be cold.

        A flip keeps these counts, and so does a discard, which counts held tickets as lapsed. Only a loss of everything
        ends them, and a discard up to `LAST_EPOCH`.
        """
        ...
