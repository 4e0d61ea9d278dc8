"""Events and bookings at a counter: for programs that sell to users whom they know by names of their own."""

from booked.adapters.http.contracts.counter import bookings, events

ROUTES = [*events.ROUTES, *bookings.ROUTES]
