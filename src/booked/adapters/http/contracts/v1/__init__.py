"""The resource API: accounts at `/api/auth`, and everything else at `/api/v1`."""

from booked.adapters.http.contracts.contract import Contract
from booked.adapters.http.contracts.v1 import (
    analytics,
    auth,
    bookings,
    categories,
    event_search,
    events,
    organizations,
    reservations,
    seat_maps,
    seats,
    ticket_types,
    users,
    venues,
    waitlist,
)

CONTRACT = Contract(
    routes=[
        *auth.resource.routes,
        *users.resource.routes,
        *organizations.resource.routes,
        *categories.resource.routes,
        *venues.resource.routes,
        *event_search.resource.routes,
        *events.resource.routes,
        *ticket_types.resource.routes,
        *seats.resource.routes,
        *seat_maps.resource.routes,
        *reservations.resource.routes,
        *bookings.resource.routes,
        *waitlist.resource.routes,
        *analytics.resource.routes,
    ],
    segments=frozenset({"api"}),
    prefix="v1_",
    tags={
        "v1 · Accounts": "Register, log in, stay logged in.",
        "v1 · Users": "People, what they are called and what they may do.",
        "v1 · Organizations": "Who puts events on sale.",
        "v1 · Venues": "Where events take place, and the seats there.",
        "v1 · Categories": "What kinds of events there are.",
        "v1 · Events": "What tickets are for. Organizers change those of their organizations.",
        "v1 · Ticket types": "What kinds of tickets an event has, and what they cost.",
        "v1 · Seats": "Every seat of an event, and which of them are free.",
        "v1 · Reservations": "Tickets that are held for you for a while.",
        "v1 · Bookings": "Tickets that are yours.",
        "v1 · Waitlist": "What to do when an event is sold out.",
        "v1 · Analytics": "Figures for organizers.",
    },
)
