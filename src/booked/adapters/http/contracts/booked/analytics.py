"""Figures for admins."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.booked.fields import EVENT
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.requests.fields import Id, shown
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.long_lists import list_answer
from booked.domain.model.figures.analytics import Cancellations, EventSales
from booked.domain.model.programme.events import EventStatus

Status = Annotated[EventStatus, shown("There only if the event is not on sale: it is over, or postponed.")]

resource = Resource("/analytics/", "Analytics", Access.ADMIN)


class SalesBody(msgspec.Struct, frozen=True):
    """`capacity_utilisation` is the share of seats sold; "today" is the day in UTC."""

    event_id: Id
    total_seats: int
    sold_tickets: int
    capacity_utilisation: float
    today_booked_tickets: int
    event_status: Status | UnsetType = UNSET

    @classmethod
    def of(cls, sales: EventSales) -> "SalesBody":
        return cls(
            sales.event_id,
            sales.seats,
            sales.sold,
            sales.capacity_utilisation,
            sales.booked_today,
            _unless_on_sale(sales.status),
        )


class CancellationRateBody(msgspec.Struct, frozen=True):
    """The share of all booked tickets cancelled since."""

    event_id: Id
    cancellation_rate: float
    event_status: Status | UnsetType = UNSET

    @classmethod
    def of(cls, cancellations: Cancellations) -> "CancellationRateBody":
        return cls(cancellations.event_id, cancellations.rate, _unless_on_sale(cancellations.status))


def _unless_on_sale(status: EventStatus) -> EventStatus | UnsetType:
    return UNSET if status is EventStatus.PUBLISHED else status


@resource.get(
    "",
    "All events that were put on sale and not called off, those sold best first.",
    returns=[SalesBody(EVENT, 100, 75, 0.75, 10)],
)
async def sales(request: ApiRequest) -> Answer[list[SalesBody]]:
    """Show how well events sell."""
    return await list_answer(await request.services.analytics.sales(), SalesBody.of)


@resource.get(
    "cancellation_rates/",
    "All events that were put on sale and not called off, those cancelled most often first.",
    returns=[CancellationRateBody(EVENT, 0.15)],
)
async def cancellation_rates(request: ApiRequest) -> Answer[list[CancellationRateBody]]:
    """Show how often tickets are cancelled."""
    return await list_answer(await request.services.analytics.cancellations(), CancellationRateBody.of)
