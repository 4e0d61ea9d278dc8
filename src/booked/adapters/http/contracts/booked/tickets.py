"""Tickets: reserve, book, cancel."""

import msgspec
from litestar import MediaType
from litestar.params import JSONBody

from booked.adapters.http.contracts.booked.fields import EVENT, TICKETS, TicketCount, event_id
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.requests.fields import Id
from booked.adapters.http.requests.request import ApiRequest
from booked.domain.errors import (
    BelowMinimum,
    Busy,
    CancellationClosed,
    InvalidUUID,
    NoEventFound,
    NotYourTicket,
    OverTicketLimit,
    SalesClosed,
    TicketNotReserved,
    TooFewTickets,
    TooManyRequests,
)
from booked.domain.model.ids import TicketId, parse_uuid

resource = Resource("/ticket/", "Tickets", in_time=True)


class ReserveRequest(msgspec.Struct, frozen=True):
    event_id: Id = ""
    count: TicketCount = 0


class ReservedBody(msgspec.Struct, frozen=True):
    ticket_ids: list[Id]


class BookRequest(msgspec.Struct, frozen=True):
    ticket_ids: list[Id] = []


class CancelRequest(msgspec.Struct, frozen=True):
    event_id: Id = ""
    count: TicketCount = 0


@resource.post(
    "reserve/",
    "The tickets, which nobody else can reserve or book until the reservation lapses.",
    rushed=True,
    status=200,
    sends=ReserveRequest(EVENT, 2),
    returns=ReservedBody(TICKETS),
    refuses=[
        InvalidUUID,
        NoEventFound,
        TooFewTickets,
        BelowMinimum,
        OverTicketLimit,
        SalesClosed,
        TooManyRequests,
        Busy,
    ],
)
async def reserve(request: ApiRequest, data: JSONBody[ReserveRequest]) -> ReservedBody:
    """Reserve tickets of an event.

    All of them are reserved, or none; the cheapest that are left. Book them in time: a reservation lapses after ten
    minutes, unless the operator has set another time.
    """
    user_id, event = request.identity.user_id, event_id(data.event_id)
    limited = await request.services.limits.reserve(user_id, request.client_address)
    tickets = await request.services.sale.reserve(user_id, event, data.count, limited=limited)
    return ReservedBody([str(ticket) for ticket in tickets])


@resource.post(
    "book/",
    "The tickets are yours.",
    rushed=True,
    status=200,
    media_type=MediaType.TEXT,
    sends=BookRequest(TICKETS),
    refuses=[InvalidUUID, TicketNotReserved, NotYourTicket, OverTicketLimit, Busy],
)
async def book(request: ApiRequest, data: JSONBody[BookRequest]) -> None:
    """Book tickets you reserved.

    All of them are booked, or none; they belong to one event. Sending the request again is safe: what is yours
    already stays yours.
    """
    tickets = [TicketId(parse_uuid(id_)) for id_ in data.ticket_ids]
    try:
        await request.services.sale.book(request.identity.user_id, tickets)
    except NoEventFound as cause:  # this contract knows no such refusal here
        raise TicketNotReserved from cause


@resource.post(
    "cancel/",
    "The tickets are cancelled.",
    status=200,
    media_type=MediaType.TEXT,
    sends=CancelRequest(EVENT, 2),
    refuses=[InvalidUUID, TooFewTickets, OverTicketLimit, CancellationClosed],
)
async def cancel(request: ApiRequest, data: JSONBody[CancelRequest]) -> None:
    """Cancel your newest tickets of an event, until the time its organizer has set, if any."""
    await request.services.sale.cancel(request.identity.user_id, event_id(data.event_id), data.count)
