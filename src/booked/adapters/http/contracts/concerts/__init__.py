"""Concerts, seats and bookings to look at, and the OAuth 2 endpoint where people log in for that."""

from booked.adapters.http.contracts.concerts import bookings, concerts, seats, token
from booked.adapters.http.contracts.contract import Contract

CONTRACT = Contract(
    routes=[*token.ROUTES, *concerts.resource.routes, *seats.resource.routes, *bookings.resource.routes],
    segments=frozenset({"auth", "concerts", "seats"}),
    prefix="concerts_",
    tags={"Concerts": "Concerts, seats and bookings to look at."},
)
