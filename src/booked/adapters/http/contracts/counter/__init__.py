"""Events and bookings at a counter: for programs selling to users whom they know by names of their own."""

from booked.adapters.http.contracts.booking_body import TAG
from booked.adapters.http.contracts.contract import Contract
from booked.adapters.http.contracts.counter import bookings, events

CONTRACT = Contract(
    routes=[*events.resource.routes, *bookings.resource.routes],
    segments=frozenset({"events"}),
    prefix="box_office_",
    tags={TAG: "Events and bookings at a counter, whose users have the names that the caller gives them."},
)
