"""Figures for admins."""

from dataclasses import dataclass

from booked.domain.model.analytics import Cancellations, EventSales
from booked.ports.database import Database


@dataclass(frozen=True, slots=True)
class AnalyticsService:
    database: Database

    async def sales(self) -> list[EventSales]:
        return await self.database.analytics.sales()

    async def cancellations(self) -> list[Cancellations]:
        return await self.database.analytics.cancellations()
