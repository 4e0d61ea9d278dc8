"""Reservations: tickets that are held for somebody for a while."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import msgspec
from litestar.params import JSONBody

from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.contracts.v1.ticket_types import optional_type_number
from booked.adapters.http.contracts.v1.tickets import (
    EVENT,
    SEATS,
    STALLS,
    HeldTicketBody,
    Ids,
    TicketCount,
    parsed_tickets,
)
from booked.adapters.http.requests.fields import Amount, CanonicalId, Currency, Id, Time, amount_text, shown
from booked.adapters.http.requests.idempotency import IdempotencyHeader
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.parameters import Params
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import Page, PageQuery, page_of, position_in
from booked.adapters.http.responses.replies import created
from booked.domain.errors import (
    Busy,
    InvalidJSON,
    NoEventFound,
    NoSuchReservation,
    NoSuchSeat,
    NoSuchTicketType,
    OverTicketLimit,
    ReservationFixed,
    SalesClosed,
    SeatTaken,
    TooFewTickets,
    TooManyRequests,
)
from booked.domain.model.ids import EventId, ReservationId, parse_uuid
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.services.sale.reservations import PricedReservation

resource = Resource("/api/v1/reservations/", "v1 · Reservations")

BestAvailable = Annotated[bool, shown("Seats next to each other in one row, the best that there are.")]


class ReservationStatus(StrEnum):
    """It has ended when it was booked, given back or not booked in time."""

    HELD = "held"
    ENDED = "ended"


class Operation(StrEnum):
    INCREASE = "increase number of tickets"
    DECREASE = "decrease number of tickets"


class ReservationRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Either `num_tickets`, of one ticket type or of any, `best_available` or not; or these `seats`."""

    event_id: Id
    num_tickets: TicketCount | None = None
    ticket_type_id: Id | None = None
    seats: Ids | None = None
    best_available: BestAvailable = False

    def asked_for(self, event_id: EventId) -> TicketRequest:
        if self.seats is not None:
            if self.num_tickets is not None or self.ticket_type_id is not None or self.best_available:
                raise InvalidJSON("Send `seats` alone, or `num_tickets` with what else they should be.")
            return TicketRequest(seats=parsed_tickets(self.seats))
        type_number = optional_type_number(event_id, self.ticket_type_id)
        return TicketRequest(self.num_tickets or 0, type_number, best_available=self.best_available)


class ReservationChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By how many tickets there are to be more or fewer."""

    num_tickets: TicketCount
    operation: Operation


class ReservationBody(msgspec.Struct, frozen=True):
    """The tickets are those that are still held."""

    id: Id
    event_id: Id
    status: ReservationStatus
    tickets: list[HeldTicketBody]
    total: Amount
    currency: Currency
    expires_at: Time
    seconds_left: Annotated[int, shown("Until it lapses.", minimum=0)]
    extensions_left: Annotated[int, shown("How often it can be extended.", minimum=0)]

    @classmethod
    def of(cls, priced: PricedReservation) -> "ReservationBody":
        return cls(
            id=priced.reservation.id,
            event_id=priced.event.id,
            status=ReservationStatus.HELD if priced.tickets else ReservationStatus.ENDED,
            tickets=[HeldTicketBody.of(priced.event, ticket) for ticket in priced.tickets],
            total=amount_text(priced.total),
            currency=priced.total.currency,
            expires_at=priced.reservation.expires_at,
            seconds_left=priced.seconds_left,
            extensions_left=priced.extensions_left,
        )


class ReservationPosition(msgspec.Struct, frozen=True):
    """Behind which reservation a page begins."""

    expires_at: Time
    id: CanonicalId

    @classmethod
    def of(cls, priced: PricedReservation) -> "ReservationPosition":
        return cls(priced.reservation.expires_at, priced.reservation.id)


RESERVATION = ReservationBody(
    id="019c5b2e-c25d-7f74-9365-a00080c0ffee",
    event_id=EVENT.id,
    status=ReservationStatus.HELD,
    tickets=[HeldTicketBody(id_, STALLS, "Stalls", "A", 17 + seat, "49.90") for seat, id_ in enumerate(SEATS)],
    total="99.80",
    currency="EUR",
    expires_at=datetime(2026, 10, 1, 12, 10, tzinfo=UTC),
    seconds_left=600,
    extensions_left=1,
)
NOT_TO_BE_HAD = [
    NoEventFound,
    NoSuchTicketType,
    NoSuchSeat,
    TooFewTickets,
    OverTicketLimit,
    SalesClosed,
    SeatTaken,
    TooManyRequests,
    Busy,
]


@resource.post(
    "",
    "The reservation.",
    sends=ReservationRequest(EVENT.id, 2, STALLS.id, best_available=True),
    returns=RESERVATION,
    gives=["Location"],
    refuses=NOT_TO_BE_HAD,
)
async def reserve(
    request: ApiRequest, data: JSONBody[ReservationRequest], idempotency_key: IdempotencyHeader
) -> Answer[ReservationBody]:
    """Reserve tickets, all that you ask for or none.

    They are held for you until `expires_at`, at today's price. Book them in time.
    """
    event_id = EventId(parse_uuid(data.event_id))
    await request.services.limits.reserve(request.identity.user_id, request.client_address)
    made = await request.services.reservations.make(
        request.identity.user_id, event_id, data.asked_for(event_id), idempotency_key
    )
    return created(ReservationBody.of(made), f"{resource.path}{made.reservation.id}/")


@resource.get("", "A page of reservations, those that lapse first first.", returns=Page([RESERVATION], None))
async def list_reservations(request: ApiRequest, params: Params[PageQuery]) -> Page[ReservationBody]:
    """List what is held for you."""
    position = position_in(params, ReservationPosition)
    after = (position.expires_at, ReservationId(position.id)) if position else None
    held = await request.services.reservations.of_user(request.identity.user_id, after, params.limit + 1)
    return page_of(held, params, ReservationBody.of, ReservationPosition.of)


@resource.get("{reservation_id:str}/", "The reservation.", returns=RESERVATION, refuses=[NoSuchReservation])
async def show_reservation(request: ApiRequest, reservation_id: PathId[ReservationId]) -> ReservationBody:
    """Show a reservation of yours, for an hour after it has lapsed too."""
    return ReservationBody.of(await request.services.reservations.get(request.identity.user_id, reservation_id))


@resource.put(
    "{reservation_id:str}/",
    "The reservation as it is now.",
    sends=ReservationChange(1, Operation.DECREASE),
    returns=RESERVATION,
    refuses=[NoSuchReservation, ReservationFixed, *NOT_TO_BE_HAD],
)
async def change_reservation(
    request: ApiRequest,
    reservation_id: PathId[ReservationId],
    data: JSONBody[ReservationChange],
    idempotency_key: IdempotencyHeader,
) -> ReservationBody:
    """Add tickets to a reservation of yours, or give some of them back.

    It lapses when it would have. More tickets are of the type of those that you have; one ticket at least stays. Send
    an Idempotency-Key: without one, the request counts again when a library repeats it.
    """
    reservations = request.services.reservations
    change = reservations.enlarge if data.operation is Operation.INCREASE else reservations.reduce
    return ReservationBody.of(await change(request.identity.user_id, reservation_id, data.num_tickets, idempotency_key))


@resource.post(
    "{reservation_id:str}/extend/",
    "The reservation as it is now.",
    status=200,
    returns=msgspec.structs.replace(RESERVATION, seconds_left=1200, extensions_left=0),
    refuses=[NoSuchReservation, ReservationFixed, Busy],
)
async def extend_reservation(
    request: ApiRequest, reservation_id: PathId[ReservationId], idempotency_key: IdempotencyHeader
) -> ReservationBody:
    """Keep a reservation of yours for longer, once."""
    return ReservationBody.of(
        await request.services.reservations.extend(request.identity.user_id, reservation_id, idempotency_key)
    )


@resource.delete(
    "{reservation_id:str}/", "Its tickets are free again.", refuses=[NoSuchReservation, ReservationFixed, Busy]
)
async def give_reservation_back(request: ApiRequest, reservation_id: PathId[ReservationId]) -> None:
    """Give a reservation of yours back."""
    await request.services.reservations.give_back(request.identity.user_id, reservation_id)
