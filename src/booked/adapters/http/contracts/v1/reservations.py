"""Reservations: tickets held for a user for a while."""

import msgspec
from litestar.params import JSONBody

from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.contracts.v1.examples.sale import EVENT, RESERVATION, STALLS
from booked.adapters.http.contracts.v1.messages.reservations import (
    Operation,
    ReservationBody,
    ReservationChange,
    ReservationPosition,
    ReservationRequest,
)
from booked.adapters.http.contracts.v1.refusals import NOT_TO_BE_HAD
from booked.adapters.http.requests.idempotency import IdempotencyHeader
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.parameters import Params
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import Page, PageQuery, page_of, position_in
from booked.adapters.http.responses.replies import created
from booked.domain.errors import Busy, NoSuchReservation, ReservationFixed
from booked.domain.model.ids import EventId, ReservationId, parse_uuid

resource = Resource("/api/v1/reservations/", "v1 · Reservations", in_time=True)


@resource.post(
    "",
    "The reservation.",
    rushed=True,
    sends=ReservationRequest(EVENT.id, 2, STALLS.id, best_available=True),
    returns=RESERVATION,
    gives=["Location"],
    refuses=NOT_TO_BE_HAD,
)
async def reserve(
    request: ApiRequest, data: JSONBody[ReservationRequest], idempotency_key: IdempotencyHeader
) -> Answer[ReservationBody]:
    """Reserve tickets: all of them, or none.

    They are held for you until `expires_at`, at today's price. Book them in time. Without a ticket type they are of the
    cheapest one with enough tickets left; with `best_available` as well, they are the best seats at any price.
    """
    event_id = EventId(parse_uuid(data.event_id))
    user_id, asked_for = request.identity.user_id, data.asked_for(event_id)
    limited = await request.services.limits.reserve(user_id, request.client_address)
    made = await request.services.reservations.make(user_id, event_id, asked_for, idempotency_key, limited=limited)
    return created(ReservationBody.of(made), f"{resource.path}{made.reservation.id}/")


@resource.get("", "A page of reservations, ordered by when they lapse.", returns=Page([RESERVATION], None))
async def list_reservations(request: ApiRequest, params: Params[PageQuery]) -> Page[ReservationBody]:
    """List your reservations."""
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

    It lapses at the same time as before. Added tickets are of the same type; at least one ticket stays. Send an
    Idempotency-Key: without it, the request counts again when a library repeats it.
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
