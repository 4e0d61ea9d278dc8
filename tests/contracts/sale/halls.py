"""A hall for the tests of the hold store, and what they do in it."""

from datetime import timedelta

from booked.domain.model.ids import EventId, UserId
from booked.domain.model.programme.seating import Block, SeatBlock
from booked.domain.model.programme.times import SalesWindow
from booked.domain.model.sale.reservations import Exactly, Reservation
from booked.ports.hold_store import HoldStore
from tests.builders import BEN, OPENING, TTL, a_booking_id, install, sold_tickets

YEAR = timedelta(days=365)

# Twenty tickets: a row of six, two rows of four, and six without seats.
FRONT = Block(1, 6, 1, SeatBlock("Front", rows=1, seats_per_row=6))
BACK = Block(7, 14, 2, SeatBlock("Back", rows=2, seats_per_row=4))
STANDING = Block(15, 20, 3)
HALL = (FRONT, BACK)


async def take(holds: HoldStore, event_id: EventId, *numbers: int, user: UserId = BEN) -> Reservation:
    """Reserve just these tickets for somebody."""
    return await holds.make_reservation(event_id, user, Exactly(numbers), TTL)


async def sell(holds: HoldStore, reservation: Reservation) -> None:
    """Book what a reservation holds."""
    event_id = reservation.event_id
    claim = await holds.claim(event_id, reservation.user_id, reservation.numbers, a_booking_id())
    assert await holds.settle(event_id, claim.booking_id)


async def close_sales(holds: HoldStore, event_id: EventId) -> None:
    assert await install(holds, event_id, sold_tickets(epoch=2, sales=SalesWindow(end=OPENING - 30 * YEAR)))
