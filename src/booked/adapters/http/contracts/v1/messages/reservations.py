"""Messages about reservations."""

from enum import StrEnum
from typing import Annotated

import msgspec

from booked.adapters.http.contracts.v1.messages.ticket_types import optional_type_number
from booked.adapters.http.contracts.v1.messages.tickets import Count, HeldTicketBody, Ids, TicketCount, parsed_tickets
from booked.adapters.http.errors import InvalidJSON
from booked.adapters.http.requests.fields import Amount, CanonicalId, Currency, Id, Time, amount_text, shown
from booked.domain.model.ids import EventId
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.services.sale.reservations import PricedReservation

BestAvailable = Annotated[bool, shown("The best seats next to each other in one row.")]
Split = Annotated[bool, shown("With `best_available`: a party that fits in no row may sit in groups.")]
Together = Annotated[bool, shown("Whether all seats are next to each other in one row; null without seats.")]


class ReservationStatus(StrEnum):
    """A reservation ends when it is booked, given back or not booked in time."""

    HELD = "held"
    ENDED = "ended"


class Operation(StrEnum):
    INCREASE = "increase number of tickets"
    DECREASE = "decrease number of tickets"


class ReservationRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Either `num_tickets`, of a ticket type or the cheapest, and `best_available` or not; or `seats` alone."""

    event_id: Id
    num_tickets: TicketCount | None = None
    ticket_type_id: Id | None = None
    seats: Ids | None = None
    best_available: BestAvailable = False
    split: Split = False

    def asked_for(self, event_id: EventId) -> TicketRequest:
        if self.seats is not None:
            if self.num_tickets is not None or self.ticket_type_id is not None or self.best_available or self.split:
                raise InvalidJSON("Send `seats` alone, or `num_tickets` with what else they should be.")
            return TicketRequest(seats=parsed_tickets(self.seats))
        type_number = optional_type_number(event_id, self.ticket_type_id)
        require_best_to_split(self.best_available, self.split)
        return TicketRequest(self.num_tickets or 0, type_number, (), self.best_available, self.split)


def require_best_to_split(best_available: bool, split: bool) -> None:
    """Raise `InvalidJSON` if a party may be split without asking for seats together."""
    if split and not best_available:
        raise InvalidJSON("Send `split` only with `best_available`: true.")


class ReservationChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many tickets to add or to give back."""

    num_tickets: TicketCount
    operation: Operation


class ReservationBody(msgspec.Struct, frozen=True):
    """`tickets` has the tickets still held; `num_tickets` counts them, and `together` is about them."""

    id: Id
    event_id: Id
    status: ReservationStatus
    num_tickets: Count
    tickets: list[HeldTicketBody]
    total: Amount
    currency: Currency
    expires_at: Time
    seconds_left: Annotated[int, shown("Until it lapses.", minimum=0)]
    extensions_left: Annotated[int, shown("How often it can be extended.", minimum=0)]
    together: Together | None

    @classmethod
    def of(cls, priced: PricedReservation) -> "ReservationBody":
        return cls(
            id=priced.reservation.id,
            event_id=priced.event.id,
            status=ReservationStatus.HELD if priced.tickets else ReservationStatus.ENDED,
            num_tickets=len(priced.tickets),
            tickets=[HeldTicketBody.of(priced.event, ticket) for ticket in priced.tickets],
            total=amount_text(priced.total),
            currency=priced.total.currency,
            expires_at=priced.reservation.expires_at,
            seconds_left=priced.seconds_left,
            extensions_left=priced.extensions_left,
            together=priced.together,
        )


class ReservationPosition(msgspec.Struct, frozen=True):
    """The position of a reservation in the order of the list."""

    expires_at: Time
    id: CanonicalId

    @classmethod
    def of(cls, priced: PricedReservation) -> "ReservationPosition":
        return cls(priced.reservation.expires_at, priced.reservation.id)
