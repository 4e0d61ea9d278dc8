"""The organizer's office."""

from booked.adapters.http.contracts.web.handlers import organizations
from booked.adapters.http.contracts.web.handlers.office import (
    attendee,
    attendees,
    cancelling,
    copying,
    event,
    events,
    figures,
    hall_event,
    seats,
    steps,
    types,
    venue,
    venues,
    waitlist,
)

ROUTES = [
    *events.pages.routes,
    *event.pages.routes,
    *attendees.pages.routes,
    *attendee.pages.routes,
    *cancelling.pages.routes,
    *copying.pages.routes,
    *figures.pages.routes,
    *organizations.office_pages.routes,
    *seats.pages.routes,
    *steps.pages.routes,
    *types.pages.routes,
    *venues.pages.routes,
    *venue.pages.routes,
    *hall_event.pages.routes,
    *waitlist.pages.routes,
]
