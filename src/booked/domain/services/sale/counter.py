"""Selling at a counter, whose caller knows guests by names of its own.

Everybody may look at an event. A booking is known at the counter only where its guest is.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from booked.domain.errors import NoSuchBooking
from booked.domain.model.ids import BookingId, CounterId, EventId, UserId
from booked.domain.model.people.guests import TICKETS_A_GUEST, Guest, require_guest_count, require_guest_name
from booked.domain.model.people.users import Identity, Role
from booked.domain.model.programme.events import EventSpecification, EventStatus
from booked.domain.model.programme.search import FoundEvent
from booked.domain.model.sale.bookings import BookingRecord
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.services.programme.events import EventService
from booked.domain.services.programme.plans import PlanCache
from booked.domain.services.programme.search import ProgrammeService
from booked.domain.services.sale.bookings import BookingService
from booked.ports.database import Database
from booked.ports.system import Clock, Ids

# Of an event that is put on sale at a counter nobody says when and where it takes place.
STARTS_IN = timedelta(days=365)
ADDRESS = "To be announced"


@dataclass(frozen=True, slots=True)
class EventOnSale:
    """An event, and how many of its tickets anyone could reserve right now."""

    found: FoundEvent
    available: int


@dataclass(frozen=True, slots=True)
class GuestBooking:
    record: BookingRecord
    guest_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterService:
    database: Database
    programme: ProgrammeService
    events: EventService
    plans: PlanCache
    bookings: BookingService
    ids: Ids
    clock: Clock

    async def open_event(self, name: str, tickets: int, idempotency_key: IdempotencyKey | None = None) -> EventOnSale:
        """Put an event on sale, with a few tickets for everybody. Raises `InvalidEvent` or `InvalidSeatCount`."""
        specification = EventSpecification(
            name=name,
            starts_at=(self.clock.now() + STARTS_IN).replace(microsecond=0),
            address=ADDRESS,
            tickets=tickets,
            ticket_limit=min(TICKETS_A_GUEST, self.events.ticket_limit or TICKETS_A_GUEST),
            sales_end=None,
            cancellable_until=None,
            status=EventStatus.PUBLISHED,
        )
        return await self.event(await self.events.put_on(specification, idempotency_key))

    async def event(self, event_id: EventId) -> EventOnSale:
        """Return an event on sale. Raises `NoEventFound`."""
        found = await self.programme.event(None, event_id)
        [available] = await self.programme.available([found.event])
        return EventOnSale(found, available)

    async def book(
        self,
        counter: CounterId,
        event_id: EventId,
        guest_name: str,
        count: int,
        idempotency_key: IdempotencyKey | None = None,
    ) -> GuestBooking:
        """Reserve and book tickets for a guest in one go.

        Raises `EmptyName`, `NoEventFound`, `TooFewTickets`, `OverTicketLimit`, or what `BookingDesk.book_now` raises.
        """
        require_guest_count(count)
        guest = Guest(UserId(str(self.ids.unique())), counter, require_guest_name(guest_name))
        # First, so that nobody is admitted to an event that there is not.
        await self.plans.on_sale(event_id)
        guest = replace(guest, user_id=await self.database.guests.admit(guest))
        if idempotency_key is not None:
            # A counter may open an event and book under the same key. No request has a key with a space.
            idempotency_key = replace(idempotency_key, key=f"booking {idempotency_key.key}")
        view = await self.bookings.book_now(guest.user_id, event_id, TicketRequest(count), idempotency_key)
        return GuestBooking(view.record, guest.name)

    async def booking(self, counter: CounterId, booking_id: BookingId) -> GuestBooking:
        """Return a booking of one of the counter's guests. Raises `NoSuchBooking` for all others."""
        record = await self.database.bookings.get(booking_id)
        guest = await self.database.guests.get(record.user_id) if record else None
        if record is None or guest is None or guest.counter != counter:
            raise NoSuchBooking
        return GuestBooking(record, guest.name)

    async def cancel(self, counter: CounterId, booking_id: BookingId) -> GuestBooking:
        """Give every ticket of a guest's booking back.

        Raises `NoSuchBooking`, `AlreadyCancelled` or `CancellationClosed`.
        """
        booking = await self.booking(counter, booking_id)
        view = await self.bookings.cancel(Identity(booking.record.user_id, Role.USER, token_version=0), booking_id)
        return GuestBooking(view.record, booking.guest_name)
