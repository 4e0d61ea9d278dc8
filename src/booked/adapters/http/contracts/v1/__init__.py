"""The resource API: accounts at `/api/auth`, and everything else at `/api/v1`."""

from booked.adapters.http.contracts.v1 import (
    analytics,
    auth,
    bookings,
    categories,
    events,
    organizations,
    reservations,
    seats,
    ticket_types,
    users,
    venues,
    waitlist,
)

ROUTES = [
    *auth.resource.routes,
    *users.resource.routes,
    *organizations.resource.routes,
    *categories.resource.routes,
    *venues.resource.routes,
    *events.resource.routes,
    *ticket_types.resource.routes,
    *seats.resource.routes,
    *reservations.resource.routes,
    *bookings.resource.routes,
    *waitlist.resource.routes,
    *analytics.resource.routes,
]
