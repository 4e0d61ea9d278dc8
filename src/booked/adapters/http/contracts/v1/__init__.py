"""The resource API: accounts at `/api/auth`, and everything else at `/api/v1`."""

from booked.adapters.http.contracts.v1 import (
    analytics,
    auth,
    availability,
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
    *auth.ROUTES,
    *users.ROUTES,
    *organizations.ROUTES,
    *categories.ROUTES,
    *venues.ROUTES,
    *events.ROUTES,
    *ticket_types.ROUTES,
    *seats.ROUTES,
    *availability.ROUTES,
    *reservations.ROUTES,
    *bookings.ROUTES,
    *waitlist.ROUTES,
    *analytics.ROUTES,
]
