"""Messages about bookings."""

from typing import Annotated

import msgspec

from booked.adapters.http.contracts.v1.messages.cancellation import CancellationTermsBody
from booked.adapters.http.contracts.v1.messages.events import EventState
from booked.adapters.http.contracts.v1.messages.reservations import (
    BestAvailable,
    Split,
    Together,
    require_best_to_split,
)
from booked.adapters.http.contracts.v1.messages.states import State
from booked.adapters.http.contracts.v1.messages.ticket_types import type_number_in
from booked.adapters.http.contracts.v1.messages.tickets import BookedTicketBody, EventRef, Gate, Ids, TicketCount
from booked.adapters.http.errors import InvalidJSON
from booked.adapters.http.requests.fields import Amount, Currency, Id, Time, amount_text, shown
from booked.adapters.http.requests.former_names import formerly
from booked.domain.model.ids import EventId, TicketTypeId, event_of, parse_uuid
from booked.domain.model.money import Money
from booked.domain.model.people.users import EMAIL_LENGTH
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.services.sale.booking_views import BookingView

Standing = Annotated[int, shown("How many tickets stand.", minimum=0)]
Wanted = Annotated[TicketCount, formerly("quantity", "A number of tickets.")]
BuyerName = Annotated[str, shown("The buyer's name.", minLength=1)]
BuyerEmail = Annotated[str, shown("Their address; null for a guest of a counter.", maxLength=EMAIL_LENGTH)]
Code = Annotated[str, shown("To be read out at the door.", pattern="^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$")]


class BookingState(State):
    """A booking is active while any of its tickets stands."""

    ACTIVE = "ACTIVE"
    CANCELLED = "CANCELLED"


class BookingRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reservation; or a number of tickets of a type; or tickets held for you, for example by an offer."""

    reservation_id: Id | None = None
    ticket_type_id: Annotated[Id, formerly("event_ticket", "The ticket type.")] | None = None
    num_tickets: Wanted | None = None
    best_available: BestAvailable = False
    split: Split = False
    tickets: Ids | None = None

    def require_one_form(self) -> None:
        """Raise `InvalidJSON` if this asks for several things at once, or for none."""
        of_type = self.ticket_type_id is not None
        forms = [self.reservation_id is not None, of_type, self.tickets is not None]
        if sum(forms) != 1 or of_type != (self.num_tickets is not None) or (self.best_available and not of_type):
            raise InvalidJSON("Send either `reservation_id`, or `ticket_type_id` and `num_tickets`, or `tickets`.")
        require_best_to_split(self.best_available, self.split)

    def of_type(self) -> tuple[EventId, TicketRequest]:
        """Return the event, and how many tickets of which of its types. Raises `NoSuchTicketType`."""
        type_id = TicketTypeId(parse_uuid(self.ticket_type_id or ""))
        event_id = event_of(type_id)
        type_number = type_number_in(event_id, type_id)
        return event_id, TicketRequest(self.num_tickets or 0, type_number, (), self.best_available, self.split)


class QuantityRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    num_tickets: Wanted


class SeatRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    seat_id: Id


class CheckInRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ticket: Annotated[Id, shown("The ticket that is admitted.")]
    gate: Gate = ""


class BookingBody(msgspec.Struct, frozen=True):
    """`tickets` also has the cancelled tickets; `num_tickets`, `total` and `together` are about those that stand.

    `event_status` tells whether its event was called off. `cancellation` are its terms now: those it was made under, or
    the event's where they are better. `refund` is what comes back if its owner cancels it now, null if that is not
    possible any more, for example once a ticket is checked in; of a cancelled booking it is what came back.
    """

    id: Id
    event: EventRef
    event_status: EventState
    user_id: Id
    name: BuyerName
    email: BuyerEmail | None
    status: BookingState
    code: Code
    tickets: list[BookedTicketBody]
    num_tickets: Standing
    quantity: Annotated[Standing, shown("The former name of `num_tickets`.", deprecated=True)]
    total: Amount
    refund: Amount | None
    currency: Currency
    cancellation: CancellationTermsBody
    booked_at: Time
    updated_at: Time
    together: Together | None

    @classmethod
    def of(cls, view: BookingView) -> "BookingBody":
        record = view.record
        return cls(
            id=record.id,
            event=EventRef.of(record.event),
            event_status=EventState.of(record.event.status),
            user_id=record.user_id,
            name=record.buyer.name,
            email=record.buyer.email or None,
            status=BookingState(record.status),
            code=record.code,
            tickets=[BookedTicketBody.of(record, ticket) for ticket in view.tickets],
            num_tickets=len(record.standing),
            quantity=len(record.standing),
            total=amount_text(record.total),
            refund=None if view.refund is None else amount_text(Money(view.refund, record.event.currency)),
            currency=record.total.currency,
            cancellation=CancellationTermsBody.of(view.terms, record.event.currency),
            booked_at=record.booked_at,
            updated_at=record.updated_at,
            together=view.together,
        )
