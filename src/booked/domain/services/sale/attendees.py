"""Who comes to an event, for those who run it.

`actor` is an organizer or an admin, as the database has just confirmed.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from booked.domain.errors import NoSuchBooking
from booked.domain.model.ids import BookingId, EventId
from booked.domain.model.people.users import Identity, User
from booked.domain.model.sale.bookings import BookingSearch
from booked.domain.services.programme.search import ProgrammeService
from booked.domain.services.sale.booking_views import BookingView, BookingViews


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendeeService:
    """Each attendee is a booking with its buyer: that is what has a code, and tickets bear no names of their own."""

    programme: ProgrammeService
    bookings: BookingViews

    async def page(
        self, actor: User, event_id: EventId, wanted: BookingSearch, after: BookingId | None, limit: int
    ) -> list[BookingView]:
        """Return an event's bookings, newest first. Raises `NoEventFound` or `NotYourOrganization`."""
        await self.programme.require_organizer(actor, event_id)
        return await self.bookings.page(replace(wanted, event_id=event_id), after, limit)

    async def get(self, actor: User, event_id: EventId, booking_id: BookingId) -> BookingView:
        """Return a booking of an event. Raises `NoSuchBooking`, or what `page` raises."""
        await self.programme.require_organizer(actor, event_id)
        booking = await self.bookings.get(Identity(actor.id, actor.role, actor.token_version), booking_id)
        if booking.record.event.id != event_id:
            raise NoSuchBooking
        return booking

    async def each(self, actor: User, event_id: EventId, wanted: BookingSearch) -> AsyncIterator[BookingView]:
        """Yield all bookings of an event. Raises what `page` raises."""
        await self.programme.require_organizer(actor, event_id)
        async for view in self.bookings.all(replace(wanted, event_id=event_id)):
            yield view
