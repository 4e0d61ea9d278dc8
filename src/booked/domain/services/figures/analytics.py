"""Figures for those who run events, from counters kept with the sale.

`actor` is an organizer or an admin, as the database has just confirmed.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from zoneinfo import ZoneInfo

from booked.domain.errors import NoEventFound
from booked.domain.model.figures.analytics import (
    EVER_ON_SALE,
    Cancellations,
    DayTotals,
    EventFigures,
    EventSales,
    Funnel,
    by_day,
    by_type,
)
from booked.domain.model.figures.halls import HallUse, uses_of
from booked.domain.model.figures.hours import SpanTotals, bounds_of, by_hour
from booked.domain.model.figures.reports import EventReport, Overview
from booked.domain.model.ids import EventId
from booked.domain.model.people.users import Role, User
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.sale.holds import SeatMap
from booked.domain.services.people.rights import organizations_of
from booked.domain.services.programme.search import ProgrammeService
from booked.domain.services.programme.ticket_types import TicketTypeService
from booked.ports.database import Database
from booked.ports.figures import Funnels
from booked.ports.holds import Availability, EventIsCold

SEATS_A_MAP = 100_000


class AnalyticsHolds(Availability, Funnels, Protocol):
    """What this service needs of the hold store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyticsService:
    database: Database
    holds: AnalyticsHolds
    programme: ProgrammeService
    ticket_types: TicketTypeService

    async def sales(self, statuses: Collection[EventStatus] = EVER_ON_SALE) -> list[EventSales]:
        return await self.database.analytics.sales(statuses)

    async def cancellations(self) -> list[Cancellations]:
        return await self.database.analytics.cancellations(EVER_ON_SALE)

    async def overview(self, actor: User, after: EventId | None, limit: int) -> Sequence[Overview]:
        """Return figures of events, newest first: of all for an admin, of their organizations' for an organizer."""
        organizations = None if actor.role is Role.ADMIN else await organizations_of(self.database.organizations, actor)
        figures = await self.database.analytics.figures(organizations, after, limit, self.programme.timezone)
        available = await self.programme.available([one.event for one in figures])
        return [
            Overview(one, count, one.event.timezone or one.venue_timezone or self.programme.timezone)
            for one, count in zip(figures, available, strict=True)
        ]

    async def report(
        self, actor: User, event_id: EventId, timezone: str | None = None, day: date | None = None
    ) -> EventReport:
        """Return all figures of an event, by days of a time zone: by default its own.

        Of one day it has the hours, too: by default of the last one on which anything happened.

        Raises `NoEventFound` or `NotYourOrganization`.
        """
        await self.programme.require_organizer(actor, event_id)
        event, sales = await self.ticket_types.of(actor, event_id)
        zone = timezone or (await self.programme.event(actor, event_id)).timezone
        days = await self.database.analytics.days(event_id, zone)
        types = by_type(sales, days, on_sale=event.status is EventStatus.PUBLISHED)
        withheld = sum(one.free for one in sales if not one.on_offer)
        held, available, funnel = await self._reserved(event, withheld)
        totals = EventFigures(
            event,
            booked=sum(one.booked for one in types),
            cancelled=sum(one.cancelled for one in types),
            revenue=sum(one.revenue for one in types),
        )
        shown = by_day(days)
        hours = await self._hours(event_id, zone, shown, day)
        return EventReport(totals, types, shown, held, available, funnel, zone, hours)

    async def hall(self, actor: User, event_id: EventId) -> HallUse:
        """Return what became of the seats of an event's hall, up to the ticket `SEATS_A_MAP`.

        Raises `NoEventFound` or `NotYourOrganization`.
        """
        event = await self.programme.require_organizer(actor, event_id)
        plan = await self.database.ticket_plans.get(event_id)
        if plan is None:
            raise NoEventFound
        seats = min(plan.capacity, SEATS_A_MAP)
        # In this order: a ticket that is booked meanwhile is sold, and not free.
        taken = await self._taken(event, seats)
        sold = await self.database.analytics.sold_ranges(event_id, seats)
        return HallUse.of(event, plan, uses_of(seats, taken, sold))

    async def _taken(self, event: Event, seats: int) -> SeatMap | None:
        """Return which tickets are taken; None where nobody holds any."""
        if event.status is not EventStatus.PUBLISHED:
            return None
        try:
            return await self.holds.seat_map(event.id, 1, seats)
        except EventIsCold:
            return None

    async def _hours(
        self, event_id: EventId, timezone: str, days: Sequence[DayTotals], day: date | None
    ) -> list[SpanTotals]:
        """Return the hours of a day, none if nothing happened on it."""
        chosen = next((each.day for each in reversed(days) if day in {None, each.day}), None)
        if chosen is None:
            return []
        zone = ZoneInfo(timezone)
        return by_hour(chosen, zone, await self.database.analytics.quarters(event_id, *bounds_of(chosen, zone)))

    async def _reserved(self, event: Event, withheld: int) -> tuple[int, int, Funnel]:
        """Return how many tickets are held, how many the public can reserve, and what became of reserved tickets.

        It cannot reserve the `withheld` ones, although they are free.
        """
        funnel = await self.holds.funnel(event.id)
        if event.status is not EventStatus.PUBLISHED:
            return 0, 0, funnel
        try:
            stock = await self.holds.stock(event.id)
        except EventIsCold:
            return 0, 0, funnel
        return stock.held + stock.claimed, max(0, stock.public - withheld), funnel
