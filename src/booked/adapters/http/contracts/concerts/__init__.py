"""Concerts, seats and bookings to look at, and the OAuth 2 endpoint at which one logs in for that."""

from booked.adapters.http.contracts.concerts import bookings, concerts, seats, token

ROUTES = [*token.ROUTES, *concerts.resource.routes, *seats.resource.routes, *bookings.resource.routes]
