"""Tickets as reservations and bookings show them, and what these have in common."""

from enum import StrEnum
from typing import Annotated

import msgspec

from booked.adapters.http.requests.fields import Amount, Id, Time, amount_text, shown
from booked.domain.model.ids import EventId, TicketId, parse_uuid, ticket_id, ticket_type_id
from booked.domain.model.money import Money
from booked.domain.model.programme.events import NAME_LENGTH, Event, EventStatus
from booked.domain.model.programme.seating import SEATS_MOST, SECTION_LENGTH, Seat
from booked.domain.model.programme.ticket_types import TYPE_NAME_LENGTH, TicketType
from booked.domain.model.sale.bookings import BookingRecord, PlacedTicket
from booked.domain.model.sale.check_ins import GATE_LENGTH
from booked.domain.model.sale.holds import TICKETS_A_REQUEST
from booked.domain.model.sale.reservations import PricedTicket

EventName = Annotated[str, shown(minLength=1, maxLength=NAME_LENGTH)]
TypeName = Annotated[str, shown(minLength=1, maxLength=TYPE_NAME_LENGTH)]
Section = Annotated[str, shown("The section; null without a seat.", minLength=1, maxLength=SECTION_LENGTH)]
Row = Annotated[str, shown("The row as it is written there; null without a seat.", minLength=1)]
SeatNumber = Annotated[int, shown("The number in the row; null without a seat.", minimum=1)]
TicketCount = Annotated[int, shown("A number of tickets.", minimum=1, maximum=TICKETS_A_REQUEST)]
Count = Annotated[int, shown("A number of tickets.", minimum=0, maximum=SEATS_MOST)]
Gate = Annotated[str, shown("Where a ticket is admitted; empty if nobody said.", maxLength=GATE_LENGTH)]
Ids = Annotated[list[Id], shown(minItems=1, maxItems=TICKETS_A_REQUEST)]


class EventRef(msgspec.Struct, frozen=True):
    id: Id
    name: EventName
    starts_at: Time

    @classmethod
    def of(cls, event: Event) -> "EventRef":
        return cls(event.id, event.name, event.starts_at)


class TicketTypeRef(msgspec.Struct, frozen=True):
    id: Id
    name: TypeName

    @classmethod
    def of(cls, event_id: EventId, type_: TicketType) -> "TicketTypeRef":
        return cls(ticket_type_id(event_id, type_.number), type_.name)


class TicketBody(msgspec.Struct, frozen=True):
    id: Id
    ticket_type: TicketTypeRef
    section: Section | None
    row: Row | None
    seat_number: SeatNumber | None
    price: Amount


class HeldTicketBody(TicketBody, frozen=True):
    """A ticket, and what it costs if it is booked in time."""

    @classmethod
    def of(cls, event: Event, ticket: PricedTicket) -> "HeldTicketBody":
        return cls(
            ticket_id(event.id, ticket.number),
            TicketTypeRef.of(event.id, ticket.type),
            *_place(ticket.seat),
            amount_text(Money(ticket.price, event.currency)),
        )


class CancelledBy(StrEnum):
    """Who cancelled a ticket: the owner of its booking, or those who run the event."""

    OWNER = "OWNER"
    ORGANIZER = "ORGANIZER"


class BookedTicketBody(TicketBody, frozen=True):
    """A ticket, and what was paid for it.

    Of a cancelled one `refunded` is what came back, and `cancel_reason` why it was cancelled, empty if nobody said.
    `cancelled_by` is null if the whole event was called off. `checked_in_at` is when it was admitted at the door, null
    if it was not.
    """

    cancelled: bool
    cancelled_by: CancelledBy | None = None
    cancel_reason: str = ""
    refunded: Amount | None = None
    checked_in_at: Time | None = None
    gate: Gate = ""

    @classmethod
    def of(cls, record: BookingRecord, placed: PlacedTicket) -> "BookedTicketBody":
        event, ticket = record.event, placed.ticket
        cancelled = ticket.cancelled_at is not None or event.status is EventStatus.CANCELLED
        canceller = CancelledBy.OWNER if ticket.cancelled_by == record.user_id else CancelledBy.ORGANIZER
        return cls(
            ticket_id(event.id, ticket.number),
            TicketTypeRef.of(event.id, placed.type),
            *_place(placed.seat),
            amount_text(Money(ticket.price, event.currency)),
            cancelled,
            canceller if ticket.cancelled_by else None,
            ticket.cancel_reason,
            amount_text(Money(ticket.price - ticket.fee, event.currency)) if cancelled else None,
            ticket.checked_in_at,
            ticket.gate,
        )


def parsed_tickets(ids: list[str]) -> list[TicketId]:
    return [TicketId(parse_uuid(id_)) for id_ in ids]


def _place(seat: Seat | None) -> tuple[str | None, str | None, int | None]:
    return (seat.section, seat.row, seat.seat) if seat else (None, None, None)
