"""Messages about places on waitlists."""

from enum import StrEnum
from typing import Annotated

import msgspec

from booked.adapters.http.contracts.v1.messages.tickets import EventName, HeldTicketBody, TicketCount, TicketTypeRef
from booked.adapters.http.requests.fields import CanonicalId, Id, Time, shown
from booked.domain.model.ids import ticket_ids
from booked.domain.model.sale.priced_places import PricedWaitlistPlace


class PlaceState(StrEnum):
    """A place waits until tickets are offered. It lapses when its offer is not booked in time, or when sales end.

    It is withdrawn when its owner leaves, or when the event is called off or over.
    """

    WAITING = "waiting"
    OFFERED = "offered"
    BOOKED = "booked"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class WaitRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """With `ticket_type_id` you wait for tickets of that type, without it for any."""

    event_id: Id
    num_tickets: TicketCount
    ticket_type_id: Id | None = None


class WaitedFor(msgspec.Struct, frozen=True):
    id: Id
    name: EventName


class PlaceBody(msgspec.Struct, frozen=True):
    """A place in a queue. An offer has the ids of its `tickets`, to be booked by `offer_expires_at`.

    `offered_tickets` says what they are, and what each costs if it is booked now.
    """

    id: Id
    event: WaitedFor
    ticket_type: TicketTypeRef | None
    num_tickets: TicketCount
    state: PlaceState
    position: Annotated[int, shown("Counted from 1; null unless the place waits.", minimum=1)] | None
    tickets: list[Id]
    offered_tickets: list[HeldTicketBody]
    joined_at: Time
    offer_expires_at: Time | None

    @classmethod
    def of(cls, offered: PricedWaitlistPlace) -> "PlaceBody":
        place = offered.place
        return cls(
            id=place.entry_id,
            event=WaitedFor(place.event_id, place.event_name),
            ticket_type=TicketTypeRef.of(place.event_id, offered.type) if offered.type else None,
            num_tickets=place.count,
            state=PlaceState(place.state),
            position=place.position,
            tickets=[str(ticket) for ticket in ticket_ids(place.event_id, place.numbers)],
            offered_tickets=[HeldTicketBody.of(offered.event, ticket) for ticket in offered.tickets],
            joined_at=place.joined_at,
            offer_expires_at=place.offer_expires_at,
        )


class PlacePosition(msgspec.Struct, frozen=True):
    """The position of a place in the order of the list."""

    joined_at: Time
    id: CanonicalId

    @classmethod
    def of(cls, offered: PricedWaitlistPlace) -> "PlacePosition":
        return cls(offered.place.joined_at, offered.place.entry_id)
