"""Places on the waitlist as their owners see them."""

from dataclasses import dataclass

from booked.domain.model.programme.events import Event
from booked.domain.model.programme.ticket_types import TicketType
from booked.domain.model.sale.reservations import PricedTicket
from booked.domain.model.sale.waitlist import WaitlistPlace


@dataclass(frozen=True, slots=True)
class PricedWaitlistPlace:
    """An entry with its event and the type it waits for, None for any.

    `tickets` are those it is offered, with their prices if booked now.
    """

    place: WaitlistPlace
    event: Event
    type: TicketType | None
    tickets: list[PricedTicket]
